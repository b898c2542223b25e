/* SPDX-License-Identifier: Apache-2.0 */
/* The quotient's pieces, a file per rank that computed them: magic HCLPIEC1 | open part, integers LE: id 16,
 * u32 ranks, rank, pieces, u64 n | secret part: of each piece in turn the coefficients of that rank's block
 * (common/halo2/rows.h), as they are in memory. */
#include "common/halo2/rows.h"
#include "coordinator/run/checkpoint_internal.h"

#include <dirent.h>
#include <string.h>
#include <unistd.h>

static const char magic[] = "HCLPIEC1";
static const char prefix[] = "pieces-";
enum { ID = 16, OPEN = ID + 3 * 4 + 8 };

char *hcl_pieces_path(const struct hcl_checkpoint *c, uint32_t rank)
{
    char hex[2 * ID + 1], *path;
    sodium_bin2hex(hex, sizeof hex, c->pieces, ID);
    return asprintf(&path, "%s/%s%s-%u.hcl", c->folder, prefix, hex, rank) < 0 ? NULL : path;
}

static void format_open(uint8_t out[OPEN], const struct hcl_checkpoint *c, const struct hcl_worker *w,
                        uint32_t rank)
{
    const uint32_t numbers[] = { c->piece_ranks, rank, w->circuit->degree - 1 };
    memcpy(out, c->pieces, ID);
    for (size_t i = 0; i < 12; i++)
        out[ID + i] = (uint8_t)(numbers[i / 4] >> (8 * (i % 4)));
    for (size_t i = 0; i < 8; i++)
        out[ID + 12 + i] = (uint8_t)((uint64_t)w->team.n >> (8 * i));
}

hcl_status hcl_pieces_write(const struct hcl_checkpoint *c, const struct hcl_worker *w, struct hcl_err *err)
{
    const size_t pieces = w->circuit->degree - 1;
    uint8_t open_bytes[OPEN];
    struct hcl_piece *secret = calloc(pieces, sizeof *secret);
    char *path = hcl_pieces_path(c, (uint32_t)w->team.rank);
    hcl_status st = HCL_OK;
    if (!path || !secret)
        HCL_TRY(hcl_fail(err, HCL_NO_RESOURCE, "no memory for a checkpoint"));
    format_open(open_bytes, c, w, (uint32_t)w->team.rank);
    for (size_t i = 0; i < pieces; i++)
        secret[i] = (struct hcl_piece){ w->h_blocks[i], w->team.count * sizeof(hcl_fr) };
    const struct hcl_piece open = { open_bytes, sizeof open_bytes };
    HCL_TRY(hcl_sealed_write(path, magic, &open, secret, pieces, c->key, err));
done:
    free(secret);
    free(path);
    return st;
}

/* Elements [first, first + count) of a block go by; those of this rank's rows are kept. */
static hcl_status get_block(struct hcl_sealed *file, hcl_fr *out, const struct hcl_team *t, size_t first,
                            size_t count, struct hcl_err *err)
{
    enum { AT_ONCE = 256 };
    hcl_fr elements[AT_ONCE];
    hcl_status st = HCL_OK;
    for (size_t at = 0; st == HCL_OK && at < count; at += AT_ONCE) {
        const size_t part = count - at < AT_ONCE ? count - at : AT_ONCE;
        st = hcl_sealed_get(file, elements, part * sizeof *elements, err);
        for (size_t i = 0; st == HCL_OK && i < part; i++) {
            const size_t row = first + at + i;
            if (row >= t->first && row - t->first < t->count)
                out[row - t->first] = elements[i];
        }
    }
    sodium_memzero(elements, sizeof elements);
    return st;
}

static hcl_status load_from(const struct hcl_checkpoint *c, struct hcl_worker *w, uint32_t rank, size_t first,
                            size_t count, struct hcl_err *err)
{
    const size_t pieces = w->circuit->degree - 1;
    uint8_t expected[OPEN];
    struct hcl_sealed file = { 0 };
    hcl_status st = HCL_OK;
    char *path = hcl_pieces_path(c, rank);
    if (!path)
        HCL_TRY(hcl_fail(err, HCL_NO_RESOURCE, "no memory for a path"));
    HCL_TRY(hcl_sealed_open(&file, path, magic, SIZE_MAX, err));
    HCL_TRY(hcl_sealed_start(&file, c->key, err));
    format_open(expected, c, w, rank);
    if (file.open_len != OPEN || memcmp(file.open, expected, OPEN) != 0)
        HCL_TRY(hcl_fail(err, HCL_BAD_INPUT, "'%s' belongs to another checkpoint", path));
    for (size_t i = 0; i < pieces; i++)
        HCL_TRY(get_block(&file, w->h_blocks[i], &w->team, first, count, err));
    HCL_TRY(hcl_sealed_end(&file, err));
done:
    hcl_sealed_clear(&file);
    free(path);
    return st;
}

hcl_status hcl_checkpoint_load_pieces(const struct hcl_checkpoint *c, struct hcl_worker *w,
                                      struct hcl_err *err)
{
    const struct hcl_team *t = &w->team;
    hcl_status st = HCL_OK;
    for (uint32_t r = 0; st == HCL_OK && r < c->piece_ranks; r++) {
        size_t first, count;
        hcl_rows_of(t->n, (int)c->piece_ranks, (int)r, &first, &count);
        if (first < t->first + t->count && t->first < first + count)
            st = load_from(c, w, r, first, count, err);
    }
    return hcl_comm_agree(t->comm, st, err);
}

/* Whether a name is one of ours that may go: "pieces-<32 digits>-...", or an unfinished file. */
static bool may_go(const char *name, const char *keep)
{
    const size_t head = sizeof prefix - 1;
    if (strncmp(name, HCL_CHECKPOINT_FILE ".tmp-", sizeof HCL_CHECKPOINT_FILE ".tmp-" - 1) == 0)
        return true;
    if (strncmp(name, prefix, head) != 0 || strspn(name + head, "0123456789abcdef") != 2 * (size_t)ID ||
        name[head + 2 * (size_t)ID] != '-')
        return false;
    return !keep || strncmp(name + head, keep, 2 * (size_t)ID) != 0;
}

void hcl_pieces_sweep(const struct hcl_checkpoint *c, bool all)
{
    char hex[2 * ID + 1];
    sodium_bin2hex(hex, sizeof hex, c->pieces, ID);
    DIR *folder = opendir(c->folder);
    if (!folder)
        return;
    for (const struct dirent *e = readdir(folder); e; e = readdir(folder))
        if (may_go(e->d_name, all ? NULL : hex))
            unlinkat(dirfd(folder), e->d_name, 0);
    closedir(folder);
}
