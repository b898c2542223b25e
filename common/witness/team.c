/* SPDX-License-Identifier: Apache-2.0 */
#include "common/witness/team.h"

#include "common/sys/digest.h"
#include "common/sys/mem.h"
#include "common/witness/witness_internal.h"

#include <string.h>

#define MIN_PARALLEL 20000
#define PIECE 4096 /* integers that a thread packs at a time */
#define BEYOND 2   /* times a table's range: sums between images and rows, which nothing looks up */

bool hcl_program_needs_everywhere(const struct hcl_program *p, uint32_t column)
{
    for (uint32_t i = 0; column == 0 && i < p->num_blocks; i++)
        if (p->blocks[i].kind == HCL_BLOCK_DEPTHWISE)
            return true;
    return false;
}

bool hcl_team_lanes_few(const uint32_t *lanes_of, uint32_t ranks, uint32_t lanes)
{
    for (uint32_t r = 0; r < ranks; r++)
        if (2 * (uint32_t)__builtin_popcount(lanes_of[r]) > lanes)
            return false;
    return true;
}

/* Measured, a cell in units of counting its look-ups: sums of values, of outputs, totals, with squares. */
enum { ROW_COUNT = 1, ROW_VALUES = 4, ROW_OUTPUTS = 5, ROW_TOTAL = 3, ROW_SQUARES = 6 };

static uint32_t work_of(const struct hcl_row *row)
{
    const uint32_t gates = row->flags;

    return ROW_COUNT + (gates & (HCL_ROW_HY | HCL_ROW_HYT) ? ROW_VALUES : 0) +
           (gates & (HCL_ROW_HZ | HCL_ROW_HT) ? ROW_OUTPUTS : 0) +
           (gates & HCL_ROW_SQUARES ? ROW_SQUARES
            : gates & HCL_ROW_SUM   ? ROW_TOTAL
                                    : 0);
}

void hcl_team_cut_rows(uint32_t *rows, const struct hcl_program *p, uint32_t ranks)
{
    uint64_t all = 0, before = 0;
    uint32_t r = 0;

    for (uint32_t row = 0; row < p->num_rows; row++)
        all += work_of(&p->rows[row]);
    for (uint32_t row = 0; row < p->num_rows; before += work_of(&p->rows[row]), row++)
        for (; r < ranks && before >= hcl_comm_first(all, ranks, r); r++)
            rows[r] = row;
    for (; r <= ranks; r++)
        rows[r] = p->num_rows;
}

int hcl_bytes_of(uint64_t most)
{
    int width = 1;

    while (width < 8 && most >> (8 * width - 1))
        width++;
    return width;
}

/* The largest magnitude of what a row's look-ups take apart; 0: it has none. */
static uint64_t most_of_row(const struct hcl_program *p, uint32_t row)
{
    const struct hcl_row_class *c = &p->classes[p->rows[row].cls];
    const struct hcl_fn_table *fn = c->fn == HCL_NONE ? NULL : &p->fns[c->fn];

    if (!fn || c->s < 1)
        return 0;
    const uint64_t most = (uint64_t)(fn->lo < 0 ? -fn->lo : fn->lo) + fn->len + 1;
    return (uint64_t)c->s < UINT64_MAX / BEYOND / most ? (uint64_t)c->s * most * BEYOND : UINT64_MAX;
}

int hcl_block_width(const struct hcl_program *p, const struct hcl_block *b)
{
    uint64_t most = 32767;

    if (b->kind == HCL_BLOCK_LOOKUP)
        return hcl_bytes_of(most);
    for (uint32_t row = b->out_row, end = row + b->out_channels * b->out_rows; row < end; row++) {
        const uint64_t more =
            row > b->out_row && p->rows[row].cls == p->rows[row - 1].cls ? 0 : most_of_row(p, row);
        most = more > most ? more : most;
    }
    return hcl_bytes_of(most);
}

static int table_bytes(const struct hcl_fn_table *t)
{
    const int64_t ends[] = { t->lo, t->lo + (int64_t)t->len - 1 };
    return t->values ? hcl_bytes_of_all(t->values, t->len, 1) : hcl_bytes_of_all(ends, 2, 1);
}

/* Bytes of the widest value that a shared block's outputs can have. */
static int value_bytes(const struct hcl_program *p, const struct hcl_block *b)
{
    uint32_t last = HCL_NONE;
    int width = 1;

    for (uint32_t row = b->out_row, end = row + b->out_channels * b->out_rows; row < end; row++) {
        const uint32_t fn = p->classes[p->rows[row].cls].fn;
        const int here = fn == HCL_NONE || fn == last ? 1 : table_bytes(&p->fns[fn]);
        width = here > width ? here : width;
        last = fn;
    }
    return width;
}

double hcl_program_gathered(const struct hcl_program *p, bool values)
{
    double bytes = 0;

    for (uint32_t i = 0; i < p->num_blocks; i++) {
        const struct hcl_block *b = &p->blocks[i];
        double count = 0;
        if (b->kind == HCL_BLOCK_DENSE)
            count = b->out_w;
        else if (b->kind == HCL_BLOCK_ROWS)
            count = (double)b->out_w * b->out_channels;
        else if (b->kind == HCL_BLOCK_LOOKUP)
            count = p->row_tables[b->in_row].width;
        else if (hcl_block_is_shared(b))
            count = (double)b->out_channels * b->out_rows * p->lanes;
        bytes += count * (values && hcl_block_is_shared(b) ? value_bytes(p, b) : hcl_block_width(p, b));
    }
    return bytes;
}

uint32_t hcl_program_deliveries(const struct hcl_program *p)
{
    uint32_t count = 0;

    for (uint32_t i = 0; i < p->num_blocks; i += hcl_lookups_together(p, i))
        count += hcl_block_is_shared(&p->blocks[i]) || p->blocks[i].kind == HCL_BLOCK_LOOKUP;
    return count;
}

static uint32_t rank_of(const struct hcl_witness_team *team, const struct hcl_program *p, uint32_t all,
                        const struct hcl_spread *spread, uint32_t o)
{
    if (spread)
        return team->owner[hcl_spread_place(spread, spread->count - 1 - o).index % p->weight_columns];
    return (uint32_t)((uint64_t)o * (uint64_t)hcl_comm_size(team->comm) / all);
}

hcl_status hcl_outputs_init(struct hcl_outputs *out, struct hcl_witness_team *team,
                            const struct hcl_program *p, uint32_t all, const struct hcl_spread *spread,
                            struct hcl_err *err)
{
    *out = (struct hcl_outputs){ .team = team, .all = all };
    out->mine = malloc(((size_t)all + 1) * sizeof *out->mine);
    out->place = malloc(((size_t)all + 1) * sizeof *out->place);
    out->rank = team ? malloc(((size_t)all + 1) * sizeof *out->rank) : NULL;
    if (!out->mine || !out->place || (team && !out->rank))
        return hcl_fail(err, HCL_NO_RESOURCE, "out of memory for %u outputs", all);
    for (uint32_t o = 0; o < all; o++) {
        if (team)
            out->rank[o] = rank_of(team, p, all, spread, o);
        const bool mine = !team || out->rank[o] == hcl_team_rank(team);
        out->place[o] = mine ? out->count : HCL_NONE;
        if (mine)
            out->mine[out->count++] = o;
    }
    return HCL_OK;
}

void hcl_outputs_clear(struct hcl_outputs *o)
{
    free(o->rank);
    free(o->mine);
    free(o->place);
    *o = (struct hcl_outputs){ 0 };
}

int hcl_bytes_of_all(const int64_t *z, size_t count, int least)
{
    uint64_t all = 0;

#pragma omp parallel for schedule(static) reduction(| : all) if (count > MIN_PARALLEL)
    for (size_t i = 0; i < count; i++)
        all |= (uint64_t)(z[i] ^ (z[i] >> 63));
    const int width = hcl_bytes_of(all);
    return width > least ? width : least;
}

/* In order, each whole, so that the next one overwrites what is not its own; the last ones of a piece
 * exactly. */
static void pack(uint8_t *out, const int64_t *z, size_t count, int width)
{
#pragma omp parallel for schedule(static) if (count > MIN_PARALLEL)
    for (size_t first = 0; first < count; first += PIECE) {
        const size_t end = count - first < PIECE ? count : first + PIECE;
        for (size_t i = first; i < end; i++)
            memcpy(out + i * (size_t)width, &z[i], end - i < sizeof *z ? (size_t)width : sizeof *z);
    }
}

/* Reads up to sizeof *z - 1 bytes behind the last one. */
static void unpack(int64_t *z, const uint8_t *in, size_t count, int width)
{
    for (size_t i = 0; i < count; i++) {
        uint64_t v;
        memcpy(&v, in + i * (size_t)width, sizeof v);
        z[i] = (int64_t)(v << (64 - 8 * width)) >> (64 - 8 * width);
    }
}

/* What travels. */
struct parcels {
    int width;
    uint8_t *send, *recv;
    size_t *counts, *at; /* by rank: bytes, and where those of the next output are */
    uint64_t *digests;   /* by rank, of what it sent */
};

static void parcels_clear(struct parcels *x)
{
    hcl_mem_free_secret(x->send);
    hcl_mem_free_secret(x->recv);
    free(x->counts);
    free(x->digests);
}

static hcl_status parcels_init(struct parcels *x, const struct hcl_outputs *o, size_t each,
                               struct hcl_err *err)
{
    const size_t ranks = (size_t)hcl_comm_size(o->team->comm), bytes = each * (size_t)x->width;
    hcl_status st = HCL_OK;

    x->counts = calloc(2 * ranks, sizeof *x->counts);
    x->digests = calloc(ranks, sizeof *x->digests);
    if (!x->counts || !x->digests)
        return hcl_fail(err, HCL_NO_RESOURCE, "out of memory for %zu ranks", ranks);
    x->at = x->counts + ranks;
    HCL_TRY(hcl_mem_alloc((void **)&x->send, o->count * bytes + 1, 1, "activations", err));
    HCL_TRY(hcl_mem_alloc((void **)&x->recv, o->all * bytes + sizeof(int64_t), 1, "activations", err));
    for (uint32_t i = 0; i < o->all; i++)
        x->counts[o->rank[i]] += bytes;
    for (size_t r = 1; r < ranks; r++)
        x->at[r] = x->at[r - 1] + x->counts[r - 1];
done:
    return st;
}

/* Of what each rank sent and of what came from it. */
static hcl_status compare_digests(const struct parcels *x, struct hcl_comm *comm, struct hcl_err *err)
{
    const uint64_t mine = hcl_digest64(0, x->send, x->counts[hcl_comm_rank(comm)]);

    hcl_comm_allgather(comm, &mine, x->digests, sizeof mine);
    for (int r = 0; r < hcl_comm_size(comm); r++)
        if (hcl_digest64(0, x->recv + x->at[r], x->counts[r]) != x->digests[r])
            return hcl_fail(err, HCL_NO_RESOURCE, "activations from rank %d arrived damaged", r);
    return HCL_OK;
}

/* All outputs, in their order, out of what came from each rank in its own. */
static hcl_status open_parcels(int64_t **z, struct parcels *x, const struct hcl_outputs *o, size_t each,
                               struct hcl_err *err)
{
    const size_t bytes = each * (size_t)x->width;
    size_t *from = malloc(((size_t)o->all + 1) * sizeof *from);
    int64_t *all = NULL;
    hcl_status st = from ? HCL_OK : hcl_fail(err, HCL_NO_RESOURCE, "out of memory for %u outputs", o->all);

    if (st == HCL_OK)
        st = hcl_mem_alloc((void **)&all, o->all * each, sizeof *all, "activations", err);
    for (uint32_t i = 0; st == HCL_OK && i < o->all; i++) {
        from[i] = x->at[o->rank[i]];
        x->at[o->rank[i]] += bytes;
    }
#pragma omp parallel for schedule(static) if (st == HCL_OK && o->all * each > MIN_PARALLEL)
    for (uint32_t i = 0; i < (st == HCL_OK ? o->all : 0); i++)
        unpack(all + i * each, x->recv + from[i], each, x->width);
    free(from);
    if (st == HCL_OK) {
        hcl_mem_free_secret(*z);
        *z = all;
    }
    return st;
}

hcl_status hcl_outputs_gather(const struct hcl_outputs *o, hcl_status st, int width, size_t each, int64_t **z,
                              struct hcl_err *err)
{
    struct parcels x = { 0 };
    uint64_t widest = 0;

    if (!o->team)
        return st;
    if (st == HCL_OK)
        widest = (uint64_t)hcl_bytes_of_all(*z, o->count * each, width);
    HCL_TRY(hcl_comm_agree_max(o->team->comm, st, &widest, 1, err));
    x.width = (int)widest;
    HCL_TRY(hcl_comm_agree(o->team->comm, parcels_init(&x, o, each, err), err));
    pack(x.send, *z, o->count * each, x.width);
    hcl_comm_allgatherv(o->team->comm, x.send, x.recv, x.counts);
    st = compare_digests(&x, o->team->comm, err);
    if (st == HCL_OK)
        st = open_parcels(z, &x, o, each, err);
    HCL_TRY(hcl_comm_agree(o->team->comm, st, err));
done:
    o->team->ended = st != HCL_OK;
    parcels_clear(&x);
    return st;
}

/* Bytes of the elements that rank r adds up. */
static size_t share_of(const struct hcl_witness_team *team, size_t count, uint32_t r)
{
    return (hcl_team_first(team, count, r + 1) - hcl_team_first(team, count, r)) * sizeof(hcl_fr);
}

/* Bytes for and from each rank, for one exchange. */
struct shares {
    size_t *send, *recv;
    hcl_fr *parts; /* of my elements: what came from each rank */
    size_t mine;   /* elements */
};

static hcl_status shares_init(struct shares *s, const struct hcl_witness_team *team, size_t count,
                              struct hcl_err *err)
{
    const uint32_t ranks = hcl_team_ranks(team);
    const size_t bytes = share_of(team, count, hcl_team_rank(team));

    s->mine = bytes / sizeof(hcl_fr);
    s->send = calloc(2 * (size_t)ranks, sizeof *s->send);
    if (!s->send)
        return hcl_fail(err, HCL_NO_RESOURCE, "out of memory for %u ranks", ranks);
    s->recv = s->send + ranks;
    for (uint32_t r = 0; r < ranks; r++) {
        s->send[r] = share_of(team, count, r);
        s->recv[r] = bytes;
    }
    return hcl_mem_alloc((void **)&s->parts, s->mine * ranks, sizeof *s->parts, "sums of ranks", err);
}

static void shares_clear(struct shares *s)
{
    hcl_mem_free_secret(s->parts);
    free(s->send);
}

/* The sum of this rank's share, into s->parts. */
static hcl_status sum_share(struct shares *s, const struct hcl_witness_team *team, hcl_status st,
                            const hcl_fr *v, size_t count, struct hcl_err *err)
{
    if (st == HCL_OK)
        st = shares_init(s, team, count, err);
    HCL_TRY(hcl_comm_agree(team->comm, st, err));
    hcl_comm_alltoallv(team->comm, v, s->send, s->parts, s->recv);
    for (uint32_t r = 1; r < hcl_team_ranks(team); r++)
        hcl_fr_add_vec(s->parts, s->parts, s->parts + r * s->mine, s->mine);
done:
    return st;
}

hcl_status hcl_team_sum_share(const struct hcl_witness_team *team, hcl_status st, hcl_fr *v, size_t count,
                              struct hcl_err *err)
{
    struct shares s = { 0 };

    if (!team)
        return st;
    st = sum_share(&s, team, st, v, count, err);
    if (st == HCL_OK)
        memcpy(v + hcl_team_first(team, count, hcl_team_rank(team)), s.parts, s.mine * sizeof *v);
    shares_clear(&s);
    return st;
}

hcl_status hcl_team_sum(const struct hcl_witness_team *team, hcl_status st, hcl_fr *v, size_t count,
                        const bool *wanted, struct hcl_err *err)
{
    struct shares s = { 0 };

    if (!team)
        return st;
    const uint32_t ranks = hcl_team_ranks(team), rank = hcl_team_rank(team);
    HCL_TRY(sum_share(&s, team, st, v, count, err));
    for (uint32_t to = 0; to < ranks; to++) {
        if (!wanted[to])
            continue;
        for (uint32_t r = 0; r < ranks; r++) {
            s.send[r] = r == to ? s.mine * sizeof(hcl_fr) : 0;
            s.recv[r] = rank == to ? share_of(team, count, r) : 0;
        }
        hcl_comm_alltoallv(team->comm, s.parts, s.send, v, s.recv);
    }
done:
    shares_clear(&s);
    return st;
}
