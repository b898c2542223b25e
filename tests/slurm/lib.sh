# shellcheck shell=bash
# For scripts that act as a user of the cluster of in_cluster.sh; to be sourced. $SOURCE, $HALOCLINE, the folder $work.
. "$SOURCE/tests/cli/lib.sh" || exit 2
chmod 755 "$work"
mkdir home
cp "$HALOCLINE" halocline
cp "$SOURCE/slurm/"*.sbatch "$SOURCE/examples/digits/"{model.tflite,input.npy,calibration.npy} .
make_srs() { # make_srs K: dev.srs; then all files are the user's
    ./halocline srs create -k "$1" --unsafe-dev-srs -o dev.srs -q >/dev/null
    chown -R nobody .
}
user() { setpriv --reuid=nobody --regid=nogroup --clear-groups env HOME="$work/home" HALOCLINE="$work/halocline" "$@"; }

submit() { # submit OUT [OPTION OF SBATCH...] -- [OPTION OF PROVE...]: sets job and log
    local out=$1 options=()
    shift
    while [ "$1" != -- ]; do options+=("$1"); shift; done
    shift
    job=$(user sbatch --parsable --nodes=2 ${options[@]+"${options[@]}"} prove.sbatch "${model:-model.tflite}" input.npy "$out" dev.srs "$@")
    log=halocline-$job.log
}
state() { scontrol show job "$job" | sed -n 's/^ *JobState=\([A-Z]*\).*/\1/p'; }
result() { # of the job, when it has ended: state, exit code and signal
    local i
    for ((i = 0; i < 1200; i++)); do
        [[ $(state) =~ ^(PENDING|RUNNING|COMPLETING|CONFIGURING)$ ]] || break
        sleep 0.1
    done
    scontrol show job "$job" | sed -n 's/^ *JobState=\([A-Z]*\).*/\1/p; s/.* ExitCode=\([0-9:]*\)$/\1/p' | paste -sd' '
}
ends() { # ends PATTERN: of the result
    local got
    got=$(result)
    cp "$log" stderr 2>/dev/null || true
    [[ $got =~ ^(${1//\*/.*})$ ]] || fail "job $job: $got, expected $1"
}
says() { grep -qE -- "$1" "$log" || { cp "$log" stderr; fail "'$1' not in the job's log"; }; }
reaches() { # reaches PHASE: wait until the job's log has it
    local i
    for ((i = 0; i < 3000; i++)); do
        ! grep -qE "^[0-9:]{8} $1 " "$log" 2>/dev/null || return 0
        sleep 0.02
    done
    cp "$log" stderr
    fail "the job does not get to '$1'"
}
is_complete() { # is_complete OUT [HOSTS]: a proof by both nodes, or by HOSTS, and nothing of a checkpoint is left
    local hosts=${2:-"['n1', 'n2']"}
    [ ! -e "$1.checkpoint" ] || fail "a finished proof leaves $(ls "$1.checkpoint")"
    [ "$(json "$1.status.json" 'd["verdict"], d["exit_code"], d["proof"]')" = "('proved', 0, '$1/proof.bin')" ] || fail "$(cat "$1.status.json")"
    expect 0 accepted ./halocline verify "$1/vk.hcl" "$1/proof.bin" "$1/public.json"
    [ "$(json "$1/report.json" '[r["host"] for r in d["costs"]["ranks"]]')" = "$hosts" ] || fail "$1 was not made on $hosts"
    no_leftovers "$1"
}
is_continued() { # is_continued OUT AS: after one restart from a checkpoint the bytes of the proof in folder AS
    [ "$(restarts)" = 1 ] || fail "started again $(restarts) times"
    [ "$(json "$1/report.json" 'd.get("resumed_after_rounds", 0) >= 1')" = True ] || fail "nothing was resumed"
    cmp "$2/proof.bin" "$1/proof.bin" || fail "a proof that was continued has other bytes"
}
restarts() { scontrol show job "$job" | sed -n 's/.*Restarts=\([0-9]*\).*/\1/p'; }
