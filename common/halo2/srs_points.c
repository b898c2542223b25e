/* SPDX-License-Identifier: Apache-2.0 */
#include "common/halo2/srs_points.h"

#include <string.h>

/* Flags are in the two bits that a coordinate leaves free: p < 2^254. */
enum { FLAGS = 0xc0 };

static const struct form {
    bool big_endian, full, c1_first;
    bool larger;              /* which y: the larger, else the odd one */
    uint8_t always, negative; /* flags of every point; of the larger or odd one */
} forms[HCL_POINT_FORMS] = {
    [HCL_POINT_HALO2_6] = { .negative = 0x40 },
    [HCL_POINT_HALO2_7] = { .negative = 0x80 },
    [HCL_POINT_ARK] = { .larger = true, .negative = 0x80 },
    [HCL_POINT_ARK_FULL] = { .full = true, .larger = true, .negative = 0x80 },
    [HCL_POINT_GNARK] = { .big_endian = true,
                          .c1_first = true,
                          .larger = true,
                          .always = 0x80,
                          .negative = 0x40 },
    [HCL_POINT_GNARK_FULL] = { .big_endian = true, .full = true, .c1_first = true },
    [HCL_POINT_AZTEC] = { .big_endian = true, .negative = 0x80 },
    [HCL_POINT_AZTEC_FULL] = { .big_endian = true, .full = true },
};

size_t hcl_point_size(hcl_point_form form)
{
    return form == HCL_POINT_RAW || forms[form].full ? 64 : 32;
}

static bool get_fq(hcl_fq *out, const uint8_t in[32], bool big_endian)
{
    uint8_t le[32];
    for (size_t i = 0; i < 32; i++)
        le[i] = in[big_endian ? 31 - i : i];
    return hcl_fq_from_bytes(out, le);
}

static bool get_fq2(hcl_fq2 *out, const uint8_t in[64], const struct form *f)
{
    return get_fq(f->c1_first ? &out->c1 : &out->c0, in, f->big_endian) &&
           get_fq(f->c1_first ? &out->c0 : &out->c1, in + 32, f->big_endian);
}

/* a > -a as integers below p: false for zero. */
static bool is_larger(const hcl_fq *a)
{
    uint64_t limbs[4], negative[4];
    hcl_fq minus;
    hcl_fq_neg(&minus, a);
    hcl_fq_to_limbs(limbs, a);
    hcl_fq_to_limbs(negative, &minus);
    for (int i = 3; i >= 0; i--)
        if (limbs[i] != negative[i])
            return limbs[i] > negative[i];
    return false;
}

static bool is_odd(const hcl_fq *a)
{
    uint64_t limbs[4];
    hcl_fq_to_limbs(limbs, a);
    return limbs[0] & 1;
}

static bool is_negative(const hcl_fq *y, const struct form *f)
{
    return f->larger ? is_larger(y) : is_odd(y);
}

static bool is_negative2(const hcl_fq2 *y, const struct form *f)
{
    return is_negative(f->larger && !hcl_fq_is_zero(&y->c1) ? &y->c1 : &y->c0, f);
}

/* The flags, taken out of a copy of the point; false if the form has no such flags. */
static bool take_flags(uint8_t *copy, size_t size, const struct form *f, bool *negative)
{
    uint8_t *at = copy + (f->big_endian ? 0 : size - 1);
    const uint8_t flags = *at & FLAGS;
    *at &= (uint8_t)~FLAGS;
    *negative = f->negative && (flags & f->negative);
    return (flags & ~f->negative) == f->always;
}

bool hcl_point_g1(hcl_g1 *out, hcl_point_form form, const uint8_t *in)
{
    const struct form *f = &forms[form];
    const size_t size = hcl_point_size(form);
    uint8_t copy[64];
    bool negative;
    if (form == HCL_POINT_RAW)
        return hcl_g1_from_raw(out, in) && !hcl_g1_is_infinity(out);
    memcpy(copy, in, size);
    if (!take_flags(copy, size, f, &negative) || !get_fq(&out->x, copy, f->big_endian))
        return false;
    if (f->full)
        return get_fq(&out->y, copy + 32, f->big_endian) && hcl_g1_on_curve(out) &&
               !hcl_g1_is_infinity(out) && (!f->negative || is_negative(&out->y, f) == negative);
    if (!hcl_g1_from_x(out, &out->x))
        return false;
    if (is_negative(&out->y, f) != negative)
        hcl_g1_neg(out, out);
    return true;
}

bool hcl_point_g2(hcl_g2 *out, hcl_point_form form, const uint8_t *in)
{
    const struct form *f = &forms[form];
    const size_t size = 2 * hcl_point_size(form);
    uint8_t copy[128];
    bool negative;
    if (form == HCL_POINT_RAW)
        return hcl_g2_from_raw(out, in) && !hcl_g2_is_infinity(out) && hcl_g2_in_subgroup(out);
    memcpy(copy, in, size);
    if (!take_flags(copy, size, f, &negative) || !get_fq2(&out->x, copy, f))
        return false;
    if (f->full ? !get_fq2(&out->y, copy + 64, f) || !hcl_g2_on_curve(out) : !hcl_g2_from_x(out, &out->x))
        return false;
    if (!f->full && is_negative2(&out->y, f) != negative)
        hcl_g2_neg(out, out);
    /* Also where neither y nor -y has the flag: c0 = 0 is not odd. */
    if (f->negative && is_negative2(&out->y, f) != negative)
        return false;
    return !hcl_g2_is_infinity(out) && hcl_g2_in_subgroup(out);
}

hcl_status hcl_srs_decode(hcl_g1 *out, const struct hcl_srs_points *p, int threads, struct hcl_err *err)
{
    const size_t size = hcl_point_size(p->form);
    size_t first_bad = SIZE_MAX;
#pragma omp parallel for num_threads(threads) schedule(static) reduction(min : first_bad)
    for (size_t i = 0; i < p->count; i++) {
        const size_t place = i * p->step % p->count;
        if (!hcl_point_g1(&out[i], p->form, p->bytes + place * size) && place < first_bad)
            first_bad = place;
    }
    if (first_bad != SIZE_MAX)
        return hcl_fail(err, HCL_BAD_INPUT, "%s %zu in '%s' at byte %zu is not a finite point of BN254's G1",
                        p->what, first_bad, p->file, p->offset + first_bad * size);
    return HCL_OK;
}
