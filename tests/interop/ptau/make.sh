#!/bin/sh
# Real powers-of-tau files, made by snarkjs from the npm registry: make.sh FOLDER
# fresh.ptau (no contribution: tau = 1), one.ptau (one contribution), prepared.ptau (with Lagrange points),
# bls.ptau (another curve). Kept if they are there.
set -eu
folder=$1
snarkjs="npx --yes snarkjs@0.7.6"
command -v npx >/dev/null || { echo "make.sh: npx is needed (Debian: apt install npm)" >&2; exit 1; }
mkdir -p "$folder"
cd "$folder"
[ -s done ] && exit 0
$snarkjs powersoftau new bn128 8 fresh.ptau
$snarkjs powersoftau contribute fresh.ptau one.ptau --name=test -e="entropy of a test"
$snarkjs powersoftau prepare phase2 one.ptau prepared.ptau
$snarkjs powersoftau new bls12-381 4 bls.ptau
echo done >done
