# SPDX-License-Identifier: Apache-2.0
from forms import LOGIC, same_shape
from tflite import Table

CODE = 84
FORMS = same_shape(CODE, LOGIC, Table({}), 60)


def cases(tf, g):
    return g.logic("logical_or", tf.logical_or, "ADD")
