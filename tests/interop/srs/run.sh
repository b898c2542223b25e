#!/usr/bin/env bash
# SRS files as the tools themselves write them, from their registries: gnark-crypto (Go), arkworks and halo2curves
# (crates.io), snarkjs (npm), ezkl (PyPI). Each is imported; gnark's, arkworks' and halo2curves' have the secret 5 and
# become the same file; ezkl's comes back byte for byte; a proof made with each verifies; ten damaged copies of each are
# refused with the place. Aztec's CRS is a download of its own, not in a registry: unit.halo2.srs_formats has its first points.
#
#   run.sh HALOCLINE SOURCE FOLDER      Needs go, cargo, npx and python3-venv.
set -euo pipefail
halocline=$1 source=$2 folder=$3
k=11
fail() { echo "FAILED: $*" >&2; exit 1; }
mkdir -p "$folder"
cd "$folder"

echo "== files"
(cd "$source/tests/interop/srs/gnark" && go run -mod=mod . "$folder" $k)
(cd "$source/tests/interop/srs/arkworks" && CARGO_TARGET_DIR=$folder/target cargo run --quiet --release -- "$folder" $k)
[ -x venv/bin/python ] || python3 -m venv venv
venv/bin/pip install -q ezkl==23.0.5
venv/bin/python -c "import ezkl; ezkl.gen_srs('ezkl.srs', $k)"
if [ ! -s snarkjs.ptau ]; then
    snarkjs="npx --yes snarkjs@0.7.6"
    $snarkjs powersoftau new bn128 $k new.ptau >/dev/null
    $snarkjs powersoftau contribute new.ptau snarkjs.ptau --name=test -e="entropy of a test" >/dev/null
fi

echo "== the same points"
for name in gnark.srs gnark-raw.srs gnark.dump ark.bin ark-full.bin h7.processed; do
    "$halocline" srs import "$name" -k $k -o "$name.hcl" -q
    cmp "$name.hcl" gnark.srs.hcl || fail "$name has other points than gnark.srs"
done
for name in ezkl.srs snarkjs.ptau; do
    "$halocline" srs import "$name" -o "$name.hcl" -q
done
"$halocline" export srs ezkl.srs.hcl -o back -q
cmp back ezkl.srs || fail "ezkl's file does not come back"
if "$halocline" srs import gnark-bls.srs -o x.hcl -q 2>said; then fail "BLS12-381 was imported"; fi
grep -q "BLS12-381" said || fail "another curve is not named: $(cat said)"

echo "== proofs"
for name in gnark.srs ark.bin ezkl.srs snarkjs.ptau; do
    "$halocline" prove "$source/examples/tumour/model.tflite" "$source/examples/tumour/input.npy" --srs "$name.hcl" --cache cache -o out -q
    "$halocline" verify out/vk.hcl out/proof.bin out/public.json
done

echo "== damaged"
python3 - "$halocline" <<'PY'
import re, subprocess, sys
halocline, refused = sys.argv[1], 0
# where the powers begin, and how long a point is
files = {"gnark.srs": (4, 32), "gnark-raw.srs": (4, 64), "gnark.dump": (34128, 64), "ark.bin": (8, 32), "ark-full.bin": (8, 64),
         "h7.processed": (4, 32), "ezkl.srs": (4, 64), "snarkjs.ptau": (80, 64)}
for name, (at, point) in files.items():
    whole = open(name, "rb").read()
    damages = [whole[:-1], whole + b"\0", whole[:len(whole) // 2]]
    damages += [whole[:at + i * point + 7] + bytes([whole[at + i * point + 7] ^ 1]) + whole[at + i * point + 8:] for i in (1, 2, 700, 2047)]
    a, b = at + 3 * point, at + 9 * point
    damages.append(whole[:a] + whole[b:b + point] + whole[a + point:b] + whole[a:a + point] + whole[b + point:]) # exchanged
    damages.append(whole[:a] + bytes(point) + whole[a + point:]) # zeros
    damages.append(whole[:a] + b"\xff" * point + whole[a + point:])
    assert len(damages) == 10
    for i, damaged in enumerate(damages):
        open("damaged", "wb").write(damaged)
        run = subprocess.run([halocline, "srs", "import", "damaged", "-o", "x.hcl", "-q"], capture_output=True, text=True)
        place = re.search(r"at byte \d+|\d+ bytes|g\[\d+\]", run.stderr)
        if run.returncode != 2 or not place:
            sys.exit(f"FAILED: {name}, damage {i}: exit code {run.returncode}, {run.stderr}")
        refused += 1
print(f"{refused} damaged files refused, each with its place")
PY
[ ! -e x.hcl ] || fail "a refused SRS was written"
echo "all tools' files are taken"
