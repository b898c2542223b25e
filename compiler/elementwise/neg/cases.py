# SPDX-License-Identifier: Apache-2.0
from forms import same_shape
from tflite import Table

CODE = 59
FORMS = same_shape(CODE, "f F i I l L", Table({}), 42)


def cases(tf, g):
    return {
        "function_neg": ("NEG", 1, (5, 6, 4), tf.negative),
    }
