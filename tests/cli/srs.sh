#!/usr/bin/env bash
# SRS files: creation needs the long option, every damage is found.
. "$SOURCE/tests/cli/lib.sh" || exit 2

expect 2 "unsafe-dev-srs" "$HALOCLINE" srs create -k 5 -o dev.srs
[ ! -e dev.srs ] || fail "created without the option"
expect 0 "UNSAFE" "$HALOCLINE" srs create -k 5 --unsafe-dev-srs -o dev.srs
expect 0 "UNSAFE" "$HALOCLINE" srs info dev.srs
expect 0 "consistent" "$HALOCLINE" srs verify dev.srs
expect 0 "" "$HALOCLINE" srs info dev.srs --json
[ "$(json stdout 'd["k"], d["unsafe"]')" = "(5, True)" ] || fail "info --json"

# halo2's own files, both layouts, and into ours. They carry no mark.
expect 0 "ParamsKZG raw" "$HALOCLINE" srs verify "$V/srs/k6.raw"
expect 0 "ParamsKZG processed" "$HALOCLINE" srs verify "$V/srs/k6.processed"
expect 0 "k = 5" "$HALOCLINE" srs import "$V/srs/k6.raw" -k 5 -o k5.srs
expect 0 "consistent" "$HALOCLINE" srs verify k5.srs
[ "$("$HALOCLINE" srs info k5.srs --json | python3 -c 'import json,sys; print(json.load(sys.stdin)["id"])')" = \
  "$("$HALOCLINE" srs info "$V/srs/k4.raw" --json | python3 -c 'import json,sys; print(json.load(sys.stdin)["id"])')" ] ||
    fail "the id depends on the size"

# Damage: too short, one bit in a point, points exchanged (on the curve, but not powers), another curve's.
bytes "$V/srs/k5.raw" 'b[:-1]' >short.raw
expect 2 "short.raw" "$HALOCLINE" srs import short.raw -o x.srs
change "$V/srs/k5.raw" 200 1 >bit.raw
expect 2 "bit.raw" "$HALOCLINE" srs import bit.raw -o x.srs
bytes "$V/srs/k5.raw" 'b[:4+64] + b[4+128:4+192] + b[4+64:4+128] + b[4+192:]' >swapped.raw
expect 2 "swapped.raw" "$HALOCLINE" srs verify swapped.raw
bytes "$V/srs/k5.raw" 'b[:-128] + b[-256:-128]' >g2.raw
expect 2 "g2.raw" "$HALOCLINE" srs verify g2.raw
change dev.srs 300 1 >flipped.srs
expect 2 "flipped.srs" "$HALOCLINE" srs info flipped.srs
# The unsafe mark cannot be taken off quietly.
change dev.srs 8 1 >unmarked.srs
expect 2 "unmarked.srs" "$HALOCLINE" srs info unmarked.srs
# A ptau header that names the prime of another curve (BLS12-381), and one that ends early.
python3 - <<'PY'
import struct
q = 0x1a0111ea397fe69a4b1ba7b6434bacd764774b84f38512bf6730d2a0f6b0f6241eabfffeb153ffffb9feffffffffaaab
head = struct.pack("<I", 48) + q.to_bytes(48, "little") + struct.pack("<II", 4, 4)
open("bls.ptau", "wb").write(b"ptau" + struct.pack("<II", 1, 1) + struct.pack("<IQ", 1, len(head)) + head)
open("short.ptau", "wb").write(b"ptau" + struct.pack("<I", 1))
PY
expect 2 "bls.ptau" "$HALOCLINE" srs import bls.ptau -o x.srs
expect 2 "short.ptau" "$HALOCLINE" srs import short.ptau -o x.srs
head -c 5000 /dev/urandom >noise
expect 2 "noise" "$HALOCLINE" srs import noise -o x.srs
[ ! -e x.srs ] || fail "a refused SRS was written"
# Too small for the circuit.
expect 3 "needs 2.6" "$HALOCLINE" keygen "$V/everything/circuit.json" --srs "$V/srs/k5.raw" -o x.hcl
no_leftovers .

# Files of other programs, told by their contents (unit.halo2.srs_formats makes them): the points are those of s = 5.
corpus=$SOURCE/tests/fuzz/halo2/corpus
expect 0 "ParamsKZG processed, k = 4" "$HALOCLINE" srs import "$corpus/h6.processed" -o five.srs
cat five.srs >want.srs
for pair in "h7.processed:halo2curves 0.7" gnark.srs:gnark gnark-raw.srs:gnark "gnark.dump:gnark memory dump" \
    ark.bin:arkworks ark-full.bin:arkworks "plonk.zkey:snarkjs zkey"; do
    expect 0 "(${pair#*:}), k = 4, .*pairings checked.*the secret of no ceremony" "$HALOCLINE" srs import "$corpus/${pair%%:*}" -o got.srs
    cmp got.srs want.srs || fail "${pair%%:*} has other points than the same SRS in halo2's format"
done
# Barretenberg's powers want [s]G2: beside them, by name, or of a known ceremony.
expect 2 "no \[s\]G2.*--g2" "$HALOCLINE" srs import "$corpus/aztec.dat" -o x.srs
python3 - "$corpus/gnark-raw.srs" <<'PY'
import os, sys
b = open(sys.argv[1], "rb").read()
n = int.from_bytes(b[:4], "big")
g2 = b[4 + 64 * n + 128:][:128] # c1 first; Barretenberg has c0 first
os.mkdir("crs")
for name in "bn254_g2.dat", "crs/bn254_g2.dat":
    open(name, "wb").write(g2[32:64] + g2[:32] + g2[96:] + g2[64:96])
PY
for name in aztec.dat aztec-compressed.dat; do
    expect 0 "Barretenberg, k = 4" "$HALOCLINE" srs import "$corpus/$name" --g2 bn254_g2.dat -o got.srs
    cmp got.srs want.srs || fail "$name has other points than the same SRS in halo2's format"
    cp "$corpus/$name" crs/bn254_g1.dat
    expect 0 "Barretenberg, k = 3" "$HALOCLINE" srs import crs/bn254_g1.dat -k 3 -o got.srs
done
expect 2 "bn254_g2.dat' is Barretenberg's" "$HALOCLINE" srs import bn254_g2.dat -o x.srs
change bn254_g2.dat 100 1 >bad_g2.dat
expect 2 "bad_g2.dat' is no bn254_g2.dat" "$HALOCLINE" srs import "$corpus/aztec.dat" --g2 bad_g2.dat -o x.srs
"$HALOCLINE" srs info five.srs --json >stdout
[ "$(json stdout 'd["ceremony"]')" = None ] || fail "s = 5 is of no ceremony"
[ ! -e x.srs ] || fail "a refused SRS was written"
no_leftovers .
