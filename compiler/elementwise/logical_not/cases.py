# SPDX-License-Identifier: Apache-2.0
from forms import same_shape
from tflite import Table

CODE = 87
FORMS = same_shape(CODE, "t T", Table({}), 63)


def cases(tf, g):
    return {
        "logical_not": ("ZERO", 3, (5, 6), lambda x: tf.cast(tf.logical_not(tf.cast(tf.nn.relu(x), tf.bool)), tf.float32)),
        "logical_not_image": ("ZERO", 3, (3, 4, 2), lambda x: tf.cast(tf.logical_not(g.holds(x)), tf.float32)),
        "logical_not_of_and": ("ZERO", 3, (4, 3), lambda x: tf.cast(tf.logical_not(tf.logical_and(x > 0.0, x < 1.0)), tf.float32)),
        "logical_not_twice": ("ZERO", 7, (4, 3), lambda x: tf.cast(tf.logical_and(tf.logical_not(g.holds(x)), tf.logical_not(g.holds(x + 1.0))), tf.float32)),
        "logical_not_vector": ("ZERO", 3, (7,), lambda x: tf.cast(tf.logical_not(g.holds(x)), tf.float32)),
        "logical_not_any": ("ZERO", 4, (5, 4), lambda x: tf.cast(tf.logical_not(tf.reduce_any(x > 1.5, 2)), tf.float32)),
        "logical_not_times": ("ZERO", 4, (3, 4), lambda x: tf.cast(tf.logical_not(g.holds(x)), tf.float32) * x),
    }
