# SPDX-License-Identifier: Apache-2.0
from forms import same_shape

CODE = 28
FORMS = same_shape(CODE, "f F")


def cases(tf, g):
    return {
        "function_tanh": ("TANH", 1, (5, 6, 4), tf.tanh),
    } | g.ways("function_tanh", tf.tanh, "TANH", rank5=1)
