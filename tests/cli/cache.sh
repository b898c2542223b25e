#!/usr/bin/env bash
# Keys and SRS in the cache that are not what they should be: found, named, and made again, or the message says what
# to do. Whatever is there, no wrong proof is written.
. "$SOURCE/tests/cli/lib.sh" || exit 2
digits=$SOURCE/examples/digits
export HALOCLINE_CACHE=$work/cache
# prove CODE PATTERN OUT OPTIONS...
prove() { expect "$1" "$2" "${launch[@]}" "$HALOCLINE" prove "$digits/model.tflite" "$digits/input.npy" --unsafe-dev-srs -o "${@:3}"; }
launch=()

prove 0 "" first
key=$(echo cache/vk-*.hcl)
cp "$key" good.hcl
prove 0 "" public --visibility weights=public
other=$(echo cache/vk-*.hcl | tr ' ' '\n' | grep -v "^$key$")
cp "$other" other.hcl
srs=$(echo cache/unsafe-dev-k*.srs)
python3 - "$(basename "$key")" <<'PY'
import json, sys
import vkfile
flags, s = vkfile.read("good.hcl")
assert json.loads(s[3])["file"] == sys.argv[1], s[3]
vk = bytearray(s[1])
vk[10:74] = vk[74:138]  # fixed column 1 instead of 0: whole, marked, of the same shape, and wrong
vkfile.write("contents.hcl", flags, [s[0], bytes(vk), s[2], s[3]])
last = bytearray(s[1])
last[-64:] = last[-128:-64]
vkfile.write("copies.hcl", flags, [s[0], bytes(last), s[2], s[3]])
vkfile.write("unmarked.hcl", flags, s[:3] + [b""])
vkfile.write("twisted.hcl", flags, s[:3] + [b"{" * 3000])
vkfile.write("elsewhere.hcl", flags, [s[0], bytes(vk), s[2], s[3].replace(b"vk-", b"kv-")])
d = json.loads(s[0])
d["gates"][0]["polys"][0] = ["neg", d["gates"][0]["polys"][0]]
vkfile.write("gate.hcl", flags, [json.dumps(d).encode(), s[1], s[2], s[3]])
"""another SRS, with the right mark"""
flags, o = vkfile.read("other.hcl")
g = bytearray(s[2])
g[192:] = g[64:192]
vkfile.write("srs.hcl", flags, [s[0], s[1], bytes(g), s[3]])
PY
head -c 1000 good.hcl >short.hcl
: >empty.hcl
head -c 3000 /dev/urandom >noise.hcl
change good.hcl 700 1 >bit.hcl

for case in short empty noise bit other unmarked twisted elsewhere gate srs; do
    cp $case.hcl "$key"
    prove 0 "warning: making the key in the cache, '[^']*$(basename "$key")', again: " again
    cmp "$key" good.hcl || fail "$case: the key in the cache was not made again"
    cmp again/vk.hcl first/vk.hcl || fail "$case: another key"
    expect 0 "accepted" "$HALOCLINE" verify first/vk.hcl again/proof.bin again/public.json
done
cp good.hcl "$other"
prove 0 "making the key in the cache.*not kept under this name" again --visibility weights=public
cmp "$other" other.hcl || fail "the key was not made again"

# Whole, in its place, of the same shape, with other contents: no proof under it holds, and the next run works.
for launch in "" "$MPIRUN -n 3"; do
    read -ra launch <<<"$launch"
    for case in contents copies; do
        cp $case.hcl "$key"
        prove 3 "no proof holds under the key in the cache, '[^']*$(basename "$key")': .*column .*it is deleted; start again" wrong
        [ ! -e wrong/proof.bin ] && [ ! -e "$key" ] || fail "$case: something is left"
        prove 0 "" right
        cmp "$key" good.hcl || fail "$case: the key was not made again"
    done
done
launch=()

# The same with an SRS whose hash is right.
python3 - "$srs" <<'PY'
import hashlib, sys
b = bytearray(open(sys.argv[1], "rb").read())
n = 1 << int.from_bytes(b[48:52], "little")
lagrange = 52 + 64 * n
b[lagrange:lagrange + 64], b[lagrange + 64:lagrange + 128] = b[lagrange + 64:lagrange + 128], b[lagrange:lagrange + 64]
b[16:48] = hashlib.blake2b(bytes(b[8:16]) + bytes(b[48:]), digest_size=32).digest()
open(sys.argv[1], "wb").write(b)
PY
for option in "" "--no-cache --visibility weights=private"; do
    rm -f "$key"
    expect 3 "no proof holds under this SRS: " "$HALOCLINE" prove "$digits/model.tflite" "$digits/input.npy" --srs "$srs" -o wrong $option
    [ ! -e wrong/proof.bin ] && [ ! -e "$key" ] || fail "something is left"
done
