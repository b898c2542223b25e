# SPDX-License-Identifier: Apache-2.0
from forms import same_shape
from tflite import Table

CODE = 98
FORMS = same_shape(CODE, "f F", Table({0: ("f", 0.25)}), 75)


def cases(tf, g):
    return {
        "function_leaky_relu": ("LEAKY_RELU", 1, (5, 6, 4), lambda x: tf.nn.leaky_relu(x, 0.1)),
    } | g.ways("function_leaky_relu", lambda x: tf.nn.leaky_relu(x, 0.3), "LEAKY_RELU")
