# SPDX-License-Identifier: Apache-2.0
from forms import same_shape
from tflite import Table

CODE = 92
FORMS = same_shape(CODE, "f F i I l L", Table({}), 66)


def cases(tf, g):
    return {
        "function_square": ("SQUARE", 1, (5, 6, 4), tf.square),
    } | g.ways("function_square", tf.square, "SQUARE", rank5=1)
