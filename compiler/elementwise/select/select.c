/* SPDX-License-Identifier: Apache-2.0 */
/* Both versions: by a constant condition a MOVE, else a node of its own. */
#include "compiler/frontend/import.h"
#include "compiler/frontend/import_moves.h"
#include "compiler/operators/shapes.h"
#include <stdlib.h>

/* What a SELECT reads. */
struct select {
    uint32_t tensor[3];
    struct hcl_map_shape shape[3], to;
};

/* The condition of the first version may be one value for each of the operands' first dimension. */
static hcl_status read_select(struct hcl_import *im, const struct hcl_tfl_op *op, bool by_rows,
                              struct select *s)
{
    struct hcl_map_shape two;
    hcl_status st = HCL_OK;
    for (size_t k = 0; k < 3; k++)
        HCL_TRY(hcl_import_any(im, op, k, &s->tensor[k], &s->shape[k]));
    while (by_rows && s->shape[0].rank > 0 && s->shape[0].rank < s->shape[1].rank)
        s->shape[0].dims[s->shape[0].rank++] = 1;
    HCL_TRY(hcl_import_broadcast(im, op, &s->shape[1], &s->shape[2], &two));
    HCL_TRY(hcl_import_broadcast(im, op, &s->shape[0], &two, &s->to));
done:
    return st;
}

/* By a constant condition nothing is computed: which element of which operand each element is. */
static hcl_status select_constant(struct hcl_import *im, const struct hcl_tfl_op *op, const struct select *s)
{
    const float *condition = im->graph->tensors[s->tensor[0]].data;
    const size_t len = hcl_map_len(&s->to), first = hcl_map_len(&s->shape[1]);
    struct hcl_node n = hcl_import_node(HCL_OP_MOVE, s->tensor[1], s->tensor[2]);
    uint32_t *maps[3] = { NULL, NULL, NULL };
    hcl_status st = HCL_OK;
    for (size_t k = 0; k < 3; k++)
        HCL_TRY(hcl_map_broadcast(&s->to, &maps[k], &s->shape[k], op->name, im->err));
    for (size_t i = 0; i < len; i++)
        maps[1][i] = condition[maps[0][i]] != 0 ? maps[1][i] : (uint32_t)(first + maps[2][i]);
    n.map = maps[1];
    maps[1] = NULL;
    st = hcl_import_last(im, op, &n, &s->to);
done:
    for (size_t k = 0; k < 3; k++)
        free(maps[k]);
    return st;
}

static hcl_status select_computed(struct hcl_import *im, const struct hcl_tfl_op *op, struct select *s)
{
    struct hcl_node n = hcl_import_node(HCL_OP_SELECT, s->tensor[0], s->tensor[1]);
    struct hcl_import_shape to, own;
    hcl_status st = HCL_OK;
    n.inputs[2] = s->tensor[2];
    (void)hcl_import_fits(&s->to, &to);
    for (size_t k = 0; k < 3; k++) {
        (void)hcl_import_fits(&s->shape[k], &own);
        if (k == 0 || !hcl_shape_is_suffix(own.dims, to.dims))
            HCL_TRY(hcl_import_expand(im, op, &n.inputs[k], &s->shape[k], &s->to));
    }
    HCL_TRY(hcl_import_last(im, op, &n, &s->to));
done:
    return st;
}

static hcl_status import_select(struct hcl_import *im, const struct hcl_tfl_op *op, bool by_rows)
{
    struct select s;
    const hcl_status st = read_select(im, op, by_rows, &s);
    if (st != HCL_OK)
        return st;
    return hcl_import_is_constant(im, s.tensor[0]) ? select_constant(im, op, &s)
                                                   : select_computed(im, op, &s);
}

hcl_status hcl_import_select(struct hcl_import *im, const struct hcl_tfl_op *op)
{
    return import_select(im, op, true);
}

hcl_status hcl_import_select_v2(struct hcl_import *im, const struct hcl_tfl_op *op)
{
    return import_select(im, op, false);
}
