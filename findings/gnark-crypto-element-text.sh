#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# gnark-crypto 0.22.0 (Go), fr.Element of BN254 as text: public values on the way to another prover or verifier.
#
# One might expect the decimal digits of the number in [0, r), as snarkjs and circom write it. Seen:
#   1. String, Text(10) and MarshalJSON write r - 1 to r - 65535 as -1 to -65535, but r - 65536 as its 77 digits, and
#      Text(16) all of them without a sign: one vector has both kinds, and small tests of negative outputs only the first;
#   2. MarshalJSON gives numbers for small values and strings for large ones, and it belongs to the pointer: an Element in
#      a struct that is passed to json.Marshal by value becomes an array of its four Montgomery words, which
#      json.Unmarshal into the same struct refuses. A slice of elements, and a pointer to the struct, are decimal.
# Needs go and the Go module proxy. Exit 0: as stated; 1: different; 2: cannot be tried.
set -euo pipefail
command -v go >/dev/null || { echo "go is needed"; exit 2; }
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
cat >main.go <<'G'
package main

import (
	"encoding/json"
	"fmt"

	"github.com/consensys/gnark-crypto/ecc/bn254/fr"
)

type proof struct{ Output fr.Element }

func main() {
	for _, v := range []int64{-1, -65535, -65536} {
		var e fr.Element
		e.SetInt64(v)
		slice, _ := json.Marshal([]fr.Element{e})
		fmt.Println(v, e.String(), e.Text(16), string(slice))
	}
	var p proof
	p.Output.SetInt64(7)
	pointer, _ := json.Marshal(&p)
	value, _ := json.Marshal(p)
	fmt.Println(string(pointer), string(value), p.Output[0])
	fmt.Println(json.Unmarshal(pointer, &p) == nil, json.Unmarshal(value, &p) == nil)
}
G
go mod init try >/dev/null 2>&1
go get github.com/consensys/gnark-crypto@v0.22.0 >/dev/null 2>&1 && go mod tidy >/dev/null 2>&1 || { echo "gnark-crypto 0.22.0 cannot be fetched"; exit 2; }
go build -o try . || { echo "the program cannot be built"; exit 2; }
./try >seen
cat seen
r=21888242871839275222246405745257275088548364400416034343698204186575808430081 # r - 65536, r being the group's order
cat >expected <<E
-1 -1 30644e72e131a029b85045b68181585d2833e84879b9709143e1f593f0000000 [-1]
-65535 -65535 30644e72e131a029b85045b68181585d2833e84879b9709143e1f593efff0002 [-65535]
-65536 $r 30644e72e131a029b85045b68181585d2833e84879b9709143e1f593efff0001 ["$r"]
E
head -n 3 seen | cmp -s - expected || { echo "different"; exit 1; }
grep -Eq '^\{"Output":7\} \{"Output":\[[0-9]+,[0-9]+,[0-9]+,[0-9]+\]\} [0-9]{15,}$' seen || { echo "different"; exit 1; }
grep -qx "true false" seen || { echo "different"; exit 1; }
echo "as stated"
