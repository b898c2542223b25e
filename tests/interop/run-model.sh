#!/usr/bin/env bash
# A model's proof before both verifiers. run-model.sh MODEL INPUT OTHER_MODEL [prove options]
# Made with 1, 2, 3 and 4 ranks: accepted by the real verifier, byte-identical with a fixed seed; refused by both
# after any change. Keys are those of the real keygen.
. "$SOURCE/tests/cli/lib.sh" || exit 2
model=$1 input=$2 other=$3
shift 3
case "$*" in *--visibility*) ;; *) set -- "$@" --visibility weights=private ;; esac
export HALOCLINE_CACHE=$work/cache
prove() { # prove RANKS FOLDER OPTIONS...
    local ranks=$1 out=$2
    shift 2
    expect 0 "proved and verified" $MPIRUN -n "$ranks" "$HALOCLINE" prove "$model" "$input" -o "$out" \
        --unsafe-dev-srs -q "$@"
}

expect 0 "" "$HALOCLINE" export circuit "$model" -o circuit.json "$@"
prove 1 one --seed 7 "$@"
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

real() { # real CODE PROOF PUBLIC [KEY]: the real verifier ends with CODE
    local code=0
    "$HALO2_CHECK" verify circuit.json srs.raw "$3" "$2" --vk "${4:-real/vk.raw}" >verdict 2>&1 || code=$?
    [ $code = "$1" ] || fail "the real verifier says $(cat verdict) of $2"
}
real 0 one/proof.bin one/public.json
for ranks in 2 3 4; do
    prove $ranks seeded-$ranks --seed 7 "$@"
    cmp one/proof.bin seeded-$ranks/proof.bin || fail "$ranks ranks make another proof from the same seed"
    prove $ranks fresh-$ranks "$@"
    cmp -s one/proof.bin fresh-$ranks/proof.bin && fail "a fresh proof equals the seeded one"
    real 0 fresh-$ranks/proof.bin fresh-$ranks/public.json
    expect 0 "accepted" "$HALOCLINE" verify fresh-$ranks/vk.hcl fresh-$ranks/proof.bin fresh-$ranks/public.json
done
OMP_NUM_THREADS=2 prove 1 threads --seed 7 --threads 2 "$@"
cmp one/proof.bin threads/proof.bin || fail "two threads make another proof"

# One bit flipped in every byte, both verifiers, case by case.
"$HALO2_CHECK" flip-all circuit.json srs.raw one/public.json one/proof.bin --vk real/vk.raw --positions positions \
    >flips 2>/dev/null || fail "$(cat flips)"
cat flips
"$FLIP_ALL" one/vk.hcl one/proof.bin one/public.json positions || fail "verdicts differ"

# A changed public output. ("tensors" is dropped: it would be refused before the proof is looked at.)
python3 - <<'PY'
import json
d = json.load(open("one/public.json"))
def value(v): return int(v, 16) if isinstance(v, str) else v
d["instances"][0][-1] = value(d["instances"][0][-1]) + 1
json.dump(d, open("lie.json", "w"))
del d["tensors"]
json.dump(d, open("changed.json", "w"))
PY
expect 2 "tensors" "$HALOCLINE" verify one/vk.hcl one/proof.bin lie.json
expect $false_claim "rejected" "$HALOCLINE" verify one/vk.hcl one/proof.bin changed.json
real 1 one/proof.bin changed.json

# Another model's key: of the same model with other weights the circuit may be the same, the proof is not.
expect 0 "" "$HALOCLINE" keygen "$other" --unsafe-dev-srs -o other.hcl
expect $false_claim "rejected|expected" "$HALOCLINE" verify other.hcl one/proof.bin changed.json
code=0
"$HALOCLINE" verify other.hcl one/proof.bin one/public.json >/dev/null 2>&1 || code=$?
[ $code = $false_claim ] || [ $code = 2 ] || fail "exit code $code with another model's key"
expect 0 "" "$HALOCLINE" export circuit "$other" -o other.json
other_k=$(json other.json 'd["k"]')
expect 0 "" "$HALOCLINE" export srs cache/unsafe-dev-k$other_k.srs -o other.raw
code=0
"$HALO2_CHECK" verify other.json other.raw one/public.json one/proof.bin >/dev/null 2>&1 || code=$?
[ $code = 1 ] || fail "the real verifier accepts under another model's key"
echo "accepted with 1 to 4 ranks, $(stat -c %s one/proof.bin) bytes, k = $k"
