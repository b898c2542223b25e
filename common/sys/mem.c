/* SPDX-License-Identifier: Apache-2.0 */
#include "common/sys/mem.h"

#include "common/sys/code.h"

#include <inttypes.h>
#include <malloc.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#define ALIGNMENT 64
#define HUGE_PAGE ((size_t)2 << 20)

/* Sits in the 64 bytes before the block. */
struct header {
    size_t bytes;        /* asked for, and in the ledger */
    size_t capacity;     /* what there is room for */
    size_t mapped;       /* bytes of a file that the block is; 0: none */
    struct header *next; /* while kept */
};
_Static_assert(sizeof(struct header) <= ALIGNMENT, "the header must fit before the block");

static struct {
    _Atomic uint64_t limit, outside, current, peak;
    _Atomic uint64_t more; /* bytes: what was seen beside the ledger, less `outside` */
} ledger;

void hcl_mem_set_limit(uint64_t bytes)
{
    atomic_store(&ledger.limit, bytes);
}

/* Bytes that the ledger may hold; UINT64_MAX without a limit. */
static uint64_t room(void)
{
    const uint64_t limit = atomic_load(&ledger.limit), outside = atomic_load(&ledger.outside);
    if (limit == 0)
        return UINT64_MAX;
    return outside < limit ? limit - outside : 0;
}

/* Enter bytes in the ledger; false when that would pass the limit. */
static bool reserve(uint64_t bytes)
{
    const uint64_t limit = room();
    uint64_t now = atomic_load(&ledger.current);
    do {
        if ((now > limit || bytes > limit - now))
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

#ifdef HCL_SANITIZED
#define KEEP 0 /* the sanitizers are to see every block come and go */
#else
#define KEEP ((size_t)128 << 20)
#endif

/* Large blocks are kept for a while when they are freed: fresh pages cost the system 10 % of a multi-scalar
 * multiplication with small scalars. At most `most` bytes and a share of the ledger, never beyond the budget,
 * oldest first to go. */
static struct {
    pthread_mutex_t lock;
    struct header *first;
    size_t bytes, most;
} kept = { .lock = PTHREAD_MUTEX_INITIALIZER, .most = KEEP };

/* A kept block of at least `bytes`, not much larger; NULL if there is none. */
static struct header *take_kept(size_t bytes)
{
    struct header *found = NULL;
    pthread_mutex_lock(&kept.lock);
    for (struct header **at = &kept.first; *at != NULL; at = &(*at)->next)
        if ((*at)->capacity >= bytes && (*at)->capacity - bytes <= bytes / 4) {
            found = *at;
            *at = found->next;
            kept.bytes -= found->capacity;
            break;
        }
    pthread_mutex_unlock(&kept.lock);
    return found;
}

/* Give blocks back to the system, oldest first, until at most `most` bytes are kept. True if there were any.
 */
static bool drop_kept(size_t most)
{
    struct header *dropped = NULL;
    pthread_mutex_lock(&kept.lock);
    while (kept.first != NULL && kept.bytes > most) {
        struct header **last = &kept.first;
        while ((*last)->next != NULL)
            last = &(*last)->next;
        struct header *h = *last;
        *last = NULL;
        kept.bytes -= h->capacity;
        h->next = dropped;
        dropped = h;
    }
    pthread_mutex_unlock(&kept.lock);
    const bool any = dropped != NULL;
    while (dropped != NULL) {
        struct header *next = dropped->next;
        free(dropped);
        dropped = next;
    }
    return any;
}

/* A process that needs little is not to look like one that needs more. */
#define KEPT_SHARE 16
#define LEAST_KEPT ((size_t)8 << 20)

/* Bytes that may be kept at this moment. */
static size_t most_kept(void)
{
    const size_t share = (size_t)atomic_load(&ledger.current) / KEPT_SHARE;
    const size_t most = share > LEAST_KEPT ? share : LEAST_KEPT, left = (size_t)hcl_mem_spare();
    const size_t allowed = most < kept.most ? most : kept.most;
    return allowed < left ? allowed : left;
}

static bool keep(struct header *h)
{
    const size_t most = most_kept();
    if (h->capacity < HUGE_PAGE || h->capacity > most)
        return false;
    drop_kept(most - h->capacity);
    pthread_mutex_lock(&kept.lock);
    h->next = kept.first;
    kept.first = h;
    kept.bytes += h->capacity;
    pthread_mutex_unlock(&kept.lock);
    return true;
}

/* Nothing may be kept that the budget has no room for. */
static void respect_limit(void)
{
    const uint64_t left = hcl_mem_spare();
    if (left != UINT64_MAX)
        drop_kept((size_t)left);
}

void hcl_mem_set_kept(size_t most)
{
    kept.most = most;
    drop_kept(most);
}

/* Memory from the system, at the right alignment. */
static struct header *fresh(size_t bytes)
{
    const bool huge = bytes >= HUGE_PAGE;
    void *block; /* what is given out is inside of it, however little: else it is a leak to LeakSanitizer */
    if (posix_memalign(&block, huge ? HUGE_PAGE : ALIGNMENT, (bytes > 0 ? bytes : 1) + ALIGNMENT) != 0)
        return NULL;
    if (huge) /* fewer TLB misses in the strided passes of MSM and NTT; only advice, may fail */
        (void)madvise(block, (bytes + ALIGNMENT) & ~(size_t)4095, MADV_HUGEPAGE);
    ((struct header *)block)->capacity = bytes;
    ((struct header *)block)->mapped = 0;
    return block;
}

/* hcl_mem_alloc; *first: it is the first use of memory from the system. */
static hcl_status take(void **out, size_t count, size_t size, const char *who, bool *first,
                       struct hcl_err *err)
{
    *out = NULL;
    *first = false;
    size_t bytes;
    if (__builtin_mul_overflow(count, size, &bytes) || bytes > SIZE_MAX - ALIGNMENT - HUGE_PAGE)
        return hcl_fail(err, HCL_NO_RESOURCE, "cannot allocate %zu x %zu bytes for \"%s\": size overflows",
                        count, size, who);
    if (!reserve(bytes))
        return hcl_fail(err, HCL_NO_RESOURCE,
                        "cannot allocate %zu bytes for \"%s\": %" PRIu64 " of %" PRIu64
                        " bytes of the memory budget are in use",
                        bytes, who, atomic_load(&ledger.current) + atomic_load(&ledger.outside),
                        atomic_load(&ledger.limit));
    struct header *h = bytes >= HUGE_PAGE ? take_kept(bytes) : NULL;
    *first = h == NULL;
    respect_limit();
    if (h == NULL)
        h = fresh(bytes);
    if (h == NULL && drop_kept(0)) /* what was kept may be what is missing */
        h = fresh(bytes);
    if (h == NULL) {
        atomic_fetch_sub(&ledger.current, bytes);
        return hcl_fail(err, HCL_NO_RESOURCE, "cannot allocate %zu bytes for \"%s\": the system has no more",
                        bytes, who);
    }
    h->bytes = bytes;
    *out = (unsigned char *)h + ALIGNMENT;
    return HCL_OK;
}

hcl_status hcl_mem_alloc(void **out, size_t count, size_t size, const char *who, struct hcl_err *err)
{
    bool first;
    return take(out, count, size, who, &first, err);
}

/* Zeros to a block from the system. Its pages, all but the first huge one, which has the header, and the last
 * one, are given back: the system clears each when it is touched, by the thread that does, and whoever fills
 * the block with several threads has it cleared by them. */
static void clear_fresh(unsigned char *p, size_t bytes)
{
    const size_t page = (size_t)sysconf(_SC_PAGESIZE), head = HUGE_PAGE - ALIGNMENT;
    const size_t whole = bytes > head ? (bytes - head) / page * page : 0;
    if (whole == 0 || madvise(p + head, whole, MADV_DONTNEED) != 0) {
        memset(p, 0, bytes);
        return;
    }
    memset(p, 0, head);
    memset(p + head + whole, 0, bytes - head - whole);
}

hcl_status hcl_mem_calloc(void **out, size_t count, size_t size, const char *who, struct hcl_err *err)
{
    bool first;
    const hcl_status st = take(out, count, size, who, &first, err);
    if (*out == NULL)
        return st;
    if (first && header_of(*out)->bytes >= HUGE_PAGE)
        clear_fresh(*out, header_of(*out)->bytes);
    else
        memset(*out, 0, header_of(*out)->bytes);
    return st;
}

/* The most that was resident of what is charged to this process. The kernel's peak counts blocks of
 * hcl_mem_map in full: whenever it has grown since the others' parts last changed, less those parts it is
 * this process' own; else what is resident at the moment is looked at. */
static struct {
    pthread_mutex_t lock;
    uint64_t kernel_peak, most;
    uint64_t others; /* of what is mapped, the parts that are charged to other processes */
} own = { .lock = PTHREAD_MUTEX_INITIALIZER };

static uint64_t less_others(uint64_t resident)
{
    return resident > own.others ? resident - own.others : 0;
}

/* 0: unknown. */
static uint64_t own_resident(void)
{
    char line[128];
    FILE *f = fopen("/proc/self/statm", "re");
    if (f == NULL)
        return 0;
    const char *read = fgets(line, sizeof line, f), *resident = read != NULL ? strchr(line, ' ') : NULL;
    fclose(f);
    return resident != NULL ? less_others(strtoull(resident, NULL, 10) * (uint64_t)sysconf(_SC_PAGESIZE)) : 0;
}

static void note_peak(uint64_t resident)
{
    struct rusage usage;
    uint64_t seen = resident;
    if (getrusage(RUSAGE_SELF, &usage) == 0 && (uint64_t)usage.ru_maxrss * 1024 > own.kernel_peak) {
        own.kernel_peak = (uint64_t)usage.ru_maxrss * 1024; /* Linux counts in KiB */
        seen = less_others(own.kernel_peak);
    }
    own.most = seen > own.most ? seen : own.most;
}

/* Between these the others' parts change; nobody looks. */
static void begin_others(void)
{
    pthread_mutex_lock(&own.lock);
    note_peak(own_resident());
}

static void end_others(uint64_t change)
{
    own.others += change;
    pthread_mutex_unlock(&own.lock);
}

/* The page before a mapping, at whose end the header is. */
static size_t header_page(void)
{
    return (size_t)sysconf(_SC_PAGESIZE);
}

static hcl_status refuse_map(size_t bytes, const char *who, struct hcl_err *err)
{
    return hcl_fail(err, HCL_NO_RESOURCE, "cannot map %zu bytes for \"%s\" that processes share", bytes, who);
}

hcl_status hcl_mem_map(void **out, int fd, size_t bytes, bool writes, size_t charged, const char *who,
                       struct hcl_err *err)
{
    const size_t page = header_page();
    const int access = writes ? PROT_READ | PROT_WRITE : PROT_READ;
    *out = NULL;
    if (!reserve(charged))
        return refuse_map(bytes, who, err);
    respect_limit();
    unsigned char *base =
        mmap(NULL, page + bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (base == MAP_FAILED) {
        atomic_fetch_sub(&ledger.current, charged);
        return refuse_map(bytes, who, err);
    }
    begin_others();
    if (mmap(base + page, bytes, access, MAP_SHARED | MAP_FIXED | MAP_POPULATE, fd, 0) == MAP_FAILED) {
        end_others(0);
        (void)munmap(base, page + bytes);
        atomic_fetch_sub(&ledger.current, charged);
        return refuse_map(bytes, who, err);
    }
    end_others(bytes - charged);
    *out = base + page;
    *header_of(*out) = (struct header){ .bytes = charged, .mapped = bytes };
    return HCL_OK;
}

static void unmap(struct header *h)
{
    const size_t page = header_page(), bytes = h->mapped, others = bytes - h->bytes;
    begin_others();
    (void)munmap((unsigned char *)h + ALIGNMENT - page, page + bytes);
    end_others(0 - (uint64_t)others);
}

void hcl_mem_free(void *p)
{
    if (p == NULL)
        return;
    struct header *h = header_of(p);
    atomic_fetch_sub(&ledger.current, h->bytes);
    if (h->mapped > 0)
        unmap(h);
    else if (!keep(h))
        free(h);
}

void hcl_mem_free_secret(void *p)
{
    if (p == NULL)
        return;
    const struct header *h = header_of(p);
    explicit_bzero(p, h->mapped > 0 ? h->mapped : h->bytes);
    hcl_mem_free(p);
}

/* Several threads have as much each. */
#define MOST_IDLE ((int)HUGE_PAGE * 2)

void hcl_mem_settle(void)
{
#ifdef __GLIBC__
    (void)mallopt(M_MMAP_THRESHOLD, HUGE_PAGE);
    (void)mallopt(M_TRIM_THRESHOLD, MOST_IDLE);
#endif
}

#define TIGHT ((uint64_t)512 << 20)

bool hcl_mem_is_tight(uint64_t limit)
{
    return limit != 0 && limit < TIGHT;
}

/* Of the code that is given back, what a kind of work touches again, in hundredths. */
#define CODE_USED 40
/* Where memory is tight blocks from this size on are not the heap's, which keeps what lies below others. */
#define TIGHT_BLOCK ((int)256 << 10)

/* Of what is resident, the bytes that are neither in the ledger, nor kept, nor among `known` others. */
static uint64_t beside(uint64_t resident, uint64_t known)
{
    pthread_mutex_lock(&kept.lock);
    known += atomic_load(&ledger.current) + kept.bytes;
    pthread_mutex_unlock(&kept.lock);
    return resident > known ? resident - known : 0;
}

void hcl_mem_trim(void)
{
    const bool tight = hcl_mem_is_tight(atomic_load(&ledger.limit));
    const uint64_t used = tight ? hcl_code_drop() * CODE_USED / 100 : 0;
#ifdef __GLIBC__
    /* It would be up to 32 MiB, from the sizes that were freed. */
    (void)mallopt(M_MMAP_THRESHOLD, tight ? TIGHT_BLOCK : (int)HUGE_PAGE);
    (void)malloc_trim(0);
#endif
    atomic_store(&ledger.outside, beside(hcl_mem_rss() + used, 0));
    respect_limit();
}

/* Less than that is not worth the time. */
#define WORTH_TRIMMING ((uint64_t)1 << 20)

void hcl_mem_press(void)
{
    const uint64_t limit = atomic_load(&ledger.limit), resident = limit != 0 ? hcl_mem_rss() : 0;
    const uint64_t known = atomic_load(&ledger.outside);
    if (resident <= limit / 2 || beside(resident, known) < WORTH_TRIMMING)
        return;
    if (hcl_mem_is_tight(limit))
        (void)hcl_code_drop();
#ifdef __GLIBC__
    (void)malloc_trim(0);
#endif
    const uint64_t more = beside(hcl_mem_rss(), known);
    if (more > atomic_load(&ledger.more))
        atomic_store(&ledger.more, more);
    respect_limit();
}

/* Of the program and its libraries, pages that no one has touched yet. */
#define CODE ((uint64_t)2 << 20)

/* Sanitizers map terabytes. */
#ifdef HCL_SANITIZED
enum { GUARDS = false };
#else
enum { GUARDS = true };
#endif

static struct {
    struct rlimit before;
    bool on;
} guard;

/* Private memory that is mapped, in bytes, as RLIMIT_DATA counts it; 0: unknown. */
static uint64_t mapped(void)
{
    char line[128];
    uint64_t kib = 0;
    FILE *f = fopen("/proc/self/status", "re");
    while (f && kib == 0 && fgets(line, sizeof line, f))
        if (strncmp(line, "VmData:", 7) == 0)
            kib = strtoull(line + 7, NULL, 10);
    if (f)
        fclose(f);
    return kib * 1024;
}

void hcl_mem_guard(void)
{
    const uint64_t limit = atomic_load(&ledger.limit), resident = hcl_mem_rss(), data = mapped();
    if (!GUARDS || limit == 0 || data == 0 || getrlimit(RLIMIT_DATA, &guard.before) != 0)
        return;
    const uint64_t taken = resident + CODE;
    const uint64_t most = data + (limit > taken ? limit - taken : 0);
    const struct rlimit now = { .rlim_cur = most < guard.before.rlim_cur ? most : guard.before.rlim_cur,
                                .rlim_max = guard.before.rlim_max };
    guard.on = setrlimit(RLIMIT_DATA, &now) == 0;
}

void hcl_mem_unguard(void)
{
    if (guard.on)
        (void)setrlimit(RLIMIT_DATA, &guard.before);
    guard.on = false;
}

uint64_t hcl_mem_limit(void)
{
    return atomic_load(&ledger.limit);
}

uint64_t hcl_mem_room(void)
{
    return room();
}

uint64_t hcl_mem_left(void)
{
    const uint64_t limit = room(), now = atomic_load(&ledger.current);
    if (limit == UINT64_MAX)
        return UINT64_MAX;
    return now < limit ? limit - now : 0;
}

uint64_t hcl_mem_spare(void)
{
    const uint64_t left = hcl_mem_left(), more = atomic_load(&ledger.more);
    return left == UINT64_MAX ? left : left > more ? left - more : 0;
}

void hcl_mem_usage(uint64_t *current, uint64_t *peak)
{
    *current = atomic_load(&ledger.current);
    *peak = atomic_load(&ledger.peak);
}

uint64_t hcl_mem_rss(void)
{
    pthread_mutex_lock(&own.lock);
    const uint64_t resident = own_resident();
    note_peak(resident);
    pthread_mutex_unlock(&own.lock);
    return resident;
}

uint64_t hcl_mem_peak_rss(void)
{
    (void)hcl_mem_rss();
    return own.most;
}
