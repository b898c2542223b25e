#!/usr/bin/env bash
# The key of a model of 10^8 weights, killed on the way: large_key.sh MODEL. Commitments that were kept are not made again, the
# key has the same bytes, and nothing is written half. 1.5 GiB of memory, minutes; scripts/nightly key makes the model.
. "$SOURCE/tests/cli/lib.sh" || exit 2
model=$1
# k: of smaller columns, which take milliseconds, commitments are not kept.
keygen() { # keygen CACHE KEY
    HALOCLINE_CACHE=$work/$1 "$HALOCLINE" keygen "$model" -o "$2" --k 16 --weight-seed seed --unsafe-dev-srs -q
}
kept() { (find "$1/commitments" -name '*.point' 2>/dev/null || true) | wc -l; } # 0 of a folder that is not there

keygen whole whole.hcl || fail "no key"
all=$(kept whole)
[ "$all" -gt 400 ] || fail "$all commitments are kept, expected one of each weight column"

mkdir parts && cp whole/unsafe-dev-*.srs parts/
keygen parts parts.hcl &
pid=$!
while [ "$(kept parts)" -lt $((all / 2)) ] && kill -0 $pid 2>/dev/null; do sleep 0.1; done
kill -9 $(pgrep -P $pid) $pid 2>/dev/null || true
wait $pid 2>/dev/null || true
before=$(kept parts)
[ ! -e parts.hcl ] || fail "the key was made before it could be stopped"
[ "$before" -ge $((all / 2)) ] && [ "$before" -lt "$all" ] || fail "stopped with $before of $all commitments"
touch stopped
keygen parts parts.hcl || fail "not resumed"
cmp whole.hcl parts.hcl || fail "another key"
[ "$(kept parts)" = "$all" ] || fail "$(kept parts) of $all commitments"
made=$(find parts/commitments -name '*.point' -newer stopped | wc -l)
[ "$made" = $((all - before)) ] || fail "$made commitments were made, $((all - before)) were missing"
echo "$before of $all commitments were kept, the others made; the same key"
