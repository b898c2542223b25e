/* SPDX-License-Identifier: Apache-2.0 */
#include "compiler/quantize/small_conv.h"
#include "common/sys/mem.h"
#include <string.h>

enum { ALIGN = 8 }; /* products of one instruction */

/* Sum of magnitudes, each cut to 31 bits so that 2^32 of them fit; *most: the largest one. */
static uint64_t magnitudes(const int64_t *v, size_t n, uint64_t *most)
{
    uint64_t sum = 0;
    *most = 0;
    for (size_t i = 0; i < n; i++) {
        const uint64_t m = v[i] < 0 ? -(uint64_t)v[i] : (uint64_t)v[i];
        *most = m > *most ? m : *most;
        sum += m > INT32_MAX ? INT32_MAX : m;
    }
    return sum;
}

static bool small(const int64_t *image, size_t image_len, const int64_t *weights, uint32_t outputs,
                  size_t taps)
{
    uint64_t pixel, weight, sum, most_sum = 0, most_weight = 0;
    magnitudes(image, image_len, &pixel);
    for (uint32_t o = 0; o < outputs; o++) {
        sum = magnitudes(weights + o * taps, taps, &weight);
        most_sum = sum > most_sum ? sum : most_sum;
        most_weight = weight > most_weight ? weight : most_weight;
    }
    return pixel <= INT16_MAX && most_weight <= INT16_MAX && most_sum <= INT32_MAX &&
           pixel * most_sum <= INT32_MAX;
}

static void narrow(int16_t *to, const int64_t *from, size_t n)
{
    for (size_t i = 0; i < n; i++)
        to[i] = (int16_t)from[i];
}

hcl_status hcl_small_conv_init(struct hcl_small_conv *c, bool *fits, const int64_t *image, size_t image_len,
                               const int64_t *weights, uint32_t outputs, size_t taps, struct hcl_err *err)
{
    hcl_status st;
    void *filters, *pixels;
    *c = (struct hcl_small_conv){ 0 };
    *fits = small(image, image_len, weights, outputs, taps);
    if (!*fits)
        return HCL_OK;
    c->outputs = outputs;
    c->taps = taps;
    c->stride = (taps + ALIGN - 1) / ALIGN * ALIGN;
    c->image_len = image_len;
    HCL_TRY(hcl_mem_calloc(&filters, outputs * c->stride, sizeof *c->filters, "filters", err));
    c->filters = filters;
    HCL_TRY(hcl_mem_calloc(&pixels, image_len + c->stride, sizeof *c->image, "image", err));
    c->image = pixels;
    c->patch = c->image + image_len;
    for (uint32_t o = 0; o < outputs; o++)
        narrow(c->filters + o * c->stride, weights + o * taps, taps);
    narrow(c->image, image, image_len);
done:
    if (st != HCL_OK)
        hcl_small_conv_clear(c);
    return st;
}

void hcl_small_conv_clear(struct hcl_small_conv *c)
{
    hcl_mem_free(c->filters);
    hcl_mem_free_secret(c->image);
    *c = (struct hcl_small_conv){ 0 };
}

void hcl_small_conv_blank(struct hcl_small_conv *c)
{
    memset(c->patch, 0, c->taps * sizeof *c->patch);
}

void hcl_small_conv_gather(struct hcl_small_conv *c, size_t at, size_t from, size_t count)
{
    HCL_ASSERT(at + count <= c->taps && from + count <= c->image_len);
    memcpy(c->patch + at, c->image + from, count * sizeof *c->patch);
}

/* Every partial sum is within the bound, whatever the order. */
static int32_t dot(const int16_t *a, const int16_t *b, size_t n)
{
    int32_t sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += (int32_t)a[i] * b[i];
    return sum;
}

void hcl_small_conv_sums(const struct hcl_small_conv *c, int64_t *sums)
{
    for (uint32_t o = 0; o < c->outputs; o++)
        sums[o] = dot(c->filters + o * c->stride, c->patch, c->stride / ALIGN * ALIGN);
}
