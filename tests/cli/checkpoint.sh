#!/usr/bin/env bash
# What a checkpoint says, what it hides, and whom it refuses: another input, model, SRS, key or seed, damage of any
# kind; and what happens when it cannot be written.
. "$SOURCE/tests/cli/lib.sh" || exit 2
digits=$SOURCE/examples/digits
export HALOCLINE_CACHE=$work/cache
cp "$digits"/{model.tflite,input.npy,calibration.npy} .
prove=("$HALOCLINE" prove model.tflite input.npy --unsafe-dev-srs -q)
"${prove[@]}" --seed 3 -o whole >/dev/null

stopped() { # stopped DIR [OPTION OF PROVE...]: a job that is asked to stop after the quotient, on two ranks
    local folder=$1
    shift
    export FATE_RANK=1 FATE_ROUND=4 FATE_LATER=0 FATE_SIGNAL=10
    code=0
    LD_PRELOAD=$FATE $MPIRUN -n 2 -x LD_PRELOAD -x FATE_RANK -x FATE_ROUND -x FATE_LATER -x FATE_SIGNAL "${prove[@]}" -o none \
        --checkpoint "$folder" --checkpoint-every-round "$@" >stdout 2>stderr || code=$?
    [ $code = "${expected:-75}" ] || fail "exit code $code, expected ${expected:-75}"
    [ -z "$(ls none 2>/dev/null)" ] || fail "a job that was stopped leaves $(ls none)"
}
refuse() { # refuse PATTERN COMMAND...: with 2, and the checkpoint as it was
    local before
    before=$(cat kept/* | cksum)
    expect 2 "$@"
    [ "$(cat kept/* | cksum)" = "$before" ] || fail "a refusal changes the checkpoint"
    [ -z "$(ls none 2>/dev/null)" ] || fail "a refusal leaves $(ls none)"
}
resume=("${prove[@]}" -o none --resume kept)

# Which options go together.
expect 2 "exclude each other" "${prove[@]}" --checkpoint a --resume a
expect 2 "where are the checkpoints" "${prove[@]}" --checkpoint-every-round
expect 2 "no checkpoint in 'nowhere'" "${prove[@]}" -o none --resume nowhere
expect 2 "checkpoint-key FILE" "${prove[@]}" --no-cache --visibility weights=public -o none --checkpoint kept
expect 2 "may not lie beside them" "${prove[@]}" -o none --checkpoint kept --checkpoint-key kept/key
rm -r kept

# It is a proof's, not anybody's: refused with another one.
stopped kept --seed 3
[ "$(stat -c %a cache/checkpoint.key kept/* | sort -u)" = 600 ] || fail "others may read $(ls -l cache/checkpoint.key kept)"
[ "$(ls kept | wc -l)" = 3 ] || fail "expected a checkpoint and two files of pieces: $(ls kept)"
expect 0 "" "$HALOCLINE" inspect kept/checkpoint.hcl --json
[ "$(json stdout 'd["kind"], d["after_round"], d["rounds_done"], d["ranks"], d["files_of_pieces"], d["seeded"]')" = "('checkpoint', 'quotient', 5, 2, 2, True)" ] ||
    fail "inspect: $(cat stdout)"
refuse "--resume goes on with it" "${prove[@]}" --seed 3 -o none --checkpoint kept
python3 - <<'PY'
import struct
b = bytearray(open("input.npy", "rb").read())
b[-4:] = struct.pack("<f", 0.5)
open("other.npy", "wb").write(b)
PY
refuse "an input that is not this one" "$HALOCLINE" prove model.tflite other.npy --unsafe-dev-srs -q -o none --resume kept --seed 3 --accept-error
for options in "--visibility=input=public" "--visibility=weights=public" "--lanes=3" "--key-proofs=7"; do
    refuse "a circuit that is not this one" "${resume[@]}" --seed 3 "$options"
done
"$HALOCLINE" srs create -k 14 --unsafe-dev-srs -o other.srs -q >/dev/null
refuse "an SRS that is not this one" "$HALOCLINE" prove model.tflite input.npy --srs other.srs -q -o none --resume kept --seed 3
refuse "made with a seed" "${resume[@]}"
refuse "made with another or no seed" "${resume[@]}" --seed 4
refuse "no key of checkpoints 'missing'" "${resume[@]}" --seed 3 --checkpoint-key missing
head -c 32 /dev/urandom >random && printf HCLCKEY1 | cat - random >other.key && chmod 600 other.key
refuse "not what was sealed with this key" "${resume[@]}" --seed 3 --checkpoint-key other.key
refuse "is no key of checkpoints" "${resume[@]}" --seed 3 --checkpoint-key model.tflite

# Nothing secret is in it: neither the root of the random values, nor the input's hash, nor the proof so far.
python3 - <<'PY'
import glob, hashlib
root = hashlib.blake2b((3).to_bytes(8, "little"), digest_size=32).digest()
key = open("cache/checkpoint.key", "rb").read()[8:]
proof = open("whole/proof.bin", "rb").read()
for name in glob.glob("kept/*"):
    b = open(name, "rb").read()
    for secret in [root, key] + [proof[i : i + 16] for i in range(0, len(proof), 16)]:
        assert secret[:16] not in b and secret.hex()[:16].encode() not in b, name
PY

# Damage: cut anywhere, any part changed, files of other checkpoints, a file missing. Then it is as good as before.
cp -r kept good
stopped foreign --seed 3
damage() { refuse "$1" "${resume[@]}" --seed 3; rm -r kept; cp -r good kept; }
pieces=($(cd good && ls pieces-*)) others=($(cd foreign && ls pieces-*))
for file in checkpoint.hcl "${pieces[@]}"; do
    for cut in 0 7 8 30 100 -1; do
        head -c "$cut" "good/$file" >"kept/$file"
        damage "'kept/$file'"
    done
    size=$(stat -c %s "good/$file")
    for at in 3 10 40 $((size / 3)) $((size / 2)) $((size - 1)); do
        change "good/$file" "$at" 4 >"kept/$file"
        damage "'kept/$file'"
    done
done
cp foreign/checkpoint.hcl kept/ && damage "'kept/${others[0]}' of the checkpoint is not there"
cp "foreign/${others[1]}" "kept/${pieces[1]}" && damage "'kept/${pieces[1]}' belongs to another checkpoint"
cp "good/${pieces[0]}" "kept/${pieces[1]}" && damage "'kept/${pieces[1]}' belongs to another checkpoint"
rm "kept/${pieces[0]}" && damage "'kept/${pieces[0]}' of the checkpoint is not there"
expect 0 "" "${resume[@]}" --seed 3
cmp none/proof.bin whole/proof.bin || fail "other bytes after refusals"
rm -r none

# Private weights are in no circuit: a model with others is refused by its own.
stopped kept --visibility weights=private
python3 - <<'PY'
b = bytearray(open("model.tflite", "rb").read())
for i in range(len(b) // 2 & ~3, (len(b) // 2 & ~3) + 400, 4):
    b[i + 2] ^= 0x20  # weights, a quarter more or less
open("near.tflite", "wb").write(b)
PY
code=0
"$HALOCLINE" prove near.tflite input.npy --unsafe-dev-srs -q -o none --resume kept --visibility weights=private --calibrate calibration.npy 2>stderr || code=$?
[ $code = 2 ] && grep -qE "whose private weights are not these|a circuit that is not this one" stderr || fail "another model: $code"
expect 0 "" "${resume[@]}" --visibility weights=private
expect 0 accepted "$HALOCLINE" verify none/vk.hcl none/proof.bin none/public.json
rm -r none

# A proof whose key counts its proofs is counted once.
before=$(cat cache/weight.seed.proofs)
stopped kept
[ "$(cat cache/weight.seed.proofs)" != "$before" ] || fail "a proof is not counted when it begins"
before=$(cat cache/weight.seed.proofs)
expect 0 "" "${resume[@]}"
[ "$(cat cache/weight.seed.proofs)" = "$before" ] || fail "a resumed proof is counted again"
expect 0 accepted "$HALOCLINE" verify none/vk.hcl none/proof.bin none/public.json
rm -r none

# No room: before the work an error; in its middle a warning, and the earlier checkpoint stays.
full() { bash -o pipefail -c '(ulimit -f "$1"; shift; exec "$@") 2>&1 | cat' _ "$@"; } # what it says is no file
expect 3 "cannot write 'kept/checkpoint.hcl'" full 0 "${prove[@]}" --visibility weights=public -o none --checkpoint kept
no_leftovers kept
[ -z "$(find none kept -type f)" ] || fail "an error leaves $(ls none kept)"
expect 3 "cannot make the folder" "${prove[@]}" -o none --checkpoint /proc/none/kept
expect 0 "warning: no checkpoint of round 'quotient', the earlier one stays: .*cannot write 'kept/pieces-" \
    full 1000 "${prove[@]}" -o none --checkpoint kept --checkpoint-every-round
[ "$(grep -c "warning: no checkpoint" stdout)" = 1 ] || fail "more than one warning"
[ ! -e kept ] || fail "a finished proof leaves $(ls kept)"
expect 0 accepted "$HALOCLINE" verify none/vk.hcl none/proof.bin none/public.json
rm -r none
printf '#!/bin/bash\nulimit -f 500\nexec "%s" "$@"\n' "$HALOCLINE" >limited && chmod +x limited
prove[0]=./limited
expected=3 stopped kept --seed 3
grep -q "stopped as asked, but there is no checkpoint of round 'quotient', only an earlier one" stderr || fail "no word of the earlier one"
no_leftovers kept
[ "$(ls kept)" = checkpoint.hcl ] || fail "a failed checkpoint leaves $(ls kept)"
prove[0]=$HALOCLINE
expect 0 "" "${prove[@]}" --seed 3 -o none --resume kept
cmp none/proof.bin whole/proof.bin || fail "other bytes from the earlier checkpoint"
[ "$(json none/report.json 'd["resumed_after_rounds"]')" = 4 ] || fail "it was not the earlier one"

# status.json of every end.
for case in "0:proved:input.npy" "2:bad input:model.tflite"; do
    IFS=: read -r code verdict input <<<"$case"
    expect "$code" "" "$HALOCLINE" prove model.tflite "$input" --unsafe-dev-srs -q -o ends --status sub/status.json
    [ "$(json sub/status.json 'd["state"], d["verdict"], d["exit_code"]')" = "('ended', '$verdict', $code)" ] || fail "$(cat sub/status.json)"
done
[ "$(json sub/status.json '"model.tflite" in d["message"], d["proof"]')" = "(True, None)" ] || fail "$(cat sub/status.json)"
expect 3 "/proc" "${prove[@]}" -o ends --status /proc/none/status.json
no_leftovers .
