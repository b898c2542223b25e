#!/usr/bin/env bash
# Rows of constant tables by indices that are inputs: their range is that of their use, whatever the file's type; proofs of them, of
# other ranks and modes; what is not supported.
. "$SOURCE/tests/cli/lib.sh" || exit 2
cat >models.py <<'PY'
import random, npy
from tflite import *
random.seed(5)
GATHER, LESS, SELECT = 36, 58, 123
table = [round(random.uniform(-1, 1), 3) for _ in range(7 * 4)]
def model(name, type=INT32, build=None):
    m = Model(); g = Graph(m); x = g.input([1, 3], "ids", type=type)
    t = g.constant([7, 4], "table", table)
    g.outputs = [build(g, x, t) if build else gather(g, t, x)]; m.save(name)
def gather(g, t, x, axis=0, name="rows"):
    return g.op(GATHER, [t, x], [1, 3, 4], name, Table({0: ("i", axis)}), 23)
model("plain.tflite"); model("long.tflite", INT64)
def wrapped(rows, zero=0):
    def f(g, x, t):
        k, z = g.constant([], "rows", [rows], INT32), g.constant([], "zero", [zero], INT32)
        less = g.op(LESS, [x, z], [1, 3], "less"); more = g.op(ADD, [x, k], [1, 3], "more")
        return gather(g, t, g.op(SELECT, [less, more, x], [1, 3], "wrapped"))
    return f
model("wrapped.tflite", build=wrapped(7)); model("shifted.tflite", build=wrapped(6))
model("axis.tflite", build=lambda g, x, t: gather(g, t, x, axis=1))
model("read.tflite", build=lambda g, x, t: g.op(MUL, [x, g.constant([1], "k", [2])], [1, 3], "twice"))
model("unused.tflite", build=lambda g, x, t: x)
print(table)
for name, ids, dtype in ("ids", [6, 0, 3], "<i4"), ("ids64", [6, 0, 3], "<i8"), ("reals", [6.0, 0.0, 3.0], "<f4"), ("large", [6, 7, 3], "<i4"), ("less", [6, -1, 3], "<i4"):
    npy.save(name + ".npy", ids, [1, 3], dtype)
npy.save("columns.npy", [2, 0, 3], [1, 3], "<i4"); npy.save("half.npy", [6.0, 0.5, 3.0], [1, 3]); npy.save("samples.npy", [0, 1, 2, 3, 4, 5, 6, 0, 6], [3, 3], "<i4"); npy.save("bad.npy", [0, 1, 9], [1, 3], "<i4")
PY
python3 models.py >table
near() { # near MODEL FILE [EXPECTED WITHIN]: the rows 6, 0 and 3 of the table, unless the numbers are told
    expect 0 "" "$HALOCLINE" run "$1" "$2" -q --json
    python3 - <<PY || fail "$1 $2: other elements"
import ast, json
table, got = ast.literal_eval(open("table").read()), json.load(open("stdout"))["outputs"][0]["tensors"][0]["value"]
want = [${3:-table[4 * row + column] for row in (6, 0, 3) for column in range(4)}]
assert len(got) == len(want) and max(abs(a - b) for a, b in zip(got, want)) < ${4:-1e-3}, (got, want)
PY
}
near plain.tflite ids.npy; near plain.tflite ids64.npy; near plain.tflite reals.npy; near long.tflite ids64.npy; near wrapped.tflite ids.npy

# Out of range, or no number: before any work, with what was expected.
for command in run check "prove --unsafe-dev-srs"; do
    # shellcheck disable=SC2086 # words
    expect 2 "'large.npy' is 7 at element 1 of sample 0, expected a whole number in 0..6: input 'ids' is an index" "$HALOCLINE" $command plain.tflite large.npy
done
expect 2 "is -1 at element 1" "$HALOCLINE" run wrapped.tflite less.npy
expect 2 "is 0.5 at element 1" "$HALOCLINE" run plain.tflite half.npy
expect 2 "'bad.npy' is 9 at element 2" "$HALOCLINE" compile plain.tflite --calibrate bad.npy
expect 0 "" "$HALOCLINE" compile plain.tflite --calibrate samples.npy
expect 0 "" "$HALOCLINE" run plain.tflite ids.npy --divide-by 255
near plain.tflite ids.npy
near axis.tflite columns.npy "table[4 * row + column] for row in range(7) for column in (2, 0, 3)" 1e-2 # a product with what the indices choose
unread="input 'ids' has whole numbers, and neither is it a mask nor does a look-up in a constant table read it"
expect 2 "$unread.*MUL 'twice' reads it" "$HALOCLINE" compile read.tflite
expect 2 "$unread.*nothing reads it" "$HALOCLINE" compile unused.tflite
expect 2 "$unread.*'less' reads it" "$HALOCLINE" compile shifted.tflite

# Proofs in all modes; of public indices, which a proof of others does not pass for.
for weights in public committed private; do
    expect 0 "proved and verified" $MPIRUN -n 2 "$HALOCLINE" prove plain.tflite ids.npy -o $weights --unsafe-dev-srs -q \
        --visibility input=public,weights=$weights
    expect 0 "accepted" "$HALOCLINE" verify $weights/vk.hcl $weights/proof.bin $weights/public.json
    [ "$(json $weights/public.json 'd["tensors"][0]["values"]')" = "[6.0, 0.0, 3.0]" ] || fail "public indices"
    for change in 0,5 3,1; do # another index; an element of a row
        python3 - $weights ${change/,/ } <<'PY'
import json, sys
d = json.load(open(sys.argv[1] + "/public.json")); del d["tensors"], d["format"], d["version"]
v = [hex(x) if isinstance(x, int) else x for x in d["instances"][0]]
v[int(sys.argv[2])] = hex(int(v[int(sys.argv[2])], 16) + 1 if sys.argv[2] == "3" else int(sys.argv[3]))
json.dump({"instances": [v]}, open("lie.json", "w"))
PY
        expect "$false_claim" "rejected" "$HALOCLINE" verify $weights/vk.hcl $weights/proof.bin lie.json
    done
done
# The key is the table's: with one number changed it is another.
sed 's/round(random.uniform(-1, 1), 3) for _ in range(7 \* 4)/round(random.uniform(-1, 1), 3) + (_ == 13) \/ 8 for _ in range(7 * 4)/' models.py >other.py
mkdir other && (cd other && python3 ../other.py >/dev/null && cp plain.tflite ../other.tflite)
cmp -s plain.tflite other.tflite && fail "the same model"
expect 0 "" "$HALOCLINE" prove other.tflite ids.npy -o other_key --unsafe-dev-srs -q --visibility input=public,weights=public
expect "$false_claim" "" "$HALOCLINE" verify other_key/vk.hcl public/proof.bin public/public.json
