# SPDX-License-Identifier: Apache-2.0
"""Random graphs of all operators that are read (tests/cli/operators.py lists them), on inputs of random magnitudes. TFLite runs a graph as it
grows: an operator whose results are not finite, or all the same, is taken back."""
import math
import pathlib
import sys

import numpy as np

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "support"))
import tflite
from tflite import BOOL, FLOAT32, INT32, INT64, Table

MOST = 400  # elements of a tensor
PLAIN = {"ABS": 101, "NEG": 59, "RELU": 19, "RELU6": 21, "RELU_N1_TO_1": 20, "RELU_0_TO_1": 152, "SIGN": 158, "FLOOR": 8, "CEIL": 104, "ROUND": 116}
UNIT = {"SQUARE": 92, "EXP": 47, "SIN": 66, "COS": 108, "ELU": 111, "LOGISTIC": 14, "TANH": 28, "HARD_SWISH": 117}
POSITIVE = {"SQRT": 75, "RSQRT": 76, "LOG": 73}
COMPARE = {"EQUAL": 71, "NOT_EQUAL": 72, "LESS": 58, "LESS_EQUAL": 63, "GREATER": 61, "GREATER_EQUAL": 62}
REDUCE = {"MEAN": 40, "SUM": 74, "REDUCE_MAX": 82, "REDUCE_MIN": 89}


class Builder:
    def __init__(self, rng, run):
        """run(model, samples): what TFLite makes of each, or None."""
        self.rng, self.run = rng, run
        self.model = tflite.Model()
        self.g = tflite.Graph(self.model)
        self.drawn = []

    def shape(self, t):
        return self.g.tensors[t].fields[0]

    def between(self, lo, hi):
        return int(self.rng.integers(lo, hi + 1))

    def k(self, values, type=FLOAT32, shape=None):
        values = np.asarray(values)
        return self.g.constant(list(values.shape if shape is None else shape), f"c{len(self.g.tensors)}", values.reshape(-1).tolist(), type)

    def op(self, code, inputs, shape, options=None, kind=0, type=FLOAT32):
        return self.g.op(code, inputs, [int(d) for d in shape], f"t{len(self.g.tensors)}", options, kind, type=type)

    def unary(self, code, x, type=FLOAT32):
        return self.op(code, [x], self.shape(x), type=type)

    def scaled(self, x, by):
        return self.op(18, [x, self.k(np.float32(by))], self.shape(x), Table({}), 21)

    def unit(self, x):
        """Of magnitude 1."""
        return self.scaled(x, 1 / self.rms) if not 0.2 < self.rms < 2 else x

    def above(self, x):
        """Above 0."""
        return self.op(0, [self.unary(101, self.unit(x)), self.k(np.float32(0.5))], self.shape(x), Table({}), 11)

    def cast(self, x, type):
        was = self.g.tensors[x].fields[1][1]
        return self.op(53, [x], self.shape(x), Table({0: ("b", was), 1: ("b", type)}), 37, type)

    def integers(self, x):
        return self.cast(self.scaled(x, 6 / self.rms), INT32 if self.rng.random() < 0.7 else INT64)

    def other(self, x):
        """Something to combine x with: a constant that broadcasts, or what is made of x."""
        shape, kind = self.shape(x), self.between(0, 3)
        if kind == 0:
            return self.k(np.float32(self.rng.normal(0, self.rms)))
        if kind == 1:
            return self.k(self.rng.normal(0, self.rms, shape[-1:]))
        if kind == 2:
            return self.op(74 if self.rng.random() < 0.3 else 82, [x, self.k([len(shape) - 1], INT32)], [*shape[:-1], 1], Table({0: ("b", 1)}), 27)
        return self.unary(19 if self.rng.random() < 0.5 else 101, x)

    def moved(self, x):
        """A move of any kind."""
        s, rng, last = self.shape(x), self.rng, len(self.shape(x)) - 1
        axis = self.between(1, last)
        n = s[axis]
        kind = rng.choice(["RESHAPE", "TRANSPOSE", "SLICE", "STRIDED_SLICE", "PAD", "PADV2", "MIRROR_PAD", "TILE", "REVERSE_V2", "GATHER", "GATHER_ND", "CONCATENATION", "PACK",
                           "SPLIT", "SPLIT_V", "UNPACK", "EXPAND_DIMS", "SQUEEZE", "SPACE_TO_DEPTH", "DEPTH_TO_SPACE", "BROADCAST_TO", "RESIZE_NEAREST_NEIGHBOR"])
        self.drawn.append(str(kind))
        pads = [[0, 0]] + [[self.between(0, min(2, d - 1)), self.between(0, min(2, d - 1))] for d in s[1:]]
        padded = [d + a + b for d, (a, b) in zip(s, pads)]
        paddings = self.k(np.array(pads), INT32)
        if kind == "RESHAPE":
            return self.op(22, [x, self.k([1, int(np.prod(s))], INT32)], [1, int(np.prod(s))])
        if kind == "TRANSPOSE":
            order = [0] + (1 + rng.permutation(last)).tolist()
            return self.op(39, [x, self.k(order, INT32)], [s[i] for i in order], Table({}), 26)
        if kind in ("SLICE", "STRIDED_SLICE"):
            first = [0] + [self.between(0, d - 1) for d in s[1:]]
            size = [1] + [self.between(1, d - f) for d, f in zip(s[1:], first[1:])]
            if kind == "SLICE":
                return self.op(65, [x, self.k(first, INT32), self.k(size, INT32)], size, Table({}), 48)
            ends = [f + c for f, c in zip(first, size)]
            return self.op(45, [x, self.k(first, INT32), self.k(ends, INT32), self.k([1] * len(s), INT32)], size, Table({}), 32)
        if kind == "PAD":
            return self.op(34, [x, paddings], padded, Table({}), 22)
        if kind == "PADV2":
            return self.op(60, [x, paddings, self.k(np.float32(rng.normal(0, self.rms)))], padded, Table({}), 43)
        if kind == "MIRROR_PAD":
            return self.op(100, [x, paddings], padded, Table({0: ("b", self.between(0, 1))}), 77)
        if kind == "TILE":
            times = [1] + [self.between(1, 2) for _ in s[1:]]
            return self.op(69, [x, self.k(times, INT32)], [a * b for a, b in zip(s, times)], Table({}), 50)
        if kind == "REVERSE_V2":
            return self.op(105, [x, self.k([axis], INT32)], s, Table({}), 80)
        if kind == "GATHER":
            index = rng.integers(0, n, self.between(1, 5))
            return self.op(36, [x, self.k(index, INT32)], [*s[:axis], len(index), *s[axis + 1:]], Table({0: ("i", axis)}), 23)
        if kind == "GATHER_ND":
            places = np.stack([np.zeros(3, int), rng.integers(0, s[1], 3)], 1)[None]
            return self.op(107, [x, self.k(places, INT32)], [1, 3, *s[2:]], Table({}), 83)
        if kind in ("CONCATENATION", "PACK"):
            y = self.unary(19, x)
            if kind == "PACK":
                return self.op(83, [x, y], [*s[:axis], 2, *s[axis:]], Table({0: ("i", 2), 1: ("i", axis)}), 59) if last < 3 else None
            return self.op(2, [x, y], [*s[:axis], 2 * n, *s[axis + 1:]], Table({0: ("i", axis)}), 10)
        if kind in ("SPLIT", "SPLIT_V", "UNPACK"):
            if n < 2 or (kind == "SPLIT" and n % 2) or (kind == "UNPACK" and last < 2):
                return None
            at = self.between(1, n - 1)
            sizes = [at, n - at] if kind == "SPLIT_V" else [n // 2] * 2 if kind == "SPLIT" else [0] * n
            parts = [([*s[:axis], *([c] if c else []), *s[axis + 1:]], f"t{len(self.g.tensors)}_{i}", FLOAT32) for i, c in enumerate(sizes)]
            if kind == "SPLIT":
                return self.g.ops_of(49, [self.k(np.int32(axis), INT32), x], parts, Table({0: ("i", 2)}), 35)[1]
            if kind == "SPLIT_V":
                return self.g.ops_of(102, [x, self.k(sizes, INT32), self.k(np.int32(axis), INT32)], parts, Table({0: ("i", 2)}), 79)[0]
            return self.g.ops_of(88, [x], parts, Table({0: ("i", n), 1: ("i", axis)}), 64)[self.between(0, n - 1)]
        if kind == "EXPAND_DIMS":
            return self.op(70, [x, self.k(np.int32(axis), INT32)], [*s[:axis], 1, *s[axis:]], Table({}), 52) if last < 3 else None
        if kind == "SQUEEZE":
            return self.op(43, [x], [*s[:axis], *s[axis + 1:]], Table({0: [axis]}), 30) if n == 1 and last > 1 else None
        if kind == "BROADCAST_TO":
            return self.op(130, [x, self.k([*s[:axis], 3, *s[axis + 1:]], INT32)], [*s[:axis], 3, *s[axis + 1:]], Table({}), 104) if n == 1 else None
        if last != 3:
            return None
        _, h, w, c = s
        if kind == "SPACE_TO_DEPTH":
            return self.op(26, [x], [1, h // 2, w // 2, 4 * c], Table({0: ("i", 2)}), 19) if h % 2 == 0 and w % 2 == 0 else None
        if kind == "DEPTH_TO_SPACE":
            return self.op(5, [x], [1, 2 * h, 2 * w, c // 4], Table({0: ("i", 2)}), 94) if c % 4 == 0 else None
        size = [self.between(1, 2 * h), self.between(1, 2 * w)]
        return self.op(97, [x, self.k(size, INT32)], [1, *size, c], Table({1: ("b", self.between(0, 1))}), 74)

    def combined(self, x):
        kind = self.rng.choice(["ADD", "SUB", "MUL", "MAXIMUM", "MINIMUM", "SQUARED_DIFFERENCE", "ADD_N", "DIV", "FLOOR_DIV", "FLOOR_MOD", "POW", "PRELU"])
        self.drawn.append(str(kind))
        s = self.shape(x)
        if kind == "ADD_N":
            return self.op(106, [x, self.unary(19, x), self.unary(101, x)], s, Table({}), 82)
        if kind == "PRELU":
            return self.op(54, [x, self.k(self.rng.uniform(-0.5, 1.5, s[-1:]))], s)
        if kind == "POW":
            y = self.above(x)
            return self.op(78, [y, self.k(np.float32(self.rng.choice([0.5, 1.5, 2.0, -1.0])))], s, Table({}), 56)
        if kind in ("DIV", "FLOOR_DIV", "FLOOR_MOD"):
            # The rest of -x by x + 0.5 would be 0.5 but for the last bit, which comparisons behind it would hang on.
            y = self.above(self.scaled(x, 0.7) if kind == "FLOOR_MOD" else x)
            y = self.unary(59, y) if self.rng.random() < 0.4 else y
            x = self.unit(x)
            code, option = {"DIV": (42, 29), "FLOOR_DIV": (90, 65), "FLOOR_MOD": (95, 72)}[kind]
            return self.op(code, [x, y], s, Table({}), option)
        x = self.unit(x) if kind in ("MUL", "SQUARED_DIFFERENCE") else x
        code, option = {"ADD": (0, 11), "SUB": (41, 28), "MUL": (18, 21), "MAXIMUM": (55, 39), "MINIMUM": (57, 39), "SQUARED_DIFFERENCE": (99, 76)}[kind]
        pair = [x, self.other(x)]
        return self.op(code, pair if self.rng.random() < 0.6 else pair[::-1], s, Table({}), option)

    def of_integers(self, x):
        kind = self.rng.choice(["ADD", "SUB", "MUL", "MAXIMUM", "DIV", "FLOOR_DIV", "FLOOR_MOD", "ABS", "NEG", "ZEROS_LIKE", "ONE_HOT"])
        self.drawn.append(f"{kind} of integers")
        i = self.integers(x)
        s, type = self.shape(i), self.g.tensors[i].fields[1][1]
        if kind in ("ABS", "NEG", "ZEROS_LIKE"):
            return self.cast(self.op({"ABS": 101, "NEG": 59, "ZEROS_LIKE": 93}[kind], [i], s, type=type), FLOAT32)
        if kind == "ONE_HOT":
            if math.prod(s) > 60 or len(s) > 3:
                return None
            return self.op(85, [i, self.k(np.int32(6), INT32), self.k(np.float32(2)), self.k(np.float32(-1))], [*s, 6], Table({0: ("i", -1)}), 61)
        code, option = {"ADD": (0, 11), "SUB": (41, 28), "MUL": (18, 21), "MAXIMUM": (55, 39), "DIV": (42, 29), "FLOOR_DIV": (90, 65), "FLOOR_MOD": (95, 72)}[kind]
        if self.rng.random() < 0.5:
            y = self.k(np.int64(self.rng.choice([-4, -3, 2, 3, 7])), type)
        else:
            t = self.op(61, [x, self.k(np.float32(0))], s, Table({}), 43, BOOL)
            y = self.op(123, [t, self.k(np.int64(3), type), self.k(np.int64(-2), type)], s, Table({}), 98, type)
        return self.cast(self.op(code, [i, y], s, Table({}), option, type), FLOAT32)

    def of_truths(self, x):
        s = self.shape(x)
        name = str(self.rng.choice(list(COMPARE)))
        t = self.op(COMPARE[name], [x, self.other(x)], s, Table({}), 41, BOOL)
        kind = self.rng.choice(["CAST", "SELECT", "LOGICAL_NOT", "LOGICAL_AND", "LOGICAL_OR", "REDUCE_ANY", "REDUCE_ALL"])
        self.drawn += [name, str(kind)]
        if kind == "SELECT":
            return self.op(self.rng.choice([64, 123]).item(), [t, x, self.unary(59, x)], s)
        if kind == "LOGICAL_NOT":
            t = self.op(87, [t], s, type=BOOL)
        elif kind in ("LOGICAL_AND", "LOGICAL_OR"):
            u = self.op(61, [x, self.k(np.float32(self.rms))], s, Table({}), 43, BOOL)
            t = self.op(86 if kind == "LOGICAL_AND" else 84, [t, u], s, type=BOOL)
        elif kind.startswith("REDUCE"):
            t = self.op(91 if kind == "REDUCE_ANY" else 140, [t, self.k([len(s) - 1], INT32)], [*s[:-1], 1], Table({0: ("b", 1)}), 27, BOOL)
        return self.cast(t, FLOAT32)

    def reduced(self, x):
        s, last = self.shape(x), len(self.shape(x)) - 1
        kind = str(self.rng.choice([*REDUCE, "REDUCE_PROD", "CUMSUM", "ARG_MAX", "ARG_MIN", "TOPK_V2", "SOFTMAX", "LOG_SOFTMAX", "L2_NORMALIZATION"]))
        self.drawn.append(kind)
        axis = self.between(1, last)
        kept = [*s[:axis], 1, *s[axis + 1:]]
        if kind in REDUCE:
            return self.op(REDUCE[kind], [x, self.k([axis], INT32)], kept, Table({0: ("b", 1)}), 27)
        if kind == "REDUCE_PROD":
            return self.op(81, [self.unit(x), self.k([axis], INT32)], kept, Table({0: ("b", 1)}), 27) if s[axis] < 6 else None
        if kind == "CUMSUM":
            return self.op(128, [x, self.k(np.int32(axis), INT32)], s, Table({0: ("b", self.between(0, 1)), 1: ("b", self.between(0, 1))}), 102)
        if kind in ("ARG_MAX", "ARG_MIN"):
            y = self.op(56 if kind == "ARG_MAX" else 79, [x, self.k(np.int32(axis), INT32)], [*s[:axis], *s[axis + 1:]], Table({0: ("b", INT32)}), 40, INT32)
            table = self.k(self.rng.normal(0, 1, (s[axis], 3)))
            self.drawn.append("GATHER of a computed index")
            return self.op(36, [table, y], [*s[:axis], *s[axis + 1:], 3], Table({}), 23)
        if kind == "TOPK_V2":
            n = self.between(1, s[-1])
            parts = [([*s[:-1], n], f"t{len(self.g.tensors)}_{i}", t) for i, t in enumerate((FLOAT32, INT32))]
            return self.g.ops_of(48, [x, self.k(np.int32(n), INT32)], parts, Table({}), 34)[0]
        x = self.unit(x)
        code, options, number = {"SOFTMAX": (25, Table({0: ("f", 1.0)}), 9), "LOG_SOFTMAX": (50, Table({}), 36), "L2_NORMALIZATION": (11, Table({}), 12)}[kind]
        return self.op(code, [x], s, options, number)

    def layer(self, x):
        s, rng = self.shape(x), self.rng
        kind = str(rng.choice(["CONV_2D", "DEPTHWISE_CONV_2D", "TRANSPOSE_CONV", "FULLY_CONNECTED", "BATCH_MATMUL", "BATCH_MATMUL", "MAX_POOL_2D", "AVERAGE_POOL_2D", "L2_POOL_2D",
                               "RESIZE_BILINEAR", "LOCAL_RESPONSE_NORMALIZATION", "RNN", "FILL", "RANGE", "RANK", "SHAPE"]))
        self.drawn.append(kind)
        c = s[-1]
        if kind == "FULLY_CONNECTED":
            out = self.between(1, 8)
            w, b = self.k(rng.normal(0, 1 / np.sqrt(c), (out, c))), self.k(rng.normal(0, self.rms, out))
            return self.op(9, [x, w, b], [int(np.prod(s[:-1])), out], Table({0: ("b", self.between(0, 1))}), 8)
        if kind == "BATCH_MATMUL":
            if len(s) < 3:
                return None
            if rng.random() < 0.5:
                return self.op(126, [self.unit(x), self.unit(self.unary(19, x))], [*s[:-1], s[-2]], Table({1: ("b", 1)}), 101)
            return self.op(126, [x, self.k(rng.normal(0, 1 / np.sqrt(c), (c, 4)))], [*s[:-1], 4], Table({}), 101)
        if kind == "RNN":
            if len(s) != 3:
                return None
            state = self.g.tensor([1, 3], f"t{len(self.g.tensors)}")
            self.g.tensors[state].fields[5] = ("b", 1)
            weights = [self.k(rng.normal(0, 0.5, shape)) for shape in ((3, c), (3, 3), (3,))]
            return self.op(35, [self.unit(x), *weights, state], [1, s[1], 3], Table({0: ("b", 0), 1: ("b", 4)}), 31)
        if kind == "FILL":
            n = self.op(40, [x, self.k(list(range(len(s))), INT32)], [], Table({0: ("b", 0)}), 27)
            return self.op(0, [x, self.op(94, [self.k(s, INT32), n], s, Table({}), 68)], s, Table({}), 11)
        if kind == "RANGE":
            r = self.op(96, [self.k(np.float32(0)), self.k(np.float32(c)), self.k(np.float32(1))], [c], Table({}), 73)
            return self.op(18, [x, r], s, Table({}), 21)
        if kind in ("RANK", "SHAPE"):
            r = self.op(110, [x], [], Table({}), 86, INT32) if kind == "RANK" else self.op(77, [x], [len(s)], Table({0: ("b", INT32)}), 55, INT32)
            r = r if kind == "RANK" else self.op(82, [r, self.k([0], INT32)], [], Table({0: ("b", 0)}), 27, INT32)
            return self.op(18, [x, self.cast(r, FLOAT32)], s, Table({}), 21)
        if len(s) != 4 or min(s[1:3]) < 2:
            return None
        _, h, w, _ = s
        window = {0: ("b", 1), 1: ("i", 1), 2: ("i", 1)}
        if kind == "CONV_2D":
            out = self.between(1, 4)
            return self.op(3, [x, self.k(rng.normal(0, 0.5 / np.sqrt(c), (out, 2, 2, c))), self.k(rng.normal(0, self.rms, out))], [1, h - 1, w - 1, out], Table(window), 1)
        if kind == "DEPTHWISE_CONV_2D":
            return self.op(4, [x, self.k(rng.normal(0, 0.5, (1, 2, 2, c))), self.k(rng.normal(0, self.rms, c))], [1, h - 1, w - 1, c], Table({**window, 3: ("i", 1)}), 2)
        if kind == "TRANSPOSE_CONV":
            to = [1, 2 * h, 2 * w, 2]
            return self.op(67, [self.k(to, INT32), self.k(rng.normal(0, 0.5 / np.sqrt(c), (2, 2, 2, c))), x], to, Table({0: ("b", 1), 1: ("i", 2), 2: ("i", 2)}), 49)
        if kind == "RESIZE_BILINEAR":
            return self.op(23, [x, self.k([h + 1, 2 * w], INT32)], [1, h + 1, 2 * w, c], Table({3: ("b", 1)}), 15)
        if kind == "LOCAL_RESPONSE_NORMALIZATION":
            return self.op(13, [self.unit(x)], s, Table({0: ("i", 1), 1: ("f", 1.0), 2: ("f", 0.5), 3: ("f", 0.5)}), 13)
        code = {"MAX_POOL_2D": 17, "AVERAGE_POOL_2D": 1, "L2_POOL_2D": 12}[kind]
        x = self.unit(x) if code == 12 else x
        return self.op(code, [x], [1, h // 2, w // 2, c], Table({0: ("b", 1), 1: ("i", 2), 2: ("i", 2), 3: ("i", 2), 4: ("i", 2)}), 5)

    def function(self, x):
        name = str(self.rng.choice([*PLAIN, *UNIT, *POSITIVE, "LEAKY_RELU", "GELU"]))
        self.drawn.append(name)
        if name == "LEAKY_RELU":
            return self.op(98, [x], self.shape(x), Table({0: ("f", 0.2)}), 75)
        if name == "GELU":
            return self.op(150, [self.unit(x)], self.shape(x), Table({}), 116)
        if name in PLAIN:
            return self.unary(PLAIN[name], self.unit(x) if name not in ("ABS", "NEG", "RELU") else x)
        return self.unary(UNIT[name], self.unit(x)) if name in UNIT else self.unary(POSITIVE[name], self.above(x))

    def bytes(self, out):
        self.g.outputs = [out]
        return self.model.bytes()

    def nearly(self, rng, share):
        """The model with each of its float constants off by about such a share."""
        kept = list(self.model.buffers)
        for t in self.g.tensors:
            (_, type), (_, buffer) = t.fields[1], t.fields[2]
            if type == FLOAT32 and buffer > 0:
                values = np.frombuffer(kept[buffer].fields[0], np.float32)
                self.model.buffers[buffer] = Table({0: (values * (1 + rng.normal(0, share, values.shape))).astype(np.float32).tobytes()})
        out = self.model.bytes()
        self.model.buffers = kept
        return out

    def grow(self, x, samples):
        """x after one more operator, or None where it leaves nothing to compare."""
        keep = (list(self.g.tensors), list(self.g.ops), list(self.drawn), list(self.model.buffers), list(self.model.codes))
        step = self.rng.choice([self.moved, self.moved, self.combined, self.combined, self.function, self.function, self.reduced, self.layer, self.layer,
                                self.of_integers, self.of_truths])
        y = step(x)
        got = self.run(self.bytes(y), samples) if y is not None and len(self.shape(y)) <= 4 and self.shape(y)[:1] == [1] else None
        if got is not None and got.size and np.isfinite(got).all() and np.ptp(got) > 0.01 * np.abs(got).max() and got[0].size <= MOST and 1e-6 < np.sqrt((got ** 2).mean()) < 1e6:
            self.rms = float(np.sqrt((got ** 2).mean()))
            return y
        self.g.tensors, self.g.ops, self.drawn, self.model.buffers, self.model.codes = keep
        return None

    def build(self, samples):
        """The shape of the input, its scale and the model; samples(shape, scale) are inputs."""
        rng, scale = self.rng, float(10 ** self.rng.uniform(-3, 3))
        shape = [1, *(self.between(2, 6) for _ in range(self.between(1, 3)))]
        x, data = self.g.input(shape), samples(shape, scale)
        self.rms, steps, wanted = scale, 0, self.between(1, 6)
        while steps < wanted:
            y = self.grow(x, data)
            if y is not None:
                x, steps = y, steps + 1
        return shape, scale, self.bytes(x)
