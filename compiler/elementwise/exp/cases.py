# SPDX-License-Identifier: Apache-2.0
from forms import same_shape
from tflite import Table

CODE = 47
FORMS = same_shape(CODE, "f F", Table({}), 33)


def cases(tf, g):
    return {
        "function_exp": ("EXP", 1, (5, 6, 4), tf.exp),
        "function_exp_of_sum": ("EXP", 4, (4, 3), lambda x: tf.exp(x * 0.25 + tf.nn.relu(x) * 0.5)),
    } | g.ways("function_exp", tf.exp, "EXP", of_sum=None, rank5=1)
