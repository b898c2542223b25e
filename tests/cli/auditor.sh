#!/usr/bin/env bash
# An auditor who believes nobody: what a key says about itself is checked against what it shows, another key is
# refused by its id, and files of another format or version are not taken for what they are not.
. "$SOURCE/tests/cli/lib.sh" || exit 2
digits=$SOURCE/examples/digits
model=$digits/model.tflite input=$digits/input.npy
export HALOCLINE_CACHE=$work/cache
prove() { expect 0 "proved and verified" "$HALOCLINE" prove "$@" --unsafe-dev-srs; }
verify() { expect "$1" "$2" "$HALOCLINE" verify "${@:3}"; }

prove "$model" "$input" -o private --visibility weights=private
! grep -q "x0a" stdout || fail "a line end was escaped"
prove "$model" "$input" -o public --visibility input=public,weights=public
prove "$model" "$input" -o input --visibility input=public,output=private,weights=private

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
# A key with fixed weights, which are read in no row.
python3 - <<'PY'
import json, vkfile
flags, s = vkfile.read("public/vk.hcl")
circuit, vk = json.loads(s[0]), bytearray(s[1])
on = next(g for g in circuit["gates"] if g["name"] == "weights")["polys"][0][1][1][1]
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

# Who trusts a circuit and an SRS has the key made again from them: fixed values, copies, constraints, SRS, and how
# many public values the circuit reads.
expect 0 "" "$HALOCLINE" export circuit "$model" -o circuit.json --inline --visibility input=public,weights=public
k=$(json circuit.json 'd["k"]')
srs=cache/unsafe-dev-k$k.srs
audit() { # audit CODE PATTERN VK [CIRCUIT [SRS [PUBLIC]]]
    expect "$1" "$2" "$HALOCLINE" verify "$3" public/proof.bin "${6:-instances.json}" --circuit "${4:-circuit.json}" --srs "${5:-$srs}"
}
expect 0 "" "$HALOCLINE" export vk public/vk.hcl -o vk.raw
expect 0 "" "$HALOCLINE" export vk public/vk.hcl --format processed -o vk.processed
python3 -c 'import json; json.dump({"instances": json.load(open("public/public.json"))["instances"]}, open("instances.json", "w"))'
audit 2 "the key does not say what 'instances' mean" vk.raw circuit.json "$srs" public/public.json
audit 0 "that of the circuit" public/vk.hcl circuit.json "$srs" public/public.json
for key in public/vk.hcl vk.raw vk.processed; do
    audit 0 "accepted under key [0-9a-f]{64}, that of the circuit: .*UNSAFE" $key
    grep -qE "^output|^instance column 0: 74 values" stdout || fail "no values are shown"
done
# The same shape with other contents: another weight, a copy less, one from elsewhere, another table.
python3 - <<'PY'
import json
c = json.load(open("circuit.json"))
weights = next(g for g in c["gates"] if g["name"] == "weights")["polys"][0][1]  # on*D - on*U*(sum of weights)
on, last = weights[1][1][1], weights[2][1][2]
weight = (last if last[0] == "fixed" else last[2])[1]
def write(name, edit):
    d = json.loads(json.dumps(c))
    edit(d)
    json.dump(d, open(name + ".json", "w"))
row = next(i for i, v in enumerate(c["fixed"][on]) if v)
write("weight", lambda d: d["fixed"][weight].__setitem__(row, 6 if d["fixed"][weight][row] == 5 else 5))
write("off", lambda d: d["fixed"][on].__setitem__(row, 0))
write("fewer", lambda d: d["copies"].pop(0))
write("first", lambda d: d["fixed"][0].__setitem__(0, 1 - d["fixed"][0][0]))
write("none", lambda d: d.update(fixed=[[] for _ in d["fixed"]], copies=[]))
instance = len(c["permutation"]) - 1
assert c["permutation"][instance][0] == "instance"
write("unread", lambda d: d.update(copies=[p for p in d["copies"] if p[2:] != [instance, 73] and p[:2] != [instance, 73]]))
# constraint systems that differ in one thing
write("gate", lambda d: d["gates"][3]["polys"].__setitem__(0, ["neg", d["gates"][3]["polys"][0]]))
write("degree", lambda d: d.update(minimum_degree=5))
write("larger", lambda d: d.update(k=d["k"] + 1))
def swap_queries(d):
    q = [i for i, q in enumerate(d["queries"]) if q[0] == "advice"]
    d["queries"][q[0]], d["queries"][q[1]] = d["queries"][q[1]], d["queries"][q[0]]
write("queries", swap_queries)
write("order", lambda d: d["permutation"].reverse())

PY
expect 0 "" "$HALOCLINE" srs create -k $((k + 1)) --unsafe-dev-srs -o larger.srs
for key in public/vk.hcl vk.raw; do
    audit "$false_claim" "'$key' is not the key of 'first.json': fixed column 0 of the key does not hold the values" $key first.json
    audit "$false_claim" "'$key' is not the key of 'none.json': fixed column 0 of the key" $key none.json
    audit "$false_claim" "fixed column [0-9]+ of the key does not hold" $key weight.json
    audit "$false_claim" "fixed column [0-9]+ of the key does not hold" $key off.json
    audit "$false_claim" "column [0-9]+ of the key's permutation, advice column [0-9]+, does not hold the copies" $key fewer.json
done
audit "$false_claim" "gate 3, '[a-z -]+' in the circuit, is another one in the key" public/vk.hcl gate.json
audit "$false_claim" "the key has 4 as degree, the circuit 5" public/vk.hcl degree.json
audit "$false_claim" "advice query 0 reads column" public/vk.hcl queries.json
audit "$false_claim" "column 0 of the permutation is" public/vk.hcl order.json
# The other way round: a key made for other contents, and a proof under it that convinces, is not the circuit's.
expect 0 "" "$HALOCLINE" keygen off.json --srs "$srs" -o weaker.hcl
audit "$false_claim" "fixed column [0-9]+ of the key" weaker.hcl
# Another SRS, one too small, one that is not what it says, one that cannot say whether it is safe.
expect 0 "" "$HALOCLINE" srs create -k "$k" --unsafe-dev-srs -o another.srs
audit "$false_claim" "was made with another SRS than 'another.srs'" public/vk.hcl circuit.json another.srs
audit "$false_claim" "fixed column 0 of the key" vk.raw circuit.json another.srs
expect 0 "" "$HALOCLINE" srs create -k $((k - 1)) --unsafe-dev-srs -o small.srs
expect 3 "needs" "$HALOCLINE" verify vk.raw public/proof.bin instances.json --circuit circuit.json --srs small.srs
expect 0 "" "$HALOCLINE" export srs "$srs" -o params.raw
audit 0 "the SRS file cannot say whether it is a development SRS" vk.raw circuit.json params.raw
expect 0 "" "$HALOCLINE" verify vk.raw public/proof.bin instances.json --circuit circuit.json --srs params.raw --json
[ "$(json stdout 'd["valid"], d["unsafe_srs"], d["circuit_checked"]')" = "(True, None, True)" ] || fail "what the SRS cannot say"
audit 0 "UNSAFE" public/vk.hcl circuit.json params.raw
bytes params.raw "b[:4 + 64 * 2**$k] + b[4 + 64 * 2**$k + 64:4 + 64 * 2**$k + 128] + b[4 + 64 * 2**$k:4 + 64 * 2**$k + 64] + b[4 + 64 * 2**$k + 128:]" >swapped.raw
expect 2 "'swapped.raw': " "$HALOCLINE" verify vk.raw public/proof.bin instances.json --circuit circuit.json --srs swapped.raw
# Public values as many as the circuit reads.
python3 - <<'PY'
import json
d = json.load(open("public/public.json"))["instances"]
for name, columns in [("more", [d[0] + [0]]), ("less", [d[0][:-1]]), ("columns", d + [[]]), ("no", [])]:
    json.dump({"instances": columns}, open(f"public-{name}.json", "w"))
PY
audit 2 "instance column 0 has 75 public values, the circuit reads 74" vk.raw circuit.json "$srs" public-more.json
audit 2 "instance column 0 has 73 public values, the circuit reads 74" vk.raw circuit.json "$srs" public-less.json
audit 2 "2 columns of public values given, the circuit has 1" vk.raw circuit.json "$srs" public-columns.json
audit 2 "0 columns of public values given, the circuit has 1" vk.raw circuit.json "$srs" public-no.json
expect 0 "" "$HALOCLINE" keygen unread.json --srs "$srs" -o unread.hcl
audit 2 "has 74 public values, the circuit reads 73" unread.hcl unread.json
