#!/usr/bin/env bash
# compile --explain: what operators and primitives take adds up to the layout and its predicted time, every operator of the model is
# there, and the choice is what the objective says of the candidates.
. "$SOURCE/tests/cli/lib.sh" || exit 2
export HALOCLINE_CACHE=$work/cache

# explained MODEL OBJECTIVE OPTION...
explained() {
    expect 0 "" "$HALOCLINE" compile "$1" --explain -q --json --objective "$2" "${@:3}"
    MODEL=$1 OBJECTIVE=$2 python3 - <<'PY' || fail "$1, $2: $(json stdout 'd.get("explain")')"
import json, os
d = json.load(open("stdout"))
e, l = d["explain"], d["layout"]
for parts in e["layers"], e["primitives"]:
    assert sum(p["rows"] for p in parts) == l["rows"]
    assert sum(p["lookups"] for p in parts) == l["lookups"]
    assert sum(p["weight_rows"] for p in parts) == l["weight_rows"]
    assert sum(p["weight_cells"] for p in parts) == l["weight_rows"] * l["weight_columns"]
    assert abs(sum(p["predicted_seconds"] for p in parts) - e["seconds"]) < 1e-9 * e["seconds"] * len(parts), "time"
    assert all(p["predicted_seconds"] >= 0 for p in parts)
assert abs(e["seconds"] - l["cost"]["seconds"]) < 1e-9 * e["seconds"]
assert {r["layer"] for r in l["regions"]} == {p["layer"] for p in e["layers"]}
for p in e["layers"]:
    assert p["elements"] == 0 or abs(p["lane_rows_per_element"] - p["rows"] * l["lanes"] / p["elements"]) < 1e-9
fit = [a for a in l["alternatives"] if a["fits"]]
seconds, size = (lambda a: a["cost"]["seconds"]), (lambda a: a["cost"]["proof_bytes"])
best = min(map(seconds, fit))
assert e["fastest_seconds"] == best
chosen = [a for a in fit if all(a[x] == l[x] for x in ("lanes", "k", "degree", "weight_columns"))]
assert len(chosen) == 1
if os.environ["OBJECTIVE"] == "balance":
    score = lambda a: seconds(a) * size(a) ** 0.1
    assert e["balance"] == 0.1 and score(chosen[0]) <= min(map(score, fit)) * (1 + 1e-9)
elif os.environ["OBJECTIVE"] == "time":
    assert seconds(chosen[0]) == best
else:
    assert size(chosen[0]) == min(map(size, fit))
half = 2 ** (l["k"] - 1) - (2 ** l["k"] - l["usable_rows"])
for name, count in ("rows", l["rows"]), ("weight rows", l["weight_rows"] + l["random_rows"]):
    assert (name in e["needs_rows"].split(", ")) == (count > half), (name, count, half)
PY
}

models=("$SOURCE/examples/digits/model.tflite" "$SOURCE"/tests/conformance/zoo/{encoder_tiny,resnet_tiny,mlp_tiny}/model.tflite)
for model in "${models[@]}"; do
    for objective in balance time proof-size; do explained "$model" $objective; done
done
explained "${models[0]}" balance --visibility weights=private --max-proof-bytes 4000

for line in "^ +[0-9]+ .* SOFTMAX 'encoder_tiny_1/multi_head_attention_1/Softmax': softmax$" "^ .* conv$" "^why k = [0-9]+, [0-9]+ lanes" \
    "half would not hold: " "one more lane in as many rows: " "one more weight column in as many rows: " \
    "objective balance: the least seconds [*] bytes.0.1 of [0-9]+ candidates" "  chosen$"; do
    expect 0 "$line" "$HALOCLINE" compile "${models[1]}" --explain -q
done
expect 0 "its proof is too long" "$HALOCLINE" compile "${models[1]}" --explain -q --max-proof-bytes 4000
expect 0 "objective time: the least predicted time" "$HALOCLINE" compile "${models[1]}" --explain -q --objective time
