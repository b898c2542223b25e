#!/usr/bin/env bash
# Committed weights: the key binds the model and hides it, the owner opens it to an auditor with model and seed, and
# proofs are counted up to what the key's random rows cover.
. "$SOURCE/tests/cli/lib.sh" || exit 2
digits=$SOURCE/examples/digits
cp "$digits/model.tflite" "$digits/calibration.npy" .
input=$digits/input.npy
export HALOCLINE_CACHE=$work/cache
committed=(--visibility weights=committed --key-proofs 3 --weight-seed seed --unsafe-dev-srs)

# The seed is made once, for its owner alone; the key is the same every time, with any number of ranks.
expect 0 "key.hcl: id" "$HALOCLINE" keygen model.tflite -o key.hcl "${committed[@]}"
[ "$(stat -c %a seed)" = 600 ] && [ "$(stat -c %s seed)" = 40 ] || fail "mode or size of the seed"
expect 0 "proof 1 of 3" "$HALOCLINE" prove model.tflite "$input" -o one "${committed[@]}"
expect 0 "proof 2 of 3" $MPIRUN -n 2 "$HALOCLINE" prove model.tflite "$input" -o two "${committed[@]}"
cmp key.hcl one/vk.hcl && cmp key.hcl two/vk.hcl || fail "the key is not the same"
[ "$(json two/report.json 'd["committed_weights"]')" = "{'proofs_allowed': 3, 'proofs_made': 2}" ] || fail "report"
for out in one two; do
    expect 0 "accepted under key" "$HALOCLINE" verify $out/vk.hcl $out/proof.bin $out/public.json
done
grep -q "^learned of the weights: a commitment" stdout || fail "what is learned of the weights"
[ "$(python3 -c 'import json, vkfile; print(json.loads(vkfile.read("key.hcl")[1][3])["weights"])')" = "{'proofs': 3, 'random_rows': 19}" ] ||
    fail "what the key says of its random rows"
python3 -c 'import json, vkfile; assert "blake2b256" not in json.loads(vkfile.read("key.hcl")[1][3])["model"]' || fail "the model's hash is in the key"

# Ranges are widened into the rows that are free with as many random rows as the key has, not with the usual number.
expect 0 "" "$HALOCLINE" compile "$SOURCE/tests/conformance/zoo/dlrm_tiny/model.tflite" -q --json --key-proofs 20
[ "$(json stdout 'd["layout"]["table_rows"] > max(a["table_rows"] for a in d["quantisation"]["alternatives"] if a["chosen"])')" = True ] ||
    fail "ranges were not widened: $(json stdout 'd["layout"]["table_rows"]')"

# Keys that are made at once, each the first to need the seed, are under the same one.
for i in 1 2 3 4; do
    "$HALOCLINE" keygen model.tflite -o at-once-$i.hcl --visibility weights=committed --weight-seed common --unsafe-dev-srs -q &
done
wait
for i in 2 3 4; do cmp at-once-1.hcl at-once-$i.hcl || fail "keys made at once differ"; done

# The auditor's side.
opened() { expect "$1" "$2" "$HALOCLINE" open-model "${@:3}" --unsafe-dev-srs; }
opened 0 "the key of this model byte for byte" model.tflite key.hcl --weight-seed seed
opened 2 "there is no weight seed 'missing'" model.tflite key.hcl --weight-seed missing
[ ! -e missing ] || fail "an auditor's seed was made up"
opened 2 "'$input' is no weight seed" model.tflite key.hcl --weight-seed "$input"
expect 0 "" "$HALOCLINE" keygen model.tflite -o other.hcl "${committed[@]/#seed/seed2}"
cmp -s key.hcl other.hcl && fail "another seed makes the same key"
opened "$false_claim" "'key.hcl' is not the key of this model: weight column [0-9]+.* differ" model.tflite key.hcl --weight-seed seed2
python3 - <<'PY'
import struct
b = bytearray(open("model.tflite", "rb").read())
run = 0
for at in range(0, len(b) - 3, 4):
    run = run + 1 if 1e-3 < abs(struct.unpack_from("<f", b, at)[0]) < 2 else 0
    if run == 20: # among weights
        struct.pack_into("<f", b, at, 0.9 * struct.unpack_from("<f", b, at)[0])
        break
else:
    raise SystemExit("no weights found")
open("changed.tflite", "wb").write(b)
PY
cp calibration.npy changed.calibration.npy
opened "$false_claim" "'key.hcl' is not the key of this model" changed.tflite key.hcl --weight-seed seed

# A public key is opened without a seed; a key of private weights cannot be.
for mode in public private; do
    expect 0 "" "$HALOCLINE" keygen model.tflite -o $mode.hcl --visibility weights=$mode --unsafe-dev-srs
done
opened 0 "byte for byte" model.tflite public.hcl
opened "$false_claim" "weight column|not the key" changed.tflite public.hcl
opened 2 "leaves its weights open" model.tflite private.hcl

# The fourth proof would show one value too many.
expect 0 "proof 3 of 3" "$HALOCLINE" prove model.tflite "$input" -o three "${committed[@]}"
expect 2 "hides its weights for 3 proofs" "$HALOCLINE" prove model.tflite "$input" -o four "${committed[@]}"
[ ! -e four/proof.bin ] || fail "a proof too many"
echo '[' >seed.proofs
expect 2 "seed.proofs" "$HALOCLINE" prove model.tflite "$input" -o four "${committed[@]}"
# Without a cache or a name there is no place for a seed.
expect 2 "give --weight-seed" "$HALOCLINE" prove model.tflite "$input" -o five --visibility weights=committed --no-cache --unsafe-dev-srs
# Nor is one made up where it would be that of no key.
expect 2 "there is no weight seed '$work/cache/weight.seed'" "$HALOCLINE" export circuit model.tflite -o circuit.json
expect 2 "there is no weight seed '$work/cache/weight.seed'" "$HALOCLINE" compile model.tflite -o circuit.json
[ ! -e circuit.json ] || fail "a circuit of no key"
expect 0 "" "$HALOCLINE" compile model.tflite --visibility weights=committed
expect 0 "satisfied" "$HALOCLINE" check model.tflite "$input" --visibility weights=committed
expect 0 "dry run" "$HALOCLINE" prove model.tflite "$input" --dry-run --visibility weights=committed
[ ! -e cache/weight.seed ] || fail "a seed that nothing needs"

# Where nothing is said, all commands mean the same seed: the key is that of the exported circuit.
expect 0 "proved and verified" "$HALOCLINE" prove model.tflite "$input" -o usual --unsafe-dev-srs
expect 0 "" "$HALOCLINE" export circuit model.tflite -o circuit.json
k=$(json circuit.json 'd["k"]')
expect 0 "accepted" "$HALOCLINE" verify usual/vk.hcl usual/proof.bin usual/public.json --circuit circuit.json --srs cache/unsafe-dev-k$k.srs

# A model without parameters has nothing to commit to, and its key says so.
mkdir bare
python3 - <<'PY'
from tflite import *
import npy
m = Model(); g = Graph(m); x = g.input([1, 2, 3]); g.outputs = [g.reshape(x, [1, 6], "y", to=[1, 6])]; m.save("bare/none.tflite")
npy.save("six.npy", [0.5, -0.25, 0, 0.125, 0.75, 1], [1, 2, 3])
PY
expect 0 "proved and verified" "$HALOCLINE" prove bare/none.tflite six.npy -o none --unsafe-dev-srs
expect 0 "^learned of the weights: there are none" "$HALOCLINE" verify none/vk.hcl none/proof.bin none/public.json
opened 0 "byte for byte" bare/none.tflite none/vk.hcl
