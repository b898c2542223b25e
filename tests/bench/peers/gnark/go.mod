module halocline/bench/peers/gnark

go 1.22

require github.com/consensys/gnark-crypto v0.19.2
