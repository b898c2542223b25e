# SPDX-License-Identifier: Apache-2.0
from forms import ALL, SHAPE, TYPES, op
from tflite import Table

CODE = 53
FORMS = {f"{a}{b}": op(CODE, [a], SHAPE, Table({0: ("b", TYPES[a.lower()]), 1: ("b", TYPES[b])}), 37, b) for a in ALL.split() for b in "filt" if a.lower() != b}


def cases(tf, g):
    return {
        "cast_of_truth": ("SUB", 2, (5, 6), lambda x: tf.cast(x > 0.2, tf.float32) * x),
        "cast_to_integers": ("TRUNC", 1, (5, 6), lambda x: tf.cast(tf.cast(x * 3.0, tf.int32), tf.float32)),
        "cast_integers_compared": ("TRUNC", 2, (5, 6), lambda x: tf.cast(tf.cast(x, tf.int32) > 1, tf.float32)),
        "cast_integers_added": ("TRUNC", 4, (5, 6), lambda x: tf.cast(tf.cast(x, tf.int32) + tf.cast(x * 2.0, tf.int32) * 3, tf.float32)),
        "cast_to_truth": ("NOT_ZERO", 2, (5, 6), lambda x: tf.cast(tf.cast(tf.nn.relu(x), tf.bool), tf.float32)),
        "cast_truth_to_integers": ("ADD", 3, (5, 6), lambda x: tf.cast(tf.cast(x > 0.2, tf.int32) + tf.cast(x > 1.2, tf.int32), tf.float32)),
    }
