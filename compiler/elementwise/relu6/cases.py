# SPDX-License-Identifier: Apache-2.0
from forms import same_shape

CODE = 21
FORMS = same_shape(CODE, "f F")


def cases(tf, g):
    return {
        "relu6": ("RELU6", 3, (5, 6, 4), lambda x: tf.nn.relu6(tf.nn.max_pool2d(4 * x, 2, 1, "VALID"))),
        "relu6_of_maximum": ("RELU6", 4, (4, 3), lambda x: tf.nn.relu6(tf.reduce_max(x * 4.0, 2))),
        "relu6_sliced": ("RELU6", 3, (3, 5, 2), lambda x: tf.nn.relu6((x * 4.0)[:, 1:, ::2])),
    } | g.ways("function_relu6", lambda x: tf.nn.relu6(x * 3.0 - 1.0), "MUL", vector=2, sequence=2, pixel=3, of_sum=4, scaled=3, rank5=4)
