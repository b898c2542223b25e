/* SPDX-License-Identifier: Apache-2.0 */
#include "common/sys/progress.h"
#include "common/sys/clock.h"
#include "common/sys/printable.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { BAR_CELLS = 24, NAME_BYTES = 48, UNIT_BYTES = 16 };
#define REDRAW_NANOSECONDS 200000000L

struct hcl_progress {
    FILE *to;
    bool terminal, running, drawn;
    char name[NAME_BYTES], unit[UNIT_BYTES];
    double start, first;
    double expect_from, expect_seconds; /* of the whole job; 0: unknown */
    uint64_t total;
    _Atomic uint64_t done;
    /* On a terminal a thread redraws; the lock is for everything above but `done`. */
    pthread_mutex_t lock;
    pthread_t redraw;
    bool redrawing;
    _Atomic bool stop;
};

static void *redraw_now_and_then(void *arg);

struct hcl_progress *hcl_progress_new(FILE *to)
{
    struct hcl_progress *p = calloc(1, sizeof *p);
    if (!p)
        return NULL;
    p->to = to;
    p->terminal = isatty(fileno(to)) != 0;
    p->first = hcl_clock_seconds();
    pthread_mutex_init(&p->lock, NULL);
    p->redrawing = p->terminal && pthread_create(&p->redraw, NULL, redraw_now_and_then, p) == 0;
    return p;
}

void hcl_progress_free(struct hcl_progress *p)
{
    if (!p)
        return;
    if (p->running)
        hcl_progress_done(p, "not finished");
    p->stop = true;
    if (p->redrawing)
        pthread_join(p->redraw, NULL);
    pthread_mutex_destroy(&p->lock);
    free(p);
}

/* The caller holds the lock. */
static void clear_line(struct hcl_progress *p)
{
    if (p->drawn) {
        fputs("\r\033[K", p->to);
        fflush(p->to);
        p->drawn = false;
    }
}

void hcl_progress_clear_line(struct hcl_progress *p)
{
    if (!p)
        return;
    pthread_mutex_lock(&p->lock);
    clear_line(p);
    pthread_mutex_unlock(&p->lock);
}

static void draw_bar(struct hcl_progress *p, double part)
{
    char bar[BAR_CELLS + 1];
    int full = (int)(part * BAR_CELLS);
    memset(bar, '#', (size_t)full);
    memset(bar + full, '.', (size_t)(BAR_CELLS - full));
    bar[BAR_CELLS] = '\0';
    fprintf(p->to, "\r\033[K%-20s [%s] %3.0f %%", p->name, bar, 100 * part);
}

/* The caller holds the lock. A phase that counts its work shows that; else the job as a whole is shown
 * against the time it is expected to take, and 99 % of it until it is over. */
static void draw(struct hcl_progress *p)
{
    double now = hcl_clock_seconds(), seconds = now - p->start;
    uint64_t done = p->done;
    if (p->total > 0) {
        double part = done >= p->total ? 1.0 : (double)done / (double)p->total;
        draw_bar(p, part);
        if (done > 0 && seconds > 0)
            fprintf(p->to, "  %.1f %s/s, %.0f s left", (double)done / seconds, p->unit,
                    seconds * (1 - part) / part);
    } else if (p->expect_seconds > 0) {
        double spent = now - p->expect_from, part = spent / p->expect_seconds;
        draw_bar(p, part < 0.99 ? part : 0.99);
        fprintf(p->to, "  %.1f s, about %.0f s left", spent, part < 1 ? p->expect_seconds - spent : 0.0);
    } else {
        fprintf(p->to, "\r\033[K%-20s %6.1f s", p->name, seconds);
    }
    fflush(p->to);
    p->drawn = true;
}

static void *redraw_now_and_then(void *arg)
{
    struct hcl_progress *p = arg;
    const struct timespec pause = { 0, REDRAW_NANOSECONDS };
    while (!p->stop) {
        nanosleep(&pause, NULL);
        pthread_mutex_lock(&p->lock);
        if (p->running)
            draw(p);
        pthread_mutex_unlock(&p->lock);
    }
    return NULL;
}

void hcl_progress_expect(struct hcl_progress *p, double seconds)
{
    if (!p)
        return;
    pthread_mutex_lock(&p->lock);
    p->expect_from = hcl_clock_seconds();
    p->expect_seconds = seconds;
    pthread_mutex_unlock(&p->lock);
}

void hcl_progress_phase(struct hcl_progress *p, const char *name, uint64_t total, const char *unit)
{
    if (!p)
        return;
    hcl_progress_done(p, NULL);
    pthread_mutex_lock(&p->lock);
    snprintf(p->name, sizeof p->name, "%s", name);
    snprintf(p->unit, sizeof p->unit, "%s", unit ? unit : "");
    p->total = total;
    p->done = 0;
    p->start = hcl_clock_seconds();
    p->running = true;
    if (p->terminal)
        draw(p);
    pthread_mutex_unlock(&p->lock);
}

void hcl_progress_advance(struct hcl_progress *p, uint64_t units)
{
    if (p)
        p->done += units;
}

void hcl_progress_done(struct hcl_progress *p, const char *note)
{
    if (!p)
        return;
    pthread_mutex_lock(&p->lock);
    if (p->running) {
        clear_line(p);
        double now = hcl_clock_seconds();
        hcl_print_line(p->to, "%-20s %8.3f s  (at %.3f s)%s%s", p->name, now - p->start, now - p->first,
                       note ? "  " : "", note ? note : "");
        fflush(p->to);
        p->running = false;
    }
    pthread_mutex_unlock(&p->lock);
}
