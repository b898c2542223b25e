/* SPDX-License-Identifier: Apache-2.0 */
/* Barretenberg's bn254_g1.dat and bn254_g1_compressed.dat: powers of s and nothing else. [s]G2 is in
 * bn254_g2.dat. */
#include "common/halo2/srs_internal.h"

hcl_status hcl_srs_tell_aztec(struct hcl_srs_list *out, bool *is, const struct hcl_reader *r,
                              struct hcl_err *err)
{
    const bool full = hcl_srs_generator_at(r, 0, HCL_POINT_AZTEC_FULL);
    const hcl_point_form form = full ? HCL_POINT_AZTEC_FULL : HCL_POINT_AZTEC;
    const size_t point = hcl_point_size(form);
    hcl_g2 g2;
    *is = true;
    if (r->len == 128 && hcl_point_g2(&g2, HCL_POINT_AZTEC_FULL, r->base))
        return hcl_fail(err, HCL_BAD_INPUT,
                        "'%s' is Barretenberg's bn254_g2.dat, [s]G2 alone, expected bn254_g1.dat", r->file);
    *is = full || hcl_srs_generator_at(r, 0, form);
    if (!*is)
        return HCL_OK;
    if (r->len % point != 0)
        return hcl_fail(
            err, HCL_BAD_INPUT,
            "'%s' begins like Barretenberg's powers but has %zu bytes, expected a multiple of %zu: a point "
            "is cut at byte %zu",
            r->file, r->len, point, r->len / point * point);
    *out = (struct hcl_srs_list){ .format = HCL_SRS_AZTEC,
                                  .name = "a Barretenberg CRS",
                                  .form = form,
                                  .g = r->base,
                                  .count = r->len / point };
    return HCL_OK;
}
