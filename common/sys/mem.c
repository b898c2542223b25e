/* SPDX-License-Identifier: Apache-2.0 */
#include "common/sys/mem.h"

#include <inttypes.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>

#define ALIGNMENT 64
#define HUGE_PAGE ((size_t)2 << 20)

/* Sits in the 64 bytes before the block. */
struct header {
    size_t bytes;
};
_Static_assert(sizeof(struct header) <= ALIGNMENT, "the header must fit before the block");

static struct {
    _Atomic uint64_t limit, current, peak;
} ledger;

void hcl_mem_set_limit(uint64_t bytes)
{
    atomic_store(&ledger.limit, bytes);
}

/* Enter bytes in the ledger; false when that would pass the limit. */
static bool reserve(uint64_t bytes)
{
    const uint64_t limit = atomic_load(&ledger.limit);
    uint64_t now = atomic_load(&ledger.current);
    do {
        if (limit != 0 && (now > limit || bytes > limit - now))
            return false;
    } while (!atomic_compare_exchange_weak(&ledger.current, &now, now + bytes));
    uint64_t peak = atomic_load(&ledger.peak);
    while (peak < now + bytes && !atomic_compare_exchange_weak(&ledger.peak, &peak, now + bytes))
        ;
    return true;
}

static struct header *header_of(void *p)
{
    return (struct header *)((unsigned char *)p - ALIGNMENT);
}

hcl_status hcl_mem_alloc(void **out, size_t count, size_t size, const char *who, struct hcl_err *err)
{
    *out = NULL;
    size_t bytes;
    if (__builtin_mul_overflow(count, size, &bytes) || bytes > SIZE_MAX - ALIGNMENT - HUGE_PAGE)
        return hcl_fail(err, HCL_NO_RESOURCE, "cannot allocate %zu x %zu bytes for \"%s\": size overflows",
                        count, size, who);
    if (bytes == 0)
        return HCL_OK;
    if (!reserve(bytes))
        return hcl_fail(err, HCL_NO_RESOURCE,
                        "cannot allocate %zu bytes for \"%s\": %" PRIu64 " of %" PRIu64
                        " bytes of the memory budget are in use",
                        bytes, who, atomic_load(&ledger.current), atomic_load(&ledger.limit));
    const bool huge = bytes >= HUGE_PAGE;
    void *block;
    if (posix_memalign(&block, huge ? HUGE_PAGE : ALIGNMENT, bytes + ALIGNMENT) != 0) {
        atomic_fetch_sub(&ledger.current, bytes);
        return hcl_fail(err, HCL_NO_RESOURCE, "cannot allocate %zu bytes for \"%s\": the system has no more",
                        bytes, who);
    }
    if (huge) /* fewer TLB misses in the strided passes of MSM and NTT; only advice, may fail */
        (void)madvise(block, (bytes + ALIGNMENT) & ~(size_t)4095, MADV_HUGEPAGE);
    ((struct header *)block)->bytes = bytes;
    *out = (unsigned char *)block + ALIGNMENT;
    return HCL_OK;
}

hcl_status hcl_mem_calloc(void **out, size_t count, size_t size, const char *who, struct hcl_err *err)
{
    const hcl_status st = hcl_mem_alloc(out, count, size, who, err);
    if (*out != NULL)
        memset(*out, 0, header_of(*out)->bytes);
    return st;
}

void hcl_mem_free(void *p)
{
    if (p == NULL)
        return;
    struct header *h = header_of(p);
    atomic_fetch_sub(&ledger.current, h->bytes);
    free(h);
}

void hcl_mem_free_secret(void *p)
{
    if (p == NULL)
        return;
    explicit_bzero(p, header_of(p)->bytes);
    hcl_mem_free(p);
}

void hcl_mem_usage(uint64_t *current, uint64_t *peak)
{
    *current = atomic_load(&ledger.current);
    *peak = atomic_load(&ledger.peak);
}

uint64_t hcl_mem_peak_rss(void)
{
    struct rusage usage;
    if (getrusage(RUSAGE_SELF, &usage) != 0)
        return 0;
    return (uint64_t)usage.ru_maxrss * 1024; /* Linux counts in KiB */
}
