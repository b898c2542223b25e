# SPDX-License-Identifier: Apache-2.0
"""Building blocks that the architectures share: seeded weights, normalisations, attention, samples.

Every number comes from (seed, name), so that a model never changes
because another one was added.
"""
import zlib

import numpy as np
import tensorflow as tf

SEED = 20240422


def rng(*names):
    """A generator that depends on the seed and on these names only."""
    return np.random.default_rng([SEED] + [zlib.crc32(str(n).encode()) for n in names])


class Weights:
    """Makes weights by name. He, Xavier or a given deviation; the same name gives the same array."""

    def __init__(self, model):
        self.model = model
        self.made = {}

    def get(self, name, shape, std):
        if name not in self.made:
            with tf.init_scope():  # an eager tensor: both uses of a tied weight capture the same one
                self.made[name] = tf.constant(rng(self.model, name).standard_normal(shape, np.float32) * np.float32(std))
        return self.made[name]

    def fan_in(self, name, shape, gain=1.0):
        return self.get(name, shape, np.sqrt(gain / np.prod(shape[:-1])))

    def bias(self, name, n):
        return self.get(name, [n], 0.05)

    def near_one(self, name, n):
        return tf.constant(1.0 + 0.1 * rng(self.model, name).standard_normal(n, np.float32))


# ---- layers over a Weights ---------------------------------------------------------------------------------

def dense(w, name, x, n, gain=1.0, bias=True):
    """x @ W + b over the last axis, whatever the rank of x."""
    y = tf.linalg.matmul(x, w.fan_in(name + ".w", [x.shape[-1], n], gain))
    return y + w.bias(name + ".b", n) if bias else y


def layer_norm(w, name, x, eps=1e-5):
    mean, var = tf.nn.moments(x, [-1], keepdims=True)
    n = x.shape[-1]
    return tf.nn.batch_normalization(x, mean, var, w.bias(name + ".beta", n), w.near_one(name + ".gamma", n), eps)


def rms_norm(w, name, x, eps=1e-5):
    return x * tf.math.rsqrt(tf.reduce_mean(x * x, -1, keepdims=True) + eps) * w.near_one(name + ".gamma", x.shape[-1])


def group_norm(w, name, x, groups, eps=1e-5):
    _, h, wd, c = x.shape
    g = tf.reshape(x, [1, h * wd, groups, c // groups])
    mean, var = tf.nn.moments(g, [1, 3], keepdims=True)
    g = tf.reshape((g - mean) * tf.math.rsqrt(var + eps), [1, h, wd, c])
    return g * w.near_one(name + ".gamma", c) + w.bias(name + ".beta", c)


def conv(w, name, x, n, size, stride=1, gain=1.0, padding="SAME"):
    k = w.fan_in(name + ".w", [size, size, x.shape[-1], n], gain)
    return tf.nn.bias_add(tf.nn.conv2d(x, k, stride, padding), w.bias(name + ".b", n))


def silu(x):
    return x * tf.sigmoid(x)


def split_heads(x, heads):
    _, t, d = x.shape
    return tf.transpose(tf.reshape(x, [1, t, heads, d // heads]), [0, 2, 1, 3])


def merge_heads(x):
    _, h, t, d = x.shape
    return tf.reshape(tf.transpose(x, [0, 2, 1, 3]), [1, t, h * d])


def attend(q, k, v, mask=None):
    """q, k, v: [1, heads, tokens, d]; mask is added to the scores."""
    s = tf.linalg.matmul(q, k, transpose_b=True) * (1.0 / np.sqrt(q.shape[-1]))
    if mask is not None:
        s = s + mask
    return tf.linalg.matmul(tf.nn.softmax(s), v)


def causal_mask(t, low):
    return tf.constant(np.triu(np.full([1, 1, t, t], low, np.float32), 1))


# ---- samples -----------------------------------------------------------------------------------------------

def images(name, n, h, w, c):
    """Smooth random pictures in about [-2, 2]: a few random waves and some noise, unlike plain noise they
    make the units of a random network differ from one picture to the next."""
    g = rng(name, "images")
    y, x = np.meshgrid(np.linspace(0, 1, h), np.linspace(0, 1, w), indexing="ij")
    out = np.zeros([n, h, w, c], np.float32)
    for i in range(n):
        for ch in range(c):
            for _ in range(4):
                fy, fx, ph = g.uniform(-4, 4), g.uniform(-4, 4), g.uniform(0, 6.28)
                out[i, :, :, ch] += g.uniform(0.2, 0.7) * np.sin(6.28 * (fy * y + fx * x) + ph)
        out[i] += g.normal(0, 0.4, [1, 1, c])
    return (out + 0.1 * g.standard_normal(out.shape)).astype(np.float32)


def vectors(name, n, *shape):
    return rng(name, "vectors").standard_normal([n, *shape], np.float32)


def sequences(name, n, t, d):
    """Random walks with some memory, so that recurrent cells see something like a signal."""
    g = rng(name, "sequences")
    out = np.zeros([n, t, d], np.float32)
    s = g.standard_normal([n, d])
    for i in range(t):
        s = 0.8 * s + 0.6 * g.standard_normal([n, d])
        out[:, i] = s
    return out


def tokens(name, n, t, vocabulary):
    return rng(name, "tokens").integers(0, vocabulary, [n, t]).astype(np.int32)
