/* SPDX-License-Identifier: Apache-2.0 */
/* The memory budget. Every buffer that grows with the circuit comes from here with a `who` for the report;
 * small fixed-size things use malloc. 64-byte aligned, zeroed on request, wiped on free when secret.
 * Thread-safe. One process-wide ledger (the only mutable global besides dispatch tables). */
#ifndef HCL_COMMON_SYS_MEM_H
#define HCL_COMMON_SYS_MEM_H

#include "common/sys/status.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** Set the limit in bytes (0: no limit). Allocations beyond it fail with HCL_NO_RESOURCE. */
void hcl_mem_set_limit(uint64_t bytes);
/** Allocate count*size bytes, 64-byte aligned, contents undefined. *out = NULL on failure, and only then: the
 * address of no bytes may go to memcpy and be counted from, which NULL may not. */
hcl_status hcl_mem_alloc(void **out, size_t count, size_t size, const char *who, struct hcl_err *err);
/** Same, zero-filled. */
hcl_status hcl_mem_calloc(void **out, size_t count, size_t size, const char *who, struct hcl_err *err);
/** A block that processes have in common: bytes 0.. of the file `fd`, which has them, more than none. This
 * one is charged `charged` of them, and that is what it counts for in hcl_mem_rss and hcl_mem_peak_rss.
 * writes: else it is read-only here, and not freed with hcl_mem_free_secret. All of it becomes resident at
 * once. */
hcl_status hcl_mem_map(void **out, int fd, size_t bytes, bool writes, size_t charged, const char *who,
                       struct hcl_err *err);
/** Free; NULL is fine. */
void hcl_mem_free(void *p);
/** Wipe the whole block, then free: for witness, blinding, keys. NULL is fine. */
void hcl_mem_free_secret(void *p);
/** Keep at most this many bytes of freed large blocks for reuse (default 128 MiB; 0: none, for tests that
 * count allocations). Before other threads allocate. */
void hcl_mem_set_kept(size_t most);
/** For a process that begins: small blocks that are freed stay with it, up to a few MiB, so that the next
 * ones need no new pages, which the system clears first. */
void hcl_mem_settle(void);
/** Whether pages of code count (common/sys/code.h) with a limit of so many bytes, 0: none. */
bool hcl_mem_is_tight(uint64_t limit);
/** Give back to the system what the C library keeps of freed memory and, with little memory, code that does
 * not run at the moment, and from here on large blocks as soon as they are freed; count what is resident
 * beside the ledger (program, libraries, what malloc gave) against the limit. After work that leaves much
 * behind. Any thread. */
void hcl_mem_trim(void);
/** When a new kind of work begins: give back what the C library keeps, if there is a limit and not much left
 * of it. What is still resident beside the ledger more than hcl_mem_trim counted is no longer spare
 * (hcl_mem_spare). Any thread. */
void hcl_mem_press(void);
/** From here on until hcl_mem_unguard the system itself keeps the process within the limit: whatever would
 * pass it, from malloc too, is refused. For work that is not in the ledger. It counts what is mapped, touched
 * or not, so more may be refused than would be resident. Does nothing without a limit; not nested. One
 * thread. */
void hcl_mem_guard(void);
void hcl_mem_unguard(void);
/** Bytes of the limit; 0: none. */
uint64_t hcl_mem_limit(void);
/** Bytes of the limit that the ledger may hold; UINT64_MAX without a limit. */
uint64_t hcl_mem_room(void);
/** Bytes of the limit not in use; UINT64_MAX without a limit. */
uint64_t hcl_mem_left(void);
/** Of these, bytes that nothing beside the ledger was seen to take: for what makes work faster, as blocks
 * kept for reuse. */
uint64_t hcl_mem_spare(void);
/** Bytes now and at most so far. */
void hcl_mem_usage(uint64_t *current, uint64_t *peak);
/** Resident set size of this process now in bytes; 0: unknown. Blocks of hcl_mem_map count in part. */
uint64_t hcl_mem_rss(void);
/** Peak resident set size of this process in bytes, as the kernel counts it but for blocks of hcl_mem_map,
 * which count in part. Exact up to the kernel's own peak, which has them in full: after the last of them is
 * freed, what hcl_mem_rss has seen. */
uint64_t hcl_mem_peak_rss(void);

#endif
