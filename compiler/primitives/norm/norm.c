/* SPDX-License-Identifier: Apache-2.0 */
/* NORM over the last axis, N elements a vector: A = sum x, or 0 unless `centred`; V = spread*(N*sum x^2 -
 * A^2)
 * + epsilon; w = floor(sqrt(V)); r = numerator/w and b = -r*A/N, each rounded half up; y = fn(rescale(r*x +
 * b, divisor)). With numerator = divisor*N*sqrt(spread)*2^f that is (x - mean)/deviation with f fraction bits
 * (centred), or x/root mean square. A vector so flat that its r has no room is refused. */
#include "compiler/primitives/norm/norm.h"
#include "compiler/primitives/operands.h"
#include "compiler/primitives/primitive.h"
#include "compiler/primitives/tables.h"
#include <math.h>

#define LIMIT ((__int128)1 << 62)

/* Largest |x|, at least 1. */
static int64_t largest(const struct hcl_fx_graph *g, const struct hcl_fx_node *n)
{
    const struct hcl_fx_tensor *x = &g->tensors[n->inputs[0]];
    const int64_t most = x->hi > -x->lo ? x->hi : -x->lo;
    return most > 0 ? most : 1;
}

/* A bound of V. */
static __int128 most_spread(const struct hcl_fx_graph *g, const struct hcl_fx_node *n)
{
    const __int128 sum = (__int128)largest(g, n) * g->tensors[n->output].dims[3];
    return sum >> 31 > 0 ? LIMIT : n->spread * sum * sum + n->epsilon;
}

/* v < 2^(4*bits - 2), for the root; the reciprocals of vectors of equal elements, unless those are out of
 * reach.
 */
uint32_t hcl_norm_limb_bits(const struct hcl_fx_graph *g, const struct hcl_fx_node *n)
{
    const double flat = (double)n->numerator / sqrt((double)n->epsilon);
    uint32_t bits = 2;
    while (bits < HCL_NORM_MOST_LIMB_BITS &&
           (most_spread(g, n) >> (4 * bits - 2) > 0 || ldexp(flat, -2 * (int)bits) >= 0.5))
        bits++;
    return bits;
}

static hcl_status check(const struct hcl_fx_graph *g, const struct hcl_fx_node *n, struct hcl_err *err)
{
    hcl_status st = hcl_primitive_check_same(g, n, err);
    if (st != HCL_OK)
        return st;
    if (n->spread < 1 || n->spread > 1 << 30 || n->epsilon < 1 || most_spread(g, n) >= LIMIT)
        return hcl_primitive_fail(err, n, "its sums of squares can exceed 62 bits: use fewer fraction bits");
    if (n->numerator < 1 || n->numerator > (int64_t)1 << 59)
        return hcl_primitive_fail(err, n, "the numerator of its reciprocals is out of range");
    return HCL_OK;
}

/* |N x - A| <= sqrt(N) (w + 1)/sqrt(spread) by Cauchy and Schwarz, w + 1 <= 2w, and r and b are rounded. */
static struct hcl_interval bounds(const struct hcl_fx_graph *g, const struct hcl_fx_node *n)
{
    const double elements = g->tensors[n->output].dims[3];
    const double most = 2 * (double)n->numerator / sqrt((double)n->spread) / sqrt(elements);
    const __int128 bound = (__int128)most + 2 * (__int128)largest(g, n) + 2;
    return (struct hcl_interval){ -bound, bound };
}

static int64_t root(int64_t v)
{
    int64_t w = (int64_t)sqrt((double)v);
    while (w * w > v)
        w--;
    while ((w + 1) * (w + 1) <= v)
        w++;
    return w;
}

static hcl_status vector(const struct hcl_fx_operands *p, size_t at, size_t len)
{
    const struct hcl_fx_node *n = p->n;
    const int64_t *x = p->x + at;
    int64_t sum = 0, squares = 0, w, r, b;
    hcl_status st = HCL_OK;
    for (size_t i = 0; i < len; i++) {
        sum += n->centred ? x[i] : 0;
        squares += x[i] * x[i];
    }
    w = root(n->spread * ((int64_t)len * squares - sum * sum) + n->epsilon);
    r = hcl_fx_quotient(n->numerator, w);
    if (r >> 2 * hcl_norm_limb_bits(p->g, n) > 0 || (__int128)r * sum >= LIMIT || (__int128)r * sum <= -LIMIT)
        return hcl_fail(p->err, HCL_BAD_INPUT,
                        "%s: the elements of tensor '%s' from %zu on hardly differ: the input is unlike the"
                        " calibration samples",
                        n->name, p->g->tensors[n->inputs[0]].name, at);
    b = hcl_fx_rescale(-r * sum, (int64_t)len);
    for (size_t i = 0; i < len && st == HCL_OK; i++)
        st = hcl_operands_put(p, at + i, r * x[i] + b, n->divisor);
    return st;
}

static hcl_status interpret(const struct hcl_fx_operands *p)
{
    hcl_status st = HCL_OK;
    for (size_t at = 0; at < p->y_len && st == HCL_OK; at += p->yd[3])
        st = vector(p, at, p->yd[3]);
    return st;
}

static void tables(const struct hcl_fx_graph *g, const struct hcl_fx_node *n, struct hcl_tables *t)
{
    hcl_tables_limbs(t, hcl_norm_limb_bits(g, n));
    if (n->centred)
        hcl_tables_remainder(t, g->tensors[n->output].dims[3]);
    hcl_tables_scaling(t, n->divisor, n->q_hi - n->q_lo + 1);
}

const struct hcl_primitive hcl_primitive_norm = {
    .name = "norm",
    .operands = 1,
    .rescales = true,
    .check = check,
    .bounds = bounds,
    .interpret = interpret,
    .tables = tables,
    .gadget = hcl_gadget_norm,
};
