#!/usr/bin/env bash
# What docs/slurm.md says, done by a user of the cluster of in_cluster.sh with slurm/prove.sbatch.
. "$SOURCE/tests/slurm/lib.sh" || exit 2
head -c 5000 model.tflite >cut.tflite
make_srs 16

# As docs/slurm.md begins.
submit out -- -v
ends "COMPLETED 0:0"
is_complete out
says '^rank 0 on n1: '
says '^rank 1 on n2: '

# Two ranks on each node, with the threads and the memory that were asked of SLURM.
submit four --ntasks-per-node=2 --cpus-per-task=1 --mem=1000M -- --json
ends "COMPLETED 0:0"
[ "$(json four/report.json 'd["threads_per_rank"], [r["host"] for r in d["costs"]["ranks"]]')" = "(1, ['n1', 'n1', 'n2', 'n2'])" ] ||
    fail "four ranks of one thread: $(json four/report.json 'd["costs"]["ranks"]')"
submit small --mem-per-cpu=10M -- # of which a fifth is not for us
ends "FAILED 3:0"
says "memory"
[ ! -e small/report.json ] || fail "a report without a proof"

# A job that cannot do it says so with its state and Halocline's exit code.
model=cut.tflite submit bad --
ends "FAILED 2:0"
says "rank 0: .*'cut.tflite'"
[ ! -e bad ] || fail "a bad model leaves $(ls bad)"
got=0
user sbatch --wait prove.sbatch model.tflite input.npy >stdout 2>stderr || got=$?
[ $got = 2 ] || fail "sbatch --wait ends with $got, expected 2 of a job with too few arguments"

# Cancelled in the middle: nothing is left, no process either. On a busy machine the job may have got to its end before
# it is told to stop: then it has left everything, and another one is cancelled.
for try in 1 2 3 4 5; do
    submit cancelled$try -- --k=16
    reaches "set up"
    user scancel "$job"
    ends "CANCELLED *|COMPLETED 0:0"
    [ -e cancelled$try/report.json ] || break
    is_complete cancelled$try
done
[ ! -e cancelled$try/report.json ] || fail "none of $try jobs was cancelled in the middle"
[ -z "$(ls cancelled$try)" ] || fail "a cancelled job leaves $(ls cancelled$try)"
for ((i = 0; i < 100; i++)); do
    pgrep -u nobody >/dev/null || break
    sleep 0.1
done
[ $i -lt 100 ] || fail "processes outlive the cancelled job: $(pgrep -a -u nobody)"

# Warned before the time is up (as sbatch --signal does): a checkpoint, back into the queue, and on from there. With
# one warning to the script, and with one to each rank.
for to in --batch --full; do
    submit warned$to -- --k=16 --seed=3 --checkpoint-every-round
    reaches "set up"
    user scancel --signal=USR1 $to "$job"
    user scancel --signal=USR2 --full "$job" 2>/dev/null || true
    ends "COMPLETED 0:0"
    is_complete warned$to
    [ "$(restarts)" = 1 ] || fail "started again $(restarts) times"
    says "stopped as asked after round"
    [ "$(json warned$to/report.json 'd["resumed_after_rounds"] >= 1')" = True ] || fail "nothing was resumed"
done
cmp warned--batch/proof.bin warned--full/proof.bin || fail "stopped at different rounds, a proof has other bytes"

# Sent back to the queue, as after the loss of a node: goes on from its last checkpoint.
submit again -- --k=16 --seed=3 --checkpoint-every-round
reaches "quotient"
user scontrol requeue "$job"
ends "COMPLETED 0:0"
is_complete again
[ "$(restarts)" = 1 ] || fail "the job was not started again"
[ "$(grep -cE '^[0-9:]{8} lay out ' "$log")" = 2 ] || fail "the log of the first start is not kept"
cmp warned--batch/proof.bin again/proof.bin || fail "a proof that was continued has other bytes"

# A rank is killed: the job goes back to the queue and on from its checkpoint. Where it may not, it fails, its
# checkpoint stays, and the same command goes on from it.
for requeue in requeue no-requeue; do
    submit $requeue --$requeue -- --k=16 --seed=3 --checkpoint-every-round
    reaches "products"
    pkill -KILL -u nobody -n -x 'exe|halocline' || fail "there was no rank to kill"
    if [ $requeue = no-requeue ]; then
        [[ $(result) =~ ^FAILED ]] || fail "a job with a killed rank ends as $(result)"
        [ -e $requeue.checkpoint/checkpoint.hcl ] || fail "no checkpoint of a killed job"
        submit $requeue -- --k=16 --seed=3
    fi
    ends "COMPLETED 0:0"
    is_complete $requeue
    [ $requeue = no-requeue ] || says "a rank or node was lost"
    [ "$(json $requeue/report.json 'd["resumed_after_rounds"] >= 1')" = True ] || fail "nothing was resumed"
    cmp warned--batch/proof.bin $requeue/proof.bin || fail "a proof that was continued has other bytes"
done

# Many inputs under one key.
for i in 1 2 3 4 5 6 7 8; do cp input.npy in$i.npy && echo in$i.npy; done >list
job=$(HALOCLINE_SLURM=$work user sbatch --parsable --array=1-8 --time=5 prove-array.sbatch model.tflite list many dev.srs)
for ((i = 0; i < 1200; i++)); do
    [ -n "$(squeue -h -j "$job" 2>/dev/null)" ] || break
    sleep 0.1
done
for i in 1 2 3 4 5 6 7 8; do
    [ "$(json many/$i.status.json 'd["verdict"]')" = proved ] || fail "input $i: $(cat many/$i.status.json halocline-${job}_$i.log)"
    cmp many/vk.hcl many/$i/vk.hcl || fail "input $i has another key"
    expect 0 accepted ./halocline verify many/vk.hcl many/$i/proof.bin many/$i/public.json
done

# Ranks that srun starts without an MPI plugin cannot meet: an error, not two proofs.
expect 3 "srun started 2 tasks" user srun --nodes=2 --ntasks=2 ./halocline prove model.tflite input.npy -o direct --srs dev.srs
[ ! -e direct ] || fail "ranks that cannot meet leave something"
# One process needs no ranks to meet, whatever plugin srun uses: Debian's Open MPI has no PMI-2.
for plugin in none pmi2; do
    expect 0 accepted user srun --mpi=$plugin -n1 ./halocline verify out/vk.hcl out/proof.bin out/public.json
    expect 2 "unknown command" user srun --mpi=$plugin -n1 ./halocline prophesy
done
python3 -c 'b = bytearray(open("out/proof.bin", "rb").read()); b[-32:] = b[:32]; open("wrong.bin", "wb").write(b)'
expect $false_claim rejected user srun --mpi=pmi2 -n1 ./halocline verify out/vk.hcl wrong.bin out/public.json
echo "proved on two nodes, refused, cancelled, warned and requeued"
