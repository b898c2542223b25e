#!/usr/bin/env bash
# Model files that are cut off, garbled or of another kind: exit code 2 with a message, never a crash.
. "$SOURCE/tests/cli/lib.sh" || exit 2
digits=$SOURCE/examples/digits
model=$digits/model.tflite
size=$(stat -c %s "$model")

expect 0 "" "$HALOCLINE" compile "$model"
for part in 0 1 7 8 100 $((size / 2)) $((size - 1)); do
    head -c "$part" "$model" >short.tflite
    expect 2 "short.tflite" "$HALOCLINE" compile short.tflite
done
head -c 20000 /dev/urandom >noise.tflite
expect 2 "noise.tflite" "$HALOCLINE" compile noise.tflite
echo '{"k": 1}' >x.tflite && expect 2 "x.tflite" "$HALOCLINE" compile x.tflite
expect 2 "not a regular file" "$HALOCLINE" compile .
expect 2 "cannot open" "$HALOCLINE" compile missing.tflite

# Single damaged bytes all over the file: refused, or a model that still makes sense; no other exit code.
python3 - "$model" <<'PY'
import os, random, subprocess, sys
data = open(sys.argv[1], "rb").read()
random.seed(5)
seen = {0: 0, 2: 0}
for i in range(150):
    changed = bytearray(data)
    for _ in range(random.choice([1, 1, 4, 40])):
        changed[random.randrange(len(data))] = random.choice([0, 1, 0x7f, 0x80, 0xff, random.randrange(256)])
    open("garbled.tflite", "wb").write(changed)
    p = subprocess.run([os.environ["HALOCLINE"], "compile", "garbled.tflite", "-q"], capture_output=True, timeout=60)
    if p.returncode not in seen or (p.returncode == 2 and not p.stderr):
        sys.exit(f"FAILED: variant {i} ended with {p.returncode}: {p.stderr[:300]}")
    seen[p.returncode] += 1
print(f"150 garbled models: {seen[2]} refused, {seen[0]} still make sense")
assert seen[2] > 20
PY

# A forced size that cannot hold the model, and options out of range.
needed=$("$HALOCLINE" compile "$model" -q | sed -n 's/^k = \([0-9]*\),.*/\1/p')
for k in 5 9 $((needed - 1)); do
    expect 2 "k = $k is too small, .* needs k = $needed" "$HALOCLINE" compile "$model" --k $k
    [ "$(grep -o "model.tflite" stderr | wc -l)" = 1 ] || fail "the file is not named once"
done
expect 0 "k = $needed," "$HALOCLINE" compile "$model" --k "$needed"
expect 2 "no layout makes proofs of at most 10 bytes: the shortest have [0-9]+" "$HALOCLINE" compile "$model" --max-proof-bytes 10

# Predicted times are of the machine at hand, here with other field arithmetic; the layout is the same everywhere.
expect 0 "times are of one thread of this machine" "$HALOCLINE" compile "$model" -q
"$HALOCLINE" compile "$model" -q --json >own.json
HALOCLINE_CPU=portable "$HALOCLINE" compile "$model" -q --json >portable.json
python3 - <<'PY' || fail "predicted times"
import json
own, portable = (json.load(open(f)) for f in ("own.json", "portable.json"))
assert portable["machine_factor"] > 0.8 * own["machine_factor"] > 0
seconds = [d["layout"]["cost"]["seconds"] / d["machine_factor"] for d in (own, portable)]
assert abs(seconds[0] / seconds[1] - 1) < 1e-9
cost = own["layout"]["cost"]
assert abs(sum(p["seconds"] for p in cost["phases"].values()) / cost["seconds"] - 1) < 1e-9
def choice(d):
    return [d["layout"][k] for k in ("k", "lanes", "degree", "rows", "table_rows", "copies")], d["meta"]
assert choice(own) == choice(portable)
PY
expect 0 "satisfied: [0-9]+ gates, [1-9][0-9]* look-ups, [1-9][0-9]* copies" "$HALOCLINE" check "$model" "$digits/input.npy"
looked_up=$(json own.json 'd["layout"]["lookups"]')
grep -q " $looked_up look-ups" stdout || fail "check counts other look-ups than compile: $(cat stdout)"
expect 2 "bad k" "$HALOCLINE" compile "$model" --k 40
expect 2 "bad visibility" "$HALOCLINE" compile "$model" --visibility input=maybe
expect 2 "bad divisor" "$HALOCLINE" compile "$model" --divide-by 0
expect 2 "unknown objective" "$HALOCLINE" compile "$model" --objective fame
expect 3 "memory|budget" "$HALOCLINE" prove "$model" "$digits/input.npy" --unsafe-dev-srs --cache c --memory 2M -o small
[ ! -e small/proof.bin ] || fail "a proof without memory"
expect 0 '"operator": "CONV_2D"' "$HALOCLINE" inspect "$model"
