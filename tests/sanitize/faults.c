/* SPDX-License-Identifier: Apache-2.0 */
/* One fault of each kind on request, and the sound way to share work between threads: test_sanitize NAME. */
#include "common/sys/mem.h"
#include <omp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { THREADS = 4, LEN = 1000 };

/* Work shared, a barrier, the neighbour's result read, a reduction, and memory handed on to another team. */
static long sound(void)
{
    long a[LEN], sum = 0;
    int seen[THREADS] = { 0 };
#pragma omp parallel num_threads(THREADS)
    {
#pragma omp for schedule(static)
        for (int i = 0; i < LEN; i++)
            a[i] = i;
#pragma omp for schedule(dynamic, 1) reduction(+ : sum)
        for (int i = 0; i < LEN; i++)
            sum += a[LEN - 1 - i];
        seen[omp_get_thread_num()] = 1;
#pragma omp barrier
        int next = seen[(omp_get_thread_num() + 1) % omp_get_num_threads()];
#pragma omp critical
        sum += next;
    }
#pragma omp parallel for num_threads(THREADS) schedule(dynamic, 1) reduction(+ : sum)
    for (int i = 0; i < LEN; i++)
        sum += a[i]++;
    return sum;
}

static long race(void)
{
    long sum = 0;
#pragma omp parallel for num_threads(THREADS)
    for (int i = 0; i < LEN; i++)
        sum += i;
    return sum;
}

/* As in sound(), without the barrier. */
static long no_barrier(void)
{
    int seen[THREADS] = { 0 };
    long sum = 0;
#pragma omp parallel num_threads(THREADS) reduction(+ : sum)
    {
        seen[omp_get_thread_num()] = 1;
        sum += seen[(omp_get_thread_num() + 1) % omp_get_num_threads()];
    }
    return sum;
}

static long overflow(void)
{
    volatile int behind = LEN;
    char *volatile p = calloc(LEN, 1);
    long v = p ? p[behind] : 0;
    free(p);
    return v;
}

/* A block of the budget's is not kept for reuse in a sanitized build. */
static long use_after_free(void)
{
    char *volatile p;
    void *block;
    if (hcl_mem_calloc(&block, (size_t)4 << 20, 1, "test", NULL) != HCL_OK)
        return 0;
    p = block;
    hcl_mem_free(block);
    return p[0];
}

static long leak(void)
{
    void *volatile p = malloc(LEN);
    p = NULL; /* volatile: the only pointer is really gone */
    return p != NULL;
}

static long shift(void)
{
    volatile int by = 64;
    return (long)((uint64_t)1 << by);
}

static long conversion(void)
{
    volatile double huge = 1e30;
    return (long)huge;
}

#ifdef HCL_VECTOR_RACE
long hcl_vector_race(void);
#else
static long hcl_vector_race(void)
{
    return 0;
}
#endif

int main(int argc, char **argv)
{
    static const struct {
        const char *name;
        long (*run)(void);
    } faults[] = { { "sound", sound },
                   { "race", race },
                   { "no_barrier", no_barrier },
                   { "overflow", overflow },
                   { "use_after_free", use_after_free },
                   { "leak", leak },
                   { "shift", shift },
                   { "conversion", conversion },
                   { "vector_race", hcl_vector_race } };
    for (size_t i = 0; argc > 1 && i < sizeof faults / sizeof *faults; i++)
        if (strcmp(argv[1], faults[i].name) == 0)
            return printf("%ld\n", faults[i].run()) < 0;
    return 2;
}
