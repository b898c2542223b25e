# SPDX-License-Identifier: Apache-2.0
from forms import same_shape
from tflite import Table

CODE = 64
FORMS = same_shape(CODE, "tff tfF tFF Tff TFF tii tiI ttt tll", Table({}), 47)


def cases(tf, g):
    return {
        "select_v1_rows": ("SELECT", 3, (5, 6), lambda x: tf.raw_ops.Select(condition=x > 0.2, x=x, y=-x)),
        "select_v1_image": ("SELECT", 4, (3, 2, 4), lambda x: tf.raw_ops.Select(condition=x > tf.nn.avg_pool2d(x, 2, 1, "SAME"), x=x * 0.5, y=x)),
    }
