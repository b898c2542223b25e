#!/usr/bin/env bash
# The other direction: the real prover's proofs of its own circuits, judged by halocline.
. "$SOURCE/tests/cli/lib.sh" || exit 2

"$HALO2_CHECK" samples samples >names
[ "$(wc -l <names)" -ge 3 ] || fail "no samples"
for dir in samples/*; do
    name=$(basename "$dir")
    expect 0 "" "$HALOCLINE" keygen "$dir/circuit.json" --srs "$dir/srs.raw" -o "$dir/vk.hcl"
    expect 0 "" "$HALOCLINE" export vk "$dir/vk.hcl" -o "$dir/ours.raw"
    cmp "$dir/ours.raw" "$dir/vk.raw" || fail "$name: vk bytes differ from the real keygen's"
    expect 0 "" "$HALOCLINE" export vk "$dir/vk.hcl" --format id -o "$dir/ours.id"
    cmp "$dir/ours.id" "$dir/transcript_repr.hex" || fail "$name: transcript hash"
    expect 0 "" "$HALOCLINE" export vk "$dir/vk.hcl" --format text -o "$dir/ours.txt"
    cmp "$dir/ours.txt" "$dir/pinned.txt" || fail "$name: pinned text"
    for scheme in shplonk gwc; do
        expect 0 "accepted" "$HALOCLINE" verify "$dir/vk.hcl" "$dir/proof.$scheme" "$dir/instance.json" --scheme $scheme
    done
    # Every bit of the SHPLONK proof, both verifiers, case by case.
    "$HALO2_CHECK" flip-all "$dir/circuit.json" "$dir/srs.raw" "$dir/instance.json" "$dir/proof.shplonk" \
        --positions positions >flips 2>/dev/null || fail "$name: $(cat flips)"
    "$FLIP_ALL" "$dir/vk.hcl" "$dir/proof.shplonk" "$dir/instance.json" positions || fail "$name: verdicts differ"
    # Public values.
    python3 - "$dir/instance.json" <<'PY'
import json, sys
d = json.load(open(sys.argv[1]))
d["instances"][0][1] = "0x123456"
json.dump(d, open("changed.json", "w"))
PY
    expect $false_claim "rejected" "$HALOCLINE" verify "$dir/vk.hcl" "$dir/proof.shplonk" changed.json
    code=0
    "$HALO2_CHECK" verify "$dir/circuit.json" "$dir/srs.raw" changed.json "$dir/proof.shplonk" >/dev/null || code=$?
    [ $code = 1 ] || fail "$name: the real verifier on changed public values"
done
echo "$(wc -l <names) circuits of the real prover accepted"
