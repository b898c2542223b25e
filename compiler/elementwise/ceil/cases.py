# SPDX-License-Identifier: Apache-2.0
from forms import same_shape

CODE = 104
FORMS = same_shape(CODE, "f F")


def cases(tf, g):
    return {
        "function_ceil": ("CEIL", 1, (5, 6, 4), tf.math.ceil),
    } | g.ways("function_ceil", tf.math.ceil, "CEIL", rank5=1)
