/* SPDX-License-Identifier: Apache-2.0 */
/* x + relu((slope - 1) * x), for slopes up to 1; x - relu((1 - slope) * x) for others; of computed slopes
 * relu(x) + slope * (x - relu(x)). The second term of an image is a convolution of one tap, and so is the sum
 * (fuse-residual): two rows. */
#include "compiler/frontend/import.h"
#include "compiler/frontend/import_moves.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Positions of an image whose channels are worth rows of their own. */
enum { LEAST_IMAGE = 16 };

/* What the slopes are. */
struct slopes {
    bool same, falls;    /* all are one; none is above 1 */
    uint32_t less, sign; /* -|slope - 1|; 1, or -1 where a slope is above 1 */
};

static hcl_status read_slopes(struct hcl_import *im, const struct hcl_tfl_op *op, uint32_t slope,
                              struct slopes *s)
{
    const struct hcl_tensor *t = &im->graph->tensors[slope];
    const size_t len = hcl_tensor_len(t);
    const uint32_t dims[4] = { t->dims[0], t->dims[1], t->dims[2], t->dims[3] };
    float *data = malloc(len * sizeof *data), *sign = malloc(len * sizeof *sign);
    hcl_status st;
    s->same = s->falls = true;
    if (data == NULL || sign == NULL) {
        free(data);
        free(sign);
        return hcl_fail(im->err, HCL_NO_RESOURCE, "no memory for %zu slopes", len);
    }
    for (size_t i = 0; i < len; i++) {
        s->same = s->same && t->data[i] == t->data[0];
        s->falls = s->falls && t->data[i] <= 1;
        data[i] = -fabsf(t->data[i] - 1);
        sign[i] = t->data[i] <= 1 ? 1 : -1;
    }
    st = hcl_import_made(im, op, dims, data, &s->less);
    if (st != HCL_OK) {
        free(sign);
        return st;
    }
    return hcl_import_made(im, op, dims, sign, &s->sign);
}

/* Whether each channel of an image has a factor. */
static bool by_channel(const struct hcl_import *im, const struct hcl_node *pair)
{
    const uint32_t *d = im->graph->tensors[pair->inputs[0]].dims,
                   *w = im->graph->tensors[pair->inputs[1]].dims;
    return hcl_import_is_constant(im, pair->inputs[1]) && pair->map == NULL && w[0] * w[1] * w[2] == 1 &&
           w[3] == d[3] && d[1] * d[2] >= LEAST_IMAGE;
}

/* x by the factors, which meet it as pair tells. Where each channel has one, that is a depthwise convolution
 * of one tap: one row where a product takes three. */
static hcl_status scaled(struct hcl_import *im, const struct hcl_tfl_op *op, const struct hcl_node *pair,
                         uint32_t x, uint32_t factors, hcl_fn fn, const struct hcl_map_shape *shape,
                         uint32_t *out)
{
    struct hcl_node n = hcl_import_node(HCL_OP_MUL, x, factors);
    n.act.id = fn;
    if (by_channel(im, pair)) {
        n.op = HCL_OP_DEPTHWISE_CONV_2D;
        n.kernel_h = n.kernel_w = n.stride_y = n.stride_x = 1;
    } else if (pair->map != NULL) {
        const size_t len = hcl_map_len(shape);
        n.map = malloc(len * sizeof *n.map);
        if (n.map == NULL)
            return hcl_fail(im->err, HCL_NO_RESOURCE, "no memory for %zu elements", len);
        memcpy(n.map, pair->map, len * sizeof *n.map);
    }
    return hcl_import_step(im, op, &n, shape, out);
}

/* relu(x) + slope * min(x, 0), min(x, 0) = x - relu(x), where a slope is above 1 or computed. */
static hcl_status add_parts(struct hcl_import *im, const struct hcl_tfl_op *op, const struct hcl_node *pair,
                            const struct hcl_map_shape *shape)
{
    struct hcl_node n = hcl_import_node(HCL_OP_RELU, pair->inputs[0], HCL_GRAPH_NONE);
    uint32_t positive, negative;
    hcl_status st;
    HCL_TRY(hcl_import_step(im, op, &n, shape, &positive));
    n = hcl_import_node(HCL_OP_SUB, pair->inputs[0], positive);
    HCL_TRY(hcl_import_step(im, op, &n, shape, &negative));
    HCL_TRY(scaled(im, op, pair, negative, pair->inputs[1], HCL_FN_IDENTITY, shape, &negative));
    n = hcl_import_node(HCL_OP_ADD, positive, negative);
    st = hcl_import_last(im, op, &n, shape);
done:
    return st;
}

hcl_status hcl_import_prelu(struct hcl_import *im, const struct hcl_tfl_op *op)
{
    struct hcl_node pair = hcl_import_node(HCL_OP_MUL, HCL_GRAPH_NONE, HCL_GRAPH_NONE), n;
    struct hcl_map_shape shape;
    struct slopes s;
    uint32_t bent;
    hcl_status st;
    HCL_TRY(hcl_import_pair(im, op, &pair, &shape));
    if (pair.reversed) {
        st = HCL_FAIL_OP(im, op, "%s", "its slopes do not broadcast to a computed operand");
        goto done;
    }
    if (!hcl_import_is_constant(im, pair.inputs[1])) {
        st = add_parts(im, op, &pair, &shape);
        goto done;
    }
    HCL_TRY(read_slopes(im, op, pair.inputs[1], &s));
    if (s.same) {
        const float slope = im->graph->tensors[pair.inputs[1]].data[0];
        st = hcl_import_function(im, op, (struct hcl_function){ HCL_FN_LEAKY_RELU, { slope } }, &shape,
                                 pair.inputs[0], NULL);
    } else if (s.falls || by_channel(im, &pair)) {
        HCL_TRY(scaled(im, op, &pair, pair.inputs[0], s.less, HCL_FN_RELU, &shape, &bent));
        if (by_channel(im, &pair))
            HCL_TRY(scaled(im, op, &pair, bent, s.sign, HCL_FN_IDENTITY, &shape, &bent));
        n = hcl_import_node(HCL_OP_ADD, pair.inputs[0], bent);
        st = hcl_import_last(im, op, &n, &shape);
    } else {
        st = add_parts(im, op, &pair, &shape);
    }
done:
    free(pair.map);
    return st;
}
