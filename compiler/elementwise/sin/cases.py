# SPDX-License-Identifier: Apache-2.0
from forms import same_shape

CODE = 66
FORMS = same_shape(CODE, "f F")


def cases(tf, g):
    return {
        "function_sin": ("SIN", 1, (5, 6, 4), tf.sin),
    } | g.ways("function_sin", tf.sin, "SIN")
