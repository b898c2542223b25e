#!/usr/bin/env bash
# A job that loses a node in the middle goes back to the queue and on from its checkpoint, to the bytes of a proof that
# nothing disturbed.
. "$SOURCE/tests/slurm/lib.sh" || exit 2
k=18
make_srs $k
set_node() { scontrol update NodeName="$1" State="$2" Reason=tested; }
is_pending() { # the job: back in the queue, and no more than that
    local i
    for ((i = 0; i < 600; i++)); do
        [ "$(state)" != PENDING ] || return 0
        sleep 0.1
    done
    cp "$log" stderr
    fail "the job is not back in the queue but $(state)"
}
comes_back() { # comes_back NODE: the job waits until the node has answered, which SLURM does not
    local i
    scontrol hold "$job"
    set_node "$1" RESUME
    for ((i = 0; i < 600; i++)); do
        [ "$(sinfo -h -n "$1" -o %t)" != idle ] || break
        sleep 0.1
    done
    scontrol release "$job"
}
expect 0 "" user ./halocline prove model.tflite input.npy -o whole --srs dev.srs --k=$k --seed=3 -q
prove() { # prove OUT NODES: until a round is kept
    submit "$1" --nodes="$2" -- --k=$k --seed=3 --checkpoint-every-round
    reaches "products"
}

# The second node is set down: the job waits for it.
prove second 2
set_node n2 DOWN
is_pending
says "DUE TO NODE FAILURE"
[ -e second.checkpoint/checkpoint.hcl ] || fail "a job back in the queue has no checkpoint"
comes_back n2
ends "COMPLETED 0:0"
is_complete second
is_continued second whole

# The first, where rank 0 is: told to take one node instead of two, the job goes on with one rank on the other.
prove first 2
set_node n1 DOWN
is_pending
user scontrol update JobId="$job" NumNodes=1 NumTasks=1
ends "COMPLETED 0:0"
is_complete first "['n2']"
is_continued first whole
set_node n1 RESUME

# That of a job of one rank, which SLURM kills there with the launcher only: it does not go on beside its successor.
prove alone 1
from=$(squeue -h -j "$job" -o %N)
[ "$from" = n1 ] && to=n2 || to=n1
set_node "$from" DOWN
ends "COMPLETED 0:0"
is_complete alone "['$to']"
is_continued alone whole
set_node "$from" RESUME

# It dies, with all that runs there. The launcher sees that before SLURM does, and SLURM does not start the job again
# until it knows.
prove dead 2
pkill -KILL -f '^slurmd -N n2$' || fail "there was no node to kill"
pkill -KILL -f "^slurmstepd: \[$job\.[0-9]" || fail "there was no step on n2 to kill"
daemon=$(pgrep -x orted) || fail "there was no daemon of mpirun on n2"
pkill -KILL -P "$daemon" || fail "there was no rank on n2"
kill -KILL "$daemon"
for ((i = 0; i < 600; i++)); do
    ! grep -q "a rank or node was lost" "$log" || break
    sleep 0.1
done
says "a rank or node was lost"
set_node n2 DOWN # as SLURM does after SlurmdTimeout
is_pending
start_node n2
comes_back n2
ends "COMPLETED 0:0"
is_complete dead
is_continued dead whole
echo "continued on two nodes and on one after a node was set down, and after one died"
