/* SPDX-License-Identifier: Apache-2.0 */
/* Sums of a block's outputs, from the ranks that have made them to cells. A rank, that has use for few lanes,
 * gets the values of all outputs, which later blocks read, and the sums, which quotients and remainders are
 * made of, in its rows and lanes alone. Each message ends with its digest. */
#include "common/sys/digest.h"
#include "common/sys/mem.h"
#include "common/witness/team.h"
#include "common/witness/witness_internal.h"
#include <string.h>

#define MIN_PARALLEL 20000
#define DIGEST sizeof(uint64_t)

struct delivery {
    const struct hcl_outputs *o;
    const struct hcl_grid *g;
    const struct hcl_program *p;
    const struct hcl_block *b;
    struct hcl_cells *cells;
    uint32_t ranks, rank;
    uint32_t *order, *start; /* outputs by rank, ascending; rank r's are order[start[r]] .. */
    int sum_bytes, value_bytes;
    const int64_t *z;  /* this rank's sums, [output][each] */
    int64_t *values;   /* and their values */
    uint8_t *out, *in; /* a message for each rank and from it, one after the other: values, sums, digest */
    size_t *to, *from, *at;      /* by rank: bytes of these, and where the one from it begins */
    size_t *sums_to, *sums_from; /* by rank: how many sums are in them */
};

static bool in_rows(const struct delivery *d)
{
    return d->g->by_sum == 1;
}

static size_t cell_of(const struct delivery *d, uint32_t o, size_t i)
{
    return d->g->first + o * d->g->by_output + i * d->g->by_sum;
}

/* Behind the last integer of a message is its digest: both move eight bytes at a time. */
static int64_t get(const uint8_t *in, int width)
{
    uint64_t v;

    memcpy(&v, in, sizeof v);
    return (int64_t)(v << (64 - 8 * width)) >> (64 - 8 * width);
}

static int64_t get_byte(uint8_t in)
{
    return (int64_t)((uint64_t)in << 56) >> 56;
}

static uint8_t *put(uint8_t *out, int64_t v, int width)
{
    memcpy(out, &v, sizeof v);
    return out + width;
}

static void seal(uint8_t *message, size_t bytes)
{
    const uint64_t digest = bytes ? hcl_digest64(0, message, bytes - DIGEST) : 0;

    if (bytes)
        memcpy(message + bytes - DIGEST, &digest, DIGEST);
}

static bool sealed(const uint8_t *message, size_t bytes)
{
    uint64_t digest = 0;

    if (bytes)
        memcpy(&digest, message + bytes - DIGEST, DIGEST);
    return bytes == 0 || digest == hcl_digest64(0, message, bytes - DIGEST);
}

static uint32_t count_of(const struct delivery *d, uint32_t r)
{
    return d->start[r + 1] - d->start[r];
}

/* What rank r stores of the rows it adds up: of outputs in rows of their own, elements [first, end) of all
 * outputs, one after the other; else positions. */
static void share_of(const struct delivery *d, uint32_t r, size_t *first, size_t *end)
{
    const struct hcl_grid *g = d->g;
    const size_t row = g->first / d->p->lanes, unit = in_rows(d) ? 1 : g->rows;
    const size_t most = in_rows(d) ? (size_t)d->o->all * g->each / d->p->lanes : g->each;
    const size_t from = hcl_team_first_row(d->o->team, d->p, r),
                 to = hcl_team_first_row(d->o->team, d->p, r + 1);

    *first = from > row ? (from - row) / unit : 0;
    *end = to > row ? (to - row + unit - 1) / unit : 0;
    *end = *end < most ? *end : most;
    *first = *first < *end ? *first : *end;
    if (in_rows(d)) {
        *first *= d->p->lanes;
        *end *= d->p->lanes;
    }
}

/* Of output o, what is in share [first, end) of a rank: its sums [*from, *to). */
static void part_of(const struct delivery *d, uint32_t o, size_t first, size_t end, size_t *from, size_t *to)
{
    const size_t at = in_rows(d) ? o * d->g->each : 0, next = at + d->g->each;

    *from = first > at ? first - at : 0;
    *to = end < next ? (end > at ? end - at : 0) : d->g->each;
    *from = *from < *to ? *from : *to;
}

/* Of output o, the sums in this lane: *first, *first + *step, .. below each; *first = each: none are. */
static void in_lane(const struct delivery *d, uint32_t o, uint32_t lane, size_t *first, size_t *step)
{
    const uint32_t lanes = d->p->lanes;

    *step = in_rows(d) ? lanes : 1;
    *first = in_rows(d) ? lane : cell_of(d, o, 0) % lanes == lane ? 0 : d->g->each;
}

static uint32_t lanes_of(const struct delivery *d, uint32_t r)
{
    return d->o->team->lanes[r];
}

/* Sums that rank `from` gives to rank `to`. */
static size_t sums_between(const struct delivery *d, uint32_t from, uint32_t to)
{
    const size_t each = d->g->each;
    size_t count = 0, first, end, at, next, step;

    if (count_of(d, from) == 0)
        return 0;
    share_of(d, to, &first, &end);
    for (uint32_t k = d->start[from]; k < d->start[from + 1]; k++) {
        part_of(d, d->order[k], first, end, &at, &next);
        count += next - at;
        for (uint32_t lane = 0; lane < d->p->lanes; lane++) {
            if (!(lanes_of(d, to) >> lane & 1))
                continue;
            in_lane(d, d->order[k], lane, &at, &step);
            count += (each - at + step - 1) / step;
        }
    }
    return count;
}

/* Bytes of rank r's values, and of what else it tells of them. */
static size_t values_from(const struct delivery *d, uint32_t r)
{
    const size_t extra = d->b->kind == HCL_BLOCK_SCORES ? 2 * sizeof(int64_t) : 0;

    return count_of(d, r) * (d->g->each * (size_t)d->value_bytes + extra);
}

static size_t message_of(const struct delivery *d, uint32_t from, size_t sums)
{
    return count_of(d, from) ? values_from(d, from) + sums * (size_t)d->sum_bytes + DIGEST : 0;
}

static void pack_sums(const struct delivery *d, uint32_t to, uint8_t *out)
{
    const size_t each = d->g->each;
    const struct hcl_outputs *o = d->o;
    size_t first, end, at, next, step;

    share_of(d, to, &first, &end);
    for (uint32_t k = 0; k < o->count; k++) {
        part_of(d, o->mine[k], first, end, &at, &next);
        for (; at < next; at++)
            out = put(out, d->z[k * each + at], d->sum_bytes);
    }
    for (uint32_t lane = 0; lane < d->p->lanes; lane++)
        for (uint32_t k = 0; lanes_of(d, to) >> lane & 1 && k < o->count; k++) {
            in_lane(d, o->mine[k], lane, &at, &step);
            for (; at < each; at += step)
                out = put(out, d->z[k * each + at], d->sum_bytes);
        }
}

/* Quotients and remainders of one rank's sums in this rank's lanes. */
static void open_lanes(const struct delivery *d, uint32_t from, const uint8_t *in)
{
    const uint32_t lanes = d->p->lanes;
    size_t at, step;

    for (uint32_t lane = 0; lane < lanes; lane++)
        for (uint32_t k = d->start[from]; lanes_of(d, d->rank) >> lane & 1 && k < d->start[from + 1]; k++) {
            in_lane(d, d->order[k], lane, &at, &step);
            for (; at < d->g->each; at += step, in += d->sum_bytes) {
                const size_t row = cell_of(d, d->order[k], at) / lanes;
                hcl_sum_divide(d->p, (uint32_t)row, get(in, d->sum_bytes), &d->cells->lane_q[lane][row],
                               &d->cells->lane_r[lane][row]);
            }
        }
}

/* One rank's sums of the share [first, end) into z; behind them are those of lanes. */
static const uint8_t *open_share(const struct delivery *d, uint32_t from, const uint8_t *in, size_t first,
                                 size_t end, int64_t *z)
{
    size_t at, next;

    for (uint32_t k = d->start[from]; k < d->start[from + 1]; k++) {
        const uint32_t o = d->order[k];
        part_of(d, o, first, end, &at, &next);
        const size_t to = o * (in_rows(d) ? d->g->each : end - first);
        for (; at < next; at++, in += d->sum_bytes)
            z[to + at - first] = get(in, d->sum_bytes);
    }
    return in;
}

/* The cells of this rank's rows. */
static void store_share(const struct delivery *d, size_t first, size_t end, const int64_t *z)
{
    if (in_rows(d)) {
        (void)hcl_block_store(d->p, d->cells, d->g->first + first, z, 1, end - first);
        return;
    }
#pragma omp parallel for schedule(static) if ((end - first) * d->o->all > MIN_PARALLEL)
    for (size_t at = first; at < end; at++)
        (void)hcl_block_store(d->p, d->cells, cell_of(d, 0, at), z + (at - first), end - first, d->o->all);
}

/* Sums that have come, into cells. */
static hcl_status take_sums(const struct delivery *d, struct hcl_err *err)
{
    size_t first, end;
    int64_t *z = NULL;
    hcl_status st;

    share_of(d, d->rank, &first, &end);
    const size_t count = in_rows(d) ? end - first : d->o->all * (end - first);
    HCL_TRY(hcl_mem_alloc((void **)&z, count + 1, sizeof *z, "activations", err));
    for (uint32_t r = 0; r < d->ranks; r++)
        open_lanes(d, r, open_share(d, r, d->in + d->at[r] + values_from(d, r), first, end, z));
    store_share(d, first, end, z);
done:
    hcl_mem_free_secret(z);
    return st;
}

/* ---- values ---- */

/* Of this rank's sums, their values; the first one in the block's order whose quotient left its table is
 * *bad. */
static void find_values(struct delivery *d, uint64_t *bad, uint64_t *bits)
{
    const struct hcl_outputs *o = d->o;
    const size_t each = d->g->each;
    uint64_t least = UINT64_MAX, all = 0;

#pragma omp parallel for schedule(static) reduction(min                                                      \
                                                    : least)                                                 \
    reduction(|                                                                                              \
              : all) if (o->count * each > MIN_PARALLEL)
    for (uint32_t k = 0; k < o->count; k++)
        for (size_t i = 0; i < each; i++) {
            const size_t cell = cell_of(d, o->mine[k], i);
            const uint64_t place = in_rows(d) ? o->mine[k] * each + i : i * o->all + o->mine[k];
            int64_t *y = &d->values[k * each + i];
            if (!hcl_sum_value(d->p, cell, d->z[k * each + i], y) && place < least)
                least = place;
            all |= (uint64_t)(*y ^ (*y >> 63));
        }
    *bad = least;
    *bits = all;
}

/* In the order of cells. */
static void pack_values(const struct delivery *d, uint8_t *out)
{
    const struct hcl_outputs *o = d->o;
    const size_t each = d->g->each;

    for (size_t k = 0; in_rows(d) && k < o->count * each; k++)
        out = put(out, d->values[k], d->value_bytes);
    for (size_t i = 0; !in_rows(d) && i < each; i++)
        for (size_t k = 0; k < o->count; k++)
            out = put(out, d->values[k * each + i], d->value_bytes);
    for (uint32_t k = 0; d->b->kind == HCL_BLOCK_SCORES && k < o->count; k++) {
        out = put(out, d->cells->y[d->b->factor + o->mine[k]], sizeof(int64_t));
        out = put(out, d->b->res_at ? d->cells->y[d->b->shift + o->mine[k]] : 0, sizeof(int64_t));
    }
}

/* Neighbours. */
static void open_run(int64_t *y, const uint8_t *in, size_t count, int width)
{
    int16_t v;

    if (width == 1)
        for (size_t i = 0; i < count; i++)
            y[i] = get_byte(in[i]);
    else if (width == 2)
        for (size_t i = 0; i < count; i++) {
            memcpy(&v, in + 2 * i, sizeof v);
            y[i] = v;
        }
    else
        for (size_t i = 0; i < count; i++)
            y[i] = get(in + i * (size_t)width, width);
}

/* The values of all outputs at one position, cells that follow each other. */
static void open_position(const struct delivery *d, size_t i)
{
    int64_t *y = d->cells->y + cell_of(d, 0, i);
    const int width = d->value_bytes;
    int16_t v;

    for (uint32_t r = 0; r < d->ranks; r++) {
        const uint32_t *order = d->order + d->start[r], count = count_of(d, r);
        const uint8_t *from = d->in + d->at[r] + i * count * (size_t)width;
        if (width == 1)
            for (uint32_t k = 0; k < count; k++)
                y[order[k]] = get_byte(from[k]);
        else if (width == 2)
            for (uint32_t k = 0; k < count; k++) {
                memcpy(&v, from + 2 * (size_t)k, sizeof v);
                y[order[k]] = v;
            }
        else
            for (uint32_t k = 0; k < count; k++)
                y[order[k]] = get(from + k * (size_t)width, width);
    }
}

static void open_outputs(const struct delivery *d, uint32_t from, const uint8_t *in)
{
    const size_t each = d->g->each, bytes = each * (size_t)d->value_bytes;
    const uint32_t count = count_of(d, from), *order = d->order + d->start[from];

#pragma omp parallel for schedule(static) if (count * each > MIN_PARALLEL)
    for (uint32_t k = 0; k < (in_rows(d) ? count : 0); k++)
        open_run(d->cells->y + cell_of(d, order[k], 0), in + k * bytes, each, d->value_bytes);
    for (uint32_t k = 0; d->b->kind == HCL_BLOCK_SCORES && k < count; k++) {
        const uint8_t *of = in + count * bytes + 2 * k * sizeof(int64_t);
        const uint32_t most = d->b->factor + order[k], masked = d->b->shift + order[k];
        d->cells->q[most] = d->cells->y[most] = get(of, sizeof(int64_t));
        if (d->b->res_at)
            d->cells->q[masked] = d->cells->y[masked] = get(of + sizeof(int64_t), sizeof(int64_t));
    }
}

static hcl_status take_values(const struct delivery *d, struct hcl_err *err)
{
    for (uint32_t r = 0; r < d->ranks; r++) {
        if (!sealed(d->in + d->at[r], d->from[r]))
            return hcl_fail(err, HCL_NO_RESOURCE, "activations from rank %u arrived damaged", r);
        open_outputs(d, r, d->in + d->at[r]);
    }
#pragma omp parallel for schedule(static) if (d->o->all * d->g->each > MIN_PARALLEL)
    for (size_t i = 0; i < (in_rows(d) ? 0 : d->g->each); i++)
        open_position(d, i);
    return HCL_OK;
}

/* ---- */

static hcl_status list_outputs(struct delivery *d, struct hcl_err *err)
{
    const struct hcl_outputs *o = d->o;

    d->order = calloc((size_t)o->all + 1, sizeof *d->order);
    d->start = calloc((size_t)d->ranks + 2, sizeof *d->start);
    d->to = calloc(5 * (size_t)d->ranks, sizeof *d->to);
    if (!d->order || !d->start || !d->to)
        return hcl_fail(err, HCL_NO_RESOURCE, "out of memory for %u outputs", o->all);
    d->from = d->to + d->ranks;
    d->at = d->from + d->ranks;
    d->sums_to = d->at + d->ranks;
    d->sums_from = d->sums_to + d->ranks;
    for (uint32_t i = 0; i < o->all; i++)
        d->start[o->rank[i] + 2]++;
    for (uint32_t r = 0; r < d->ranks; r++)
        d->start[r + 2] += d->start[r + 1];
    for (uint32_t i = 0; i < o->all; i++)
        d->order[d->start[o->rank[i] + 1]++] = i;
    return hcl_mem_alloc((void **)&d->values, o->count * d->g->each + 1, sizeof *d->values, "activations",
                         err);
}

static void count_sums(const struct delivery *d)
{
    for (uint32_t r = 0; r < d->ranks; r++) {
        d->sums_to[r] = sums_between(d, d->rank, r);
        d->sums_from[r] = sums_between(d, r, d->rank);
    }
}

/* Where messages lie with integers of so many bytes; returns what those from this rank take, *in: those to
 * it. */
static size_t lay_out(struct delivery *d, uint64_t sum_bytes, uint64_t value_bytes, size_t *in)
{
    size_t out = 0;

    d->sum_bytes = (int)sum_bytes;
    d->value_bytes = (int)value_bytes;
    *in = 0;
    for (uint32_t r = 0; r < d->ranks; r++) {
        d->at[r] = *in;
        out += d->to[r] = message_of(d, d->rank, d->sums_to[r]);
        *in += d->from[r] = message_of(d, r, d->sums_from[r]);
    }
    return out;
}

static hcl_status take_room(struct delivery *d, uint64_t sum_bytes, uint64_t value_bytes, struct hcl_err *err)
{
    size_t in, out = lay_out(d, sum_bytes, value_bytes, &in);
    hcl_status st;

    hcl_mem_free_secret(d->out);
    hcl_mem_free_secret(d->in);
    d->out = d->in = NULL;
    HCL_TRY(hcl_mem_alloc((void **)&d->out, out + 1, 1, "activations", err));
    HCL_TRY(hcl_mem_alloc((void **)&d->in, in + 1, 1, "activations", err));
done:
    return st;
}

/* A message's values are the same for all. */
static void pack(const struct delivery *d)
{
    const size_t values = values_from(d, d->rank);

    if (d->o->count == 0)
        return;
    pack_values(d, d->out);
#pragma omp parallel for schedule(dynamic, 1) if (d->o->count * d->g->each > MIN_PARALLEL)
    for (uint32_t r = 0; r < d->ranks; r++) {
        uint8_t *message = d->out;
        for (uint32_t before = 0; before < r; before++)
            message += d->to[before];
        if (r > 0)
            memcpy(message, d->out, values);
        pack_sums(d, r, message + values);
        seal(message, d->to[r]);
    }
}

static void delivery_clear(struct delivery *d)
{
    free(d->order);
    free(d->start);
    free(d->to);
    hcl_mem_free_secret(d->values);
    hcl_mem_free_secret(d->out);
    hcl_mem_free_secret(d->in);
}

/* The sum that is number `bad` in the order of find_values. */
static hcl_status out_of_range(const struct delivery *d, uint64_t bad, struct hcl_err *err)
{
    const struct hcl_block *b = d->b;
    const size_t each = d->g->each, all = d->o->all;

    if (in_rows(d))
        return hcl_block_out_of_range(d->p, b, bad / each,
                                      (int64_t)(bad % each) - (int64_t)b->front_rows * d->p->lanes, err);
    if (b->kind == HCL_BLOCK_DENSE)
        return hcl_block_out_of_range(d->p, b, 0, (int64_t)bad, err);
    return hcl_block_out_of_range(d->p, b, bad % all, (int64_t)(bad / all), err);
}

hcl_status hcl_outputs_deliver(const struct hcl_outputs *o, hcl_status st, const struct hcl_program *p,
                               const struct hcl_block *b, const struct hcl_grid *g, struct hcl_cells *cells,
                               const int64_t *z, struct hcl_err *err)
{
    struct hcl_witness_team *team = o->team;
    struct delivery d = { .o = o,
                          .g = g,
                          .p = p,
                          .b = b,
                          .cells = cells,
                          .ranks = hcl_team_ranks(team),
                          .rank = hcl_team_rank(team),
                          .z = z };
    const uint64_t usual = (uint64_t)hcl_block_width(p, b);
    uint64_t most[3] = { usual, 1, 0 }, bad = UINT64_MAX, bits = 0;
    size_t in;

    if (st == HCL_OK)
        st = list_outputs(&d, err);
    if (st == HCL_OK) {
        count_sums(&d);
        st = take_room(&d, usual, usual, err);
    }
    team->ended = true;
    if (st == HCL_OK) {
        find_values(&d, &bad, &bits);
        most[0] = (uint64_t)hcl_bytes_of_all(d.z, o->count * g->each, (int)usual);
        most[1] = (uint64_t)hcl_bytes_of(bits);
        most[2] = UINT64_MAX - bad;
    }
    HCL_TRY(hcl_comm_agree_max(team->comm, st, most, 3, err));
    HCL_ASSERT(d.at != NULL && d.out != NULL); /* else st was a failure */
    bad = UINT64_MAX - most[2];
    if (most[0] > usual || most[1] > usual)
        HCL_TRY(hcl_comm_agree(team->comm, take_room(&d, most[0], most[1], err), err));
    else
        (void)lay_out(&d, most[0], most[1], &in);
    team->ended = false;
    if (bad != UINT64_MAX) {
        st = out_of_range(&d, bad, err);
        goto done;
    }
    pack(&d);
    hcl_comm_alltoallv(team->comm, d.out, d.to, d.in, d.from);
    /* What fails from here on is agreed on with the next block, or at the end. */
    HCL_TRY(take_values(&d, err));
    HCL_TRY(take_sums(&d, err));
done:
    delivery_clear(&d);
    return st;
}
