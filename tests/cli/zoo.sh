#!/usr/bin/env bash
# usage: zoo.sh PART PARTS
# Tiny networks of the usual kinds against what TFLite's reference kernels say of the same input, and a proof of each:
# of the networks number PART, PART + PARTS, ..
. "$SOURCE/tests/cli/lib.sh" || exit 2
number=0
for folder in "$SOURCE"/tests/conformance/zoo/*/; do
    name=$(basename "$folder")
    (( number++ % $2 + 1 == $1 )) || continue
    inputs=("$folder"/input*.npy)
    expect 0 "" "$HALOCLINE" run "$folder/model.tflite" "${inputs[@]}" -q -o "$name.npy" --json
    bits=$(json stdout 'd["outputs"][0]["tensors"][0]["frac_bits"]')
    python3 - "$name.npy" "$folder/expected.npy" "$bits" <<'PY' || fail "$name: its result is not TFLite's"
import math, sys
import npy
got, want = npy.load(sys.argv[1])[0], npy.load(sys.argv[2])[0]
assert len(got) == len(want), (len(got), len(want))
if len(want) == 1:  # of a LOGISTIC
    assert abs(got[0] / 2 ** int(sys.argv[3]) - want[0]) < 0.01, (got, want, sys.argv[3])
    sys.exit()
cosine = sum(a * b for a, b in zip(got, want)) / math.sqrt(sum(a * a for a in got) * sum(b * b for b in want))
assert cosine >= 0.999, cosine
assert got.index(max(got)) == want.index(max(want)), "arg-max"
PY
    expect 0 "UNSAFE" "$HALOCLINE" prove "$folder/model.tflite" "${inputs[@]}" --unsafe-dev-srs --no-report -o "$name"
    expect 0 "accepted" "$HALOCLINE" verify "$name/vk.hcl" "$name/proof.bin" "$name/public.json"
done
