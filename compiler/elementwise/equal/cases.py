# SPDX-License-Identifier: Apache-2.0
from forms import ARITHMETIC, LOGIC, same_shape
from tflite import Table

CODE = 71
FORMS = same_shape(CODE, ARITHMETIC + " " + LOGIC, Table({}), 53, "t")


def cases(tf, g):
    return g.comparisons("equal", tf.equal)
