# SPDX-License-Identifier: Apache-2.0
from forms import same_shape

CODE = 116
FORMS = same_shape(CODE, "f F")


def cases(tf, g):
    return {
        "function_round": ("ROUND", 1, (5, 6, 4), tf.round),
        "function_round_halves": ("ROUND", 2, (5, 6), lambda x: tf.round(tf.round(x * 2.0) * 0.5)),
    } | g.ways("function_round", tf.round, "ROUND", rank5=1)
