#!/usr/bin/env bash
# Each folder of examples/: the commands of its README, the files that it names, its picture.
. "$SOURCE/tests/cli/lib.sh" || exit 2
export HALOCLINE_CACHE=$work/cache
ln -s "$SOURCE/examples" examples
# Another choice of scales moves a score a little: 0.02, or four dots of a bar.
alike='
import re, sys
a, b = (open(f).read() for f in sys.argv[1:3])
number = r"\d+(?:\.\d+)?"
x, y = (re.findall(number, s) for s in (a, b))
small = lambda u, v: abs(float(u) - float(v)) <= (0.02 if re.search(r"\.\d{3}$", u) else 4)
sys.exit(re.sub(number, "", a) != re.sub(number, "", b) or len(x) != len(y) or not all(map(small, x, y)))
'
found=0
for folder in examples/*; do
    [ -d "$folder" ] || continue
    name=$(basename "$folder") readme=$folder/README.md
    found=$((found + 1))
    grep -q "\[$name\]($name/README.md)" examples/README.md || fail "examples/README.md does not mention $name"
    mapfile -t commands < <(sed -n 's/^    halocline /halocline /p' "$readme")
    [ ${#commands[@]} = 2 ] || fail "$readme has ${#commands[@]} commands, expected 2"
    for command in "${commands[@]}"; do
        read -ra words <<<"$command"
        expect 0 "" "$HALOCLINE" "${words[@]:1}"
    done
    grep -q "^accepted under key" stdout || fail "$readme: the second command does not verify"
    # The picture is that of this proof.
    mapfile -t labels <"$folder/labels.txt"
    "$SOURCE/scripts/example-picture" "$folder/input.npy" out/public.json "${labels[@]}" >picture.svg
    python3 -c "$alike" picture.svg "$folder/picture.svg" || fail "$folder/picture.svg is not what scripts/example-picture makes"
    grep -q '(picture.svg)' "$readme" || fail "$readme does not show its picture"
    for file in "$folder"/*; do
        file=$(basename "$file")
        [ "$file" = README.md ] || grep -q "\`$file\`" "$readme" || fail "$readme does not mention $file"
    done
    rm -r out
done
[ $found -ge 4 ] || fail "$found examples"
expect 0 "107 classes as labelled, accuracy 93.86 %" "$HALOCLINE" run examples/tumour/model.tflite examples/tumour/test_inputs.npy \
    --labels examples/tumour/test_labels.npy
grep -q "107 of the 114 .*93.86" examples/tumour/README.md || fail "the README states another accuracy"
expect 0 "353 classes as labelled, accuracy 98.06 %" "$HALOCLINE" run examples/transformer/model.tflite examples/digits/test_images.npy \
    --labels examples/digits/test_labels.npy
grep -q "353 (98.06 %)" examples/transformer/README.md || fail "the README states another accuracy"
