/* SPDX-License-Identifier: Apache-2.0 */
/* A race between accesses of 64 bytes, in a file that is built like a kernel. */
#include <immintrin.h>
#include <omp.h>

long hcl_vector_race(void);

long hcl_vector_race(void)
{
    _Alignas(64) long long v[8] = { 0 };
#pragma omp parallel num_threads(4)
    _mm512_store_si512(v, _mm512_set1_epi64(omp_get_thread_num()));
    return (long)v[0];
}
