# SPDX-License-Identifier: Apache-2.0
from forms import same_shape

CODE = 75
FORMS = same_shape(CODE, "f F")


def cases(tf, g):
    return g.ways("function_sqrt", tf.sqrt, "SQRT", positive=True)
