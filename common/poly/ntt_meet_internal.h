/* SPDX-License-Identifier: Apache-2.0 */
/* Where the threads of one transform meet between its sweeps. OpenMP's own barrier, told not to spin, puts a
 * thread to sleep at once, and waking it takes longer than many a sweep. Here a thread spins for as long as
 * the last pieces of a sweep should take the others, and only then sleeps, in slices: a core that it shares
 * with the others is soon theirs. */
#ifndef HCL_COMMON_POLY_NTT_MEET_INTERNAL_H
#define HCL_COMMON_POLY_NTT_MEET_INTERNAL_H

#include <immintrin.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <time.h>

#define HCL_NTT_SPINS 4000 /* 70 us with the 64 cycles of a pause on Zen 4 */

/** All zero to begin with. Arrivals so far, of all meetings. */
struct hcl_ntt_meeting {
    _Atomic unsigned arrived;
};

/** Come to the next meeting of `threads` threads, all of which come to every one. wait: until all are there,
 * and what they wrote before is seen; else go on at once, which only the last meeting allows. */
static inline void hcl_ntt_meet(struct hcl_ntt_meeting *m, unsigned threads, bool wait)
{
    const unsigned before = atomic_fetch_add_explicit(&m->arrived, 1, memory_order_acq_rel);
    const unsigned all = (before / threads + 1) * threads;
    for (unsigned i = 0; wait && atomic_load_explicit(&m->arrived, memory_order_acquire) < all; i++)
        if (i < HCL_NTT_SPINS)
            _mm_pause();
        else
            nanosleep(&(struct timespec){ .tv_nsec = 50000 }, NULL);
}

#endif
