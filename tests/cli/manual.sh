#!/usr/bin/env bash
# Help, man pages, completions of both shells and documents (docs/commands.md has every option) say the same: commands, options, exit codes, file names,
# environment variables. Needs Debian's mandoc and zsh.
. "$SOURCE/tests/cli/lib.sh" || exit 2
for tool in mandoc zsh; do
    command -v $tool >/dev/null || fail "$tool is needed (apt-get install $tool)"
done
PATH=$(dirname "$HALOCLINE"):$PATH
expect 0 "" "$HALOCLINE" manual man -o man --date 2020-02-02
expect 2 "needs -o DIR" "$HALOCLINE" manual man
expect 0 "complete -F _halocline halocline" "$HALOCLINE" manual bash
cp stdout halocline.bash
expect 0 "#compdef halocline" "$HALOCLINE" manual zsh
mkdir functions
cp stdout functions/_halocline
expect 0 "" "$HALOCLINE" manual json
json stdout 'd[0]["name"]' >/dev/null

for page in man/*.1; do
    mandoc -Tlint "$page" >lint || true
    [ ! -s lint ] || fail "mandoc: $(head -n 5 lint)"
done

# commands below "": those of the help, all the way down
walk() { # walk [COMMAND...]: one line per command that takes options
    local sub subs help
    help=$("$HALOCLINE" "$@" -h)
    subs=$(awk 'NR == 1 && !/ COMMAND / {exit} /^Exit codes/ {exit} /^  [a-z]/ {print $1}' <<<"$help")
    [ -n "$subs" ] || { echo "$*"; return; }
    echo "$*"
    for sub in $subs; do walk "$@" "$sub"; done
}
walk >commands
[ "$(wc -l <commands)" -gt 25 ] || fail "commands: $(cat commands)"
[ "$(wc -l <commands)" = "$(find man -name '*.1' | wc -l)" ] || fail "$(wc -l <commands) commands and $(find man -name '*.1' | wc -l) pages"

long() { sed -E 's/--[a-z0-9][a-z0-9-]*/\n&\n/g' | sed -n '/^--[a-z0-9]/p' | sort -u; }
of_help() { "$HALOCLINE" "$@" -h | sed -nE '/^ +-/{s/^ +//; s/  .*//; p}' | long; }
of_man() { # the terms of its options
    local page=man/$(printf 'halocline %s' "$*" | sed 's/ *$//; s/ /-/g').1
    [ -s "$page" ] || fail "no page $page"
    sed -n '/^\\fB\\-/{s/\\-/-/g; s/\\f.//g; p}' "$page" | long
}
of_bash() { # what bash offers after --
    bash -c '. ./halocline.bash; COMP_WORDS=(halocline "$@" --); COMP_CWORD=$(($# + 1)); _halocline; printf "%s\n" "${COMPREPLY[@]}"' x "$@" | long
}
of_zsh() { # the specifications of its branch
    awk -v name="        '$*')" '$0 == name {on = 1; next} on && /;;$/ {exit} on' functions/_halocline | sed -E "s/^ *'(\([^)]*\))?//; s/[=[].*//" | long
}
while read -r line; do
    read -ra words <<<"$line"
    of_help "${words[@]}" >help
    [ -s help ] || continue # a group of commands
    for other in man bash zsh; do
        "of_$other" "${words[@]}" >"has_$other"
        diff help "has_$other" >difference || fail "options of '$line' in help (<) and $other (>): $(cat difference)"
    done
done <commands
# docs/commands.md has all of them, as they are.
"$SOURCE/scripts/command-list" "$HALOCLINE" >commands.md
diff "$SOURCE/docs/commands.md" commands.md >difference ||
    fail "docs/commands.md (<) is not what 'scripts/command-list PROGRAM' makes (>): $(head -n 20 difference)"
# Documents name no option that no command has, but those of programs they speak of.
xargs -a commands -I{} sh -c '"$HALOCLINE" {} -h' | sed -nE '/^ +-/p' | long >all
others='--allow-run-as-root|--bind-to|--map-by|--oversubscribe|--nodes|--ntasks-per-node|--cpus-per-task|--mem|--mem-per-cpu|--mpi|--wait|--no-requeue|--signal|--no-interop|--slow|--preset|--build|--test-dir|--prefix|--install|--target|--fix|--since|--predicted|--remaining|--shm-size|--version|--exclusive|--rm|--locked|--print|--help'
for file in README.md docs/*.md docs/formats/README.md examples/*.md examples/*/README.md; do
    [ -e "$SOURCE/$file" ] || continue
    grep -oE '(^|[^-a-z])--[a-z0-9][a-z0-9-]*' "$SOURCE/$file" | long | grep -vxE -- "$others" >named || true
    comm -23 named all >unknown
    [ ! -s unknown ] || fail "$file names options that no command has: $(tr '\n' ' ' <unknown)"
done
for path in "$SOURCE"/examples/*/README.md; do
    grep -oE -- ' --[a-z0-9][a-z0-9-]*' "$path" | long >named || true
    comm -23 named all | diff - /dev/null || fail "$path names an unknown option"
done

# Exit codes, files and variables: one table each. Every command's page has the codes, the program's the rest.
"$HALOCLINE" -h | sed -n '/^Exit codes/,$p' | sed -nE 's/^  ([^ ]+) +(.*)/\1|\2/p' >tables
[ "$(wc -l <tables)" -ge 11 ] || fail "tables: $(cat tables)"
mandoc -Tutf8 -Owidth=200 man/halocline.1 | sed 's/.\x08//g; s/‐/-/g' >text
while IFS='|' read -r name meaning; do
    grep -qF -- "$name" text && grep -qF -- "$meaning" text || fail "halocline.1 does not say '$name: $meaning'"
    grep -rqF --include='*.md' -- "$name" "$SOURCE/README.md" "$SOURCE/docs" || fail "no document says what $name is"
done <tables
for page in man/*.1; do
    [ "$(sed -n '/^.SH EXIT STATUS/,$p' "$page" | grep -c '^\.B [0-9]')" = "$(grep -cE '^[0-9]' tables)" ] || fail "$page has other exit codes"
done
# Variables that the sources read and that are Halocline's own are in the table, and the other way round.
grep -rhoE --include='*.c' 'getenv\("HALOCLINE_[A-Z_]+"\)' "$SOURCE"/{common,compiler,worker,coordinator} | grep -oE 'HALOCLINE_[A-Z_]+' | sort -u >read
grep -oE '^HALOCLINE_[A-Z_]+' tables | sort -u >listed
diff read listed || fail "environment variables that are read (<) and listed (>)"
# A proof's folder has these files and no others.
expect 0 "" "$HALOCLINE" prove "$SOURCE/examples/tumour/model.tflite" "$SOURCE/examples/tumour/input.npy" -o out --unsafe-dev-srs --cache cache
find out -type f -printf '%f\n' | sort >made
grep -E '^[a-z]+\.[a-z]+\|' tables | cut -d'|' -f1 | sort >listed
diff made listed || fail "files of a proof that are made (<) and listed (>)"

# The shells themselves, with a terminal: a word is completed when TAB is pressed.
cat >press.py <<'PY'
import os, pty, select, sys, time
shell, setup, line, want = sys.argv[1:5]
pid, fd = pty.fork()
if pid == 0:
    os.environ.update(PS1="ready> ", TERM="dumb", HISTFILE="/dev/null", PROMPT_COMMAND="")
    os.execvp(shell, [shell] + (["--norc", "--noprofile", "-i"] if shell == "bash" else ["-f", "-i"]))
def until(text, seconds=30):
    seen, end = b"", time.time() + seconds
    while time.time() < end and text.encode() not in seen:
        if select.select([fd], [], [], 0.2)[0]:
            try:
                seen += os.read(fd, 65536)
            except OSError:
                break
    return text.encode() in seen, seen
os.write(fd, (setup + "; echo set''up\n").encode())
ok, seen = until("setup")
os.write(fd, (line + "\t").encode())
ok, seen = until(want)
os.write(fd, b"\x03\x04")
os.close(fd)
if not ok:
    sys.exit(f"{shell}: '{line}' TAB gives {seen!r}, expected '{want}'")
PY
press() { python3 press.py "$@" || fail "completion"; }
for word in "halocline ver:halocline verify " "halocline srs imp:halocline srs import " "halocline prove --unsa:--unsafe-dev-srs" \
    "halocline keygen $SOURCE/examples/tumour/mod:model.tflite" "halocline prove --srs=$SOURCE/READ:README.md"; do
    press bash ". ./halocline.bash" "${word%%:*}" "${word#*:}"
    press zsh "fpath=(\$PWD/functions \$fpath); autoload -U compinit; compinit -u -D" "${word%%:*}" "${word#*:}"
done
