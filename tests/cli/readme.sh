#!/usr/bin/env bash
# What README.md shows after "$ " is what that command prints: all but times, sizes of memory, keys and dates, "..." for any lines.
. "$SOURCE/tests/cli/lib.sh" || exit 2
export HALOCLINE_CACHE=$work/cache PATH=$(dirname "$HALOCLINE"):$PATH
ln -s "$SOURCE/examples" examples
cat >compare.py <<'PY'
import os, re, subprocess, sys

def plain(line):
    """Without what differs between runs and machines; numbers with up to three decimals are measured."""
    line = re.sub(r"\b\d\d:\d\d:\d\d\b", "TIME", line)
    line = re.sub(r"\b[0-9a-f]{64}\b", "ID", line)
    line = re.sub(r"(?<![\d.])\d+\.\d{1,3}(?!\d)", "N", line)
    return " ".join(line.split())

def matches(shown, printed):
    """"..." stands for any number of lines, none at all too."""
    if not shown:
        return not printed
    if shown[0] == "...":
        return any(matches(shown[1:], printed[i:]) for i in range(len(printed) + 1))
    return bool(printed) and plain(shown[0]) == plain(printed[0]) and matches(shown[1:], printed[1:])

lines = open(sys.argv[1]).read().split("\n")
commands = []
for line in lines:
    if line.startswith("    $ "):
        commands.append((line[6:], []))
    elif commands and line.startswith("    ") and commands[-1][1] is not None:
        commands[-1][1].append(line[4:])
    elif commands and commands[-1][1] is not None:
        commands.append(("", None)) # the end of a block
commands = [c for c in commands if c[1] is not None]
for command, shown in commands:
    words = command.split()
    if words[0] == "mpirun":
        words[:1] = os.environ["MPIRUN"].split()
    run = subprocess.run(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    # the phases and the summary go to stderr, the result to stdout
    printed = (run.stderr + run.stdout).rstrip("\n").split("\n")
    if run.returncode != 0 or not matches(shown, printed):
        sys.exit(f"README.md shows of '{command}':\n" + "\n".join(shown) + f"\nit ended with {run.returncode} and printed:\n" + "\n".join(printed))
print(len(commands), "commands")
PY
compare() { # with nothing of an earlier run: proofs under a key are counted
    rm -rf cache out
    python3 compare.py "$1"
}
compare "$SOURCE/README.md" >stdout || fail "README.md"
grep -q "^[2-9] commands" stdout || fail "README.md shows no commands: $(cat stdout)"
# A line of another text, or another value, is found out.
sed 's/the largest is element 1/the largest is element 2/' "$SOURCE/README.md" >README.md
compare README.md 2>stderr && fail "another result is not noticed"
sed -n '/^    \$/,/^$/p' "$SOURCE/README.md" | sed 's/^    learned of the output: .*/    .../' >README.md
compare README.md >stdout || fail "lines that are left out count as wrong"
