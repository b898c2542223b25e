/* SPDX-License-Identifier: Apache-2.0 */
/* Pages of the program and its libraries that are still as their files have them. Some 14 MB are resident
 * once a process has begun under MPI, of which a proof runs on a third: the rest was read once, by the linker
 * and what libraries do first. */
#ifndef HCL_COMMON_SYS_CODE_H
#define HCL_COMMON_SYS_CODE_H

#include <stddef.h>

/** Give such pages back to the system; what is used again comes from its page cache as it is touched. Pages
 * that were changed (relocations, what a library patches) stay. Returns how many bytes; 0 where the system
 * does not say which pages were changed. Any thread, but none may change code meanwhile. */
size_t hcl_code_drop(void);

#endif
