# SPDX-License-Identifier: Apache-2.0
from forms import same_shape

CODE = 54
FORMS = same_shape(CODE, "fF ff")


def cases(tf, g):
    return {
        "prelu_channels": ("DEPTHWISE_CONV_2D", 2, (5, 6, 4), lambda x: g.prelu(x, g.slope4)),
        "prelu_each": ("MUL", 4, (5, 6, 4), lambda x: g.prelu(x, g.slope54)),
        "prelu_plane": ("MUL", 2, (5, 6, 4), lambda x: g.prelu(x, g.slope_plane)),
        "prelu_sequence": ("MUL", 4, (5, 4), lambda x: g.prelu(x, g.slope_rows)),
        "prelu_same": ("LEAKY_RELU", 1, (5, 6, 4), lambda x: g.prelu(x, tf.constant([[[0.25] * 4]]))),
    }
