# SPDX-License-Identifier: Apache-2.0
from forms import same_shape

CODE = 73
FORMS = same_shape(CODE, "p F")


def cases(tf, g):
    return g.ways("function_log", tf.math.log, "LOG", positive=True)
