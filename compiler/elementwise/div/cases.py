# SPDX-License-Identifier: Apache-2.0
from forms import same_shape
from tflite import Table

CODE = 42
FORMS = same_shape(CODE, "fp fn fF Fp Fn FF ii iI Ii II ll lL Ll LL", Table({}), 29)


def cases(tf, g):
    return {
        "div_scalar": ("MUL", 1, (5, 6, 4), lambda x: x * -3.0, g.as_operator(CODE)),
        "div_channel": ("MUL", 1, (5, 6, 4), lambda x: x * g.positive4, g.as_operator(CODE)),
        "div_same_shape": ("MUL", 1, (5, 6, 4), lambda x: x * g.positive54, g.as_operator(CODE)),
        "div_computed": ("MUL", 3, (5, 6, 4), lambda x: x / (tf.abs(x) + 1.0)),
        "div_of_constant": ("MUL", 3, (5, 6), lambda x: 2.0 / (tf.nn.relu(x) + 0.5)),
        "div_by_sum": ("MUL", 6, (5, 6), lambda x: tf.nn.relu(x) / (tf.reduce_sum(tf.nn.relu(x), 2, keepdims=True) + 0.25)),
        "div_by_column": ("MUL", 6, (5, 6), lambda x: tf.nn.relu(x[:, :1] / (tf.abs(x[:, :, :1]) + 1.0))),
    } | g.divisions("div", CODE, 29,
        negative=("SIGN", 7), integers=("FLOOR_DIV", 12), integer_constant=("TRUNC_RATIO", 3), integer_channels=("FLOOR_DIV", 8),
        image=("FLOOR_DIV", 12))
