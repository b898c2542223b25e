# SPDX-License-Identifier: Apache-2.0
"""Constants of a TFLite model written with only some of their elements, as generate.py's cases need them."""
import numpy as np
from tensorflow.lite.python import schema_py_generated as schema

DENSIFY = 124
VALUES = {np.uint8: (3, schema.Uint8VectorT), np.uint16: (2, schema.Uint16VectorT), np.int32: (1, schema.Int32VectorT)}


def stored(level, values, dtype):
    """A compressed level's two lists."""
    for name, v in zip(("arraySegments", "arrayIndices"), values):
        number, kind = VALUES[dtype]
        vector = kind()
        vector.values = np.array(v, dtype)
        setattr(level, name + "Type", number)
        setattr(level, name, vector)


def encode(dense, order, compressed, blocks, dtype):
    """The stored elements, and what says where they belong. order: dimensions, then blocks, of which blocks[b] = (dimension, size);
    compressed: which places of the order."""
    size = {d: n for d, n in blocks}
    split = [x for d, n in enumerate(dense.shape) for x in ([n // size[d], size[d]] if d in size else [n])]
    place, at = {}, 0
    for d in range(dense.ndim):
        place[d] = at
        if d in size:
            place[dense.ndim + [b for b, _ in blocks].index(d)] = at + 1
        at += 1 + (d in size)
    a = dense.reshape(split).transpose([place[o] for o in order])
    out = schema.SparsityParametersT()
    out.traversalOrder, out.blockMap, out.dimMetadata = list(order), [d for d, _ in blocks] or None, []
    above = [()]
    for i in range(len(order)):
        level = schema.DimensionMetadataT()
        below, segments, indices = [], [0], []
        for p in above:
            for x in range(a.shape[i]):
                if i not in compressed or np.any(a[p + (x,)] != 0):
                    below.append(p + (x,))
                    indices.append(x)
            segments.append(len(indices))
        level.format = 1 if i in compressed else 0
        level.denseSize = 0 if i in compressed else a.shape[i]
        if i in compressed:
            stored(level, (segments, indices), dtype)
        out.dimMetadata.append(level)
        above = below
    return np.array([a[p] for p in above], dense.dtype), out


def sparse(shape, order, compressed, blocks=(), dtype=np.uint8, densify=True, keep=0.4):
    """A change for generate.changed: the constant of this shape loses most of its elements, by blocks, and is stored without
    them, in front of a DENSIFY unless the operator reads it as it is."""
    def change(m):
        g = m.subgraphs[0]
        at, = (i for i, t in enumerate(g.tensors) if list(t.shape) == list(shape) and m.buffers[t.buffer].data is not None)
        t = g.tensors[at]
        data = np.asarray(m.buffers[t.buffer].data, np.uint8).view(np.float16 if t.type == 1 else np.float32).reshape(shape)
        draw, grid = np.random.default_rng(5), [n // dict(blocks).get(d, 1) for d, n in enumerate(shape)]
        mask = draw.random(grid) < keep
        for d, n in blocks:
            mask = mask.repeat(n, d)
        values, t.sparsity = encode(data * mask, order, compressed, blocks, dtype)
        m.buffers[t.buffer].data = values.view(np.uint8)
        if not densify:
            return
        whole = schema.TensorT()
        whole.shape, whole.type, whole.name, whole.buffer = list(shape), t.type, t.name + b"_dense", 0
        g.tensors.append(whole)
        for o in g.operators:
            o.inputs = [len(g.tensors) - 1 if i == at else i for i in o.inputs]
        code = schema.OperatorCodeT()
        code.builtinCode, code.deprecatedBuiltinCode, code.version = DENSIFY, DENSIFY, 1
        m.operatorCodes.append(code)
        o = schema.OperatorT()
        o.opcodeIndex, o.inputs, o.outputs = len(m.operatorCodes) - 1, [at], [len(g.tensors) - 1]
        o.builtinOptionsType, o.builtinOptions = 0, None
        g.operators.insert(0, o)
    return change
