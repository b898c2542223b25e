/* SPDX-License-Identifier: Apache-2.0 */
/* HCL_VECTOR_CLONES before a function whose loops the compiler turns into vectors: one body per instruction
 * set, the dynamic linker picks. Sanitizers run before it can. */
#ifndef HCL_COMMON_SYS_CLONES_H
#define HCL_COMMON_SYS_CLONES_H

#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__) && !defined(HCL_SANITIZED)
#define HCL_VECTOR_CLONES __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#else
#define HCL_VECTOR_CLONES
#endif

#endif
