# SPDX-License-Identifier: Apache-2.0
from forms import ARITHMETIC, same_shape
from tflite import Table

CODE = 41
FORMS = same_shape(CODE, ARITHMETIC, Table({}), 28)


def cases(tf, g):
    return {
        "sub_tensors": ("SUB", 2, (5, 6, 4), lambda x: tf.nn.max_pool2d(x, 3, 1, "SAME") - x),
        "sub_channel": ("SUB", 1, (5, 6, 4), lambda x: x - g.channel4),
        "sub_from_channel": ("SUB", 1, (5, 6, 4), lambda x: g.channel4 - x),
        "sub_from_scalar": ("SUB", 1, (5, 6, 4), lambda x: tf.nn.relu6(2.5 - x)),
        "sub_same_shape": ("SUB", 1, (5, 6, 4), lambda x: x - g.same4),
        "sub_from_model": ("SUB", 2, (5, 6, 4), lambda x: tf.nn.avg_pool2d(x, (5, 6), 1, "VALID") - x),
        "sub_rank8": ("SUB", 7, *g.parted((2, 2, 1, 3, 1, 2, 1, 2), (3, 1, 1, 1, 2), tf.subtract)),
    } | g.broadcasts("sub", tf.subtract, "SUB")
