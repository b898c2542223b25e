/* SPDX-License-Identifier: Apache-2.0 */
#include "common/sys/progress.h"
#include "common/sys/clock.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { BAR_CELLS = 24, NAME_BYTES = 48, UNIT_BYTES = 16 };
#define REDRAW_SECONDS 0.1

struct hcl_progress {
    FILE *to;
    bool terminal, running, drawn;
    char name[NAME_BYTES], unit[UNIT_BYTES];
    double start, first;
    uint64_t total;
    _Atomic uint64_t done;
    _Atomic uint64_t next_redraw_ms;
    atomic_flag drawing;
};

struct hcl_progress *hcl_progress_new(FILE *to)
{
    struct hcl_progress *p = calloc(1, sizeof *p);
    if (!p)
        return NULL;
    p->to = to;
    p->terminal = isatty(fileno(to)) != 0;
    p->first = hcl_clock_seconds();
    atomic_flag_clear(&p->drawing);
    return p;
}

void hcl_progress_free(struct hcl_progress *p)
{
    if (p && p->running)
        hcl_progress_done(p, "not finished");
    free(p);
}

void hcl_progress_clear_line(struct hcl_progress *p)
{
    if (p && p->drawn) {
        fputs("\r\033[K", p->to);
        fflush(p->to);
        p->drawn = false;
    }
}

static void draw(struct hcl_progress *p)
{
    double seconds = hcl_clock_seconds() - p->start;
    uint64_t done = p->done;
    if (p->total == 0) {
        fprintf(p->to, "\r\033[K%-20s %6.1f s", p->name, seconds);
    } else {
        double part = done >= p->total ? 1.0 : (double)done / (double)p->total;
        char bar[BAR_CELLS + 1];
        int full = (int)(part * BAR_CELLS);
        memset(bar, '#', (size_t)full);
        memset(bar + full, '.', (size_t)(BAR_CELLS - full));
        bar[BAR_CELLS] = '\0';
        fprintf(p->to, "\r\033[K%-20s [%s] %3.0f %%", p->name, bar, 100 * part);
        if (done > 0 && seconds > 0)
            fprintf(p->to, "  %.1f %s/s, %.0f s left", (double)done / seconds, p->unit,
                    seconds * (1 - part) / part);
    }
    fflush(p->to);
    p->drawn = true;
}

void hcl_progress_phase(struct hcl_progress *p, const char *name, uint64_t total, const char *unit)
{
    if (!p)
        return;
    if (p->running)
        hcl_progress_done(p, NULL);
    snprintf(p->name, sizeof p->name, "%s", name);
    snprintf(p->unit, sizeof p->unit, "%s", unit ? unit : "");
    p->total = total;
    p->done = 0;
    p->start = hcl_clock_seconds();
    p->next_redraw_ms = 0;
    p->running = true;
    if (p->terminal)
        draw(p);
}

void hcl_progress_advance(struct hcl_progress *p, uint64_t units)
{
    if (!p)
        return;
    p->done += units;
    if (!p->terminal || !p->running)
        return;
    uint64_t now_ms = (uint64_t)(1000 * hcl_clock_seconds());
    if (now_ms < p->next_redraw_ms || atomic_flag_test_and_set(&p->drawing))
        return;
    p->next_redraw_ms = now_ms + (uint64_t)(1000 * REDRAW_SECONDS);
    draw(p);
    atomic_flag_clear(&p->drawing);
}

void hcl_progress_done(struct hcl_progress *p, const char *note)
{
    if (!p || !p->running)
        return;
    hcl_progress_clear_line(p);
    double now = hcl_clock_seconds();
    fprintf(p->to, "%-20s %8.3f s  (at %.3f s)%s%s\n", p->name, now - p->start, now - p->first,
            note ? "  " : "", note ? note : "");
    fflush(p->to);
    p->running = false;
}
