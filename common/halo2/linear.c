/* SPDX-License-Identifier: Apache-2.0 */
#include "common/halo2/linear.h"

#include "common/halo2/linear_internal.h"
#include "common/sys/mem.h"

static bool in_use = true;

void hcl_linear_use(bool use)
{
    in_use = use;
}

bool hcl_linear_in_use(void)
{
    return in_use;
}

void hcl_linear_clear(struct hcl_linear *l)
{
    free(l->fixed);
    free(l->advice);
    free(l->sums);
    free(l->columns);
    hcl_eval_clear(&l->coefficients);
    *l = (struct hcl_linear){ 0 };
}

bool hcl_linear_has(const struct hcl_linear *l, hcl_column column)
{
    const bool *of_kind = column.kind == HCL_COL_FIXED    ? l->fixed
                          : column.kind == HCL_COL_ADVICE ? l->advice
                                                          : NULL;
    return of_kind != NULL && of_kind[column.index];
}

hcl_status hcl_linear_coefficients(hcl_fr *out, const struct hcl_linear *l, const hcl_fr *challenges,
                                   struct hcl_err *err)
{
    const struct hcl_eval *e = &l->coefficients;
    hcl_fr *scratch = NULL, **outputs;
    hcl_status st = HCL_OK;
    if (l->num_terms == 0)
        return HCL_OK;
    outputs = calloc(l->num_terms, sizeof *outputs);
    if (outputs == NULL)
        HCL_TRY(hcl_fail(err, HCL_NO_RESOURCE, "no memory for %zu coefficients", l->num_terms));
    HCL_TRY(hcl_mem_alloc((void **)&scratch, e->num_scalars + hcl_eval_scratch(e), sizeof *scratch,
                          "coefficients", err));
    for (size_t i = 0; i < l->num_terms; i++)
        outputs[i] = &out[i];
    hcl_eval_scalars(scratch, e, challenges);
    hcl_eval_run(outputs, e, scratch, NULL, 1, scratch + e->num_scalars);
done:
    free(outputs);
    hcl_mem_free(scratch);
    return st;
}
