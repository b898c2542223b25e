/* SPDX-License-Identifier: Apache-2.0 */
#include "common/halo2/permutation.h"
#include "common/sys/mem.h"

#define TILE 256 /* cells of one vector operation */

struct cycles {
    uint32_t *next, *label, *size;
};

/* FORMAT section 6: merge the cycles of two cells, the smaller into the larger. */
static void merge(const struct cycles *s, uint32_t a, uint32_t b)
{
    uint32_t keep = s->label[a], drop = s->label[b], cell, swap;
    if (keep == drop)
        return;
    if (s->size[keep] < s->size[drop]) {
        swap = keep;
        keep = drop;
        drop = swap;
    }
    s->size[keep] += s->size[drop];
    cell = drop;
    do {
        s->label[cell] = keep;
        cell = s->next[cell];
    } while (cell != drop);
    swap = s->next[a];
    s->next[a] = s->next[b];
    s->next[b] = swap;
}

hcl_status hcl_permutation_init(struct hcl_permutation *p, const struct hcl_circuit *c, struct hcl_err *err)
{
    size_t n = hcl_circuit_rows(c), cells = c->num_permutation * n;
    void *next = NULL, *label = NULL, *size = NULL;
    struct cycles s;
    hcl_status st = HCL_OK;
    *p = (struct hcl_permutation){ .columns = c->num_permutation, .n = n };
    if (cells == 0)
        return HCL_OK;
    if (cells > UINT32_MAX)
        return hcl_fail(err, HCL_NO_RESOURCE, "%zu equality columns of %zu rows are too many cells",
                        p->columns, n);
    HCL_TRY(hcl_mem_alloc(&next, cells, sizeof(uint32_t), "permutation", err));
    HCL_TRY(hcl_mem_alloc(&label, cells, sizeof(uint32_t), "permutation", err));
    HCL_TRY(hcl_mem_alloc(&size, cells, sizeof(uint32_t), "permutation", err));
    s = (struct cycles){ next, label, size };
    for (uint32_t i = 0; i < cells; i++) {
        s.next[i] = s.label[i] = i;
        s.size[i] = 1;
    }
    for (size_t i = 0; i < c->num_copies; i++) {
        const struct hcl_copy *q = &c->copies[i];
        merge(&s, (uint32_t)(q->left_column * n + q->left_row),
              (uint32_t)(q->right_column * n + q->right_row));
    }
    p->next = s.next;
    next = NULL;
done:
    hcl_mem_free(next);
    hcl_mem_free(label);
    hcl_mem_free(size);
    return st;
}

size_t hcl_permutation_chunks(const struct hcl_circuit *c)
{
    const size_t each = c->degree - 2;
    return (c->num_permutation + each - 1) / each;
}

hcl_status hcl_permutation_changes(size_t *rows, const struct hcl_circuit *c, struct hcl_err *err)
{
    const size_t chunks = hcl_permutation_chunks(c), words = (((size_t)1 << c->k) + 63) / 64;
    uint64_t *copied = calloc(chunks * words + 1, sizeof *copied);
    if (!copied)
        return hcl_fail(err, HCL_NO_RESOURCE, "out of memory for %zu products", chunks);
    for (size_t i = 0; i < c->num_copies; i++) {
        const struct hcl_copy *q = &c->copies[i];
        uint64_t *left = copied + q->left_column / (c->degree - 2) * words,
                 *right = copied + q->right_column / (c->degree - 2) * words;
        left[q->left_row / 64] |= (uint64_t)1 << q->left_row % 64;
        right[q->right_row / 64] |= (uint64_t)1 << q->right_row % 64;
    }
    for (size_t i = 0; i < chunks; i++) {
        rows[i] = 0;
        for (size_t j = 0; j < words; j++)
            rows[i] += (size_t)__builtin_popcountll(copied[i * words + j]);
    }
    free(copied);
    return HCL_OK;
}

void hcl_permutation_clear(struct hcl_permutation *p)
{
    hcl_mem_free(p->next);
    *p = (struct hcl_permutation){ 0 };
}

void hcl_permutation_sigma(hcl_fr *out, const struct hcl_permutation *p, size_t column, size_t first,
                           size_t count, const hcl_fr *omega_powers, const hcl_fr *delta_powers)
{
    const uint32_t *next = p->next + column * p->n + first;
    const int log_n = __builtin_ctzll(p->n);
    hcl_fr deltas[TILE];
    for (size_t at = 0; at < count; at += TILE) {
        const size_t part = count - at < TILE ? count - at : TILE;
        for (size_t j = 0; j < part; j++) {
            out[at + j] = omega_powers[next[at + j] & (p->n - 1)];
            deltas[j] = delta_powers[next[at + j] >> log_n];
        }
        hcl_fr_mul_vec(out + at, out + at, deltas, part);
    }
}

/* Doubling: each pass multiplies what is there by one power, so the work is vectorised. */
void hcl_powers(hcl_fr *out, const hcl_fr *base, size_t count)
{
    hcl_fr step = *base;
    size_t done = 1;
    if (count == 0)
        return;
    out[0] = hcl_fr_one;
    while (done < count) {
        size_t more = done < count - done ? done : count - done;
        hcl_fr_scale_vec(out + done, out, &step, more);
        hcl_fr_sqr(&step, &step);
        done += more;
    }
}
