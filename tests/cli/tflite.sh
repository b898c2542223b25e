#!/usr/bin/env bash
# Model files as converters and their users make them: shared buffers, shapes that were recorded wrong, signatures, operators that
# are not supported, files of another kind. Outputs are compared with the model computed here.
. "$SOURCE/tests/cli/lib.sh" || exit 2
cat >models.py <<'PY'
import random
from tflite import *
random.seed(3)

def numbers(count, scale=1.0):
    return [scale * random.uniform(-1, 1) for _ in range(count)]

# Tied weights: one buffer under six tensors, and under the shape of a vector, for another kind of operator.
m = Model(); g = Graph(m); x = g.input([1, 8])
w = numbers(64, 0.5); buffer = m.buffer(floats(w)); t = x
for i in range(6):
    t = g.dense(t, g.tensor([8, 8], "cell/kernel_%d" % i, buffer=buffer), -1, [1, 8], "step%d" % i)
g.outputs = [t]; m.save("tied.tflite")
m = Model(); g = Graph(m); x = g.input([1, 4]); v = numbers(4); w = g.constant([1, 4], "w", v)
g.outputs = [g.dense(g.op(MUL, [x, w], [1, 4], "scaled"), w, -1, [1, 1], "y")]; m.save("two_kinds.tflite")
x = [0.25, -0.5, 0.75, 1.0]
print("two_kinds", sum(a * b * b for a, b in zip(x, v)))

# A filter of one tap has nothing to dilate; of two taps four rows apart, the sum of two elements of a column is left. None is inside
# where padding is most of the image.
for name, size, dilation, shape, padding in ("dilated1", [1, 1], (2, 2), [1, 4, 1, 1], 1), ("dilated2", [2, 1], (3, 1), [1, 1, 1, 1], 1), \
        ("dilated_huge", [2, 1], (2**30, 1), [1, 4, 1, 1], 0), ("dilated0", [2, 1], (0, 1), [1, 1, 1, 1], 1), ("dilated_far", [2, 1], (7, 1), [1, 4, 1, 1], 0):
    m = Model(); g = Graph(m); x = g.input([1, 4, 1, 1])
    g.outputs = [g.conv(x, g.constant([1, *size, 1], "w", [0.5] * size[0]), -1, shape, "y", dilation=dilation, padding=padding)]; m.save(name + ".tflite")

# RESHAPE: its operand counts, else its options, whatever was recorded; SOFTMAX over the last axis tells.
for name, recorded, to, options in (("operand", [2, 3], [1, 6], [3, 2]), ("options", [2, 3], None, [1, -1]), ("open", [3, 2], [-1, 3], None)):
    m = Model(); g = Graph(m); x = g.input([1, 6])
    y = g.reshape(x, [1, *recorded], "r", to=to, options=options)
    g.outputs = [g.op(SOFTMAX, [y], [1, *recorded], "y", Table({0: ("f", 1.0)}), 9)]; m.save("reshape_%s.tflite" % name)
m = Model(); g = Graph(m); x = g.input([1, 6]); g.outputs = [g.reshape(x, [1, 4], "r", to=[1, 5])]; m.save("reshape_wrong.tflite")

# Three subgraphs, two of them with signatures; y = factor * x tells them apart.
m = Model()
for name, factor in ("main", 2.0), ("other", 3.0), ("third", 4.0):
    g = Graph(m, name); x = g.input([1, 2]); g.outputs = [g.op(MUL, [x, g.constant([1], name + "/k", [factor])], [1, 2], name + "/y")]
m.signature("serving_default", 0); m.signature("thrice", 1); m.save("signatures.tflite")

# Loops and branches: y = 2^n x by n turns, counted from 0; what the number of turns may hang on; a branch.
def loop(name, turns, of_input=False):
    m = Model(); g = Graph(m, "main"); x = g.input([1, 2]); zero = g.constant([], "zero", [0], INT32)
    _, y = g.ops_of(WHILE, [zero, x], [([], "i", INT32), ([1, 2], "doubled", FLOAT32)], Table({0: ("i", 1), 1: ("i", 2)}), 93); g.outputs = [y]
    c = Graph(m, "condition"); i = c.input([], "i", type=INT32); x = c.input([1, 2])
    c.outputs = [c.op(LESS, [x, c.constant([1], "one", [1.0])], [1, 2], "less", type=BOOL) if of_input else
                 c.op(LESS, [i, c.constant([], "n", [turns], INT32)], [], "less", type=BOOL) if turns else c.constant([], "true", [True], BOOL)]
    b = Graph(m, "body"); i = b.input([], "i", type=INT32); x = b.input([1, 2])
    b.outputs = [b.op(ADD, [i, b.constant([], "1", [1], INT32)], [], "next", type=INT32), b.op(MUL, [x, b.constant([1], "2", [2.0])], [1, 2], "twice")]
    m.save(name + ".tflite")
loop("loop3", 3); loop("loop_endless", 0); loop("loop_of_input", 3, True)
for name, truth in ("if_true", True), ("if_false", False):
    m = Model(); g = Graph(m, "main"); x = g.input([1, 2])
    g.outputs = [g.op(IF, [g.constant([], "c", [truth], BOOL), x], [1, 2], "y", Table({0: ("i", 1), 1: ("i", 2)}), 92)]
    for branch, factor in ("yes", 2.0), ("no", -1.0):
        b = Graph(m, branch); b.outputs = [b.op(MUL, [b.input([1, 2]), b.constant([1], "k", [factor])], [1, 2], "y")]
    m.save(name + ".tflite")
m = Model(); g = Graph(m, "main"); x = g.input([1, 2])
g.outputs = [g.op(IF, [g.constant([], "c", [True], BOOL), x], [1, 2], "y", Table({0: ("i", 0), 1: ("i", 7)}), 92)]; m.save("if_lost.tflite")
m = Model(); g = Graph(m, "main"); x = g.input([1, 2])
g.outputs = [g.op(IF, [g.constant([], "c", [True], BOOL), x], [1, 2], "y", Table({0: ("i", 0), 1: ("i", 0)}), 92)]; m.save("if_itself.tflite")

# A fused LSTM with what is not supported, by operand; and one whose state starts elsewhere.
for name, k in ("lstm_peephole", 10), ("lstm_projection", 16), ("lstm_norm", 21), ("lstm_state", 18), ("lstm_weights", 3):
    m = Model(); g = Graph(m); x = g.input([1, 2, 1]); v = lambda n, shape: g.constant(shape, n, [0.5] * 1)
    operands = [x] + [v("w%d" % i, [1, 1]) for i in range(8)] + [-1] * 3 + [v("b%d" % i, [1]) for i in range(4)] + [-1] * 2
    operands += [g.constant([1, 1], "state%d" % i, [0.0]) for i in range(2)] + [-1] * 4
    operands[k] = -1 if name == "lstm_weights" else v("other", [1])
    g.outputs = [g.op(44, operands, [1, 2, 1], "y", Table({0: ("b", 4)}), 71)]; m.save(name + ".tflite")

# What is not supported: two kinds of operators, one of them twice, and options.
m = Model(); g = Graph(m); x = g.input([1, 4, 4, 1])
t = g.op(UNIQUE, [x], [1, 4, 4, 1], "first"); t = g.op(SEGMENT_SUM, [t], [1, 4, 4, 1], "second"); t = g.op(UNIQUE, [t], [1, 4, 4, 1], "third")
t = g.conv(t, g.constant([1, 2, 2, 1], "w", [0.5] * 4), -1, [1, 2, 2, 1], "fourth", padding=7)
g.outputs = [g.op(32, [t], [1, 2, 2, 1], "fifth", custom="Mine")]; m.save("unsupported.tflite")
m = Model(); g = Graph(m); t = g.input([1, 4])
for i in range(500):
    t = g.op(UNIQUE, [t], [1, 4], "a_name_of_some_length/unique_%d" % i)
g.outputs = [t]; m.save("many.tflite")

# Values that only move need the range check of the input and no other table.
m = Model(); g = Graph(m); x = g.input([1, 2, 3]); g.outputs = [g.reshape(x, [1, 6], "y", to=[1, 6])]; m.save("copy.tflite")

# Constants alone.
m = Model(); g = Graph(m); x = g.input([1, 1]); g.outputs = [g.constant([1, 3], "classes", [1, 2, 3])]; m.save("constant.tflite")
m = Model(); g = Graph(m); x = g.input([1, 1]); a, b = g.constant([1, 3], "a", [1, 2, 3]), g.constant([1, 3], "b", [4, 5, 6])
g.outputs = [g.op(ADD, [a, b], [1, 3], "sum")]; m.save("sum.tflite")
m = Model(); g = Graph(m); x = g.input([1, 1]); g.outputs = [g.op(ADD, [x, g.constant([1, 3], "a", [1, 2, 3])], [1, 3], "y")]; m.save("spread.tflite")

# What elementwise operators and reductions refuse.
for name, code, other in ("power", 78, 0), ("power_negative", 78, -2), ("ratio", 42, [1, 0, 2, 3]), ("axis", 40, 3), ("unlike", 57, [1, 2, 3]):
    m = Model(); g = Graph(m); x = g.input([1, 4])
    if code == 78:
        x, b = (g.op(53, [x], [1, 4], n, Table({0: ("b", 0), 1: ("b", INT32)}), 37, type=INT32) for n in "xb")
        b = b if other == 0 else g.constant([4], "e", [1, 0, other, 2], INT32)
        y = g.op(code, [x, b], [1, 4], "y", type=INT32)
    else:
        b = g.constant([1], "b", [other], INT32) if isinstance(other, int) else g.constant([len(other)], "b", other)
        y = g.op(code, [x, b], [1, 4], "y")
    g.outputs = [y]; m.save(name + ".tflite")
m = Model(); g = Graph(m); x = g.input([1, 4])
g.outputs = [g.op(MUL, [x, g.constant([1], "b", [(1 << 24) + 1], INT32)], [1, 4], "y")]; m.save("integer.tflite")

# Groups, open shapes, other kinds of files.
for name, outputs in ("groups", 4), ("groups_odd", 3):
    m = Model(); g = Graph(m); x = g.input([1, 1, 1, 4])
    g.outputs = [g.conv(x, g.constant([outputs, 1, 1, 2], "w", [0.5] * 2 * outputs), -1, [1, 1, 1, outputs], "y")]; m.save(name + ".tflite")
m = Model(); g = Graph(m); x = g.input([1, 1, 1, 3])
g.outputs = [g.op(3, [x, g.op(22, [x, g.constant([4], "k", [1, 1, 1, 2], INT32)], [1, 1, 1, 2], "w"), -1], [1, 1, 1, 1], "y", Table({0: ("b", 1), 1: ("i", 1), 2: ("i", 1)}), 1)]; m.save("filter.tflite")
m = Model(); g = Graph(m); x = g.input([1, 1, 1, 3], signature=[1, -1, -1, 3]); g.outputs = [g.op(RELU, [x], [1, 1, 1, 3], "y")]; m.save("open.tflite")
for name, data in ("m.onnx", b"\x08\x07onnx"), ("m.keras", b"PK\x03\x04"), ("m.h5", b"\x89HDF\r\n"), ("saved_model.pb", b"\x08\x01\x12\x02"), ("lfs.tflite", b"version https://git-lfs\n"):
    open(name, "wb").write(data + bytes(100))

import npy
npy.save("x2.npy", [0.5, -0.25], [1, 2]); npy.save("x4.npy", [0.25, -0.5, 0.75, 1.0], [1, 4]); npy.save("x4x1.npy", [0.25, -0.5, 0.75, 1.0], [1, 4, 1, 1]); npy.save("x4c.npy", [0.25, -0.5, 0.75, 1.0], [1, 1, 1, 4]); npy.save("x6.npy", [0.5, -1, 0.25, 1, 0, -0.5], [1, 6])
npy.save("x8.npy", [0.5] * 8, [1, 8])
PY
python3 models.py >wanted
outputs() { # outputs MODEL INPUT [OPTION...]: the values of the first input, rounded to two digits
    "$HALOCLINE" run "$@" -q --json >result.json || fail "run $*"
    json result.json '[round(v, 2) for v in d["outputs"][0]["tensors"][0]["value"]]'
}
same() { [ "$1" = "$2" ] || fail "$3: $1 instead of $2"; }

expect 0 "" "$HALOCLINE" run tied.tflite x8.npy
expect 0 "" "$HALOCLINE" compile dilated1.tflite

softmax() { # softmax WIDTH: of the input x6.npy
    python3 -c 'import math, sys
x, n = [0.5, -1, 0.25, 1, 0, -0.5], int(sys.argv[1])
print([round(math.exp(v) / sum(math.exp(w) for w in x[i // n * n:i // n * n + n]), 2) for i, v in enumerate(x)])' "$1"
}
close() { # close GOT WANTED NAME: to 0.04
    python3 -c 'import ast, sys
a, b = (ast.literal_eval(s) for s in sys.argv[1:])
sys.exit(len(a) != len(b) or max(abs(x - y) for x, y in zip(a, b)) > 0.04)' "$1" "$2" || fail "$3: $1 instead of $2"
}
same "$(outputs dilated2.tflite x4x1.npy)" "[0.62]" dilated2
expect 2 "window with dilation 1073741824x1 is too large" "$HALOCLINE" compile dilated_huge.tflite
expect 2 "dilation 0x1, expected at least 1x1" "$HALOCLINE" compile dilated0.tflite
close "$(outputs two_kinds.tflite x4.npy)" "[$(cut -d ' ' -f 2 wanted)]" two_kinds
for name in operand:6 options:6 open:3; do
    close "$(outputs reshape_${name%:*}.tflite x6.npy)" "$(softmax "${name#*:}")" "reshape_$name"
done
expect 2 "6 elements cannot take a shape of 5" "$HALOCLINE" compile reshape_wrong.tflite

same "$(outputs signatures.tflite x2.npy 2>said)" "[1.0, -0.5]" "the first subgraph"
grep -q "'serving_default', 'thrice', 'third': this is about 'serving_default'" said || fail "not said which one: $(cat said)"
same "$(outputs signatures.tflite x2.npy --signature serving_default)" "[1.0, -0.5]" serving_default
same "$(outputs signatures.tflite x2.npy --signature thrice)" "[1.5, -0.75]" thrice
same "$(outputs signatures.tflite x2.npy --signature third)" "[2.0, -1.0]" third
expect 2 "no signature 'fourth', expected one of 'serving_default', 'thrice', 'third'" "$HALOCLINE" run signatures.tflite x2.npy --signature fourth
for command in "compile signatures.tflite" "check signatures.tflite x2.npy" "prove signatures.tflite x2.npy --dry-run" \
    "keygen signatures.tflite -o vk --unsafe-dev-srs --no-cache --visibility weights=private" "export circuit signatures.tflite -o c.json --visibility weights=private"; do
    # shellcheck disable=SC2086 # words
    expect 0 "this is about 'thrice'" "$HALOCLINE" $command --signature thrice
done
expect 0 '"signature": "thrice"' "$HALOCLINE" inspect signatures.tflite --signature thrice
expect 0 '"signature": "thrice"' "$HALOCLINE" inspect vk
expect 0 "" "$HALOCLINE" compile tied.tflite -q
! grep -q "this is about" stderr || fail "a choice among one"

same "$(outputs loop3.tflite x2.npy)" "[4.0, -2.0]" loop3
same "$(outputs if_true.tflite x2.npy)" "[1.0, -0.5]" if_true
same "$(outputs if_false.tflite x2.npy)" "[-0.5, 0.25]" if_false
expect 2 "WHILE at tensor 'i' .*: it takes more than 4096 turns" "$HALOCLINE" compile loop_endless.tflite
expect 2 "WHILE at tensor 'i' .*: its condition 'less#1' is computed from the model's input" "$HALOCLINE" compile loop_of_input.tflite
expect 2 "UNIDIRECTIONAL_SEQUENCE_LSTM at tensor 'y' .*: a peephole is not supported .operand 10, 'other'" "$HALOCLINE" compile lstm_peephole.tflite
expect 2 "a projection is not supported" "$HALOCLINE" compile lstm_projection.tflite
expect 2 "layer normalisation is not supported" "$HALOCLINE" compile lstm_norm.tflite
expect 2 "its state, operand 18, does not start at 0" "$HALOCLINE" compile lstm_state.tflite
expect 2 "the weights of gate 2 are missing" "$HALOCLINE" compile lstm_weights.tflite
expect 2 "operator 0 leads to subgraph 7, expected 0..0" "$HALOCLINE" compile if_lost.tflite
expect 2 "loops more than 8 deep in each other" "$HALOCLINE" compile if_itself.tflite

expect 2 "" "$HALOCLINE" compile unsupported.tflite
for part in "operator UNIQUE (103) is not supported, at tensor 'first' (FLOAT32 [1,4,4,1]), 'third' (FLOAT32 [1,4,4,1])" \
    "operator SEGMENT_SUM (125) is not supported, at tensor 'second' (FLOAT32 [1,4,4,1])" "operator CUSTOM (32) Mine" \
    "CONV_2D at tensor 'fourth' (FLOAT32 [1,2,2,1]): padding kind 7"; do
    grep -qF -- "$part" stderr || fail "'$part' is not said"
done
[ "$(grep -o unsupported.tflite stderr | wc -l)" = 1 ] || fail "the file is not named once"
expect 2 "unique_0' .*; and [0-9]+ more" "$HALOCLINE" compile many.tflite

expect 0 "" "$HALOCLINE" compile copy.tflite --json -q
[ "$(json stdout 'd["layout"]["k"] <= 9')" = True ] || fail "copies cost k = $(json stdout 'd["layout"]["k"]')"

expect 2 "output 'classes' is a constant" "$HALOCLINE" compile constant.tflite
expect 2 "output 'sum' is a constant" "$HALOCLINE" compile sum.tflite
expect 0 "" "$HALOCLINE" compile spread.tflite
while read -r name what; do
    expect 2 "$what" "$HALOCLINE" compile "$name.tflite"
done <<'END'
power integers to the power of computed exponents, expected constants
power_negative integers to the power of -2, expected none below 0
filter 1 outputs of 3 channels by filters of 2
ratio a division by 0 at element 1 of 'b'
axis axis 3 of 2 dimensions
unlike dimensions of 4 and 3 do not combine
integer constant 'b' is 16777217 at element 0, expected at most 2.24
END
same "$(outputs groups.tflite x4c.npy)" "[-0.12, -0.12, 0.88, 0.88]" groups
expect 2 "3 outputs in 2 groups" "$HALOCLINE" compile groups_odd.tflite
expect 2 "convert the model with all sizes given" "$HALOCLINE" compile open.tflite
for file in m.onnx:ONNX m.keras:Keras m.h5:HDF5 saved_model.pb:SavedModel lfs.tflite:"git lfs pull"; do
    expect 2 "${file#*:}" "$HALOCLINE" compile "${file%%:*}"
    [ "$(grep -o "${file%%:*}'" stderr | wc -l)" = 1 ] || fail "$file is not named once"
done
expect 2 "no pass is called 'fold', expected one of fold-constant, .*, all" "$HALOCLINE" compile copy.tflite --dump-after fold
expect 0 "after fuse-pad" "$HALOCLINE" compile copy.tflite --dump-after fuse-pad
# pools and strides between convolutions turn into weights, but not into private ones
pools() { # OPTION...: what of them the graph has behind the passes
    expect 0 "" "$HALOCLINE" compile "$SOURCE/tests/conformance/mnist/model.tflite" -q --dump-after split-phases "$@"
    grep -h "^%" stdout stderr | sort -u | grep -oE "AVERAGE_POOL_2D|stride [^1]x[^1]" | sort | uniq -c | xargs
}
same "$(pools)" "1 stride 4x4" "pools and strides of mnist"
same "$(pools --visibility weights=private)" "2 AVERAGE_POOL_2D 2 stride 2x2" "with private weights"
