/* SPDX-License-Identifier: Apache-2.0 */
#include "common/curve/g1.h"
#include "common/curve/curve_params_internal.h"
#include <string.h>

const hcl_g1 hcl_g1_generator = { HCL_CURVE_ONE, HCL_CURVE_TWO };
const hcl_g1 hcl_g1_infinity = { { { 0, 0, 0, 0 } }, { { 0, 0, 0, 0 } } };

static const hcl_fq curve_b = HCL_CURVE_THREE;
static const hcl_g1_jac jac_infinity = { HCL_CURVE_ONE, HCL_CURVE_ONE, { { 0, 0, 0, 0 } } };

#define CURVE(name) hcl_g1_##name
#define CURVE_AFFINE hcl_g1
#define CURVE_JAC hcl_g1_jac
#define CURVE_FIELD hcl_fq
#define F(name) hcl_fq_##name
#include "common/curve/curve_template_internal.h"

/* Blocks share one inversion each by Montgomery's trick; 256 make its cost negligible without an allocation.
 */
void hcl_g1_jac_to_affine_vec(hcl_g1 *out, const hcl_g1_jac *a, size_t n)
{
    enum { BLOCK = 256 };
    hcl_fq z[BLOCK], scratch[BLOCK];
    for (size_t start = 0; start < n; start += BLOCK) {
        const size_t count = n - start < BLOCK ? n - start : BLOCK;
        for (size_t i = 0; i < count; i++)
            z[i] = a[start + i].z;
        hcl_fq_batch_inv(z, scratch, count);
        for (size_t i = 0; i < count; i++)
            scale_to_affine(&out[start + i], &a[start + i], &z[i]);
    }
}

/* Flags in the last byte of a compressed point. */
enum { FLAG_SIGN = 0x40, FLAG_INFINITY = 0x80 };

static bool is_odd(const hcl_fq *a)
{
    uint64_t limbs[4];
    hcl_fq_to_limbs(limbs, a);
    return limbs[0] & 1;
}

void hcl_g1_to_compressed(uint8_t out[32], const hcl_g1 *a)
{
    hcl_fq_to_bytes(out, &a->x);
    if (hcl_g1_is_infinity(a))
        out[31] |= FLAG_INFINITY;
    else if (is_odd(&a->y))
        out[31] |= FLAG_SIGN;
}

bool hcl_g1_from_x(hcl_g1 *out, const hcl_fq *x)
{
    hcl_g1 p = { .x = *x };
    curve_rhs(&p.y, x);
    const bool found = hcl_fq_sqrt(&p.y, &p.y);
    *out = found ? p : hcl_g1_infinity;
    return found;
}

bool hcl_g1_from_compressed(hcl_g1 *out, const uint8_t in[32])
{
    const uint8_t flags = in[31] & (FLAG_SIGN | FLAG_INFINITY);
    uint8_t xbytes[32];
    hcl_g1 p;
    *out = hcl_g1_infinity;
    memcpy(xbytes, in, 32);
    xbytes[31] &= (uint8_t) ~(FLAG_SIGN | FLAG_INFINITY);
    if (!hcl_fq_from_bytes(&p.x, xbytes))
        return false;
    if (flags & FLAG_INFINITY)
        return flags == FLAG_INFINITY && hcl_fq_is_zero(&p.x);
    if (!hcl_g1_from_x(&p, &p.x))
        return false;
    if (is_odd(&p.y) != (flags == FLAG_SIGN))
        hcl_fq_neg(&p.y, &p.y);
    *out = p;
    return true;
}

void hcl_g1_to_raw(uint8_t out[64], const hcl_g1 *a)
{
    hcl_fq_to_raw(out, &a->x);
    hcl_fq_to_raw(out + 32, &a->y);
}

bool hcl_g1_from_raw(hcl_g1 *out, const uint8_t in[64])
{
    hcl_g1 p;
    const bool ok = hcl_fq_from_raw(&p.x, in) && hcl_fq_from_raw(&p.y, in + 32) && hcl_g1_on_curve(&p);
    *out = ok ? p : hcl_g1_infinity;
    return ok;
}
