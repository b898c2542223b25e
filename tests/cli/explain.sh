#!/usr/bin/env bash
# compile --explain: what the file's operators and primitives take adds up to the layout and its predicted time, every operator is
# there once, the dearest have hints, and the choice is what the objective says of the candidates.
. "$SOURCE/tests/cli/lib.sh" || exit 2
export HALOCLINE_CACHE=$work/cache

# explained MODEL OBJECTIVE OPTION...
explained() {
    expect 0 "" "$HALOCLINE" compile "$1" --explain -q --json --objective "$2" "${@:3}"
    MODEL=$1 OBJECTIVE=$2 python3 - <<'PY' || fail "$1, $2: $(json stdout 'd.get("explain")')"
import json, os
d = json.load(open("stdout"))
e, l = d["explain"], d["layout"]
for parts in e["operators"], e["primitives"]:
    assert sum(p["rows"] for p in parts) == l["rows"]
    assert sum(p["lookups"] for p in parts) == l["lookups"]
    assert sum(p["weight_rows"] for p in parts) == l["weight_rows"]
    assert sum(p["weight_cells"] for p in parts) == l["weight_rows"] * l["weight_columns"]
    assert abs(sum(p["predicted_seconds"] for p in parts) - e["seconds"]) < 1e-9 * e["seconds"] * len(parts), "time"
    assert all(p["predicted_seconds"] >= 0 for p in parts)
assert abs(e["seconds"] - l["cost"]["seconds"]) < 1e-9 * e["seconds"]
assert all(p["operators"] or p["primitives"] == "constants and inputs" for p in e["operators"])
told = [name for p in e["operators"] for name in p["operators"]] + e["nothing"]
assert len(told) == len(set(told)), "an operator is told twice"
# The ten dearest, the dearest first, and a hint for each.
by_time = sorted((p["predicted_seconds"] for p in e["operators"] if p["operators"]), reverse=True)[:10]
assert [p["predicted_seconds"] for p in e["dearest"]] == by_time and all(p["hint"] for p in e["dearest"])
for p in e["operators"]:
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

# Operators are the file's: those that become one node are named together, those that take nothing are told, and what is
# asked for of the outputs is one of its own.
cat >model.py <<'PY'
from tflite import *
m = Model(); g = Graph(m); x = g.input([1, 8, 8, 2], "x")
p = g.op(PAD, [x, g.constant([4, 2], "pads", [0, 0, 1, 1, 1, 1, 0, 0], INT32)], [1, 10, 10, 2], "padded")
y = g.conv(p, g.constant([2, 3, 3, 2], "w", [0.25] * 36), g.constant([2], "b", [0.5, 0.25]), [1, 8, 8, 2], "conv")
y = g.op(MUL, [y, g.constant([2], "gain", [0.5, 0.25])], [1, 8, 8, 2], "scaled")
y = g.op(ADD, [y, g.constant([2], "shift", [0.5, 0.25])], [1, 8, 8, 2], "shifted")
y = g.op(RELU, [y], [1, 8, 8, 2], "positive")
y = g.reshape(y, [1, 128], "flat", to=[1, 128])
y = g.dense(y, g.constant([3, 128], "v", [0.125] * 128 + [0.25] * 128 + [0.0625] * 128), g.constant([3], "c", [0, 0, 0]), [1, 3], "dense")
y = g.op(SOFTMAX, [y], [1, 3], "softmax", Table({0: ("f", 1.0)}), 9)
g.outputs = [y]; m.save("m.tflite")
PY
python3 model.py
told='[(p["operators"], p["primitives"]) for p in d["explain"]["operators"] if p["operators"]] + d["explain"]["nothing"]'
joined="[\"PAD 'padded'\", \"CONV_2D 'conv'\", \"MUL 'scaled'\", \"ADD 'shifted'\", \"RELU 'positive'\"]"
expect 0 "" "$HALOCLINE" compile m.tflite --explain -q --json --result argmax
[ "$(json stdout "$told")" = "[($joined, 'conv'), ([\"FULLY_CONNECTED 'dense'\"], 'conv'), (['--result argmax'], \"largest elements' numbers\"), \"RESHAPE 'flat'\", \"SOFTMAX 'softmax'\"]" ] ||
    fail "$(json stdout "$told")"
expect 0 "^ +[0-9]+ .* PAD 'padded' [+] CONV_2D 'conv' [+] MUL 'scaled' [+] ADD 'shifted' [+] RELU 'positive': conv$" "$HALOCLINE" compile m.tflite --explain -q
grep -q "rows copy what it reads, for zeros between the rows of images" stdout || fail "no hint at the padding"
explained "$SOURCE/tests/conformance/zoo/lstm_unrolled_tiny/model.tflite" time --table-bits 12
explained "$SOURCE/tests/conformance/zoo/dlrm_tiny/model.tflite" balance --batch 3

for line in "^ +[0-9]+ .* MUL 'encoder_tiny_1/multi_head_attention_1/Mul' [+] SOFTMAX 'encoder_tiny_1/multi_head_attention_1/Softmax': softmax$" "^ .* conv$" "^why k = [0-9]+, [0-9]+ lanes" \
    "half would not hold: " "one more lane in as many rows: " "one more weight column in as many rows: " \
    "objective balance: the least seconds [*] bytes.0.1 of [0-9]+ candidates" "  chosen$"; do
    expect 0 "$line" "$HALOCLINE" compile "${models[1]}" --explain -q
done
expect 0 "its proof is too long" "$HALOCLINE" compile "${models[1]}" --explain -q --max-proof-bytes 4000
expect 0 "objective time: the least predicted time" "$HALOCLINE" compile "${models[1]}" --explain -q --objective time
