#!/usr/bin/env bash
# Small stacks: the limit of the process, that of OpenMP's threads, both, and under mpirun.
. "$SOURCE/tests/cli/lib.sh" || exit 2
unset OMP_NUM_THREADS
digits=$SOURCE/examples/digits
prove() { # prove FOLDER COMMAND...: in front of the program
    expect 0 "" "${@:2}" "$HALOCLINE" prove "$digits/model.tflite" "$digits/input.npy" --unsafe-dev-srs --cache cache -q -o "$1"
    expect 0 accepted "$HALOCLINE" verify "$1/vk.hcl" "$1/proof.bin" "$1/public.json"
}
small() { (ulimit -s 256; exec "$@"); }

prove warm
prove process small
prove one small env OMP_NUM_THREADS=1
prove threads env OMP_STACKSIZE=256k OMP_NUM_THREADS=2
prove both small env OMP_STACKSIZE=256K OMP_WAIT_POLICY=passive
prove bytes env OMP_STACKSIZE=262144B OMP_NUM_THREADS=2
prove nonsense env OMP_STACKSIZE=little OMP_NUM_THREADS=2
prove ranks small $MPIRUN -n 2
# Sizes whose transforms take every path, keys and checks.
small_ok() { expect 0 "" small env OMP_STACKSIZE=256k "$HALOCLINE" "$@"; }
for log_n in 10 13 16; do
    small_ok bench ntt --log-n $log_n --repeat 1
    small_ok bench eval --log-n $log_n --repeat 1
    small_ok bench msm --log-n $log_n --repeat 1
done
small_ok check "$digits/model.tflite" "$digits/input.npy"
small_ok keygen "$digits/model.tflite" --unsafe-dev-srs --no-cache --visibility weights=private -o vk.hcl
