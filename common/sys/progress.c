/* SPDX-License-Identifier: Apache-2.0 */
#include "common/sys/progress.h"
#include "common/sys/clock.h"
#include "common/sys/log.h"
#include "common/sys/printable.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

enum { BAR_CELLS = 24, NAME_BYTES = 48, LINE_BYTES = 160, USUAL_COLUMNS = 80 };
#define REDRAW_NANOSECONDS 200000000L

struct hcl_progress {
    FILE *to;
    hcl_progress_kind kind; /* not AUTO */
    bool running, drawn;
    char name[NAME_BYTES];
    double start, first;
    struct hcl_eta eta;
    struct hcl_eta_step over[HCL_ETA_STEPS];
    size_t num_over;
    /* A thread redraws the bar, or writes JSON; the lock is for everything above. */
    pthread_mutex_t lock;
    pthread_t redraw;
    bool redrawing;
    _Atomic bool stop;
};

/* The caller holds the lock. */
static void clear_line(struct hcl_progress *p)
{
    if (p->drawn) {
        fputs("\r\033[K", p->to);
        fflush(p->to);
        p->drawn = false;
    }
}

static void make_room(void *ctx)
{
    struct hcl_progress *p = ctx;
    pthread_mutex_lock(&p->lock);
    clear_line(p);
    pthread_mutex_unlock(&p->lock);
}

static int columns(const struct hcl_progress *p)
{
    struct winsize size;
    return ioctl(fileno(p->to), TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : USUAL_COLUMNS;
}

/* "0.4 s", "12 s", "3 min 05 s", "2 h 07 min". tenths: of short ones, which are measured to that and guessed
 * to a second at best. */
static void duration(char *out, size_t size, double seconds, bool tenths)
{
    const long whole = (long)(seconds + 0.5);
    if (tenths && seconds < 9.95)
        snprintf(out, size, "%.1f s", seconds);
    else if (whole < 120)
        snprintf(out, size, "%ld s", whole);
    else if (whole < 7200)
        snprintf(out, size, "%ld min %02ld s", whole / 60, whole % 60);
    else
        snprintf(out, size, "%ld h %02ld min", whole / 3600, whole % 3600 / 60);
}

/* The caller holds the lock. Cut to the terminal, so that it stays one line. */
static void draw(struct hcl_progress *p)
{
    char line[LINE_BYTES], bar[BAR_CELLS + 1], spent[32], left[32];
    const double now = hcl_clock_seconds();
    const struct hcl_eta_guess g = hcl_eta_guess(&p->eta, now);
    duration(spent, sizeof spent, now - p->first, true);
    if (g.known) {
        const int full = (int)(g.fraction * BAR_CELLS);
        memset(bar, '#', (size_t)full);
        memset(bar + full, '.', (size_t)(BAR_CELLS - full));
        bar[BAR_CELLS] = '\0';
        duration(left, sizeof left, g.remaining, false);
        snprintf(line, sizeof line, "%-18s [%s] %3.0f %%  %s, %s left", p->name, bar, 100 * g.fraction, spent,
                 left);
    } else {
        snprintf(line, sizeof line, "%-18s %s, time left not known yet", p->name, spent);
    }
    fprintf(p->to, "\r\033[K%.*s", columns(p) - 1, line);
    fflush(p->to);
    p->drawn = true;
}

/* A name is one of ours: no character of it needs an escape in JSON. The caller holds the lock. */
static void tell(struct hcl_progress *p, const char *event, double seconds)
{
    char date[21];
    const double now = hcl_clock_seconds();
    const struct hcl_eta_guess g = hcl_eta_guess(&p->eta, now);
    hcl_clock_utc(date);
    fprintf(p->to, "{\"event\": \"%s\", \"phase\": \"%s\", \"time\": \"%s\", \"elapsed_seconds\": %.3f",
            event, p->name, date, now - p->first);
    if (seconds >= 0)
        fprintf(p->to, ", \"phase_seconds\": %.3f", seconds);
    if (g.known)
        fprintf(p->to, ", \"fraction\": %.4f, \"remaining_seconds\": %.3f}\n", g.fraction, g.remaining);
    else
        fputs(", \"fraction\": null, \"remaining_seconds\": null}\n", p->to);
    fflush(p->to);
}

static void show(struct hcl_progress *p)
{
    if (p->kind == HCL_PROGRESS_BAR)
        draw(p);
    else
        tell(p, "progress", -1);
}

static void *redraw_now_and_then(void *arg)
{
    struct hcl_progress *p = arg;
    const struct timespec pause = { 0, REDRAW_NANOSECONDS };
    while (!p->stop) {
        nanosleep(&pause, NULL);
        pthread_mutex_lock(&p->lock);
        if (p->running && !p->stop)
            show(p);
        pthread_mutex_unlock(&p->lock);
    }
    return NULL;
}

/* "dumb" is what editors and continuous integration say of a terminal that knows no escape sequences. */
static bool can_redraw(FILE *to)
{
    const char *term = getenv("TERM");
    return isatty(fileno(to)) && !(term && strcmp(term, "dumb") == 0);
}

struct hcl_progress *hcl_progress_new(FILE *to, hcl_progress_kind kind)
{
    struct hcl_progress *p = calloc(1, sizeof *p);
    if (!p)
        return NULL;
    p->to = to;
    p->kind = kind != HCL_PROGRESS_AUTO ? kind : can_redraw(to) ? HCL_PROGRESS_BAR : HCL_PROGRESS_LINES;
    p->first = hcl_clock_seconds();
    hcl_eta_start(&p->eta, p->first);
    pthread_mutex_init(&p->lock, NULL);
    if (p->kind != HCL_PROGRESS_LINES)
        p->redrawing = pthread_create(&p->redraw, NULL, redraw_now_and_then, p) == 0;
    if (p->kind == HCL_PROGRESS_BAR)
        hcl_log_before(make_room, p);
    return p;
}

void hcl_progress_free(struct hcl_progress *p)
{
    if (!p)
        return;
    if (p->running)
        hcl_progress_done(p, "not finished");
    if (p->kind == HCL_PROGRESS_BAR)
        hcl_log_before(NULL, NULL);
    p->stop = true;
    if (p->redrawing)
        pthread_join(p->redraw, NULL);
    pthread_mutex_destroy(&p->lock);
    free(p);
}

void hcl_progress_plan(struct hcl_progress *p, const struct hcl_eta_step *steps, size_t count)
{
    if (!p)
        return;
    pthread_mutex_lock(&p->lock);
    hcl_eta_plan(&p->eta, steps, count);
    if (p->running)
        hcl_eta_phase(&p->eta, p->name, hcl_clock_seconds());
    pthread_mutex_unlock(&p->lock);
}

void hcl_progress_phase(struct hcl_progress *p, const char *name)
{
    if (!p)
        return;
    hcl_progress_done(p, NULL);
    pthread_mutex_lock(&p->lock);
    snprintf(p->name, sizeof p->name, "%s", name);
    p->start = hcl_clock_seconds();
    p->running = true;
    hcl_eta_phase(&p->eta, name, p->start);
    if (p->kind == HCL_PROGRESS_BAR)
        draw(p);
    else if (p->kind == HCL_PROGRESS_JSON)
        tell(p, "begin", -1);
    pthread_mutex_unlock(&p->lock);
}

/* "12:34:56 commit advice  1.234 s  (at 5.678 s)", by the clock of the place. */
static void print_line(struct hcl_progress *p, double now, const char *note)
{
    char day[16];
    struct tm local;
    const time_t t = time(NULL);
    if (!localtime_r(&t, &local) || strftime(day, sizeof day, "%H:%M:%S", &local) == 0)
        snprintf(day, sizeof day, "--:--:--");
    hcl_print_line(p->to, "%s %-20s %8.3f s  (at %.3f s)%s%s", day, p->name, now - p->start, now - p->first,
                   note ? "  " : "", note ? note : "");
    fflush(p->to);
}

static void note_step(struct hcl_progress *p, double seconds)
{
    if (p->num_over == HCL_ETA_STEPS)
        return;
    struct hcl_eta_step *step = &p->over[p->num_over++];
    snprintf(step->name, sizeof step->name, "%.*s", HCL_ETA_NAME - 1, p->name);
    step->seconds = seconds;
}

size_t hcl_progress_steps(const struct hcl_progress *p, struct hcl_eta_step out[HCL_ETA_STEPS])
{
    if (!p)
        return 0;
    memcpy(out, p->over, p->num_over * sizeof *out);
    return p->num_over;
}

void hcl_progress_done(struct hcl_progress *p, const char *note)
{
    if (!p)
        return;
    pthread_mutex_lock(&p->lock);
    if (p->running) {
        const double now = hcl_clock_seconds();
        clear_line(p);
        if (p->kind == HCL_PROGRESS_LINES)
            print_line(p, now, note);
        else if (p->kind == HCL_PROGRESS_JSON)
            tell(p, "end", now - p->start);
        note_step(p, now - p->start);
        p->running = false;
    }
    pthread_mutex_unlock(&p->lock);
}
