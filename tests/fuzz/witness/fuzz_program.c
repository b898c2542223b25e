/* SPDX-License-Identifier: Apache-2.0 */
/* Witness programs: whatever hcl_program_read accepts must run, and fill every column, without leaving its
 * arrays. */
#include "common/sys/mem.h"
#include "common/witness/columns.h"
#include "common/witness/run.h"
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

enum { MAX_K = 12 }; /* larger ones only cost time */

static void fill_all(struct hcl_witness *w)
{
    uint32_t lanes = w->prog->lanes, cols[4 * HCL_MAX_LANES + 7];
    hcl_fr *out[4 * HCL_MAX_LANES + 7], challenges[HCL_NUM_CHALLENGES];
    struct hcl_witness_source source = hcl_witness_source(w);
    struct hcl_err err;

    for (uint32_t i = 0; i < HCL_NUM_CHALLENGES; i++)
        hcl_fr_from_u64(&challenges[i], 99991 + i);
    for (uint32_t i = 0; i < hcl_num_advice(lanes); i++) {
        cols[i] = i;
        out[i] = calloc((size_t)1 << w->prog->k, sizeof(hcl_fr));
        if (!out[i])
            abort();
    }
    if (source.fill(source.ctx, 0, challenges, cols, hcl_col_h(lanes, 0), out, 1, &err) != HCL_OK ||
        source.fill(source.ctx, 1, challenges, cols + hcl_col_h(lanes, 0), lanes + 6,
                    out + hcl_col_h(lanes, 0), 1, &err) != HCL_OK)
        abort();
    for (uint32_t i = 0; w->prog->private_weights && i < w->prog->weight_columns; i++) {
        cols[0] = hcl_col_w(lanes, i);
        if (source.fill(source.ctx, 0, challenges, cols, 1, out, 1, &err) != HCL_OK)
            abort();
    }
    for (uint32_t i = 0; i < hcl_num_advice(lanes); i++)
        free(out[i]);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    struct hcl_reader in = { .base = data, .len = len, .file = "program" };
    struct hcl_program p;
    struct hcl_witness w;
    struct hcl_err err;

    if (hcl_program_read(&p, &in, &err) != HCL_OK)
        return 0;
    if (p.k <= MAX_K && hcl_witness_init(&w, &p, &err) == HCL_OK) {
        if (hcl_witness_run(&w, &err) == HCL_OK)
            fill_all(&w);
        hcl_witness_clear(&w);
    }
    hcl_program_clear(&p);
    return 0;
}
