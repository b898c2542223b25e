/* SPDX-License-Identifier: Apache-2.0 */
/* The verifier under any circuit a key file may hold. Commitments and proof are the generator and the number
 * 1 over and over, which have the same 32 bytes: every read succeeds, so the verifier runs to its last
 * pairing. */
#include "common/halo2/circuit_file.h"
#include "common/halo2/openings.h"
#include "common/halo2/verify.h"
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void verify(const struct hcl_circuit *c, hcl_scheme scheme)
{
    const struct hcl_srs_verifier srs = { .g = hcl_g1_generator,
                                          .g2 = hcl_g2_generator,
                                          .s_g2 = hcl_g2_generator };
    size_t points = c->num_fixed + c->num_permutation, len;
    hcl_g1 *commitments = malloc((points + 1) * sizeof *commitments);
    struct hcl_open_plan plan = { 0 };
    struct hcl_values instances = { 0 };
    struct hcl_vk vk = { 0 };
    struct hcl_err err;
    uint8_t *proof = NULL;

    if (commitments == NULL || hcl_open_plan_init(&plan, c, &err) != HCL_OK)
        goto done;
    for (size_t i = 0; i < points; i++)
        commitments[i] = hcl_g1_generator;
    len = scheme == HCL_SCHEME_SHPLONK ? plan.proof_bytes_shplonk : plan.proof_bytes_gwc;
    proof = calloc(len, 1);
    if (proof == NULL || hcl_values_init(&instances, c->num_instance, &err) != HCL_OK ||
        hcl_vk_from_commitments(&vk, c, commitments, commitments + c->num_fixed, &err) != HCL_OK)
        goto done;
    for (size_t i = 0; i < len; i += 32)
        proof[i] = 1;
    if (hcl_verify(&vk, &srs, &instances, proof, len, scheme, &err) == HCL_BAD_INPUT)
        abort(); /* what a circuit may not be is found before it is accepted */
done:
    free(proof);
    free(commitments);
    hcl_open_plan_clear(&plan);
    hcl_values_clear(&instances);
    hcl_vk_clear(&vk);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    struct hcl_circuit c;
    struct hcl_err err;

    if (hcl_circuit_parse(&c, (const char *)data, len, "input", NULL, &err) != HCL_OK)
        return 0;
    verify(&c, HCL_SCHEME_SHPLONK);
    verify(&c, HCL_SCHEME_GWC);
    hcl_circuit_clear(&c);
    return 0;
}
