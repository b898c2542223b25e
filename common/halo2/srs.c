/* SPDX-License-Identifier: Apache-2.0 */
#include "common/halo2/srs.h"
#include "common/curve/msm.h"
#include "common/halo2/srs_internal.h"
#include "common/sys/digest.h"
#include "common/sys/mem.h"
#include <sodium.h>
#include <string.h>

hcl_status hcl_srs_alloc(struct hcl_srs *out, uint32_t k, struct hcl_err *err)
{
    size_t n = (size_t)1 << k;
    void *g = NULL, *g_lagrange = NULL;
    hcl_status st;
    *out = (struct hcl_srs){ 0 };
    HCL_TRY(hcl_mem_alloc(&g, n, sizeof(hcl_g1), "SRS", err));
    HCL_TRY(hcl_mem_alloc(&g_lagrange, n, sizeof(hcl_g1), "SRS", err));
    *out = (struct hcl_srs){ .k = k, .n = n, .g = g, .g_lagrange = g_lagrange };
done:
    if (st != HCL_OK)
        hcl_mem_free(g);
    return st;
}

void hcl_srs_clear(struct hcl_srs *srs)
{
    hcl_mem_free(srs->g);
    hcl_mem_free(srs->g_lagrange);
    *srs = (struct hcl_srs){ 0 };
}

uint64_t hcl_srs_digest(const struct hcl_srs *srs)
{
    const uint64_t d = hcl_digest64(0, srs->g, srs->n * sizeof *srs->g);
    const uint64_t both = hcl_digest64(d, srs->g_lagrange, srs->n * sizeof *srs->g_lagrange);
    return both ? both : 1;
}

void hcl_srs_id(uint8_t id[32], const struct hcl_srs_verifier *v)
{
    uint8_t bytes[64 + 128 + 128];
    hcl_g1_to_raw(bytes, &v->g);
    hcl_g2_to_raw(bytes + 64, &v->g2);
    hcl_g2_to_raw(bytes + 192, &v->s_g2);
    crypto_generichash(id, 32, bytes, sizeof bytes, NULL, 0);
}

const char *hcl_srs_format_name(hcl_srs_format format)
{
    static const char *const names[HCL_SRS_FORMATS] = {
        [HCL_SRS_HALOCLINE] = "halocline",
        [HCL_SRS_PARAMS_RAW] = "ParamsKZG raw",
        [HCL_SRS_PARAMS_PROCESSED] = "ParamsKZG processed",
        [HCL_SRS_PARAMS_PROCESSED_7] = "ParamsKZG processed, halo2curves 0.7",
        [HCL_SRS_PTAU] = "snarkjs ptau",
        [HCL_SRS_GNARK] = "gnark",
        [HCL_SRS_GNARK_DUMP] = "gnark memory dump",
        [HCL_SRS_ARKWORKS] = "arkworks",
        [HCL_SRS_AZTEC] = "Barretenberg",
        [HCL_SRS_ZKEY] = "snarkjs zkey",
    };
    return names[format];
}

hcl_status hcl_srs_require(const struct hcl_srs *srs, uint32_t k, struct hcl_err *err)
{
    if (srs->k < k)
        return hcl_fail(err, HCL_NO_RESOURCE, "the SRS has 2^%u points, the circuit needs 2^%u", srs->k, k);
    return HCL_OK;
}

hcl_status hcl_srs_commit_coeffs(hcl_g1 *out, const struct hcl_srs *srs, const hcl_fr *v, size_t count,
                                 int threads, struct hcl_err *err)
{
    hcl_g1_jac sum;
    hcl_status st;
    HCL_ASSERT(count <= srs->n);
    st = hcl_msm(&sum, v, srs->g, count, threads, err);
    if (st == HCL_OK)
        hcl_g1_jac_to_affine(out, &sum);
    return st;
}

hcl_status hcl_srs_commit_lagrange(hcl_g1 *out, const struct hcl_srs *srs, const hcl_fr *v, int threads,
                                   struct hcl_err *err)
{
    hcl_g1_jac sum;
    hcl_status st = hcl_msm(&sum, v, srs->g_lagrange, srs->n, threads, err);
    if (st == HCL_OK)
        hcl_g1_jac_to_affine(out, &sum);
    return st;
}

hcl_status hcl_srs_truncate(struct hcl_srs *srs, uint32_t k, int threads, struct hcl_err *err)
{
    struct hcl_srs small;
    hcl_status st;
    if (k == 0 || k > srs->k)
        return hcl_fail(err, HCL_BAD_INPUT, "cannot cut an SRS of 2^%u points to 2^%u", srs->k, k);
    if (k == srs->k)
        return HCL_OK;
    st = hcl_srs_alloc(&small, k, err);
    if (st != HCL_OK)
        return st;
    memcpy(small.g, srs->g, small.n * sizeof *small.g);
    small.verifier = srs->verifier;
    st = hcl_srs_derive_lagrange(&small, threads, err);
    if (st != HCL_OK) {
        hcl_srs_clear(&small);
        return st;
    }
    hcl_srs_clear(srs);
    *srs = small;
    return HCL_OK;
}
