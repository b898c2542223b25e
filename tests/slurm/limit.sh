#!/usr/bin/env bash
# A job that takes longer than its time limit: SLURM itself warns it (--signal), it makes a checkpoint, goes back to the
# queue and goes on, as often as it takes, to the proof that it would have been.
. "$SOURCE/tests/slurm/lib.sh" || exit 2
k=18
make_srs $k
log_has() { # log_has PATTERN SECONDS
    local i
    for ((i = 0; i < 10 * $2; i++)); do
        ! grep -qE -- "$1" "$log" 2>/dev/null || return 0
        sleep 0.1
    done
    cp "$log" stderr
    fail "'$1' is not in the job's log after $2 s"
}
ranks() { pkill "-$1" -u nobody -x 'exe|halocline' || fail "there was no rank to send $1"; }
# Held in the middle until the warning has come, which SLURM sends up to a minute early, the job is slow on any machine.
submit limited --time=2 --signal=B:USR1@50 -- --k=$k --seed=3 --checkpoint-every-round
reaches "set up"
ranks STOP
log_has "Forwarding signal 10" 150
ranks CONT
ends "COMPLETED 0:0"
is_complete limited
[ "$(restarts)" -ge 1 ] || fail "the job ended within its time: nothing was tested"
says "stopped as asked after round"
[ "$(json limited/report.json 'd.get("resumed_after_rounds", 0) >= 1')" = True ] || fail "nothing was resumed"
! grep -q "DUE TO TIME LIMIT" "$log" || fail "SLURM ended the job"
# The same bytes in one go.
expect 0 "" ./halocline prove model.tflite input.npy -o whole --srs dev.srs --k=$k --seed=3 -q --cache home/.cache/halocline
cmp whole/proof.bin limited/proof.bin || fail "a proof that was continued has other bytes"
# What was continued, before the real verifier.
if [ -n "${HALO2_CHECK:-}" ]; then
    expect 0 "" env HALOCLINE_CACHE=home/.cache/halocline ./halocline export circuit model.tflite --k=$k -o circuit.json
    expect 0 "" ./halocline export srs dev.srs -o srs.raw
    expect 0 "" "$HALO2_CHECK" vk circuit.json srs.raw --out real
    expect 0 "accept" "$HALO2_CHECK" verify circuit.json srs.raw limited/public.json limited/proof.bin --vk real/vk.raw
    python3 -c 'b = bytearray(open("limited/proof.bin", "rb").read()); b[-32:] = b[:32]; open("wrong.bin", "wb").write(b)'
    expect 1 "reject" "$HALO2_CHECK" verify circuit.json srs.raw limited/public.json wrong.bin --vk real/vk.raw
    echo "accepted by the real verifier"
fi
echo "proved within a limit of two minutes, started $(($(restarts) + 1)) times"
