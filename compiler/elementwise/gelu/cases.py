# SPDX-License-Identifier: Apache-2.0
from forms import same_shape
from tflite import Table

CODE = 150
FORMS = same_shape(CODE, "f F", Table({}), 116)


def cases(tf, g):
    return {
        "function_gelu": ("GELU", 1, (5, 6, 4), tf.nn.gelu),
        "function_gelu_tanh": ("GELU", 1, (5, 6, 4), lambda x: tf.nn.gelu(x, approximate=True)),
    } | g.ways("function_gelu", tf.nn.gelu, "GELU")
