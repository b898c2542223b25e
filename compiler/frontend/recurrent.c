/* SPDX-License-Identifier: Apache-2.0 */
#include "compiler/frontend/recurrent.h"

bool hcl_recurrent_has(const struct hcl_recurrent *r, size_t k)
{
    return k < r->op->num_inputs && r->op->inputs[k] != HCL_TFL_ABSENT;
}

hcl_status hcl_recurrent_floats(const struct hcl_recurrent *r, size_t k, size_t len, const float **out)
{
    const struct hcl_tfl_tensor *t;
    *out = NULL;
    if (!hcl_recurrent_has(r, k))
        return HCL_OK;
    t = &r->im->model->tensors[r->op->inputs[k]];
    if (t->data == NULL || t->type != HCL_TFL_FLOAT32 || t->data_len != len * sizeof **out ||
        (uintptr_t)t->data % _Alignof(float) != 0)
        return HCL_FAIL_OP(r->im, r->op, "operand %zu, '%s', is not a constant of %zu FLOAT32", k, t->name,
                           len);
    *out = (const float *)(const void *)t->data;
    return HCL_OK;
}

hcl_status hcl_recurrent_zero_state(const struct hcl_recurrent *r, size_t k)
{
    const struct hcl_tfl_tensor *t =
        hcl_recurrent_has(r, k) ? &r->im->model->tensors[r->op->inputs[k]] : NULL;
    bool zero = t != NULL && (t->variable || t->data != NULL);
    for (size_t i = 0; zero && t->data != NULL && i < t->data_len; i++)
        zero = t->data[i] == 0;
    return zero ? HCL_OK : HCL_FAIL_OP(r->im, r->op, "its state, operand %zu, does not start at 0", k);
}

hcl_status hcl_recurrent_read(struct hcl_recurrent *r, size_t bias)
{
    const struct hcl_tfl_op *op = r->op;
    struct hcl_map_shape x;
    hcl_status st;
    HCL_TRY(hcl_import_any(r->im, op, 0, &r->input, &x));
    if (x.rank != 3 || x.dims[op->time_major ? 1 : 0] != 1)
        return HCL_FAIL_OP(r->im, op, "its input has %u dimensions, expected 3 and a batch of 1", x.rank);
    if (!hcl_recurrent_has(r, bias))
        return HCL_FAIL_OP(r->im, op, "operand %zu is missing", bias);
    const struct hcl_tfl_tensor *b = &r->im->model->tensors[op->inputs[bias]];
    if (b->rank != 1 || b->dims[0] < 1 || b->dims[0] > INT32_MAX / 64)
        return HCL_FAIL_OP(r->im, op, "bias '%s' is not a vector", b->name);
    r->steps = x.dims[op->time_major ? 0 : 1];
    r->wide = x.dims[2];
    r->units = (uint32_t)b->dims[0];
done:
    return st;
}

hcl_status hcl_recurrent_pick(const struct hcl_recurrent *r, uint32_t a, size_t first, uint32_t count,
                              uint32_t b, uint32_t *out)
{
    const size_t a_len = hcl_tensor_len(&r->im->graph->tensors[a]);
    const uint32_t more = b == HCL_GRAPH_NONE ? 0 : (uint32_t)hcl_tensor_len(&r->im->graph->tensors[b]);
    const struct hcl_map_shape to = hcl_recurrent_vector(count + more);
    struct hcl_node n = hcl_import_node(HCL_OP_MOVE, a, b);
    n.map = malloc((size_t)(count + more) * sizeof *n.map);
    if (n.map == NULL)
        return hcl_fail(r->im->err, HCL_NO_RESOURCE, "no memory for a step of a recurrent layer");
    for (uint32_t i = 0; i < count + more; i++)
        n.map[i] = (uint32_t)(i < count ? first + i : a_len + i - count);
    return hcl_import_step(r->im, r->op, &n, &to, out);
}

hcl_status hcl_recurrent_dense(const struct hcl_recurrent *r, uint32_t x, uint32_t weights, uint32_t bias,
                               const struct hcl_function *act, uint32_t *out)
{
    const struct hcl_map_shape to = hcl_recurrent_vector(r->im->graph->tensors[weights].dims[0]);
    struct hcl_node n = hcl_import_node(HCL_OP_FULLY_CONNECTED, x, weights);
    n.inputs[2] = bias;
    n.act = *act;
    return hcl_import_step(r->im, r->op, &n, &to, out);
}

hcl_status hcl_recurrent_run(const struct hcl_recurrent *r,
                             hcl_status (*step)(void *layer, uint32_t number, uint32_t *h), void *layer)
{
    uint32_t *outputs = calloc(r->steps, sizeof *outputs);
    struct hcl_map_shape *shapes = calloc(r->steps, sizeof *shapes);
    hcl_status st = HCL_OK;
    if (outputs == NULL || shapes == NULL) {
        st = hcl_fail(r->im->err, HCL_NO_RESOURCE, "no memory for %u steps of a recurrent layer", r->steps);
        goto done;
    }
    for (uint32_t i = 0; i < r->steps; i++) {
        HCL_TRY(step(layer, i, &outputs[i]));
        shapes[i] = (struct hcl_map_shape){ 3, { 1, 1, r->units } };
    }
    st = hcl_import_joined(r->im, r->op, outputs, shapes, r->steps, r->op->time_major ? 0 : 1);
done:
    free(outputs);
    free(shapes);
    return st;
}
