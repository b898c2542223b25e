/* SPDX-License-Identifier: Apache-2.0 */
/* Importing a list of powers of s, whichever program wrote it. */
#include "common/halo2/srs_ceremony.h"
#include "common/halo2/srs_internal.h"

bool hcl_srs_generator_at(const struct hcl_reader *r, size_t at, hcl_point_form form)
{
    hcl_g1 p;
    return r->len >= at && r->len - at >= hcl_point_size(form) && hcl_point_g1(&p, form, r->base + at) &&
           hcl_g1_eq(&p, &hcl_g1_generator);
}

static hcl_status get_g2(hcl_g2 *out, const struct hcl_srs_list *list, const uint8_t *bytes, const char *what,
                         const struct hcl_reader *r, struct hcl_err *err)
{
    if (!hcl_point_g2(out, list->form, bytes))
        return hcl_fail(err, HCL_BAD_INPUT, "%s in '%s' at byte %zu is not a point of BN254's G2", what,
                        r->file, (size_t)(bytes - r->base));
    return HCL_OK;
}

static hcl_status get_verifier(struct hcl_srs *out, const struct hcl_srs_list *list,
                               const struct hcl_reader *r, const hcl_g2 *s_g2, struct hcl_err *err)
{
    struct hcl_srs_verifier *v = &out->verifier;
    hcl_status st = HCL_OK;
    v->g = out->g[0];
    v->g2 = hcl_g2_generator;
    if (list->g2)
        HCL_TRY(get_g2(&v->g2, list, list->g2, "the G2 generator", r, err));
    if (list->s_g2)
        HCL_TRY(get_g2(&v->s_g2, list, list->s_g2, "[s]G2", r, err));
    else if (list->found)
        v->s_g2 = list->found_s_g2;
    else if (s_g2)
        v->s_g2 = *s_g2;
    else if (!hcl_srs_ceremony_find(&v->s_g2, &out->g[1]))
        HCL_TRY(
            hcl_fail(err, HCL_BAD_INPUT,
                     "'%s' is %s, which has no [s]G2, and its secret is of no ceremony that is known here: "
                     "--g2 FILE names the file that has it (Aztec's bn254_g2.dat)",
                     r->file, list->name));
done:
    return st;
}

hcl_status hcl_srs_from_list(struct hcl_srs *out, const struct hcl_srs_list *list, const struct hcl_reader *r,
                             const hcl_g2 *s_g2, uint32_t max_k, int threads, struct hcl_err *err)
{
    struct hcl_srs_points points = { .bytes = list->g,
                                     .step = 1,
                                     .form = list->form,
                                     .file = r->file,
                                     .what = "g",
                                     .offset = (size_t)(list->g - r->base) };
    uint32_t k = 0;
    hcl_status st;
    while (k < HCL_SRS_MAX_K && (size_t)2 << k <= list->count)
        k++;
    if (k < 1)
        return hcl_fail(err, HCL_BAD_INPUT, "'%s' is %s of %zu points, expected at least 2", r->file,
                        list->name, list->count);
    if (max_k > k)
        return hcl_fail(err, HCL_NO_RESOURCE, "'%s' is %s of %zu points, 2^%u are needed", r->file,
                        list->name, list->count, max_k);
    HCL_TRY(hcl_srs_alloc(out, max_k ? max_k : k, err));
    points.count = out->n;
    HCL_TRY(hcl_srs_decode(out->g, &points, threads, err));
    if (!hcl_g1_eq(&out->g[0], &hcl_g1_generator))
        HCL_TRY(hcl_fail(
            err, HCL_BAD_INPUT,
            "'%s' is %s whose first point, at byte %zu, is not the generator of G1: its points are those "
            "of a Lagrange basis, from which there is no way back, or multiples of a generator that the "
            "set-up chose itself. Expected the powers of a ceremony's secret",
            r->file, list->name, points.offset));
    HCL_TRY(get_verifier(out, list, r, s_g2, err));
    HCL_TRY(hcl_srs_derive_lagrange(out, threads, err));
done:
    return st;
}
