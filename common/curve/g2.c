/* SPDX-License-Identifier: Apache-2.0 */
#include "common/curve/g2.h"
#include "common/curve/curve_params_internal.h"
#include <string.h>

const hcl_g2 hcl_g2_generator = { HCL_G2_GENERATOR_X, HCL_G2_GENERATOR_Y };
const hcl_g2 hcl_g2_infinity = { 0 };

static const hcl_fq2 curve_b = HCL_G2_B;
static const hcl_g2_jac jac_infinity = { .x = { .c0 = HCL_CURVE_ONE }, .y = { .c0 = HCL_CURVE_ONE } };

#define CURVE(name) hcl_g2_##name
#define CURVE_AFFINE hcl_g2
#define CURVE_JAC hcl_g2_jac
#define CURVE_FIELD hcl_fq2
#define F(name) hcl_fq2_##name
#include "common/curve/curve_template_internal.h"

/* r*a = (r - 1)*a + a */
bool hcl_g2_in_subgroup(const hcl_g2 *a)
{
    hcl_g2_jac t;
    hcl_fr minus_one;
    if (!hcl_g2_on_curve(a))
        return false;
    hcl_fr_neg(&minus_one, &hcl_fr_one);
    hcl_g2_mul(&t, a, &minus_one);
    hcl_g2_jac_add_affine(&t, &t, a);
    return hcl_g2_jac_is_infinity(&t);
}

/* Flags in the last byte of a compressed point. */
enum { FLAG_SIGN = 0x40, FLAG_INFINITY = 0x80 };

static bool is_odd(const hcl_fq2 *a)
{
    uint64_t limbs[4];
    hcl_fq_to_limbs(limbs, &a->c0);
    return limbs[0] & 1;
}

void hcl_g2_to_compressed(uint8_t out[64], const hcl_g2 *a)
{
    hcl_fq2_to_bytes(out, &a->x);
    if (hcl_g2_is_infinity(a))
        out[63] |= FLAG_INFINITY;
    else if (is_odd(&a->y))
        out[63] |= FLAG_SIGN;
}

bool hcl_g2_from_x(hcl_g2 *out, const hcl_fq2 *x)
{
    hcl_g2 p = { .x = *x };
    curve_rhs(&p.y, x);
    const bool found = hcl_fq2_sqrt(&p.y, &p.y);
    *out = found ? p : hcl_g2_infinity;
    return found;
}

bool hcl_g2_from_compressed(hcl_g2 *out, const uint8_t in[64])
{
    const uint8_t flags = in[63] & (FLAG_SIGN | FLAG_INFINITY);
    uint8_t xbytes[64];
    hcl_g2 p;
    *out = hcl_g2_infinity;
    memcpy(xbytes, in, 64);
    xbytes[63] &= (uint8_t) ~(FLAG_SIGN | FLAG_INFINITY);
    if (!hcl_fq2_from_bytes(&p.x, xbytes))
        return false;
    if (flags & FLAG_INFINITY)
        return flags == FLAG_INFINITY && hcl_fq2_is_zero(&p.x);
    if (!hcl_g2_from_x(&p, &p.x))
        return false;
    const bool want_odd = flags == FLAG_SIGN;
    if (is_odd(&p.y) != want_odd)
        hcl_fq2_neg(&p.y, &p.y);
    if (is_odd(&p.y) != want_odd) /* y.c0 = 0 has no odd negative */
        return false;
    *out = p;
    return true;
}

void hcl_g2_to_raw(uint8_t out[128], const hcl_g2 *a)
{
    hcl_fq2_to_raw(out, &a->x);
    hcl_fq2_to_raw(out + 64, &a->y);
}

bool hcl_g2_from_raw(hcl_g2 *out, const uint8_t in[128])
{
    hcl_g2 p;
    const bool ok = hcl_fq2_from_raw(&p.x, in) && hcl_fq2_from_raw(&p.y, in + 64) && hcl_g2_on_curve(&p);
    *out = ok ? p : hcl_g2_infinity;
    return ok;
}
