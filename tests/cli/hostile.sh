#!/usr/bin/env bash
# Files made to mislead whoever looks at them: names that would paint on the terminal.
. "$SOURCE/tests/cli/lib.sh" || exit 2
digits=$SOURCE/examples/digits
export HALOCLINE_CACHE=$work/cache

# shown CODE PATTERN COMMAND...: as expect, and nothing raw is said
shown() {
    expect "$@"
    python3 "$SOURCE/tests/support/rawtext.py" stdout stderr || fail "raw text from: ${*:3}"
}

# Models whose tensor names are of the same length as the sample's output, each with its own kind of trap.
python3 - "$digits/model.tflite" <<'PY'
import sys
data = open(sys.argv[1], "rb").read()
name = b"PartitionedCall:0"
assert data.count(name) >= 1
for file, text in [("escape", b"\x1b[2K\raccepted!!"), ("c1", "\u009b2K\u0085accepted".encode()),
                   ("bidi", "x\u202e\u2066accept".encode()), ("bytes", b"\x9b\xff\xc3(accepted"),
                   ("umlaut", "ausgabe \u00e4".encode()), ("other", "ausgabe \u00f6".encode())]:
    assert len(text) <= len(name)
    open(file + ".tflite", "wb").write(data.replace(name, text + b"." * (len(name) - len(text))))
PY
for name in escape c1 bidi bytes; do
    shown 0 "" "$HALOCLINE" inspect $name.tflite
    shown 0 "" "$HALOCLINE" inspect $name.tflite --json
    shown 0 "# PartitionedCall|# after|=.*#" "$HALOCLINE" compile $name.tflite --calibrate "$digits/calibration.npy" --dump-after all
    shown 0 "" "$HALOCLINE" compile $name.tflite --calibrate "$digits/calibration.npy" --json
done
for name in escape bidi bytes; do
    shown 0 "proved and verified" "$HALOCLINE" prove $name.tflite "$digits/input.npy" --calibrate "$digits/calibration.npy" \
        --unsafe-dev-srs -o $name
    python3 "$SOURCE/tests/support/rawtext.py" $name/public.json $name/report.json || fail "raw text in a file"
    shown 0 "accepted under" "$HALOCLINE" verify $name/vk.hcl $name/proof.bin $name/public.json
    shown 0 "" "$HALOCLINE" verify $name/vk.hcl $name/proof.bin $name/public.json --json
    json stdout 'd["public"][0]["name"]' >name
    shown 0 "" "$HALOCLINE" inspect $name/vk.hcl
    shown 0 "" "$HALOCLINE" inspect $name/public.json
done
# Names that differ outside of ASCII differ in the public values.
for name in umlaut other; do
    shown 0 "" "$HALOCLINE" prove $name.tflite "$digits/input.npy" --calibrate "$digits/calibration.npy" \
        --unsafe-dev-srs -o $name -q
done
[ "$(json umlaut/public.json 'd["tensors"][0]["name"] != json.load(open("other/public.json"))["tensors"][0]["name"]')" = True ] ||
    fail "two outputs share one name"
[ "$(json umlaut/public.json 'd["tensors"][0]["name"][:9] == "ausgabe \u00e4"')" = True ] || fail "valid UTF-8 was changed"

# Circuits, values and models that are refused: the message quotes what it refuses.
python3 - "$V/plain-gate/circuit.json" <<'PY'
import json, sys
circuit = json.load(open(sys.argv[1]))
trap = "\x1b]0;owned\x07\u009b\u202e\n accepted"
def write(name, **changes):
    json.dump({**circuit, **changes}, open(name, "w"))
write("gate.json", gates=[{**g, "name": trap} for g in circuit["gates"]])
write("empty.json", gates=[{"name": trap, "polys": []}])
write("side.json", **{"side_file": {"name": trap, "blake2b256": trap}})
side = json.load(open("side.json"))
for key in "fixed", "copies":
    side.pop(key, None)
json.dump(side, open("side.json", "w"))
open("broken.json", "w").write('{"format": \x1b[31m')
open("bytes.json", "wb").write(b'{"format": "\xff\x1b"}')
open(b"\x1b[31m\xff.npy", "wb").write(b"\x93NUMPY\x01\x00v\x00{'descr': '\x1b[2K', 'fortran_order': False, 'shape': (1,), }" + b" " * 60)
PY
shown 0 "u009b" "$HALOCLINE" inspect gate.json
for file in empty side broken bytes; do
    shown 2 "$file.json|cannot open" "$HALOCLINE" inspect $file.json
done
shown 2 "" "$HALOCLINE" run "$digits/model.tflite" $'\x1b[31m\xff.npy'
shown 2 "" "$HALOCLINE" run "$digits/model.tflite" $'\x1b[31m\xff.npy' --json
cp "$digits/input.npy" $'\x1b[31m\xff.npy'
shown 0 "" "$HALOCLINE" prove "$digits/model.tflite" $'\x1b[31m\xff.npy' --unsafe-dev-srs -o $'\x1b[31m\xff' --json

# A pipe is not waited for; a large file is not read to see what it is; counts and values ask for no more than the budget.
mkfifo pipe
for command in "inspect pipe" "verify pipe pipe pipe" "srs info pipe" "compile pipe" "run $digits/model.tflite pipe"; do
    # shellcheck disable=SC2086
    shown 2 "pipe' is not a" timeout 20 "$HALOCLINE" $command
done
truncate -s 50G sparse && printf '\034\0\0\0' | dd of=sparse conv=notrunc status=none
shown 2 "'sparse' is not an SRS" timeout 20 "$HALOCLINE" inspect sparse
generator=9d0d8fc58d435dd33d0bc7f528eb780a2c4679786fa36e662fdf079ac1770a0e3a1b1e8b1b87baa67b168eeb51d6f114588cf2f0de46ddcc5ebe0f3483ef141c
python3 -c 'import sys; sys.stdout.buffer.write(bytes.fromhex(sys.argv[1]))' $generator | dd of=sparse bs=4 seek=1 conv=notrunc status=none
shown 2 "'sparse' has [0-9]* bytes; a raw ParamsKZG file with k = 28 has" timeout 20 "$HALOCLINE" inspect sparse
python3 - escape <<'PY'
import json, sys
import vkfile
open("bomb.json", "w").write('{"instances": [[' + "{}," * 3000000 + "{}]]}")
system = {"format": "halocline-circuit", "version": 1, "k": 20, "num_fixed_columns": 0, "num_instance_columns": 0,
          "advice_column_phase": [0], "challenge_phase": [], "minimum_degree": None, "gates": [], "lookups": [],
          "permutation": [], "fixed": [], "copies": []}
N = 60000
def circuit(name, **changes):
    json.dump({**system, **changes}, open(name, "w"))
circuit("equality.json", advice_column_phase=[0] * N, permutation=[["advice", i] for i in range(N)])
circuit("twice.json", advice_column_phase=[0] * N, permutation=[["advice", i % (N - 1)] for i in range(N)])
circuit("rotations.json", gates=[{"name": "g", "polys": [["advice", 0, i] for i in range(N)]}])
circuit("points.json", advice_column_phase=[0] * N, gates=[{"name": "g", "polys": [["advice", i, i] for i in range(N)]}])
circuit("queries.json", queries=[["advice", 0, i] for i in range(N)])
open("empty.bin", "wb").write(b"")
side = {**system, "num_fixed_columns": 1 << 24, "side_file": {"name": "empty.bin",
        "blake2b256": "0e5751c026e543b2e8ab2eb06099daa1d1e5df47778f7787faab45cdf12fe3a8"}}
del side["fixed"], side["copies"]
json.dump(side, open("columns.json", "w"))
# One value, claimed by a million tensors.
vkfile.edit_meta(f"{sys.argv[1]}/vk.hcl", "tensors.hcl", lambda m: m.update(
    public=[{**m["public"][0], "first_row": 0, "shape": [1, 1, 1, 10]}] * 100000))
PY
shown 3 "'bomb.json' needs more memory" timeout 20 "$HALOCLINE" verify escape/vk.hcl escape/proof.bin bomb.json --memory 64M
shown 0 "equality_columns" timeout 20 "$HALOCLINE" inspect equality.json
shown 2 "advice column 0 is twice in the permutation" timeout 20 "$HALOCLINE" inspect twice.json
shown 2 "advice column 0 is read at more than 64 rotations" timeout 20 "$HALOCLINE" inspect rotations.json
shown 2 "advice column 0 is read at more than 64 rotations" timeout 20 "$HALOCLINE" inspect queries.json
shown 2 "more than 1024 different rotations" timeout 20 "$HALOCLINE" inspect points.json
shown 2 "too few for the 16777216 fixed columns" timeout 20 "$HALOCLINE" inspect columns.json
shown 2 "begins at row 0 of column 0, expected 10" timeout 20 "$HALOCLINE" verify tensors.hcl escape/proof.bin escape/public.json
