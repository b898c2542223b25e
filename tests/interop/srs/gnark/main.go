// SPDX-License-Identifier: Apache-2.0
// SRS files of the real gnark-crypto for the secret 5: gnark FOLDER K
package main

import (
	"bytes"
	"math/big"
	"os"
	"path/filepath"
	"strconv"

	"github.com/consensys/gnark-crypto/ecc/bls12-381/kzg"
	bn254 "github.com/consensys/gnark-crypto/ecc/bn254/kzg"
)

func must(err error) {
	if err != nil {
		panic(err)
	}
}

func main() {
	k, err := strconv.Atoi(os.Args[2])
	must(err)
	put := func(name string, b []byte) { must(os.WriteFile(filepath.Join(os.Args[1], name), b, 0o644)) }
	srs, err := bn254.NewSRS((1<<k)+3, big.NewInt(5))
	must(err)
	var short, raw, dump, other bytes.Buffer
	_, err = srs.WriteTo(&short)
	must(err)
	_, err = srs.WriteRawTo(&raw)
	must(err)
	must(srs.WriteDump(&dump))
	bls, err := kzg.NewSRS(8, big.NewInt(5))
	must(err)
	_, err = bls.WriteTo(&other)
	must(err)
	put("gnark.srs", short.Bytes())
	put("gnark-raw.srs", raw.Bytes())
	put("gnark.dump", dump.Bytes())
	put("gnark-bls.srs", other.Bytes())
}
