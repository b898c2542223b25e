#!/usr/bin/env bash
# A rank that changes what it sends to the others: no proof is written, no key is kept in the cache, or what is
# written is right nevertheless.
. "$SOURCE/tests/cli/lib.sh" || exit 2
digits=$SOURCE/examples/digits
export HALOCLINE_CACHE=$work/cache
"$HALOCLINE" prove "$digits/model.tflite" "$digits/input.npy" --unsafe-dev-srs -o honest -q >/dev/null

# lie CALL: a job of three ranks; code, and what it has left in out and in the cache
lie() {
    rm -rf out cache/vk-*
    code=0
    LIAR_RANK=1 LIAR_CALL=$1 LD_PRELOAD=$LIAR timeout 120 $MPIRUN -n 3 -x LD_PRELOAD -x LIAR_RANK -x LIAR_CALL "$HALOCLINE" \
        prove "$digits/model.tflite" "$digits/input.npy" --unsafe-dev-srs -o out >stdout 2>stderr || code=$?
}

lie -1
[ $code = 0 ] || fail "the honest job"
messages=$(sed -n 's/^liar: \([0-9]*\) messages$/\1/p' stderr)
[ "$messages" -ge 20 ] || fail "only '$messages' messages are seen"
refused=0
for ((i = 0; i < messages; i += STEP)); do
    lie $i
    grep -q "^liar: rank 1 changes message $i " stderr || fail "message $i was not changed"
    if [ $code = 0 ]; then # what was changed was not used, or is in the report's figures
        expect 0 "accepted" "$HALOCLINE" verify honest/vk.hcl out/proof.bin honest/public.json
    else
        [[ $code =~ ^(2|3|$false_claim)$ ]] || fail "message $i: exit code $code"
        [ -z "$(ls out 2>/dev/null)" ] || fail "message $i: refused, but there is $(ls out)"
        [ -z "$(ls cache/vk-* 2>/dev/null)" ] || fail "message $i: a key is kept that no proof has confirmed"
        refused=$((refused + 1))
    fi
done
[ $refused -ge $((messages / STEP / 2)) ] || fail "only $refused changes had a consequence"
echo "$refused jobs refused to write what a lying rank had spoilt"
