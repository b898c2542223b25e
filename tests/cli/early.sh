#!/usr/bin/env bash
# What is wrong with the arguments is said before the work: no phase has begun.
. "$SOURCE/tests/cli/lib.sh" || exit 2
digits=$SOURCE/examples/digits
model=$digits/model.tflite input=$digits/input.npy
early() { # early CODE PATTERN ARGUMENT...
    expect "$1" "$2" "$HALOCLINE" "${@:3}"
    ! grep -qE "^[0-9:]{8} (quantise|lay out|SRS|keygen|run|check|read SRS|create SRS) " stderr || fail "said after work: ${*:3}"
}
: >empty
head -c 1000 /dev/zero >zeros
python3 -c 'import npy; npy.save("wide.npy", [0.0] * 81, [1, 9, 9, 1])'
"$HALOCLINE" srs create -k 4 --unsafe-dev-srs -o good.srs -q >/dev/null
change good.srs 700 1 >damaged.srs
head -c 900 good.srs >short.srs
: >file

# A run without mistakes shows the phases that the others must not get to.
expect 0 "^[0-9:]{8} quantise " "$HALOCLINE" prove "$model" "$input" --unsafe-dev-srs --no-cache --visibility weights=private -o out
for bad in missing.npy empty zeros wide.npy; do
    early 2 "$bad" prove "$model" $bad --unsafe-dev-srs --no-cache --visibility weights=private -o bad
    early 2 "$bad" run "$model" $bad
    early 2 "$bad" check "$model" $bad
    early 2 "$bad" run "$model" "$input" --labels $bad
    early 2 "$bad" compile "$model" --calibrate $bad
done
for bad in missing.srs empty zeros damaged.srs short.srs; do
    early 2 "$bad" prove "$model" "$input" --srs $bad --no-cache --visibility weights=private -o bad
    early 2 "$bad" keygen "$model" --srs $bad -o bad.hcl
done
early 2 "no SRS" prove "$model" "$input" -o bad
early 2 "no SRS" keygen "$model" -o bad.hcl
early 2 "missing.srs" prove "$model" "$input" --srs missing.srs --dry-run
early 2 "cannot open 'missing.json'" check "$model" "$input" --instance missing.json
early 3 "file/bad" prove "$model" "$input" --unsafe-dev-srs -o file/bad
early 3 "none/bad" run "$model" "$input" -o none/bad.npy
early 3 "none/bad" compile "$model" -o none/bad.json
early 3 "none/bad" export circuit "$model" -o none/bad.json
early 3 "none/bad" keygen "$model" --unsafe-dev-srs -o none/bad.hcl
early 3 "none/bad" srs create --unsafe-dev-srs -k 12 -o none/bad.srs
early 3 "none/bad" srs import good.srs -o none/bad.srs
mkdir folder
early 3 "'folder' is a folder" keygen "$model" --unsafe-dev-srs -o folder
[ ! -e bad ] && [ ! -e bad.hcl ] || fail "something is left of a run that did not begin"
no_leftovers .
