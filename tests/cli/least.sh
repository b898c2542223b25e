#!/usr/bin/env bash
# A proof is made within the least that a refusal names of its layout, on one rank and on several: no refusal after that by another
# count, no end half way, and no more memory than that. What is named of compiling, in tenths of MB, comes before.
. "$SOURCE/tests/cli/lib.sh" || exit 2
model=$SOURCE/examples/digits/model.tflite input=$SOURCE/examples/digits/input.npy
export HALOCLINE_CACHE=$work/cache

# least LAUNCHER...: with as many MB as are named last, when what was named before is too little
least() {
    local offered=24 code named=
    for _ in 1 2 3 4 5 6; do
        code=0
        "$@" "$model" "$input" --unsafe-dev-srs -q --json -o out --threads 1 --memory "${offered}000000" >stdout 2>stderr || code=$?
        [ "$code" != 0 ] || break
        [ "$code" = 3 ] || fail "exit code $code within $offered MB: $*"
        grep -q "halocline: " stderr || continue # mpirun ends a job without its last words, once in a while
        named=$(sed -nE -e 's/.*takes ([0-9]+) MB of each at least, and has .*/\1/p' -e 's/.*takes ([0-9]+)\.[0-9] MB at least, and there are .*/\1 + 1/p' stderr | head -n 1)
        [ -n "$named" ] || fail "within $offered MB it ended otherwise than it was refused: $*"
        named=$((named))
        [ "$named" -gt "$offered" ] || fail "refused within $offered MB, although $named do: $*"
        offered=$named
    done
    [ "$code" = 0 ] || fail "still refused within $offered MB: $*"
    LIMIT=${offered}000000 python3 - <<'PY' || fail "$offered MB did not hold: $(json stdout 'd["predicted"]["measured_rss_bytes"]')"
import json, os
assert json.load(open("stdout"))["predicted"]["measured_rss_bytes"] <= 1.03 * int(os.environ["LIMIT"])
PY
}
[ -z "${SANITIZED:-}" ] || exit 0 # whose own memory is more than what is offered
least "$HALOCLINE" prove
if [ -n "${MPIRUN:-}" ]; then
    for ranks in 2 3; do
        # shellcheck disable=SC2086
        least $MPIRUN -n $ranks "$HALOCLINE" prove
    done
fi
