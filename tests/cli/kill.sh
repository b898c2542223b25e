#!/usr/bin/env bash
# A rank dies in the middle of a proof: the others end within seconds, with a message, and no final file is half
# written. Tried at several moments, with the rank that writes and with another one.
. "$SOURCE/tests/cli/lib.sh" || exit 2
digits=$SOURCE/examples/digits
export HALOCLINE_CACHE=$work/cache
"$HALOCLINE" prove "$digits/model.tflite" "$digits/input.npy" --unsafe-dev-srs -o warm -q >/dev/null

is_running() { # a process that still runs our program (not a zombie)
    [ "$(readlink "/proc/$1/exe" 2>/dev/null)" = "$(readlink -f "$HALOCLINE")" ]
}

# A scheduler's warnings end nothing, whether they reach the program or its launcher, which passes them on.
$MPIRUN -n 2 "$HALOCLINE" prove "$digits/model.tflite" "$digits/input.npy" --unsafe-dev-srs --no-cache --visibility weights=private -o warned >stdout 2>log &
job=$!
until grep -q " lay out" log 2>/dev/null || ! kill -0 $job; do sleep 0.005; done
for warning in USR1 USR2; do
    kill -$warning $job $(pgrep -P $job) || fail "there was nothing left to warn"
done
wait $job || fail "exit code $? after a warning"
expect 0 "accepted" "$HALOCLINE" verify warned/vk.hcl warned/proof.bin warned/public.json

caught=0
for case in "0:commit advice" "1:commit advice" "1:quotient" "0:quotient" "2:evaluate"; do
    victim=${case%%:*} phase=${case#*:}
    rm -rf out log
    # Each rank writes its own process number into a file: `exec` keeps it.
    # shellcheck disable=SC2016
    OMPI_MCA_orte_abort_print_stack=0 $MPIRUN -n 3 bash -c 'echo $$ >pid.$OMPI_COMM_WORLD_RANK; exec "$@"' _ \
        "$HALOCLINE" prove "$digits/model.tflite" "$digits/input.npy" --unsafe-dev-srs -o out >stdout 2>log &
    job=$!
    for _ in $(seq 2000); do
        grep -q " $phase" log 2>/dev/null && break
        kill -0 $job 2>/dev/null || break
        sleep 0.005
    done
    start=$(date +%s)
    hit=0
    kill -9 "$(cat pid.$victim)" 2>/dev/null && hit=1
    code=0
    wait $job || code=$?
    [ $(($(date +%s) - start)) -le 10 ] || fail "the others went on for $(($(date +%s) - start)) seconds"
    for rank in 0 1 2; do
        for _ in $(seq 50); do
            is_running "$(cat pid.$rank)" || continue 2
            sleep 0.1
        done
        fail "rank $rank is still alive"
    done
    if [ $code != 0 ]; then
        [ -s log ] || fail "no message"
        grep -qiE "killed|signal|lost|died|terminat" log || fail "nothing about the death: $(tail -n 5 log)"
        [ ! -e out/proof.bin ] || [ $(($(stat -c %s out/proof.bin) % 32)) = 0 ] || fail "half a proof"
    else
        [ -e out/report.json ] || fail "exit code 0 without a report"
    fi
    if [ -e out/report.json ]; then # it died when all was done
        expect 0 "accepted" "$HALOCLINE" verify out/vk.hcl out/proof.bin out/public.json
        hit=0
    fi
    caught=$((caught + hit))
done
[ $caught -ge 3 ] || fail "only $caught of 5 ranks were caught in time"
echo "$caught of 5 ranks killed in mid-run"
