/* SPDX-License-Identifier: Apache-2.0 */
/* arkworks' CanonicalSerialize, all counts u64 LE. kzg10's UniversalParams: n | n powers | m | m times
 * (index, hiding point) | G2 | [s]G2 | q | q times (index, G2 point). A list of G1 points alone is the part
 * up to the powers. */
#include "common/halo2/srs_internal.h"

/* Walk over the counts. False: they do not fit the file's length. */
static bool walk(struct hcl_srs_list *out, const struct hcl_reader *r, hcl_point_form form)
{
    const size_t point = hcl_point_size(form);
    struct hcl_reader at = *r;
    const uint8_t *skipped;
    uint64_t n, m, q;
    *out = (struct hcl_srs_list){ .format = HCL_SRS_ARKWORKS, .name = "an arkworks SRS", .form = form };
    if (!hcl_read_u64le(&at, &n) || n == 0 || n > hcl_left(&at) / point)
        return false;
    out->count = (size_t)n;
    hcl_read_bytes(&at, &out->g, out->count * point);
    if (hcl_left(&at) == 0)
        return true;
    if (!hcl_read_u64le(&at, &m) || m > hcl_left(&at) / (8 + point) ||
        !hcl_read_bytes(&at, &skipped, (size_t)m * (8 + point)) ||
        !hcl_read_bytes(&at, &out->g2, 2 * point) || !hcl_read_bytes(&at, &out->s_g2, 2 * point) ||
        !hcl_read_u64le(&at, &q) || q > hcl_left(&at) / (8 + 2 * point))
        return false;
    return hcl_left(&at) == (size_t)q * (8 + 2 * point);
}

hcl_status hcl_srs_tell_ark(struct hcl_srs_list *out, bool *is, const struct hcl_reader *r,
                            struct hcl_err *err)
{
    static const hcl_point_form forms[2] = { HCL_POINT_ARK, HCL_POINT_ARK_FULL };
    *is = true;
    for (size_t i = 0; i < 2; i++)
        if (walk(out, r, forms[i]))
            return HCL_OK;
    for (size_t i = 0; i < 2; i++)
        if (hcl_srs_generator_at(r, 8, forms[i])) {
            struct hcl_reader head = *r;
            uint64_t n = 0;
            hcl_read_u64le(&head, &n);
            return hcl_fail(
                err, HCL_BAD_INPUT,
                "'%s' begins like an arkworks SRS of %zu points of %zu bytes, but its counts do not fit "
                "its %zu bytes",
                r->file, (size_t)n, hcl_point_size(forms[i]), r->len);
        }
    *is = false;
    return HCL_OK;
}
