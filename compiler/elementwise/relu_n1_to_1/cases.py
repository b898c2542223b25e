# SPDX-License-Identifier: Apache-2.0
from forms import same_shape

CODE = 20
FORMS = same_shape(CODE, "f F")


def cases(tf, g):
    return {
        "function_relu_n1_to_1_image": ("RELU_N1_TO_1", 1, (5, 6, 4), tf.nn.elu, g.as_kind(111, CODE)),
    } | g.ways("function_relu_n1_to_1", tf.nn.elu, "RELU_N1_TO_1", g.as_kind(111, CODE), of_sum=None)
