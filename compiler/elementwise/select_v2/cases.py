# SPDX-License-Identifier: Apache-2.0
from forms import same_shape
from tflite import Table

CODE = 123
FORMS = same_shape(CODE, "tff tfF tFF Tff TFF tii tiI ttt tll", Table({}), 98)


def cases(tf, g):
    return {
        "select_constant": ("MOVE", 2, (5, 6, 4), lambda x: tf.where(g.checks, x, x * 2.0)),
        "select_constant_scalar": ("MOVE", 1, (5, 6, 4), lambda x: tf.where(g.checks, 0.75, x)),
        "select_constant_rows": ("MOVE", 2, (5, 6), lambda x: tf.where(tf.constant([[True], [False], [True], [True], [False]]), x, -x)),
        "select_mask": ("MOVE", 3, (6, 4), lambda x: g.attend(x, g.causal)),
        "select_mask_other": ("MOVE", 4, (6, 4), lambda x: g.matmul(tf.nn.softmax(tf.where(g.causal[:5], -1e9, g.matmul(x[:, :5], x, ay=True))), x)),
        "select_computed": ("SELECT", 4, (5, 6, 4), lambda x: tf.where(x > 0.2, x * 0.5, tf.nn.avg_pool2d(x, 3, 1, "SAME"))),
        "select_computed_scalars": ("SELECT", 2, (5, 6), lambda x: tf.where(x > 0.2, 1.5, -0.5)),
        "select_computed_channel": ("SELECT", 2, (5, 6, 4), lambda x: tf.where(x > 0.2, g.channel4, x)),
        "select_computed_rows": ("SELECT", 7, (5, 6), lambda x: tf.where(tf.reduce_max(x, 2, keepdims=True) > 2.0, x, -x)),
        "select_computed_outer": ("SELECT", 5, (5, 6), lambda x: tf.where(x[:, :, :1] > 0.2, x[:, :1], 2.0)),
        "select_computed_rank5": ("SELECT", 4, (4, 3, 4), lambda x: tf.reshape(tf.where(tf.reshape(x, (1, 2, 2, 3, 4)) > 0.1, tf.reshape(x, (1, 2, 2, 3, 4)), tf.reshape(g.rows1[:3], (3, 1))), (1, 4, 3, 4))),
        "select_of_logic": ("SELECT", 4, (3, 4), lambda x: tf.where(tf.logical_or(x > 1.0, x < -1.0), x, 0.0)),
        "select_rank6": ("SELECT", 5, (96,), g.shaped(g.SIX, lambda x: tf.where(x > 0.2, x * 2.0, tf.tanh(x)))),
        "select_relu": ("SELECT", 3, (3, 4), lambda x: tf.nn.relu(tf.where(x > 1.0, x * 0.5, x))),
    }
