#!/usr/bin/env bash
# An auditor who believes nobody: what a key says about itself is checked against what it shows, another key is
# refused by its id, and files of another format or version are not taken for what they are not.
. "$SOURCE/tests/cli/lib.sh" || exit 2
digits=$SOURCE/examples/digits
model=$digits/model.tflite input=$digits/input.npy
export HALOCLINE_CACHE=$work/cache
prove() { expect 0 "proved and verified" "$HALOCLINE" prove "$@" --unsafe-dev-srs; }
verify() { expect "$1" "$2" "$HALOCLINE" verify "${@:3}"; }

prove "$model" "$input" -o private
! grep -q "x0a" stdout || fail "a line end was escaped"
prove "$model" "$input" -o public --visibility input=public,weights=public
prove "$model" "$input" -o input --visibility input=public,output=private

# The answer shows what was claimed and what it means.
verify 0 "^output '.*': 10 values, the largest is element [0-9], 0\.[0-9]+: ([0-9.e-]+, ){6}\.\.\.$" private/vk.hcl private/proof.bin private/public.json
grep -q "^learned of the weights: only the architecture" stdout || fail "what is learned of the weights"
grep -q "^learned of the input: nothing" stdout || fail "what is learned of the input"
verify 0 "^input '.*': 64 values" public/vk.hcl public/proof.bin public/public.json
grep -q "^learned of the weights: all of them" stdout || fail "what is learned of public weights"

# A key's own words: each lie about a mode, in both directions, and words that are no mode.
python3 - <<'PY'
import vkfile
keys = {"private": dict(input="private", output="public", weights="private"),
        "public": dict(input="public", output="public", weights="public"),
        "input": dict(input="public", output="private", weights="private")}
for name, modes in keys.items():
    for what, mode in modes.items():
        def lie(meta):
            assert meta["visibility"] == modes
            meta["visibility"][what] = "public" if mode == "private" else "private"
        vkfile.edit_meta(f"{name}/vk.hcl", f"lie-{name}-{what}.hcl", lie)
def edits(name, edit):
    vkfile.edit_meta("private/vk.hcl", name + ".hcl", edit)
edits("mode", lambda m: m["visibility"].update(input="secret\x1b"))
edits("none", lambda m: m.pop("visibility") and None)
edits("role", lambda m: m["public"][0].update(role="weights"))
edits("format", lambda m: m.update(format="halocline-circuit"))
edits("version", lambda m: m.update(version=2))
edits("list", lambda m: [m])
edits("tensors", lambda m: m.update(public={"role": "output"}))
edits("apart", lambda m: m["public"].append({**m["public"][0]}))
edits("hole", lambda m: m["public"][0].update(first_row=1))
edits("column", lambda m: m["public"][0].update(column=1))
PY
for name in private public input; do
    for what in input output weights; do
        verify 2 "says that $what is (public|private), but" lie-$name-$what.hcl $name/proof.bin $name/public.json
    done
done
verify 2 "says that input is 'secret.x1b', which is no visibility" mode.hcl private/proof.bin private/public.json
verify 2 "says that input is '', which" none.hcl private/proof.bin private/public.json
verify 2 "role 'weights'" role.hcl private/proof.bin private/public.json
verify 2 "format 'halocline-circuit', expected 'halocline-vk-meta'" format.hcl private/proof.bin private/public.json
verify 2 "version 2, expected 1" version.hcl private/proof.bin private/public.json
for name in list tensors apart hole column; do
    verify 2 "" $name.hcl private/proof.bin private/public.json
done
# A key that binds weights, but whose binding gate is off in every row.
python3 - <<'PY'
import json, vkfile
flags, s = vkfile.read("public/vk.hcl")
circuit, vk = json.loads(s[0]), bytearray(s[1])
on = next(g for g in circuit["gates"] if g["name"] == "public weights")["polys"][0][1]
assert on[0] == "fixed"
vk[10 + 64 * on[1]:10 + 64 * on[1] + 64] = bytes(64)
vkfile.write("off.hcl", flags, [s[0], bytes(vk), s[2], s[3]])
PY
verify 2 "says that weights is public, but no gate" off.hcl public/proof.bin public/public.json

# Only the key that is asked for.
expect 0 "" "$HALOCLINE" inspect private/vk.hcl --json
id=$(json stdout 'd["vk_id"]')
verify 0 "accepted under key $id" private/vk.hcl private/proof.bin private/public.json --id "$id"
verify 0 "accepted under key $id" private/vk.hcl private/proof.bin private/public.json --id "${id^^}"
other=0$(cut -c2- <<<"$id")
[ "$other" != "$id" ] || other=1$(cut -c2- <<<"$id")
verify "$false_claim" "rejected .*'private/vk.hcl' is another key: its id is $id" private/vk.hcl private/proof.bin private/public.json --id "$other"
verify "$false_claim" "" private/vk.hcl private/proof.bin private/public.json --id "$other" --json
[ "$(json stdout 'd["valid"], "another key" in d["reason"], "verifier_learns" in d')" = "(False, True, False)" ] || fail "--id --json"
for bad in "" "${id:1}" "${id}0" "${id:1}g"; do
    verify 2 "bad key id" private/vk.hcl private/proof.bin private/public.json --id "$bad"
done

# A model's file may be called anything: the key is the same.
mkdir renamed && cp "$model" "renamed/bank vault.tflite" && cp "$digits/calibration.npy" renamed/
for visibility in weights=private weights=public; do
    expect 0 "" "$HALOCLINE" keygen "$model" --unsafe-dev-srs -o a.hcl --visibility $visibility
    expect 0 "" "$HALOCLINE" keygen "renamed/bank vault.tflite" --unsafe-dev-srs -o b.hcl --visibility $visibility
    cmp a.hcl b.hcl || fail "the key depends on the name of the model's file"
done
prove "renamed/bank vault.tflite" "$input" -o renamed/out
[ "$(json renamed/out/report.json 'd["model"]["name"]')" = "bank vault.tflite" ] || fail "the report does not name the model"

# public.json says what it is.
for edit in 'd["format"] = "halocline-report"' 'd["version"] = 2' 'd["version"] = "1"' 'del d["format"]' 'del d["version"]'; do
    python3 - "$edit" <<'PY'
import json, sys
d = json.load(open("private/public.json"))
exec(sys.argv[1])
json.dump(d, open("public.json", "w"))
PY
    verify 2 "'public.json' has (format|version)" private/vk.hcl private/proof.bin public.json
    expect 2 "'public.json' has (format|version)" "$HALOCLINE" inspect public.json
done
