# SPDX-License-Identifier: Apache-2.0
from forms import ARITHMETIC, same_shape
from tflite import Table

CODE = 55
FORMS = same_shape(CODE, ARITHMETIC, Table({}), 39)


def cases(tf, g):
    return g.extremes("maximum", tf.maximum, "MAX_POOL_2D")
