# SPDX-License-Identifier: Apache-2.0
from forms import ARITHMETIC, same_shape
from tflite import Table

CODE = 0
FORMS = same_shape(CODE, ARITHMETIC, Table({}), 11)


def cases(tf, g):
    return {
        "add_tensors": ("ADD", 2, (5, 6, 4), lambda x: tf.nn.relu(tf.nn.max_pool2d(x, 3, 1, "SAME") + x)),
        "add_channel": ("ADD", 1, (5, 6, 4), lambda x: x + g.channel4),
        "add_scalar_first": ("ADD", 1, (5, 6, 4), lambda x: tf.nn.relu6(2.5 + x)),
        "add_same_shape_constant": ("ADD", 1, (5, 6, 4), lambda x: g.same4 + x),
        "add_rank6": ("ADD", 7, *g.parted((2, 1, 3, 1, 2, 4), (1, 3, 1, 2, 2, 1), tf.add)),
        "add_rank8": ("ADD", 8, *g.parted((2, 1, 3, 1, 2, 1, 2, 1), (1, 2, 1, 2, 1, 2, 1, 2), tf.add)),
    } | g.broadcasts("add", tf.add, "ADD")
