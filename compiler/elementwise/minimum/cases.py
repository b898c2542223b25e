# SPDX-License-Identifier: Apache-2.0
from forms import ARITHMETIC, same_shape
from tflite import Table

CODE = 57
FORMS = same_shape(CODE, ARITHMETIC, Table({}), 39)


def cases(tf, g):
    return g.extremes("minimum", tf.minimum, "MIN_POOL_2D")
