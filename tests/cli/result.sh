#!/usr/bin/env bash
# What of the outputs is public (--result): last position, arg-max, top k, slices, in key and public values; forged ones are refused.
. "$SOURCE/tests/cli/lib.sh" || exit 2
zoo=$SOURCE/tests/conformance/zoo
cat >models.py <<'PY'
import npy
from tflite import *
# y = x, [1,3,4]; s = softmax(x); z = 2 x flat
m = Model(); g = Graph(m); x = g.input([1, 3, 4], "x")
y = g.op(MUL, [x, g.constant([1], "one", [1])], [1, 3, 4], "net/y")
s = g.op(SOFTMAX, [y], [1, 3, 4], "net/s", Table({0: ("f", 1.0)}), 9)
z = g.op(MUL, [g.reshape(x, [1, 12], "flat", to=[1, 12]), g.constant([1], "two", [2])], [1, 12], "z")
g.outputs = [y, s, z]; m.signature("main", 0, [("x", x)], [("scores", y), ("chances", s), ("twice", z)]); m.save("m.tflite")
npy.save("x.npy", [0.5, 0.75, 0.25, 0.75, -0.5, -0.25, -0.75, -1, 0, 0.125, 0.875, 0.875], [1, 3, 4])
PY
python3 models.py
is() { # is RESULTS VALUES: options, and what comes of them, to two digits
    # shellcheck disable=SC2086 # words
    expect 0 "" "$HALOCLINE" run m.tflite x.npy $1 -q --json
    local got
    got=$(json stdout '[(t["name"], t["shape"], [round(v, 2) for v in t["value"]]) for t in d["outputs"][0]["tensors"]]')
    [ "$got" = "$2" ] || fail "$1: $got instead of $2"
}
is "--result scores/last" "[('net/y/last', [1, 4], [0.0, 0.12, 0.88, 0.88])]"
is "--result net/y/last" "[('net/y/last', [1, 4], [0.0, 0.12, 0.88, 0.88])]"
is "--result scores/argmax" "[('net/y/argmax', [1, 3], [1.0, 1.0, 2.0])]"
is "--result chances/argmax" "[('net/y/argmax', [1, 3], [1.0, 1.0, 2.0])]"
is "--result scores/last/argmax" "[('net/y/last/argmax', [1], [2.0])]"
is "--result scores[0,-3,:]/topk=3" "[('net/y/[0,-3,:]/topk=3', [3], [0.75, 0.75, 0.5]), ('net/y/[0,-3,:]/numbers', [3], [1.0, 3.0, 0.0])]"
is "--result scores[0,1:3,2:]" "[('net/y/[0,1:3,2:]', [2, 2], [-0.75, -1.0, 0.88, 0.88])]"
is "--result scores[0,:2,0]" "[('net/y/[0,:2,0]', [2], [0.5, -0.5])]"
is "--result twice[0,11] --result scores/argmax" "[('z/[0,11]', [], [1.75]), ('net/y/argmax', [1, 3], [1.0, 1.0, 2.0])]"
is "--result twice" "[('z', [1, 12], [1.0, 1.5, 0.5, 1.5, -1.0, -0.5, -1.5, -2.0, 0.0, 0.25, 1.75, 1.75])]"
for bad in "nothing|no computed tensor is called 'nothing'" "scores/first|'first' is no step, expected last, argmax or topk=N" \
    "scores/topk=5|the 5 largest, expected 1..4" "scores/topk=0|expected 1..4" "scores/topk=x|expected 1..4" "scores[0,3]|elements 3 to 3 of a dimension of 3" \
    "scores[0,0,0,0]|more dimensions than the tensor" "scores[0,2:1]|elements 2 to 0" "scores[a]|a slice is like" "scores[0|a slice is like" \
    "[0]|a slice of several outputs" "scores[0,0,0]/last|less than two dimensions" "scores/argmax/argmax|numbers already" "scores/|'' is no step"; do
    expect 2 "${bad#*|}" "$HALOCLINE" compile m.tflite --result "${bad%%|*}"
done

# In key and public values, proved; a lie about each of them is refused.
expect 0 "proved and verified" $MPIRUN -n 2 "$HALOCLINE" prove "$zoo/gpt2_tiny/model.tflite" "$zoo/gpt2_tiny/input.npy" \
    -o last --unsafe-dev-srs -q --result last/argmax --result last/topk=2 --visibility weights=private
expect 0 "of its outputs last/argmax, last/topk=2" "$HALOCLINE" verify last/vk.hcl last/proof.bin last/public.json
[ "$(json last/public.json '[(t["integers"], t["frac_bits"]) for t in d["tensors"]][0]')" = "([170], 0)" ] || fail "the arg-max"
[ "$(json last/public.json 'd["tensors"][2]["integers"][0] == 170 and d["tensors"][2]["integers"][1] in (416, 431)')" = True ] || fail "the two largest"
expect 0 '"last/argmax"' "$HALOCLINE" inspect last/vk.hcl
for row in 0 1 2 3 4; do
    python3 - $row <<'PY'
import json, sys
d = json.load(open("last/public.json")); v = [x if isinstance(x, str) else hex(x) for x in d["instances"][0]]
v[int(sys.argv[1])] = hex(int(v[int(sys.argv[1])], 16) + 1); json.dump({"instances": [v]}, open("lie.json", "w"))
PY
    expect "$false_claim" "rejected" "$HALOCLINE" verify last/vk.hcl last/proof.bin lie.json
done
# Another result, another key.
expect 0 "proved and verified" "$HALOCLINE" prove m.tflite x.npy -o one --unsafe-dev-srs -q --result scores/last/argmax
expect 0 "proved and verified" "$HALOCLINE" prove m.tflite x.npy -o two --unsafe-dev-srs -q --result scores/last
cmp -s one/vk.hcl two/vk.hcl && fail "one key for two results"
expect 2 "" "$HALOCLINE" verify two/vk.hcl one/proof.bin one/public.json
