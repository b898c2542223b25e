/* SPDX-License-Identifier: Apache-2.0 */
#include "coordinator/cli/bench_internal.h"

#include "common/curve/msm.h"
#include "common/sys/mem.h"

struct work {
    hcl_fr *scalars;
    hcl_g1 *bases;
    size_t n;
    int threads;
    hcl_g1_jac sum;
};

static hcl_status run(void *p, struct hcl_err *err)
{
    struct work *w = p;
    return hcl_msm(&w->sum, w->scalars, w->bases, w->n, w->threads, err);
}

/* Distinct points: G, G + D, G + 2D, ... */
static void fill_bases(hcl_g1 *out, size_t n)
{
    enum { BLOCK = 1024 };
    static hcl_g1_jac walk[BLOCK];
    hcl_fr stride;
    hcl_g1 step;
    hcl_g1_jac now;
    hcl_bench_fill(&stride, 1, 1);
    hcl_g1_mul(&now, &hcl_g1_generator, &stride);
    hcl_g1_jac_to_affine(&step, &now);
    hcl_g1_jac_from_affine(&now, &hcl_g1_generator);
    for (size_t first = 0; first < n; first += BLOCK) {
        const size_t count = n - first < BLOCK ? n - first : BLOCK;
        for (size_t i = 0; i < count; i++) {
            walk[i] = now;
            hcl_g1_jac_add_affine(&now, &now, &step);
        }
        hcl_g1_jac_to_affine_vec(out + first, walk, count);
    }
}

static void fill_scalars(hcl_fr *out, size_t n, long bits, bool is_signed)
{
    hcl_bench_fill(out, n, 2);
    if (bits >= 254)
        return;
    for (size_t i = 0; i < n; i++) {
        uint64_t limbs[4];
        hcl_fr_to_limbs(limbs, &out[i]);
        hcl_fr v = hcl_fr_zero, half;
        hcl_fr_from_u64(&half, (uint64_t)1 << 32);
        for (long bit = 224; bit >= 0;
             bit -= 32) { /* Horner over 32-bit digits, those above `bits` cut off */
            const long left = bits - bit;
            uint64_t digit = limbs[bit / 64] >> (bit % 64) & 0xffffffff;
            digit = left <= 0 ? 0 : left < 32 ? digit & (((uint64_t)1 << left) - 1) : digit;
            hcl_fr d;
            hcl_fr_from_u64(&d, digit);
            hcl_fr_mul(&v, &v, &half);
            hcl_fr_add(&v, &v, &d);
        }
        out[i] = v;
        if (is_signed && i % 2 != 0)
            hcl_fr_neg(&out[i], &out[i]);
    }
}

hcl_status hcl_bench_msm_time(struct hcl_bench_time *out, const struct hcl_bench *b, struct hcl_err *err)
{
    hcl_status st;
    struct work w = { .n = (size_t)1 << b->log_n, .threads = b->cli->threads };
    void *p;
    HCL_TRY(hcl_mem_alloc(&p, w.n, sizeof *w.scalars, "bench scalars", err));
    w.scalars = p;
    HCL_TRY(hcl_mem_alloc(&p, w.n, sizeof *w.bases, "bench points", err));
    w.bases = p;
    fill_bases(w.bases, w.n);
    fill_scalars(w.scalars, w.n, b->bits, b->is_signed);
    for (size_t i = 0; i < w.n; i++)
        w.scalars[i] = w.scalars[i - i % (size_t)b->runs];
    HCL_TRY(hcl_bench_measure(out, b, run, NULL, &w, err));
done:
    hcl_mem_free(w.scalars);
    hcl_mem_free(w.bases);
    return st;
}

hcl_status hcl_bench_msm(struct hcl_bench *b, struct hcl_err *err)
{
    struct hcl_bench_time time;
    const double n = (double)((size_t)1 << b->log_n);
    const hcl_status st = hcl_bench_msm_time(&time, b, err);
    if (st != HCL_OK)
        return st;
    const double each = time.median / n, gb = n * 96 / time.median * 1e-9;
    json_t *o = hcl_bench_object(b, "msm", time);
    json_object_set_new(o, "log_n", json_integer(b->log_n));
    json_object_set_new(o, "bits", json_integer(b->bits));
    json_object_set_new(o, "signed", json_boolean(b->is_signed));
    json_object_set_new(o, "runs", json_integer(b->runs));
    json_object_set_new(o, "ns_per_point", json_real(each * 1e9));
    json_object_set_new(o, "cycles_per_point", json_real(each / b->cycle_seconds));
    json_object_set_new(o, "input_gb_per_s", json_real(gb));
    return hcl_cli_emit(
        b->cli, o, err,
        "msm 2^%ld, %ld-bit%s scalars, %d threads: median %.4f s, best %.4f s, %.0f cycles per point, "
        "%.2f GB/s of input\n",
        b->log_n, b->bits, b->is_signed ? " signed" : "", b->cli->threads, time.median, time.best,
        each / b->cycle_seconds, gb);
}
