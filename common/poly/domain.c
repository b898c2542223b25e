/* SPDX-License-Identifier: Apache-2.0 */
#include "common/poly/domain.h"
#include "common/sys/mem.h"

void hcl_domain_omega_pow(hcl_fr *out, const struct hcl_domain *d, int64_t e)
{
    /* two's complement makes the mask a true modulo, n being a power of two */
    hcl_fr_pow_u64(out, &d->omega, (uint64_t)e & (d->n - 1));
}

/* L_i(x) = w^i (x^n - 1) / (n (x - w^i)) */
hcl_status hcl_domain_lagrange_at(hcl_fr *out, const struct hcl_domain *d, const int64_t *rows, size_t count,
                                  const hcl_fr *x, struct hcl_err *err)
{
    hcl_fr vanishing;
    hcl_fr_pow_u64(&vanishing, x, d->n);
    hcl_fr_sub(&vanishing, &vanishing, &hcl_fr_one);
    if (hcl_fr_is_zero(&vanishing))
        return hcl_fail(err, HCL_BAD_INPUT, "the point is in the evaluation domain of size 2^%u", d->k);
    hcl_fr_mul(&vanishing, &vanishing, &d->n_inv);
    if (count == 0)
        return HCL_OK;

    void *scratch;
    const hcl_status st = hcl_mem_alloc(&scratch, count, 2 * sizeof(hcl_fr), "Lagrange values", err);
    if (st != HCL_OK)
        return st;
    hcl_fr *powers = scratch, *spare = powers + count;
    for (size_t j = 0; j < count; j++) {
        hcl_domain_omega_pow(&powers[j], d, rows[j]);
        hcl_fr_sub(&out[j], x, &powers[j]);
    }
    hcl_fr_batch_inv(out, spare, count);
    hcl_fr_mul_vec(out, out, powers, count);
    hcl_fr_scale_vec(out, out, &vanishing, count);
    hcl_mem_free(scratch);
    return HCL_OK;
}
