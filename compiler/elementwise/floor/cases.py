# SPDX-License-Identifier: Apache-2.0
from forms import same_shape

CODE = 8
FORMS = same_shape(CODE, "f F")


def cases(tf, g):
    return {
        "function_floor": ("FLOOR", 1, (5, 6, 4), tf.floor),
    } | g.ways("function_floor", tf.floor, "FLOOR", rank5=1)
