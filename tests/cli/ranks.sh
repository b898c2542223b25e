#!/usr/bin/env bash
# Ranks that were told different things: every one of them ends, and one message names them and what differs.
. "$SOURCE/tests/cli/lib.sh" || exit 2
digits=$SOURCE/examples/digits
prove=("$HALOCLINE" prove "$digits/model.tflite" "$digits/input.npy" --unsafe-dev-srs --no-cache --visibility weights=private -q)
# disagree PATTERN ARGUMENT...: as expect, of a job that must not hang; exit code 2
disagree() {
    local pattern=$1
    shift
    expect 2 "$pattern" timeout -k 1 60 $MPIRUN "$@"
    [ "$(grep -c "^halocline: " stderr)" = 1 ] || fail "more or less than one message of halocline"
    [ ! -e out ] || fail "ranks that disagree leave something"
}

disagree "rank 1: another command line.*argument 11 is '--no-such-option', expected nothing" \
    -n 1 "${prove[@]}" -o out : -n 1 "${prove[@]}" -o out --no-such-option
disagree "ranks 1, 2: .*argument 11 is nothing, expected '--json'" -n 1 "${prove[@]}" -o out --json : -n 2 "${prove[@]}" -o out
disagree "ranks 1, 2: .*argument 10 is 'other', expected 'out'" -n 1 "${prove[@]}" -o out : -n 2 "${prove[@]}" -o other
disagree "rank 2: .*argument 1 is '-h', expected 'prove'" -n 2 "${prove[@]}" -o out : -n 1 "$HALOCLINE" -h
disagree "rank 1: .*argument 1 is 'inspect', expected 'prove'" -n 1 "${prove[@]}" -o out : -n 1 "$HALOCLINE" inspect "$digits/model.tflite"
disagree "ranks 1, 2: .*argument 1 is 'prove', expected nothing" -n 1 "$HALOCLINE" : -n 2 "${prove[@]}" -o out
# The same words, read differently.
expect 3 "reading of the command line differs" timeout -k 1 60 $MPIRUN -n 1 "${prove[@]}" -o out --json : \
    -n 1 -x POSIXLY_CORRECT=1 "${prove[@]}" -o out --json
# The program's own path may differ: nodes may have it in different places.
ln -s "$HALOCLINE" elsewhere
expect 0 "" $MPIRUN -n 1 "${prove[@]}" -o out : -n 1 ./elsewhere "${prove[@]:1}" -o out
expect 0 accepted "$HALOCLINE" verify out/vk.hcl out/proof.bin out/public.json

# A process that is started alone does not start MPI, whatever started it. (Of a broken MPI it would die.)
alone() { expect "$1" "" env OMPI_MCA_pml=none OMPI_MCA_orte_base_help_aggregate=0 "${@:2}"; }
for launcher in "OMPI_COMM_WORLD_SIZE=1" "PMI_RANK=0 PMI_SIZE=1 PMI_FD=99" "PMIX_RANK=0 SLURM_STEP_NUM_TASKS=1"; do
    alone 0 $launcher "$HALOCLINE" verify out/vk.hcl out/proof.bin out/public.json
    alone 0 $launcher "$HALOCLINE" -h
    alone 0 $launcher "${prove[@]}" -o out
done
expect 0 accepted $MPIRUN -n 1 "$HALOCLINE" verify out/vk.hcl out/proof.bin out/public.json
# A verdict is told from the launcher's own trouble, however many ranks there are.
python3 -c 'b = bytearray(open("out/proof.bin", "rb").read()); b[-32:] = b[:32]; open("wrong.bin", "wb").write(b)'
for ranks in 1 2; do
    expect "$false_claim" rejected $MPIRUN -n $ranks "$HALOCLINE" verify out/vk.hcl wrong.bin out/public.json
done

# Work that is repeated by another rank takes one, and changes nothing.
expect 2 "by another rank, and there is one only" "${prove[@]}" --paranoid -o none
for percent in 0 101 some; do expect 2 "bad percentage '$percent'" "${prove[@]}" --paranoid=$percent -o none; done
again=("$HALOCLINE" prove "$digits/model.tflite" "$digits/input.npy" --unsafe-dev-srs --cache cache --seed 9 -q)
expect 0 "" $MPIRUN -n 2 "${again[@]}" -o once
expect 0 "" $MPIRUN -n 2 "${again[@]}" --paranoid=50 -o twice
cmp once/proof.bin twice/proof.bin || fail "a proof is another when some of its work is repeated"
[ "$(json twice/report.json 'any(q["name"] == "repeat" for q in d["costs"]["phases"])')" = True ] || fail "nothing was repeated"
