# SPDX-License-Identifier: Apache-2.0
from forms import same_shape

CODE = 14
FORMS = same_shape(CODE, "f F")


def cases(tf, g):
    return {
        "function_logistic": ("LOGISTIC", 1, (5, 6, 4), tf.sigmoid),
    } | g.ways("function_logistic", tf.sigmoid, "LOGISTIC", rank5=1)
