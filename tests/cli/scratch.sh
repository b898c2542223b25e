#!/usr/bin/env bash
# Within so little memory that columns have to wait on a disk the same proof is made; nothing stays there, whatever happens, and a
# folder that cannot take them is refused before the work.
. "$SOURCE/tests/cli/lib.sh" || exit 2
mnist=$SOURCE/tests/conformance/mnist
model=$mnist/model.tflite input=$mnist/input0.npy
export HALOCLINE_CACHE=$work/cache
mkdir scratch

prove() { expect 0 "" "$@" "$model" "$input" --unsafe-dev-srs --seed 5 --lanes 4 --k 15 -o out -q --json; }
nothing_stays() { [ -z "$(ls -A scratch)" ] || fail "in the scratch folder after $1: $(ls -A scratch)"; }

# within LAUNCHER...: with the most memory, in hundredths of the ledger of the fastest way, which left fastest.json, that needs a disk
within() {
    local share memory=0
    for share in $(seq 42 -1 25); do
        memory=$(json fastest.json "int(0.$share * d['predicted']['measured_memory_bytes'] + d['predicted']['measured_rss_bytes'] - d['predicted']['measured_memory_bytes'])")
        prove "$@" --memory "$memory" --scratch scratch
        [ "$(json stdout 'd["predicted"]["savings"]["scratch"]')" = False ] || break
    done
    MEMORY=$memory python3 - <<'PY' || fail "within $memory: $(json stdout 'd["predicted"]["savings"], d["predicted"]["measured_rss_bytes"], d["predicted"]["measured_memory_bytes"], d["predicted"]["memory_bytes"]')"
import json, os
d, fastest = json.load(open("stdout")), json.load(open("fastest.json"))
p, limit = d["predicted"], int(os.environ["MEMORY"])
assert d["proof_blake2b256"] == fastest["proof_blake2b256"]
assert p["savings"]["scratch"] and not fastest["predicted"]["savings"]["scratch"]
assert abs(p["memory_bytes"] / p["measured_memory_bytes"] - 1) < 0.06
beside = fastest["predicted"]["measured_rss_bytes"] - fastest["predicted"]["measured_memory_bytes"]
assert beside > 100e6 or p["measured_rss_bytes"] <= 1.03 * limit  # a sanitizer's own memory is not ours to count
for q in p["phases"]:
    assert q["msms"] == q["measured_msms"] and q["ntts"] == q["measured_ntts"], q
PY
    nothing_stays "a proof"
}
prove "$HALOCLINE" prove
cp stdout fastest.json
prove "$HALOCLINE" prove --scratch scratch
[ "$(json stdout 'd["predicted"]["savings"]["scratch"]')" = False ] || fail "a disk although there is memory"
within "$HALOCLINE" prove
if [ -n "${MPIRUN:-}" ]; then
    # shellcheck disable=SC2086
    prove $MPIRUN -n 2 "$HALOCLINE" prove
    cp stdout fastest.json
    # shellcheck disable=SC2086
    within $MPIRUN -n 2 "$HALOCLINE" prove
fi

# What does not fit says how much it takes, and that a disk would do.
args=("$HALOCLINE" prove "$model" "$input" --unsafe-dev-srs --lanes 4 --k 15 -q -o none)
memory=$(disk_memory "${args[@]}")
args+=(--memory "$memory")
expect 3 "takes [0-9]+ MB of each at least, .*, and with --scratch DIR on so many" "${args[@]}"
for folder in no/such/folder /proc "$model"; do
    expect 3 "cannot make a scratch file in '$folder'" "${args[@]}" --scratch "$folder"
done
# A full disk, for which a limit on the size of files stands in.
(ulimit -f 4096 && expect 3 "no room for a file of [0-9]+ MB in the scratch folder 'scratch'" "${args[@]}" --scratch scratch) || exit 1
[ ! -e none/proof.bin ] || fail "a proof without a disk"
nothing_stays "a full disk"

# Killed while columns are there.
"${args[@]}" --scratch scratch &
killed=$!
for _ in $(seq 600); do
    # shellcheck disable=SC2012
    if ls -l /proc/$killed/fd 2>/dev/null | grep -q "scratch.*deleted"; then
        kill -9 $killed
        break
    fi
    sleep 0.05
done
got=0
wait $killed || got=$?
[ $got = 137 ] || fail "a proof that was to be killed ended otherwise"
nothing_stays "SIGKILL"
