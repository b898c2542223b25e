#!/usr/bin/env bash
# A rank is killed, in turn at each round, as the checkpoint is made, and in the next round: --resume gives the same
# proof on 1, 2 and 3 ranks, and at most the round that was running is done again. LATER="0 1 2 3": at four moments of
# each round, not at one.
. "$SOURCE/tests/cli/lib.sh" || exit 2
digits=$SOURCE/examples/digits
export HALOCLINE_CACHE=$work/cache OMPI_MCA_orte_abort_print_stack=0
prove=("$HALOCLINE" prove "$digits/model.tflite" "$digits/input.npy" --unsafe-dev-srs --seed 3 -q)
"${prove[@]}" -o whole >/dev/null

fated() { # fated RANKS RANK ROUND LATER SIGNAL [OPTION OF PROVE...]: code
    local ranks=$1
    export FATE_RANK=$2 FATE_ROUND=$3 FATE_LATER=$4 FATE_SIGNAL=$5
    shift 5
    code=0
    LD_PRELOAD=$FATE timeout -k 1 60 $MPIRUN -n "$ranks" -x LD_PRELOAD -x FATE_RANK -x FATE_ROUND -x FATE_LATER -x FATE_SIGNAL \
        "${prove[@]}" -o out --checkpoint-every-round "$@" >stdout 2>stderr || code=$?
}
rounds() { "$HALOCLINE" inspect kept/checkpoint.hcl --json >seen && json seen 'd["rounds_done"]'; }

fated 3 -1 99 0 9 --checkpoint kept # nobody is killed: the checkpoint goes when the proof is there
[ $code = 0 ] && [ ! -e kept ] || fail "exit code $code, $(ls kept 2>/dev/null)"
cmp out/proof.bin whole/proof.bin || fail "a proof with checkpoints has other bytes"
all=7
for ((round = 1; round <= all; round++)); do
    for later in ${LATER:-$(((round - 1) % 4))}; do
        victim=$(((round + later) % 3)) ranks=$((1 + (round + 2 * later) % 3))
        rm -rf out
        fated 3 $victim $round $later 9 --checkpoint kept
        [ $code != 0 ] || fail "rank $victim was not killed in round $round"
        [ ! -e out/report.json ] || fail "a proof by a job that was killed"
        done=$(rounds)
        [ $((round - done)) -le 1 ] && [ "$done" -le $round ] || fail "killed at the end of round $round: $done are kept"
        [ $later != 0 ] || [ "$done" = $((round - 1)) ] || fail "killed before the checkpoint of round $round: $done are kept"
        if [ $later = 2 ]; then # and once more, on the way back, after another round if there is one
            fated 2 1 $((done + 1 < all ? done + 1 : all)) 0 9 --resume kept
            [ "$(rounds)" -ge "$done" ] || fail "a resumed job that was killed has lost a round"
        fi
        done=$(rounds)
        expect 0 "" $MPIRUN -n $ranks "${prove[@]}" -o out --resume kept
        cmp out/proof.bin whole/proof.bin || fail "killed in round $round, resumed on $ranks ranks: other bytes"
        [ "$(json out/report.json 'd["resumed_after_rounds"]')" = "$done" ] || fail "rounds were done again"
        [ ! -e kept ] || fail "a finished proof leaves $(ls kept)"
    done
done
expect 0 accepted "$HALOCLINE" verify out/vk.hcl out/proof.bin out/public.json

# Asked to stop: at the end of the round that is running, with the exit code that says so.
for ((round = 1; round < all; round++)); do
    signal=$((round % 2 ? 10 : 15))
    fated 2 $((round / 2 % 2)) $round 0 $signal --checkpoint kept --status status.json
    [ $code = 75 ] || fail "exit code $code after signal $signal"
    [ "$(rounds)" = $((round + 1)) ] || fail "stopped after $(rounds) rounds, expected $((round + 1))"
    [ "$(json status.json 'd["state"], d["verdict"], d["exit_code"], d["rounds_done"], d["proof"]')" = "('ended', 'stopped', 75, $((round + 1)), None)" ] ||
        fail "status.json: $(cat status.json)"
    expect 0 "" "${prove[@]}" -o out --resume kept
    cmp out/proof.bin whole/proof.bin || fail "stopped in round $round: other bytes"
done
echo "each of $all rounds was interrupted"
