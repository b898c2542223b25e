# SPDX-License-Identifier: Apache-2.0
from forms import same_shape

CODE = 19
FORMS = same_shape(CODE, "f F")


def cases(tf, g):
    return {
        "relu": ("RELU", 1, (5, 6, 4), tf.nn.relu),
    }
