#!/usr/bin/env bash
# An input that the scales do not fit: run, check and prove say so whatever the options, and prove stops unless it is told not to.
# For every proof the report tells how far its result is from the float model's.
. "$SOURCE/tests/cli/lib.sh" || exit 2
export HALOCLINE_CACHE=$work/cache
cat >model.py <<'PY'
import json, random
import npy
from tflite import *
random.seed(7)

# A small classifier of vectors, which made-up samples take to be as large as 1.
INPUTS, HIDDEN, CLASSES = 64, 8, 3
w1 = [random.gauss(0, 1) for _ in range(INPUTS * HIDDEN)]
w2 = [random.gauss(0, 0.4) for _ in range(HIDDEN * CLASSES)]
m = Model(); g = Graph(m); x = g.input([1, INPUTS])
h = g.op(RELU, [g.dense(x, g.constant([HIDDEN, INPUTS], "w1", w1), -1, [1, HIDDEN], "h")], [1, HIDDEN], "r")
g.outputs = [g.dense(h, g.constant([CLASSES, HIDDEN], "w2", w2), -1, [1, CLASSES], "y")]
m.save("model.tflite")

def vector(size):
    return [random.uniform(-size, size) for _ in range(INPUTS)]

def scores(x):
    hidden = [max(0, sum(a * b for a, b in zip(x, w1[i * INPUTS:]))) for i in range(HIDDEN)]
    return [sum(a * b for a, b in zip(hidden, w2[i * HIDDEN:])) for i in range(CLASSES)]

inputs = {"usual": vector(0.8), "small": vector(2e-5), "zero": [0.0] * INPUTS, "fitted": vector(0.03)}
for name, x in inputs.items():
    npy.save(name + ".npy", x, [1, INPUTS])
npy.save("batch.npy", inputs["usual"] + inputs["small"] + inputs["usual"], [3, INPUTS])
npy.save("samples.npy", sum((vector(0.03) for _ in range(32)), []), [32, INPUTS])
json.dump({name: scores(x) for name, x in inputs.items()}, open("float.json", "w"))
PY
python3 model.py

prove() { # prove CODE PATTERN INPUT FOLDER [OPTION...]
    local code=$1 pattern=$2 input=$3 folder=$4
    shift 4
    expect "$code" "$pattern" "$HALOCLINE" prove model.tflite "$input" --unsafe-dev-srs -q -o "$folder" "$@"
}
silent() { ! grep -q "rounding changes\|away from\|the class is" stderr || fail "said of a usual input: $(cat stderr)"; }

prove 0 "UNSAFE" usual.npy usual
silent
prove 0 "UNSAFE" zero.npy zero # exact, however small
silent
expect 0 "" "$HALOCLINE" run model.tflite usual.npy -q --json
cp stdout usual.json
silent
# The report's numbers are those of the result and the model computed here.
python3 - <<'PY' || fail "the report's distance"
import json
report, run, want = (json.load(open(f)) for f in ("usual/report.json", "usual.json", "float.json"))
got = run["outputs"][0]["tensors"][0]["value"]
errors = [abs(a - b) for a, b in zip(got, want["usual"])]
a = report["accuracy"]
assert a["good"] is True and a == run["outputs"][0]["accuracy"]
assert abs(a["worst_error"] - max(errors)) < 1e-4 and abs(a["rms_error"] - (sum(e * e for e in errors) / 3) ** .5) < 1e-4
assert 0 < a["worst_error"] and abs(a["worst_share"] * a["score_range"] - a["worst_error"]) < 1e-9
assert abs(a["rms_share"] * a["score_range"] - a["rms_error"]) < 1e-9 and a["rms_share"] <= a["allowed_share"]
PY

what="rounding changes the input by [0-9]+ %.*made-up.*--calibrate"
prove 2 "$what.*--accept-error" small.npy small
[ -z "$(ls small 2>/dev/null)" ] || fail "files of a proof that was not made: $(ls small)"
prove 2 "$what.*--accept-error" small.npy small --dry-run
prove 0 "$what" small.npy small --accept-error
[ "$(json small/report.json 'd["accuracy"]["good"], d["accuracy"]["input_noise"] > 0.125')" = "(False, True)" ] || fail "report.json"
expect 0 "accepted" "$HALOCLINE" verify small/vk.hcl small/proof.bin small/public.json
cmp usual/vk.hcl small/vk.hcl || fail "the key depends on the input"
expect 0 "$what" "$HALOCLINE" check model.tflite small.npy -q
expect 0 "$what" "$HALOCLINE" run model.tflite small.npy -q
expect 0 "1 of 3 inputs .*, the first is 1: $what" "$HALOCLINE" run model.tflite batch.npy -q --json
[ "$(json stdout '[o["accuracy"]["good"] for o in d["outputs"]]')" = "[True, False, True]" ] || fail "run --json"
# Under mpirun all ranks stop.
# shellcheck disable=SC2086 # words
[ -z "$MPIRUN" ] || expect 2 "$what" $MPIRUN -n 2 "$HALOCLINE" prove model.tflite small.npy --unsafe-dev-srs -q -o two
[ ! -e two/proof.bin ] || fail "a proof of two ranks"

# Samples like the input make scales that fit it.
prove 0 "UNSAFE" fitted.npy calibrated --calibrate samples.npy
silent
[ "$(json calibrated/report.json 'd["accuracy"]["good"]')" = True ] || fail "calibrated"
