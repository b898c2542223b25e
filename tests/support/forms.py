# SPDX-License-Identifier: Apache-2.0
"""Models of one operator with operands of any kind: f (float32), i (int32), l (int64), t (bool), computed from the model's input, or
constants, upper case; p and n are computed floats above and below 0."""
import tflite
from tflite import BOOL, FLOAT32, INT32, INT64, Table

CAST, GREATER = 53, 61
TYPES = {"f": FLOAT32, "p": FLOAT32, "n": FLOAT32, "i": INT32, "l": INT64, "t": BOOL}
SHAPE = (1, 2, 3, 4)
ALL = "f F i I l L t T"  # of moves
ARITHMETIC = "ff fF Ff FF ii iI Ii II ll lL Ll LL"
LOGIC = "tt tT Tt TT"


class Form:
    """A model under construction: operands as its operator's forms spell them."""

    def __init__(self):
        self.model = tflite.Model()
        self.graph = tflite.Graph(self.model)
        self.count, self.constant_result = 0, False

    def name(self):
        self.count += 1
        return f"t{self.count}"

    def x(self, shape=(1, 2, 3, 4), type=FLOAT32):
        return self.graph.input(shape, "x", type=type)

    def k(self, values, type=INT32, shape=None):
        return self.graph.constant([len(values)] if shape is None else shape, self.name(), values, type)

    def operand(self, letter, shape=(1, 2, 3, 4)):
        """Of the kind that the letter says."""
        type = TYPES[letter.lower()]
        if letter.isupper():
            count = 1
            for d in shape:
                count *= d
            values = [(i * 7 % 5) / 2 + 0.5 if type == FLOAT32 else i % 2 if type == BOOL else i * 7 % 5 + 1 for i in range(count)]
            return self.k(values, type, list(shape))
        x = self.x(shape) if not self.graph.inputs else self.graph.inputs[0]
        if letter == "f":
            return x
        if letter in "pn":  # above and below 0
            y = self.graph.op(0, [self.graph.op(101, [x], shape, self.name(), Table({}), 78), self.k([0.5], FLOAT32, [])], shape, self.name(),
                              Table({}), 11)
            return y if letter == "p" else self.graph.op(59, [y], shape, self.name(), Table({}), 42)
        if type == BOOL:
            return self.graph.op(GREATER, [x, self.k([0.25], FLOAT32, [])], shape, self.name(), type=BOOL)
        return self.graph.op(CAST, [self.scaled(x, shape)], shape, self.name(), Table({0: ("b", FLOAT32), 1: ("b", type)}), 37, type=type)

    def scaled(self, x, shape):
        """So that whole numbers of it differ."""
        return self.graph.op(0, [self.graph.op(18, [x, self.k([4.0], FLOAT32, [])], shape, self.name(), Table({}), 21),
                                 self.k([1.0], FLOAT32, [])], shape, self.name(), Table({}), 11)

    def op(self, code, inputs, shape, type=FLOAT32, options=None, kind=0):
        self.constant_result = code in (77, 93, 110)  # SHAPE, ZEROS_LIKE, RANK
        return self.graph.op(code, inputs, shape, self.name(), options, kind, type=type)

    def finish(self, out):
        """The output: `out` as floats; a constant is added to the input, and what a graph has no shape for is flattened."""
        out = out[0] if isinstance(out, list) else out
        shape, type = self.graph.tensors[out].fields[0], self.graph.tensors[out].fields[1][1]
        if len(shape) > 4 or (len(shape) == 4 and shape[0] != 1):
            count = 1
            for d in shape:
                count *= d
            shape = [1, count]
            out = self.graph.op(22, [out, self.k(shape)], shape, self.name(), Table({0: shape}), 17, type=type)
        if type != FLOAT32:
            out = self.graph.op(CAST, [out], shape, self.name(), Table({0: ("b", type), 1: ("b", FLOAT32)}), 37)
        if not self.graph.inputs or self.constant_result:
            x = self.graph.inputs[0] if self.graph.inputs else self.x(shape)
            out = self.graph.op(0, [x, out], self.graph.tensors[x].fields[0], self.name(), Table({}), 11)
        return out

    def bytes(self, make):
        """The model of what make(self) makes."""
        self.graph.outputs = [self.finish(make(self))]
        return self.model.bytes()


def op(code, operands, shape, options=None, kind=0, type=None, results=None):
    """One form: operands are a letter with an optional shape, a list of int32, or -1."""
    def make(f):
        inputs = []
        last = FLOAT32
        for o in operands:
            if isinstance(o, tuple) and isinstance(o[0], str):
                inputs.append(f.operand(o[0], o[1]))
                last = TYPES[o[0].lower()] if len(inputs) == 1 else last
            elif isinstance(o, str):
                inputs.append(f.operand(o))
                last = TYPES[o.lower()] if len(inputs) == 1 else last
            elif isinstance(o, list):
                inputs.append(f.k(o))
            elif isinstance(o, dict):
                inputs.append(f.x(o["input"], TYPES[o["type"]]))
            elif callable(o):
                inputs.append(o(f))
            else:
                inputs.append(o)
        t = TYPES[type] if type else last
        if results:
            return f.graph.ops_of(code, inputs, [(s, f.name(), TYPES[r]) for s, r in results], options, kind)
        return f.op(code, inputs, shape, t, options, kind)
    return make


def same_shape(code, kinds, options=None, kind=0, result=None, shape=SHAPE):
    """A form for each word: a letter for each operand."""
    def form(word):
        def make(f):
            return f.op(code, [f.operand(c, shape) for c in word], shape, TYPES[result or word[-1].lower()], options, kind)
        return make
    return {word: form(word) for word in kinds.split()}
