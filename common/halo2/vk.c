/* SPDX-License-Identifier: Apache-2.0 */
#include "common/halo2/keys.h"
#include "common/halo2/vk_text_internal.h"
#include <string.h>

hcl_status hcl_vk_from_commitments(struct hcl_vk *out, const struct hcl_circuit *c, const hcl_g1 *fixed,
                                   const hcl_g1 *sigma, struct hcl_err *err)
{
    *out = (struct hcl_vk){ .circuit = c };
    out->fixed = malloc((c->num_fixed + 1) * sizeof *out->fixed);
    out->sigma = malloc((c->num_permutation + 1) * sizeof *out->sigma);
    if (out->fixed == NULL || out->sigma == NULL) {
        hcl_vk_clear(out);
        return hcl_fail(err, HCL_NO_RESOURCE, "no memory for a verifying key");
    }
    if (c->num_fixed != 0)
        memcpy(out->fixed, fixed, c->num_fixed * sizeof *fixed);
    if (c->num_permutation != 0)
        memcpy(out->sigma, sigma, c->num_permutation * sizeof *sigma);
    hcl_vk_text_hash(&out->transcript_repr, out);
    return HCL_OK;
}

void hcl_vk_clear(struct hcl_vk *vk)
{
    free(vk->fixed);
    free(vk->sigma);
    *vk = (struct hcl_vk){ 0 };
}
