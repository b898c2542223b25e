#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Which operators of TFLite files are accepted, in which forms, and what they become: the table in docs/operators.md.

  operators.py PROGRAM DOC           whether DOC is what PROGRAM does, and nothing is refused that is not said to be
  operators.py PROGRAM DOC --write   write it
  operators.py PROGRAM - NAME ...    what of these operators is refused, and why

One model of one operator for each form, compiled by PROGRAM. Operands are f (float32), i (int32), l (int64), t (bool), computed from the
model's input, or constants, upper case; p and n are computed floats above and below 0.
"""
import collections
import concurrent.futures
import os
import pathlib
import re
import struct
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "support"))
import elementwise
from forms import ALL, SHAPE, TYPES, Form, op, same_shape
from tflite import BOOL, FLOAT32, INT32, INT64, Graph, Table, floats


def scalar(value, type=INT32):
    return lambda f: f.k([value], type, [])


def table(values, type, shape):
    return lambda f: f.k(values, type, shape)


def index(shape, type=INT32):
    """Computed whole numbers: ARG_MAX of the input over its last axis of 4."""
    return lambda f: f.op(56, [f.operand("f", (*shape, 4)), f.k([len(shape)], INT32, [])], shape, type, Table({0: ("b", type)}), 40)


def recurrent(code, options, kind, units, wide, steps):
    def make(f):
        w = f.operand("F", (units, wide))
        r = f.operand("F", (units, units))
        b = f.operand("F", (units,))
        h = f.graph.tensors
        state = f.graph.tensor([1, units], f.name())
        h[state].fields[5] = ("b", 1)
        return f.op(code, [f.operand("f", (1, steps, wide)), w, r, b, state], [1, steps, units], FLOAT32, options, kind)
    return make


def while_loop(f):
    x = f.x((1, 4))
    for role in ("condition", "body"):
        g = Graph(f.model, role)
        i, v = g.input([], "i", type=INT32), g.input([1, 4], "v")
        if role == "condition":
            g.outputs = [g.op(58, [i, g.constant([], "end", [3], INT32)], [], "less", Table({}), 41, type=BOOL)]
        else:
            g.outputs = [g.op(0, [i, g.constant([], "one", [1], INT32)], [], "next", Table({}), 11, type=INT32),
                         g.op(0, [v, g.constant([4], "step", [0.5] * 4)], [1, 4], "sum", Table({}), 11)]
    return f.graph.ops_of(119, [f.k([0], INT32, []), x], [([], "i", INT32), ([1, 4], "y", FLOAT32)], Table({0: ("i", 1), 1: ("i", 2)}), 93)[1]


def branch(letter):
    """IF by a condition of this kind: x or its negative."""
    def make(f):
        condition, x = f.operand(letter, ()) if letter == "T" else f.op(58, [f.op(74, [f.x((1, 4)), f.k([0, 1])], [], FLOAT32, Table({}), 27), f.k([0.5], FLOAT32, [])], [], BOOL), None
        x = f.graph.inputs[0] if f.graph.inputs else f.x((1, 4))
        for role in ("then", "else"):
            g = Graph(f.model, role)
            v = g.input([1, 4], "v")
            g.outputs = [g.op(59, [v], [1, 4], "y", Table({}), 42) if role == "else" else g.op(101, [v], [1, 4], "y", Table({}), 78)]
        return f.graph.ops_of(118, [condition, x], [([1, 4], "y", FLOAT32)], Table({0: ("i", 1), 1: ("i", 2)}), 92)[0]
    return make


def densified(f):
    """Four numbers of which two are kept."""
    t = f.graph.tensor([4], "sparse", buffer=f.model.buffer(floats([1.5, -0.5])))
    rows = Table({0: ("b", 1), 2: ("b", 1), 3: Table({0: [0, 2]}), 4: ("b", 1), 5: Table({0: [1, 3]})})
    f.graph.tensors[t].fields[6] = Table({0: [0], 2: [rows]})
    return f.op(124, [t], [4], FLOAT32, Table({}), 99)


def lstm(f):
    units, wide = 3, 2
    inputs = [f.operand("f", (1, 4, wide))] + [-1] * 23
    for i in range(4):
        inputs[1 + i], inputs[5 + i], inputs[12 + i] = f.operand("F", (units, wide)), f.operand("F", (units, units)), f.operand("F", (units,))
    for at in (18, 19):
        inputs[at] = f.graph.tensor([1, units], f.name())
        f.graph.tensors[inputs[at]].fields[5] = ("b", 1)
    return f.op(44, inputs, [1, 4, units], FLOAT32, Table({0: ("b", 4)}), 71)


def flat(f, count):
    """A computed bias: the input, so many numbers."""
    return f.op(22, [f.graph.inputs[0], f.k([count])], [count], FLOAT32, Table({0: [count]}), 17)


def fc(weights):
    return op(9, [("f", (2, 4)), (weights, (3, 4)), -1], [2, 3], Table({}), 8)


def pool(code):
    return {"f": op(code, [("f", (1, 4, 4, 2))], [1, 2, 2, 2], Table({0: ("b", 1), 1: ("i", 2), 2: ("i", 2), 3: ("i", 2), 4: ("i", 2)}), 5)}


def reducer(code, words):
    return {w: op(code, [w, [1, 2]], [1, 4], Table({0: ("b", 0)}), 27) for w in words.split()}


def moving(code, words, operands, shape, options=None, kind=0, results=None):
    """Forms that differ in the type of the first operand alone."""
    return {w: op(code, [w, *operands], shape, options, kind, results=results and [(s, w.lower()) for s in results]) for w in words.split()}


WINDOW = Table({0: ("b", 1), 1: ("i", 1), 2: ("i", 1)})
DEPTHS = Table({0: ("b", 1), 1: ("i", 1), 2: ("i", 1), 3: ("i", 2)})
VOLUME = Table({0: ("b", 1), 1: ("i", 1), 2: ("i", 1), 3: ("i", 1)})
STRIDES = Table({0: ("b", 1), 1: ("i", 2), 2: ("i", 2)})
# Name: (number in files, {form: how it is made}); those of compiler/elementwise are in their folders. Letters of a form are its operands' kinds; what follows a colon says more.
OPERATORS = {
    "CONV_2D": (3, {"fFF": op(3, [("f", (1, 5, 5, 2)), ("F", (3, 3, 3, 2)), ("F", (3,))], [1, 3, 3, 3], WINDOW, 1),
                    "ffF": op(3, [("f", (1, 3, 3, 1)), ("f", (1, 3, 3, 1)), ("F", (1,))], [1, 1, 1, 1], WINDOW, 1),
                    "fFf": op(3, [("f", (1, 3, 3, 2)), ("F", (18, 2, 2, 2)), lambda f: flat(f, 18)], [1, 2, 2, 18], WINDOW, 1)}),
    "CONV_3D": (132, {"fFF": op(132, [lambda f: f.op(22, [f.x((1, 3, 3, 3)), f.k([1, 3, 3, 3, 1])], (1, 3, 3, 3, 1)), ("F", (2, 2, 2, 1, 2)), ("F", (2,))], [1, 2, 2, 2, 2],
                                VOLUME, 106),
                      "ffF": op(132, [lambda f: f.op(22, [f.x((1, 2, 2, 2)), f.k([1, 2, 2, 2, 1])], (1, 2, 2, 2, 1)),
                                      lambda f: f.op(22, [f.x((1, 2, 2, 2)), f.k([2, 2, 2, 1, 1])], (2, 2, 2, 1, 1)), ("F", (1,))], [1, 1, 1, 1, 1], VOLUME, 106)}),
    "DEPTHWISE_CONV_2D": (4, {"fFF": op(4, [("f", (1, 5, 5, 2)), ("F", (1, 3, 3, 4)), ("F", (4,))], [1, 3, 3, 4],
                                        DEPTHS, 2),
                              "ffF": op(4, [("f", (1, 3, 3, 2)), ("f", (1, 3, 3, 2)), ("F", (2,))], [1, 1, 1, 2], WINDOW, 2),
                              "fFf": op(4, [("f", (1, 3, 3, 2)), ("F", (1, 2, 2, 18)), lambda f: flat(f, 18)], [1, 2, 2, 18], DEPTHS, 2)}),
    "TRANSPOSE_CONV": (67, {"IFf": op(67, [[1, 6, 6, 2], ("F", (2, 2, 2, 3)), ("f", (1, 3, 3, 3))], [1, 6, 6, 2],
                                      STRIDES, 49, type="f"),
                            "Iff": op(67, [[1, 4, 4, 1], ("f", (1, 2, 2, 2)), ("f", (1, 2, 2, 2))], [1, 4, 4, 1], STRIDES, 49, type="f")}),
    "FULLY_CONNECTED": (9, {"fF": fc("F"), "ff": op(9, [("f", (4, 4)), ("f", (4, 4)), -1], [4, 4], Table({}), 8),
                            "fFf": op(9, [("f", (2, 3)), ("F", (6, 3)), lambda f: flat(f, 6)], [2, 6], Table({}), 8)}),
    "BATCH_MATMUL": (126, {w: op(126, [(w[0], (1, 4, 4)), (w[1], (1, 4, 4))], [1, 4, 4], Table({}), 101) for w in ("ff", "fF", "Ff")}),
    "WHERE": (109, {w: op(109, [(w, (4,))], [2 if w == "T" else 4, 1], Table({}), 85, "l") for w in ("T", "F", "I", "t")}),
    "SOFTMAX": (25, same_shape(25, "f", Table({0: ("f", 1.0)}), 9)),
    "LOG_SOFTMAX": (50, same_shape(50, "f", Table({}), 36)),
    "L2_NORMALIZATION": (11, same_shape(11, "f", Table({}), 12)),
    "LOCAL_RESPONSE_NORMALIZATION": (13, same_shape(13, "f", Table({0: ("i", 2), 1: ("f", 1.0), 2: ("f", 0.5), 3: ("f", 0.5)}), 13)),
    "MEAN": (40, reducer(40, "f F")),
    "SUM": (74, reducer(74, "f F i I l L")),
    "REDUCE_MAX": (82, reducer(82, "f F i I l L")),
    "REDUCE_MIN": (89, reducer(89, "f F i I l L")),
    "REDUCE_PROD": (81, reducer(81, "f F i I")),
    "REDUCE_ANY": (91, reducer(91, "t T")),
    "REDUCE_ALL": (140, reducer(140, "t T")),
    "ARG_MAX": (56, {w: op(56, [w, scalar(3)], [1, 2, 3], Table({0: ("b", INT32)}), 40, "i") for w in "fi"}),
    "ARG_MIN": (79, {w: op(79, [w, scalar(3)], [1, 2, 3], Table({0: ("b", INT64)}), 57, "l") for w in "fi"}),
    "TOPK_V2": (48, {w: op(48, [w, scalar(2)], None, Table({}), 34, results=[((1, 2, 3, 2), w), ((1, 2, 3, 2), "i")]) for w in "fi"}),
    "CUMSUM": (128, {w: op(128, [w, scalar(1)], SHAPE, Table({}), 102) for w in "fi"}),
    "MAX_POOL_2D": (17, pool(17)),
    "AVERAGE_POOL_2D": (1, pool(1)),
    "L2_POOL_2D": (12, pool(12)),
    "RESHAPE": (22, moving(22, ALL, [[1, 6, 4]], [1, 6, 4], Table({0: [1, 6, 4]}), 17)),
    "SQUEEZE": (43, moving(43, ALL, [], [2, 3, 4], Table({0: [0]}), 30)),
    "EXPAND_DIMS": (70, moving(70, ALL, [scalar(2)], [1, 2, 1, 3, 4], Table({}), 52)),
    "TRANSPOSE": (39, moving(39, ALL, [[0, 2, 3, 1]], [1, 3, 4, 2], Table({}), 26)),
    "SPLIT": (49, {w: op(49, [scalar(3), w], None, Table({0: ("i", 2)}), 35, results=[((1, 2, 3, 2), w.lower())] * 2) for w in ALL.split()}),
    "SPLIT_V": (102, {w: op(102, [w, [1, 3], scalar(3)], None, Table({0: ("i", 2)}), 79, results=[((1, 2, 3, 1), w.lower()), ((1, 2, 3, 3), w.lower())])
                      for w in ALL.split()}),
    "CONCATENATION": (2, {w: op(2, list(w), [1, 2, 3, 8], Table({0: ("i", 3)}), 10) for w in "ff fF FF ii iI II ll LL tt".split()}),
    "PACK": (83, {w: op(83, list(w), [2, *SHAPE], Table({0: ("i", 2), 1: ("i", 0)}), 59) for w in "ff fF FF ii II ll LL tt".split()}),
    "UNPACK": (88, moving(88, ALL, [], None, Table({0: ("i", 2), 1: ("i", 1)}), 64, [(1, 3, 4), (1, 3, 4)])),
    "SLICE": (65, moving(65, ALL, [[0, 0, 1, 0], [1, 2, 2, 3]], [1, 2, 2, 3], Table({}), 48)),
    "STRIDED_SLICE": (45, moving(45, ALL, [[0, 0, 1, 0], [1, 2, 3, 4], [1, 1, 1, 2]], [1, 2, 2, 2], Table({}), 32)),
    "PAD": (34, moving(34, ALL, [table([0, 0, 1, 1, 0, 2, 0, 0], INT32, [4, 2])], [1, 4, 5, 4], Table({}), 22)),
    "PADV2": (60, {w: op(60, [w, table([0, 0, 1, 1, 0, 2, 0, 0], INT32, [4, 2]), scalar(2, TYPES[w.lower()])], [1, 4, 5, 4], Table({}), 43)
                   for w in "f F i I l L".split()}),
    "MIRROR_PAD": (100, moving(100, ALL, [table([0, 0, 1, 1, 0, 2, 0, 0], INT32, [4, 2])], [1, 4, 5, 4], Table({0: ("b", 1)}), 77)),
    "TILE": (69, moving(69, ALL, [[1, 2, 1, 2]], [1, 4, 3, 8], Table({}), 50)),
    "BROADCAST_TO": (130, {w: op(130, [(w, (1, 1, 3, 4)), [1, 2, 3, 4]], SHAPE, Table({}), 104) for w in ALL.split()}),
    "BROADCAST_ARGS": (145, {"II": op(22, ["f", lambda f: f.op(145, [f.k([1, 1, 4]), f.k([6, 1])], [3], INT32)], [1, 6, 4], None, 0)}),
    "FILL": (94, {"IF": op(0, ["f", lambda f: f.op(94, [f.k([1, 2, 3, 4]), f.k([1.5], FLOAT32, [])], SHAPE, FLOAT32, Table({}), 68)], SHAPE, Table({}), 11),
                  "If": op(94, [[2, 3], ("f", ())], [2, 3], Table({}), 68, "f"),
                  "II": op(94, [[2, 3], scalar(4)], [2, 3], Table({}), 68, "i")}),
    "RANGE": (96, {"III": op(96, [scalar(0), scalar(6), scalar(2)], [3], Table({}), 73, "i"),
                   "FFF": op(96, [scalar(0, FLOAT32), scalar(6, FLOAT32), scalar(2, FLOAT32)], [3], Table({}), 73, "f")}),
    "SHAPE": (77, {w: op(77, [w], [4], Table({0: ("b", INT32)}), 55, "i") for w in ALL.split()}),
    "RANK": (110, {w: op(110, [w], [], Table({}), 86, "i") for w in ALL.split()}),
    "ZEROS_LIKE": (93, same_shape(93, ALL, Table({}), 67)),
    "ONE_HOT": (85, {"I": op(85, [table([0, 2, 5, 1], INT32, [4]), scalar(4), scalar(2.0, FLOAT32), scalar(-1.0, FLOAT32)], [4, 4], Table({0: ("i", -1)}), 61, "f"),
                     "i": op(85, [("i", (1, 4)), scalar(4), scalar(2.0, FLOAT32), scalar(-1.0, FLOAT32)], [1, 4, 4], Table({0: ("i", -1)}), 61, "f"),
                     "i: of an ARG_MAX": op(85, [index((1, 3)), scalar(4), scalar(2.0, FLOAT32), scalar(-1.0, FLOAT32)], [1, 3, 4], Table({0: ("i", -1)}), 61, "f"),
                     "i: input": op(85, [{"input": (1, 3), "type": "i"}, scalar(4), scalar(1.0, FLOAT32), scalar(0.0, FLOAT32)], [1, 3, 4],
                                    Table({0: ("i", -1)}), 61, "f")}),
    "REVERSE_V2": (105, moving(105, ALL, [[1]], SHAPE, Table({}), 80)),
    "GATHER": (36, {**moving(36, ALL, [[1, 0, 1]], [1, 3, 3, 4], Table({0: ("i", 1)}), 23),
                    "Fi: input": op(36, [("F", (5, 4)), {"input": (1, 3), "type": "i"}], [1, 3, 4], Table({}), 23),
                    "Fl: input": op(36, [("F", (5, 4)), {"input": (1, 3), "type": "l"}], [1, 3, 4], Table({}), 23),
                    "Fi: of an ARG_MAX": op(36, [("F", (4, 3)), index((1, 3))], [1, 3, 3], Table({}), 23),
                    "fi: of an ARG_MAX": op(36, [("f", (1, 3, 4)), index((1, 3))], [1, 1, 3, 4], Table({0: ("i", 1)}), 23),
                    "Fi": op(36, [("F", (9, 4)), ("i", (1, 3))], [1, 3, 4], Table({}), 23),
                    "fI: batch dimensions": op(36, ["f", table([1, 0, 2, 2], INT32, [1, 2, 2])], [1, 2, 2, 4], Table({0: ("i", 2), 1: ("i", 2)}), 23)}),
    "GATHER_ND": (107, {**{w: op(107, [w, table([0, 1, 2, 0, 0, 1], INT32, [2, 3])], [2, 4], Table({}), 83) for w in ALL.split()},
                        "Fi: input": op(107, [("F", (5, 4)), {"input": (3, 1), "type": "i"}], [3, 4], Table({}), 83)}),
    "EMBEDDING_LOOKUP": (7, {"Fi: input": op(7, [{"input": (3,), "type": "i"}, ("F", (5, 4))], [3, 4], type="f"),
                             "FI": op(7, [[1, 0], ("F", (5, 4))], [2, 4], type="f")}),
    "SPACE_TO_DEPTH": (26, {w: op(26, [(w, (1, 2, 4, 3))], [1, 1, 2, 12], Table({0: ("i", 2)}), 19) for w in "f i t".split()}),
    "DEPTH_TO_SPACE": (5, {w: op(5, [(w, (1, 2, 2, 4))], [1, 4, 4, 1], Table({0: ("i", 2)}), 94) for w in "f i t".split()}),
    "SPACE_TO_BATCH_ND": (38, {"f": op(38, [("f", (1, 4, 4, 1)), [2, 2], table([0] * 4, INT32, [2, 2])], [4, 2, 2, 1], Table({}), 25)}),
    "BATCH_TO_SPACE_ND": (37, {"f": op(37, [lambda f: f.op(38, [f.operand("f", (1, 4, 4, 1)), f.k([2, 2]), f.k([0] * 4, INT32, [2, 2])], [4, 2, 2, 1], FLOAT32, Table({}), 25),
                                            [2, 2], table([0] * 4, INT32, [2, 2])], [1, 4, 4, 1], Table({}), 24, "f")}),
    "RESIZE_BILINEAR": (23, {"f": op(23, ["f", [4, 6]], [1, 4, 6, 4], Table({3: ("b", 1)}), 15)}),
    "RESIZE_NEAREST_NEIGHBOR": (97, {w: op(97, [w, [4, 6]], [1, 4, 6, 4], Table({1: ("b", 1)}), 74) for w in "f i".split()}),
    "DEQUANTIZE": (6, {"H": op(18, ["f", lambda f: f.op(6, [f.graph.tensor([4], "half", 1, f.model.buffer(b"\0\x3c\0\x40\0\x44\0\x3e"))], [4], FLOAT32, Table({}), 38)],
                               SHAPE, Table({}), 21)}),
    "UNIDIRECTIONAL_SEQUENCE_LSTM": (44, {"f": lstm}),
    "UNIDIRECTIONAL_SEQUENCE_RNN": (35, {"f": recurrent(35, Table({0: ("b", 0), 1: ("b", 4)}), 31, 3, 2, 4)}),
    "DENSIFY": (124, {"F": op(18, ["f", densified], SHAPE, Table({}), 21)}),
    "WHILE": (119, {"If": while_loop}),
    "IF": (118, {"Tf": branch("T"), "tf": branch("t")}),
}
OPERATORS |= {name.upper(): (module.CODE, module.FORMS) for name, module in elementwise.folders()}
# What is refused, and why: nothing else is.
REFUSED = {
    ("POW", "ii"): "computed exponents of integers",
    ("IF", "tf"): "a computed condition",
    ("WHERE", "t"): "a computed condition: the size of the result would hang on the input",
}
# What a file of today is made of: each is a row above.
ASKED = """CONV_2D CONV_3D DEPTHWISE_CONV_2D TRANSPOSE_CONV FULLY_CONNECTED BATCH_MATMUL ADD ADD_N SUB MUL DIV FLOOR_DIV FLOOR_MOD POW SQUARE SQUARED_DIFFERENCE ABS NEG SIGN FLOOR
CEIL ROUND SQRT RSQRT EXP LOG SIN COS MAXIMUM MINIMUM EQUAL NOT_EQUAL LESS LESS_EQUAL GREATER GREATER_EQUAL LOGICAL_AND LOGICAL_OR LOGICAL_NOT SELECT SELECT_V2 WHERE RELU RELU6
RELU_N1_TO_1 RELU_0_TO_1 LEAKY_RELU PRELU ELU GELU LOGISTIC TANH HARD_SWISH SOFTMAX LOG_SOFTMAX L2_NORMALIZATION LOCAL_RESPONSE_NORMALIZATION MEAN SUM REDUCE_MAX REDUCE_MIN
REDUCE_PROD REDUCE_ANY REDUCE_ALL ARG_MAX ARG_MIN TOPK_V2 CUMSUM MAX_POOL_2D AVERAGE_POOL_2D L2_POOL_2D RESHAPE SQUEEZE EXPAND_DIMS TRANSPOSE SPLIT SPLIT_V CONCATENATION PACK UNPACK
SLICE STRIDED_SLICE PAD PADV2 MIRROR_PAD TILE BROADCAST_TO FILL RANGE SHAPE RANK ZEROS_LIKE ONE_HOT REVERSE_V2 GATHER GATHER_ND EMBEDDING_LOOKUP SPACE_TO_DEPTH DEPTH_TO_SPACE
SPACE_TO_BATCH_ND BATCH_TO_SPACE_ND RESIZE_BILINEAR RESIZE_NEAREST_NEIGHBOR CAST DEQUANTIZE DENSIFY UNIDIRECTIONAL_SEQUENCE_LSTM UNIDIRECTIONAL_SEQUENCE_RNN WHILE""".split()
# What the importer knows and has no row: states, which are no operators of a graph's values.
STATES = {"CALL_ONCE": 129, "VAR_HANDLE": 142, "READ_VARIABLE": 143, "ASSIGN_VARIABLE": 144}
# What ZKML's converter takes (ddkang/zkml, python/converter.py at 4378958), and the form that stands for it here.
ZKML = {
    "ADD": ("activation NONE, RELU or RELU6; a constant of -inf as a mask", "ff; fF; Ff; f-inf"), "AVERAGE_POOL_2D": ("any padding, but taken as VALID", "f"),
    "BATCH_MATMUL": ("not adj_x", "ff; fF"), "BROADCAST_ARGS": ("dropped", "II"), "BROADCAST_TO": ("dropped: taken for its operand", "f"),
    "CONCATENATION": ("", "ff; fF"), "CONV_2D": ("no dilation, no groups", "fFF"), "CUSTOM": ("any: taken for a VALID convolution of stride 1", None),
    "DEPTHWISE_CONV_2D": ("no dilation", "fFF"), "DIV": ("by one constant", "fF"), "FULLY_CONNECTED": ("", "fF; ff"), "GATHER": ("dropped: taken for its operand", "f"),
    "LOGISTIC": ("", "f"), "MAX_POOL_2D": ("VALID, no activation", "f"), "MEAN": ("over all axes but batch and one", "f"), "MUL": ("", "ff; fF; Ff"),
    "PACK": ("axis 0 or 1", "ff"), "PAD": ("", "f"), "POW": ("to the power of 3", "fF: 3"), "REDUCE_PROD": ("dropped: taken for its operand", "f"), "RESHAPE": ("", "f"),
    "RESIZE_NEAREST_NEIGHBOR": ("half_pixel_centers", "f"), "RSQRT": ("", "p"), "SHAPE": ("dropped: taken for its operand", "f"), "SLICE": ("", "f"),
    "SOFTMAX": ("", "f"), "SPLIT": ("equal parts", "f"), "SQUARE": ("", "f"), "SQUARED_DIFFERENCE": ("", "ff; fF"), "STRIDED_SLICE": ("dropped: taken for its operand", "f"),
    "SUB": ("a constant of 10000 as a mask", "ff; fF; Ff; fF: 10000"), "TANH": ("", "f"), "TRANSPOSE": ("", "f"),
}
LINE = re.compile(r"^ +\d+ .*%  (.+): ([a-z ,]+)$")
CASES = 6  # of each operator, at least, in tests/conformance/ops


def mask(code, kind, value):
    """Scores of which a constant takes those above the diagonal out of a softmax."""
    def make(f):
        y = f.op(code, [f.x((1, 4, 4)), f.k([value if i % 4 > i // 4 else 0.0 for i in range(16)], FLOAT32, [4, 4])], (1, 4, 4), FLOAT32, Table({}), kind)
        return f.op(25, [y], (1, 4, 4), FLOAT32, Table({0: ("f", 1.0)}), 9)
    return make


OPERATORS["ADD"][1]["f-inf"] = mask(0, 11, float("-inf"))
OPERATORS["SUB"][1]["fF: 10000"] = mask(41, 28, 10000.0)
OPERATORS["POW"][1]["fF: 3"] = op(78, ["f", lambda f: f.k([3.0], FLOAT32, [])], SHAPE, Table({}), 56)


def judge(program, folder, name, form, make):
    """What the form becomes, as a set of primitives, or None and why it is refused."""
    path = pathlib.Path(folder) / (name + "".join(c.upper() + "_" if c.isupper() else c if c.isalnum() else "-" for c in form) + ".tflite")
    f, own = Form(), []

    def note(f):
        out = make(f)
        own.extend(f.graph.tensors[t].fields[3] for t in (out if isinstance(out, list) else [out]))
        return out
    path.write_bytes(f.bytes(note))
    r = subprocess.run([program, "compile", path, "--explain", "--accuracy", "1", "--table-bits", "12", "--lanes", "2", "-q"], capture_output=True, text=True)
    if r.returncode:
        return None, r.stderr.strip().replace(f"halocline: '{path}': ", "")
    lines = (LINE.match(line) for line in r.stdout.splitlines())
    return {part for m in lines if m and any(f"'{t}'" in m[1] for t in own) for part in m[2].split(", ")}, None


def field(data, table, number):
    """Where a field of a FlatBuffers table is; 0: nowhere."""
    vtable = table - struct.unpack_from("<i", data, table)[0]
    if 4 + 2 * number >= struct.unpack_from("<H", data, vtable)[0]:
        return 0
    at = struct.unpack_from("<H", data, vtable + 4 + 2 * number)[0]
    return at and table + at


def codes_of(data):
    """The operators that a model has, by number."""
    def refer(at):
        return at + struct.unpack_from("<I", data, at)[0]
    vector = refer(field(data, refer(0), 1))
    for i in range(struct.unpack_from("<I", data, vector)[0]):
        code = refer(vector + 4 + 4 * i)
        old, new = field(data, code, 0), field(data, code, 3)
        yield max(data[old] if old else 0, struct.unpack_from("<i", data, new)[0] if new else 0)


def letters(forms):
    return ", ".join(f"`{f}`" for f in forms)


def document(results):
    """docs/operators.md."""
    rows = []
    for name, (_, forms) in sorted(OPERATORS.items()):
        taken = [f for f in forms if (name, f) not in REFUSED]
        parts = sorted(set().union(*(results[name, f][0] for f in taken)))
        rows.append(f"| {name} | {letters(taken)} | {'; '.join(f'`{f}`: {why}' for (n, f), why in REFUSED.items() if n == name)} | {', '.join(parts) or '-'} |")
    zkml = []
    for name, (what, forms) in sorted(ZKML.items()):
        ours = "those that are known by name; any other is an error that names it, never taken for something else" if forms is None else \
            ", ".join(f"`{f}`" for f in forms.split("; "))
        zkml.append(f"| {name} | {what or 'as it is'} | {ours} |")
    return HEAD + "\n".join(rows) + MIDDLE + "\n".join(zkml) + TAIL


HEAD = """# Operators of TFLite files

This page is made by `tests/cli/operators.py PROGRAM docs/operators.md --write` from what the program does with a model for each entry, and a test compares the two. [fixed-point.md](fixed-point.md#what-is-read) says more of sizes, axes and
options, `tests/conformance/ops` has at least six models of each operator with TFLite's results.

Accepted forms are words with a letter for each operand: `f` float32, `i` int32, `l` int64, `t` bool, computed; `p`, `n` computed floats that are above and below 0; upper case: constants. Primitives (`compiler/primitives`) are those of all accepted
forms; `-`: nothing is laid out for the operator itself, its result is other cells or a constant. What the layout joins (a function and the node in front of it) is told as one.

A model's inputs may be float32, bool (0 and 1 exactly), and int32 or int64 that look up rows of a constant table or are a mask; inputs and outputs have up to eight dimensions, the first of any size. What an operator reads of more than four
dimensions, or of a batch, is said with the operator.

| operator | accepted | refused | becomes |
|---|---|---|---|
"""
MIDDLE = """

Any other operator is refused when the model is read, in one message that names every refused operator of the file with its tensors; so is an operator of the table in a form that it does not have.

## Next to ZKML's converter

The 33 operators of ddkang/zkml (`python/converter.py` at 4378958), what that converter does with them, and the forms above that stand for it. None of what it converts as the operator means it is refused. It takes a custom operator for a convolution without a look
at which one it is; here a custom operator has to be known.

| operator | ZKML | Halocline |
|---|---|---|
"""
TAIL = "\n"


def check_results(results):
    """What is refused or accepted unlike REFUSED and ZKML say."""
    wrong = [f"{n} {f} is {'refused: ' + why if why else 'accepted'}" for (n, f), (_, why) in results.items() if bool(why) != ((n, f) in REFUSED)]
    for name, (_, forms) in ZKML.items():
        wrong += [f"{name} {f}, which ZKML takes, is no form or refused" for f in (forms or "").split("; ")
                  if forms and (f not in OPERATORS[name][1] or (name, f) in REFUSED)]
    return wrong


def known():
    """The operators that the importer's sources name, {number: name}."""
    compiler = pathlib.Path(__file__).resolve().parents[2] / "compiler"
    lists = [*(compiler / "frontend").glob("*.def"), *compiler.glob("elementwise/*/*.def"), compiler / "functions/functions.def"]
    named = {int(number): name for path in lists for name, number in re.findall(r"^HCL_[A-Z_]+\((\w+), (\d+)[,)]", path.read_text(), re.M)}
    for path in compiler.glob("operators/*/*.c"):
        text = path.read_text()
        named |= {int(code): path.stem.upper() for code in re.findall(r"\.code = (\d+)", text)}
    for path in compiler.glob("frontend/*.[ch]"):
        named |= {int(code): name for name, code in re.findall(r"\bTFL_([A-Z0-9_]+) = (\d+)", path.read_text()) if name != "CUSTOM"}
    return named


def check_lists():
    """What the importer knows has a row, what has a row it knows, and nothing that is asked for is missing."""
    rows, sources = {code: name for name, (code, _) in OPERATORS.items()}, known()
    wrong = [f"{name} ({code}) is read and has no row" for code, name in sources.items() if code not in rows and code not in STATES.values()]
    wrong += [f"{name} ({code}) has a row and is named by no source" for code, name in rows.items() if code not in sources]
    return wrong + [f"{name} is missing" for name in ASKED if name not in OPERATORS] + \
        [f"{name} is refused in every form" for name, (_, forms) in OPERATORS.items() if all((name, f) in REFUSED for f in forms)]


def check_cases():
    """Operators with too few models among the cases."""
    folder = pathlib.Path(__file__).resolve().parent.parent / "conformance" / "ops"
    seen = collections.Counter(code for path in folder.glob("*.tflite") for code in set(codes_of(path.read_bytes())))
    return [f"{name} has {seen[code]} cases, expected {CASES}" for name, (code, _) in OPERATORS.items() if name in ASKED and seen[code] < CASES]


def main():
    program, doc, names = sys.argv[1], sys.argv[2], [a for a in sys.argv[3:] if a != "--write"]
    forms = [(name, form, make) for name, (_, all) in OPERATORS.items() for form, make in all.items() if not names or name in names]
    with tempfile.TemporaryDirectory() as folder, concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        judged = list(pool.map(lambda f: judge(program, folder, *f), forms))
    results = {(name, form): result for (name, form, _), result in zip(forms, judged)}
    if names:
        for (name, form), (parts, why) in results.items():
            print(f"{name} {form}: {why or ', '.join(sorted(parts)) or '-'}")
        return 0
    wrong = check_results(results) + check_cases() + check_lists()
    text = "" if wrong else document(results)
    if not wrong and "--write" in sys.argv:
        pathlib.Path(doc).write_text(text)
    elif not wrong and pathlib.Path(doc).read_text() != text:
        wrong = [f"{doc} is not what {program} does: write it again"]
    print("\n".join(wrong) or f"{len(forms)} forms of {len(OPERATORS)} operators, {len(REFUSED)} of them refused, as {doc} says")
    return bool(wrong)


if __name__ == "__main__":
    sys.exit(main())
