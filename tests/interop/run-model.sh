#!/usr/bin/env bash
# A model's proof before both verifiers. run-model.sh WEIGHTS MODEL INPUT..., WEIGHTS: public, committed or private
# Made with 1 to 4 ranks: accepted by the real verifier, byte-identical with a fixed seed; refused by both after any
# change of public values or of one weight by one unit. Keys are those of the real keygen. Of committed weights, the
# default, also after a changed bit in each byte of the proof. BATCH=N: of the first N samples in each INPUT in one proof.
. "$SOURCE/tests/cli/lib.sh" || exit 2
weights=$1 model=$2 inputs=("${@:3}")
options=(--visibility weights="$weights")
[ "$weights" != committed ] || options+=(--weight-seed weight.seed)
if [ -n "${BATCH:-}" ]; then
    python3 - "$BATCH" "${inputs[@]}" <<'PY'
import sys
import npy
for i, path in enumerate(sys.argv[2:]):
    npy.first(int(sys.argv[1]), path, f"batch_{i}.npy")
PY
    inputs=(batch_*.npy)
    options+=(--batch "$BATCH")
fi
export HALOCLINE_CACHE=$work/cache
prove() { # prove RANKS FOLDER OPTIONS...
    local ranks=$1 out=$2
    shift 2
    expect 0 "proved and verified" $MPIRUN -n "$ranks" "$HALOCLINE" prove "$model" "${inputs[@]}" -o "$out" \
        "${options[@]}" --unsafe-dev-srs -q "$@"
}

prove 1 one --seed 7
expect 0 "" "$HALOCLINE" export circuit "$model" -o circuit.json "${options[@]}"
k=$(json circuit.json 'd["k"]')
expect 0 "" "$HALOCLINE" export srs cache/unsafe-dev-k$k.srs -o srs.raw
expect 0 "" "$HALOCLINE" export vk one/vk.hcl -o vk.raw
expect 0 "" "$HALOCLINE" export vk one/vk.hcl --format id -o id
expect 0 "" "$HALOCLINE" export vk one/vk.hcl --format text -o pinned.txt

# The real keygen makes the same key from the exported circuit.
"$HALO2_CHECK" vk circuit.json srs.raw --out real >/dev/null || fail "the real keygen"
cmp vk.raw real/vk.raw || fail "vk bytes differ from the real keygen's"
cmp id real/transcript_repr.hex || fail "transcript hash differs from the real keygen's"
cmp pinned.txt real/pinned.txt || fail "pinned text differs from the real keygen's"

real() { # real CODE CIRCUIT PROOF PUBLIC [OPTIONS]: the real verifier ends with CODE
    local code=0
    "$HALO2_CHECK" verify "$2" srs.raw "$4" "$3" "${@:5}" >verdict 2>&1 || code=$?
    [ $code = "$1" ] || fail "the real verifier says $(cat verdict) of $3"
}
real 0 circuit.json one/proof.bin one/public.json --vk real/vk.raw
for ranks in 2 3 4; do
    prove $ranks seeded-$ranks --seed 7
    cmp one/proof.bin seeded-$ranks/proof.bin || fail "$ranks ranks make another proof from the same seed"
    prove $ranks fresh-$ranks
    cmp -s one/proof.bin fresh-$ranks/proof.bin && fail "a fresh proof equals the seeded one"
    real 0 circuit.json fresh-$ranks/proof.bin fresh-$ranks/public.json --vk real/vk.raw
    expect 0 "accepted" "$HALOCLINE" verify fresh-$ranks/vk.hcl fresh-$ranks/proof.bin fresh-$ranks/public.json
done
OMP_NUM_THREADS=2 prove 1 threads --seed 7 --threads 2
cmp one/proof.bin threads/proof.bin || fail "two threads make another proof"

# One bit flipped in every byte, both verifiers, case by case.
if [ "$weights" = committed ]; then
    "$HALO2_CHECK" flip-all circuit.json srs.raw one/public.json one/proof.bin --vk real/vk.raw --positions positions \
        >flips 2>/dev/null || fail "$(cat flips)"
    cat flips
    "$FLIP_ALL" one/vk.hcl one/proof.bin one/public.json positions || fail "verdicts differ"
fi

# A changed public output. ("tensors" is dropped: it would be refused before the proof is looked at.)
python3 - <<'PY'
import json
d = json.load(open("one/public.json"))
def value(v): return int(v, 16) if isinstance(v, str) else v
lie = {**d, "instances": [list(c) for c in d["instances"]]}
lie["instances"][0][-1] = hex(value(lie["instances"][0][-1]) + 1)
json.dump(lie, open("lie.json", "w"))
for name, values in (("claimed", d), ("changed", lie)):
    json.dump({k: v for k, v in values.items() if k != "tensors"}, open(f"{name}.json", "w"))
PY
expect 2 "tensors" "$HALOCLINE" verify one/vk.hcl one/proof.bin lie.json
expect $false_claim "rejected" "$HALOCLINE" verify one/vk.hcl one/proof.bin changed.json
real 1 circuit.json one/proof.bin changed.json --vk real/vk.raw

# What one item gave, claimed of the next.
if [ -n "${BATCH:-}" ]; then
    python3 - <<'PY'
import json
d = json.load(open("claimed.json"))
column, tensors = d["instances"][0], json.load(open("one/public.json"))["tensors"]
n = len(column) // (1 + max(t["item"] for t in tensors))
assert column[:n] != column[n:2 * n]
json.dump({**d, "instances": [column[n:2 * n] + column[:n] + column[2 * n:]]}, open("swapped.json", "w"))
PY
    expect $false_claim "rejected" "$HALOCLINE" verify one/vk.hcl one/proof.bin swapped.json
    real 1 circuit.json one/proof.bin swapped.json --vk real/vk.raw
fi

# Another model: one value in the first row of the last fixed column is larger by one. That column holds weights; of
# private ones, which are in no fixed column, it is the one that says where sums of weights begin.
python3 - <<'PY'
import hashlib, json
circuit = json.load(open("circuit.json"))
side = bytearray(open(circuit["side_file"]["name"], "rb").read())
at = 16
for column in range(circuit["num_fixed_columns"]):
    rows, cell = int.from_bytes(side[at:at + 8], "little"), at + 8
    at = cell + 32 * rows
assert rows > 0
r = 0x30644e72e131a029b85045b68181585d2833e84879b9709143e1f593f0000001
value = (int.from_bytes(side[cell:cell + 32], "little") + 1) % r
side[cell:cell + 32] = value.to_bytes(32, "little")
open("other.bin", "wb").write(side)
circuit["side_file"] = {"name": "other.bin", "blake2b256": hashlib.blake2b(side, digest_size=32).hexdigest()}
json.dump(circuit, open("other.json", "w"))
PY
expect 0 "" "$HALOCLINE" keygen other.json --srs srs.raw -o other.hcl
expect 0 "accepted" "$HALOCLINE" verify one/vk.hcl one/proof.bin claimed.json
expect $false_claim "rejected" "$HALOCLINE" verify other.hcl one/proof.bin claimed.json
real 1 other.json one/proof.bin claimed.json
echo "weights $weights: accepted with 1 to 4 ranks, $(stat -c %s one/proof.bin) bytes, k = $k"
