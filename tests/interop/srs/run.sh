#!/usr/bin/env bash
# SRS files as the tools themselves write them, from their registries: gnark-crypto (Go), arkworks and halo2-axiom (crates.io),
# ezkl (PyPI), Barretenberg and snarkjs (npm; .ptau and the .zkey of a PLONK circuit); PSE's halo2, which is in no registry,
# from a commit of its repository (pse/Cargo.toml; git's url.PLACE.insteadOf may name a clone). Each is imported; those of the
# secret 5 become the same file, and snarkjs' two; ezkl's, axiom's and PSE's come back byte for byte; a proof made with each
# verifies; ten damaged copies of each are refused with the place. Aztec's own CRS is a download of its own, not in a registry:
# here are points that Barretenberg computes; unit.halo2.srs_formats has Aztec's first.
#
#   run.sh HALOCLINE SOURCE FOLDER      Needs go, cargo, npm and python3-venv.
set -euo pipefail
halocline=$1 source=$2 folder=$3
tools=$source/tests/interop/srs
example=$source/examples/tumour
fail() { echo "FAILED: $*" >&2; exit 1; }
mkdir -p "$folder"
cd "$folder"
rm -f x.hcl

k=$("$halocline" compile "$example/model.tflite" -q --json | python3 -c 'import json, sys; print(json.load(sys.stdin)["layout"]["k"])')

echo "== files, k = $k"
(cd "$tools/gnark" && go run -mod=mod . "$folder" "$k")
for crate in rust pse; do
    (cd "$tools/$crate" && CARGO_NET_GIT_FETCH_WITH_CLI=true CARGO_TARGET_DIR=$folder/target cargo run --quiet --release --locked -- "$folder" "$k")
done
mkdir -p barretenberg
cp "$tools"/barretenberg/{crs.mjs,package.json} barretenberg
(cd barretenberg && npm install --silent --no-audit --no-fund --no-package-lock && node crs.mjs "$folder" "$k")
[ -x venv/bin/python ] || python3 -m venv venv
venv/bin/pip install -q ezkl==23.0.5
venv/bin/python -c "import ezkl; ezkl.gen_srs('ezkl.srs', $k)"
if [ ! -s "snarkjs-$k.zkey" ]; then
    snarkjs="npx --yes snarkjs@0.7.6"
    # A circuit of so many multiplications that its .zkey has 2^k powers.
    python3 "$tools/squares.py" $((3 << (k - 2))) >squares.r1cs
    $snarkjs powersoftau new bn128 "$k" new.ptau >/dev/null
    $snarkjs powersoftau contribute new.ptau snarkjs.ptau --name=test -e="entropy of a test" >/dev/null
    $snarkjs powersoftau prepare phase2 snarkjs.ptau prepared.ptau >/dev/null
    $snarkjs plonk setup squares.r1cs prepared.ptau "snarkjs-$k.zkey" >/dev/null
fi
ln -sf "snarkjs-$k.zkey" snarkjs.zkey

echo "== the same points"
import() { "$halocline" srs import "$1" -k "$k" -o "$(basename "$1").hcl" -q; }
import gnark.srs
for name in gnark-raw.srs gnark.dump ark.bin ark-full.bin axiom.srs axiom.processed pse.srs pse-unchecked.srs pse.processed bn254_g1.dat compressed/bn254_g1_compressed.dat; do
    import "$name"
    cmp "$(basename "$name").hcl" gnark.srs.hcl || fail "$name has other points than gnark.srs"
done
for name in ezkl.srs snarkjs.ptau snarkjs.zkey prepared.ptau; do
    import "$name"
done
cmp snarkjs.ptau.hcl snarkjs.zkey.hcl || fail "snarkjs' .zkey has other points than its .ptau"
for name in ezkl.srs axiom.srs pse.srs; do
    "$halocline" export srs "$name.hcl" -o back -q
    cmp back "$name" || fail "$name does not come back"
done
if "$halocline" srs import gnark-bls.srs -o x.hcl -q 2>said; then fail "BLS12-381 was imported"; fi
grep -q "BLS12-381" said || fail "another curve is not named: $(cat said)"

echo "== proofs"
for name in gnark.srs ark.bin axiom.srs pse.srs pse-unchecked.srs pse.processed bn254_g1.dat ezkl.srs snarkjs.ptau snarkjs.zkey; do
    "$halocline" prove "$example/model.tflite" "$example/input.npy" --srs "$name.hcl" --cache cache -o out -q
    "$halocline" verify out/vk.hcl out/proof.bin out/public.json
done

echo "== damaged"
python3 - "$halocline" "$k" <<'PY'
import re, struct, subprocess, sys
halocline, n, refused = sys.argv[1], 1 << int(sys.argv[2]), 0

def section(name, kind):
    """Where the body of a section of snarkjs' files begins."""
    data, at = open(name, "rb").read(), 12
    while True:
        number, size = struct.unpack_from("<IQ", data, at)
        if number == kind:
            return at + 12
        at += 12 + size

# where the powers begin, and how long a point is
files = {"gnark.srs": (4, 32), "gnark-raw.srs": (4, 64), "gnark.dump": (34128, 64), "ark.bin": (8, 32), "ark-full.bin": (8, 64),
         "axiom.srs": (4, 64), "axiom.processed": (4, 32), "pse.srs": (4, 64), "pse.processed": (4, 32), "ezkl.srs": (4, 64), "bn254_g1.dat": (0, 64),
         "compressed/bn254_g1_compressed.dat": (0, 32), "snarkjs.ptau": (section("snarkjs.ptau", 2), 64),
         "snarkjs.zkey": (section("snarkjs.zkey", 14), 64)}
for name, (at, point) in files.items():
    g2 = ["--g2", "bn254_g2.dat"] if "bn254" in name else []
    whole = open(name, "rb").read()
    damages = [whole[:-1], whole + b"\0", whole[:len(whole) // 2 - 5]] # between two points a CRS without a count may end
    damages += [whole[:at + i * point + 7] + bytes([whole[at + i * point + 7] ^ 1]) + whole[at + i * point + 8:] for i in (1, 2, 700, n - 1)]
    a, b = at + 3 * point, at + 9 * point
    damages.append(whole[:a] + whole[b:b + point] + whole[a + point:b] + whole[a:a + point] + whole[b + point:]) # exchanged
    damages.append(whole[:a] + bytes(point) + whole[a + point:]) # zeros
    damages.append(whole[:a] + b"\xff" * point + whole[a + point:])
    assert len(damages) == 10
    for i, damaged in enumerate(damages):
        open("damaged", "wb").write(damaged)
        run = subprocess.run([halocline, "srs", "import", "damaged", *g2, "-o", "x.hcl", "-q"], capture_output=True, text=True)
        place = re.search(r"at byte \d+|\d+ bytes|g\[\d+\]", run.stderr)
        if run.returncode != 2 or not place:
            sys.exit(f"FAILED: {name}, damage {i}: exit code {run.returncode}, {run.stderr}")
        refused += 1
print(f"{refused} damaged files refused, each with its place")
PY
[ ! -e x.hcl ] || fail "a refused SRS was written"
echo "all tools' files are taken"
