/* SPDX-License-Identifier: Apache-2.0 */
#include "coordinator/cli/process.h"

#include "common/sys/log.h"
#include "common/sys/mem.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Kernels keep their scratch on the stack, where it costs nothing and needs no error path: frames of at most
 * 384 KiB (HaloclineTargets.cmake has the compiler watch over it), few of them in each other. A stack of
 * `ulimit -s` or OMP_STACKSIZE may be smaller than one, so each thread gets one of our choice; pages that are
 * not touched cost nothing. */
#define STACK_BYTES ((size_t)4 << 20)
#define STACK_TEXT "4M"

/* OpenMP's threads spin while they wait, unless told otherwise. On cores shared with anything else that costs
 * whole time slices (2 threads have taken ten times the CPU time of one), while sleeping costs microseconds a
 * barrier. So they sleep, unless the user has chosen. True if a setting has changed. */
static bool sleep_in_waits(void)
{
    if (getenv("OMP_WAIT_POLICY") || getenv("GOMP_SPINCOUNT"))
        return false;
    return setenv("OMP_WAIT_POLICY", "passive", 1) == 0;
}

/* OMP_STACKSIZE in bytes; 0 if it is not set or not understood. */
static size_t worker_stack(void)
{
    static const char units[] = "BKMG";
    const char *text = getenv("OMP_STACKSIZE");
    char *end;
    if (!text)
        return 0;
    const double number = strtod(text, &end);
    end += strspn(end, " ");
    const char *unit = *end ? strchr(units, *end & ~0x20) : &units[1];
    if (!unit || !(number > 0) || number > 1e9)
        return 0;
    double bytes = number;
    for (const char *u = units; u < unit; u++)
        bytes *= 1024;
    return bytes < 1e15 ? (size_t)bytes : (size_t)1e15;
}

static bool widen_stacks(void)
{
    return worker_stack() < STACK_BYTES && setenv("OMP_STACKSIZE", STACK_TEXT, 1) == 0;
}

void hcl_process_settle(char **argv)
{
    const bool waits = sleep_in_waits(), stacks = widen_stacks();
    if (waits || stacks)
        execv("/proc/self/exe", argv); /* returns only if it cannot: then it has to do as it is */
    hcl_mem_settle();
}

struct job {
    int (*body)(int argc, char **argv);
    int argc, code;
    char **argv;
};

static void *work(void *ctx)
{
    struct job *job = ctx;
    job->code = job->body(job->argc, job->argv);
    return NULL;
}

int hcl_process_run(int (*body)(int argc, char **argv), int argc, char **argv)
{
    struct job job = { body, argc, HCL_NO_RESOURCE, argv };
    pthread_attr_t attributes;
    pthread_t thread;
    int failed = pthread_attr_init(&attributes);
    if (!failed)
        failed = pthread_attr_setstacksize(&attributes, STACK_BYTES);
    if (!failed)
        failed = pthread_create(&thread, &attributes, work, &job);
    if (failed)
        hcl_log(HCL_LOG_ERROR, "cannot get a stack of %zu bytes: %s", STACK_BYTES, strerror(failed));
    else
        pthread_join(thread, NULL);
    return job.code;
}
