/* SPDX-License-Identifier: Apache-2.0 */
#include "worker/rounds/coset_internal.h"
#include "worker/store/rows.h"

#include <string.h>

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

/* out[j] = sum_q c^q f[q*m + j], j < m: f modulo X^m - c. power: c^q, parts of them. */
static void fold(hcl_fr *out, const hcl_fr *f, const hcl_fr *power, size_t parts, size_t m, int threads)
{
#pragma omp parallel for schedule(static) num_threads(threads)
    for (size_t at = 0; at < m; at += TILE) {
        const size_t count = m - at < TILE ? m - at : TILE;
        memcpy(out + at, f + at, count * sizeof *out);
        for (size_t q = 1; q < parts; q++)
            hcl_fr_axpy_vec(out + at, f + q * m + at, &power[q], count);
    }
}

/* Where all of a column is to be: what is compact becomes coefficients there, what waits in the scratch file
 * comes back there. */
static void gather_whole(struct hcl_coset *s, struct hcl_worker *w, size_t count)
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
}

/* A part of it: coefficients, from compact columns a few at a time, are folded. */
static void gather_part(struct hcl_coset *s, struct hcl_worker *w, size_t count, const hcl_fr *power)
{
    const size_t n = w->team.n, m = n / s->parts;
    size_t waiting = 0;
    for (size_t i = 0; i < count; i++) {
        if (s->coeffs[i]) {
            fold(s->batch[i], s->coeffs[i], power, s->parts, m, w->team.threads);
        } else {
            s->sources[waiting] = &w->store.compact[s->batch_id[i]];
            s->expanded[waiting] = s->scratch + waiting * n;
            s->places[waiting++] = i;
        }
        s->coeffs[i] = s->batch[i];
        if (waiting < s->scratches && i + 1 < count)
            continue;
        expand(s->expanded, s->sources, waiting, w);
        for (size_t k = 0; k < waiting; k++)
            fold(s->batch[s->places[k]], s->expanded[k], power, s->parts, m, w->team.threads);
        waiting = 0;
    }
}

void hcl_coset_transform(struct hcl_coset *s, struct hcl_worker *w, size_t count, const hcl_fr *out)
{
    if (s->parts == 1 || s->disk) {
        gather_whole(s, w, count);
    } else {
        hcl_fr power[HCL_ROWS_UNIT], c;
        hcl_fr_pow_u64(&c, out, w->team.n / s->parts);
        power[0] = hcl_fr_one;
        for (size_t q = 1; q < s->parts; q++)
            hcl_fr_mul(&power[q], &power[q - 1], &c);
        gather_part(s, w, count, power);
    }
    hcl_coset_ntt_batch(&s->tables, s->coeffs, s->batch, count, w->team.threads);
    w->team.counters.ntts += count;
}
