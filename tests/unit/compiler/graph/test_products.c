/* SPDX-License-Identifier: Apache-2.0 */
/* Window products against the definition, over strides, paddings, kernels and sizes around the gathered
 * pieces. */
#include "tests/support/test.h"

#include "common/sys/mem.h"
#include "compiler/graph/products.h"

static uint32_t state;

static int draw(int most)
{
    state = state * 1664525u + 1013904223u;
    return (int)(state >> 8) % (2 * most + 1) - most;
}

static int64_t want(const struct hcl_windows *w, const double *x, const int64_t *f, uint32_t o, uint32_t p)
{
    int64_t sum = 0;
    for (int64_t ky = 0; ky < w->kernel_h; ky++)
        for (int64_t kx = 0; kx < w->kernel_w; kx++) {
            const int64_t image = p / w->out_w / w->out_h;
            const int64_t y =
                (int64_t)(p / w->out_w % w->out_h) * w->stride_y + ky * (w->gap_y + 1) - w->pad_top;
            const int64_t c = (int64_t)(p % w->out_w) * w->stride_x + kx * (w->gap_x + 1) - w->pad_left;
            if (y < 0 || y >= w->height || c < 0 || c >= w->width)
                continue;
            for (int64_t i = 0; i < w->channels; i++)
                sum += f[((o * w->kernel_h + ky) * w->kernel_w + kx) * w->channels + i] *
                       (int64_t)x[((image * w->height + y) * w->width + c) * w->channels + i];
        }
    return sum;
}

/* Of images that are doubles side by side, or floats each of which is elsewhere. */
static void check(const struct hcl_windows *w, bool floats, int threads)
{
    const size_t x_len = (size_t)w->images * w->height * w->width * w->channels;
    const size_t positions = (size_t)w->images * w->out_h * w->out_w;
    const size_t depth = (size_t)w->kernel_h * w->kernel_w * w->channels;
    double *x = calloc(x_len, sizeof *x), *out;
    const float *image[HCL_MOST_BATCH];
    float *apart = calloc(x_len + HCL_MOST_BATCH, sizeof *apart);
    const struct hcl_window_images images = { floats ? NULL : x, floats ? image : NULL };
    int64_t *f = calloc(w->outputs * depth, sizeof *f);
    const struct hcl_gemm_a filters = { f, HCL_GEMM_I64, depth };
    struct hcl_err err;
    assert_true(x && f && apart);
    for (size_t i = 0; i < x_len; i++)
        x[i] = draw(1 << 15);
    for (size_t i = 0; i < w->images; i++) { /* the last one first, an element between them */
        float *here = apart + (w->images - 1 - i) * (x_len / w->images + 1);
        for (size_t k = 0; k < x_len / w->images; k++)
            here[k] = (float)x[i * (x_len / w->images) + k];
        image[i] = here;
    }
    for (size_t i = 0; i < w->outputs * depth; i++)
        f[i] = draw(1 << 15);
    assert_ok(hcl_window_products(&out, w, &images, &filters, threads, &err), err);
    for (uint32_t o = 0; o < w->outputs; o++)
        for (uint32_t p = 0; p < positions; p++)
            assert_true(out[o * positions + p] == (double)want(w, x, f, o, p));
    hcl_mem_free_secret(out);
    free(x);
    free(apart);
    free(f);
}

static void windows(void **unused)
{
    (void)unused;
    const struct hcl_windows cases[] = {
        { 5, 7, 3, 3, 3, 1, 1, 1, 1, 5, 7, 4, 1, 0, 0 },
        { 5, 7, 3, 3, 2, 2, 3, 1, 0, 2, 2, 9, 1, 0, 0 },
        { 1, 1, 40, 1, 1, 1, 1, 0, 0, 1, 1, 33, 1, 0, 0 },
        { 1, 13, 6, 1, 1, 1, 1, 0, 0, 1, 13, 5, 1, 0, 0 },
        { 4, 4, 2, 4, 4, 1, 1, 0, 0, 1, 1, 3, 1, 0, 0 },
        { 3, 3, 1, 5, 5, 1, 1, 2, 2, 3, 3, 1, 1, 0, 0 },
        { 7, 9, 3, 3, 3, 1, 1, 2, 3, 7, 9, 4, 1, 1, 2 },
        { 9, 8, 2, 2, 3, 1, 1, 0, 0, 5, 4, 3, 2, 3, 1 },
        { 60, 60, 40, 3, 3, 1, 1, 1, 1, 60, 60, 2, 1, 0, 0 }, /* two pieces */
        { 5, 7, 3, 3, 2, 2, 3, 1, 0, 2, 2, 9, 8, 0, 0 },
        { 1, 1, 40, 1, 1, 1, 1, 0, 0, 1, 1, 33, 3, 0, 0 },
        { 4, 4, 2, 4, 4, 1, 1, 0, 0, 1, 1, 3, 5, 0, 0 },
        { 30, 30, 40, 3, 3, 1, 1, 1, 1, 30, 30, 2, 5, 0, 0 }, /* pieces that end inside an image */
    };
    state = 7;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        for (int floats = 0; floats < 2; floats++)
            check(&cases[i], floats == 1, 1 + (int)(i % 2));
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(windows) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
