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
[ "$(ls out | sort | tr '\n' ' ')" = "proof.bin public.json report.html report.json vk.hcl " ] || fail "files: $(ls out)"
grep -qE "^[0-9:]{8} verify " stderr || fail "no line per phase in a log"
[ "$(grep -c "max/avg\|^total " stderr)" = 2 ] || fail "no summary"
grep -q "rank 0 on" stderr && fail "a table of ranks without -v"
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
expect $false_claim "SOFTMAX.*: outputs, row .*, tensor '.*'\[0,0,0,3\]" "$HALOCLINE" check "$model" "$input" --instance lie.json
expect $false_claim "rejected" "$HALOCLINE" verify out/vk.hcl out/proof.bin lie.json

# Public values: as many as the key's tensors have, no more and no fewer.
for edit in 'd["instances"][0].append(0)' 'd["instances"][0].pop()' 'd["instances"].append([])'; do
    python3 - "$edit" <<'PY'
import json, sys
d = json.load(open("out/public.json"))
exec(sys.argv[1])
json.dump({"instances": d["instances"]}, open("count.json", "w"))
PY
    expect 2 "public values" "$HALOCLINE" verify out/vk.hcl out/proof.bin count.json
done

# The id covers all of the key. Whoever may choose [s]G2 can forge any proof, so a key with another SRS, without
# the unsafe mark or with another meaning of the public values is another key.
expect 0 "" "$HALOCLINE" inspect out/vk.hcl --json
id=$(json stdout 'd["vk_id"]')
python3 - <<'PY'
import os, subprocess
import vkfile
flags, s = vkfile.read("out/vk.hcl")
assert flags == b"\1\0\0\0"
subprocess.run([os.environ["HALOCLINE"], *"srs create -k 4 --unsafe-dev-srs -o other.srs -q".split()], check=True,
               stdout=subprocess.DEVNULL)
vkfile.write("same.hcl", flags, s)
vkfile.write("srs.hcl", flags, s[:2] + [s[2][:192] + open("other.srs", "rb").read()[-128:]] + s[3:])
vkfile.write("mark.hcl", bytes(4), s)
vkfile.write("meta.hcl", flags, s[:3] + [s[3].replace(b'"weights":"committed"', b'"weights":"public"')])
PY
cmp same.hcl out/vk.hcl || fail "the test does not understand vk.hcl"
for file in srs mark meta; do
    expect 0 "" "$HALOCLINE" inspect $file.hcl --json
    [ "$(json stdout 'd["vk_id"]')" != "$id" ] || fail "$file.hcl has the id of another key"
done
expect 0 "accepted under key $id" "$HALOCLINE" verify out/vk.hcl out/proof.bin out/public.json
[ "$(json out/report.json 'd["vk_id"]')" = "$id" ] || fail "the report names another key"
[ "$(json out/report.json '"blake2b256" in d["model"]')" = False ] || fail "committed weights have a public hash"

# What the verifier learns, by visibility.
expect 0 "" "$HALOCLINE" verify out/vk.hcl out/proof.bin out/public.json --json
python3 - <<'PY'
import json
d = json.load(open("stdout"))
assert d["valid"] and d["unsafe_srs"] and len(d["public"]) == 1, d
l = d["verifier_learns"]
assert "whole output" in l["output"] and "nothing" in l["input"] and "commitment" in l["weights"], l
PY
expect 0 "" "$HALOCLINE" prove "$model" "$input" --unsafe-dev-srs -o open --visibility input=public,weights=public
expect 0 "" "$HALOCLINE" verify open/vk.hcl open/proof.bin open/public.json --json
python3 - "$input" <<'PY'
import json, sys
import npy
d = json.load(open("stdout"))
l = d["verifier_learns"]
assert "whole input" in l["input"] and "fixes every weight" in l["weights"], l
image = next(t for t in d["public"] if t["role"] == "input")
assert max(abs(x - y) for x, y in zip(image["values"], npy.load(sys.argv[1])[0])) <= 2.0 ** -image["frac_bits"]
PY
expect 0 "" "$HALOCLINE" keygen "$model" --unsafe-dev-srs -o key.hcl
cmp key.hcl out/vk.hcl || fail "keygen and prove make different keys"
grep -q "id $id" stdout || fail "keygen says another id"
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
