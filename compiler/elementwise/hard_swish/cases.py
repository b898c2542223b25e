# SPDX-License-Identifier: Apache-2.0
from forms import same_shape
from tflite import Table

CODE = 117
FORMS = same_shape(CODE, "f F", Table({}), 91)


def cases(tf, g):
    return {
        "function_hard_swish": ("HARD_SWISH", 1, (5, 6, 4), lambda x: x * tf.nn.relu6(x + 3) / 6),
    } | g.ways("function_hard_swish", lambda x: x * tf.nn.relu6(x + 3) / 6, "HARD_SWISH")
