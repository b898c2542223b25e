# SPDX-License-Identifier: Apache-2.0
from forms import SHAPE, same_shape, op
from tflite import Table

CODE = 78
FORMS = {**same_shape(CODE, "pf pF Ff FF II ii", Table({}), 56), "iI": op(CODE, ["i", [0, 1, 2, 3]], SHAPE, Table({}), 56)}


def cases(tf, g):
    return {
        "pow_3": ("POWER", 1, (5, 6), lambda x: tf.pow(x, 3.0)),
        "pow_4": ("POWER", 1, (3, 2, 4), lambda x: tf.pow(x * 0.5, 4.0)),
        "pow_2": ("MUL", 1, (5, 6), lambda x: tf.raw_ops.Pow(x=x, y=2.0)),
        "pow_root": ("SQRT", 2, (5, 6), lambda x: tf.raw_ops.Pow(x=tf.nn.relu(x) + 0.25, y=0.5)),
        "pow_1_5": ("POWER_OF_POSITIVE", 2, (5, 6), lambda x: tf.pow(tf.nn.relu(x) + 0.25, 1.5)),
        "pow_negative": ("POWER_OF_POSITIVE", 2, (5, 6), lambda x: tf.pow(tf.nn.relu(x) + 0.75, -1.25)),
        "pow_reciprocal": ("RECIPROCAL", 2, (5, 6), lambda x: tf.raw_ops.Pow(x=tf.nn.relu(x) + 0.75, y=-1.0)),
        "pow_channels": ("RECIPROCAL", 12, (3, 4), lambda x: tf.raw_ops.Pow(x=tf.abs(x) + 0.5, y=tf.constant([0.5, -1.0, 1.25, 2.0]))),
        "pow_computed": ("EXP", 5, (3, 4), lambda x: tf.raw_ops.Pow(x=tf.abs(x) + 0.5, y=tf.nn.relu(x) * 0.5)),
        "pow_natural_of_sum": ("POWER", 2, (3, 4), lambda x: tf.raw_ops.Pow(x=x * 0.5 + 0.25, y=3.0)),
        "pow_of_constant": ("EXP", 1, (3, 4), lambda x: tf.raw_ops.Pow(x=tf.constant([0.5, 1.0, 2.0, 1.5]), y=x)),
        "pow_integer_columns": ("POWER", 10, (3, 4), lambda x: tf.cast(tf.pow(tf.cast(x, tf.int32), tf.constant([2, 0, 1, 3])), tf.float32)),
        "pow_integer_rows": ("POWER", 8, (3, 4), lambda x: tf.cast(tf.pow(tf.cast(x, tf.int32), tf.constant([[3], [0], [2]])), tf.float32)),
        "pow_integers": ("POWER", 15, (2, 4), lambda x: tf.cast(tf.pow(tf.cast(x, tf.int32), tf.constant([[0, 1, 2, 3], [4, 5, 1, 2]])), tf.float32)),
        "pow_naturals": ("POWER", 10, (3, 4), lambda x: tf.pow(x * 0.5, tf.constant([3.0, 2.0, 0.0, 1.0]))),
    }
