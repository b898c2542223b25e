/* SPDX-License-Identifier: Apache-2.0 */
/* gnark-crypto's kzg package. WriteTo and WriteRawTo: u32 BE n | n powers | G2 | [s]G2 | G | lines of the
 * pairing with the G2 points, which are not looked at. A proving key alone is the part up to the powers, a
 * verifying key the part after them. WriteDump: a raw verifying key | u64 LE mark | u64 LE n | n powers as
 * they lie in memory. */
#include "common/halo2/srs_internal.h"

#include <string.h>

enum { LINES = 33792, DUMP_HEAD = 320 + LINES, DUMP_AT = DUMP_HEAD + 16 };
static const uint8_t dump_mark[8] = { 0xef, 0xbe, 0xad, 0xde };

/* Bytes of n powers with all that belongs to them. */
static size_t whole_size(size_t n, size_t point)
{
    return 4 + n * point + 5 * point + LINES;
}

/* The verifying key before a dump's points is in the other form, so it is read here. */
static hcl_status check_dump_key(const struct hcl_reader *r, hcl_g2 *s_g2, struct hcl_err *err)
{
    hcl_g2 g2;
    for (size_t i = 0; i < 2; i++)
        if (!hcl_point_g2(i == 0 ? &g2 : s_g2, HCL_POINT_GNARK_FULL, r->base + 128 * i))
            return hcl_fail(err, HCL_BAD_INPUT, "%s in '%s' at byte %zu is not a point of BN254's G2",
                            i == 0 ? "the G2 generator" : "[s]G2", r->file, 128 * i);
    if (!hcl_g2_eq(&g2, &hcl_g2_generator))
        return hcl_fail(err, HCL_BAD_INPUT, "the G2 point of '%s' at byte 0 is not the generator of G2",
                        r->file);
    return HCL_OK;
}

static hcl_status tell_dump(struct hcl_srs_list *out, const struct hcl_reader *r, struct hcl_err *err)
{
    struct hcl_reader at = *r;
    uint64_t n = 0;
    at.pos = DUMP_HEAD + 8;
    if (!hcl_read_u64le(&at, &n) || n != hcl_left(&at) / 64 || hcl_left(&at) % 64 != 0)
        return hcl_fail(err, HCL_BAD_INPUT,
                        "'%s' is a gnark memory dump of %zu bytes; byte %d says that it has %zu points of 64",
                        r->file, r->len, DUMP_HEAD + 8, (size_t)n);
    *out = (struct hcl_srs_list){ .format = HCL_SRS_GNARK_DUMP,
                                  .name = "a gnark memory dump",
                                  .form = HCL_POINT_RAW,
                                  .g = r->base + DUMP_AT,
                                  .count = (size_t)n,
                                  .found = true };
    return check_dump_key(r, &out->found_s_g2, err);
}

static bool is_key_alone(const struct hcl_reader *r)
{
    hcl_g2 p;
    return (r->len == 160 + LINES && hcl_point_g2(&p, HCL_POINT_GNARK, r->base)) ||
           (r->len == 320 + LINES && hcl_point_g2(&p, HCL_POINT_GNARK_FULL, r->base));
}

/* In which form the points are: by the whole length, or else by the generator at their head. */
static bool tell_form(hcl_point_form *form, const struct hcl_reader *r, size_t n)
{
    static const hcl_point_form forms[2] = { HCL_POINT_GNARK, HCL_POINT_GNARK_FULL };
    for (size_t i = 0; i < 2; i++) {
        *form = forms[i];
        if (n > 0 && r->len == whole_size(n, hcl_point_size(*form)))
            return true;
    }
    for (size_t i = 0; i < 2; i++) {
        *form = forms[i];
        if (hcl_srs_generator_at(r, 4, *form))
            return true;
    }
    return false;
}

hcl_status hcl_srs_tell_gnark(struct hcl_srs_list *out, bool *is, const struct hcl_reader *r,
                              struct hcl_err *err)
{
    hcl_point_form form;
    *is = true;
    if (r->len >= DUMP_AT && memcmp(r->base + DUMP_HEAD, dump_mark, sizeof dump_mark) == 0)
        return tell_dump(out, r, err);
    if (is_key_alone(r))
        return hcl_fail(err, HCL_BAD_INPUT,
                        "'%s' is a gnark verifying key, which has no powers of s, expected the whole SRS",
                        r->file);
    const size_t n = r->len < 4 ? 0
                                : (size_t)r->base[0] << 24 | (size_t)r->base[1] << 16 |
                                      (size_t)r->base[2] << 8 | r->base[3];
    *is = tell_form(&form, r, n);
    if (!*is)
        return HCL_OK;
    const size_t point = hcl_point_size(form), whole = whole_size(n, point), alone = 4 + n * point;
    if (r->len != whole && r->len != alone)
        return hcl_fail(
            err, HCL_BAD_INPUT,
            "'%s' begins like a gnark SRS of %zu points but has %zu bytes, expected %zu (or %zu for the "
            "powers alone)",
            r->file, n, r->len, whole, alone);
    *out = (struct hcl_srs_list){ .format = HCL_SRS_GNARK,
                                  .name = "a gnark SRS",
                                  .form = form,
                                  .g = r->base + 4,
                                  .count = n,
                                  .g2 = r->len == whole ? r->base + alone : NULL,
                                  .s_g2 = r->len == whole ? r->base + alone + 2 * point : NULL };
    return HCL_OK;
}
