# SPDX-License-Identifier: Apache-2.0
from forms import ARITHMETIC, same_shape
from tflite import Table

CODE = 55
FORMS = same_shape(CODE, ARITHMETIC, Table({}), 39)


def cases(tf, g):
    return {
        "maximum_rank6": ("MAX_POOL_2D", 10, *g.parted((2, 1, 3, 1, 2, 4), (1, 3, 1, 2, 2, 1), tf.maximum)),
    } | g.extremes("maximum", tf.maximum, "MAX_POOL_2D")
