/* SPDX-License-Identifier: Apache-2.0 */
#include "compiler/quantize/build.h"
#include "compiler/fixed/fixed_bounds.h"
#include "compiler/fixed/rounding.h"
#include "compiler/operators/operator.h"
#include "compiler/quantize/builder.h"
#include "compiler/quantize/ranges_internal.h"
#include <math.h>
#include <string.h>

#define MAX_SHIFT 31

struct hcl_builder {
    const struct hcl_graph *g;
    const struct hcl_fx_setting *s;
    const double *most;
    struct hcl_scales scales;
    struct hcl_fx_graph *fx;
    size_t cap_tensors;
    uint32_t origin; /* of the nodes that are added */
    uint32_t *map;   /* fixed tensor of each computed float tensor */
    struct hcl_fx_ranging ranging;
    struct hcl_err *err;
};

static hcl_status no_memory(struct hcl_builder *b)
{
    return hcl_fail(b->err, HCL_NO_RESOURCE, "no memory for the fixed-point graph");
}

static hcl_status add_tensor(struct hcl_builder *b, const char *name, const uint32_t dims[4], uint32_t rank,
                             int frac_bits, void *data, uint32_t *index)
{
    struct hcl_fx_graph *fx = b->fx;
    char *own = strdup(name);
    if (fx->num_tensors == b->cap_tensors) {
        size_t cap = b->cap_tensors == 0 ? 32 : 2 * b->cap_tensors;
        void *p = realloc(fx->tensors, cap * sizeof *fx->tensors);
        if (p != NULL) {
            fx->tensors = p;
            b->cap_tensors = cap;
        }
    }
    if (own == NULL || fx->num_tensors == b->cap_tensors) {
        free(own);
        free(data);
        return no_memory(b);
    }
    struct hcl_fx_tensor *t = &fx->tensors[fx->num_tensors];
    *t = (struct hcl_fx_tensor){
        .name = own, .rank = rank, .frac_bits = frac_bits, .data = data, .is_weight = data != NULL
    };
    memcpy(t->dims, dims, sizeof t->dims);
    *index = (uint32_t)fx->num_tensors++;
    return HCL_OK;
}

hcl_status hcl_builder_constant(struct hcl_builder *b, const struct hcl_fx_node *node, uint32_t t,
                                int frac_bits, uint32_t *index)
{
    const struct hcl_tensor *from = &b->g->tensors[t];
    size_t len = hcl_tensor_len(from);
    int64_t *data = malloc(len * sizeof *data), lo = 0, hi = 0;
    const double scale = ldexp(1, frac_bits);
    if (data == NULL)
        return no_memory(b);
    for (size_t i = 0; i < len; i++) {
        if (!(fabs((double)from->data[i]) * scale < (double)HCL_FX_VALUE_MAX + 0.5)) {
            free(data);
            return hcl_fail(b->err, HCL_BAD_INPUT,
                            "%s: constant '%s' is %g at element %zu, too large for fixed point", node->name,
                            from->name, (double)from->data[i], i);
        }
        data[i] = hcl_fx_round(from->data[i], scale);
        lo = i == 0 || data[i] < lo ? data[i] : lo;
        hi = i == 0 || data[i] > hi ? data[i] : hi;
    }
    hcl_status st = add_tensor(b, from->name, from->dims, from->rank, frac_bits, data, index);
    if (st == HCL_OK) {
        b->fx->tensors[*index].lo = lo;
        b->fx->tensors[*index].hi = hi;
    }
    return st;
}

hcl_status hcl_builder_filter(struct hcl_builder *b, const struct hcl_fx_node *node, uint32_t t,
                              int frac_bits, uint32_t *index)
{
    const struct hcl_tensor *from = &b->g->tensors[t];
    const size_t len = hcl_tensor_len(from);
    int16_t *data, lo, hi;
    if (!(ldexp(b->most[t], frac_bits) < (double)INT16_MAX + 0.5))
        return hcl_builder_constant(b, node, t, frac_bits, index);
    data = malloc(len * sizeof *data);
    if (data == NULL)
        return no_memory(b);
    hcl_fx_round_shorts(data, from->data, len, ldexp(1, frac_bits));
    hcl_fx_short_range(data, len, &lo, &hi);
    hcl_status st = add_tensor(b, from->name, from->dims, from->rank, frac_bits, data, index);
    if (st != HCL_OK)
        return st;
    b->fx->tensors[*index].type = HCL_FX_I16;
    b->fx->tensors[*index].lo = lo;
    b->fx->tensors[*index].hi = hi;
    return HCL_OK;
}

int hcl_builder_bits(const struct hcl_builder *b, uint32_t fx_tensor)
{
    return b->fx->tensors[fx_tensor].frac_bits;
}

static int64_t power(int bits)
{
    return (int64_t)1 << bits;
}

/* Append a node; its name moves to the graph. */
static void add_node(struct hcl_builder *b, const struct hcl_fx_node *n, uint32_t source)
{
    b->ranging.source[b->fx->num_nodes] = source;
    b->fx->nodes[b->fx->num_nodes] = *n;
    b->fx->nodes[b->fx->num_nodes++].origin = b->origin;
}

static hcl_status add_reshape(struct hcl_builder *b, const char *name, uint32_t from, const uint32_t dims[4],
                              uint32_t *to)
{
    hcl_status st = HCL_OK;
    if (*to == HCL_FX_NONE)
        st = add_tensor(b, name, dims, 4, hcl_builder_bits(b, from), NULL, to);
    struct hcl_fx_node n = { .op = HCL_FX_RESHAPE,
                             .inputs = { from, HCL_FX_NONE, HCL_FX_NONE, HCL_FX_NONE },
                             .output = *to };
    n.divisor = n.stride_y = n.stride_x = 1;
    if (st == HCL_OK && asprintf(&n.name, "RESHAPE '%s'", name) < 0)
        st = no_memory(b);
    if (st == HCL_OK)
        add_node(b, &n, HCL_GRAPH_NONE);
    return st;
}

hcl_status hcl_builder_rows(struct hcl_builder *b, const struct hcl_node *from, struct hcl_fx_node *n)
{
    const struct hcl_tensor *x = &b->g->tensors[from->inputs[0]], *w = &b->g->tensors[from->inputs[1]];
    const uint32_t rows[4] = { 1, 1, (uint32_t)(hcl_tensor_len(x) / w->dims[3]), w->dims[3] };
    uint32_t flat = HCL_FX_NONE;
    if (x->dims[3] == w->dims[3])
        return HCL_OK;
    const hcl_status st = add_reshape(b, x->name, n->inputs[0], rows, &flat);
    if (st == HCL_OK)
        n->inputs[0] = flat;
    return st;
}

double hcl_builder_magnitude(const struct hcl_builder *b, uint32_t tensor)
{
    return b->most[tensor];
}

hcl_status hcl_builder_fail(struct hcl_builder *b, const struct hcl_node *from, const char *what)
{
    return hcl_fail(b->err, HCL_BAD_INPUT, "%s '%s': %s", hcl_op_name(from->op), from->name, what);
}

const struct hcl_tensor *hcl_builder_tensor(const struct hcl_builder *b, uint32_t tensor)
{
    return &b->g->tensors[tensor];
}

const uint32_t *hcl_builder_dims(const struct hcl_builder *b, uint32_t tensor)
{
    return b->g->tensors[tensor].dims;
}

int hcl_builder_result_bits(const struct hcl_builder *b, const struct hcl_node *from)
{
    return b->scales.tensor[from->output];
}

hcl_status hcl_builder_map(struct hcl_builder *b, const struct hcl_node *from, struct hcl_fx_node *n)
{
    const size_t bytes = hcl_tensor_len(&b->g->tensors[from->output]) * sizeof *n->map;
    n->map = malloc(bytes);
    if (n->map == NULL)
        return no_memory(b);
    memcpy(n->map, from->map, bytes);
    return HCL_OK;
}

int hcl_builder_weight_bits(const struct hcl_builder *b, const struct hcl_node *from)
{
    return b->scales.weight[from - b->g->nodes];
}

static void copy_geometry(struct hcl_fx_node *to, const struct hcl_node *from)
{
    to->kernel_h = from->kernel_h;
    to->kernel_w = from->kernel_w;
    to->stride_y = from->stride_y;
    to->stride_x = from->stride_x;
    to->gap_y = from->gap_y;
    to->gap_x = from->gap_x;
    to->pad_top = from->pad_top;
    to->pad_left = from->pad_left;
    to->pad_bottom = from->pad_bottom;
    to->pad_right = from->pad_right;
    to->a_mul = to->b_mul = to->pool_mul = to->divisor = 1;
}

/* S, or for an average whose result has more bits than its operand a multiplier. */
static hcl_status set_divisor(struct hcl_builder *b, const struct hcl_node *from, struct hcl_fx_node *n)
{
    const int shift = hcl_scales_shift(&b->scales, b->g, (size_t)(from - b->g->nodes));
    const bool average = n->op == HCL_FX_AVG_POOL;
    if (shift > MAX_SHIFT || shift < (average ? -MAX_SHIFT : 0))
        return hcl_fail(b->err, HCL_BAD_INPUT,
                        "%s: the magnitudes of its operands and of its result '%s' are too far apart (2^%d)",
                        n->name, b->g->tensors[from->output].name, shift);
    n->divisor = power(shift > 0 ? shift : 0);
    n->pool_mul = power(shift < 0 ? -shift : 0);
    return HCL_OK;
}

/* Shape that the fixed node gives; differs from the float tensor's only for a FULLY_CONNECTED that keeps or
 * drops leading dimensions. */
static void result_dims(const struct hcl_builder *b, const struct hcl_node *from, const struct hcl_fx_node *n,
                        uint32_t dims[4])
{
    memcpy(dims, b->g->tensors[from->output].dims, 4 * sizeof *dims);
    if (from->op != HCL_OP_FULLY_CONNECTED)
        return;
    memcpy(dims, b->fx->tensors[n->inputs[0]].dims, 3 * sizeof *dims);
    dims[3] = b->g->tensors[from->inputs[1]].dims[0];
}

/* The node's result: a tensor of its own, with a RESHAPE behind it when its shape is not the float tensor's.
 */
static hcl_status add_result(struct hcl_builder *b, const struct hcl_node *from, struct hcl_fx_node *n)
{
    const int bits = b->scales.tensor[from->output];
    const struct hcl_tensor *y = &b->g->tensors[from->output];
    uint32_t dims[4], last = HCL_FX_NONE;
    result_dims(b, from, n, dims);
    hcl_status st = add_tensor(b, y->name, dims, y->rank, bits, NULL, &n->output);
    if (st != HCL_OK)
        return st;
    b->fx->tensors[n->output].whole = y->numbers > 0;
    add_node(b, n, from->output);
    n->name = NULL; /* the graph's now */
    n->map = NULL;
    b->map[from->output] = n->output;
    if (memcmp(dims, y->dims, sizeof dims) == 0)
        return HCL_OK;
    st = add_reshape(b, y->name, n->output, y->dims, &last);
    if (st == HCL_OK)
        b->fx->tensors[last].rank = y->rank;
    b->map[from->output] = last;
    return st;
}

static hcl_status quantize_node(struct hcl_builder *b, const struct hcl_node *from)
{
    const struct hcl_operator *kind = hcl_operator_of(from->op);
    struct hcl_fx_node n = { .op = kind->primitive,
                             .inputs = { HCL_FX_NONE, HCL_FX_NONE, HCL_FX_NONE, HCL_FX_NONE } };
    hcl_status st = HCL_OK;
    b->origin = from->origin;
    copy_geometry(&n, from);
    n.function = hcl_node_function(from);
    n.quotient_bits = b->scales.quotient[from->output];
    if (asprintf(&n.name, "%s '%s'", hcl_op_name(from->op), from->name) < 0)
        return no_memory(b);
    for (size_t k = 0; k < hcl_node_arity(from) && st == HCL_OK; k++) {
        bool constant = b->g->tensors[from->inputs[k]].data != NULL;
        if (constant && k == 0 && !kind->joins)
            st = hcl_fail(b->err, HCL_BAD_INPUT,
                          "%s: its first operand '%s' is a constant, expected a computed tensor", n.name,
                          b->g->tensors[from->inputs[k]].name);
        else if (!constant)
            n.inputs[k] = b->map[from->inputs[k]];
    }
    if (st == HCL_OK)
        st = set_divisor(b, from, &n);
    if (st == HCL_OK && kind->quantize != NULL)
        st = kind->quantize(b, from, &n);
    if (st == HCL_OK)
        st = add_result(b, from, &n);
    if (st != HCL_OK) {
        free(n.exp_table);
        free(n.map);
        free(n.name);
    }
    return st;
}

static hcl_status add_inputs(struct hcl_builder *b)
{
    hcl_status st = HCL_OK;
    for (size_t i = 0; i < b->g->num_inputs; i++) {
        uint32_t t = b->g->inputs[i];
        HCL_TRY(add_tensor(b, b->g->tensors[t].name, b->g->tensors[t].dims, b->g->tensors[t].rank,
                           b->scales.tensor[t], NULL, &b->map[t]));
        b->fx->tensors[b->map[t]].is_input = true;
        b->fx->tensors[b->map[t]].wide = b->g->tensors[t].wide;
        if (b->g->tensors[t].numbers > 0) {
            b->fx->tensors[b->map[t]].whole = true;
            b->fx->tensors[b->map[t]].hi = (int64_t)b->g->tensors[t].numbers - 1;
        }
        b->fx->inputs[b->fx->num_inputs++] = b->map[t];
    }
done:
    return st;
}

static hcl_status add_outputs(struct hcl_builder *b)
{
    for (size_t i = 0; i < b->g->num_outputs; i++) {
        uint32_t t = b->map[b->g->outputs[i]];
        if (t == HCL_FX_NONE)
            return hcl_fail(b->err, HCL_BAD_INPUT, "output '%s' is a constant, expected a computed tensor",
                            b->g->tensors[b->g->outputs[i]].name);
        b->fx->tensors[t].is_output = true;
        b->fx->tensors[t].wide = b->g->tensors[b->g->outputs[i]].wide;
        b->fx->outputs[b->fx->num_outputs++] = t;
    }
    return HCL_OK;
}

static hcl_status allocate(struct hcl_builder *b)
{
    const struct hcl_graph *g = b->g;
    size_t most_nodes = 3 * g->num_nodes + 1; /* two RESHAPEs around each node */
    b->map = malloc((g->num_tensors + 1) * sizeof *b->map);
    b->ranging.source = malloc(most_nodes * sizeof *b->ranging.source);
    b->fx->nodes = calloc(most_nodes, sizeof *b->fx->nodes);
    b->fx->inputs = calloc(g->num_inputs + 1, sizeof *b->fx->inputs);
    b->fx->outputs = calloc(g->num_outputs + 1, sizeof *b->fx->outputs);
    if (b->map == NULL || b->ranging.source == NULL || b->fx->nodes == NULL || b->fx->inputs == NULL ||
        b->fx->outputs == NULL)
        return no_memory(b);
    memset(b->map, 0xff, (g->num_tensors + 1) * sizeof *b->map);
    return HCL_OK;
}

/* The first of the exponentials that round to 0, at most len. */
static int64_t first_zero(double top, double step, int64_t len)
{
    int64_t d = (int64_t)fmin((double)len, fmax(1, ceil(log(2 * top) / step)));
    while (d < len && floor(top * exp(-step * (double)d) + 0.5) > 0)
        d++;
    return d;
}

/* mark*e^-d, one more at 0, for every difference that can occur; of a masked element, which comes to lie
 * `gap` below the others, 0. */
static hcl_status make_exponentials(struct hcl_builder *b, struct hcl_fx_node *n, double beta)
{
    const struct hcl_fx_tensor *x = &b->fx->tensors[n->inputs[0]];
    const int64_t whole = n->exp_top / n->mark; /* the first entry without its mark */
    const double step = ldexp(beta, -x->frac_bits), top = (double)whole;
    const int64_t span = x->hi - x->lo;
    n->gap = n->inputs[1] != HCL_FX_NONE ? span + first_zero(top, step, span + 1) : 0;
    if (span + n->gap >= HCL_FX_TABLE_MAX)
        return hcl_fail(b->err, HCL_BAD_INPUT, "%s: the exponential needs %lld table rows", n->name,
                        (long long)(span + n->gap + 1));
    n->exp_len = (uint32_t)(span + n->gap + 1);
    n->exp_table = calloc(n->exp_len, sizeof *n->exp_table);
    if (n->exp_table == NULL)
        return no_memory(b);
    n->exp_table[0] = n->exp_top;
    for (uint32_t d = 1; d <= span; d++)
        n->exp_table[d] = n->mark * (int64_t)floor(top * exp(-step * d) + 0.5);
    return HCL_OK;
}

/* When the ranges of their operands are known. */
static hcl_status make_all_exponentials(struct hcl_builder *b)
{
    hcl_status st = HCL_OK;
    for (size_t i = 0; i < b->fx->num_nodes; i++)
        for (size_t j = 0; b->fx->nodes[i].op == HCL_FX_SOFTMAX && j < b->g->num_nodes; j++)
            if (b->g->nodes[j].output == b->ranging.source[i])
                HCL_TRY(make_exponentials(b, &b->fx->nodes[i], (double)b->g->nodes[j].beta));
done:
    return st;
}

hcl_status hcl_fx_build(struct hcl_fx_graph *out, const struct hcl_graph *g, const double *most,
                        const struct hcl_fx_setting *setting, struct hcl_err *err)
{
    *out = (struct hcl_fx_graph){ 0 };
    struct hcl_builder b = { .g = g, .s = setting, .most = most, .fx = out, .err = err };
    hcl_status st;
    HCL_TRY(hcl_scales_choose(&b.scales, g, most, setting, err));
    HCL_TRY(allocate(&b));
    HCL_TRY(add_inputs(&b));
    for (size_t i = 0; i < g->num_nodes; i++)
        HCL_TRY(quantize_node(&b, &g->nodes[i]));
    HCL_TRY(add_outputs(&b));
    b.ranging = (struct hcl_fx_ranging){ g, setting, most, &b.scales, out, b.ranging.source, err };
    HCL_TRY(hcl_fx_assign_ranges(&b.ranging));
    HCL_TRY(make_all_exponentials(&b));
    HCL_TRY(hcl_fx_graph_check(out, err));
done:
    free(b.map);
    free(b.ranging.source);
    hcl_scales_clear(&b.scales);
    if (st != HCL_OK)
        hcl_fx_graph_clear(out);
    return st;
}
