#!/usr/bin/env bash
# Ranks that stay on NUMA nodes of one machine, which hwloc makes up: each node has an SRS of its own, the ledger and the
# prediction have it, and the proof is the same.
. "$SOURCE/tests/cli/lib.sh" || exit 2
model=$SOURCE/examples/digits/model.tflite input=$SOURCE/examples/digits/input.npy
export HALOCLINE_CACHE=$work/cache
if [ -z "${MPIRUN:-}" ]; then
    echo "no mpirun, no NUMA nodes to share out"
    exit 0
fi
k=15
prove() { # prove NAME RANKS MACHINE OPTION...: NAME.json, and what -v says
    # shellcheck disable=SC2086
    expect 0 "" $MPIRUN ${3:+-x HWLOC_SYNTHETIC="$3"} -n "$2" "$HALOCLINE" prove "$model" "$input" -o out --k $k --seed 5 \
        --unsafe-dev-srs --json -v --threads 1 --memory 1G "${@:4}"
    cp stdout "$1.json"
}
copies() { grep -q "each NUMA node has a copy of the SRS" stderr; }
# grows NAME OF PARTS: NAME's ranks hold so many parts in 64 of the SRS more than OF's, exactly, and the prediction says so
grows() {
    NAME=$1 OF=$2 PARTS=$3 K=$k python3 - <<'PY' || fail "$1 beside $2"
import json, os
d, of = json.load(open(os.environ["NAME"] + ".json")), json.load(open(os.environ["OF"] + ".json"))
srs = 128 << int(os.environ["K"])
more = srs * int(os.environ["PARTS"]) // 64
assert d["proof_blake2b256"] == of["proof_blake2b256"]
for r, before in zip(d["costs"]["ranks"], of["costs"]["ranks"]):
    got = r["memory_peak_bytes"] - before["memory_peak_bytes"]
    assert abs(got - more) <= srs // 100, (got, more)
predicted = d["predicted"]["memory_bytes"] - of["predicted"]["memory_bytes"]
assert more <= predicted <= 1.06 * more, (predicted, more)
PY
}

prove two 2 ""
! copies || fail "a copy for each NUMA node of a machine with one"
prove apart 2 "pack:2 [numa] core:1 pu:1"
copies || fail "one copy for two NUMA nodes"
grows apart two 32
# Threads that are not bound may be anywhere: one copy.
prove loose 2 "pack:2 [numa] core:2 pu:1"
! copies || fail "copies for ranks that stay nowhere"
grows loose two 0
# Two ranks on each of two NUMA nodes share what is there; one on each of four has its own.
prove four 4 ""
prove pairs 4 "pack:2 [numa] core:2 pu:1"
copies || fail "one copy for two NUMA nodes of two ranks"
grows pairs four 16
prove quarters 4 "pack:4 [numa] core:1 pu:1"
grows quarters four 48

# So does plan count, and for machines with little memory.
srs_copies() { json stdout '[p["srs_copies"] for p in d["plans"]]'; }
expect 0 "" "$HALOCLINE" plan "$model" --k $k -q --json --ranks 1,2,4 --node cores=2,memory=4G,numa=2
[ "$(srs_copies)" = "[1, 2, 2]" ] || fail "copies of the SRS that plan counts: $(srs_copies)"
[ "$(json stdout "d['plans'][1]['memory_bytes']")" = "$(json apart.json "d['predicted']['rss_bytes']")" ] ||
    fail "plan says $(json stdout "d['plans'][1]['memory_bytes']") of two ranks, prove $(json apart.json "d['predicted']['rss_bytes']")"
