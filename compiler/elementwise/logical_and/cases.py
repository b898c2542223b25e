# SPDX-License-Identifier: Apache-2.0
from forms import LOGIC, same_shape
from tflite import Table

CODE = 86
FORMS = same_shape(CODE, LOGIC, Table({}), 62)


def cases(tf, g):
    return g.logic("logical_and", tf.logical_and, "MUL")
