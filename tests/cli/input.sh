#!/usr/bin/env bash
# Inputs that do not fit the model: shape, dtype, NaN, range, broken files.
. "$SOURCE/tests/cli/lib.sh" || exit 2
digits=$SOURCE/examples/digits
model=$digits/model.tflite
run() { expect "$1" "$2" "$HALOCLINE" run "$model" "$3"; }
prove() { expect "$1" "$2" "$HALOCLINE" prove "$model" "$3" --unsafe-dev-srs --cache cache -o out; }

python3 - "$digits/input.npy" <<'PY'
import numpy as np, sys
a = np.load(sys.argv[1])
np.save("transposed.npy", a.reshape(1, 4, 16, 1))
np.save("large.npy", np.zeros((1, 9, 8, 1), np.float32))
np.save("two.npy", np.concatenate([a, a]))
np.save("flat.npy", a.reshape(8, 8, 1))
np.save("double.npy", a.astype(np.float64))
np.save("half.npy", a.astype(np.float16))
np.save("complex.npy", a.astype(np.complex64))
np.save("text.npy", np.array(["a", "b"]))
np.save("integers.npy", (a * 16).astype(np.uint8))
np.save("fortran.npy", np.asfortranarray(np.ones((2, 8, 8, 1), np.float32)))
np.save("big_endian.npy", a.astype(">f4"))
for name, value in [("nan", np.nan), ("inf", np.inf), ("huge", 1e30), ("outside", 1e4)]:
    b = a.copy(); b[0, 3, 3, 0] = value; np.save(name + ".npy", b)
PY
run 0 "" "$digits/input.npy"
run 0 "" flat.npy
run 0 "" double.npy
run 0 "2 inputs" two.npy
expect 0 "" "$HALOCLINE" run "$model" integers.npy --divide-by 16
expect 0 "accuracy" "$HALOCLINE" run "$model" "$digits/test_images.npy" --labels "$digits/test_labels.npy"
expect 0 "" "$HALOCLINE" run "$model" "$digits/input.npy" -o result.npy --json
python3 -c 'import json, numpy as np; d = json.load(open("stdout")); r = np.load("result.npy"); assert r.shape == (1, 10), r.shape; assert r[0].tolist() == d["outputs"][0]["tensors"][0]["fixed"]'

for bad in transposed large half complex text integers fortran big_endian nan inf huge outside; do
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
# The message names the element.
run 2 "element 27|\[0,3,3,0\]|27" nan.npy
