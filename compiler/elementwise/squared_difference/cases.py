# SPDX-License-Identifier: Apache-2.0
from forms import ARITHMETIC, same_shape
from tflite import Table

CODE = 99
FORMS = same_shape(CODE, ARITHMETIC, Table({}), 76)


def cases(tf, g):
    return g.broadcasts("squared_difference", tf.math.squared_difference, "SUB")
