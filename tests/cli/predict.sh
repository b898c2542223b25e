#!/usr/bin/env bash
# The cost model counts exactly what a proof does: multi-scalar multiplications, transforms and bytes sent of each phase, for all
# modes of weights, degrees and numbers of ranks, with the key's cosets kept or made anew. Times are never compared.
. "$SOURCE/tests/cli/lib.sh" || exit 2
mnist=$SOURCE/tests/conformance/mnist
model=$mnist/model.tflite input=$mnist/input0.npy
export HALOCLINE_CACHE=$work/cache

# counts PHASES: the report of stdout; "kept" or "anew": whether the key's cosets are transformed in the proof
counts() {
    KIND=$1 python3 - <<'PY' || fail "counts of $*: $(json stdout 'd.get("predicted")')"
import json, os
d = json.load(open("stdout"))
p = d["predicted"]
done = {q["name"]: q for q in p["phases"]}
for q in p["phases"]:
    assert q["msms"] == q["measured_msms"] and q["ntts"] == q["measured_ntts"], q
# What a rank sends: 5 % in all; in a phase that sends a hundredth of it or more, too.
sent, measured = (sum(q[key] for q in p["phases"]) for key in ("bytes_sent", "measured_bytes_sent"))
assert abs(sent - measured) <= 0.05 * measured, (sent, measured)
for q in p["phases"]:
    assert q["measured_bytes_sent"] < 0.01 * measured or abs(q["bytes_sent"] - q["measured_bytes_sent"]) <= 0.05 * q["measured_bytes_sent"], q
# No phase of the proof that works is left out.
proving = False
for q in d["costs"]["phases"]:
    proving = proving or q["name"] == "set up"
    work = sum(r["msms"] + r["ntts"] for r in q["per_rank"])
    assert not (proving and work) or q["name"] in done, q["name"]
assert done["commit advice"]["msms"] == d["advice_columns"]
made = sum(r["ntts"] for q in d["costs"]["phases"] if q["name"] == "keygen: cosets" for r in q["per_rank"])
assert (made > 0) == (os.environ["KIND"] == "kept"), made
assert p["memory_bytes"] > 0 and p["measured_memory_bytes"] > 0 and p["rss_bytes"] > p["memory_bytes"]
for r in range(d["ranks"]):
    for q in d["costs"]["phases"]:
        c = q["per_rank"][r]
        assert -0.01 <= c["comm_cpu_seconds"] <= c["cpu_seconds"] + 0.01, q["name"]
PY
}
prove() { expect 0 "" "$@" "$model" "$input" --unsafe-dev-srs -o out -q --json; }

# columns NUMBER DEGREE OPTION...: the layout has so many weight columns ("many": more than one), of this degree
columns() {
    expect 0 "" "$HALOCLINE" compile "$model" -q --json "${@:3}"
    WANT=$1 DEGREE=$2 python3 - <<'PY' || fail "layout of $*: $(json stdout 'd["layout"]["cost"]')"
import json, os
l = json.load(open("stdout"))["layout"]
assert (l["weight_columns"] > 1) == (os.environ["WANT"] == "many") and l["degree"] == int(os.environ["DEGREE"])
PY
}

# One column of weights is transformed like others, several are linear.
narrow=(--k 12 --accuracy 0.03)
columns many 4 "${narrow[@]}"
for weights in public committed private; do
    prove "$HALOCLINE" prove "${narrow[@]}" --visibility weights=$weights
    counts kept
done
columns many 5 --objective proof-size "${narrow[@]}"
prove "$HALOCLINE" prove --objective proof-size "${narrow[@]}"
counts kept
columns 1 4
for weights in public private; do
    prove "$HALOCLINE" prove --visibility weights=$weights
    counts kept
done
if [ -n "${MPIRUN:-}" ]; then
    for ranks in 2 3 4 8; do
        # shellcheck disable=SC2086
        prove $MPIRUN -n $ranks "$HALOCLINE" prove "${narrow[@]}"
        counts kept
    done
fi
# Memory for the proof, and no quarter of it for the key's cosets.
prove "$HALOCLINE" prove --lanes 4
memory=$(json stdout 'int(d["predicted"]["measured_memory_bytes"] * 1.1)')
prove "$HALOCLINE" prove --lanes 4 --memory "$memory"
counts anew

# Far too little is refused before any work, with the least there is and how many ranks it takes; compiling itself is content.
expect 3 "takes [0-9]+ MB of each at least, and has 20 .--memory.; it fits on [0-9]+ ranks" "$HALOCLINE" prove --lanes 4 "$model" "$input" --unsafe-dev-srs -o none -q --memory 20000000
[ ! -e none/proof.bin ] || fail "a proof that does not fit"
