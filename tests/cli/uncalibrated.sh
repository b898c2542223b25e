#!/usr/bin/env bash
# A model and an input, nothing else: without calibration samples the job works, says what its ranges rest on,
# and makes the same key for every input.
. "$SOURCE/tests/cli/lib.sh" || exit 2
export HALOCLINE_CACHE=$work/cache
mnist=$SOURCE/tests/conformance/mnist
cp "$mnist/model.tflite" model.tflite
cp "$mnist/input0.npy" input0.npy
python3 - <<'PY'
import random
import npy
x, shape = npy.load("input0.npy")
rows, width = len(x) // shape[2], shape[2]
assert shape == [1, rows, width, 1]
npy.save("input1.npy", [v for r in range(rows) for v in reversed(x[r * width:(r + 1) * width])], shape)
noise = random.Random(1)
npy.save("noise.npy", [noise.random() for _ in x], shape)
npy.save("bytes.npy", [255 * v for v in x], shape)
PY
expect 0 "UNSAFE" "$HALOCLINE" prove model.tflite input0.npy --unsafe-dev-srs -o out
expect 0 "accepted" "$HALOCLINE" verify out/vk.hcl out/proof.bin out/public.json
[ "$(json out/report.json 'd["quantisation"]["calibration"], d["k"] <= 13, d["proof_bytes"] <= 4800')" = "('synthetic', True, True)" ] ||
    fail "report.json"
[ "$(json out/report.json '"made-up" in d["quantisation"]["ranges_rest_on"]')" = True ] || fail "report.json: ranges_rest_on"
for other in input1 noise; do
    expect 0 "UNSAFE" "$HALOCLINE" prove model.tflite $other.npy --unsafe-dev-srs -o $other
    cmp out/vk.hcl $other/vk.hcl || fail "the key depends on the input"
done
expect 0 "ranges rest on 64 made-up" "$HALOCLINE" compile model.tflite
expect 0 "" "$HALOCLINE" compile model.tflite --json
[ "$(json stdout 'sum(a["chosen"] for a in d["quantisation"]["alternatives"])')" = 1 ] || fail "alternatives"
[ "$(json stdout '0 < d["quantisation"]["search"]["settings"] <= d["quantisation"]["search"]["most_settings"] and d["quantisation"]["search"]["multiplications"] > 0')" = True ] || fail "what the search took"
expect 2 "expected a number in .*--calibrate" "$HALOCLINE" prove model.tflite bytes.npy --unsafe-dev-srs -o bytes
[ ! -e bytes/proof.bin ] || fail "files for an input out of range"
expect 0 "UNSAFE" "$HALOCLINE" prove model.tflite bytes.npy --divide-by 255 --unsafe-dev-srs -o bytes
cmp out/vk.hcl bytes/vk.hcl || fail "the key depends on --divide-by"
