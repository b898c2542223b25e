#!/bin/sh
# A rank dies in mid-run: the others must end within seconds, with a message and a failing exit code, and leave no file.
# usage: killed.sh PROGRAM
folder=$(mktemp -d) || exit 1
trap 'rm -rf "$folder"' EXIT
start=$(date +%s)
timeout 60 mpirun --allow-run-as-root --oversubscribe --bind-to none -n 3 "$1" "$folder/proof.bin" \
    >"$folder/out" 2>"$folder/err"
code=$?
seconds=$(($(date +%s) - start))
fail() {
    echo "$1"
    cat "$folder/err"
    exit 1
}
[ $code -ne 0 ] || fail "the run succeeded although a rank was killed"
[ $code -ne 124 ] || fail "the surviving ranks went on waiting"
[ $seconds -le 20 ] || fail "it took $seconds s to end"
# Open MPI 5 wraps its lines.
tr '\n' ' ' <"$folder/err" | grep -q "rank 2 .*signal 9" || fail "no message names the dead rank"
[ -z "$(ls "$folder" | grep proof)" ] || fail "a file was left behind: $(ls "$folder")"
echo "ended after $seconds s with code $code"
