#!/usr/bin/env bash
# A model of full size before the real halo2: run-large.sh MODEL INPUT. The real keygen makes the same key, the real
# verifier accepts the proof, and refuses it after one changed bit. 4 GiB of memory, minutes.
. "$SOURCE/tests/cli/lib.sh" || exit 2
model=$1 input=$2
options=(--weight-seed weight.seed)
export HALOCLINE_CACHE=$work/cache
expect 0 "proved and verified" "$HALOCLINE" prove "$model" "$input" -o out "${options[@]}" --unsafe-dev-srs -q
expect 0 "" "$HALOCLINE" export circuit "$model" -o circuit.json "${options[@]}"
expect 0 "" "$HALOCLINE" export srs cache/unsafe-dev-k"$(json circuit.json 'd["k"]')".srs -o srs.raw
expect 0 "" "$HALOCLINE" export vk out/vk.hcl -o vk.raw
"$HALO2_CHECK" vk circuit.json srs.raw --out real >/dev/null || fail "the real keygen"
cmp vk.raw real/vk.raw || fail "vk bytes differ from the real keygen's"
"$HALO2_CHECK" verify circuit.json srs.raw out/public.json out/proof.bin --vk vk.raw || fail "the real verifier refuses the proof"
python3 - <<'PY'
proof = bytearray(open("out/proof.bin", "rb").read())
proof[2000] ^= 1
open("changed.bin", "wb").write(proof)
PY
code=0
"$HALO2_CHECK" verify circuit.json srs.raw out/public.json changed.bin --vk vk.raw || code=$?
[ $code = 1 ] || fail "the real verifier ends with $code for a changed proof"
