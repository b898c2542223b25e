# SPDX-License-Identifier: Apache-2.0
from forms import same_shape
from tflite import Table

CODE = 106
FORMS = same_shape(CODE, "f ff fFf ii iIi", Table({}), 82)


def cases(tf, g):
    return {}
