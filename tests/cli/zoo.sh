#!/usr/bin/env bash
# usage: zoo.sh PART PARTS
# Tiny networks of the usual kinds proved, verified, and compared with what TFLite's reference kernels say of the same
# input: of the networks number PART, PART + PARTS, ..
. "$SOURCE/tests/cli/lib.sh" || exit 2
number=0
names=()
for folder in "$SOURCE"/tests/conformance/zoo/*/; do
    (( number++ % $2 + 1 == $1 )) || continue
    names+=("$(basename "$folder")")
done
python3 "$SOURCE/tests/conformance/networks/prove.py" "$HALOCLINE" "$SOURCE/tests/conformance/zoo" "${names[@]}" --work "$PWD/zoo" ||
    fail "not all networks are proved, or as TFLite has them"
