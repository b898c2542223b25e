#!/usr/bin/env bash
# usage: batch.sh MODEL...
# Several inferences in one proof (--batch): each item gives what it gives alone, in networks of the usual kinds (MODELs of
# tests/conformance/zoo, all without any); keys, public values and reports tell of items; what is wrong is refused.
. "$SOURCE/tests/cli/lib.sh" || exit 2
zoo=$SOURCE/tests/conformance/zoo
items() { # items N FILE OUT: the first N samples of FILE
    python3 -c 'import sys, npy; npy.first(int(sys.argv[1]), *sys.argv[2:])' "$@"
}
models=("$@")
[ $# -gt 0 ] || mapfile -t models < <(cd "$zoo" && ls -d ./*/)
for name in "${models[@]}"; do
    inputs=()
    for file in "$zoo/$name"/calibration*.npy; do
        inputs+=("$(basename "$file")")
        items 2 "$file" "${inputs[-1]}"
    done
    expect 0 "" "$HALOCLINE" run "$zoo/$name/model.tflite" "${inputs[@]}" -q -o apart.npy
    expect 0 "" "$HALOCLINE" run "$zoo/$name/model.tflite" "${inputs[@]}" -q -o together.npy --batch 2
    cmp apart.npy together.npy || fail "$name: a batch of 2 is not two single runs"
    expect 0 "satisfied" "$HALOCLINE" check "$zoo/$name/model.tflite" "${inputs[@]}" -q --batch 2
    rm -- "${inputs[@]}"
done
[ $# -gt 0 ] || exit 0

model=$zoo/mlp_tiny/model.tflite
items 3 "$zoo/mlp_tiny/calibration.npy" three.npy
prove() { # prove RANKS FOLDER OPTIONS...
    expect 0 "proved and verified" $MPIRUN -n "$1" "$HALOCLINE" prove "$model" three.npy --batch 3 -o "$2" --unsafe-dev-srs \
        --cache cache --weight-seed weight.seed -q "${@:3}"
}
prove 1 one --seed 5
for ranks in 2 3; do
    prove $ranks other --seed 5
    cmp one/proof.bin other/proof.bin || fail "$ranks ranks make another proof"
    cmp one/vk.hcl other/vk.hcl || fail "$ranks ranks make another key"
done
expect 0 "of item 2: " "$HALOCLINE" verify one/vk.hcl one/proof.bin one/public.json
grep -q "batch of 3 inferences" stdout || fail "verify does not say that it is a batch"
[ "$(json one/public.json '[t["item"] for t in d["tensors"]]')" = "[0, 1, 2]" ] || fail "the items of the public values"
expect 0 '"batch": 3' "$HALOCLINE" inspect one/vk.hcl
[ "$(json one/report.json '(d["batch"], len(d["accuracy"]["items"]), [o["item"] for o in d["outputs"]])')" = "(3, 3, [0, 1, 2])" ] || fail "report.json"
expect 0 "" "$HALOCLINE" run "$model" three.npy -q --json
[ "$(json stdout '[o["tensors"][0]["fixed"] for o in d["outputs"]]')" = "$(json one/public.json '[t["integers"] for t in d["tensors"]]')" ] ||
    fail "the public values are not what each item gives"

# One item's result for another's, a changed one, a changed proof, another number of items.
python3 - <<'PY'
import json
d = json.load(open("one/public.json")); column = d["instances"][0]; n = len(column) // 3
json.dump({"instances": [column[:n] + column[2 * n:] + column[n:2 * n]]}, open("swapped.json", "w"))
json.dump({"instances": [column[:2 * n]]}, open("fewer.json", "w"))
PY
expect "$false_claim" "rejected" "$HALOCLINE" verify one/vk.hcl one/proof.bin swapped.json
expect 2 "do not hold tensor 'Identity'" "$HALOCLINE" verify one/vk.hcl one/proof.bin fewer.json
change one/proof.bin 40 1 >changed.bin
expect "$false_claim" "rejected" "$HALOCLINE" verify one/vk.hcl changed.bin one/public.json
items 2 "$zoo/mlp_tiny/calibration.npy" two.npy
expect 0 "proved and verified" "$HALOCLINE" prove "$model" two.npy --batch 2 -o two --unsafe-dev-srs --cache cache -q
expect 2 "" "$HALOCLINE" verify two/vk.hcl one/proof.bin one/public.json
for command in prove check run; do
    expect 2 "'three.npy' holds 3 inputs, expected the 4 of --batch 4" "$HALOCLINE" $command "$model" three.npy --batch 4 -q
done
expect 2 "'three.npy' holds 3 inputs, expected 1 \(--batch 3 takes all\)" "$HALOCLINE" prove "$model" three.npy -q --unsafe-dev-srs
expect 2 "bad number of inferences '0'" "$HALOCLINE" compile "$model" --batch 0
expect 2 "several inputs|equally many|samples" "$HALOCLINE" check "$zoo/dlrm_tiny/model.tflite" "$zoo/dlrm_tiny/input_0.npy" \
    "$zoo/dlrm_tiny/calibration_1.npy" --batch 2 -q
python3 -c 'import npy; v, s = npy.load("three.npy"); v[s[1] + 2] = 1e6; npy.save("far.npy", v, s)'
expect 2 "'far.npy': item 1: input .* is 1e\+06 at element 2" "$HALOCLINE" prove "$model" far.npy --batch 3 -q --unsafe-dev-srs

# A batch of one is a single proof; reduced results are public item by item; of private weights the same for all items.
items 1 "$zoo/mlp_tiny/calibration.npy" single.npy
for batch in "" "--batch 1"; do
    # shellcheck disable=SC2086 # words
    expect 0 "" "$HALOCLINE" export circuit "$model" --inline -o "circuit${batch##* }.json" $batch
done
cmp circuit.json circuit1.json || fail "a batch of one is another circuit"
prove 1 reduced --result argmax --visibility weights=private,input=public
expect 0 "of item 1: 1 values" "$HALOCLINE" verify reduced/vk.hcl reduced/proof.bin reduced/public.json
[ "$(json reduced/public.json '[(t["role"], t["item"]) for t in d["tensors"]]')" = \
    "[('input', 0), ('input', 1), ('input', 2), ('output', 0), ('output', 1), ('output', 2)]" ] || fail "public inputs and outputs"
expect 0 "sbatch .* SRS --batch 16" "$HALOCLINE" plan "$model" --batch 16 --ranks 1,2
expect 0 "learned of the weights: only the architecture" "$HALOCLINE" verify reduced/vk.hcl reduced/proof.bin reduced/public.json
