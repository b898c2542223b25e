#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Make the one-operator models of this folder, and those of ../rejected, with TensorFlow; and the outputs that the TFLite
interpreter gives for random inputs. Needs: pip install tensorflow (made with 2.21). Run it in place; the files
are committed, the tests do not need TensorFlow.

<name>.tflite, <name>.in.npy (inputs, one sample per row), <name>.out.npy (the interpreter's outputs).
"""
import os
import pathlib

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import numpy as np
import flatbuffers
import tensorflow as tf
from tensorflow.lite.python import schema_py_generated as schema

HERE = pathlib.Path(__file__).resolve().parent
REJECTED = HERE.parent / "rejected"
SAMPLES = 4
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


def depthwise(channels, multiplier, size, stride, padding, activation=None):
    w = weights(size, size, channels, multiplier, scale=1 / size)
    b = weights(channels * multiplier)

    def f(x):
        y = tf.nn.bias_add(tf.nn.depthwise_conv2d(x, w, [1, stride, stride, 1], padding), b)
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
    "add_tensors": ((5, 6, 4), lambda x: tf.nn.relu(tf.nn.max_pool2d(x, 3, 1, "SAME") + x)),
    "add_channel": ((5, 6, 4), lambda x: x + channel4),
    "add_scalar_first": ((5, 6, 4), lambda x: tf.nn.relu6(2.5 + x)),
    "add_same_shape_constant": ((5, 6, 4), lambda x: same4 + x),
    "mul_tensors": ((5, 6, 4), lambda x: tf.nn.max_pool2d(x, 3, 1, "SAME") * x),
    "mul_channel": ((5, 6, 4), lambda x: tf.nn.relu(channel4 * x)),
    "mul_scalar": ((5, 6, 4), lambda x: tf.nn.relu6(x * -3.0)),
    "mul_by_channel_of_model": ((5, 6, 4), lambda x: x * tf.nn.avg_pool2d(x, (5, 6), 1, "VALID")),
    "relu": ((5, 6, 4), tf.nn.relu),
    "relu6": ((5, 6, 4), lambda x: tf.nn.relu6(tf.nn.max_pool2d(4 * x, 2, 1, "VALID"))),
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
}


def to_tflite(f, shape, batch=1, quantise=None):
    spec = tf.TensorSpec((batch, *shape), tf.float32, name="x")
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


def run(model, inputs):
    interpreter = tf.lite.Interpreter(model_content=model)
    interpreter.allocate_tensors()
    outputs = []
    for x in inputs:
        interpreter.set_tensor(interpreter.get_input_details()[0]["index"], x[None])
        interpreter.invoke()
        outputs.append(interpreter.get_tensor(interpreter.get_output_details()[0]["index"])[0])
    return np.stack(outputs)


def main():
    for name, (shape, f) in CASES.items():
        model = to_tflite(f, shape)
        inputs = rng.normal(0, 1.5, (SAMPLES, *shape)).astype(np.float32)
        (HERE / f"{name}.tflite").write_bytes(model)
        np.save(HERE / f"{name}.in.npy", inputs)
        np.save(HERE / f"{name}.out.npy", run(model, inputs))
    REJECTED.mkdir(exist_ok=True)
    image = (6, 6, 2)
    plain = conv(2, 3, 3, 1, "VALID")
    rejected = {
        "sin": to_tflite(tf.sin, image),
        "tanh": to_tflite(lambda x: tf.tanh(plain(x)), image),
        "dilated": to_tflite(conv(2, 3, 2, 1, "VALID", dilation=2), image),
        "batch2": to_tflite(plain, image, batch=2),
        "dynamic": to_tflite(plain, (None, None, 2)),
        "int8": to_tflite(plain, image, quantise="int8"),
        "float16": to_tflite(plain, image, quantise="float16"),
        "five_dimensions": to_tflite(tf.nn.relu, (2, 3, 4, 5)),
        "pad_channels": to_tflite(lambda x: tf.pad(x, ((0, 0), (0, 0), (0, 0), (1, 0))), image),
        "row_broadcast": to_tflite(lambda x: x + weights(6, 1), image),
    }
    good = to_tflite(plain, image)
    conv_at = "subgraphs[0].operators[0]"
    rejected |= {
        "no_subgraph": changed(good, set_at("subgraphs", [])),
        "version": changed(good, set_at("version", 2)),
        "opcode_index": changed(good, set_at(f"{conv_at}.opcodeIndex", 7)),
        "input_index": changed(good, set_at(f"{conv_at}.inputs", [0, 1, 99])),
        "output_index": changed(good, set_at("subgraphs[0].outputs", [-1])),
        "buffer_index": changed(good, set_at("subgraphs[0].tensors[1].buffer", 99)),
        "buffer_size": changed(good, lambda m: setattr(m.buffers[m.subgraphs[0].tensors[1].buffer], "data",
                                                        np.zeros(12, np.uint8))),
        "nan_weight": changed(good, lambda m: setattr(
            m.buffers[m.subgraphs[0].tensors[1].buffer], "data",
            np.full(len(m.buffers[m.subgraphs[0].tensors[1].buffer].data) // 4, np.nan, np.float32).view(np.uint8))),
        "grouped": changed(good, set_at("subgraphs[0].tensors[1].shape", [6, 3, 3, 1])),
        "fused_tanh": changed(good, set_at(f"{conv_at}.builtinOptions.fusedActivationFunction", 4)),
        "stride0": changed(good, set_at(f"{conv_at}.builtinOptions.strideW", 0)),
        "wrong_shape": changed(good, lambda m: setattr(m.subgraphs[0].tensors[m.subgraphs[0].outputs[0]], "shape",
                                                      [1, 5, 4, 3])),
        "negative_shape": changed(good, set_at("subgraphs[0].tensors[0].shape", [1, -6, 6, 2])),
        "huge_shape": changed(good, set_at("subgraphs[0].tensors[0].shape", [1, 2**30, 2**30, 2])),
        "order": changed(to_tflite(lambda x: tf.nn.max_pool2d(tf.pad(x, ((0, 0), (1, 1), (1, 1), (0, 0))), 2, 1, "VALID"), image),
                         lambda m: m.subgraphs[0].operators.reverse()),
    }
    for name, model in rejected.items():
        (REJECTED / f"{name}.tflite").write_bytes(model)


if __name__ == "__main__":
    main()
