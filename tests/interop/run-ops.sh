#!/usr/bin/env bash
# usage: run-ops.sh SEED [PATTERN...]
# A third of the models of one operator (tests/conformance/ops), drawn by SEED ("today": by the date; "none": no third), and
# those whose name fits a pattern, before the real verifier: each is proved, the real keygen makes the same key of the exported circuit, the real verifier accepts the proof
# and refuses it with one bit changed.
. "$SOURCE/tests/cli/lib.sh" || exit 2
seed=$1
shift
[ "$seed" != today ] || seed=$(date -u +%Y%m%d)
export HALOCLINE_CACHE=$work/cache
mapfile -t cases < <(python3 - "$SOURCE/tests/conformance/ops" "$seed" "$@" <<'PY'
import fnmatch, pathlib, random, sys
import npy
folder = pathlib.Path(sys.argv[1])
names = sorted(p.stem for p in folder.glob("*.tflite"))
drawn = set() if sys.argv[2] == "none" else set(random.Random(sys.argv[2]).sample(names, -(-len(names) // 3)))
for pattern in sys.argv[3:]:
    fit = fnmatch.filter(names, pattern)
    assert fit, f"no model fits '{pattern}'"
    drawn |= set(fit)
for name in sorted(drawn):
    npy.first(1, folder / f"{name}.in.npy", f"{name}.npy")
    print(name)
PY
)
[ ${#cases[@]} -gt 250 ] || [ "$seed" = none ] && [ ${#cases[@]} -gt 0 ] || fail "only ${#cases[@]} models were drawn"
# Of one model; what is printed is what is wrong. Short tables keep the circuit small; where no value of a comparison is right
# with them, longer ones. What falls out otherwise on an input near a tie is said: --accept-error.
judge() {
    local name=$1 folder=$SOURCE/tests/conformance/ops out=run-$1 code=0 bits options
    for bits in 10 15; do
        options=(--calibrate "$folder/$name.in.npy" --accuracy 1 --table-bits $bits --weight-seed weight.seed)
        "$HALOCLINE" prove "$folder/$name.tflite" "$name.npy" -o "$out" "${options[@]}" --accept-error --unsafe-dev-srs --threads 1 \
            --no-report -q >"$out.log" 2>&1 && break
        [ $bits = 10 ] && grep -q "accurate enough" "$out.log" || { echo "$name is not proved: $(tail -1 "$out.log")"; return; }
    done
    "$HALOCLINE" export circuit "$folder/$name.tflite" -o "$out/circuit.json" "${options[@]}" -q >"$out.log" 2>&1 &&
        "$HALOCLINE" export vk "$out/vk.hcl" -o "$out/vk.raw" >>"$out.log" 2>&1 || { echo "$name: $(tail -1 "$out.log")"; return; }
    srs=srs-$(json "$out/circuit.json" 'd["k"]').raw
    "$HALO2_CHECK" vk "$out/circuit.json" "$srs" --out "$out/real" >/dev/null 2>&1 && cmp -s "$out/vk.raw" "$out/real/vk.raw" ||
        { echo "$name: the real keygen makes another key"; return; }
    "$HALO2_CHECK" verify "$out/circuit.json" "$srs" "$out/public.json" "$out/proof.bin" --vk "$out/real/vk.raw" >"$out.log" 2>&1 ||
        { echo "$name: the real verifier says $(cat "$out.log")"; return; }
    python3 -c 'import sys
d = bytearray(open(sys.argv[1], "rb").read()); d[len(d) // 2] ^= 1; open(sys.argv[2], "wb").write(d)' "$out/proof.bin" "$out/changed.bin"
    "$HALO2_CHECK" verify "$out/circuit.json" "$srs" "$out/public.json" "$out/changed.bin" --vk "$out/real/vk.raw" >"$out.log" 2>&1 || code=$?
    [ $code = 1 ] || echo "$name: a changed proof is not refused: $(cat "$out.log")"
    rm -rf "$out"
}
# What all share is made before they run side by side.
mkdir "$HALOCLINE_CACHE"
for k in 8 9 10 11 12 13 14 15 16 17; do
    expect 0 "" "$HALOCLINE" srs create -k "$k" -o "$HALOCLINE_CACHE/unsafe-dev-k$k.srs" --unsafe-dev-srs -q
    expect 0 "" "$HALOCLINE" export srs "$HALOCLINE_CACHE/unsafe-dev-k$k.srs" -o "srs-$k.raw"
done
judge "${cases[0]}" >wrong
export -f judge json python3
export SOURCE HALOCLINE HALO2_CHECK
printf '%s\n' "${cases[@]:1}" | xargs -P 2 -I{} bash -c 'judge {}' >>wrong
[ ! -s wrong ] || fail "of ${#cases[@]} models drawn by $seed: $(cat wrong)"
echo "${#cases[@]} models drawn by $seed: proved and accepted, and refused after a change"
