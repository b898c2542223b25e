# SPDX-License-Identifier: Apache-2.0
from forms import same_shape

CODE = 158
FORMS = same_shape(CODE, "f F i I")


def cases(tf, g):
    return {
        "function_sign": ("SIGN", 1, (5, 6, 4), tf.sign),
    } | g.ways("function_sign", tf.sign, "SIGN")
