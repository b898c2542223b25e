# SPDX-License-Identifier: Apache-2.0
from forms import ARITHMETIC, same_shape
from tflite import Table

CODE = 63
FORMS = same_shape(CODE, ARITHMETIC, Table({}), 45, "t")


def cases(tf, g):
    return g.comparisons("less_equal", tf.less_equal)
