/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/failing_alloc.h"
#include "common/sys/mem.h"
#include "tests/support/test.h"

#include <errno.h>
#include <limits.h>
#include <malloc.h>
#include <stdatomic.h>

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *p, size_t size);
void *__real_aligned_alloc(size_t alignment, size_t size);
int __real_posix_memalign(void **out, size_t alignment, size_t size);
char *__real_strdup(const char *s);
char *__real_strndup(const char *s, size_t n);

void __real_free(void *p);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *p, size_t size);
void *__wrap_aligned_alloc(size_t alignment, size_t size);
int __wrap_posix_memalign(void **out, size_t alignment, size_t size);
char *__wrap_strdup(const char *s);
char *__wrap_strndup(const char *s, size_t n);
int __wrap_asprintf(char **out, const char *format, ...);
void __wrap_free(void *p);

static atomic_long allocations, live;
static long fail_from = -1, fail_to = -1; /* numbers of the allocations that fail */

static bool fails(void)
{
    const long n = atomic_fetch_add(&allocations, 1);
    return n >= fail_from && n < fail_to;
}

static void *counted(void *p)
{
    atomic_fetch_add(&live, p != NULL);
    return p;
}

void *__wrap_malloc(size_t size)
{
    return fails() ? NULL : counted(__real_malloc(size));
}

void *__wrap_calloc(size_t count, size_t size)
{
    return fails() ? NULL : counted(__real_calloc(count, size));
}

void *__wrap_realloc(void *p, size_t size)
{
    if (p != NULL && malloc_usable_size(p) >= size) /* a block that becomes smaller stays where it is */
        return __real_realloc(p, size);
    if (fails())
        return NULL;
    return p == NULL ? counted(__real_malloc(size)) : __real_realloc(p, size);
}

void *__wrap_aligned_alloc(size_t alignment, size_t size)
{
    return fails() ? NULL : counted(__real_aligned_alloc(alignment, size));
}

int __wrap_posix_memalign(void **out, size_t alignment, size_t size)
{
    const int failed = fails() ? ENOMEM : __real_posix_memalign(out, alignment, size);
    atomic_fetch_add(&live, failed == 0);
    return failed;
}

char *__wrap_strdup(const char *s)
{
    return fails() ? NULL : counted(__real_strdup(s));
}

char *__wrap_strndup(const char *s, size_t n)
{
    return fails() ? NULL : counted(__real_strndup(s, n));
}

int __wrap_asprintf(char **out, const char *format, ...)
{
    va_list args;
    if (fails())
        return -1; /* *out is undefined then */
    va_start(args, format);
    const int len = vasprintf(out, format, args);
    va_end(args);
    atomic_fetch_add(&live, len >= 0);
    return len;
}

void __wrap_free(void *p)
{
    atomic_fetch_sub(&live, p != NULL);
    __real_free(p);
}

void hcl_alloc_adopt(const void *block)
{
    atomic_fetch_add(&live, block != NULL);
}

void hcl_alloc_begin(long from, long to)
{
    atomic_store(&allocations, 0);
    fail_from = from;
    fail_to = to;
}

long hcl_alloc_end(void)
{
    fail_from = fail_to = -1;
    return atomic_load(&allocations);
}

long hcl_alloc_live(void)
{
    return atomic_load(&live);
}

static hcl_status run(const struct hcl_alloc_call *call, long from, long to, long *count, struct hcl_err *err)
{
    err->msg[0] = '\0';
    hcl_alloc_begin(from, to);
    const hcl_status st = call->run(call->ctx, err);
    *count = hcl_alloc_end();
    return st;
}

static void run_short(const struct hcl_alloc_call *call, long from, long to)
{
    struct hcl_err err;
    const long before = hcl_alloc_live();
    long count;
    const hcl_status st = run(call, from, to, &count, &err);
    const long leaked = hcl_alloc_live() - before;
    const bool right =
        st == HCL_NO_RESOURCE ? err.msg[0] != '\0' : st == HCL_OK && (call->recovers || count <= from);
    if (!right || leaked != 0)
        fail_msg("%s, allocation %ld%s: status %d, message '%s', %ld blocks leaked", call->name, from,
                 to == from + 1 ? "" : " and all after it", (int)st, err.msg, leaked);
}

void hcl_every_allocation_may_fail(const struct hcl_alloc_call *call)
{
    struct hcl_err err;
    long total;
    hcl_mem_set_kept(0); /* every block is to come from the allocator and go back to it */
    assert_ok(run(call, -1, -1, &total, &err), err); /* what is allocated once and kept is there now */
    const long before = hcl_alloc_live();
    assert_ok(run(call, -1, -1, &total, &err), err);
    assert_int_equal(hcl_alloc_live(), before);
    assert_true(total > 0);
    for (long n = 0; n < total; n++)
        run_short(call, n, n + 1);
    for (long n = 0; n < total; n++)
        run_short(call, n, LONG_MAX);
}
