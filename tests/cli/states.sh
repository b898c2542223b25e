#!/usr/bin/env bash
# A model with variables: the states before a run are further inputs, by default what runs begin with, those after it
# further outputs. Four runs one after the other give what TFLite gives; a step in between is proved.
. "$SOURCE/tests/cli/lib.sh" || exit 2
folder="$SOURCE/tests/conformance/states"
model="$folder/model.tflite"
cat >step.py <<'PY'
"""step.py input N: run N's input; step.py state JSON: the states after a run; step.py compare JSON N: its output against TFLite's."""
import json, sys
import npy
folder = sys.argv[1]
if sys.argv[2] == "input":
    n = int(sys.argv[3])
    npy.save("x.npy", npy.load(f"{folder}/inputs.npy")[0][12 * n:12 * n + 12], [1, 3, 4])
    sys.exit()
tensors = json.load(open(sys.argv[3]))["outputs"][0]["tensors"]
if sys.argv[2] == "state":
    for name, t in zip(("past", "mean"), tensors[1:]):
        npy.save(name + ".npy", t["value"], t["shape"])
else:
    want = npy.load(f"{folder}/outputs.npy")[0][3 * int(sys.argv[4]):][:3]
    worst = max(abs(a - b) for a, b in zip(tensors[0]["value"], want))
    assert worst < 0.02, (worst, tensors[0]["value"], want)
PY
step() { python3 step.py "$folder" "$@" || fail "step $*"; }
states=()
for n in 0 1 2 3; do
    step input $n
    expect 0 "" "$HALOCLINE" run "$model" x.npy "${states[@]}" --table-bits 14 -q --json
    cp stdout run.json
    step compare run.json $n
    [ $n != 2 ] || { # a run in the middle, its states public
        expect 0 "" "$HALOCLINE" check "$model" x.npy "${states[@]}" -q
        expect 0 "UNSAFE" "$HALOCLINE" prove "$model" x.npy "${states[@]}" --visibility input=public --unsafe-dev-srs --no-report -o proof
        expect 0 "accepted" "$HALOCLINE" verify proof/vk.hcl proof/proof.bin proof/public.json
        [ "$(json proof/public.json '[t["name"] for t in d["tensors"]][1:3]')" = "['past', 'mean']" ] || fail "the states are not public"
    }
    step state run.json
    states=(past=past.npy mean=mean.npy)
done
expect 2 "the model has 3 inputs" "$HALOCLINE" run "$model" past=past.npy
expect 2 "no input 'passed'" "$HALOCLINE" run "$model" x.npy passed=past.npy
