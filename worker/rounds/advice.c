/* SPDX-License-Identifier: Apache-2.0 */
#include "worker/rounds/commit.h"
#include "worker/rounds/rounds.h"

#include "common/sys/mem.h"

#include <string.h>

static hcl_status load_instances(struct hcl_worker *w, const struct hcl_values *instances,
                                 struct hcl_err *err)
{
    const struct hcl_circuit *c = w->circuit;
    if (instances->count != c->num_instance)
        return hcl_fail(err, HCL_BAD_INPUT, "%zu instance columns given, the circuit has %u",
                        instances->count, c->num_instance);
    for (size_t i = 0; i < c->num_instance; i++) {
        size_t id = hcl_id(&w->store.ids, HCL_STORE_INSTANCE, i);
        if (instances->rows[i] > c->usable_rows)
            return hcl_fail(err, HCL_BAD_INPUT, "instance column %zu has %zu values, expected at most %zu", i,
                            instances->rows[i], c->usable_rows);
        if (!hcl_store_mine(&w->store, id))
            continue;
        hcl_status st = hcl_store_add(&w->store, id, err);
        if (st != HCL_OK)
            return st;
        if (instances->rows[i])
            memcpy(w->store.values[id], instances->columns[i], instances->rows[i] * sizeof(hcl_fr));
    }
    return HCL_OK;
}

hcl_status hcl_round_instance(struct hcl_worker *w, const struct hcl_values *instances, struct hcl_err *err)
{
    return hcl_comm_agree(w->team.comm, load_instances(w, instances, err), err);
}

/* This rank's columns of one phase; those that are not integers come first, with their buffers. */
struct mine {
    uint32_t *columns;
    hcl_fr **buffers;
    size_t count, wide;
};

static void list_mine(struct mine *m, const struct hcl_worker *w, uint32_t phase)
{
    const struct hcl_circuit *c = w->circuit;
    for (uint32_t i = 0; i < c->num_advice; i++)
        if (c->advice_phase[i] == phase &&
            hcl_store_mine(&w->store, hcl_id(&w->store.ids, HCL_POLY_ADVICE, i)))
            m->columns[m->count++] = i;
}

/* Into the store. */
static hcl_status take_integers(struct mine *m, struct hcl_worker *w, uint32_t phase,
                                const struct hcl_witness_source *witness, struct hcl_err *err)
{
    const size_t n = w->team.n;
    struct hcl_compact **out = calloc(m->count + 1, sizeof *out);
    if (!out)
        return hcl_fail(err, HCL_NO_RESOURCE, "out of memory for %zu columns", m->count);
    for (size_t i = 0; i < m->count; i++)
        out[i] = &w->store.compact[hcl_id(&w->store.ids, HCL_POLY_ADVICE, m->columns[i])];
    const hcl_status st = witness->integers(witness->ctx, phase, m->columns, m->count, n,
                                            n - w->circuit->usable_rows, out, w->team.threads, err);
    free(out);
    return st;
}

/* Columns of integers into the store, and buffers for the others. */
static hcl_status add_columns(struct mine *m, struct hcl_worker *w, uint32_t phase,
                              const struct hcl_witness_source *witness, struct hcl_err *err)
{
    hcl_status st = witness->integers ? take_integers(m, w, phase, witness, err) : HCL_OK;
    for (size_t i = 0; st == HCL_OK && i < m->count; i++) {
        const uint32_t column = m->columns[i];
        const size_t id = hcl_id(&w->store.ids, HCL_POLY_ADVICE, column);
        if (w->store.compact[id].n > 0)
            continue;
        st = hcl_store_add(&w->store, id, err);
        m->columns[i] = m->columns[m->wide];
        m->columns[m->wide] = column;
        m->buffers[m->wide++] = w->store.values[id];
    }
    return st;
}

/* What no gate reads. */
static hcl_status blind(struct hcl_worker *w, uint32_t column, hcl_fr *random, struct hcl_err *err)
{
    const size_t id = hcl_id(&w->store.ids, HCL_POLY_ADVICE, column), u = w->circuit->usable_rows;
    hcl_fr *values = w->store.values[id], *out = values ? values + u : random;
    const hcl_status st =
        w->blinding->fill(w->blinding->ctx, HCL_BLIND_ADVICE, column, u, w->team.n - u, out, err);
    if (st == HCL_OK && !values)
        hcl_compact_put(&w->store.compact[id], u, random, w->team.n - u);
    return st;
}

/* Columns of integers into the store, buffers for the others. */
static hcl_status prepare(struct mine *m, struct hcl_worker *w, uint32_t phase,
                          const struct hcl_witness_source *witness, struct hcl_err *err)
{
    const size_t most = w->circuit->num_advice + 1;
    m->columns = calloc(most, sizeof *m->columns);
    m->buffers = calloc(most, sizeof *m->buffers);
    if (!m->columns || !m->buffers)
        return hcl_fail(err, HCL_NO_RESOURCE, "out of memory for %zu columns", most);
    list_mine(m, w, phase);
    return add_columns(m, w, phase, witness, err);
}

static hcl_status blind_all(struct hcl_worker *w, const struct mine *m, struct hcl_err *err)
{
    hcl_fr *random;
    hcl_status st;
    HCL_TRY(hcl_mem_alloc((void **)&random, w->team.n - w->circuit->usable_rows, sizeof *random, "blinding",
                          err));
    for (size_t i = 0; i < m->count; i++)
        HCL_TRY(blind(w, m->columns[i], random, err));
done:
    hcl_mem_free_secret(random);
    return st;
}

hcl_status hcl_round_witness(struct hcl_worker *w, uint32_t phase, const struct hcl_witness_source *witness,
                             struct hcl_err *err)
{
    struct mine m = { 0 };
    hcl_status st;
    hcl_team_phase(&w->team, "witness");
    HCL_TRY(hcl_comm_agree(w->team.comm, prepare(&m, w, phase, witness, err), err));
    st = witness->fill(witness->ctx, phase, w->challenges.phase, m.columns, m.wide, m.buffers,
                       w->team.threads, err);
    if (st == HCL_OK)
        st = blind_all(w, &m, err);
    st = hcl_comm_agree(w->team.comm, st, err);
done:
    free(m.columns);
    free(m.buffers);
    return st;
}

hcl_status hcl_round_advice(struct hcl_worker *w, uint32_t phase, hcl_g1 *points, size_t *count,
                            struct hcl_err *err)
{
    const struct hcl_circuit *c = w->circuit;
    uint32_t *owner = calloc(c->num_advice + 1, sizeof *owner);
    struct hcl_scalars *columns = calloc(c->num_advice + 1, sizeof *columns);
    double *cost = calloc(c->num_advice + 1, sizeof *cost);
    hcl_status st = HCL_OK;
    hcl_team_phase(&w->team, "commit advice");
    *count = 0;
    if (!owner || !columns || !cost)
        st = hcl_fail(err, HCL_NO_RESOURCE, "out of memory for %u columns", c->num_advice);
    HCL_TRY(hcl_comm_agree(w->team.comm, st, err));
    for (uint32_t i = 0; i < c->num_advice; i++) {
        size_t id = hcl_id(&w->store.ids, HCL_POLY_ADVICE, i);
        if (c->advice_phase[i] != phase)
            continue;
        owner[*count] = w->store.owner[id];
        cost[*count] = w->advice_cost ? w->advice_cost[i] : 1;
        columns[*count].values = w->store.values[id];
        if (w->store.compact[id].n > 0)
            columns[*count].compact = &w->store.compact[id];
        (*count)++;
    }
    HCL_TRY(hcl_commit_columns(&w->team, owner, cost, phase == 0 ? HCL_MOVED_INTEGERS : HCL_MOVED_VALUES,
                               columns, *count, points, err));
done:
    free(owner);
    free(columns);
    free(cost);
    return st;
}
