/* SPDX-License-Identifier: Apache-2.0 */
/* What a verifier is told about the public values. */
#include "compiler/compile.h"

static json_t *tensor_json(const char *role, const struct hcl_fx_graph *g, uint32_t tensor, json_int_t *row)
{
    const struct hcl_fx_tensor *t = &g->tensors[tensor];
    json_int_t first = *row, count = (json_int_t)t->dims[0] * t->dims[1] * t->dims[2] * t->dims[3];

    *row += count;
    json_t *shift = t->channel_shift ? json_array() : NULL;
    for (uint32_t c = 0; t->channel_shift && c < t->dims[3]; c++)
        json_array_append_new(shift, json_integer(t->channel_shift[c]));
    return json_pack("{s:s, s:s, s:o*, s:[i,i,i,i], s:i, s:I, s:I, s:i, s:I, s:I, s:o*}", "role", role,
                     "name", t->name, "item", hcl_fx_is_batch(g) ? json_integer(t->item) : NULL, "shape",
                     (int)t->dims[0], (int)t->dims[1], (int)t->dims[2], (int)t->dims[3], "frac_bits",
                     t->frac_bits, "lo", (json_int_t)t->lo, "hi", (json_int_t)t->hi, "column", 0, "first_row",
                     first, "count", count, "channel_shift", shift);
}

static const char *name(hcl_visibility v)
{
    return v == HCL_PUBLIC ? "public" : v == HCL_COMMITTED ? "committed" : "private";
}

json_t *hcl_public_json(const struct hcl_fx_graph *g)
{
    json_t *list = json_array();
    json_int_t row = 0;

    for (size_t i = 0; g->input_visibility == HCL_PUBLIC && i < g->num_inputs; i++)
        json_array_append_new(list, tensor_json("input", g, g->inputs[i], &row));
    for (size_t i = 0; g->output_visibility == HCL_PUBLIC && i < g->num_outputs; i++)
        json_array_append_new(list, tensor_json("output", g, g->outputs[i], &row));
    return json_pack("{s:o, s:o*, s:{s:s, s:s, s:s}}", "public", list, "batch",
                     hcl_fx_is_batch(g) ? json_integer(g->items) : NULL, "visibility", "input",
                     name(g->input_visibility), "output", name(g->output_visibility), "weights",
                     name(g->weight_visibility));
}
