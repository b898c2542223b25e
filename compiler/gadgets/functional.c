/* SPDX-License-Identifier: Apache-2.0 */
#include "compiler/gadgets/functional.h"

struct hcl_cell hcl_functional_geometric(struct hcl_machine *m, uint64_t n,
                                         struct hcl_cell (*power)(struct hcl_machine *m, uint64_t e))
{
    struct hcl_cell one = hcl_cell_y(m, hcl_machine_one(m)), g = one;
    uint64_t done = 1;
    int bit = 63;

    while (bit > 0 && !(n >> bit & 1))
        bit--;
    while (bit-- > 0) {
        struct hcl_cell shift = power(m, done);
        hcl_machine_dot(m, g, one, false);
        g = hcl_machine_dot(m, g, shift, true);
        done *= 2;
        if (n >> bit & 1) {
            hcl_machine_dot(m, g, power(m, 1), false);
            g = hcl_machine_dot(m, one, one, true);
            done++;
        }
    }
    return g;
}
