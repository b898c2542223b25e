# SPDX-License-Identifier: Apache-2.0
from forms import ARITHMETIC, LOGIC, same_shape
from tflite import Table

CODE = 72
FORMS = same_shape(CODE, ARITHMETIC + " " + LOGIC, Table({}), 54, "t")


def cases(tf, g):
    return g.comparisons("not_equal", tf.not_equal)
