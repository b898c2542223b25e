# SPDX-License-Identifier: Apache-2.0
from forms import same_shape

CODE = 111
FORMS = same_shape(CODE, "f F")


def cases(tf, g):
    return {
        "function_elu": ("ELU", 1, (5, 6, 4), tf.nn.elu),
    } | g.ways("function_elu", tf.nn.elu, "ELU")
