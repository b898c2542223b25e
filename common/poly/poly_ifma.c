/* SPDX-License-Identifier: Apache-2.0 */
/* Two vectors of eight parts: neither waits for the other, which hides the multiplier's latency. */
#include "common/field/ifma.h"
#include "common/poly/poly_internal.h"

#define EACH(v) _Pragma("GCC unroll 2") for (size_t v = 0; v < 2; v++)

/* Element i of the eight parts of vector v. */
struct at {
    const uint64_t *mem[8];
};

HCL_INLINE struct at at(const hcl_fr *a, size_t len, size_t v, size_t i)
{
    struct at out;
    for (size_t lane = 0; lane < 8; lane++)
        out.mem[lane] = a[(8 * v + lane) * len + i].l;
    return out;
}

HCL_INLINE void put(hcl_fr *a, size_t len, size_t v, size_t i, hcl_fp8 x)
{
    uint64_t *mem[8];
    for (size_t lane = 0; lane < 8; lane++)
        mem[lane] = a[(8 * v + lane) * len + i].l;
    hcl_fp8_scatter(mem, x);
}

/* x in all lanes, form S. */
static hcl_fp8 all_lanes(const hcl_fr *x)
{
    const hcl_fr eight[8] = { *x, *x, *x, *x, *x, *x, *x, *x };
    return hcl_fr8_mul_canonical(hcl_fp8_load_shifted(eight[0].l), hcl_fr8_one());
}

void hcl_poly_eval_lanes(hcl_fr *value, const hcl_fr *f, size_t len, const hcl_fr *x)
{
    const struct hcl_fp8_fixed factor = hcl_fr8_fix(all_lanes(x));
    hcl_fp8 sum[2] = { hcl_fp8_zero(), hcl_fp8_zero() };
    for (size_t i = len; i-- > 0;)
        EACH(v) /* below 6r + r */
    sum[v] = hcl_fp8_normalise(
        hcl_fp8_add_loose(hcl_fr8_mul_fixed_loose(sum[v], &factor), hcl_fp8_gather(at(f, len, v, i).mem)));
    EACH(v)
    hcl_fp8_store(value[8 * v].l, hcl_fr8_canonical(sum[v]));
}

void hcl_poly_div_lanes(hcl_fr *f, size_t len, const hcl_fr *z, const hcl_fr *carry)
{
    const struct hcl_fp8_fixed factor = hcl_fr8_fix(all_lanes(z));
    hcl_fp8 sum[2] = { hcl_fp8_load(carry[0].l), hcl_fp8_load(carry[8].l) };
    for (size_t i = len; i-- > 0;)
        EACH(v)
        {
            const hcl_fp8 next = hcl_fp8_add_loose(hcl_fr8_mul_fixed_loose(sum[v], &factor),
                                                   hcl_fp8_gather(at(f, len, v, i).mem)); /* below 7r */
            put(f, len, v, i, hcl_fr8_canonical(sum[v]));
            sum[v] = hcl_fp8_normalise(next);
        }
}

void hcl_poly_product_lanes(hcl_fr *value, const hcl_fr *a, size_t len)
{
    hcl_fp8 run[2] = { hcl_fr8_one(), hcl_fr8_one() };
    for (size_t i = 0; i < len; i++)
        EACH(v)
    run[v] = hcl_fr8_mul(hcl_fp8_gather_shifted(at(a, len, v, i).mem), run[v]);
    EACH(v)
    hcl_fp8_store(value[8 * v].l, hcl_fr8_canonical(hcl_fr8_to_memory_form(run[v])));
}

void hcl_poly_prefix_lanes(hcl_fr *a, size_t len, const hcl_fr *start)
{
    hcl_fp8 run[2] = { hcl_fp8_load(start[0].l), hcl_fp8_load(start[8].l) };
    for (size_t i = 0; i < len; i++)
        EACH(v)
        {
            const hcl_fp8 next = hcl_fr8_mul_canonical(hcl_fp8_gather_shifted(at(a, len, v, i).mem), run[v]);
            put(a, len, v, i, run[v]);
            run[v] = next;
        }
}

void hcl_poly_horner_lanes(hcl_fr *value, const hcl_fr *b, size_t len, const hcl_fr *c)
{
    const struct hcl_fp8_fixed factor = hcl_fr8_fix(all_lanes(c));
    hcl_fp8 sum[2] = { hcl_fp8_zero(), hcl_fp8_zero() };
    for (size_t i = 0; i < len; i++)
        EACH(v) /* below 6r + r */
    sum[v] = hcl_fp8_normalise(
        hcl_fp8_add_loose(hcl_fr8_mul_fixed_loose(sum[v], &factor), hcl_fp8_gather(at(b, len, v, i).mem)));
    EACH(v)
    hcl_fp8_store(value[8 * v].l, hcl_fr8_canonical(sum[v]));
}

void hcl_poly_recur_lanes(hcl_fr *out, const hcl_fr *b, size_t len, const hcl_fr *c, const hcl_fr *start)
{
    const struct hcl_fp8_fixed factor = hcl_fr8_fix(all_lanes(c));
    hcl_fp8 x[2] = { hcl_fp8_load(start[0].l), hcl_fp8_load(start[8].l) };
    for (size_t i = 0; i < len; i++)
        EACH(v)
        {
            const hcl_fp8 next = hcl_fp8_add_loose(hcl_fr8_mul_fixed_loose(x[v], &factor),
                                                   hcl_fp8_gather(at(b, len, v, i).mem)); /* below 7r */
            x[v] = hcl_fp8_normalise(next);
            put(out, len, v, i, hcl_fr8_canonical(next));
        }
}
