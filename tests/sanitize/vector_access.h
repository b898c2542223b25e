/* SPDX-License-Identifier: Apache-2.0 */
/* The thread sanitizer takes no notice of accesses of more than 16 bytes. Where it is used, this file comes
 * before each kernel (hcl_kernel): the intrinsics with which kernels access memory report what they do. */
#ifndef HCL_TESTS_SANITIZE_VECTOR_ACCESS_H
#define HCL_TESTS_SANITIZE_VECTOR_ACCESS_H

#ifdef __AVX512F__
#include <immintrin.h>

/* The sanitizer's runtime. */
void __tsan_read_range(const void *first, unsigned long bytes);
void __tsan_write_range(void *first, unsigned long bytes);

#define HCL_REPORT_LOAD(intrinsic, vector)                                                                   \
    static inline vector reported##intrinsic(const void *from)                                               \
    {                                                                                                        \
        __tsan_read_range(from, sizeof(vector));                                                             \
        return intrinsic(from);                                                                              \
    }
#define HCL_REPORT_STORE(intrinsic, vector)                                                                  \
    static inline void reported##intrinsic(void *to, vector v)                                               \
    {                                                                                                        \
        __tsan_write_range(to, sizeof(vector));                                                              \
        intrinsic(to, v);                                                                                    \
    }
HCL_REPORT_LOAD(_mm512_loadu_si512, __m512i)
HCL_REPORT_LOAD(_mm512_load_si512, __m512i)
HCL_REPORT_LOAD(_mm256_loadu_si256, __m256i)
HCL_REPORT_STORE(_mm512_storeu_si512, __m512i)
HCL_REPORT_STORE(_mm512_store_si512, __m512i)
HCL_REPORT_STORE(_mm256_storeu_si256, __m256i)
static inline void reported_mm512_stream_si512(__m512i *to, __m512i v)
{
    __tsan_write_range(to, sizeof v);
    _mm512_stream_si512(to, v);
}
#define _mm512_loadu_si512 reported_mm512_loadu_si512
#define _mm512_load_si512 reported_mm512_load_si512
#define _mm256_loadu_si256 reported_mm256_loadu_si256
#define _mm512_storeu_si512 reported_mm512_storeu_si512
#define _mm512_store_si512 reported_mm512_store_si512
#define _mm256_storeu_si256 reported_mm256_storeu_si256
#define _mm512_stream_si512 reported_mm512_stream_si512
#endif

#endif
