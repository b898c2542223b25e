# SPDX-License-Identifier: Apache-2.0
from forms import op, same_shape
from tflite import Table

CODE = 106
FORMS = same_shape(CODE, "f ff fFf ii iIi", Table({}), 82)


def cases(tf, g):
    def sums(letters, shape):
        return g.raw(shape, op(CODE, [(c, shape) for c in letters], shape, Table({}), 82))
    return {
        "add_n_two": ("ADD", 1, *sums("ff", (1, 3, 4))),
        "add_n_three": ("ADD", 4, *sums("fpf", (1, 5, 6, 2))),
        "add_n_constant": ("ADD", 4, *sums("fFp", (1, 4, 3))),
        "add_n_four": ("ADD", 7, *sums("pfFn", (1, 7))),
        "add_n_five": ("ADD", 8, *sums("fpnFf", (1, 6))),
        "add_n_integers": ("ADD", 6, *sums("iIi", (1, 3, 4))),
    }
