#!/usr/bin/env bash
# Models with several inputs and outputs: in the order and by the names of the signature, whatever the subgraph's is; files one by
# one, by name and together; proofs with all of them public, and none.
. "$SOURCE/tests/cli/lib.sh" || exit 2
cat >models.py <<'PY'
import zipfile, npy
from tflite import *
# The subgraph has z before x and q before p; the signature says x, z and p, q. p = 2 x, q = 3 z + 1 / 4.
m = Model(); g = Graph(m); z = g.input([1, 3], "z"); x = g.input([1, 2], "x")
q = g.op(ADD, [g.op(MUL, [z, g.constant([1], "k", [3])], [1, 3], "z3"), g.constant([1], "b", [0.25])], [1, 3], "q")
p = g.op(MUL, [x, g.constant([1], "l", [2])], [1, 2], "p")
g.outputs = [q, p]
m.signature("main", 0, [("first", x), ("second", z)], [("double", p), ("triple", q)]); m.save("two.tflite")
m.signatures = []; m.save("plain.tflite")
m.signature("main", 0, [("first", x)], [("double", p)]); m.save("lacks.tflite")
m.signatures = []; m.signature("main", 0, [("first", x), ("second", z), ("third", x)], [("double", p)]); m.save("twice.tflite")
m.signatures = []; m.signature("main", 0, [("first", x), ("second", 99)], [("double", p)]); m.save("outside.tflite")
m.signatures = []; m.signature("main", 0, [("first", x), ("second", z)], [("double", p)]); m.save("one_output.tflite")
npy.save("x.npy", [0.5, -0.25], [1, 2]); npy.save("z.npy", [0.25, 0.5, -0.75], [3]); npy.save("xx.npy", [0.5, -0.25, 1, 0], [2, 2])
npy.save("zz.npy", [0.25, 0.5, -0.75, 0.5, 0.25, 0.125], [2, 3]); npy.save("zzz.npy", [0.0] * 9, [3, 3])
npy.save("far.npy", [100.0, 0.5, 0.25], [1, 3])
def pack(name, members, how=zipfile.ZIP_STORED):
    with zipfile.ZipFile(name, "w", how) as f:
        for member, path in members:
            f.write(path, member + ".npy")
pack("named.npz", [("second", "z.npy"), ("x", "x.npy")])
pack("numbered.npz", [("arr_1", "z.npy"), ("arr_0", "x.npy")])
pack("lacking.npz", [("first", "x.npy")]); pack("strange.npz", [("first", "x.npy"), ("third", "z.npy")])
pack("repeated.npz", [("first", "x.npy"), ("x", "x.npy"), ("z", "z.npy")])
pack("packed.npz", [("first", "x.npy"), ("second", "z.npy")], zipfile.ZIP_DEFLATED)
d = bytearray(open("named.npz", "rb").read()); d[d.index(b"NUMPY") + 129] ^= 1; open("damaged.npz", "wb").write(d)
PY
python3 models.py
values() { # values MODEL FILE...: of all outputs in order, rounded to two digits
    "$HALOCLINE" run "$@" -q --json >result.json 2>stderr || fail "run $*"
    json result.json '[(t["name"], [round(v, 2) for v in t["value"]]) for t in d["outputs"][-1]["tensors"]]'
}
same() { [ "$1" = "$2" ] || fail "$1 instead of $2"; }
wanted="[('p', [1.0, -0.5]), ('q', [1.0, 1.75, -2.0])]"
same "$(values two.tflite x.npy z.npy)" "$wanted"
same "$(values two.tflite second=z.npy first=x.npy)" "$wanted"
same "$(values two.tflite z=z.npy x=x.npy)" "$wanted"
same "$(values two.tflite named.npz)" "$wanted"
same "$(values two.tflite numbered.npz)" "$wanted"
same "$(values two.tflite xx.npy zz.npy)" "[('p', [2.0, 0.0]), ('q', [1.75, 1.0, 0.62])]"
same "$(values plain.tflite z.npy x.npy)" "[('q', [1.0, 1.75, -2.0]), ('p', [1.0, -0.5])]"
same "$(values one_output.tflite x.npy z.npy)" "[('p', [1.0, -0.5])]"
expect 0 "" "$HALOCLINE" inspect two.tflite
same "$(json stdout '[[(e["name"], e["tensor"], e["shape"]) for e in d[k]] for k in ("inputs", "outputs")]')" \
    "[[('first', 'x', [1, 2]), ('second', 'z', [1, 3])], [('double', 'p', [1, 2]), ('triple', 'q', [1, 3])]]"

# Refusals say which input, and what was expected.
expect 2 "1 input file is given, the model has 2 inputs: 'first', 'second'" "$HALOCLINE" run two.tflite x.npy
expect 2 "3 input files are given, the model has 2 inputs" "$HALOCLINE" run two.tflite x.npy z.npy z.npy
expect 2 "'z.npy' has shape \[3\], expected the model input 'first''s \[1,2\]" "$HALOCLINE" run two.tflite z.npy x.npy
expect 2 "the model has no input 'third', expected one of 'first', 'second'" "$HALOCLINE" run two.tflite third=x.npy z.npy
expect 2 "'x.npy' and 'xx.npy' are given for the same input 'first'" "$HALOCLINE" run two.tflite first=x.npy x=xx.npy
expect 2 "'zzz.npy' has 3 samples, expected as many as 'xx.npy' has: 2" "$HALOCLINE" run two.tflite xx.npy zzz.npy
expect 2 "input 'z' is 100 at element 0, expected a number in" "$HALOCLINE" check two.tflite x.npy far.npy
expect 2 "'x.npy, far.npy'" "$HALOCLINE" check two.tflite x.npy far.npy
expect 2 "'xx.npy, zz.npy' holds 2 inputs, expected 1" "$HALOCLINE" prove two.tflite xx.npy zz.npy --dry-run
expect 2 "has no array for input 'second'" "$HALOCLINE" run two.tflite lacking.npz
expect 2 "array 'third', expected the inputs 'first', 'second', or arr_0 to arr_1" "$HALOCLINE" run two.tflite strange.npz
expect 2 "two arrays for input 'first'" "$HALOCLINE" run two.tflite repeated.npz
expect 2 "array 'first' is compressed, expected what numpy.savez writes" "$HALOCLINE" run two.tflite packed.npz
expect 2 "array 'second' is damaged: its checksum" "$HALOCLINE" run two.tflite damaged.npz
expect 2 "leaves out input 0" "$HALOCLINE" compile lacks.tflite
expect 2 "listed twice" "$HALOCLINE" compile twice.tflite
expect 2 "refers to tensor 99" "$HALOCLINE" compile outside.tflite

# Calibration, one file for each input or together: given, and beside the model.
expect 0 "" "$HALOCLINE" compile two.tflite --calibrate xx.npy --calibrate zz.npy --json -q
same "$(json stdout 'd["quantisation"]["samples"]')" 2
expect 2 "1 input file is given" "$HALOCLINE" compile two.tflite --calibrate xx.npy
cp xx.npy two.calibration_0.npy
expect 2 "1 input file is given" "$HALOCLINE" compile two.tflite
cp zz.npy two.calibration_1.npy
expect 0 "" "$HALOCLINE" compile two.tflite --json -q
same "$(json stdout 'd["quantisation"]["samples"]')" 2
cp named.npz two.calibration.npz
expect 0 "" "$HALOCLINE" compile two.tflite --json -q
same "$(json stdout 'd["quantisation"]["samples"]')" 1
rm two.calibration*

# Proofs: private inputs, and public ones, all of which the proof is about.
expect 0 "proved and verified" "$HALOCLINE" prove two.tflite x.npy z.npy -o private --unsafe-dev-srs -q
same "$(json private/public.json '[(t["role"], t["name"]) for t in d["tensors"]]')" "[('output', 'p'), ('output', 'q')]"
expect 0 "proved and verified" $MPIRUN -n 2 "$HALOCLINE" prove two.tflite named.npz -o public --unsafe-dev-srs -q \
    --visibility input=public
expect 0 "accepted" "$HALOCLINE" verify public/vk.hcl public/proof.bin public/public.json
same "$(json public/public.json '[(t["role"], t["name"], [round(v, 2) for v in t["values"]]) for t in d["tensors"]]')" \
    "[('input', 'x', [0.5, -0.25]), ('input', 'z', [0.25, 0.5, -0.75]), ('output', 'p', [1.0, -0.5]), ('output', 'q', [1.0, 1.75, -2.0])]"
for row in 0 2 4 5 9; do
    python3 - $row <<'PY'
import json, sys
d = json.load(open("public/public.json")); del d["tensors"], d["format"], d["version"]
v = d["instances"][0][int(sys.argv[1])]; d["instances"][0][int(sys.argv[1])] = (int(v, 16) if isinstance(v, str) else v) + 1
d["instances"][0] = [hex(x) if isinstance(x, int) else x for x in d["instances"][0]]
json.dump(d, open("lie.json", "w"))
PY
    expect "$false_claim" "rejected" "$HALOCLINE" verify public/vk.hcl public/proof.bin lie.json
done
