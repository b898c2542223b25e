/* SPDX-License-Identifier: Apache-2.0 */
#include "worker/rounds/coset_internal.h"

#define TILE 1024

/* Compact columns -> coefficients, `count` of them. */
static void expand(hcl_fr *const *out, const struct hcl_compact *const *columns, size_t count,
                   struct hcl_worker *w)
{
    const size_t n = w->team.n, tiles = (n + TILE - 1) / TILE;
#pragma omp parallel for schedule(static) num_threads(w->team.threads)
    for (size_t k = 0; k < count * tiles; k++) {
        const size_t at = k % tiles * TILE;
        HCL_CHECK(columns[k / tiles]->n == n);
        hcl_compact_expand(out[k / tiles] + at, columns[k / tiles], at, n - at < TILE ? n - at : TILE);
    }
    hcl_intt_batch(w->team.domain, out, count, w->team.threads);
    w->team.counters.ntts += count;
}

/* What is compact becomes coefficients where the column is to be, what waits in the scratch file comes back
 * there. */
void hcl_coset_transform(struct hcl_coset *s, struct hcl_worker *w, size_t count)
{
    size_t waiting = 0;
    for (size_t i = 0; i < count; i++) {
        if (s->coeffs[i])
            continue;
        s->coeffs[i] = s->batch[i];
        if (hcl_store_waits(&w->store, s->batch_id[i])) {
            hcl_store_fetch(&w->store, s->batch_id[i], s->batch[i], w->team.threads);
            continue;
        }
        s->sources[waiting] = &w->store.compact[s->batch_id[i]];
        s->expanded[waiting++] = s->batch[i];
    }
    expand(s->expanded, s->sources, waiting, w);
    hcl_coset_ntt_batch(s->with, s->coeffs, s->batch, count, w->team.threads);
    w->team.counters.ntts += count;
}
