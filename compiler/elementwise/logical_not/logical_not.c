/* SPDX-License-Identifier: Apache-2.0 */
#include "compiler/frontend/import.h"
#include "compiler/frontend/import_moves.h"

hcl_status hcl_import_logical_not(struct hcl_import *im, const struct hcl_tfl_op *op)
{
    struct hcl_map_shape shape;
    uint32_t x;
    hcl_status st;
    HCL_TRY(hcl_import_any(im, op, 0, &x, &shape));
    st = hcl_import_function(im, op, (struct hcl_function){ .id = HCL_FN_ZERO }, &shape, x, NULL);
done:
    return st;
}
