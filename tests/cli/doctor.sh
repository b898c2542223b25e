#!/usr/bin/env bash
# The doctor's list, its exit codes, and what a shell can do to a process. Machines that do not exist: unit.cli.doctor.
. "$SOURCE/tests/cli/lib.sh" || exit 2
export HALOCLINE_CACHE=$work/cache

expect 0 "kernels: .*the kernels '" "$HALOCLINE" doctor --memory 64M
expect 0 "" "$HALOCLINE" doctor --memory 64M --json
[ "$(json stdout 'd["healthy"], sorted(c["check"] for c in d["checks"] if c["level"] == "failure")')" = "(True, [])" ] ||
    fail "not healthy: $(cat stdout)"
for check in kernels processors MPI NUMA "huge pages" memory disk cache SRS; do
    [ "$(json stdout "sum(c['check'] == '$check' for c in d['checks'])")" = 1 ] || fail "no check of $check"
done
[ "$(json stdout 'all((c["level"] == "ok") == (c["remedy"] == "") for c in d["checks"])')" = True ] || fail "a trouble without remedy"
[ ! -e cache ] || fail "the doctor wrote something"

# Each failure has exit code 3, text and object say the same.
expect 3 "failure  memory: " "$HALOCLINE" doctor --memory 90T
grep -q -e "-> say less with --memory" stdout || fail "no remedy"
expect 3 "" "$HALOCLINE" doctor --memory 90T --json
[ "$(json stdout 'd["healthy"], [c["check"] for c in d["checks"] if c["level"] == "failure"]')" = "(False, ['memory'])" ] ||
    fail "another failure: $(cat stdout)"
head -c 5000 /dev/zero >noise
expect 3 "failure  SRS: 'noise': 'noise' is not an SRS" "$HALOCLINE" doctor --memory 64M --srs noise
expect 0 "ok       SRS: .*2.4 points, consistent" "$HALOCLINE" doctor --memory 64M --srs "$V/srs/k4.raw"
expect 0 "warning  SRS: a development SRS" "$HALOCLINE" doctor --memory 64M --unsafe-dev-srs
# Warnings.
expect 0 "warning  kernels: .*'portable'" env HALOCLINE_CPU=portable "$HALOCLINE" doctor --memory 64M
expect 0 "warning  cache: there is none" "$HALOCLINE" doctor --memory 64M --no-cache
touch plain
expect 0 "warning  cache: 'plain/x' cannot be written" "$HALOCLINE" doctor --memory 64M --cache plain/x
expect 0 "warning  MPI: mpirun is not found" env PATH=/nowhere "$HALOCLINE" doctor --memory 64M
if [ "$(nproc)" -gt 1 ]; then
    first=$(taskset -cp $$ | sed 's/.*: //; s/[-,].*//')
    expect 0 "warning  processors: 1 of" taskset -c "$first" "$HALOCLINE" doctor --memory 64M
fi
if [ -z "${SANITIZED:-}" ]; then # which reserves terabytes of it
    expect 3 "address space" bash -c 'ulimit -v 8000000; exec "$HALOCLINE" doctor --memory 9G'
fi
expect 2 "" "$HALOCLINE" doctor something
