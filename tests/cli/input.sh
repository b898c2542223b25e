#!/usr/bin/env bash
# Inputs that do not fit the model: shape, dtype, NaN, range, broken files.
. "$SOURCE/tests/cli/lib.sh" || exit 2
digits=$SOURCE/examples/digits
model=$digits/model.tflite
run() { expect "$1" "$2" "$HALOCLINE" run "$model" "$3"; }
prove() { expect "$1" "$2" "$HALOCLINE" prove "$model" "$3" --unsafe-dev-srs --cache cache -o out; }

python3 - "$digits/input.npy" <<'PY'
import sys
import npy
a, shape = npy.load(sys.argv[1])
assert shape == [1, 8, 8, 1]
npy.save("transposed.npy", a, [1, 4, 16, 1])
npy.save("channels_first.npy", a, [1, 1, 8, 8])
npy.save("large.npy", [0.0] * 72, [1, 9, 8, 1])
npy.save("two.npy", a + a, [2, 8, 8, 1])
npy.save("flat.npy", a, [8, 8, 1])
npy.save("double.npy", a, shape, "<f8")
npy.save("half.npy", a, shape, "<f2")
npy.save("complex.npy", [(x, 0.0) for x in a], shape, "<c8")
npy.save("integers.npy", [round(16 * x) for x in a], shape, "|u1")
npy.save("fortran.npy", a, shape, fortran=True)
npy.save("stacked.npy", a + a, [2, 1, 8, 8, 1])
npy.save("big_endian.npy", a, shape, ">f4")
for name, value in [("nan", float("nan")), ("inf", float("inf")), ("huge", 1e30), ("outside", 1e4)]:
    npy.save(name + ".npy", a[:27] + [value] + a[28:], shape)
PY
sed 's/<f4/|O8/' large.npy >object.npy
run 0 "" "$digits/input.npy"
run 0 "" flat.npy
run 0 "" double.npy
run 0 "2 inputs" two.npy
run 0 "2 inputs" stacked.npy
expect 0 "" "$HALOCLINE" run "$model" integers.npy --divide-by 16
expect 0 "accuracy" "$HALOCLINE" run "$model" "$digits/test_images.npy" --labels "$digits/test_labels.npy"
expect 0 "" "$HALOCLINE" run "$model" "$digits/input.npy" -o result.npy --json
python3 -c 'import json, npy
d, (values, shape) = json.load(open("stdout")), npy.load("result.npy")
assert shape == [1, 10] and values == d["outputs"][0]["tensors"][0]["fixed"]'

for bad in transposed large half complex object integers fortran big_endian nan inf huge outside; do
    run 2 "$bad.npy" $bad.npy
    prove 2 "$bad.npy" $bad.npy
done
prove 2 "2 inputs" two.npy
for part in 0 5 9 60 127 200; do
    head -c $part "$digits/input.npy" >short.npy
    run 2 "short.npy" short.npy
done
(cat "$digits/input.npy"; echo more) >long.npy
run 2 "long.npy" long.npy
sed 's/<f4/<f9/' "$digits/input.npy" >dtype.npy && run 2 "dtype.npy" dtype.npy
run 2 "cannot open" missing.npy
[ ! -e out/proof.bin ] && [ ! -e out/report.json ] || fail "a proof was made of a bad input"
# What to do about it.
run 2 "N,8,8,1. for N inputs" large.npy
run 2 "x.transpose" channels_first.npy
run 2 "x.reshape" transposed.npy
! "$HALOCLINE" run "$model" large.npy 2>&1 | grep -q "x[.]reshape" || fail "72 elements are no input of 64"
run 2 "ascontiguousarray" fortran.npy
run 2 "astype.np.float32" half.npy
run 2 "astype.np.float32" big_endian.npy
run 2 "--divide-by X" integers.npy
# The message names the element.
run 2 "27" nan.npy
