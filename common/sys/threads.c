/* SPDX-License-Identifier: Apache-2.0 */
#include "common/sys/threads.h"

#include <omp.h>

static int chosen;

void hcl_threads_choose(int threads)
{
    chosen = threads;
    omp_set_num_threads(threads);
}

int hcl_threads_available(void)
{
    if (chosen > 0)
        return chosen;
    const int procs = omp_get_num_procs(), asked = omp_get_max_threads();
    const int threads = asked < procs ? asked : procs;
    return threads < 1 ? 1 : threads;
}

void hcl_threads_split(size_t n, size_t unit, size_t parts, size_t part, size_t *first, size_t *count)
{
    const size_t units = n / unit + (n % unit != 0);
    const size_t each = units / parts, extra = units % parts;
    const size_t from = (part * each + (part < extra ? part : extra)) * unit;
    const size_t to = from + (each + (part < extra)) * unit;
    *first = from < n ? from : n;
    *count = (to < n ? to : n) - *first;
}
