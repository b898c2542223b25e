/* SPDX-License-Identifier: Apache-2.0 */
#include "common/sys/code.h"

#include <fcntl.h>
#include <link.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/mman.h>
#include <unistd.h>

/* Entries of /proc/self/pagemap that are read at once. */
enum { ENTRIES = 512 };

/* Of an entry: the page is there, and it is the file's own, not a changed copy. */
#define PRESENT (UINT64_C(1) << 63)
#define OF_FILE (UINT64_C(1) << 61)

struct drop {
    int pagemap;
    uintptr_t page; /* bytes */
    size_t bytes;   /* given back */
};

static bool unchanged(uint64_t entry)
{
    return (entry & PRESENT) && (entry & OF_FILE);
}

static void give_back(struct drop *d, uintptr_t from, uintptr_t to)
{
    if (to > from &&
        madvise((void *)from, to - from, MADV_DONTNEED) == 0) // NOLINT(performance-no-int-to-ptr)
        d->bytes += to - from;
}

/* Runs of unchanged pages in [from, to), both at pages. */
static void drop_range(struct drop *d, uintptr_t from, uintptr_t to)
{
    uint64_t entry[ENTRIES];
    while (from < to) {
        const uintptr_t left = (to - from) / d->page, count = left < ENTRIES ? left : ENTRIES;
        const size_t bytes = count * sizeof *entry;
        uintptr_t begin = from;
        if (pread(d->pagemap, entry, bytes, (off_t)(from / d->page * sizeof *entry)) != (ssize_t)bytes)
            return;
        for (uintptr_t i = 0; i < count; i++)
            if (!unchanged(entry[i])) {
                give_back(d, begin, from + i * d->page);
                begin = from + (i + 1) * d->page;
            }
        from += count * d->page;
        give_back(d, begin, from);
    }
}

static int drop_object(struct dl_phdr_info *object, size_t size, void *ctx)
{
    struct drop *d = ctx;
    (void)size;
    for (int i = 0; i < object->dlpi_phnum; i++) {
        const ElfW(Phdr) *h = &object->dlpi_phdr[i];
        const uintptr_t at = object->dlpi_addr + h->p_vaddr;
        if (h->p_type == PT_LOAD && !(h->p_flags & PF_W))
            drop_range(d, at / d->page * d->page, (at + h->p_filesz + d->page - 1) / d->page * d->page);
    }
    return 0;
}

size_t hcl_code_drop(void)
{
    struct drop d = { open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC), (uintptr_t)sysconf(_SC_PAGESIZE), 0 };
    if (d.pagemap < 0)
        return 0;
    (void)dl_iterate_phdr(drop_object, &d);
    close(d.pagemap);
    return d.bytes;
}
