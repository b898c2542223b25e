# SPDX-License-Identifier: Apache-2.0
from forms import same_shape
from tflite import Table

CODE = 95
FORMS = same_shape(CODE, "fp fn fF Fp Fn FF ii iI Ii II ll lL Ll LL", Table({}), 72)


def cases(tf, g):
    return g.divisions("floor_mod", CODE, 72,
        by_constant=("FLOOR_DIV", 3), channels=("FLOOR_DIV", 4), positive=("FLOOR_DIV", 5), negative=("FLOOR_DIV", 8), integers=("FLOOR_DIV", 10),
        integer_constant=("FLOOR_REST", 3), integer_channels=("FLOOR_DIV", 6), of_constant=("FLOOR_DIV", 6), image=("FLOOR_DIV", 10))
