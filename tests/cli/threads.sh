#!/usr/bin/env bash
# Threads and memory that a machine or its control groups do not have are not taken.
. "$SOURCE/tests/cli/lib.sh" || exit 2
unset OMP_NUM_THREADS
digits=$SOURCE/examples/digits
prove=("$HALOCLINE" prove "$digits/model.tflite" "$digits/input.npy" --unsafe-dev-srs --cache cache --json -q -o out)
given() { json out/report.json 'd["threads_per_rank"]'; } # threads of the last proof
here=$(nproc)

expect 0 "" "${prove[@]}"
[ ! -s stderr ] && [ "$(given)" -le "$here" ] || fail "$(given) threads on $here processors"
expect 0 "warning: [0-9]+ threads? instead of 2000: .*--force-threads" "${prove[@]}" -t 2000
[ "$(given)" = "$here" ] || fail "$(given) threads on $here processors"
expect 0 "" "${prove[@]}" -t $((here + 1)) --force-threads
[ ! -s stderr ] && [ "$(given)" = $((here + 1)) ] || fail "$(given) threads, forced to $((here + 1))"
OMP_NUM_THREADS=2000 expect 0 "" "${prove[@]}"
[ "$(given)" = "$here" ] || fail "OMP_NUM_THREADS=2000: $(given) threads on $here processors"

# In real control groups, where they may be made. unit.sys.cgroup has all kinds of them on made-up systems.
group= tried=none
leave() { [ -z "$group" ] || rmdir "$group" || sleep 1 && rmdir "$group" 2>/dev/null || true; cleanup; }
trap leave EXIT
within() { (echo "$BASHPID" >"$group/cgroup.procs"; exec "$@"); }
enter() { # enter FOLDER FILE TEXT: a group below FOLDER with this limit; false if it cannot be
    [ "$(id -u)" = 0 ] && [ -e "$1/cgroup.procs" ] && mkdir "$1/halocline-$$" 2>/dev/null || return 1
    group=$1/halocline-$$
    (echo "$3" >"$group/$2") 2>/dev/null && within true 2>/dev/null && return 0
    rmdir "$group"
    group=
    return 1
}
if enter /sys/fs/cgroup/cpu cpu.cfs_quota_us 20000 || enter /sys/fs/cgroup cpu.max "20000 100000"; then
    tried="CPU quota"
    expect 0 "warning: 1 thread instead of 200: .*0.2 " within "${prove[@]}" -t 200
    [ "$(given)" = 1 ] || fail "$(given) threads with a fifth of a processor"
    rmdir "$group"
fi
if enter /sys/fs/cgroup/memory memory.limit_in_bytes 30M || enter /sys/fs/cgroup memory.max 30M; then
    tried="$tried, memory"
    refused="takes [0-9]* MB of each at least, and has [0-9]* .--memory"
    # A sanitizer's own memory leaves none to compile in.
    [ -z "${SANITIZED:-}" ] || refused="takes [0-9.]* MB at least, and there are [0-9.]* .--memory"
    expect 3 "$refused" within "${prove[@]}" --no-cache --visibility weights=private
    rmdir "$group"
fi
group=
echo "control groups that could be made here: $tried"
