// SPDX-License-Identifier: Apache-2.0

// The work of `halocline bench` with gnark-crypto; see ../README.md.
package main

import (
	"fmt"
	"math/big"
	"os"
	"runtime"
	"sort"
	"strconv"
	"time"

	"github.com/consensys/gnark-crypto/ecc"
	"github.com/consensys/gnark-crypto/ecc/bn254"
	"github.com/consensys/gnark-crypto/ecc/bn254/fr"
	"github.com/consensys/gnark-crypto/ecc/bn254/fr/fft"
)

func median(repeat int, run func()) float64 {
	seconds := make([]float64, 0, repeat)
	for i := -1; i < repeat; i++ {
		start := time.Now()
		run()
		if i >= 0 {
			seconds = append(seconds, time.Since(start).Seconds())
		}
	}
	sort.Float64s(seconds)
	return seconds[repeat/2]
}

func scalars(n, bits int, signed bool) []fr.Element {
	out := make([]fr.Element, n)
	mask := new(big.Int).Sub(new(big.Int).Lsh(big.NewInt(1), uint(bits)), big.NewInt(1))
	for i := range out {
		out[i].SetRandom()
		if bits < 254 {
			var v big.Int
			out[i].BigInt(&v)
			out[i].SetBigInt(v.And(&v, mask))
		}
		if signed && i%2 == 1 {
			out[i].Neg(&out[i])
		}
	}
	return out
}

func points(n int) []bn254.G1Affine {
	_, _, g, _ := bn254.Generators()
	walk := make([]bn254.G1Jac, n)
	var now, step bn254.G1Jac
	now.FromAffine(&g)
	step.ScalarMultiplication(&now, big.NewInt(0x123456789abcdef))
	for i := range walk {
		walk[i] = now
		now.AddAssign(&step)
	}
	return bn254.BatchJacobianToAffineG1(walk)
}

func main() {
	arg := make([]int, 0, 4)
	for _, text := range os.Args[2:] {
		v, err := strconv.Atoi(text)
		if err != nil {
			panic(err)
		}
		arg = append(arg, v)
	}
	n, threads := 1<<arg[0], runtime.GOMAXPROCS(0)
	values := scalars(n, arg[1], arg[2] == 1)
	var seconds float64
	if os.Args[1] == "msm" {
		bases := points(n)
		seconds = median(arg[3], func() {
			var sum bn254.G1Affine
			if _, err := sum.MultiExp(bases, values, ecc.MultiExpConfig{NbTasks: threads}); err != nil {
				panic(err)
			}
		})
	} else {
		domain := fft.NewDomain(uint64(n))
		seconds = median(arg[3], func() {
			domain.FFT(values, fft.DIF, fft.WithNbTasks(threads))
			fft.BitReverse(values)
		})
	}
	fmt.Printf("gnark-crypto %.6f\n", seconds)
}
