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
# What an inference's values take depends on the input: it may be a fifth less.
for q in p["phases"]:
    least = 0.8 if q["name"] == "inference" else 0.95
    assert q["measured_bytes_sent"] < 0.01 * measured or least * q["bytes_sent"] <= q["measured_bytes_sent"] <= 1.05 * q["bytes_sent"] + 1, q
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
columns one 5 --objective proof-size
prove "$HALOCLINE" prove --objective proof-size
counts kept
columns many 5 --objective proof-size "${narrow[@]}" --visibility weights=private
prove "$HALOCLINE" prove --objective proof-size "${narrow[@]}" --visibility weights=private
counts kept
columns one 4 --k 14 --max-proof-bytes 2820
prove "$HALOCLINE" prove --k 14 --max-proof-bytes 2820 --visibility weights=public
counts kept
columns one 4 --k 14 --max-proof-bytes 2900 --visibility weights=private
prove "$HALOCLINE" prove --k 14 --max-proof-bytes 2900 --visibility weights=private
counts kept
if [ -n "${MPIRUN:-}" ]; then
    for ranks in 2 3 4 8; do
        # shellcheck disable=SC2086
        prove $MPIRUN -n $ranks "$HALOCLINE" prove "${narrow[@]}"
        counts kept
    done
    # As if no more than two ranks were on a node: between nodes columns on cosets are sent, on a node they are not.
    for ranks in 3 4; do
        # shellcheck disable=SC2086
        HALOCLINE_NODE_RANKS=2 prove $MPIRUN -n $ranks "$HALOCLINE" prove "${narrow[@]}"
        counts kept
    done
fi
# Within less memory the same proof is made, with what the model says is saved; the limit holds for all that is resident.
# A sanitizer's own memory, of which more comes all the time, is not ours to count.
[ -z "${SANITIZED:-}" ] || exit 0
within() { # within SHARE LAUNCHER...: of the ledger that the fastest way takes, which left fastest.json
    local memory
    memory=$(json fastest.json "int($1 * d['predicted']['measured_memory_bytes'] + d['predicted']['measured_rss_bytes'] - d['predicted']['measured_memory_bytes'])")
    prove "${@:2}" --seed 5 --lanes 4 --memory "$memory"
    counts anew
    MEMORY=$memory python3 - <<'PY' || fail "within $memory: $(json stdout 'd["predicted"]["savings"], d["predicted"]["measured_rss_bytes"], d["predicted"]["memory_bytes"]')"
import json, os
d, fastest = json.load(open("stdout")), json.load(open("fastest.json"))
p, limit = d["predicted"], int(os.environ["MEMORY"])
assert d["proof_blake2b256"] == fastest["proof_blake2b256"]
assert p["savings"]["key_anew"] and not fastest["predicted"]["savings"]["key_anew"]
# Hardly less than it takes, for which a job would end half way; more where the rank with most of one kind of columns has few of another.
assert 0.97 < p["memory_bytes"] / p["measured_memory_bytes"] < 1.08, p["measured_memory_bytes"]
assert p["measured_rss_bytes"] <= 1.03 * limit
PY
    json stdout 'd["predicted"]["savings"]["groups"], d["predicted"]["savings"]["keep_compact"]' >>ways
}
shares() { # shares LIST LAUNCHER...
    prove "${@:2}" --seed 5 --lanes 4
    cp stdout fastest.json
    for share in $1; do within "$share" "${@:2}"; done
}
shares "0.7 0.5 0.4 0.35" "$HALOCLINE" prove
[ "$(sort -u ways | wc -l)" -ge 3 ] || fail "of all ways to save memory there were $(sort -u ways)"
if [ -n "${MPIRUN:-}" ]; then
    # shellcheck disable=SC2086
    shares 0.6 $MPIRUN -n 3 "$HALOCLINE" prove
fi

# Too little is refused before any work, with the least there is, by which the machine's kernels and libraries count, and how many
# ranks it takes; compiling itself is content.
refused() { # refused MEGABYTES PATTERN
    expect 3 "takes [0-9]+ MB of each at least, and has $1 .--memory.$2" "$HALOCLINE" prove --k 15 "$model" "$input" --unsafe-dev-srs -o none -q \
        --memory "$1"000000
}
refused 40 ""
least=$(sed -nE 's/.*takes ([0-9]+) MB.*/\1/p' stderr)
refused $((least - 5)) "; it fits on [0-9]+ ranks"
[ ! -e none/proof.bin ] || fail "a proof that does not fit"
