#!/usr/bin/env bash
# Ranks that srun starts itself, through PMIx, where SLURM and Open MPI have it, as Debian's do.
. "$SOURCE/tests/slurm/lib.sh" || exit 2
echo none >cut.tflite
make_srs 16
srun --mpi=list >stdout 2>&1 || true
grep -q pmix stdout || fail "srun has no PMIx: $(cat stdout)"

# The same proof with one rank, with two on two nodes, and with two on each.
expect 0 "" user ./halocline prove model.tflite input.npy --srs dev.srs --seed 4 -q -o one
for tasks in 2 4; do
    expect 0 "" user srun --mpi=pmix --nodes=2 --ntasks=$tasks --overcommit ./halocline prove model.tflite input.npy --srs dev.srs --seed 4 -q -o of$tasks
    [ "$(json of$tasks/report.json 'sorted({r["host"] for r in d["costs"]["ranks"]}), len(d["costs"]["ranks"])')" = "(['n1', 'n2'], $tasks)" ] ||
        fail "$tasks ranks: $(json of$tasks/report.json 'd["costs"]["ranks"]')"
    cmp one/proof.bin of$tasks/proof.bin || fail "a proof of $tasks ranks has other bytes"
done
# srun gives the largest code of all ranks.
expect 2 "'cut.tflite'" user srun --mpi=pmix --nodes=2 --ntasks=2 ./halocline prove cut.tflite input.npy --srs dev.srs -q -o none

# The template, warned before its time is up.
export HALOCLINE_MPI=pmix
submit pmix -- --k=16 --seed=3 --checkpoint-every-round
reaches "set up"
user scancel --signal=USR1 --batch "$job"
ends "COMPLETED 0:0"
is_complete pmix
[ "$(restarts)" = 1 ] || fail "started again $(restarts) times"
echo "ranks that srun starts meet"
