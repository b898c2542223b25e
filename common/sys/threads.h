/* SPDX-License-Identifier: Apache-2.0 */
/* How work is shared by threads. Kernels take a `threads` argument and open one OpenMP region with that many;
 * which thread gets what is arithmetic in one place, so results never depend on scheduling. */
#ifndef HCL_COMMON_SYS_THREADS_H
#define HCL_COMMON_SYS_THREADS_H

#include <stddef.h>

/** Threads this process may use: what was chosen, else its CPU affinity, or OMP_NUM_THREADS if that is set
 * lower. At least 1. */
int hcl_threads_available(void);
/** For the process, once, before other threads ask: at least 1, also for parallel regions that do not say. */
void hcl_threads_choose(int threads);

/** Part `part` of `parts` of the range 0..n-1: items first..first+count-1. Sizes differ by one `unit` at most
 *  and every part but the last non-empty one is a multiple of unit. parts, unit > 0. */
void hcl_threads_split(size_t n, size_t unit, size_t parts, size_t part, size_t *first, size_t *count);

#endif
