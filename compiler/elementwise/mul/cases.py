# SPDX-License-Identifier: Apache-2.0
from forms import ARITHMETIC, same_shape
from tflite import Table

CODE = 18
FORMS = same_shape(CODE, ARITHMETIC, Table({}), 21)


def cases(tf, g):
    return {
        "mul_tensors": ("MUL", 2, (5, 6, 4), lambda x: tf.nn.max_pool2d(x, 3, 1, "SAME") * x),
        "mul_channel": ("MUL", 1, (5, 6, 4), lambda x: tf.nn.relu(g.channel4 * x)),
        "mul_scalar": ("MUL", 1, (5, 6, 4), lambda x: tf.nn.relu6(x * -3.0)),
        "mul_by_channel_of_model": ("MUL", 2, (5, 6, 4), lambda x: x * tf.nn.avg_pool2d(x, (5, 6), 1, "VALID")),
        "mul_rank7": ("MUL", 8, *g.parted((2, 1, 3, 1, 2, 1, 4), (1, 2, 1, 2, 2, 2, 1), tf.multiply)),
    } | g.broadcasts("mul", tf.multiply, "MUL")
