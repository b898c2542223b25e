#!/usr/bin/env bash
# Run a script in a SLURM cluster of its own: munge, a controller and the nodes n1 and n2, all on this machine.
#   in_cluster.sh SCRIPT
# All processes live in one process namespace, and all files in one folder ($TMPDIR for SCRIPT, where every user may
# write): nothing outlives SCRIPT, however it ends. Needs root.
set -euo pipefail
die() { printf 'FAILED: %s\n' "$*" >&2; exit 3; }

if [ "${1:-}" != --inside ]; then
    [ "$(id -u)" = 0 ] || die "a SLURM cluster cannot be started by user '$(id -un)', expected root"
    for program in munged slurmctld slurmd sbatch scancel scontrol squeue sinfo srun mpirun unshare setpriv; do
        command -v $program >/dev/null || die "no program '$program', expected packages slurm-wlm, munge, openmpi-bin, util-linux"
    done
    folder=$(mktemp -d) cluster=
    stop() { # the first process of a namespace takes all others of it with it
        [ -z "$cluster" ] || pkill -KILL -P "$cluster" || true
        wait
        rm -rf "$folder"
    }
    trap stop EXIT
    trap 'exit 143' TERM INT
    unshare --pid --fork --kill-child --mount-proc "$0" --inside "$folder" "$1" &
    cluster=$!
    code=0
    wait "$cluster" || code=$?
    cluster=
    exit $code
fi

cluster=$2/cluster
host=$(hostname -s) port=$((20000 + RANDOM % 10000)) cpus=$(nproc)
mkdir -m 755 "$cluster" "$cluster/munge" "$cluster/state" "$cluster/n1" "$cluster/n2"
mkdir -m 1777 "$2/tmp" "$cluster/n1/tmp" "$cluster/n2/tmp"
chmod 755 "$2"

(umask 077; head -c 1024 /dev/urandom >"$cluster/munge/key")
munged --force --socket="$cluster/munge/socket" --key-file="$cluster/munge/key" --seed-file="$cluster/munge/seed" \
    --log-file="$cluster/munge/log" --pid-file="$cluster/munge/pid" || die "munged does not start"

# ReturnToService: a node that scontrol sets down stays down.
# TmpFS: where PMIx of both nodes would make a folder of the same name.
# cred_expire: a job sent back to the queue waits for that many seconds. SchedulerParameters: start jobs at once.
cat >"$cluster/slurm.conf" <<CONF
ClusterName=test
SlurmctldHost=$host(127.0.0.1)
SlurmctldPort=$port
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
AuthInfo=socket=$cluster/munge/socket,cred_expire=5
StateSaveLocation=$cluster/state
SlurmctldPidFile=$cluster/slurmctld.pid
SlurmctldLogFile=$cluster/slurmctld.log
SlurmdPidFile=$cluster/%n/slurmd.pid
SlurmdLogFile=$cluster/%n/slurmd.log
SlurmdSpoolDir=$cluster/%n
TmpFS=$cluster/%n/tmp
SlurmdParameters=config_overrides
ProctrackType=proctrack/pgid
TaskPlugin=task/affinity
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
MpiDefault=none
SwitchType=switch/none
ReturnToService=1
KillWait=5
SelectType=select/cons_tres
SelectTypeParameters=CR_Core_Memory
SchedulerParameters=batch_sched_delay=0,sched_min_interval=100000,sched_interval=1
NodeName=n1 NodeHostname=n1 NodeAddr=127.0.0.1 Port=$((port + 1)) CPUs=$cpus RealMemory=3000
NodeName=n2 NodeHostname=n2 NodeAddr=127.0.0.1 Port=$((port + 2)) CPUs=$cpus RealMemory=3000
PartitionName=all Nodes=n1,n2 Default=YES State=UP
CONF
export SLURM_CONF=$cluster/slurm.conf
slurmctld || die "slurmctld does not start: $(tail -n 3 "$cluster/slurmctld.log")"
start_node() { unshare --uts sh -c "hostname $1 && exec slurmd -N $1"; } # MPI tells nodes apart by their host names
export -f start_node
for node in n1 n2; do
    start_node $node || die "slurmd of $node does not start: $(tail -n 3 "$cluster/$node/slurmd.log")"
done
for _ in $(seq 100); do
    [ "$(sinfo -h -o '%D %t')" != "2 idle" ] || break
    sleep 0.1
done
[ "$(sinfo -h -o '%D %t')" = "2 idle" ] ||
    die "after 10 s the nodes are '$(sinfo -h -o '%D %t')', expected '2 idle': $(tail -n 3 "$cluster"/*.log "$cluster"/n?/*.log)"
TMPDIR=$2/tmp "$3"
