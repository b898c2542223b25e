#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Make the one-operator models of this folder, and those of ../rejected, with TensorFlow; and the outputs that the TFLite
interpreter gives for random inputs. Needs: pip install tensorflow (made with 2.21). Run it in place; the files
are committed, the tests do not need TensorFlow.

<name>.tflite, <name>.in.npy (inputs, one sample per row), <name>.out.npy (the interpreter's outputs).

The cases of operators of one element at a time are in their folders (compiler/elementwise/*/cases.py: a kind of node, how many are left after the
passes, the shape, the function, what is changed in the file); elementwise.def tells test_ops.c of them.

generate.py            all of them
generate.py NAME ...   these cases alone (a new one leaves the others as they are)
"""
import os
import pathlib
import sys
import zlib

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "support"))

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import numpy as np
import flatbuffers
import tensorflow as tf
from tensorflow.lite.python import schema_py_generated as schema

import elementwise
from forms import Form, op
from tflite import BOOL, FLOAT32, INT32, INT64, Table

from sparse import sparse

HERE = pathlib.Path(__file__).resolve().parent
REJECTED = HERE.parent / "rejected"
SAMPLES = 4
Kernels = tf.lite.experimental.OpResolverType
rng = np.random.default_rng(1)


def weights(*shape, scale=0.5):
    return tf.constant(rng.normal(0, scale, shape).astype(np.float32))


def conv(channels, out, size, stride, padding, bias=True, activation=None, dilation=1):
    w = weights(size, size, channels, out, scale=1 / np.sqrt(size * size * channels))
    b = weights(out)

    def f(x):
        y = tf.nn.conv2d(x, w, stride, padding, dilations=dilation)
        y = tf.nn.bias_add(y, b) if bias else y
        return activation(y) if activation else y
    return f


def conv1d(channels, out, size, dilation):
    """As Keras writes it for a sequence."""
    w, b = weights(size, channels, out, scale=1 / np.sqrt(size * channels)), weights(out)
    return lambda x: tf.nn.bias_add(tf.nn.convolution(x, w, padding="VALID", dilations=dilation), b)


def transposed(channels, out, size, stride, shape, padding, activation=None, bias=True):
    size = size if isinstance(size, tuple) else (size, size)
    w, b = weights(*size, out, channels, scale=1 / np.sqrt(channels * size[0])), weights(out)

    def f(x):
        y = tf.nn.conv2d_transpose(x, w, (1, *shape, out), stride, padding)
        y = tf.nn.bias_add(y, b) if bias else y
        return activation(y) if activation else y
    return f


def depthwise(channels, multiplier, size, stride, padding, activation=None, dilation=1):
    w = weights(size, size, channels, multiplier, scale=1 / size)
    b = weights(channels * multiplier)

    def f(x):
        y = tf.nn.bias_add(tf.nn.depthwise_conv2d(x, w, [1, stride, stride, 1], padding, dilations=(dilation, dilation)), b)
        return activation(y) if activation else y
    return f


def dense(inputs, outputs, bias=True, activation=None):
    w = weights(inputs, outputs, scale=1 / np.sqrt(inputs))
    b = weights(outputs)

    def f(x):
        y = tf.matmul(tf.reshape(x, (1, inputs)), w)
        y = y + b if bias else y
        return activation(y) if activation else y
    return f


def scaled(convolution, channels):
    """MUL and ADD by channel constants in front of a convolution, as a batch normalisation leaves them."""
    m, a = weights(channels) + 1, weights(channels)

    def f(x):
        return convolution(tf.nn.relu6(x) * m + a)
    return f


def changed(model, change):
    """The model after change(its object form)."""
    m = schema.ModelT.InitFromObj(schema.Model.GetRootAs(model, 0))
    change(m)
    builder = flatbuffers.Builder(1024)
    builder.Finish(m.Pack(builder), b"TFL3")
    return bytes(builder.Output())


def set_at(path, value):
    """A change for `changed`: m.<path> = value, the path written as Python."""
    def change(m):
        exec(f"m.{path} = value", {"m": m, "value": value})
    return change


def normalised(x, axes, square=None):
    m = tf.reduce_mean(x, axes, keepdims=True)
    v = tf.reduce_mean(tf.math.squared_difference(x, m) if square is None else square(x - m), axes, keepdims=True)
    return (x - m) * tf.math.rsqrt(v + 1e-3)


def group_norm(groups):
    def f(x):
        _, h, w, c = x.shape
        return tf.reshape(normalised(tf.reshape(x, (1, h * w, groups, c // groups)), (1, 3)), (1, h, w, c))
    return f


def while_loop(body, end):
    """x after the loop's turns, which a counter from 0 on counts."""
    return lambda x: tf.while_loop(lambda i, y: i < end, body, (0, x))[1]


def recurrence(steps, units):
    w = weights(units, units)
    return lambda x: tf.while_loop(lambda i, h: i < steps,
                                   lambda i, h: (i + 1, tf.tanh(tf.matmul(h, w) + tf.gather(x, i, axis=1))), (0, tf.zeros((1, units))))[1]


def as_l2_pool(m):
    """A change for `changed`: AVERAGE_POOL_2D becomes L2_POOL_2D."""
    for code in m.operatorCodes:
        if code.builtinCode == 1:
            code.builtinCode = code.deprecatedBuiltinCode = 12


def blocks(size, paddings, f, crops=None, abs_first=False):
    """f over the batches of SPACE_TO_BATCH_ND, and back. abs_first: with an ABS that keeps the converter from making a dilated
    convolution of it, which it gets wrong."""
    def g(x):
        y = tf.space_to_batch(x, size, paddings)
        return tf.batch_to_space(f(tf.abs(y) if abs_first else y), size, paddings if crops is None else crops)
    return g


def conv_3d(channels, out, size, strides, padding, activation=None, dilation=(1, 1, 1)):
    """The volume as [depth, height, width * channels], which is what an image can be here."""
    w, b = weights(*size, channels, out, scale=1 / np.sqrt(channels * np.prod(size))), weights(out)

    def f(x):
        x = tf.reshape(x, (1, *x.shape[1:3], x.shape[3] // channels, channels))
        y = tf.nn.bias_add(tf.nn.conv3d(x, w, (1, *strides, 1), padding, dilations=(1, *dilation, 1)), b)
        y = activation(y) if activation else y
        return tf.reshape(y, (1, y.shape[1], y.shape[2], y.shape[3] * y.shape[4]))
    return f


def lstm(wide, units, time_major=False, coupled=False, clip=0.0, activation=4):
    """A change for `changed`: RELU or SOFTMAX becomes an LSTM over the rows of its operand, as one fused operator. coupled: without an
    input gate."""
    gates = [w for w in ("input", "forget", "cell", "output") if not (coupled and w == "input")]
    values = {w: (weights(units, wide), weights(units, units), weights(units)) for w in gates}

    def change(m):
        g = m.subgraphs[0]

        def tensor(name, shape, data=None, variable=False):
            t, b = schema.TensorT(), schema.BufferT()
            t.shape, t.name, t.isVariable, t.buffer = list(shape), name, variable, len(m.buffers)
            b.data = None if data is None else np.ascontiguousarray(data).view(np.uint8).reshape(-1)
            m.buffers.append(b)
            g.tensors.append(t)
            return len(g.tensors) - 1

        op, = (op for op in g.operators if m.operatorCodes[op.opcodeIndex].builtinCode in (19, 25))
        inputs = [op.inputs[0]] + [-1] * 23
        for i, gate in enumerate(("input", "forget", "cell", "output")):
            for k, base in enumerate((1, 5, 12) if gate in values else ()):
                inputs[base + i] = tensor(f"{gate}_{k}", values[gate][k].shape, values[gate][k].numpy())
        inputs[18], inputs[19] = tensor("h", (1, units), variable=True), tensor("c", (1, units), variable=True)
        op.inputs = inputs
        g.tensors[op.outputs[0]].shape = [*g.tensors[op.inputs[0]].shape[:2], units]
        g.tensors[op.outputs[0]].shapeSignature = None
        m.operatorCodes[op.opcodeIndex].builtinCode = m.operatorCodes[op.opcodeIndex].deprecatedBuiltinCode = 44
        m.operatorCodes[op.opcodeIndex].version = 1
        op.builtinOptionsType = schema.BuiltinOptions.UnidirectionalSequenceLSTMOptions
        o = op.builtinOptions = schema.UnidirectionalSequenceLSTMOptionsT()
        o.fusedActivationFunction, o.cellClip, o.timeMajor = activation, clip, time_major
    return change


def truths(f):
    """Of an input of truth values."""
    f.rows, f.dtype = 2, tf.bool
    return f


def open_batch(f):
    """For an unknown batch: shapes are computed in the graph."""
    f.batch = None
    return f


def by_reference(f):
    """By TFLite's reference kernels: the delegate that it takes by itself reads a sparse filter as if all of it were there, and no tensor of
    eight dimensions."""
    f.kernels = Kernels.BUILTIN_REF
    return f


def halves(f):
    """With constants of 16 bits and a DEQUANTIZE for each."""
    f.quantise = "float16"
    return f


def corner(x, h, w, outputs):
    """A filter out of the image itself."""
    part = x[0, :h, :w]
    return tf.stack([part * (0.5 - 0.2 * i) for i in range(outputs)], -1)


def batch_of(x):
    return tf.shape(x)[0]


weights4 = weights(4)
channel4, same4 = weights(4), weights(5, 6, 4)
CASES = {
    "conv_valid": ((7, 6, 3), conv(3, 5, 3, 1, "VALID")),
    "conv_same": ((7, 6, 3), conv(3, 5, 3, 1, "SAME", activation=tf.nn.relu)),
    "conv_same_stride2_even": ((8, 8, 2), conv(2, 4, 3, 2, "SAME", activation=tf.nn.relu6)),
    "conv_same_stride2_odd": ((7, 9, 2), conv(2, 4, 3, 2, "SAME", bias=False)),
    "conv_valid_stride3": ((10, 8, 2), conv(2, 3, 2, 3, "VALID", activation=tf.nn.relu6)),
    "conv_same_even_kernel": ((6, 5, 2), conv(2, 3, 4, 1, "SAME")),
    "conv_1x1": ((4, 5, 6), conv(6, 3, 1, 1, "VALID", bias=False)),
    "depthwise_same": ((6, 7, 4), depthwise(4, 1, 3, 1, "SAME", tf.nn.relu)),
    "depthwise_valid_multiplier": ((7, 7, 3), depthwise(3, 2, 3, 2, "VALID", tf.nn.relu6)),
    "depthwise_same_stride2": ((8, 8, 2), depthwise(2, 3, 3, 2, "SAME")),
    "dense": ((12,), dense(12, 7)),
    "dense_relu": ((12,), dense(12, 7, bias=False, activation=tf.nn.relu)),
    "dense_relu6_of_image": ((3, 2, 4), dense(24, 5, activation=tf.nn.relu6)),
    "max_pool_valid": ((7, 6, 3), lambda x: tf.nn.max_pool2d(x, 2, 2, "VALID")),
    "max_pool_same": ((7, 6, 3), lambda x: tf.nn.max_pool2d(x, 3, 2, "SAME")),
    "average_pool_valid": ((7, 6, 3), lambda x: tf.nn.avg_pool2d(x, (2, 3), 1, "VALID")),
    "average_pool_same": ((7, 6, 3), lambda x: tf.nn.avg_pool2d(x, 3, 2, "SAME")),
    "reshape": ((4, 3, 2), lambda x: tf.reshape(x + 0.5, (1, 2, 12))),
    "pad": ((3, 4, 2), lambda x: tf.pad(x, ((0, 0), (1, 2), (0, 3), (0, 0)))),
    "pad_then_conv": ((6, 6, 2), lambda x, c=conv(2, 3, 3, 2, "VALID"): c(tf.pad(x, ((0, 0), (1, 0), (0, 1), (0, 0))))),
    "softmax": ((10,), lambda x: tf.nn.softmax(4 * x)),
    "softmax_image": ((2, 3, 5), lambda x: tf.nn.softmax(x)),
    "affine_ahead_valid": ((6, 6, 3), scaled(conv(3, 4, 3, 1, "VALID"), 3)),
    "affine_ahead_same": ((6, 6, 3), scaled(conv(3, 4, 3, 1, "SAME"), 3)),
    "affine_ahead_depthwise": ((6, 6, 3), scaled(depthwise(3, 2, 3, 1, "VALID"), 3)),
    "affine_ahead_dense": ((3, 2, 4), scaled(dense(24, 5), 4)),
    "function_tanh_of_conv": ((6, 6, 2), conv(2, 3, 3, 1, "VALID", activation=tf.tanh)),
}


def matmul(a, b, ax=False, ay=False):
    return tf.raw_ops.BatchMatMulV2(x=a, y=b, adj_x=ax, adj_y=ay)


def strided(x, begin, end, step, **masks):
    return tf.strided_slice(x, begin, end, step, **masks)


def attention(x, heads):
    """Queries, keys and values are the input itself, as [1, heads, tokens, d]."""
    t, d = x.shape[1], x.shape[2] // heads
    h = tf.transpose(tf.reshape(x, (1, t, heads, d)), (0, 2, 1, 3))
    y = matmul(tf.nn.softmax(matmul(h, h, ay=True) * float(d) ** -0.5), h)
    return tf.reshape(tf.transpose(y, (0, 2, 1, 3)), (1, t, heads * d))


def as_broadcast_to(*shape):
    """A change for `changed`: TILE becomes BROADCAST_TO, which the converter writes as a product with ones."""
    def change(m):
        tile, = (op for op in m.subgraphs[0].operators if m.operatorCodes[op.opcodeIndex].builtinCode == 69)
        m.operatorCodes[tile.opcodeIndex].builtinCode = 130
        m.operatorCodes[tile.opcodeIndex].deprecatedBuiltinCode = 127
        m.operatorCodes[tile.opcodeIndex].version = 2
        tile.builtinOptions, tile.builtinOptionsType = None, 0
        constant = m.subgraphs[0].tensors[tile.inputs[1]]
        constant.shape = [len(shape)]
        m.buffers[constant.buffer].data = np.array(shape, np.int32).view(np.uint8)
    return change


left2, right3, right_batch = weights(4, 6), weights(6, 5), weights(3, 6, 2)
token, column = weights(1, 1, 4), weights(5, 1)
square, row = weights(8, 8, scale=0.3), weights(8)


def layer_norm(channels, gain=True, shift=True, epsilon=1e-5):
    g, b = weights(channels) + 1 if gain else None, weights(channels) if shift else None

    def f(x):
        mean, variance = tf.nn.moments(x, -1, keepdims=True)
        return tf.nn.batch_normalization(x, mean, variance, b, g, epsilon)
    return f


def keras_layer_norm(channels, epsilon=1e-5):
    """As Keras' layer of that name spells it: the shift is added to the negated mean."""
    g, b = weights(channels) + 1, weights(channels)

    def f(x):
        mean, variance = tf.nn.moments(x, -1, keepdims=True)
        scale = tf.math.rsqrt(variance + epsilon) * g
        return x * scale + (-mean * scale + b)
    return f


def rms_norm(x, square, epsilon=1e-5):
    return x * tf.math.rsqrt(tf.reduce_mean(square(x), -1, keepdims=True) + epsilon)


gain9 = weights(9) + 1
# Normalisations as converters spell them out.
CASES |= {
    "norm_layer": ((6, 8), layer_norm(8)),
    "norm_layer_image": ((3, 2, 16), layer_norm(16, epsilon=1e-3)),
    "norm_layer_vector": ((12,), layer_norm(12)),
    "norm_layer_relu": ((5, 7), lambda x, f=layer_norm(7): tf.nn.relu(f(x))),
    "norm_layer_no_shift": ((4, 6), layer_norm(6, shift=False)),
    "norm_layer_plain": ((4, 6), layer_norm(6, gain=False, shift=False)),
    "norm_layer_then_dense": ((3, 6), lambda x, f=layer_norm(6), d=dense(18, 5): d(f(x))),
    "norm_rms": ((6, 8), lambda x: rms_norm(x, lambda y: y * y)),
    "norm_rms_square": ((3, 2, 5), lambda x: rms_norm(x, tf.square)),
    "norm_rms_gain": ((4, 9), lambda x: rms_norm(x, lambda y: y * y) * gain9),
}
# Products of matrices, and operators that only move elements.
CASES |= {
    "batch_matmul": ((3, 4, 5), lambda x: matmul(x, tf.transpose(tf.nn.relu(x), (0, 1, 3, 2)))),
    "batch_matmul_adj_x": ((3, 4, 5), lambda x: matmul(x, tf.nn.relu(x), ax=True)),
    "batch_matmul_adj_y": ((3, 4, 5), lambda x: matmul(x, tf.nn.relu(x), ay=True)),
    "batch_matmul_adj_both": ((2, 3, 3), lambda x: matmul(x, tf.nn.relu(x), ax=True, ay=True)),
    "batch_matmul_rank3": ((4, 5), lambda x: matmul(x, tf.nn.relu(x), ay=True)),
    "batch_matmul_row": ((1, 7), lambda x: matmul(tf.nn.relu(x), x, ay=True)),
    "batch_matmul_broadcast_one": ((3, 4, 5), lambda x: matmul(x, tf.nn.relu(x[:, :1]), ay=True)),
    "batch_matmul_broadcast_outer": ((6, 2, 3), lambda x: matmul(
        tf.reshape(x, (1, 3, 2, 2, 3)), tf.reshape(tf.nn.relu(x)[:, :3], (1, 3, 1, 3, 2)))[:, :, 1]),
    "batch_matmul_broadcast_both": ((6, 2, 3), lambda x: tf.reshape(matmul(
        tf.reshape(x[:, :3], (3, 1, 2, 3)), tf.reshape(x[:, 4:], (1, 2, 3, 2))), (1, 6, 2, 2))),
    "batch_matmul_constant": ((4, 3, 6), lambda x: matmul(x, right3)),
    "batch_matmul_constant_adjoint": ((6, 4), lambda x: matmul(x, right3, ax=True)),
    "batch_matmul_constant_left": ((6, 3), lambda x: matmul(left2, x)),
    "batch_matmul_constant_batch": ((3, 4, 6), lambda x: matmul(x, right_batch)),
    "attention": ((6, 8), lambda x: attention(x, 2)),
    "attention_padded_rows": ((5, 6), lambda x: attention(x, 3)),
    "attention_block": ((8, 8), lambda x: tf.matmul(attention(tf.nn.relu(tf.matmul(x, square) + row) + x, 2), square) + row),
    "transpose": ((3, 4, 5), lambda x: tf.transpose(x, (0, 3, 1, 2))),
    "transpose_rank3": ((4, 5), lambda x: tf.transpose(x, (0, 2, 1))),
    "transpose_rank5": ((4, 3, 10), lambda x: tf.reshape(tf.transpose(tf.reshape(x, (1, 4, 3, 2, 5)), (0, 3, 1, 4, 2)),
                                                        (1, 8, 15))),
    "transpose_rank6": ((4, 4, 6), lambda x: tf.reshape(
        tf.transpose(tf.reshape(x, (1, 2, 2, 4, 2, 3)), (0, 2, 4, 1, 3, 5)), (1, 4, 24))),
    "transpose_rows_columns": ((3, 4, 2), lambda x: tf.transpose(x, (0, 2, 1, 3))),
    "transpose_then_dense": ((3, 4), lambda x: matmul(tf.transpose(x, (0, 2, 1)), left2[:3])),
    "concatenation": ((3, 4, 2), lambda x: tf.concat((x, tf.nn.relu(x)), 3)),
    "concatenation_rows": ((3, 4), lambda x: tf.concat((tf.nn.relu(x), x), 1)),
    "concatenation_columns": ((3, 4, 2), lambda x: tf.concat((x, tf.nn.relu(x[:, :, 1:])), 2)),
    "concatenation_of_five": ((3, 4), lambda x: tf.concat([tf.nn.relu(x)] + [x * (i + 1.0) for i in range(4)], 2)),
    "concatenation_constant": ((5, 4), lambda x: tf.concat((token, x), 1)),
    "concatenation_negative_axis": ((5, 3), lambda x: tf.concat((x, x, tf.reshape(column, (1, 5, 1))), -1)),
    "split": ((3, 6), lambda x: (lambda a, b, c: tf.nn.relu(a) * b + c)(*tf.split(x, 3, 2))),
    "split_rows": ((4, 3), lambda x: (lambda a, b: a * b)(*tf.split(x, 2, 1))),
    "split_image": ((4, 3, 4), lambda x: (lambda a, b: a * b)(*tf.split(x, 2, -1))),
    "split_v": ((3, 6), lambda x: (lambda a, b, c: tf.concat((c, a * 2.0, b), 2))(*tf.split(x, (1, 2, 3), 2))),
    "split_v_open": ((5, 4), lambda x: (lambda a, b: tf.concat((b, a), 1))(*tf.split(x, (2, -1), 1))),
    "split_columns": ((2, 4, 3), lambda x: (lambda a, b: a + b)(*tf.split(x, 2, 2))),
    "pack": ((4, 3), lambda x: tf.stack((x, tf.nn.relu(x)), 1)),
    "pack_last": ((4, 3), lambda x: tf.stack((x, tf.nn.relu(x), x), 3)),
    "pack_middle": ((4, 3), lambda x: tf.stack((tf.nn.relu(x), x), 2)),
    "unpack": ((3, 4), lambda x: (lambda a, b, c: a * b + c)(*tf.unstack(x, axis=1))),
    "unpack_last": ((4, 2), lambda x: (lambda a, b: a * b)(*tf.unstack(x, axis=2))),
    "unpack_rank5": ((4, 3, 4), lambda x: (lambda a, b: a * b)(*tf.unstack(tf.reshape(x, (1, 4, 3, 2, 2)), axis=3))),
    "slice": ((5, 6, 4), lambda x: tf.slice(x, (0, 1, 2, 1), (1, 3, 2, 2))),
    "slice_to_the_end": ((5, 6), lambda x: tf.slice(x, (0, 2, 1), (1, -1, -1))),
    "slice_of_rank5": ((4, 6), lambda x: tf.slice(tf.reshape(x, (1, 2, 2, 3, 2)), (0, 1, 0, 1, 0), (1, 1, 2, 2, 2))[:, 0]),
    "strided_slice": ((7, 6, 3), lambda x: x[:, 1:6:2, ::3]),
    "strided_slice_negative": ((7, 6), lambda x: x[:, -2:0:-2, ::-1]),
    "strided_slice_shrink": ((4, 5, 3), lambda x: x[:, 2, :, -1]),
    "strided_slice_ellipsis": ((4, 5, 3), lambda x: x[..., 1:]),
    "strided_slice_new_axis": ((4, 5), lambda x: x[:, tf.newaxis, 1:3, :]),
    "strided_slice_last_token": ((6, 4), lambda x: x[:, -1, :]),
    "gather_constant": ((5, 4), lambda x: tf.gather(x, (3, 0, 3), axis=1)),
    "gather_last": ((3, 5), lambda x: tf.gather(x, (4, 1), axis=2)),
    "gather_matrix": ((3, 5), lambda x: tf.gather(x, ((4, 1, 0), (2, 2, 3)), axis=2)),
    "gather_scalar": ((3, 5, 2), lambda x: tf.gather(x, 1, axis=2)),
    "gather_image": ((3, 5, 2), lambda x: tf.gather(x, (1, 0, 1), axis=3)),
    "gather_rows_then_dense": ((5, 6), lambda x: matmul(tf.gather(x, (4, 2), axis=1), right3)),
    "tile": ((3, 4), lambda x: tf.tile(x, (1, 2, 3))),
    "tile_rank5": ((2, 3, 4), lambda x: tf.reshape(tf.tile(tf.reshape(x, (1, 2, 1, 3, 4)), (1, 1, 3, 1, 1)), (1, 6, 3, 4))),
    "tile_image": ((2, 3, 4), lambda x: tf.tile(x, (1, 2, 2, 1))),
    "broadcast_to": ((1, 4), lambda x: tf.tile(x, (1, 3, 1)), as_broadcast_to(1, 3, 4)),
    "broadcast_to_image": ((1, 3, 1), lambda x: tf.tile(x, (1, 2, 1, 4)), as_broadcast_to(1, 2, 3, 4)),
    "space_to_depth": ((4, 6, 3), lambda x: tf.nn.space_to_depth(x, 2)),
    "space_to_depth_3": ((3, 6, 1), lambda x: tf.nn.space_to_depth(x, 3)),
    "depth_to_space": ((2, 3, 8), lambda x: tf.nn.depth_to_space(x, 2)),
    "depth_to_space_3": ((1, 2, 9), lambda x: tf.nn.depth_to_space(x, 3)),
    "mirror_pad_reflect": ((4, 5, 2), lambda x: tf.pad(x, ((0, 0), (1, 2), (3, 0), (0, 0)), "REFLECT")),
    "mirror_pad_symmetric": ((4, 5), lambda x: tf.pad(x, ((0, 0), (2, 1), (0, 3)), "SYMMETRIC")),
    "pad_v2": ((3, 4, 2), lambda x: tf.pad(x, ((0, 0), (1, 0), (0, 2), (0, 0)), constant_values=-1.5)),
    "pad_v2_rank3": ((4, 3), lambda x: tf.pad(x, ((0, 0), (0, 1), (2, 1)), constant_values=2.0)),
    "pad_channels": ((3, 4, 2), lambda x: tf.pad(x, ((0, 0), (0, 0), (0, 0), (1, 3)))),
    "pad_sequence": ((6, 3), lambda x: tf.pad(x, ((0, 0), (3, 0), (0, 0)))),
    "resize_nearest": ((3, 4, 2), lambda x: tf.image.resize(x, (6, 8), "nearest")),
    "resize_nearest_down": ((6, 7, 2), lambda x: tf.image.resize(x, (4, 3), "nearest")),
    "resize_nearest_corners": ((3, 4, 2), lambda x: tf.compat.v1.image.resize_nearest_neighbor(x, (5, 7), align_corners=True)),
    "resize_nearest_plain": ((3, 4, 2), lambda x: tf.compat.v1.image.resize_nearest_neighbor(x, (5, 9))),
    "reverse": ((4, 3), lambda x: tf.reverse(x, (1,))),
    "reverse_last": ((4, 3, 2), lambda x: tf.reverse(x, (-1,))),
    "expand_dims": ((4, 3), lambda x: tf.expand_dims(tf.nn.relu(x), 2)),
    "squeeze": ((4, 1, 3), lambda x: tf.squeeze(tf.nn.relu(x), (2,))),
    "shape_flatten": ((3, 4, 2), open_batch(lambda x: tf.reshape(x, (batch_of(x), -1)) * 2.0)),
    "shape_of_computed": ((3, 4), open_batch(lambda x: (lambda y: tf.reshape(y, (batch_of(y), 2, 6)) + 1.0)(tf.nn.relu(tf.transpose(x, (0, 2, 1)))))),
    "shape_fill": ((3, 4), open_batch(lambda x: tf.concat((tf.fill((batch_of(x), 1, 4), 0.5), x), 1))),
    "shape_range": ((6, 3), open_batch(lambda x: tf.gather(x, tf.range(batch_of(x), 6, 2), axis=1))),
    "shape_tile": ((3, 2), open_batch(lambda x: tf.tile(x, tf.stack((1, batch_of(x) + 1, tf.maximum(batch_of(x), 2)))))),
    "shape_pad": ((3, 2), open_batch(lambda x: tf.pad(x, ((0, 0), (batch_of(x), batch_of(x) * 3 - 1), (0, 0))))),
    "shape_cast": ((3, 2), open_batch(lambda x: x * (tf.cast(batch_of(x) * 3, tf.float32) / 2.0))),
    "shape_select": ((4, 2), open_batch(lambda x: x[:, :tf.where(tf.logical_and(batch_of(x) > 0, batch_of(x) < 5), 3, 2)])),
    "shape_division": ((5, 2), open_batch(lambda x: x[:, (batch_of(x) * 7) // 2 - (batch_of(x) * 7) % 4:])),
    "shape_int64": ((5, 2), open_batch(lambda x: tf.reshape(x, tf.concat((tf.shape(x, tf.int64)[:1], (2, 5)), 0)))),
    "shape_product": ((4, 3), open_batch(lambda x: tf.reshape(x, (1, tf.reduce_prod(tf.shape(x)) // 4, 4)))),
    "dilated_valid": ((9, 8, 2), conv(2, 3, 3, 1, "VALID", dilation=2)),
    "dilated_same": ((7, 8, 3), conv(3, 4, 3, 1, "SAME", activation=tf.nn.relu, dilation=3)),
    "dilated_even": ((8, 6, 2), conv(2, 3, 2, 1, "SAME", dilation=(3, 2))),
    "dilated_wide": ((5, 6, 2), conv(2, 3, 3, 1, "SAME", dilation=(4, 5))),
    "dilated_sequence": ((12, 3), lambda x, c=conv1d(3, 4, 3, 4): c(tf.pad(x, ((0, 0), (8, 0), (0, 0))))),
    "dilated_whole": ((5, 5, 2), conv(2, 3, 3, 1, "VALID", dilation=2)),
    "dilated_stride": ((9, 9, 2), conv(2, 3, 3, 1, "SAME"), set_at("subgraphs[0].operators[0].builtinOptions.strideH", 2),
                       set_at("subgraphs[0].operators[0].builtinOptions.strideW", 2), set_at("subgraphs[0].operators[0].builtinOptions.dilationHFactor", 2)),
    "dilated_depthwise_same": ((7, 6, 4), depthwise(4, 1, 3, 1, "SAME", tf.nn.relu, dilation=2)),
    "dilated_depthwise_valid": ((8, 9, 2), depthwise(2, 3, 3, 1, "VALID", dilation=3)),
    "grouped_2": ((6, 5, 4), conv(2, 6, 3, 1, "SAME", activation=tf.nn.relu)),
    "grouped_3": ((6, 6, 6), conv(2, 6, 3, 2, "VALID")),
    "grouped_4_1x1": ((4, 5, 8), conv(2, 8, 1, 1, "VALID", bias=False)),
    "grouped_5": ((5, 6, 10), conv(2, 5, 2, 1, "SAME", activation=tf.nn.relu6)),
    "grouped_dilated": ((8, 7, 4), conv(2, 4, 3, 1, "VALID", dilation=2)),
    "grouped_depthwise": ((6, 5, 4), conv(1, 8, 3, 1, "SAME")),
    "grouped_depthwise_stride": ((7, 7, 3), conv(1, 3, 3, 2, "SAME", activation=tf.nn.relu)),
    "transpose_conv_same": ((4, 4, 3), transposed(3, 2, 3, 2, (8, 8), "SAME")),
    "transpose_conv_valid": ((4, 3, 2), transposed(2, 3, 3, 2, (9, 7), "VALID")),
    "transpose_conv_even": ((3, 4, 2), transposed(2, 2, 4, 2, (6, 8), "SAME", tf.nn.relu)),
    "transpose_conv_odd_result": ((4, 5, 2), transposed(2, 2, 3, 2, (7, 9), "SAME")),
    "transpose_conv_holes": ((3, 3, 2), transposed(2, 2, 2, 3, (9, 9), "SAME")),
    "transpose_conv_stride1": ((4, 5, 2), transposed(2, 3, 3, 1, (4, 5), "SAME")),
    "transpose_conv_strides": ((4, 3, 2), transposed(2, 3, (3, 5), (1, 3), (4, 9), "SAME")),
    "transpose_conv_1x1": ((2, 3, 4), transposed(4, 3, 1, 2, (4, 6), "SAME", bias=False)),
    "transpose_conv_more": ((3, 3, 2), transposed(2, 2, 2, 2, (7, 7), "VALID")),
    "transpose_conv_pixel": ((1, 1, 4), transposed(4, 3, 4, 1, (4, 4), "VALID")),
    "resize_bilinear": ((3, 4, 2), lambda x: tf.image.resize(x, (6, 8), "bilinear")),
    "resize_bilinear_3x1": ((3, 4, 2), lambda x: tf.image.resize(x, (9, 4), "bilinear")),
    "resize_bilinear_plain": ((3, 4, 2), lambda x: tf.compat.v1.image.resize_bilinear(x, (6, 12))),
    "resize_bilinear_corners": ((3, 4, 2), lambda x: tf.compat.v1.image.resize_bilinear(x, (5, 10), align_corners=True)),
    "resize_bilinear_odd": ((4, 5, 2), lambda x: tf.image.resize(x, (7, 3), "bilinear")),
    "resize_bilinear_odd_plain": ((4, 5, 3), lambda x: tf.compat.v1.image.resize_bilinear(x, (3, 7))),
    "resize_bilinear_odd_corners": ((4, 5, 2), lambda x: tf.compat.v1.image.resize_bilinear(x, (6, 4), align_corners=True)),
    "resize_bilinear_down": ((6, 8, 2), lambda x: tf.image.resize(x, (3, 4), "bilinear")),
    "resize_bilinear_pixel": ((1, 1, 5), lambda x: tf.image.resize(x, (3, 2), "bilinear")),
    "lstm": ((5, 3), tf.nn.relu, lstm(3, 4)),
    "lstm_one_step": ((1, 6), tf.nn.relu, lstm(6, 5)),
    "lstm_coupled": ((4, 3), tf.nn.relu, lstm(3, 4, coupled=True)),
    "lstm_clipped": ((6, 3), tf.nn.relu, lstm(3, 4, clip=0.25)),
    "lstm_clipped_late": ((5, 2), tf.nn.relu, lstm(2, 3, clip=2.0)),
    "lstm_relu": ((4, 2), tf.nn.relu, lstm(2, 4, activation=1, clip=1.5)),
    "lstm_time_major": ((5, 3), lambda x: tf.nn.softmax(tf.transpose(x, (1, 0, 2)))[4:], lstm(3, 3, time_major=True)),
    "norm_group": ((3, 4, 6), group_norm(3)),
    "norm_group_gain": ((2, 5, 4), lambda x, f=group_norm(2): tf.nn.relu(f(x) * channel4 + weights4)),
    "norm_instance": ((4, 3, 4), lambda x: normalised(x, (1, 2))),
    "norm_image": ((3, 4, 2), lambda x: normalised(x, (1, 2, 3))),
    "norm_sequence": ((6, 4), lambda x: normalised(x, (1,))),
    "norm_plain_square": ((5, 6), lambda x: normalised(x, (-1,), tf.square)),
    "norm_channels_relu": ((5, 6), lambda x: tf.nn.relu(normalised(x, (2,)))),
    "norm_gain_of_image": ((8, 8, 4), lambda x: tf.nn.relu(tf.nn.max_pool2d(x, 2, 1, "SAME") * channel4 + weights4)),
    "function_silu": ((5, 6, 4), lambda x: x * tf.sigmoid(x)),
    "cumsum": ((5, 4), lambda x: tf.cumsum(x, axis=1)),
    "cumsum_last": ((3, 6), lambda x: tf.cumsum(x, axis=-1)),
    "cumsum_exclusive": ((5, 4), lambda x: tf.cumsum(x, axis=1, exclusive=True)),
    "cumsum_reverse": ((5, 4), lambda x: tf.cumsum(x, axis=2, reverse=True)),
    "cumsum_both": ((4, 3), lambda x: tf.cumsum(x, axis=1, exclusive=True, reverse=True)),
    "cumsum_image": ((3, 4, 2), lambda x: tf.cumsum(tf.nn.relu(x), axis=2)),
    "l2_pool_valid": ((6, 5, 3), lambda x: tf.nn.avg_pool2d(x, 2, 2, "VALID"), as_l2_pool),
    "l2_pool_same": ((5, 7, 2), lambda x: tf.nn.avg_pool2d(x, 3, 2, "SAME"), as_l2_pool),
    "l2_pool_wide": ((4, 8, 2), lambda x: tf.nn.avg_pool2d(x, (2, 4), (1, 2), "VALID"), as_l2_pool),
    "l2_pool_relu": ((6, 6, 2), lambda x: tf.nn.relu6(tf.nn.avg_pool2d(x, 3, 1, "SAME")), as_l2_pool),
    "l2_pool_column": ((7, 3, 2), lambda x: tf.nn.avg_pool2d(x, (3, 1), 1, "VALID"), as_l2_pool),
    "l2_pool_whole": ((5, 4, 3), lambda x: tf.nn.avg_pool2d(x, (5, 4), 1, "VALID"), as_l2_pool),
    "response_norm": ((3, 4, 6), lambda x: tf.nn.lrn(x, 2, 1.0, 0.5, 0.75)),
    "response_norm_wide": ((2, 3, 5), lambda x: tf.nn.lrn(x, 7, 2.0, 0.25, 0.5)),
    "response_norm_own": ((4, 3, 4), lambda x: tf.nn.lrn(x, 0, 1.5, 1.0, 1.0)),
    "response_norm_weak": ((3, 3, 8), lambda x: tf.nn.lrn(x, 3, 1.0, 1e-2, 0.75)),
    "response_norm_two": ((2, 4, 2), lambda x: tf.nn.lrn(x, 1, 1.0, 0.5, 2.0)),
    "response_norm_relu": ((3, 4, 5), lambda x: tf.nn.lrn(tf.nn.relu(x), 2, 2.0, 0.3, 0.6)),
    "batches": ((5, 6, 3), blocks((2, 3), ((1, 0), (0, 0)), lambda y: tf.nn.relu(y) * 2.0)),
    "batches_sequence": ((7, 3), blocks((2,), ((0, 1),), lambda y: y + 0.5)),
    "batches_cut": ((4, 4, 2), blocks((2, 2), ((1, 1), (1, 1)), tf.nn.relu, ((0, 2), (1, 0)))),
    "batches_conv": ((8, 7, 2), blocks((2, 2), ((2, 2), (2, 3)), conv(2, 3, 3, 1, "VALID"), ((0, 0), (0, 1)), True)),
    "batches_depthwise": ((6, 8, 3), blocks((3, 2), ((3, 3), (2, 2)), depthwise(3, 1, 3, 1, "VALID", tf.nn.relu), ((0, 0), (0, 0)), True)),
    "batches_same": ((6, 4, 2), blocks((3, 2), ((0, 0), (0, 0)), conv(2, 2, 3, 1, "SAME", activation=tf.nn.relu), None, True)),
    "batches_conv1d": ((9, 2), blocks((3,), ((6, 0),), lambda y, c=conv1d(2, 3, 3, 1): c(y), ((0, 0),), True)),
    "conv_3d": ((3, 4, 10), conv_3d(2, 3, (2, 3, 3), (1, 1, 1), "VALID")),
    "conv_3d_same": ((3, 4, 8), conv_3d(2, 2, (3, 3, 3), (1, 1, 1), "SAME", tf.nn.relu)),
    "conv_3d_strides": ((5, 5, 6), conv_3d(1, 3, (3, 2, 3), (2, 1, 2), "SAME")),
    "conv_3d_dilated": ((5, 6, 5), conv_3d(1, 2, (2, 2, 2), (1, 1, 1), "VALID", dilation=(3, 2, 2))),
    "conv_3d_pixel": ((2, 3, 12), conv_3d(4, 2, (1, 1, 1), (1, 1, 1), "VALID")),
    "conv_3d_one_slice": ((3, 4, 4), conv_3d(1, 2, (3, 3, 3), (1, 1, 1), "VALID", tf.nn.relu6)),
    "while_counted": ((2, 3), while_loop(lambda i, x: (i + 1, x * 0.5 + 1.0), 4)),
    "while_rows": ((5, 4), recurrence(5, 4)),
    "while_nested": ((2, 3), while_loop(lambda i, x: (i + 2, while_loop(lambda j, y: (j + 1, tf.nn.relu(y) - 0.25), 2)(x)), 5)),
    "while_slices": ((8, 2), while_loop(lambda i, x: (i + 1, tf.concat((x[:, 4:], x[:, :4] * 1.5), 1)), 3)),
    "while_never": ((2, 3), lambda x: while_loop(lambda i, y: (i + 1, y * 2.0), 0)(x) + 0.5),
    "while_float_counter": ((2, 3), lambda x: tf.while_loop(lambda t, y: t < 2.0, lambda t, y: (t * 1.5, y + t), (0.5, x))[1]),
    "halves_conv": ((6, 6, 2), halves(conv(2, 3, 3, 1, "VALID"))),
    "halves_depthwise": ((6, 7, 4), halves(depthwise(4, 1, 3, 1, "SAME", tf.nn.relu))),
    "halves_dense": ((12,), halves(dense(12, 7))),
    "halves_mul_add": ((5, 6, 4), halves(lambda x: tf.nn.relu(x) * channel4 + same4)),
    "halves_norm": ((3, 16), halves(layer_norm(16))),
    "halves_small": ((4,), halves(lambda x: x * tf.constant((6e-8, 1e-5, -65504.0, 0.0)))),
}
CASES |= {"norm_layer_keras": ((6, 8), keras_layer_norm(8))}

def reduced(f):
    """Six ways to reduce, of every kind: the axes, whether they stay, the shape."""
    return {
        "image": ((5, 6, 4), lambda x: f(x, (1, 2))),
        "image_kept": ((4, 3, 5), lambda x: f(x, (1, 2), keepdims=True)),
        "last": ((6, 7), lambda x: f(x, -1)),
        "rows_kept": ((5, 3, 4), lambda x: f(x, 1, keepdims=True)),
        "outer_and_last": ((3, 4, 5), lambda x: f(x, (1, 3))),
        "everything": ((7,), lambda x: f(x, 1, keepdims=True)),
        "rank5": ((4, 3, 10), lambda x: f(tf.reshape(x, (1, 2, 2, 3, 10)), (2, 4))),
    }


for kind, f in (("mean", tf.reduce_mean), ("sum", tf.reduce_sum), ("reduce_max", tf.reduce_max), ("reduce_min", tf.reduce_min),
                ("reduce_prod", lambda x, axis, **kept: tf.reduce_prod(x * 0.2 + 1.0, axis, **kept))):
    CASES |= {f"{kind}_{name}": case for name, case in reduced(f).items()}
CASES["mean_relu"] = ((4, 5, 3), lambda x: tf.nn.relu(tf.reduce_mean(x, (1, 2))))


rows1, row1, plane1, deep1 = weights(5, 1, 1), weights(6, 1), weights(5, 6, 1), weights(2, 1, 3)


def broadcasts(name, f, kind):
    """Operands that broadcast, of every kind: by rows, columns, a plane, both ways; constant or computed, on either side."""
    return {
        f"{name}_rows": (kind, 1, (5, 6, 4), lambda x: f(x, rows1)),
        f"{name}_from_columns": (kind, 1, (5, 6, 4), lambda x: f(row1, x)),
        f"{name}_plane": (kind, 1, (5, 6, 4), lambda x: f(x, plane1)),
        f"{name}_outer_constant": (kind, 2, (6, 1), lambda x: f(tf.reshape(channel4, (1, 1, 4)), x)),
        f"{name}_outer_computed": (kind, 6, (5, 6), lambda x: f(tf.nn.relu(x[:, :, :1]), x[:, :1] * 2.0)),
        f"{name}_token_computed": (kind, 4, (5, 6), lambda x: f(x, tf.reduce_max(x, 2, keepdims=True))),
        f"{name}_larger_constant": (kind, 2, (6, 4), lambda x: f(tf.reshape(same4, (1, 5, 6, 4)), x)),
        f"{name}_suffix": (kind, 1, (5, 6, 4), lambda x: f(x, tf.reshape(same4[0], (1, 6, 4)))),
        f"{name}_rank5": (kind, 3, (4, 3, 3), lambda x: tf.reshape(f(tf.reshape(x, (1, 2, 2, 3, 3)), deep1), (1, 4, 3, 3))),
    }


def of_indices(rows, f, dtype=tf.int32):
    """A function of whole numbers below `rows`."""
    g = lambda x: f(x)
    g.rows, g.dtype = rows, dtype
    return g


def wrapped(rows, f):
    """Negative indices from the end, as Keras writes an Embedding."""
    return of_indices(rows, lambda x: f(tf.where(x < 0, x + rows, x)))


def as_embedding_lookup(m):
    """EMBEDDING_LOOKUP in place of the GATHER, whose operands are the other way round."""
    op, = (o for o in m.subgraphs[0].operators if m.operatorCodes[o.opcodeIndex].builtinCode == schema.BuiltinOperator.GATHER)
    code = m.operatorCodes[op.opcodeIndex]
    code.builtinCode = code.deprecatedBuiltinCode = schema.BuiltinOperator.EMBEDDING_LOOKUP
    op.inputs = [op.inputs[1], op.inputs[0]]
    op.builtinOptionsType, op.builtinOptions = 0, None


table9 = weights(9, 5)
CASES |= {
    "lookup": ((4,), of_indices(9, lambda x: tf.gather(table9, x))),
    "lookup_int64": ((3,), of_indices(9, lambda x: tf.gather(table9, x), tf.int64)),
    "lookup_image": ((2, 3), of_indices(9, lambda x: tf.gather(table9, x))),
    "lookup_numbers": ((5,), of_indices(7, lambda x, t=weights(7): tf.gather(t, x))),
    "lookup_matrices": ((2,), of_indices(6, lambda x, t=weights(6, 3, 2): tf.gather(t, x))),
    "lookup_columns": ((4,), of_indices(9, lambda x, t=weights(9, 2): tf.concat((tf.gather(table9, x[:, 1]), tf.gather(t, x[:, 3])), -1))),
    "lookup_reversed": ((2, 3), of_indices(9, lambda x: tf.gather(table9, tf.reverse(tf.transpose(x, (0, 2, 1)), (1,))))),
    "lookup_wrapped": ((4,), wrapped(9, lambda x: tf.gather(table9, x))),
    "lookup_embedding": ((4,), of_indices(9, lambda x: tf.reshape(tf.gather(table9, tf.reshape(x, (4,))), (1, 4, 5))), as_embedding_lookup),
    "lookup_then_dense": ((6,), of_indices(9, lambda x, w=weights(5, 3): tf.nn.relu(tf.matmul(tf.gather(table9, x), w)))),
    "arg_max": ((7,), lambda x: tf.argmax(x, -1, tf.int32)),
    "arg_max_columns": ((5, 4), lambda x: tf.argmax(x, 1, tf.int64)),
    "arg_max_image": ((3, 4, 5), lambda x: tf.argmax(x, -1, tf.int32)),
    "arg_max_planes": ((3, 4, 2), lambda x: tf.argmax(x, 2, tf.int32)),
    "arg_max_softmax": ((6,), lambda x: tf.argmax(tf.nn.softmax(x), -1, tf.int32)),
    "arg_min": ((5, 6), lambda x: tf.argmin(x, -1, tf.int32)),
    "arg_max_lookup": ((4, 9), lambda x: tf.gather(table9, tf.argmax(x, -1, tf.int32))),
    "top_k_values": ((9,), lambda x: tf.math.top_k(x, 3)[0]),
    "top_k_numbers": ((2, 8), lambda x: tf.math.top_k(x, 4)[1]),
    "top_k_all": ((5,), lambda x: tf.math.top_k(x, 5)[1]),
    "top_k_image": ((2, 3, 6), lambda x: tf.math.top_k(x * 2.0, 2)[0] + 1.0),
    "lookup_positions": ((6,), of_indices(9, lambda x, p=weights(6, 5): tf.gather(table9, x) + p)),
}


def comparisons(name, f):
    """Two operands of a comparison, results as numbers: with constants and computed ones, some of them equal."""
    def c(a, b):
        return tf.cast(f(a, b), tf.float32)
    return {
        f"{name}_scalar": ("SUB", 1, (5, 6, 4), lambda x: c(x, 0.25)),
        f"{name}_from_channel": ("SUB", 1, (5, 6, 4), lambda x: c(channel4, x)),
        f"{name}_rows": ("SUB", 1, (5, 6, 4), lambda x: c(x, rows1)),
        f"{name}_equal_sometimes": ("SUB", 2, (5, 6, 4), lambda x: c(x, tf.nn.max_pool2d(x, 2, 1, "SAME"))),
        f"{name}_equal_or_less": ("SUB", 2, (6, 5), lambda x: c(tf.nn.relu(x), x)),
        f"{name}_token_computed": ("SUB", 4, (5, 6), lambda x: c(x, tf.reduce_max(x, 2, keepdims=True))),
        f"{name}_outer": ("SUB", 5, (5, 6), lambda x: c(x[:, :, :1], x[:, :1] * 2.0)),
    }


def logic(name, f, kind):
    """Of two truth values."""
    def c(a, b):
        return tf.cast(f(a, b), tf.float32)
    return {
        f"{name}_computed": (kind, 3, (5, 6, 4), lambda x: c(x > 0.2, x < 1.0)),
        f"{name}_rows": (kind, 6, (5, 6), lambda x: c(x > 0.2, tf.reduce_max(x, 2, keepdims=True) > 2.0)),
        f"{name}_outer": (kind, 6, (5, 6), lambda x: c(x[:, :, :1] > 0.3, x[:, :1] < -0.3)),
        f"{name}_constant": (kind, 2, (3, 4), lambda x: c(x > 0.2, tf.constant([True, False, True, False]))),
        f"{name}_of_three": (kind, 5, (7,), lambda x: c(x > 0.2, f(x < 1.0, x > -1.0))),
        f"{name}_negated": (kind, 3, (3, 4), lambda x: c(tf.logical_not(x > 0.2), x < 1.0)),
    }


def extremes(name, f, kind):
    """The larger or smaller of two."""
    return {
        f"{name}_scalar": ("LIMIT", 1, (5, 6, 4), lambda x: f(x, 0.5)),
        f"{name}_from_zero": ("LIMIT" if f is tf.minimum else "RELU", 1, (5, 6), lambda x: f(0.0, x)),
        f"{name}_channel": (kind, 3, (5, 6, 4), lambda x: f(x, channel4)),
        f"{name}_rows": (kind, 3, (5, 6, 4), lambda x: f(rows1, x)),
        f"{name}_same_shape": (kind, 3, (5, 6, 4), lambda x: f(x, same4)),
        f"{name}_computed": (kind, 4, (5, 6, 4), lambda x: f(x, tf.nn.avg_pool2d(x, 3, 1, "SAME"))),
        f"{name}_outer": (kind, 7, (5, 6), lambda x: f(x[:, :, :1], x[:, :1] * 0.5)),
        f"{name}_far_limit": ("LIMIT", 2, (6,), lambda x: f(f(x, 0.3), 1e6 if f is tf.minimum else -1e6)),
    }


slope4, slope_plane = (tf.tanh(weights(*shape)) for shape in ((1, 1, 4), (5, 6, 1)))
slope54, slope_rows = (2 * tf.abs(weights(*shape)) for shape in ((5, 6, 4), (5, 4)))  # some above 1
checks = tf.constant(np.indices((5, 6, 4)).sum(0) % 3 != 0)
causal = tf.constant(np.tril(np.ones((6, 6), bool)))


def prelu(x, slope):
    return tf.nn.relu(x) + -slope * tf.nn.relu(-x)


def attend(x, mask):
    """Scores of tokens, some of which a mask takes out of the sum."""
    return matmul(tf.nn.softmax(tf.where(mask, matmul(x, x, ay=True), -3e38)), x)


CASES |= {
    "prelu_of_conv": ((6, 6, 2), lambda x, c=conv(2, 4, 3, 1, "SAME"): prelu(c(x), slope4)),
    "reduce_any": ((5, 6), lambda x: tf.cast(tf.reduce_any(x > 1.5, 2), tf.float32)),
    "reduce_all": ((5, 3), lambda x: tf.cast(tf.reduce_all(x > -1.0, 1, keepdims=True), tf.float32)),
    "function_floor_of_conv": ((6, 6, 2), conv(2, 3, 3, 1, "VALID", activation=lambda x: tf.floor(x * 2.0))),
}


def tokens(x):
    return tf.gather(table9, x)


def masked(e, added):
    """Attention with something added to the scores."""
    return matmul(tf.nn.softmax(matmul(e, e, ay=True) * 0.5 + added), e)


def number(truth):
    return tf.cast(truth, tf.float32)


def from_one(rows, f, dtype=tf.int32, first=None):
    """A function of whole numbers below `rows`, the first of which no mask leaves out."""
    g = of_indices(rows, f, dtype)
    g.first = rows - 1 if first is None else first
    return g


mask_rows = weights(6, 5, scale=1.0)
CASES |= {
    "mask_of_ids": ((6,), from_one(9, lambda x: masked(tokens(x), (1.0 - number(x != 0)[:, None, :]) * -1e4))),
    "mask_of_ids_chosen": ((6,), from_one(9, lambda x: matmul(
        tf.nn.softmax(tf.where((x > 1)[:, None, :], matmul(tokens(x), tokens(x), ay=True), -1e9)), tokens(x)))),
    "mask_of_ids_causal": ((6,), from_one(9, lambda x: masked(
        tokens(x), tf.where(tf.logical_and(causal[None], (x > 1)[:, None, :]), 0.0, -1e9)))),
    "mask_input": ((6,), from_one(2, lambda x: masked(number(x)[:, :, None] * mask_rows + mask_rows, number(x)[:, None, :] * 1e9 - 1e9))),
    "mask_input_float": ((6,), from_one(2, lambda x: masked(x[:, :, None] * mask_rows - mask_rows, (1.0 - x[:, None, :]) * -1e9), tf.float32)),
    "mask_input_leaves_out": ((6,), from_one(2, lambda x: masked(x[:, :, None] * mask_rows + mask_rows, x[:, None, :] * -1e9), tf.float32, 0)),
    "mask_of_values": ((6, 4), lambda x: masked(x, number(x[:, None, :, 0] < 0.0) * -1e4)),
    "mask_of_values_chosen": ((6, 4), lambda x: matmul(
        tf.nn.softmax(tf.where(x[:, None, :, 1] > 0.0, matmul(x, x, ay=True), -1e9)), x)),
}


def unet_block(x, first=conv(2, 4, 3, 1, "SAME"), time=dense(2, 4), second=conv(4, 3, 3, 1, "SAME")):
    """A vector added to every position of a convolution, a GroupNorm, SiLU and another convolution."""
    y = first(x) + time(tf.reduce_mean(x, (1, 2)))[:, None, None]
    y = group_norm(2)(y)
    return second(y * tf.sigmoid(y))


CASES |= {"unet_block": ((6, 6, 2), unet_block)}


def as_operator(code, options=None):
    """A change for `changed`: the only operator has another number and no options."""
    def change(m):
        op, = m.subgraphs[0].operators
        m.operatorCodes[op.opcodeIndex].builtinCode = m.operatorCodes[op.opcodeIndex].deprecatedBuiltinCode = code
        op.builtinOptionsType, op.builtinOptions = options or (0, None)
    return change


as_l2_normalization = as_operator(11, (12, schema.L2NormOptionsT()))
positive4, positive54 = tf.abs(channel4) + 0.5, tf.abs(same4) + 0.5
CASES |= {
    "log_softmax": ((10,), tf.nn.log_softmax),
    "log_softmax_image": ((2, 3, 5), lambda x: tf.nn.log_softmax(x * 2.0)),
    "log_softmax_rows": ((6, 4), tf.nn.log_softmax),
    "log_softmax_two": ((3, 2), tf.nn.log_softmax),
    "log_softmax_other_axis": ((4, 3), lambda x: tf.nn.log_softmax(x, 1)),
    "log_softmax_of_dense": ((12,), lambda x, d=dense(12, 6): tf.nn.log_softmax(d(x))),
    "l2_normalization": ((8,), tf.nn.elu, as_l2_normalization),
    "l2_normalization_rows": ((5, 6), tf.nn.elu, as_l2_normalization),
    "l2_normalization_image": ((3, 2, 5), tf.nn.elu, as_l2_normalization),
    "l2_normalization_spelled": ((4, 6), lambda x: tf.nn.l2_normalize(x, -1)),
    "softmax_rows": ((4, 5), lambda x: tf.nn.softmax(x, 1)),
    "softmax_height": ((4, 3, 5), lambda x: tf.nn.softmax(x, 1)),
    "softmax_width": ((4, 3, 5), lambda x: tf.nn.softmax(2.0 * x, 2)),
    "softmax_one_column": ((6, 1), lambda x: tf.nn.softmax(x, 1)),
    "softmax_of_scores": ((5, 4), lambda x: tf.nn.softmax(matmul(x, x, ay=True), 1)),
}


def as_custom(name, options):
    """A file of what TFLite itself cannot run: the only operator, TRANSPOSE_CONV, is one that computes its own size."""
    def change(m):
        op, = m.subgraphs[0].operators
        code = m.operatorCodes[op.opcodeIndex]
        code.builtinCode = code.deprecatedBuiltinCode = 32
        code.customCode, code.version = name, 1
        op.inputs = [op.inputs[2], op.inputs[1], op.inputs[3]]
        op.builtinOptionsType, op.builtinOptions = 0, None
        op.customOptions = np.array(options, np.int32).view(np.uint8)
    return change


def written_as(f, change):
    f.written = change
    return f


def transposed_bias(channels, out, size, stride, shape, padding):
    size, stride = size if isinstance(size, tuple) else (size, size), stride if isinstance(stride, tuple) else (stride, stride)
    return written_as(transposed(channels, out, size, stride, shape, padding),
                      as_custom(b"Convolution2DTransposeBias", [1 if padding == "SAME" else 2, stride[1], stride[0]]))


rng = np.random.default_rng(2)
CASES |= {
    "densify_rows": ((12,), dense(12, 8), sparse((8, 12), (0, 1), {1})),
    "densify_columns": ((12,), dense(12, 8), sparse((8, 12), (1, 0), {1}, dtype=np.uint16)),
    "densify_both": ((12,), dense(12, 8), sparse((8, 12), (0, 1), {0, 1}, dtype=np.int32, keep=0.1)),
    "densify_blocks": ((12,), dense(12, 8), sparse((8, 12), (0, 1, 2), {1}, ((1, 4),))),
    "densify_blocks_outer": ((12,), dense(12, 8), sparse((8, 12), (1, 0, 2), {1}, ((0, 2),))),
    "densify_blocks_both": ((12,), dense(12, 8), sparse((8, 12), (0, 1, 2, 3), {1}, ((0, 4), (1, 2)), dtype=np.uint16)),
    "densify_blocks_turned": ((12,), dense(12, 8), sparse((8, 12), (0, 1, 3, 2), {1}, ((0, 4), (1, 2)))),
    "densify_conv": ((6, 5, 4), conv(4, 6, 3, 1, "SAME"), sparse((6, 3, 3, 4), (0, 1, 2, 3), {3})),
    "densify_conv_halves": ((6, 5, 4), halves(conv(4, 6, 1, 1, "VALID", activation=tf.nn.relu)),
                            sparse((6, 1, 1, 4), (0, 1, 2, 3), {3})),
    "densify_conv_order": ((6, 5, 4), conv(4, 6, 3, 1, "SAME"), sparse((6, 3, 3, 4), (3, 1, 2, 0), {1, 3}, dtype=np.int32, keep=0.1)),
    "densify_depthwise": ((6, 5, 4), depthwise(4, 1, 3, 1, "SAME"), sparse((1, 3, 3, 4), (0, 1, 2, 3), {2, 3})),
    "sparse_dense_layer": ((12,), by_reference(dense(12, 8)), sparse((8, 12), (0, 1), {1}, densify=False)),
    "sparse_dense_layer_blocks": ((12,), by_reference(dense(12, 8)), sparse((8, 12), (0, 1, 2), {1}, ((1, 4),), densify=False)),
    "transpose_conv_bias_same": ((4, 5, 3), transposed_bias(3, 2, 3, 2, (8, 9), "SAME")),
    "transpose_conv_bias_even": ((4, 5, 3), transposed_bias(3, 2, 2, 2, (8, 9), "SAME")),
    "transpose_conv_bias_valid": ((4, 3, 2), transposed_bias(2, 3, 3, 2, (9, 7), "VALID")),
    "transpose_conv_bias_strides": ((4, 3, 2), transposed_bias(2, 3, (3, 5), (1, 3), (4, 9), "SAME")),
    "transpose_conv_bias_holes": ((3, 4, 2), transposed_bias(2, 2, 1, 3, (7, 10), "SAME")),
}


class Raw:
    """A model written operator by operator, for what the converter does not write; it has its own shapes."""

    def __init__(self, make, rows=None, dtype=None):
        self.model = Form().bytes(make)
        if rows:
            self.rows, self.dtype = rows, dtype


WAYS = {"vector": 1, "sequence": 1, "pixel": 1, "of_sum": 2, "scaled": 2, "rank5": 3}


def ways(name, f, kind, *change, positive=False, **nodes):
    """A function over tensors of any rank, behind and in front of others. nodes: those left where there are not as many as of most functions,
    None: not this one."""
    y = (lambda x: f(tf.abs(x) + 0.25)) if positive else f
    models = {
        "vector": ((7,), y),
        "sequence": ((5, 4), y),
        "pixel": ((1, 1, 6), lambda x: y(x * 0.5)),
        "of_sum": ((4, 3), lambda x: y(x + tf.nn.relu(x))),
        "scaled": ((3, 4, 2), lambda x: y(x) * 1.5),
        "rank5": ((4, 6), lambda x: tf.reshape(y(tf.reshape(x, (1, 2, 2, 3, 2))), (1, 4, 6))),
    }
    left = {way: nodes.get(way, most + positive) for way, most in WAYS.items()}
    return {f"{name}_{way}": (kind, left[way], *model, *change) for way, model in models.items() if left[way] is not None}


def holds(x):
    """Truth values, of which the converter does not turn a negation into another comparison."""
    return tf.cast(tf.nn.relu(x), tf.bool)


def as_kind(was, code):
    """A change for `changed`: operators of one kind become another kind, which has no options."""
    def change(m):
        for at, o in enumerate(m.operatorCodes):
            if max(o.builtinCode, o.deprecatedBuiltinCode) == was:
                o.builtinCode, o.deprecatedBuiltinCode, o.version = code, min(code, 127), 1
                for op in m.subgraphs[0].operators:
                    if op.opcodeIndex == at:
                        op.builtinOptionsType, op.builtinOptions = 0, None
    return change


CASES |= {
    "input_truth_not": ((7,), truths(lambda x: tf.cast(tf.logical_not(x), tf.float32))),
    "input_truth_image": ((3, 4, 2), truths(lambda x: tf.where(x, tf.reshape(tf.range(24.0), (1, 3, 4, 2)), -1.5))),
    "input_truth_moved": ((2, 3), truths(lambda x: tf.cast(tf.concat([x, tf.logical_not(tf.transpose(x, (0, 2, 1))[:, :2])], 2), tf.float32))),
    "input_rank5": ((2, 3, 2, 4), lambda x: tf.nn.relu(x)),
    "input_rank6": ((2, 3, 2, 4, 2), lambda x: tf.reduce_sum(x, (2, 4))),
    "input_rank8": ((2, 1, 3, 2, 1, 2, 2), by_reference(lambda x: tf.reshape(-x, (1, 12, 4)))),
    "conv_filter_valid": ((6, 5, 2), lambda x: tf.nn.conv2d(x, corner(x, 3, 3, 2), 1, "VALID")),
    "conv_filter_same": ((5, 6, 2), lambda x: tf.nn.relu(tf.nn.bias_add(tf.nn.conv2d(x, corner(x, 3, 2, 3), 1, "SAME"), channel4[:3]))),
    "conv_filter_stride": ((7, 6, 2), lambda x: tf.nn.bias_add(tf.nn.conv2d(x, corner(x, 2, 3, 2), (2, 3), "SAME"), x[0, 0, 0])),
    "conv_filter_dilated": ((7, 7, 1), lambda x: tf.nn.conv2d(x, corner(x, 2, 3, 2), 1, "VALID", dilations=2)),
    "conv_filter_groups": ((5, 5, 4), lambda x: tf.nn.bias_add(tf.nn.conv2d(x, corner(x[..., :2], 2, 2, 6), 1, "SAME"), tf.constant([0.5, -0.25, 0.0, 1.0, -1.0, 0.75]))),
    "conv_filter_batch": ((4, 5, 3), lambda x: tf.nn.conv2d(tf.reshape(x, (2, 5, 3, 2)), tf.reshape(x[0, 0, 2:4, :2] * 0.5, (1, 2, 2, 1)), 1, "SAME")[1:]),
    "conv_filter_of_constant": ((4, 4), lambda x: tf.nn.conv2d(same4[None], tf.reshape(x[:, :2, :2], (1, 1, 4, 1)), 1, "VALID")),
    "conv_filter_pixel": ((3, 3, 2), lambda x: tf.nn.conv2d(x, corner(x, 1, 1, 3), 1, "VALID")),
    "depthwise_filter": ((5, 5, 2), lambda x: tf.nn.depthwise_conv2d(x, tf.reshape(x[0, :3, :2] * 0.5, (3, 2, 2, 1)), (1, 1, 1, 1), "SAME")),
    "depthwise_filter_multiplier": ((6, 5, 2), lambda x: tf.nn.bias_add(tf.nn.depthwise_conv2d(
        x, tf.reshape(x[0, :2, :4] * 0.5, (2, 2, 2, 2)), (1, 2, 2, 1), "VALID"), weights4)),
    "conv_3d_filter": ((3, 4, 8), lambda x: tf.reshape(tf.nn.conv3d(tf.reshape(x, (1, 3, 4, 4, 2)), tf.reshape(x[0, :2, :3], (2, 2, 3, 2, 2)) * 0.4, (1, 1, 2, 1, 1), "SAME"), (1, 48))),
    "transpose_conv_filter": ((3, 4, 2), lambda x: tf.nn.conv2d_transpose(x, tf.reshape(x[0, :, :3] * 0.5, (3, 3, 1, 2)), (1, 6, 8, 1), 2, "SAME")),
    "transpose_conv_filter_valid": ((3, 3, 2), lambda x: tf.nn.bias_add(tf.nn.conv2d_transpose(
        x, tf.reshape(x[0, :2] * 0.5, (2, 3, 1, 2)), (1, 6, 9, 1), (2, 3), "VALID"), channel4[:1])),
    "l2_normalization_vector": ((3,), tf.nn.elu, as_l2_normalization),
    "l2_normalization_wide": ((2, 16), tf.nn.elu, as_l2_normalization),
    "l2_normalization_zeros": ((4, 3), lambda x: tf.nn.elu(tf.cast(x > 1.0, tf.float32) * x), as_kind(111, 11)),
    "arg_min_columns": ((5, 4), lambda x: tf.argmin(x, 1, tf.int32)),
    "arg_min_image": ((3, 4, 5), lambda x: tf.argmin(x, -1, tf.int64)),
    "arg_min_planes": ((3, 4, 2), lambda x: tf.argmin(x, 2, tf.int32)),
    "arg_min_vector": ((9,), lambda x: tf.argmin(x, -1, tf.int32)),
    "arg_min_of_sum": ((6,), lambda x: tf.argmin(x + tf.nn.relu(x), -1, tf.int32)),
    "top_k_rows": ((4, 6), lambda x: tf.math.top_k(x, 2)[0]),
    "top_k_one": ((7,), lambda x: tf.math.top_k(x, 1)[0]),
    "split_four": ((2, 8), lambda x: (lambda a, b, c, d: a * b + c * d)(*tf.split(x, 4, 2))),
    "split_columns_of_image": ((4, 6, 2), lambda x: tf.concat(tf.split(x, 3, 2)[::-1], 2)),
    "split_v_rows": ((6, 3), lambda x: tf.concat(tf.split(x, (4, 2), 1)[::-1], 1)),
    "split_v_channels": ((3, 2, 5), lambda x: (lambda a, b: tf.concat((b * 0.5, a), 3))(*tf.split(x, (2, 3), 3))),
    "split_v_ones": ((3,), lambda x: (lambda a, b, c: a * b - c)(*tf.split(x, (1, 1, 1), 1))),
    "split_v_planes": ((5, 3, 2), lambda x: tf.split(x, (1, 4), 1)[1] * 2.0),
    "unpack_rows": ((2, 5), lambda x: (lambda a, b: a - b)(*tf.unstack(x, axis=1))),
    "unpack_channels": ((3, 4, 2), lambda x: (lambda a, b: a * b)(*tf.unstack(x, axis=3))),
    "unpack_columns": ((3, 3, 2), lambda x: (lambda a, b, c: a + b * c)(*tf.unstack(x, axis=2))),
    "slice_vector": ((9,), lambda x: tf.slice(x, (0, 2), (1, 5))),
    "slice_rows": ((6, 3), lambda x: tf.slice(x, (0, 1, 0), (1, 4, 3)) * 2.0),
    "slice_one": ((4, 5, 3), lambda x: tf.slice(x, (0, 2, 3, 1), (1, 1, 1, 1))),
    "pad_v2_vector": ((5,), lambda x: tf.pad(x, ((0, 0), (2, 3)), constant_values=0.75)),
    "pad_v2_channels": ((2, 3, 2), lambda x: tf.pad(x, ((0, 0), (0, 0), (0, 0), (1, 1)), constant_values=-0.5)),
    "pad_v2_large": ((3, 2), lambda x: tf.pad(x, ((0, 0), (1, 1), (1, 1)), constant_values=4.0)),
    "pad_v2_of_relu": ((4, 3), lambda x: tf.pad(tf.nn.relu(x), ((0, 0), (0, 2), (1, 0)), constant_values=1.0)),
    "mirror_pad_vector": ((6,), lambda x: tf.pad(x, ((0, 0), (2, 4)), "REFLECT")),
    "mirror_pad_channels": ((2, 3, 4), lambda x: tf.pad(x, ((0, 0), (0, 0), (1, 1), (2, 3)), "SYMMETRIC")),
    "mirror_pad_rows": ((5, 2), lambda x: tf.pad(x, ((0, 0), (3, 1), (0, 0)), "REFLECT")),
    "mirror_pad_both": ((3, 4, 2), lambda x: tf.pad(x, ((0, 0), (2, 2), (3, 3), (0, 0)), "SYMMETRIC")),
    "tile_vector": ((5,), lambda x: tf.tile(x, (1, 3))),
    "tile_channels": ((2, 2, 3), lambda x: tf.tile(x, (1, 1, 1, 2)) * 0.5),
    "broadcast_to_rows": ((1, 5), lambda x: tf.tile(x, (1, 4, 1)), as_broadcast_to(1, 4, 5)),
    "broadcast_to_wider": ((3, 1), lambda x: tf.tile(x, (1, 1, 4)), as_broadcast_to(1, 3, 4)),
    "broadcast_to_plane": ((1, 1, 3), lambda x: tf.tile(x, (1, 4, 5, 1)), as_broadcast_to(1, 4, 5, 3)),
    "broadcast_to_one": ((1,), lambda x: tf.tile(x, (1, 6)), as_broadcast_to(1, 6)),
    "reverse_rows": ((5, 2), lambda x: tf.reverse(x, (1,))),
    "reverse_image": ((3, 4, 2), lambda x: tf.reverse(x, (2,))),
    "reverse_vector": ((7,), lambda x: tf.reverse(x, (1,))),
    "space_to_depth_wide": ((2, 8, 1), lambda x: tf.nn.space_to_depth(x, 2)),
    "space_to_depth_4": ((4, 4, 2), lambda x: tf.nn.space_to_depth(x, 4)),
    "space_to_depth_relu": ((4, 4, 3), lambda x: tf.nn.space_to_depth(tf.nn.relu(x), 2)),
    "space_to_depth_conv": ((6, 6, 1), lambda x, c=conv(4, 3, 1, 1, "VALID"): c(tf.nn.space_to_depth(x, 2))),
    "depth_to_space_wide": ((1, 5, 4), lambda x: tf.nn.depth_to_space(x, 2)),
    "depth_to_space_4": ((2, 1, 16), lambda x: tf.nn.depth_to_space(x, 4)),
    "depth_to_space_relu": ((2, 2, 12), lambda x: tf.nn.depth_to_space(tf.nn.relu(x), 2)),
    "depth_to_space_conv": ((3, 3, 4), lambda x, c=conv(1, 2, 3, 1, "SAME"): c(tf.nn.depth_to_space(x, 2))),
    "resize_nearest_wide": ((2, 3, 3), lambda x: tf.image.resize(x, (2, 9), "nearest")),
    "resize_nearest_odd": ((5, 4, 1), lambda x: tf.image.resize(x, (7, 3), "nearest")),
    "matmul_computed": ((4, 5), lambda x: tf.matmul(tf.reshape(x, (4, 5)), tf.reshape(tf.nn.relu(x), (4, 5)), transpose_b=True)[None]),
}


def reductions(f):
    """Of truth values."""
    return {
        "rows": ((5, 4), lambda x: tf.cast(f(x > -0.5, 1), tf.float32)),
        "image": ((3, 4, 2), lambda x: tf.cast(f(x > 0.5, (1, 2)), tf.float32)),
        "kept": ((4, 3), lambda x: tf.cast(f(x > 0.0, 2, keepdims=True), tf.float32) * x),
        "everything": ((6,), lambda x: tf.cast(f(x < 1.0, 1, keepdims=True), tf.float32)),
        "outer": ((3, 2, 3), lambda x: tf.cast(f(x > -1.0, (1, 3)), tf.float32)),
    }


for kind, f in (("reduce_any", tf.reduce_any), ("reduce_all", tf.reduce_all)):
    CASES |= {f"{kind}_{name}": case for name, case in reductions(f).items()}


def raw(shape, make, rows=None, dtype=None):
    return tuple(shape[1:]), Raw(make, rows, dtype)


def divisions(name, code, options, **left):
    """By constants and computed numbers on both sides of 0, of floats and of integers. left: the kind of node and how many, of each."""
    tables = {"by_constant": ("f", "F", (1, 4, 3)), "channels": ("f", "C", (1, 5, 3)), "positive": ("f", "p", (1, 4, 3)), "negative": ("f", "n", (1, 4, 3)),
              "integers": ("i", "d", (1, 3, 4)), "integer_constant": ("i", "K", (1, 7)), "integer_channels": ("i", "J", (1, 5, 3)), "of_constant": ("F", "p", (1, 3, 3)),
              "image": ("i", "d", (1, 2, 3, 2))}

    def form(a, b, shape):
        def divisor(f, letter):
            channels = shape[-1]
            if letter == "C":
                return f.k([1.5, -0.75, 2.25][:channels], FLOAT32, [channels])
            if letter == "K":
                return f.k([-3], INT32, [])
            if letter == "J":
                return f.k([2, -3, 5], INT32, [3])
            if letter == "d":  # whole numbers other than 0, below 0 and above
                t = f.operand("t", shape)
                return f.op(123, [t, f.k([3], INT32, []), f.k([-2], INT32, [])], shape, INT32, Table({}), 98)
            return f.operand(letter, shape)

        def make(f):
            x = f.operand(a, shape)
            if a == "i" and code == 42:  # with remainders, of both signs
                x = f.op(0, [x, f.k([-1], INT32, [])], shape, INT32, Table({}), 11)
            y = divisor(f, b)
            type = INT32 if a == "i" else FLOAT32
            return f.op(code, [x, y], shape, type, Table({}), options)
        return make
    return {f"{name}_{way}": (*left[way], *raw(tables[way][2], form(*tables[way]))) for way in tables if way in left}


def rnn(steps, wide, units, activation=4, time_major=False):
    shape = (steps, 1, wide) if time_major else (1, steps, wide)

    def make(f):
        w, r, b = (f.k(rng.normal(0, 0.5, shape).reshape(-1).tolist(), FLOAT32, list(shape)) for shape in ((units, wide), (units, units), (units,)))
        x = f.x((1, steps, wide))
        if time_major:
            x = f.op(39, [x, f.k([1, 0, 2])], shape, FLOAT32, Table({}), 26)
        state = f.graph.tensor([1, units], f.name())
        f.graph.tensors[state].fields[5] = ("b", 1)
        out = (*shape[:2], units)
        y = f.op(35, [x, w, r, b, state], out, FLOAT32, Table({0: ("b", time_major), 1: ("b", activation)}), 31)
        return f.op(39, [y, f.k([1, 0, 2])], (1, steps, units), FLOAT32, Table({}), 26) if time_major else y
    return (steps, wide), Raw(make)


def one_hot(shape, depth, axis=-1, on=1.0, off=0.0, source="arg_max"):
    """shape: of the indices, which are arg-maxima of the input's last dimension, of integers that are computed, or constants."""
    def make(f):
        if source == "arg_max":
            x = f.x((*shape, depth))
            i = f.op(56, [x, f.k([len(shape)], INT32, [])], shape, INT32, Table({0: ("b", INT32)}), 40)
        elif source == "computed":
            i = f.operand("i", shape)
        else:
            i = f.k(list(range(-1, int(np.prod(shape)) - 1)), INT32, list(shape))
        out = list(shape)
        out.insert(axis if axis >= 0 else len(shape), depth)
        return f.op(85, [i, f.k([depth], INT32, []), f.k([on], FLOAT32, []), f.k([off], FLOAT32, [])], out, FLOAT32, Table({0: ("i", axis)}), 61)
    out = list(shape)
    out.insert(axis if axis >= 0 else len(shape), depth)
    inputs = (*shape, depth) if source == "arg_max" else shape if source == "computed" else out
    return tuple(inputs[1:]), Raw(make)


def gather_nd(shape, places, letter="f"):
    places = np.array(places, np.int32)
    out = (*places.shape[:-1], *shape[places.shape[-1]:])
    return raw(shape, op(107, [(letter, shape), lambda f: f.k(places.reshape(-1).tolist(), INT32, list(places.shape))], list(out), Table({}), 83))


def gather_computed(shape, axis, of, batch=0):
    """Rows of the input by arg-maxima of it, which are computed."""
    def make(f):
        x = f.x(shape)
        i = f.op(56, [x, f.k([of], INT32, [])], [d for k, d in enumerate(shape) if k != of], INT32, Table({0: ("b", INT32)}), 40)
        index = [d for k, d in enumerate(shape) if k != of]
        return f.op(36, [x, i], [*shape[:axis], *index[batch:], *shape[axis + 1:]], FLOAT32, Table({0: ("i", axis), 1: ("i", batch)}), 23)
    return tuple(shape[1:]), Raw(make)


def embedding(count, rows, *width, type=INT32):
    def make(f):
        table = f.k(rng.normal(0, 1, rows * int(np.prod(width))).tolist(), FLOAT32, [rows, *width])
        x = f.x((1, count), type)
        return f.op(7, [f.graph.op(22, [x, f.k([count])], [count], f.name(), Table({0: [count]}), 17, type=type), table], [count, *width], FLOAT32)
    return (count,), Raw(make, rows, tf.int32)


def filled(shape, of):
    """FILL by a number that is computed: the sum of the input."""
    def make(f):
        x = f.x((1, of))
        s = f.op(74, [x, f.k([0, 1])], [], FLOAT32, Table({0: ("b", 0)}), 27)
        return f.op(94, [f.k(list(shape)), s], shape, FLOAT32, Table({}), 68)
    return (of,), Raw(make)


def shaped(shape, code, kind, letter="f"):
    """RANK or ZEROS_LIKE of a tensor, as numbers."""
    return raw(shape, op(code, [(letter, shape)], [] if code == 110 else shape, Table({}), kind, type="i" if code == 110 else None))


def places(shape, condition):
    """What of the input lies where a constant condition holds."""
    condition = np.array(condition)
    count = int(condition.astype(bool).sum())
    kind = {"b": BOOL, "f": FLOAT32, "i": INT32}[condition.dtype.kind]

    def make(f):
        w = f.op(109, [f.k(condition.reshape(-1).tolist(), kind, list(condition.shape))], [count, condition.ndim], INT64, Table({}), 85)
        return f.op(107, [f.x(shape), w], [count, *shape[condition.ndim:]], FLOAT32, Table({}), 83)
    return tuple(shape[1:]), Raw(make)


def ranges(first, limit, step, type=FLOAT32):
    """The input plus the numbers of a range."""
    count = len(np.arange(first, limit, step))

    def make(f):
        y = f.op(96, [f.k([v], type, []) for v in (first, limit, step)], [count], type, Table({}), 73)
        if type != FLOAT32:
            y = f.op(53, [y], [count], FLOAT32, Table({0: ("b", type), 1: ("b", FLOAT32)}), 37)
        return f.op(0, [f.x((1, count)), y], [1, count], FLOAT32, Table({}), 11)
    return (count,), Raw(make)


def spread(a, b):
    """The input, of shape a, at the shape that a and b together have."""
    to = np.broadcast_shapes(a, b)

    def make(f):
        return f.op(130, [f.x(a), f.op(145, [f.k(list(a)), f.k(list(b))], [len(to)], INT32)], to, FLOAT32, Table({}), 104)
    return tuple(a[1:]), Raw(make)


CASES |= {
    "rnn": rnn(5, 3, 4),
    "rnn_one_step": rnn(1, 6, 5),
    "rnn_relu": rnn(4, 2, 3, activation=1),
    "rnn_plain": rnn(3, 3, 3, activation=0),
    "rnn_relu6": rnn(4, 3, 2, activation=3),
    "rnn_time_major": rnn(4, 3, 3, time_major=True),
    "one_hot": one_hot((1, 4), 5),
    "one_hot_axis": one_hot((1, 3), 4, axis=1),
    "one_hot_values": one_hot((1, 2, 3), 4, on=2.5, off=-0.5),
    "one_hot_computed": one_hot((1, 5), 6, source="computed"),
    "one_hot_computed_axis": one_hot((1, 2, 3), 4, axis=1, on=1.5, off=0.5, source="computed"),
    "one_hot_constant": one_hot((1, 4), 3, on=2.0, off=-1.0, source="constant"),
    "one_hot_constant_axis": one_hot((1, 2, 2), 3, axis=1, source="constant"),
    "gather_nd_rows": gather_nd((1, 5, 3), [[0, 4], [0, 0], [0, 2]]),
    "gather_nd_elements": gather_nd((1, 4, 3), [[0, 1, 2], [0, 3, 0]]),
    "gather_nd_whole": gather_nd((1, 2, 3), [[0], [0]]),
    "gather_nd_grid": gather_nd((1, 3, 4, 2), [[[0, 1, 2], [0, 0, 0]], [[0, 2, 3], [0, 1, 1]]]),
    "gather_nd_integers": gather_nd((1, 5), [[0, 3], [0, 1]], "i"),
    "gather_nd_pixels": gather_nd((1, 3, 3, 2), [[0, 2, 2], [0, 0, 1], [0, 1, 0]]),
    "gather_by_computed": gather_computed((1, 6, 3), 1, 1),
    "gather_by_computed_last": gather_computed((1, 3, 4), 2, 2),
    "gather_by_computed_image": gather_computed((1, 4, 3, 2), 1, 1),
    "embedding_rows": embedding(5, 9, 4),
    "embedding_matrices": embedding(2, 5, 2, 3),
    "embedding_one": embedding(1, 7, 6),
    "embedding_wide": embedding(3, 4, 17),
    "embedding_many": embedding(11, 3, 2),
    "fill_vector": filled((5,), 4),
    "fill_rows": filled((2, 3), 5),
    "fill_image": filled((1, 2, 3, 2), 3),
    "fill_one": filled((1,), 6),
    "fill_rank5": filled((1, 2, 1, 2, 2), 3),
    "rank_of_matrix": shaped((1, 3), 110, 86),
    "rank_of_image": shaped((1, 2, 3, 2), 110, 86),
    "rank_of_sequence": shaped((1, 4, 3), 110, 86),
    "rank_of_integers": shaped((1, 4), 110, 86, "i"),
    "rank_of_truth": shaped((1, 4, 2), 110, 86, "t"),
    "rank_of_long": shaped((1, 2, 2), 110, 86, "l"),
    "zeros_like_matrix": shaped((1, 3), 93, 67),
    "zeros_like_image": shaped((1, 2, 3, 2), 93, 67),
    "zeros_like_sequence": shaped((1, 4, 3), 93, 67),
    "zeros_like_integers": shaped((1, 4), 93, 67, "i"),
    "zeros_like_long": shaped((1, 2, 2), 93, 67, "l"),
    "zeros_like_wide": shaped((1, 9), 93, 67, "p"),
    "where_vector": places((1, 6), [[True, False, True, True, False, True]]),
    "where_rows": places((1, 4, 3), [[True, False, False, True]]),
    "where_elements": places((1, 3, 3), [[[True, False, True], [False, False, False], [True, True, False]]]),
    "where_floats": places((1, 5), [[0.0, 1.5, 0.0, -2.0, 1.0]]),
    "where_integers": places((1, 5), [[0, 3, 1, 0, -1]]),
    "where_image": places((1, 3, 2, 2), [[[True, False], [True, True], [False, True]]]),
    "range_floats": ranges(0.0, 6.0, 1.0),
    "range_halves": ranges(-1.0, 2.0, 0.5),
    "range_down": ranges(3.0, -1.0, -0.75),
    "range_integers": ranges(2, 9, 2, INT32),
    "range_long": ranges(0, 5, 1, INT32),
    "broadcast_args_rows": spread((1, 1, 4), (3, 1)),
    "broadcast_args_rank": spread((1, 4), (2, 3, 4)),
    "broadcast_args_same": spread((1, 5), (1, 5)),
    "broadcast_args_plane": spread((1, 1, 1, 2), (3, 4, 1)),
    "broadcast_args_one": spread((1, 1), (6,)),
    "broadcast_args_columns": spread((1, 3, 1), (5,)),
}
for kind, code, options in (("squeeze", 43, 30), ("expand_dims", 70, 52)):
    for way, shape, axes in (("rows", (1, 4, 1, 3), (2,)), ("columns", (1, 1, 5), (1,)), ("two", (1, 1, 4, 1), (1, 3)), ("image", (1, 3, 2, 1), (3,)),
                             ("front", (1, 6), (0,)), ("integers", (1, 1, 3), (1,))):
        letter = "i" if way == "integers" else "p"
        if kind == "squeeze":
            CASES[f"{kind}_{way}"] = raw(shape, op(code, [(letter, shape)], [d for i, d in enumerate(shape) if i not in axes], Table({0: list(axes)}), options))
        else:
            grown = list(shape)
            grown.insert(axes[0], 1)
            CASES[f"{kind}_{way}"] = raw(shape, op(code, [(letter, shape), lambda f, a=axes[0]: f.k([a], INT32, [])], grown, Table({}), options))


def with_bias(shape, code, kind, filter_shape, to, options):
    """An operator with a constant filter and a bias that is the input itself."""
    def bias(f):
        count = int(np.prod(shape))
        return f.op(22, [f.graph.inputs[0], f.k([count])], [count], FLOAT32, Table({0: [count]}), 17)
    return raw(shape, op(code, [("f", shape), ("F", filter_shape), bias], to, options, kind))


CASES |= {
    "conv_bias_computed": with_bias((1, 3, 3, 2), 3, 1, (18, 2, 2, 2), [1, 2, 2, 18], Table({0: ("b", 1), 1: ("i", 1), 2: ("i", 1), 3: ("b", 1)})),
    "conv_bias_computed_pixel": with_bias((1, 2, 2, 3), 3, 1, (12, 1, 1, 3), [1, 2, 2, 12], Table({1: ("i", 1), 2: ("i", 1)})),
    "depthwise_bias_computed": with_bias((1, 3, 3, 2), 4, 2, (1, 2, 2, 18), [1, 2, 2, 18], Table({0: ("b", 1), 1: ("i", 1), 2: ("i", 1), 3: ("i", 9)})),
    "dense_bias_computed": with_bias((1, 6), 9, 8, (6, 6), [1, 6], Table({0: ("b", 1)})),
}


def to_tflite(f, shape, batch=1, quantise=None):
    if isinstance(f, Raw):
        return f.model
    batch, quantise = getattr(f, "batch", batch), getattr(f, "quantise", quantise)
    spec = tf.TensorSpec((batch, *shape), getattr(f, "dtype", tf.float32), name="x")
    function = tf.function(f).get_concrete_function(spec)
    converter = tf.lite.TFLiteConverter.from_concrete_functions([function], tf.Module())
    if quantise == "int8":
        converter.optimizations = [tf.lite.Optimize.DEFAULT]
        converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS_INT8]
        converter.inference_input_type = converter.inference_output_type = tf.int8
        converter.representative_dataset = lambda: [[rng.normal(size=(1, *shape)).astype(np.float32)] for _ in range(8)]
    if quantise == "float16":
        converter.optimizations = [tf.lite.Optimize.DEFAULT]
        converter.target_spec.supported_types = [tf.float16]
    return converter.convert()


def as_unknown(m):
    m.operatorCodes[0].builtinCode = m.operatorCodes[0].deprecatedBuiltinCode = 125


def shorten_constant(m):
    """Four of the six rows that a constant has for an image of six."""
    constant, = (t for t in m.subgraphs[0].tensors if list(t.shape) == [6, 1])
    constant.shape = [4, 1]
    m.buffers[constant.buffer].data = m.buffers[constant.buffer].data[:16]


def run(model, inputs, kernels):
    interpreter = tf.lite.Interpreter(model_content=model, experimental_op_resolver_type=kernels)
    interpreter.allocate_tensors()
    outputs = []
    for x in inputs:
        interpreter.reset_all_variables()
        details = interpreter.get_input_details()[0]
        interpreter.set_tensor(details["index"], x[None].astype(details["dtype"]))
        interpreter.invoke()
        y = interpreter.get_tensor(interpreter.get_output_details()[0]["index"])
        outputs.append(y[0] if y.ndim and y.shape[0] == 1 else y)
    outputs = np.stack(outputs)
    return outputs.astype(np.float32) if outputs.dtype.kind == "i" and outputs.dtype.itemsize > 1 else outputs


def shaped(shape, f):
    """f of the input at another shape."""
    return by_reference(lambda x: f(tf.reshape(x, shape)))


def layer_norm_of(c):
    gain, shift = weights(c) + 1, weights(c)
    return lambda x: tf.nn.batch_normalization(x, *tf.nn.moments(x, [-1], keepdims=True), shift, gain, 1e-3)


def rms_norm_of(c):
    gain = weights(c) + 1
    return lambda x: x * tf.math.rsqrt(tf.reduce_mean(x * x, -1, keepdims=True) + 1e-3) * gain


def rows_by(c, n):
    w, b = weights(c, n), weights(n)
    return lambda x: tf.matmul(x, w) + b


def parted(shape_a, shape_b, f):
    """f of the input's first part and the rest, at these shapes."""
    n = int(np.prod(shape_a))
    return (n + int(np.prod(shape_b)),), by_reference(lambda x: f(tf.reshape(x[:, :n], shape_a), tf.reshape(tf.tanh(x[:, n:]), shape_b)))


SIX, EIGHT = (2, 3, 1, 2, 2, 4), (2, 1, 3, 2, 1, 2, 1, 4)
CASES |= {
    "softmax_rank5": ((48,), shaped((2, 3, 1, 2, 4), tf.nn.softmax)),
    "softmax_rank6": ((96,), shaped(SIX, tf.nn.softmax)),
    "softmax_rank8": ((96,), shaped(EIGHT, tf.nn.softmax)),
    "softmax_rank5_axis": ((48,), shaped((2, 3, 1, 2, 4), lambda x: tf.nn.softmax(x, 1))),
    "softmax_batch": ((60,), shaped((3, 2, 2, 5), tf.nn.softmax)),
    "softmax_rank5_masked": ((48,), shaped((2, 3, 1, 2, 4), lambda x: tf.nn.softmax(x + [0.0, 0.0, -1e9, 0.0]))),
    "softmax_rank6_causal": ((96,), shaped((2, 3, 1, 1, 4, 4), lambda x: tf.nn.softmax(tf.where(tf.constant(np.tri(4) > 0), x, -1e9)))),
    "dense_rank5": ((48,), shaped((2, 3, 1, 2, 4), rows_by(4, 3))),
    "dense_rank6": ((96,), shaped(SIX, lambda x, f=rows_by(4, 5): tf.nn.relu(f(x)))),
    "dense_rank8": ((96,), shaped(EIGHT, rows_by(4, 2))),
    "dense_batch": ((48,), shaped((3, 2, 2, 4), rows_by(4, 6))),
    "dense_rank5_then_norm": ((48,), shaped((2, 3, 1, 2, 4), lambda x, f=rows_by(4, 6), g=layer_norm_of(6): g(f(x)))),
    "dense_rank6_as_rows": ((96,), shaped(SIX, lambda x, f=rows_by(4, 3): f(tf.reshape(tf.tanh(x), (-1, 4))))),
    "norm_layer_rank5": ((48,), shaped((2, 3, 1, 2, 4), layer_norm_of(4))),
    "norm_layer_rank6_relu": ((96,), shaped(SIX, lambda x, f=layer_norm_of(4): tf.nn.relu(f(x)))),
    "norm_layer_batch": ((60,), shaped((3, 2, 2, 5), layer_norm_of(5))),
    "norm_plain_rank6": ((96,), shaped(SIX, lambda x: normalised(x, (5,), tf.square))),
    "norm_plain_batch": ((60,), shaped((3, 2, 2, 5), lambda x: normalised(x, (-1,)))),
    "norm_rms_rank5": ((48,), shaped((2, 3, 1, 2, 4), rms_norm_of(4))),
    "norm_rms_batch": ((60,), shaped((3, 2, 2, 5), rms_norm_of(5))),
    "norm_group_rank6": ((96,), shaped(SIX, lambda x: normalised(x, (1, 5)))),
    "mean_rank8": ((96,), shaped(EIGHT, lambda x: tf.reduce_mean(x, (0, 3, 7)))),
    "sum_rank6": ((96,), shaped(SIX, lambda x: tf.reduce_sum(x, (1, 3), keepdims=True))),
    "reduce_max_rank8": ((96,), shaped(EIGHT, lambda x: tf.reduce_max(x, (2, 5)))),
    "reduce_min_rank6": ((96,), shaped(SIX, lambda x: tf.reduce_min(x, (0, 3, 5)))),
    "batch_matmul_rank5": parted((2, 2, 1, 3, 4), (2, 1, 2, 4, 3), tf.matmul),
    "batch_matmul_rank5_adjoint": parted((2, 1, 2, 3, 4), (2, 3, 4), lambda a, b: tf.matmul(a, b, transpose_b=True)),
    "batch_matmul_rank5_constant": ((48,), shaped((2, 2, 1, 3, 4), lambda x, w=weights(2, 1, 1, 4, 3): tf.matmul(x, w))),
    "concatenation_rank6": ((96,), shaped(SIX, lambda x: tf.concat([x, tf.tanh(x)], 3))),
    "concatenation_rank8": ((96,), shaped(EIGHT, lambda x: tf.concat([tf.tanh(x), x, x * 0.5], 1))),
    "strided_slice_rank5": ((48,), shaped((2, 3, 1, 2, 4), lambda x: tf.tanh(x[:, ::2, :, ::-1, 1:3]))),
    "pack_rank6": ((48,), shaped((2, 3, 1, 2, 4), lambda x: tf.stack([x, tf.tanh(x)], 2))),
    "unpack_rank8": ((96,), shaped(EIGHT, lambda x: tf.multiply(*tf.unstack(x, axis=3)))),
    "split_rank6": ((96,), shaped(SIX, lambda x: tf.subtract(*tf.split(x, 2, 3)))),
    "gather_rank6": ((96,), shaped(SIX, lambda x: tf.tanh(tf.gather(x, [2, 0], axis=1)))),
    "reverse_rank8": ((96,), shaped(EIGHT, lambda x: tf.tanh(tf.reverse(x, [2, 3])))),
    "arg_max_rank6": ((96,), shaped(SIX, lambda x: tf.cast(tf.argmax(x, 1), tf.float32))),
    "top_k_rank5": ((48,), shaped((2, 3, 1, 2, 4), lambda x: tf.math.top_k(x, 2)[0])),
    "max_pool_batch": ((2, 6, 5, 3), lambda x: tf.nn.max_pool2d(x[0], 2, 2, "VALID")),
    "max_pool_batch_same": ((3, 5, 4, 2), lambda x: tf.nn.relu(tf.nn.max_pool2d(x[0], 3, 2, "SAME"))),
    "average_pool_batch": ((2, 6, 5, 3), lambda x: tf.nn.avg_pool2d(x[0], 2, 2, "VALID")),
    "average_pool_batch_same": ((3, 5, 4, 2), lambda x: tf.nn.avg_pool2d(x[0], 3, 2, "SAME")),
    "l2_pool_batch": ((2, 4, 4, 3), lambda x: tf.nn.avg_pool2d(x[0], 2, 2, "VALID"), as_l2_pool),
    "conv_batch_groups": ((2, 5, 4, 4), (lambda w: lambda x: tf.nn.conv2d(x[0], w, 1, "SAME"))(weights(3, 3, 2, 6))),
    "resize_bilinear_batch": ((2, 3, 4, 2), lambda x: tf.image.resize(x[0], (6, 8), "bilinear")),
    "resize_bilinear_batch_odd": ((2, 4, 5, 2), lambda x: tf.image.resize(x[0], (7, 3), "bilinear")),
    "transpose_conv_batch": ((2, 4, 4, 3), (lambda w: lambda x: tf.nn.conv2d_transpose(x[0], w, (2, 8, 8, 2), 2, "SAME"))(weights(3, 3, 2, 3))),
    "transpose_conv_batch_valid": ((3, 3, 2, 2), (lambda w: lambda x: tf.nn.conv2d_transpose(x[0], w, (3, 6, 5, 3), 2, "VALID"))(weights(2, 3, 3, 2))),
}
EXPECTED, stream = {}, rng
for folder, module in elementwise.folders():
    rng = np.random.default_rng(zlib.crc32(folder.encode()))
    for name, (kind, nodes, *case) in module.cases(tf, sys.modules[__name__]).items():
        assert name not in CASES, f"two cases '{name}'"
        CASES[name], EXPECTED[name] = tuple(case), (kind, nodes)
rng = stream  # of the rejected models


def without(*codes):
    """A change for `changed`: these operators are left out of all subgraphs."""
    def change(m):
        for g in m.subgraphs:
            g.operators = [o for o in g.operators if m.operatorCodes[o.opcodeIndex].builtinCode not in codes]
    return change


def rejected_models():
    image = (6, 6, 2)
    plain = conv(2, 3, 3, 1, "VALID")
    rejected = {
        "unknown": changed(to_tflite(tf.nn.relu, image), as_unknown),
        "batch2": to_tflite(lambda x: tf.nn.conv3d(x, np.full((2, 2, 2, 2, 3), 0.5, np.float32), (1, 1, 1, 1, 1), "VALID"), (3, 3, 3, 2), batch=2),
        "dynamic": to_tflite(plain, (None, None, 2)),
        "int8": to_tflite(plain, image, quantise="int8"),
        "unlike_shapes": changed(to_tflite(lambda x: x + weights(6, 1), image), shorten_constant),
    }
    good = to_tflite(plain, image)
    conv_at = "subgraphs[0].operators[0]"
    rejected |= {
        "no_subgraph": changed(good, set_at("subgraphs", [])),
        "version": changed(good, set_at("version", 2)),
        "opcode_index": changed(good, set_at(f"{conv_at}.opcodeIndex", 7)),
        "input_index": changed(good, set_at(f"{conv_at}.inputs", [0, 1, 99])),
        "output_index": changed(changed(good, set_at("subgraphs[0].outputs", [-1])), set_at("signatureDefs", [])),
        "buffer_index": changed(good, set_at("subgraphs[0].tensors[1].buffer", 99)),
        "buffer_size": changed(good, lambda m: setattr(m.buffers[m.subgraphs[0].tensors[1].buffer], "data",
                                                        np.zeros(12, np.uint8))),
        "nan_weight": changed(good, lambda m: setattr(
            m.buffers[m.subgraphs[0].tensors[1].buffer], "data",
            np.full(len(m.buffers[m.subgraphs[0].tensors[1].buffer].data) // 4, np.nan, np.float32).view(np.uint8))),
        "grouped": changed(good, set_at("subgraphs[0].tensors[1].shape", [2, 3, 3, 3])),
        "fused_sign_bit": changed(good, set_at(f"{conv_at}.builtinOptions.fusedActivationFunction", 5)),
        "stride0": changed(good, set_at(f"{conv_at}.builtinOptions.strideW", 0)),
        "negative_shape": changed(good, set_at("subgraphs[0].tensors[0].shape", [1, -6, 6, 2])),
        "huge_shape": changed(good, set_at("subgraphs[0].tensors[0].shape", [1, 2**30, 2**30, 2])),
        "order": changed(to_tflite(lambda x: tf.nn.max_pool2d(tf.pad(x, ((0, 0), (1, 1), (1, 1), (0, 0))), 2, 1, "VALID"), image),
                         lambda m: m.subgraphs[0].operators.reverse()),
    }
    thin = changed(to_tflite(dense(12, 8), (12,)), sparse((8, 12), (0, 1), {1}, densify=False))
    where, = (i for i, t in enumerate(schema.ModelT.InitFromObj(schema.Model.GetRootAs(thin, 0)).subgraphs[0].tensors) if t.sparsity)
    rows, columns = (f"subgraphs[0].tensors[{where}].sparsity.dimMetadata[{i}]" for i in (0, 1))
    rejected |= {
        "sparse_order": changed(thin, set_at(f"subgraphs[0].tensors[{where}].sparsity.traversalOrder", [0, 0])),
        "sparse_size": changed(thin, set_at(f"{rows}.denseSize", 7)),
        "sparse_index": changed(thin, set_at(f"{columns}.arrayIndices.values", np.full(60, 12, np.uint8))),
        "sparse_segment": changed(thin, set_at(f"{columns}.arraySegments.values", np.array([0, 2, 99, 99, 99, 99, 99, 99, 99], np.uint8))),
        "sparse_short": changed(thin, set_at(f"{columns}.arraySegments.values", np.array([0, 2], np.uint8))),
        "sparse_data": changed(thin, set_at(f"buffers[m.subgraphs[0].tensors[{where}].buffer].data", np.zeros(8, np.uint8))),
        "variable_unset": changed((HERE.parent / "states/model.tflite").read_bytes(), without(129, 144)),
        "variable_unknown": changed((HERE.parent / "states/model.tflite").read_bytes(), without(142)),
        "custom_options": changed(to_tflite(transposed(3, 2, 3, 2, (7, 9), "SAME"), (4, 5, 3)),
                                  as_custom(b"Convolution2DTransposeBias", [1, 2])),
        "custom_unknown": changed(to_tflite(transposed(3, 2, 3, 2, (7, 9), "SAME"), (4, 5, 3)),
                                  as_custom(b"MaxUnpooling2D", [1, 2, 2])),
        "one_hot_types": Raw(op(85, [lambda f: f.k([0, 2, 1]), lambda f: f.k([4], INT32, []), lambda f: f.k([2.0], FLOAT32, []),
                                     lambda f: f.k([-1], INT32, [])], [3, 4], Table({0: ("i", -1)}), 61, "f")).model,
    }
    return rejected


def main():
    wanted = sys.argv[1:]
    rejected = rejected_models() if not wanted or not all(name in CASES for name in wanted) else {}
    assert all(name in CASES or name in rejected for name in wanted), "no such case"
    for name, (shape, f, *change) in CASES.items():
        if wanted and name not in wanted:
            continue
        model = to_tflite(f, shape)
        for c in change:
            model = changed(model, c)
        draw = np.random.default_rng(zlib.crc32(name.encode()))
        inputs = draw.integers(0, f.rows, (SAMPLES, *shape)) if hasattr(f, "rows") else draw.normal(0, 1.5, (SAMPLES, *shape))
        inputs = inputs.astype(np.float32)
        if hasattr(f, "first"):
            inputs[:, 0] = f.first
        (HERE / f"{name}.tflite").write_bytes(changed(model, f.written) if hasattr(f, "written") else model)
        np.save(HERE / f"{name}.in.npy", inputs)
        np.save(HERE / f"{name}.out.npy", run(model, inputs, getattr(f, "kernels", Kernels.AUTO)))
        if name in ("attention_block", "arg_max_lookup", "mask_of_ids_causal", "unet_block"):  # proved by tests/interop
            np.save(HERE / f"{name}.input.npy", inputs[:1])
            np.save(HERE / f"{name}.calibration.npy", inputs)
    (HERE / "elementwise.def").write_text("/* Made by generate.py of each cases.py in compiler/elementwise: a kind of node that the case has when it is imported, and how many it has "
                                          "after the passes. */\n" + "".join(f"OP_CASE({name}, {kind}, {nodes})\n" for name, (kind, nodes) in EXPECTED.items()))
    REJECTED.mkdir(exist_ok=True)
    for name, model in rejected.items():
        if not wanted or name in wanted:
            (REJECTED / f"{name}.tflite").write_bytes(model)


if __name__ == "__main__":
    main()
