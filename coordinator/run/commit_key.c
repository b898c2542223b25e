/* SPDX-License-Identifier: Apache-2.0 */
#include "coordinator/run/commit_key.h"

#include "common/sys/log.h"
#include "worker/rounds/commit.h"

#include <string.h>

#define AT_A_TIME 8 /* columns of a rank between two visits to a cache; enough to share threads well */

struct column {
    uint32_t owner;
    struct hcl_scalars scalars; /* at the owner */
    bool done;
};

/* What an owner finds in its cache. The one behind those of the columns says whether it has a cache. */
struct finding {
    uint64_t found;
    hcl_g1 point;
};

/* Columns that are committed together. */
struct batch {
    size_t count;
    size_t *column;
    uint32_t *owner;
    struct hcl_scalars *scalars;
    hcl_g1 *point;
};

struct job {
    struct hcl_team *team;
    const struct hcl_commit_cache *cache;
    bool keep; /* until that fails */
    size_t count, found, at_a_time;
    struct column *column;
    uint8_t (*id)[HCL_COMMIT_ID_BYTES]; /* per column */
    struct finding *finding;            /* [ranks + 1][count + 1]: those of all, and what is sent */
    struct batch batch;
    uint32_t *taken; /* of each rank for the batch */
};

static void job_clear(struct job *j)
{
    free(j->column);
    free(j->id);
    free(j->finding);
    free(j->batch.column);
    free(j->batch.owner);
    free(j->batch.scalars);
    free(j->batch.point);
    free(j->taken);
}

static hcl_status job_init(struct job *j, const struct hcl_pk *pk, const struct hcl_plan *plan,
                           struct hcl_err *err)
{
    const size_t fixed = pk->circuit->num_fixed, ranks = (size_t)j->team->ranks, room = j->count + 1;
    struct hcl_ids ids;
    j->column = calloc(room, sizeof *j->column);
    j->id = calloc(room, sizeof *j->id);
    j->finding = calloc(room * (ranks + 1), sizeof *j->finding);
    j->taken = calloc(ranks, sizeof *j->taken);
    j->batch.column = calloc(room, sizeof *j->batch.column);
    j->batch.owner = calloc(room, sizeof *j->batch.owner);
    j->batch.scalars = calloc(room, sizeof *j->batch.scalars);
    j->batch.point = calloc(room, sizeof *j->batch.point);
    if (!j->column || !j->id || !j->finding || !j->taken || !j->batch.column || !j->batch.owner ||
        !j->batch.scalars || !j->batch.point)
        return hcl_fail(err, HCL_NO_RESOURCE, "out of memory for %zu columns", j->count);
    hcl_ids_init(&ids, pk->circuit);
    for (size_t i = 0; i < j->count; i++) {
        const bool is_fixed = i < fixed;
        const size_t index = is_fixed ? i : i - fixed;
        j->column[i].owner = plan->owner[hcl_id(&ids, is_fixed ? HCL_POLY_FIXED : HCL_POLY_SIGMA, index)];
        if (is_fixed)
            j->column[i].scalars.compact = &pk->circuit->fixed[index];
        else
            j->column[i].scalars.values = pk->sigma[index];
    }
    return HCL_OK;
}

static bool is_mine(const struct job *j, size_t i)
{
    return j->column[i].owner == (uint32_t)j->team->rank;
}

static void column_id(uint8_t id[HCL_COMMIT_ID_BYTES], const struct hcl_commit_cache *cache,
                      const struct hcl_scalars *scalars)
{
    if (scalars->values)
        hcl_commit_cache_id(id, cache, scalars->values);
    else
        hcl_commit_cache_id_compact(id, cache, scalars->compact);
}

/* Owners look up their columns, all learn what was found. Without any cache there is one batch. */
static void look_up(struct job *j, hcl_g1 *points)
{
    const size_t ranks = (size_t)j->team->ranks, stride = j->count + 1;
    struct finding *mine = j->finding + stride * ranks;
#pragma omp parallel for schedule(dynamic, 1) num_threads(j->team->threads)
    for (size_t i = 0; i < j->count; i++)
        if (j->cache && is_mine(j, i)) {
            column_id(j->id[i], j->cache, &j->column[i].scalars);
            mine[i].found = hcl_commit_cache_find(&mine[i].point, j->cache, j->id[i]);
        }
    mine[j->count].found = j->cache != NULL;
    hcl_comm_allgather(j->team->comm, mine, j->finding, stride * sizeof *mine);
    for (size_t i = 0; i < j->count; i++) {
        const struct finding *f = &j->finding[j->column[i].owner * stride + i];
        j->column[i].done = f->found != 0;
        j->found += f->found != 0;
        points[i] = f->point;
    }
    j->at_a_time = SIZE_MAX;
    for (size_t r = 0; r < ranks; r++)
        if (j->finding[r * stride + j->count].found)
            j->at_a_time = AT_A_TIME;
}

/* The first columns that are left to do, as many of each rank. */
static void next_batch(struct job *j)
{
    struct batch *b = &j->batch;
    memset(j->taken, 0, (size_t)j->team->ranks * sizeof *j->taken);
    b->count = 0;
    for (size_t i = 0; i < j->count; i++) {
        struct column *c = &j->column[i];
        if (c->done || j->taken[c->owner] == j->at_a_time)
            continue;
        c->done = true;
        j->taken[c->owner]++;
        b->column[b->count] = i;
        b->owner[b->count] = c->owner;
        b->scalars[b->count++] = c->scalars;
    }
}

/* A cache that cannot be written is only worth a warning. */
static void keep(struct job *j, size_t i, const hcl_g1 *point)
{
    struct hcl_err err;
    if (!j->keep || !is_mine(j, i))
        return;
    j->keep = hcl_commit_cache_keep(j->cache, j->id[i], point, &err) == HCL_OK;
    if (!j->keep)
        hcl_log(HCL_LOG_WARNING, "commitments not kept: %s", err.msg);
}

/* The ids of this rank's columns, taken out of the job. */
static void hand_over(struct hcl_column_ids *ids, struct job *j)
{
    *ids = (struct hcl_column_ids){ .id = j->id, .found = j->found };
    for (size_t i = 0; j->cache && i < j->count; i++)
        if (is_mine(j, i))
            memmove(ids->id[ids->count++], j->id[i], sizeof *j->id);
    j->id = NULL;
}

hcl_status hcl_commit_key(hcl_g1 *points, struct hcl_column_ids *ids, const struct hcl_pk *pk,
                          const struct hcl_plan *plan, struct hcl_team *team,
                          const struct hcl_commit_cache *cache, struct hcl_err *err)
{
    struct job j = { .team = team,
                     .cache = cache && cache->folder ? cache : NULL,
                     .count = pk->circuit->num_fixed + pk->circuit->num_permutation };
    struct batch *b = &j.batch;
    hcl_status st;
    *ids = (struct hcl_column_ids){ 0 };
    j.keep = j.cache != NULL;
    HCL_TRY(hcl_comm_agree(team->comm, job_init(&j, pk, plan, err), err));
    look_up(&j, points);
    for (next_batch(&j); b->count > 0; next_batch(&j)) {
        HCL_TRY(hcl_commit_columns(team, b->owner, NULL, HCL_MOVED_INTEGERS, b->scalars, b->count, b->point,
                                   err));
        for (size_t i = 0; i < b->count; i++) {
            points[b->column[i]] = b->point[i];
            keep(&j, b->column[i], &b->point[i]);
        }
    }
    hand_over(ids, &j);
done:
    job_clear(&j);
    return st;
}
