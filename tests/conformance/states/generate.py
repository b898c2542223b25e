#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A network that keeps its past in variables, as wake words do, and what TFLite makes of four runs one after the other. Needs: pip
install tensorflow (made with 2.19). The files are committed, the tests do not need TensorFlow.

model.tflite; inputs.npy: [runs, 1, 3, 4]; outputs.npy: [runs, 3]; calibration.npz: inputs of other runs, with the states before them."""
import os
import pathlib

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np
import tensorflow as tf

HERE = pathlib.Path(__file__).resolve().parent
RUNS = 4
rng = np.random.default_rng(3)


def weights(*shape):
    return tf.constant(rng.normal(0, 1 / np.sqrt(np.prod(shape[:-1])), shape).astype(np.float32))


class Stream(tf.Module):
    """Each run brings three rows of four; a convolution over time reads the two before them too, a running mean what came of it.
    `scale` is never assigned to, so it is a constant."""

    def __init__(self):
        super().__init__()
        self.past = tf.Variable(tf.zeros((1, 2, 4)), name="past", trainable=False)
        self.mean = tf.Variable(tf.fill((1, 6), 0.25), name="mean", trainable=False)
        self.scale = tf.Variable(tf.fill((1, 6), 0.5), name="scale", trainable=False)
        self.filter, self.bias, self.head = weights(3, 4, 6), weights(6), weights(6, 3)

    @tf.function(input_signature=[tf.TensorSpec((1, 3, 4), tf.float32, name="x")])
    def __call__(self, x):
        rows = tf.concat([self.past, x], 1)
        self.past.assign(rows[:, 3:])
        y = tf.nn.relu(tf.nn.conv1d(rows, self.filter, 1, "VALID") + self.bias)
        mean = 0.75 * self.mean + tf.reduce_mean(y, 1) * self.scale
        self.mean.assign(mean)
        return tf.matmul(mean, self.head)


def main():
    m = Stream()
    converter = tf.lite.TFLiteConverter.from_concrete_functions([m.__call__.get_concrete_function()], m)
    converter.experimental_enable_resource_variables = True
    converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS]
    (HERE / "model.tflite").write_bytes(converter.convert())
    inputs = rng.normal(0, 1, (RUNS + 24, 1, 3, 4)).astype(np.float32)
    it = tf.lite.Interpreter(model_path=str(HERE / "model.tflite"), experimental_op_resolver_type=tf.lite.experimental.OpResolverType.BUILTIN_REF)
    it.allocate_tensors()
    outputs = []
    for x in inputs[:RUNS]:
        it.set_tensor(it.get_input_details()[0]["index"], x)
        it.invoke()
        outputs.append(it.get_tensor(it.get_output_details()[0]["index"])[0])
    np.save(HERE / "inputs.npy", inputs[:RUNS])
    np.save(HERE / "outputs.npy", np.stack(outputs))
    for x in inputs[:RUNS]:  # the model's own variables, for the states of the others
        m(x)
    states = {"x": [], "past": [], "mean": []}
    for x in inputs[RUNS:]:
        for name, value in (("x", x), ("past", m.past.numpy()), ("mean", m.mean.numpy())):
            states[name].append(value[0])
        m(x)
    np.savez(HERE / "calibration.npz", **{k: np.stack(v) for k, v in states.items()})


if __name__ == "__main__":
    main()
