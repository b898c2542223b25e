/* SPDX-License-Identifier: Apache-2.0 */
/* The prover's own transforms of columns to cosets (worker/rounds/coset.h), fresh memory and all, next to
 * plain transforms in place: CPU seconds per transform, and their ratio. */
#include "coordinator/cli/bench_internal.h"

#include "common/sys/clock.h"
#include "common/sys/mem.h"
#include "worker/rounds/coset.h"

#include <string.h>

enum { COLUMNS = 8, DEGREE = 4 };

struct work {
    struct hcl_circuit circuit;
    struct hcl_srs srs; /* empty: nothing is committed */
    struct hcl_comm *comm;
    struct hcl_domain domain;
    struct hcl_worker worker;
    struct hcl_coset coset;
    uint32_t owner[2 * COLUMNS]; /* one rank: all zero */
};

/* Columns that are all read in their own row, the one before and the one after, in a gate of DEGREE. */
static hcl_status make_circuit(struct hcl_circuit *c, uint32_t k, struct hcl_err *err)
{
    hcl_status st = HCL_OK;
    hcl_expr poly[COLUMNS];
    hcl_circuit_init(c, k);
    for (int i = 0; i < COLUMNS; i++) {
        uint32_t column;
        HCL_TRY(hcl_circuit_add_advice(c, 0, &column, err));
        const hcl_expr now = hcl_ex_advice(c, column, 0), before = hcl_ex_advice(c, column, -1),
                       after = hcl_ex_advice(c, column, 1);
        poly[i] = hcl_ex_mul(c, hcl_ex_mul(c, now, now), hcl_ex_mul(c, before, after));
    }
    HCL_TRY(hcl_circuit_add_gate(c, "bench", poly, COLUMNS, err));
    HCL_TRY(hcl_circuit_finish(c, err));
done:
    return st;
}

static hcl_status work_init(struct work *w, const struct hcl_bench *b, struct hcl_err *err)
{
    const struct hcl_pk no_key = { .circuit = &w->circuit };
    hcl_status st;
    HCL_TRY(hcl_comm_init_self(&w->comm, err));
    HCL_TRY(make_circuit(&w->circuit, (uint32_t)b->log_n, err));
    HCL_TRY(hcl_domain_init(&w->domain, w->circuit.k, err));
    HCL_TRY(hcl_worker_init(&w->worker, w->comm, &w->circuit, &no_key, &w->srs, &w->domain, w->owner, NULL,
                            b->cli->threads, err));
    for (size_t i = 0; i < COLUMNS; i++) {
        const size_t id = hcl_id(&w->worker.store.ids, HCL_POLY_ADVICE, i);
        HCL_TRY(hcl_store_add(&w->worker.store, id, err));
        hcl_bench_fill(w->worker.store.values[id], w->domain.n, i);
        w->worker.store.coeffs[id] = w->worker.store.values[id];
        w->worker.store.values[id] = NULL;
    }
done:
    return st;
}

static void work_clear(struct work *w)
{
    hcl_coset_clear(&w->coset);
    hcl_worker_clear(&w->worker);
    hcl_domain_clear(&w->domain);
    hcl_circuit_clear(&w->circuit);
    hcl_comm_finalize(w->comm);
}

/* As often as in a quotient. */
static hcl_status run_cosets(void *p, struct hcl_err *err)
{
    struct work *w = p;
    const hcl_status st = hcl_coset_init(&w->coset, &w->worker, HCL_COSET_PROOF, NULL, err);
    for (size_t i = 0; st == HCL_OK && i < hcl_coset_count(&w->circuit); i++) {
        hcl_fr g;
        hcl_coset_generator(&g, i);
        hcl_coset_load(&w->coset, &w->worker, &g, 0, NULL);
    }
    hcl_coset_clear(&w->coset);
    return st;
}

/* The same number of plain ones. */
static hcl_status run_plain(void *p, struct hcl_err *err)
{
    struct work *w = p;
    hcl_fr *const *columns = w->worker.store.coeffs + hcl_id(&w->worker.store.ids, HCL_POLY_ADVICE, 0);
    (void)err;
    for (size_t i = 0; i < hcl_coset_count(&w->circuit); i++)
        hcl_ntt_batch(&w->domain, columns, COLUMNS, w->worker.team.threads);
    return HCL_OK;
}

static void emit_one(json_t *list, const struct hcl_bench *b, const char *name, struct hcl_bench_time time,
                     double ratio)
{
    json_t *o = hcl_bench_object(b, name, time);
    json_object_set_new(o, "log_n", json_integer(b->log_n));
    json_object_set_new(o, "columns", json_integer(COLUMNS));
    json_object_set_new(o, "cpu_s", json_real(time.cpu));
    json_object_set_new(o, "cpu_ratio", json_real(ratio));
    json_array_append_new(list, o);
    if (!b->cli->json)
        printf("%-15s 2^%ld, %d threads: median %.3f ms, CPU time %.3f ms per transform, %.2f of a plain "
               "one's\n",
               name, b->log_n, b->cli->threads, 1e3 * time.median, 1e3 * time.cpu, ratio);
}

hcl_status hcl_bench_coset(struct hcl_bench *b, struct hcl_err *err)
{
    hcl_status st;
    struct work *w = calloc(1, sizeof *w);
    struct hcl_bench_time plain, coset;
    json_t *list = json_array();
    if (!w)
        HCL_TRY(hcl_fail(err, HCL_NO_RESOURCE, "out of memory for the benchmark"));
    HCL_TRY(work_init(w, b, err));
    const double transforms = (double)(COLUMNS * hcl_coset_count(&w->circuit));
    HCL_TRY(hcl_bench_measure(&plain, b, run_plain, NULL, w, err));
    HCL_TRY(hcl_bench_measure(&coset, b, run_cosets, NULL, w, err));
    plain =
        (struct hcl_bench_time){ plain.median / transforms, plain.best / transforms, plain.cpu / transforms };
    coset =
        (struct hcl_bench_time){ coset.median / transforms, coset.best / transforms, coset.cpu / transforms };
    emit_one(list, b, "plain", plain, 1);
    emit_one(list, b, "coset", coset, coset.cpu / plain.cpu);
    st = hcl_cli_emit(b->cli, json_pack("{s:O}", "results", list), err, NULL);
done:
    json_decref(list);
    if (w)
        work_clear(w);
    free(w);
    return st;
}
