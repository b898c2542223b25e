#!/usr/bin/env bash
# usage: team.sh MODEL... (of tests/conformance/zoo)
# Ranks compute the witness and judge it together, each with its own weights: the same bytes and the same judgement on any
# number of ranks, for networks with the kinds of blocks there are.
. "$SOURCE/tests/cli/lib.sh" || exit 2
zoo=$SOURCE/tests/conformance/zoo
digits=$SOURCE/examples/digits
export HALOCLINE_CACHE=$work/cache
# same FOLDER RANKS ARGUMENT...
same() {
    local from=$1 ranks=$2 options=(--unsafe-dev-srs --seed 7 --weight-seed seed -q --accept-error "${@:3}")
    "$HALOCLINE" prove "$from/model.tflite" "$from/input.npy" "${options[@]}" -o one >/dev/null || fail "$from on one rank"
    for n in $ranks; do
        expect 0 "" $MPIRUN -n $n "$HALOCLINE" prove "$from/model.tflite" "$from/input.npy" "${options[@]}" -o some
        cmp one/vk.hcl some/vk.hcl || fail "$from on $n ranks: another key"
        cmp one/proof.bin some/proof.bin || fail "$from on $n ranks: another proof"
        python3 - <<'PY' || fail "$from on $n ranks: judged otherwise"
import json
one, some = (json.load(open(f"{folder}/report.json")) for folder in ("one", "some"))
assert one["accuracy"] == some["accuracy"] and one["accuracy"]["worst_error"] > 0
errors = [[{k: v for k, v in layer.items() if "error" in k} for layer in r["layers"]] for r in (one, some)]
assert errors[0] == errors[1] and any(errors[0])
PY
    done
}

same "$digits" "2 3 7"
same "$digits" 3 --visibility weights=private
same "$digits" 2 --visibility weights=public
for model in "$@"; do
    same "$zoo/$model" "2 3"
done
