/* SPDX-License-Identifier: Apache-2.0 */
#include "coordinator/report/sampler.h"

#include "common/sys/clock.h"
#include "common/sys/mem.h"

#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

struct hcl_sampler {
    pthread_t thread;
    pthread_mutex_t lock; /* of all below */
    pthread_cond_t ended;
    bool running;
    double interval;
    size_t count;
    struct hcl_memory_sample samples[HCL_SAMPLES];
    int load;               /* /proc/loadavg; -1: there is none */
    double runnable, looks; /* their sum, and how many looks it is of */
};

/* Half as many samples; a peak stays. */
static void thin_out(struct hcl_sampler *s)
{
    for (size_t i = 0; i < HCL_SAMPLES / 2; i++) {
        const struct hcl_memory_sample *a = &s->samples[2 * i], *b = a + 1;
        s->samples[i] = a->ledger + a->rss >= b->ledger + b->rss ? *a : *b;
    }
    s->count = HCL_SAMPLES / 2;
    s->interval *= 2;
}

/* "0.58 0.24 0.10 RUNNABLE/ALL LAST": this thread is one of them. The caller holds the lock. */
static void look_at_load(struct hcl_sampler *s)
{
    char line[96], *at = line, *end;
    const ssize_t len = s->load >= 0 ? pread(s->load, line, sizeof line - 1, 0) : 0;
    line[len > 0 ? len : 0] = '\0';
    for (int averages = 0; at && averages < 3; averages++) {
        at = strchr(at, ' ');
        at = at ? at + 1 : NULL;
    }
    const unsigned long runnable = at ? strtoul(at, &end, 10) : 0;
    if (runnable > 0 && *end == '/') {
        s->runnable += (double)runnable - 1;
        s->looks++;
    }
}

double hcl_sampler_runnable(struct hcl_sampler *s)
{
    double mean = 0;
    if (!s)
        return 0;
    pthread_mutex_lock(&s->lock);
    if (s->looks > 0)
        mean = s->runnable / s->looks;
    pthread_mutex_unlock(&s->lock);
    return mean;
}

/* The caller holds the lock. */
static void take(struct hcl_sampler *s)
{
    struct hcl_memory_sample now = { .at = hcl_clock_seconds(), .rss = hcl_mem_rss() };
    uint64_t peak;
    hcl_mem_usage(&now.ledger, &peak);
    if (s->count == HCL_SAMPLES)
        thin_out(s);
    s->samples[s->count++] = now;
    look_at_load(s);
}

static struct timespec after(double seconds)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    const long ns = t.tv_nsec + (long)(1e9 * (seconds - (double)(time_t)seconds));
    t.tv_sec += (time_t)seconds + ns / 1000000000L;
    t.tv_nsec = ns % 1000000000L;
    return t;
}

static void *run(void *arg)
{
    struct hcl_sampler *s = arg;
    pthread_mutex_lock(&s->lock);
    while (s->running) {
        take(s);
        const struct timespec until = after(s->interval);
        pthread_cond_timedwait(&s->ended, &s->lock, &until);
    }
    pthread_mutex_unlock(&s->lock);
    return NULL;
}

static bool start_thread(struct hcl_sampler *s)
{
    sigset_t all, before;
    sigfillset(&all); /* signals are for the thread that works */
    pthread_sigmask(SIG_SETMASK, &all, &before);
    const bool started = pthread_create(&s->thread, NULL, run, s) == 0;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return started;
}

struct hcl_sampler *hcl_sampler_start(void)
{
    pthread_condattr_t monotonic;
    struct hcl_sampler *s = calloc(1, sizeof *s);
    if (!s)
        return NULL;
    s->interval = HCL_SAMPLE_SECONDS;
    s->load = open("/proc/loadavg", O_RDONLY | O_CLOEXEC);
    s->running = true;
    pthread_mutex_init(&s->lock, NULL);
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&s->ended, &monotonic);
    pthread_condattr_destroy(&monotonic);
    if (start_thread(s))
        return s;
    s->running = false;
    hcl_sampler_free(s);
    return NULL;
}

size_t hcl_sampler_stop(struct hcl_sampler *s, struct hcl_memory_sample out[HCL_SAMPLES])
{
    if (!s)
        return 0;
    pthread_mutex_lock(&s->lock);
    const bool running = s->running;
    s->running = false;
    if (running)
        take(s);
    pthread_cond_signal(&s->ended);
    pthread_mutex_unlock(&s->lock);
    if (running)
        pthread_join(s->thread, NULL);
    memcpy(out, s->samples, s->count * sizeof *out);
    return s->count;
}

void hcl_sampler_free(struct hcl_sampler *s)
{
    struct hcl_memory_sample unused[HCL_SAMPLES];
    if (!s)
        return;
    hcl_sampler_stop(s, unused);
    if (s->load >= 0)
        close(s->load);
    pthread_cond_destroy(&s->ended);
    pthread_mutex_destroy(&s->lock);
    free(s);
}
