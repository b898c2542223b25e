# SPDX-License-Identifier: Apache-2.0
from forms import same_shape
from tflite import Table

CODE = 90
FORMS = same_shape(CODE, "fp fn fF Fp Fn FF ii iI Ii II ll lL Ll LL", Table({}), 65)


def cases(tf, g):
    return g.divisions("floor_div", CODE, 65,
        by_constant=("FLOOR_DIV", 1), channels=("FLOOR_DIV", 2), positive=("FLOOR_DIV", 3), negative=("FLOOR_DIV", 6), integers=("FLOOR_DIV", 8),
        integer_constant=("FLOOR_RATIO", 3), integer_channels=("FLOOR_DIV", 4), of_constant=("FLOOR_DIV", 4), image=("FLOOR_DIV", 8))
