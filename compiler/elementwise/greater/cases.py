# SPDX-License-Identifier: Apache-2.0
from forms import ARITHMETIC, same_shape
from tflite import Table

CODE = 61
FORMS = same_shape(CODE, ARITHMETIC, Table({}), 43, "t")


def cases(tf, g):
    return {
        "greater_rank6": ("SUB", 8, *g.parted((2, 1, 3, 1, 2, 4), (1, 3, 1, 2, 2, 1), lambda a, b: tf.cast(a > b, tf.float32))),
    } | g.comparisons("greater", tf.greater)
