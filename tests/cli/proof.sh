#!/usr/bin/env bash
# Keys and proofs of the golden vectors: accepted as they are, refused when anything is changed.
. "$SOURCE/tests/cli/lib.sh" || exit 2

for name in plain-gate lookup permutation instance rotations phases phases-three everything; do
    dir=$V/$name
    k=$(json "$dir/circuit.json" 'd["k"]')
    expect 0 "" "$HALOCLINE" keygen "$dir/circuit.json" --srs "$V/srs/k$k.raw" -o $name.hcl
    expect 0 "" "$HALOCLINE" export vk $name.hcl -o vk.raw
    cmp vk.raw "$dir/vk.raw" || fail "$name: vk bytes"
    expect 0 "" "$HALOCLINE" export vk $name.hcl --format processed -o vk.processed
    cmp vk.processed "$dir/vk.processed" || fail "$name: processed vk bytes"
    expect 0 "" "$HALOCLINE" export vk $name.hcl --format text -o pinned.txt
    cmp pinned.txt "$dir/pinned.txt" || fail "$name: pinned text"
    expect 0 "" "$HALOCLINE" export vk $name.hcl --format id -o id
    cmp id "$dir/transcript_repr.hex" || fail "$name: transcript hash"
    for scheme in shplonk gwc; do
        expect 0 "accepted" "$HALOCLINE" verify $name.hcl "$dir/proof.$scheme" "$dir/instance.json" --scheme $scheme
        expect 0 "accepted" "$HALOCLINE" verify "$dir/vk.raw" "$dir/proof.$scheme" "$dir/instance.json" \
            --circuit "$dir/circuit.json" --srs "$V/srs/k$k.raw" --scheme $scheme
    done
    expect $false_claim "rejected" "$HALOCLINE" verify $name.hcl "$dir/proof.gwc" "$dir/instance.json"
done

dir=$V/lookup vk=lookup.hcl proof=$V/lookup/proof.shplonk
verify() { expect "$1" "$2" "$HALOCLINE" verify "${4:-$vk}" "$3" "${5:-$dir/instance.json}"; }
bytes $proof 'b[:-1]' >p && verify $false_claim "rejected" p
bytes $proof 'b[:32]' >p && verify $false_claim "rejected" p
bytes $proof 'b""' >p && verify $false_claim "rejected" p
bytes $proof 'b + b"\0"' >p && verify $false_claim "trailing|bytes" p
bytes $proof 'b + b' >p && verify $false_claim "rejected" p
# first point: x = 0 is no point of the curve; x >= p; infinity with a sign
bytes $proof 'bytes(32) + b[32:]' >p && verify $false_claim "advice|point|commitment" p
bytes $proof 'b"\xff" * 31 + b"\x3f" + b[32:]' >p && verify $false_claim "advice|point|commitment" p
bytes $proof 'bytes(31) + b"\xc0" + b[32:]' >p && verify $false_claim "advice|point|commitment" p
# first scalar (after the 17 points of this circuit's proof come the evaluations): r itself
json <(cat "$dir/summary.json") 'd' >/dev/null
r='(0x30644e72e131a029b85045b68181585d2833e84879b9709143e1f593f0000001).to_bytes(32, "little")'
scalar=$("$HALOCLINE" inspect --vk $vk $proof --json | python3 -c 'import json,sys; print(next(i["offset"] for i in json.load(sys.stdin)["items"] if i["kind"] == "evaluation"))')
bytes $proof "b[:$scalar] + $r + b[$scalar+32:]" >p && verify $false_claim "evaluation|scalar" p
# public values
echo '{"instances": [[1]]}' >pub && verify 2 "" $proof $vk pub
echo '{"instances": []' >pub && verify 2 "'pub'" $proof $vk pub
echo '{"wrong": []}' >pub && verify 2 "pub" $proof $vk pub
sed 's/1/2/' "$V/instance/instance.json" >pub
expect $false_claim "rejected" "$HALOCLINE" verify instance.hcl "$V/instance/proof.shplonk" pub
# keys: another circuit's, another version's, damaged
verify $false_claim "rejected" "$V/permutation/proof.shplonk"
bytes $vk 'b.replace(b"HCLVK001", b"HCLVK002")' >v && verify 2 "'v'" $proof v
change $vk 500 1 >v && verify 2 "'v'" $proof v
bytes $vk 'b[:-40]' >v && verify 2 "'v'" $proof v
bytes "$dir/vk.raw" 'b"\x03" + b[1:]' >v
expect 2 "version" "$HALOCLINE" verify v $proof "$dir/instance.json" --circuit "$dir/circuit.json" --srs "$V/srs/k5.raw"
bytes "$dir/vk.raw" 'b + b"\0"' >v
expect 2 "" "$HALOCLINE" verify v $proof "$dir/instance.json" --circuit "$dir/circuit.json" --srs "$V/srs/k5.raw"
# a circuit of a degree that would ask for millions of commitments
sed 's/"minimum_degree": *null/"minimum_degree": 65536/' "$dir/circuit.json" >degree.json
expect 2 "minimum_degree" "$HALOCLINE" verify "$dir/vk.raw" $proof "$dir/instance.json" --circuit degree.json --srs "$V/srs/k5.raw"
# an SRS whose first point or G2 point is not the generator, for halo2's own key bytes
srs=$V/srs/k5.raw
bytes "$srs" 'b[:4] + b[68:132] + b[68:]' >s
expect 2 "generator of G1" "$HALOCLINE" verify "$dir/vk.raw" $proof "$dir/instance.json" --circuit "$dir/circuit.json" --srs s
bytes "$srs" 'b[:-256] + b[-128:] + b[-128:]' >s
expect 2 "generator of G2" "$HALOCLINE" verify "$dir/vk.raw" $proof "$dir/instance.json" --circuit "$dir/circuit.json" --srs s
# a key whose SRS is another one
"$HALOCLINE" srs create -k 5 --unsafe-dev-srs -o other.srs -q >/dev/null
expect 0 "" "$HALOCLINE" keygen "$dir/circuit.json" --srs other.srs -o other.hcl
verify $false_claim "rejected" $proof other.hcl
expect $false_claim "" "$HALOCLINE" verify other.hcl $proof "$dir/instance.json" --json
[ "$(json stdout 'd["valid"], d["unsafe_srs"], "reason" in d')" = "(False, True, True)" ] || fail "verify --json"

# check: the vectors' witnesses satisfy, and one changed cell is named.
for name in plain-gate lookup permutation instance rotations; do
    expect 0 "satisfied" "$HALOCLINE" check "$V/$name/circuit.json" --instance "$V/$name/instance.json" \
        --witness "$V/$name/witness.json"
done
python3 - "$V/plain-gate/witness.json" <<'PY'
import json, sys
d = json.load(open(sys.argv[1]))
d["advice"][2][0] = 12345
json.dump(d, open("w.json", "w"))
PY
expect $false_claim "gate.*row 0" "$HALOCLINE" check "$V/plain-gate/circuit.json" --instance "$V/plain-gate/instance.json" --witness w.json
no_leftovers .
