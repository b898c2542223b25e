#!/usr/bin/env bash
# Help, exit codes and the common options of every command.
. "$SOURCE/tests/cli/lib.sh" || exit 2

expect 2 "Usage: halocline COMMAND" "$HALOCLINE"
expect 2 "unknown command 'prophesy'" "$HALOCLINE" prophesy
expect 0 "Usage: halocline COMMAND" "$HALOCLINE" -h
[ ! -s stderr ] || fail "help belongs on stdout"
expect 0 "^halocline [0-9]+\.[0-9]+" "$HALOCLINE" --version

# One table of exit codes: what the help says is what the documents say.
codes=$("$HALOCLINE" -h | sed -nE 's/^  ([0-9]+) +(.*)/\1 \2/p')
grep -q "^$false_claim the proof or claim is false$" <<<"$codes" || fail "exit codes: $codes"
for file in README.md docs/slurm.md; do
    grep -qF "${codes//$'\n'/, }" "$SOURCE/$file" || fail "$file does not say '${codes//$'\n'/, }'"
done

commands=$("$HALOCLINE" -h | awk '/^Exit codes/ {exit} /^  [a-z]/ {print $1}')
[ "$(wc -w <<<"$commands")" -ge 10 ] || fail "commands: $commands"
for command in $commands; do
    expect 0 "Usage: halocline $command" "$HALOCLINE" "$command" -h
    [ ! -s stderr ] || fail "help of $command belongs on stdout"
    # What the help of a command lists must be in the documentation, and the other way round.
    grep -q "halocline $command" "$SOURCE/README.md" || fail "README.md does not mention 'halocline $command'"
done
for command in prove verify compile plan keygen check run inspect; do
    expect 2 "" "$HALOCLINE" "$command"
    expect 2 "unrecognized option" "$HALOCLINE" "$command" --no-such-option x y z
    expect 2 "bad number of threads" "$HALOCLINE" "$command" x y z --threads many
    expect 2 "bad size" "$HALOCLINE" "$command" x y z --memory lots
done
for seed in -1 "" " 1" 1x 18446744073709551616; do
    expect 2 "bad seed" "$HALOCLINE" prove x y --seed="$seed"
done
for sub in import verify info create; do
    expect 0 "Usage: halocline srs $sub" "$HALOCLINE" srs "$sub" -h
done
expect 2 "unknown command 'halocline srs forge'" "$HALOCLINE" srs forge
expect 2 "cannot open 'nothing.tflite'" "$HALOCLINE" compile nothing.tflite

# A result that cannot be written is an error.
if [ -w /dev/full ]; then
    code=0
    "$HALOCLINE" inspect "$V/plain-gate/circuit.json" >/dev/full 2>stderr || code=$?
    [ $code = 3 ] || fail "exit code $code when stdout is full"
    code=0
    "$HALOCLINE" -h >/dev/full 2>stderr || code=$?
    [ $code = 3 ] && grep -q "cannot write" stderr || fail "exit code $code when help cannot be written"
fi

# One voice under several ranks.
expect 2 "cannot open 'nothing'" $MPIRUN -n 3 "$HALOCLINE" inspect nothing
[ "$(grep -c "cannot open" stderr)" = 1 ] || fail "three ranks said the same thing"
expect 2 "unknown command 'prophesy'" $MPIRUN -n 3 "$HALOCLINE" prophesy
[ "$(grep -c "unknown command" stderr)" = 1 ] || fail "three ranks said the same thing"
expect 0 "" $MPIRUN -n 3 "$HALOCLINE" --version
[ "$(wc -l <stdout)" = 1 ] || fail "three ranks said their version"
