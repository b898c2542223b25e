# SPDX-License-Identifier: Apache-2.0
from forms import ARITHMETIC, same_shape
from tflite import Table

CODE = 58
FORMS = same_shape(CODE, ARITHMETIC, Table({}), 41, "t")


def cases(tf, g):
    return g.comparisons("less", tf.less)
