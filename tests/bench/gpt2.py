#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A GPT-2 of seeded weights as a TFLite file, to measure at full size.

  gpt2.py FOLDER [--layers 6] [--width 768] [--heads 12] [--tokens 64] [--vocabulary 50257]

writes FOLDER/model.tflite, calibration.npy and input.npy; the defaults are the shape of a distilled GPT-2: 81 M weights, the
embedding shared with the head. Needs tensorflow 2.19 or later.
"""
import argparse
import pathlib

import numpy as np
import tensorflow as tf


class Gpt2(tf.Module):
    def __init__(self, o):
        super().__init__()
        self.o, rng = o, np.random.default_rng(1)

        def weights(*shape, scale=0.02):
            return tf.constant(rng.normal(0, scale, shape).astype(np.float32))

        w = o.width
        self.embedding, self.position = weights(o.vocabulary, w), weights(o.tokens, w, scale=0.01)
        self.layers = [dict(n1=(1 + weights(w), weights(w)), qkv=weights(w, 3 * w), qkv_b=weights(3 * w), out=weights(w, w),
                            out_b=weights(w), n2=(1 + weights(w), weights(w)), up=weights(w, 4 * w), up_b=weights(4 * w),
                            down=weights(4 * w, w), down_b=weights(w)) for _ in range(o.layers)]
        self.last = (1 + weights(w), weights(w))
        self.mask = tf.constant(np.triu(np.full((1, 1, o.tokens, o.tokens), -1e4, np.float32), 1))

    def norm(self, x, gain_shift):
        mean, variance = tf.nn.moments(x, [-1], keepdims=True)
        return tf.nn.batch_normalization(x, mean, variance, gain_shift[1], gain_shift[0], 1e-5)

    def heads(self, x):
        return tf.transpose(tf.reshape(x, [1, self.o.tokens, self.o.heads, self.o.width // self.o.heads]), [0, 2, 1, 3])

    def attention(self, x, p):
        q, k, v = (self.heads(y) for y in tf.split(tf.matmul(x, p["qkv"]) + p["qkv_b"], 3, axis=-1))
        scores = tf.matmul(q, k, transpose_b=True) * (self.o.width // self.o.heads) ** -0.5 + self.mask
        y = tf.transpose(tf.matmul(tf.nn.softmax(scores), v), [0, 2, 1, 3])
        return tf.matmul(tf.reshape(y, [1, self.o.tokens, self.o.width]), p["out"]) + p["out_b"]

    def __call__(self, ids):
        x = tf.gather(self.embedding, ids) + self.position
        for p in self.layers:
            x = x + self.attention(self.norm(x, p["n1"]), p)
            y = tf.nn.gelu(tf.matmul(self.norm(x, p["n2"]), p["up"]) + p["up_b"], approximate=True)
            x = x + tf.matmul(y, p["down"]) + p["down_b"]
        return tf.matmul(self.norm(x, self.last), self.embedding, transpose_b=True)


def main():
    a = argparse.ArgumentParser()
    a.add_argument("folder", type=pathlib.Path)
    for name, value in dict(layers=6, width=768, heads=12, tokens=64, vocabulary=50257).items():
        a.add_argument(f"--{name}", type=int, default=value)
    o = a.parse_args()
    model = Gpt2(o)
    f = tf.function(model.__call__, input_signature=[tf.TensorSpec([1, o.tokens], tf.int32)])
    o.folder.mkdir(parents=True, exist_ok=True)
    (o.folder / "model.tflite").write_bytes(
        tf.lite.TFLiteConverter.from_concrete_functions([f.get_concrete_function()], model).convert())
    ids = np.random.default_rng(2).integers(0, o.vocabulary, [3, o.tokens], np.int32)
    np.save(o.folder / "calibration.npy", ids[:2])
    np.save(o.folder / "input.npy", ids[2:])


if __name__ == "__main__":
    main()
