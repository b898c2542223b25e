#!/usr/bin/env bash
# A circuit more than half of whose columns are linear: key and proofs before the real verifier.
# run-linear.sh PROGRAM (tests/mpi/test_linear.c)
. "$SOURCE/tests/cli/lib.sh" || exit 2
srs=$SOURCE/tests/vectors/halo2/srs/k6.raw
"$1" . || fail "no proofs"
"$HALO2_CHECK" vk circuit.json "$srs" --out real >/dev/null || fail "the real keygen"
expect 0 "" "$HALOCLINE" keygen circuit.json --srs "$srs" -o vk.hcl
expect 0 "" "$HALOCLINE" export vk vk.hcl -o ours.raw
cmp ours.raw real/vk.raw || fail "vk bytes differ from the real keygen's"
for scheme in shplonk gwc; do
    "$HALO2_CHECK" verify circuit.json "$srs" instance.json proof.$scheme --scheme $scheme --vk real/vk.raw ||
        fail "the real verifier refuses the $scheme proof"
    expect 0 "accepted" "$HALOCLINE" verify vk.hcl proof.$scheme instance.json --scheme $scheme
done
"$HALO2_CHECK" flip-all circuit.json "$srs" instance.json proof.shplonk --vk real/vk.raw --positions positions \
    >flips 2>/dev/null || fail "$(cat flips)"
"$FLIP_ALL" vk.hcl proof.shplonk instance.json positions || fail "verdicts differ"
