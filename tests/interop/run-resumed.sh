#!/usr/bin/env bash
# Proofs that were stopped in the middle and continued by another number of ranks, before the real verifier.
# run-resumed.sh MODEL INPUT
. "$SOURCE/tests/cli/lib.sh" || exit 2
model=$1 input=$2
options=(--unsafe-dev-srs --weight-seed weight.seed -q)
export HALOCLINE_CACHE=$work/cache FATE_LATER=0 FATE_SIGNAL=10
expect 0 "" "$HALOCLINE" prove "$model" "$input" -o first "${options[@]}" # makes SRS and seed
expect 0 "" "$HALOCLINE" export circuit "$model" -o circuit.json --weight-seed weight.seed
k=$(json circuit.json 'd["k"]')
expect 0 "" "$HALOCLINE" export srs "cache/unsafe-dev-k$k.srs" -o srs.raw
"$HALO2_CHECK" vk circuit.json srs.raw --out real >/dev/null || fail "the real keygen"
for round in 1 2 3 4 5 6; do
    from=$((2 + round % 2)) to=$((1 + (round + 1) % 3)) out=round-$round
    export FATE_RANK=$((round % from)) FATE_ROUND=$round
    code=0
    LD_PRELOAD=$FATE $MPIRUN -n $from -x LD_PRELOAD -x FATE_RANK -x FATE_ROUND -x FATE_LATER -x FATE_SIGNAL \
        "$HALOCLINE" prove "$model" "$input" -o "$out" "${options[@]}" --checkpoint kept --checkpoint-every-round >stdout 2>stderr || code=$?
    [ $code = 75 ] || fail "exit code $code instead of 75 after round $round"
    expect 0 "proved and verified" $MPIRUN -n $to "$HALOCLINE" prove "$model" "$input" -o "$out" "${options[@]}" --resume kept
    [ "$(json "$out/report.json" 'd["resumed_after_rounds"] >= 1')" = True ] || fail "nothing was resumed"
    "$HALO2_CHECK" verify circuit.json srs.raw "$out/public.json" "$out/proof.bin" --vk real/vk.raw >verdict 2>&1 ||
        fail "stopped after round $round: the real verifier says $(cat verdict)"
done
cmp -s round-1/proof.bin round-2/proof.bin && fail "two proofs have the same blinding"
echo "stopped after each of six rounds and continued: accepted by the real verifier"
