# SPDX-License-Identifier: Apache-2.0
from forms import ARITHMETIC, same_shape
from tflite import Table

CODE = 62
FORMS = same_shape(CODE, ARITHMETIC, Table({}), 44, "t")


def cases(tf, g):
    return g.comparisons("greater_equal", tf.greater_equal)
