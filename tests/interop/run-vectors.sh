#!/usr/bin/env bash
# The judge on the golden vectors: what it says must be what the vectors recorded.
# run-vectors.sh HALO2_CHECK VECTORS NAME
set -euo pipefail
check=$1 dir=$2/$3
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
k=$(python3 -c 'import json,sys; print(json.load(open(sys.argv[1]))["k"])' "$dir/circuit.json")
case=("$dir/circuit.json" "$2/srs/k$k.raw")

"$check" vk "${case[@]}" --out "$work"
for file in vk.raw vk.processed pinned.txt transcript_repr.hex; do
    cmp "$work/$file" "$dir/$file"
done
for scheme in shplonk gwc; do
    "$check" verify "${case[@]}" "$dir/instance.json" "$dir/proof.$scheme" --scheme $scheme
done
"$check" verify "$dir/circuit.json" "$2/srs/k6.processed" "$dir/instance.json" "$dir/proof.replay" --vk "$dir/vk.raw"
"$check" verify-many "${case[@]}" "$dir/instance.json" "$dir/proof.shplonk" "$dir/tampered.json" 2>"$work/panics" |
    cut -f 1 | sort | uniq -c
