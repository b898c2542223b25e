#!/usr/bin/env bash
# A model and an input, nothing else: without calibration samples the job works, says what its ranges rest on,
# and makes the same key for every input.
. "$SOURCE/tests/cli/lib.sh" || exit 2
export HALOCLINE_CACHE=$work/cache
mnist=$SOURCE/tests/conformance/mnist
cp "$mnist/model.tflite" model.tflite
cp "$mnist/input0.npy" input0.npy
python3 - <<'PY'
import numpy as np
x = np.load("input0.npy")
np.save("input1.npy", np.ascontiguousarray(x[..., ::-1, :] if x.ndim == 4 else x[..., ::-1]))
np.save("noise.npy", np.random.default_rng(1).random(x.shape, dtype=np.float32))
np.save("bytes.npy", (x * 255).astype(np.float32))
PY
expect 0 "UNSAFE" "$HALOCLINE" prove model.tflite input0.npy --unsafe-dev-srs -o out
expect 0 "accepted" "$HALOCLINE" verify out/vk.hcl out/proof.bin out/public.json
[ "$(json out/report.json 'd["quantisation"]["calibration"], d["k"] <= 13, d["proof_bytes"] <= 3360')" = "('synthetic', True, True)" ] ||
    fail "report.json"
[ "$(json out/report.json '"made-up" in d["quantisation"]["ranges_rest_on"]')" = True ] || fail "report.json: ranges_rest_on"
for other in input1 noise; do
    expect 0 "UNSAFE" "$HALOCLINE" prove model.tflite $other.npy --unsafe-dev-srs -o $other
    cmp out/vk.hcl $other/vk.hcl || fail "the key depends on the input"
done
expect 0 "ranges rest on 64 made-up" "$HALOCLINE" compile model.tflite
expect 0 "" "$HALOCLINE" compile model.tflite --json
[ "$(json stdout 'sum(a["chosen"] for a in d["quantisation"]["alternatives"])')" = 1 ] || fail "alternatives"
expect 2 "expected a number in .*--calibrate" "$HALOCLINE" prove model.tflite bytes.npy --unsafe-dev-srs -o bytes
[ ! -e bytes/proof.bin ] || fail "files for an input out of range"
expect 0 "UNSAFE" "$HALOCLINE" prove model.tflite bytes.npy --divide-by 255 --unsafe-dev-srs -o bytes
cmp out/vk.hcl bytes/vk.hcl || fail "the key depends on --divide-by"
