#!/usr/bin/env bash
# Inputs of truth values, inputs and outputs of up to eight dimensions and of batches: read, run, proved; what is no such input.
. "$SOURCE/tests/cli/lib.sh" || exit 2
cat >models.py <<'PY'
import random, npy
from tflite import *
random.seed(7)
def save(g, m, name, *outputs):
    g.outputs = list(outputs); m.save(name + ".tflite")
# Truth values choose, are moved beside computed ones and are counted.
m = Model(); g = Graph(m); t = g.input([1, 4], "truth", type=BOOL); x = g.input([1, 4], "x")
choice = g.op(123, [t, x, g.constant([4], "else", [-1.0, -2.0, -3.0, -4.0])], [1, 4], "choice", Table({}), 98)
both = g.op(2, [t, g.op(61, [x, g.constant([1], "0", [0.0])], [1, 4], "above", Table({}), 43, type=BOOL)], [1, 8], "both", Table({0: ("i", 1)}), 10, type=BOOL)
count = g.op(74, [g.op(53, [both], [1, 8], "real", Table({0: ("b", BOOL), 1: ("b", FLOAT32)}), 37), g.constant([1], "axis", [1], INT32)], [1], "count", Table({}), 27)
save(g, m, "truth", choice, count)
# A sum over two of eight dimensions, and an output that has all of them.
m = Model(); g = Graph(m); x = g.input([1, 2, 1, 3, 2, 1, 2, 2], "x8")
total = g.op(74, [x, g.constant([2], "axes", [3, 6], INT32)], [1, 2, 1, 2, 1, 2], "total", Table({0: ("b", 0)}), 27)
save(g, m, "eight", total, g.op(59, [x], [1, 2, 1, 3, 2, 1, 2, 2], "minus", Table({}), 42))
# A batch of two images under one filter.
m = Model(); g = Graph(m); x = g.input([2, 3, 3, 1], "images")
w = g.constant([1, 2, 2, 1], "w", [1.0, -1.0, 0.5, 2.0])
save(g, m, "images", g.op(3, [x, w, -1], [2, 2, 2, 1], "y", Table({0: ("b", 1), 1: ("i", 1), 2: ("i", 1)}), 1))
# Jumps of pixels: some fall to the other side, whatever the setting.
for side in 16, 32:
    m = Model(); g = Graph(m); x = g.input([1, side, side, 1], "x")
    save(g, m, f"jumps{side}", g.op(8, [g.op(MUL, [x, g.constant([1], "4", [4.0])], [1, side, side, 1], "more")], [1, side, side, 1], "y"))
    npy.save(f"jumps{side}.npy", [random.gauss(0, 1) for _ in range(4 * side * side)], [4, side, side, 1])
npy.save("truth.npy", [1, 0, 0, 1], [1, 4], "|b1"); npy.save("truths.npy", [1, 0, 0, 1, 0, 1, 1, 0], [2, 4], "|b1")
npy.save("whole.npy", [1, 0, 0, 1], [1, 4], "<i4"); npy.save("two.npy", [1, 0, 2, 1], [1, 4], "<i4")
npy.save("x.npy", [0.5, -0.5, 1.0, -1.0], [1, 4]); npy.save("xs.npy", [0.5, -0.5, 1.0, -1.0, -1.0, 1.0, 0.5, 0.25], [2, 4])
values = [random.uniform(-1, 1) for _ in range(3 * 48)]
npy.save("x8.npy", values[:48], [1, 2, 1, 3, 2, 1, 2, 2]); npy.save("flat.npy", values[:48], [48])
npy.save("x8s.npy", values, [3, 1, 2, 1, 3, 2, 1, 2, 2]); npy.save("x8t.npy", values, [3, 2, 1, 3, 2, 1, 2, 2])
npy.save("images.npy", values[:18], [2, 3, 3, 1]); npy.save("many.npy", values[:72], [4, 2, 3, 3, 1])
PY
python3 models.py
near() { # near NAME OUTPUT EXPECTED, of the object that is printed: Python over v, the inputs' values
    python3 - "$@" <<'PY' || fail "$1 $2: other elements"
import json, sys, npy
name, which, expected = sys.argv[1:]
got = json.load(open("stdout"))["outputs"][0]["tensors"][int(which)]
v, shape = npy.load({"truth": "x.npy", "eight": "x8.npy", "images": "images.npy"}[name])
want, shape = eval(expected)
assert got["shape"] == shape, got["shape"]
assert len(got["value"]) == len(want) and max(abs(a - b) for a, b in zip(got["value"], want)) < 0.05, (got["value"], want)
PY
}
given=(--calibrate truths.npy --calibrate xs.npy)
for file in truth.npy whole.npy; do
    expect 0 "" "$HALOCLINE" run truth.tflite $file x.npy "${given[@]}" -q --json
    near truth 0 "[0.5, -2, -3, -1], [1, 4]"; near truth 1 "[4], [1]"
done
expect 2 "'two.npy' is 2 at element 2 of sample 0, expected a whole number in 0..1: input 'truth' is truth values" \
    "$HALOCLINE" run truth.tflite two.npy x.npy "${given[@]}"
expect 0 "" "$HALOCLINE" run eight.tflite x8.npy --calibrate x8s.npy -q --json
near eight 0 "[sum(v[((a * 3 + i) * 2 + b) * 4 + 2 * j + c] for i in range(3) for j in range(2)) for a in range(2) for b in range(2) for c in range(2)], [1, 2, 1, 2, 1, 2]"
near eight 1 "[-x for x in v], [1, 2, 1, 3, 2, 1, 2, 2]"
expect 0 "" "$HALOCLINE" run eight.tflite x8t.npy --calibrate x8t.npy
expect 2 "'flat.npy' has shape \[48\], expected the model input's \[1,2,1,3,2,1,2,2\], or \[N,2,1,3,2,1,2,2\] for N inputs" "$HALOCLINE" run eight.tflite flat.npy
expect 2 "result 'total/argmax': of a tensor of more than four dimensions" "$HALOCLINE" compile eight.tflite --result total/argmax
expect 0 "" "$HALOCLINE" run images.tflite images.npy --calibrate many.npy -q --json
near images 0 "[v[i + 9 * n] - v[i + 1 + 9 * n] + v[i + 3 + 9 * n] / 2 + 2 * v[i + 4 + 9 * n] for n in range(2) for i in (0, 1, 3, 4)], [2, 2, 2, 1]"
expect 0 "" "$HALOCLINE" inspect eight.tflite --json
[ "$(json stdout '[d[k][-1]["shape"] for k in ("inputs", "outputs")]')" = "[[1, 2, 1, 3, 2, 1, 2, 2], [1, 2, 1, 3, 2, 1, 2, 2]]" ] || fail "shapes of eight dimensions"

# Of an image of 1,024 pixels a few may be off, of one of 256 none.
expect 0 "" "$HALOCLINE" compile jumps32.tflite --calibrate jumps32.npy --table-bits 13
expect 0 "" "$HALOCLINE" run jumps32.tflite jumps32.npy --calibrate jumps32.npy --table-bits 13
expect 2 "no fixed-point setting is accurate enough" "$HALOCLINE" compile jumps16.tflite --calibrate jumps16.npy --table-bits 13

# Proofs, and of public truth values no other pass for them.
prove() { # prove NAME INPUT...
    local name=$1
    shift
    expect 0 "proved and verified" "$HALOCLINE" prove $name.tflite "$@" -o $name --unsafe-dev-srs -q --visibility input=public
    expect 0 "accepted" "$HALOCLINE" verify $name/vk.hcl $name/proof.bin $name/public.json
}
prove truth truth.npy x.npy "${given[@]}"
prove eight x8.npy --calibrate x8s.npy
prove images images.npy --calibrate many.npy
[ "$(json truth/public.json 'd["tensors"][0]["values"]')" = "[1.0, 0.0, 0.0, 1.0]" ] || fail "public truth values"
for value in 1 2; do
    python3 - $value <<'PY'
import json, sys
d = json.load(open("truth/public.json")); del d["tensors"], d["format"], d["version"]
v = [hex(x) if isinstance(x, int) else x for x in d["instances"][0]]
v[1] = hex(int(sys.argv[1]))
json.dump({"instances": [v]}, open("lie.json", "w"))
PY
    expect "$false_claim" "rejected" "$HALOCLINE" verify truth/vk.hcl truth/proof.bin lie.json
done
