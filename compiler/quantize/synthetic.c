/* SPDX-License-Identifier: Apache-2.0 */
#include "compiler/quantize/synthetic.h"
#include <math.h>
#include <stdbool.h>

enum { LATTICE = 9, MOST_STROKES = 6 };

struct canvas {
    uint64_t state;
    uint32_t h, w, c;
    float *out;
};

/* splitmix64, uniform in [0, 1). */
static double draw(struct canvas *v)
{
    uint64_t z = v->state += 0x9e3779b97f4a7c15u;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
    z = (z ^ z >> 27) * 0x94d049bb133111ebu;
    return (double)((z ^ z >> 31) >> 11) * 0x1p-53;
}

static float *at(const struct canvas *v, uint32_t y, uint32_t x)
{
    return v->out + ((size_t)y * v->w + x) * v->c;
}

static size_t length(const struct canvas *v)
{
    return (size_t)v->h * v->w * v->c;
}

static void noise(struct canvas *v)
{
    for (size_t i = 0; i < length(v); i++)
        v->out[i] = (float)draw(v);
}

static void specks(struct canvas *v)
{
    double density = draw(v);
    for (size_t i = 0; i < length(v); i++)
        v->out[i] = draw(v) < density ? 1 : 0;
}

static void level(struct canvas *v)
{
    for (uint32_t c = 0; c < v->c; c++) {
        float value = (float)draw(v);
        for (size_t i = c; i < length(v); i += v->c)
            v->out[i] = value;
    }
}

/* Random values on a lattice, interpolated, and stretched over [0, 1]. */
static void hills(struct canvas *v, uint32_t c)
{
    double node[LATTICE + 1][LATTICE + 1], steps = 2 + floor(draw(v) * (LATTICE - 2)), lo = 1, hi = 0;
    for (int i = 0; i <= LATTICE; i++)
        for (int j = 0; j <= LATTICE; j++)
            node[i][j] = draw(v);
    for (uint32_t y = 0; y < v->h; y++)
        for (uint32_t x = 0; x < v->w; x++) {
            double fy = y * steps / v->h, fx = x * steps / v->w;
            int i = (int)fy, j = (int)fx;
            fy -= i;
            fx -= j;
            double top = node[i][j] + fx * (node[i][j + 1] - node[i][j]);
            double bottom = node[i + 1][j] + fx * (node[i + 1][j + 1] - node[i + 1][j]);
            float value = (float)(top + fy * (bottom - top));
            at(v, y, x)[c] = value;
            lo = fmin(lo, (double)value);
            hi = fmax(hi, (double)value);
        }
    for (size_t i = c; i < length(v); i += v->c)
        v->out[i] = hi > lo ? (float)(((double)v->out[i] - lo) / (hi - lo)) : 0;
}

static void all_hills(struct canvas *v)
{
    for (uint32_t c = 0; c < v->c; c++)
        hills(v, c);
}

/* Black and white areas with sharp borders. */
static void shapes(struct canvas *v)
{
    all_hills(v);
    float border = (float)(0.2 + 0.6 * draw(v));
    for (size_t i = 0; i < length(v); i++)
        v->out[i] = v->out[i] > border ? 1 : 0;
}

struct stroke {
    double y, x, dy, dx, half_width;
};

static double distance(const struct stroke *s, double y, double x)
{
    double square = s->dy * s->dy + s->dx * s->dx;
    double along = square > 0 ? ((y - s->y) * s->dy + (x - s->x) * s->dx) / square : 0;
    along = fmin(fmax(along, 0), 1);
    y -= s->y + along * s->dy;
    x -= s->x + along * s->dx;
    return sqrt(y * y + x * x);
}

static void paint(struct canvas *v, const struct stroke *s)
{
    for (uint32_t y = 0; y < v->h; y++)
        for (uint32_t x = 0; x < v->w; x++)
            for (uint32_t c = 0; c < v->c; c++) {
                double ink = fmin(fmax(s->half_width + 0.5 - distance(s, y, x), 0), 1);
                at(v, y, x)[c] = fmaxf(at(v, y, x)[c], (float)ink);
            }
}

/* A few bright lines with soft edges on black: drawings, letters, digits. */
static void strokes(struct canvas *v)
{
    int count = 2 + (int)(draw(v) * (MOST_STROKES - 1));
    double size = v->h > v->w ? v->h : v->w, half_width = size * (0.02 + 0.06 * draw(v));
    for (size_t i = 0; i < length(v); i++)
        v->out[i] = 0;
    for (int k = 0; k < count; k++) {
        struct stroke s = { .half_width = half_width };
        s.y = (0.1 + 0.8 * draw(v)) * v->h;
        s.x = (0.1 + 0.8 * draw(v)) * v->w;
        s.dy = (0.1 + 0.8 * draw(v)) * v->h - s.y;
        s.dx = (0.1 + 0.8 * draw(v)) * v->w - s.x;
        paint(v, &s);
    }
}

static void negative_strokes(struct canvas *v)
{
    strokes(v);
    for (size_t i = 0; i < length(v); i++)
        v->out[i] = 1 - v->out[i];
}

void hcl_synthetic_samples(float *out, size_t stride, const uint32_t dims[4])
{
    static void (*const kinds[])(struct canvas *) = {
        strokes, shapes, noise, specks, negative_strokes, all_hills, shapes, level,
    };
    bool image = dims[1] > 1 && dims[2] > 1;
    struct canvas v = { .h = dims[1], .w = dims[2], .c = dims[3], .out = out };
    if (!image) {
        v.w *= v.h * v.c;
        v.h = v.c = 1;
    }
    for (int i = 0; i < HCL_SYNTHETIC_SAMPLES; i++, v.out += stride) {
        kinds[(size_t)i % (sizeof kinds / sizeof *kinds)](&v);
        bool is_signed = !image && i / (int)(sizeof kinds / sizeof *kinds) % 2 == 1;
        for (size_t j = 0; is_signed && j < length(&v); j++)
            v.out[j] = 2 * v.out[j] - 1;
    }
}

void hcl_synthetic_numbers(float *out, size_t stride, size_t len, uint32_t numbers)
{
    struct canvas v = { .h = 1, .w = 1, .c = 1 };
    for (int i = 0; i < HCL_SYNTHETIC_SAMPLES; i++)
        for (size_t j = 0; j < len; j++)
            out[(size_t)i * stride + j] = (float)floor(draw(&v) * numbers);
}
