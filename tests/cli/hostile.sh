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
