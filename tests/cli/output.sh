#!/usr/bin/env bash
# Places that cannot be written: found early, reported, and nothing half-written under a final name.
. "$SOURCE/tests/cli/lib.sh" || exit 2
digits=$SOURCE/examples/digits
export HALOCLINE_CACHE=$work/cache
prove() { # prove CODE PATTERN FOLDER [PREFIX COMMAND...]
    local code=$1 pattern=$2 out=$3
    shift 3
    expect "$code" "$pattern" "$@" "$HALOCLINE" prove "$digits/model.tflite" "$digits/input.npy" --unsafe-dev-srs -o "$out" -q
}
complete_or_absent() { # FOLDER: each final file is whole (a proof is 32-byte items, JSON parses)
    local file
    for file in "$1"/*.json; do
        [ ! -e "$file" ] || python3 -m json.tool "$file" >/dev/null || fail "half of $file"
    done
    [ ! -e "$1/report.json" ] || fail "a report in spite of the failure"
    no_leftovers "$1"
}

prove 0 "" good
# What the umask forbids stays forbidden, in the results and in the cache.
(umask 077; HALOCLINE_CACHE=$work/closed-cache prove 0 "" closed
 expect 0 "" "$HALOCLINE" run "$digits/model.tflite" "$digits/input.npy" -q -o closed/run.npy)
[ -z "$(find closed closed-cache -perm /077)" ] || fail "open to others under umask 077: $(find closed closed-cache -perm /077)"
(umask 002; prove 0 "" shared)
[ -z "$(find shared -type f ! -perm 664)" ] || fail "umask 002 gives $(ls -l shared)"

# A file where the folder should be, and a folder that nobody can write, root included.
: >file
prove 3 "file" file/out
prove 3 "" /proc/halocline
if [ "$(id -u)" -ne 0 ]; then
    mkdir locked && chmod 555 locked
    prove 3 "locked" locked
    prove 3 "locked" locked/out
    chmod 755 locked
fi
# Under several ranks the same, once.
expect 3 "file" $MPIRUN -n 3 "$HALOCLINE" prove "$digits/model.tflite" "$digits/input.npy" --unsafe-dev-srs -o file/out -q
[ "$(grep -c "^halocline: " stderr)" = 1 ] || fail "more than one message"

# A limit on file sizes fails in the middle of a write, as a full disk does: no proof of that size fits.
mkdir small
code=0
(ulimit -f 1; exec "$HALOCLINE" prove "$digits/model.tflite" "$digits/input.npy" --unsafe-dev-srs -o small -q --no-cache --visibility weights=private) \
    >stdout 2>stderr || code=$?
[ $code = 3 ] || fail "exit code $code with a file-size limit"
complete_or_absent small

# A really full disk, where we may mount one.
if [ "$(id -u)" -eq 0 ] && mkdir disk && mount -t tmpfs -o size=64k none disk 2>/dev/null; then
    trap 'umount disk; cleanup' EXIT
    head -c 60000 /dev/zero >disk/filler
    prove 3 "No space left" disk/out
    complete_or_absent disk/out
    rm disk/filler
    echo "full disk: tested on a tmpfs"
else
    echo "full disk: a real one needs root and mount rights; tested with a file-size limit only"
fi
# A cache that cannot be written is only worth a warning.
HALOCLINE_CACHE=/proc/none expect 0 "warning: no cache" "$HALOCLINE" prove --visibility weights=private "$digits/model.tflite" "$digits/input.npy" \
    --unsafe-dev-srs -o nocache -q
