#!/usr/bin/env bash
# The whole job on the shipped sample: files, cache, visibility, what the verifier is told.
. "$SOURCE/tests/cli/lib.sh" || exit 2
digits=$SOURCE/examples/digits
model=$digits/model.tflite input=$digits/input.npy
export HALOCLINE_CACHE=$work/cache

expect 2 "no SRS" "$HALOCLINE" prove "$model" "$input" -o out
expect 2 "exclude each other" "$HALOCLINE" prove "$model" "$input" --srs x --unsafe-dev-srs
expect 0 "no proof was made" "$HALOCLINE" prove "$model" "$input" --dry-run -o dry
[ ! -e dry ] || fail "--dry-run wrote something"
expect 0 "UNSAFE" "$HALOCLINE" prove "$model" "$input" --unsafe-dev-srs -o out
[ "$(ls out | sort | tr '\n' ' ')" = "proof.bin public.json report.json vk.hcl " ] || fail "files: $(ls out)"
grep -q "^verify " stderr || fail "no line per phase in a log"
grep -q "rank 0 on" stderr || fail "no table of ranks"
[ "$(json out/report.json 'd["unsafe_srs"], "warning" in d, d["key_from_cache"], d["seeded"]')" = "(True, True, False, False)" ] ||
    fail "report.json"
expect 0 "" "$HALOCLINE" prove "$model" "$input" --unsafe-dev-srs -o again --json -q
[ ! -s stderr ] || fail "-q is not quiet"
[ "$(json stdout 'd["key_from_cache"]')" = True ] || fail "the key was made twice"
cmp out/vk.hcl again/vk.hcl || fail "keys differ"
cmp -s out/proof.bin again/proof.bin && fail "two fresh proofs are equal"
cmp out/public.json again/public.json || fail "public values differ"

# The interpreter, the circuit and the proof say the same.
expect 0 "" "$HALOCLINE" run "$model" "$input" --json
python3 -c 'import json
run, public = json.load(open("stdout")), json.load(open("out/public.json"))
assert run["outputs"][0]["tensors"][0]["fixed"] == public["tensors"][0]["integers"]'
expect 0 "satisfied" "$HALOCLINE" check "$model" "$input"
python3 - <<'PY'
import json
d = json.load(open("out/public.json"))
d["instances"][0][3] = 5
json.dump({"instances": d["instances"]}, open("lie.json", "w"))
PY
expect 1 "row" "$HALOCLINE" check "$model" "$input" --instance lie.json
expect 1 "rejected" "$HALOCLINE" verify out/vk.hcl out/proof.bin lie.json

# What the verifier learns, by visibility.
expect 0 "" "$HALOCLINE" verify out/vk.hcl out/proof.bin out/public.json --json
python3 - <<'PY'
import json
d = json.load(open("stdout"))
assert d["valid"] and d["unsafe_srs"] and len(d["public"]) == 1, d
l = d["verifier_learns"]
assert "whole output" in l["output"] and "nothing" in l["input"] and "another proof" in l["weights"], l
PY
expect 0 "" "$HALOCLINE" prove "$model" "$input" --unsafe-dev-srs -o open --visibility input=public,weights=public
expect 0 "" "$HALOCLINE" verify open/vk.hcl open/proof.bin open/public.json --json
python3 - "$input" <<'PY'
import json, sys, numpy as np
d = json.load(open("stdout"))
l = d["verifier_learns"]
assert "whole input" in l["input"] and "fixes every weight" in l["weights"], l
image = next(t for t in d["public"] if t["role"] == "input")
assert np.abs(np.array(image["values"]) - np.load(sys.argv[1]).ravel()).max() <= 2.0 ** -image["frac_bits"]
PY
expect 0 "" "$HALOCLINE" keygen "$model" --unsafe-dev-srs -o key.hcl
cmp key.hcl out/vk.hcl || fail "keygen and prove make different keys"
for file in out/vk.hcl out/public.json out/report.json; do
    expect 0 "" "$HALOCLINE" inspect $file --json
done
expect 0 "" "$HALOCLINE" inspect out/proof.bin --vk out/vk.hcl --json
[ "$(json stdout 'sum(32 for i in d["items"]) == d["bytes"]')" = True ] || fail "inspect proof"

# A damaged cache is made again.
for f in cache/vk-*.hcl cache/*.srs; do
    python3 -c 'import sys; b = bytearray(open(sys.argv[1], "rb").read()); b[len(b) // 2] ^= 1; open(sys.argv[1], "wb").write(b)' "$f"
done
expect 0 "again" "$HALOCLINE" prove "$model" "$input" --unsafe-dev-srs -o out3
expect 0 "accepted" "$HALOCLINE" verify out3/vk.hcl out3/proof.bin out3/public.json
no_leftovers .
