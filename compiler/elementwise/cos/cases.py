# SPDX-License-Identifier: Apache-2.0
from forms import same_shape
from tflite import Table

CODE = 108
FORMS = same_shape(CODE, "f F", Table({}), 83)


def cases(tf, g):
    return {
        "function_cos": ("COS", 1, (5, 6, 4), tf.cos),
    } | g.ways("function_cos", tf.cos, "COS")
