#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# halo2curves 0.6.1 and 0.7.0 (PSE), halo2curves-axiom 0.7.3: GroupEncoding of bn256::G1Affine, as in proofs and keys.
#
# One might expect the bytes of a compressed point to be a format that stays, or at least one version number to mean one
# format in both. Seen: the two spare bits of the last byte changed their roles between 0.6.1 and 0.7.0 of halo2curves.
# Before, 0x80 marks infinity and 0x40 an odd y, and halo2curves-axiom keeps to that in its own 0.7.3; from then on 0x40
# marks infinity and 0x80 an odd y. Points whose y is even have the same bytes in all of them, so that small samples, the
# generator among them, show no difference.
# Needs cargo and crates.io. Exit 0: as stated; 1: different; 2: cannot be tried.
set -euo pipefail
command -v cargo >/dev/null || { echo "cargo is needed"; exit 2; }
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
mkdir src
cat >Cargo.toml <<'T'
[package]
name = "try"
version = "0.1.0"
edition = "2021"

[dependencies]
old = { package = "halo2curves", version = "=0.6.1" }
new = { package = "halo2curves", version = "=0.7.0" }
axiom = { package = "halo2curves-axiom", version = "=0.7.3" }

[profile.dev]
debug = false
T
cat >src/main.rs <<'R'
macro_rules! writer {
    ($library:ident) => {{
        use $library::{bn256::G1Affine, group::{prime::PrimeCurveAffine, GroupEncoding}};
        let g = G1Affine::generator();
        [G1Affine::identity(), g, -g].map(|point| point.to_bytes().as_ref().to_vec())
    }};
}

fn main() {
    let (old, new, axiom) = (writer!(old), writer!(new), writer!(axiom));
    for (i, name) in ["infinity", "(1, 2)", "(1, -2)"].iter().enumerate() {
        let (o, n, a) = (&old[i], &new[i], &axiom[i]);
        println!("{name}: last bytes {:02x} {:02x} {:02x}, rest {}", o[31], n[31], a[31],
                 if o[..31] == n[..31] && o[..31] == a[..31] { "equal" } else { "different" });
    }
}
R
cat >expected <<'E'
infinity: last bytes 80 40 80, rest equal
(1, 2): last bytes 00 00 00, rest equal
(1, -2): last bytes 40 80 40, rest equal
E
export CARGO_TARGET_DIR="$folder/target"
cargo fetch -q || { echo "the crates cannot be fetched"; exit 2; }
cargo build -q 2>build.log || { tail -n 20 build.log; echo "the program cannot be built"; exit 2; }
target/debug/try >seen
cat seen
cmp -s seen expected || { echo "different"; exit 1; }
echo "as stated"
