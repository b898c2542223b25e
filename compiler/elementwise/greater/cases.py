# SPDX-License-Identifier: Apache-2.0
from forms import ARITHMETIC, same_shape
from tflite import Table

CODE = 61
FORMS = same_shape(CODE, ARITHMETIC, Table({}), 43, "t")


def cases(tf, g):
    return g.comparisons("greater", tf.greater)
