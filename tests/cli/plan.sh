#!/usr/bin/env bash
# What `plan` says of a cluster: every number of ranks, the best of them, how to submit it; and what it refuses.
. "$SOURCE/tests/cli/lib.sh" || exit 2
model=$SOURCE/examples/digits/model.tflite
export HALOCLINE_CACHE=$work/cache

expect 0 "" "$HALOCLINE" plan "$model" -q --json --ranks 1,2,4,8 --node cores=8,memory=16G,numa=2 --network 1GB/s,10us
python3 - <<'PY' || fail "plan: $(cat stdout)"
import json
d = json.load(open("stdout"))
plans = d["plans"]
assert [p["ranks"] for p in plans] == [1, 2, 4, 8] and [p["nodes"] for p in plans] == [1, 1, 2, 4]
assert [p["threads"] for p in plans] == [8, 4, 4, 4] and all(p["fits"] for p in plans)
for p in plans:
    assert abs(sum(q["seconds"] for q in p["phases"]) - p["seconds"]) < 1e-9
    assert abs(p["seconds"] * p["nodes"] - p["node_seconds"]) < 1e-9
    first = plans[0]
    assert abs(p["efficiency"] - first["seconds"] * first["ranks"] * first["threads"] / (p["seconds"] * p["ranks"] * p["threads"])) < 1e-9
    assert (sum(q["bytes_sent"] for q in p["phases"]) > 0) == (p["ranks"] > 1)
    assert (sum(q["network_seconds"] for q in p["phases"]) > 0) == (p["nodes"] > 1)
    assert f"--nodes={p['nodes']} --ntasks-per-node={p['ranks_per_node']} --cpus-per-task={p['threads']} " in p["sbatch"], p["sbatch"]
# More ranks hold less each, and the best are the best.
assert [p["memory_bytes"] for p in plans] == sorted((p["memory_bytes"] for p in plans), reverse=True)
assert d["fastest"] == min(plans, key=lambda p: p["seconds"])["ranks"]
assert d["cheapest"] == min(plans, key=lambda p: p["node_seconds"])["ranks"]
PY

# For people the line to submit stands alone.
expect 0 "^sbatch --nodes=" "$HALOCLINE" plan "$model" -q --ranks 1,2

# A node with room for eight ranks' part and not for the whole: between what each takes at least, in bytes.
least() {
    expect 3 "MB at least" "$HALOCLINE" plan "$model" --k 16 -q --ranks "$1" --node cores=8,memory=1M
    sed -nE 's/.* takes ([0-9]+) MB at least.*/\1/p' stderr
}
one=$(least 1) eight=$(least 8)
memory=$(python3 -c "print(int(1e6 * ($one + $eight) / 2 / 0.8))")
expect 3 "it fits on [2-8] ranks" "$HALOCLINE" plan "$model" --k 16 -q --ranks 1 --node "cores=8,memory=$memory,numa=1"
expect 3 "more ranks do not make it fit" "$HALOCLINE" plan "$model" --k 16 -q --ranks 1,2 --node cores=8,memory=1M
expect 0 "" "$HALOCLINE" plan "$model" --k 16 -q --json --ranks 1,8 --node "cores=8,memory=$memory,numa=1"
[ "$(json stdout '[p["fits"] for p in d["plans"]] == [False, True] and d["fastest"] == 8 and d["cheapest"] == 8')" = True ] || fail "does not keep to the memory"
# All numbers of ranks are tried, in no time where NUMA nodes might have copies of the SRS, too. Memory and limit are those of one rank
# here, which lacks less than each of eight.
memory=$(python3 -c "print(int(1e6 * ($one - 5) / 0.8))")
expect 3 "takes $one MB at least and has $((one - 5)); more ranks do not make it fit" timeout 60 "$HALOCLINE" plan "$model" --k 16 -q --ranks 1,8 \
    --node "cores=8,memory=$memory,numa=8"

# A slower network takes longer.
for network in 100GB/s,1ns 1Mb/s,5ms; do
    expect 0 "" "$HALOCLINE" plan "$model" -q --json --ranks 4 --network $network
    json stdout 'd["plans"][0]["seconds"]' >>seconds
done
python3 -c "a, b = map(float, open('seconds')); assert b > 10 * a, (a, b)" || fail "the network does not count"

for bad in "--ranks 0" "--ranks 1,,2" "--ranks 1x" "--ranks 5000" "--node cores=0" "--node sockets=2" "--node memory=x" "--network 5" \
    "--network 1GB/s,2" "--network 0GB/s" "--network 1GB/s,2us,3us"; do
    # shellcheck disable=SC2086
    expect 2 "bad" "$HALOCLINE" plan "$model" $bad
done
