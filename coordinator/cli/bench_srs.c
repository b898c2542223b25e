/* SPDX-License-Identifier: Apache-2.0 */
/* Times of making SRS points: all of a development SRS, and Lagrange points from powers of tau alone. */
#include "coordinator/cli/bench_internal.h"

#include "common/halo2/srs.h"

struct work {
    struct hcl_srs srs;
    uint32_t k;
    int threads;
};

static hcl_status create(void *p, struct hcl_err *err)
{
    struct work *w = p;
    static const uint8_t seed[32] = { 1 };
    hcl_srs_clear(&w->srs);
    return hcl_srs_create_unsafe(&w->srs, w->k, seed, w->threads, err);
}

static hcl_status derive(void *p, struct hcl_err *err)
{
    struct work *w = p;
    return hcl_srs_derive_lagrange(&w->srs, w->threads, err);
}

hcl_status hcl_bench_srs(struct hcl_bench *b, struct hcl_err *err)
{
    static const struct {
        const char *name;
        hcl_bench_run *run;
    } kinds[] = { { "create", create }, { "lagrange", derive } };
    const double n = (double)((size_t)1 << b->log_n);
    struct work w = { .k = (uint32_t)b->log_n, .threads = b->cli->threads };
    json_t *list = json_array();
    hcl_status st;
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        struct hcl_bench_time time;
        HCL_TRY(hcl_bench_measure(&time, b, kinds[i].run, NULL, &w, err));
        /* two points of each power; a butterfly for each half of a layer */
        const double each = i == 0 ? 2 * n : n / 2 * (double)b->log_n, gb = n * 128 / time.median * 1e-9;
        json_t *o = hcl_bench_object(b, kinds[i].name, time);
        json_object_set_new(o, "log_n", json_integer(b->log_n));
        json_object_set_new(o, "cpu_s", json_real(time.cpu));
        json_object_set_new(o, i == 0 ? "ns_per_point" : "ns_per_butterfly",
                            json_real(time.cpu / each * 1e9));
        json_array_append_new(list, o);
        if (!b->cli->json)
            printf("srs %-8s 2^%ld, %d threads: median %.4g s, best %.4g s, CPU %.4g s, %.0f ns of it per "
                   "%s, %.2g GB/s\n",
                   kinds[i].name, b->log_n, b->cli->threads, time.median, time.best, time.cpu,
                   time.cpu / each * 1e9, i == 0 ? "point" : "butterfly", gb);
    }
    st = hcl_cli_emit(b->cli, json_pack("{s:O}", "results", list), err, NULL);
done:
    json_decref(list);
    hcl_srs_clear(&w.srs);
    return st;
}
