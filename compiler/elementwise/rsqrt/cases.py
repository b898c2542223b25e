# SPDX-License-Identifier: Apache-2.0
from forms import same_shape

CODE = 76
FORMS = same_shape(CODE, "p F")


def cases(tf, g):
    return g.ways("function_rsqrt", tf.math.rsqrt, "RSQRT", positive=True)
