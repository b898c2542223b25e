/* SPDX-License-Identifier: Apache-2.0 */
#include "common/comm/comm_internal.h"
#include "common/sys/mem.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

/* Where a rank's file is: it has no name, but its process. */
struct place {
    int64_t pid, fd; /* fd < 0: there is none */
};

/* The file of a node's first rank, with room for all bytes. */
static struct place make_file(size_t bytes)
{
    struct place p = { getpid(), memfd_create("halocline", MFD_CLOEXEC) };
    if (p.fd >= 0 &&
        (ftruncate((int)p.fd, (off_t)bytes) != 0 || fallocate((int)p.fd, 0, 0, (off_t)bytes) != 0)) {
        close((int)p.fd);
        p.fd = -1;
    }
    return p;
}

/* The same file in another process of the node; < 0: there is no way to it. */
static int open_file(const struct place *p)
{
    char path[64];
    snprintf(path, sizeof path, "/proc/%lld/fd/%lld", (long long)p->pid, (long long)p->fd);
    return p->fd < 0 ? -1 : open(path, O_RDONLY | O_CLOEXEC);
}

/* Of each rank the first one that it shares a block with. */
static const int *firsts(const struct hcl_comm *comm, hcl_comm_once once)
{
    return once == HCL_ONCE_A_PLACE ? comm->place_of : comm->root_of;
}

/* How many ranks share with rank r. */
static size_t sharers(const struct hcl_comm *comm, const int *first_of, int r)
{
    size_t count = 0;
    for (int other = 0; other < comm->size; other++)
        count += first_of[other] == first_of[r];
    return count;
}

static hcl_status map_file(struct hcl_node_block *b, const struct hcl_comm *comm, const struct place *all,
                           struct place *mine, const char *who)
{
    const int *first_of = firsts(comm, b->once);
    const bool first = first_of[comm->rank] == comm->rank;
    const size_t ranks = sharers(comm, first_of, comm->rank);
    const int fd = first ? (int)mine->fd : open_file(&all[first_of[comm->rank]]);
    hcl_status st = HCL_NO_RESOURCE;
    if (fd >= 0)
        st = hcl_mem_map(&b->at, fd, b->bytes, first, (b->bytes + ranks - 1) / ranks, who, NULL);
    if (fd >= 0 && !first)
        close(fd);
    b->fills = first;
    return st;
}

/* Whether all ranks of all nodes could map it: else none keeps it. */
static bool try_sharing(struct hcl_node_block *b, struct hcl_comm *comm, struct place *all, const char *who)
{
    struct place mine = { 0, -1 };
    uint64_t failed = 0;
    if (firsts(comm, b->once)[comm->rank] == comm->rank)
        mine = make_file(b->bytes);
    hcl_comm_allgather(comm, &mine, all, sizeof mine);
    failed = map_file(b, comm, all, &mine, who) != HCL_OK;
    hcl_comm_max_u64(comm, &failed, 1); /* after which no one looks for the file any more */
    if (mine.fd >= 0)
        close((int)mine.fd);
    if (failed) {
        hcl_mem_free(b->at);
        b->at = NULL;
    }
    return !failed;
}

hcl_status hcl_comm_set_place(struct hcl_comm *comm, int place, struct hcl_err *err)
{
    int64_t mine = place < 0 ? -1 : place, *all = calloc((size_t)comm->size, sizeof *all);
    hcl_status st = all ? HCL_OK : hcl_fail(err, HCL_NO_RESOURCE, "out of memory for %d ranks", comm->size);
    HCL_TRY(hcl_comm_agree(comm, st, err));
    hcl_comm_allgather(comm, &mine, all, sizeof mine);
    for (int r = 0; r < comm->size; r++) /* a node that has one such rank is one place */
        if (all[r] < 0)
            all[comm->root_of[r]] = -1;
    for (int r = 0; r < comm->size; r++) {
        const int root = comm->root_of[r];
        int first = root;
        while (all[root] >= 0 && (comm->root_of[first] != root || all[first] != all[r]))
            first++;
        comm->place_of[r] = first;
    }
done:
    free(all);
    return st;
}

hcl_status hcl_comm_node_alloc(struct hcl_node_block *b, struct hcl_comm *comm, size_t bytes,
                               hcl_comm_once once, const char *who, struct hcl_err *err)
{
    struct place *all = calloc((size_t)comm->size, sizeof *all);
    uint64_t together = sharers(comm, firsts(comm, once), comm->rank);
    hcl_status st = all ? HCL_OK : hcl_fail(err, HCL_NO_RESOURCE, "out of memory for %d ranks", comm->size);
    *b = (struct hcl_node_block){ .bytes = bytes, .once = once };
    HCL_TRY(hcl_comm_agree_max(comm, st, &together, 1, err));
    b->shared = together > 1 && bytes > 0 && try_sharing(b, comm, all, who);
    if (!b->shared) {
        b->fills = true;
        st = hcl_mem_alloc(&b->at, bytes, 1, who, err);
    }
    st = hcl_comm_agree(comm, st, err);
done:
    if (st != HCL_OK) {
        hcl_mem_free(b->at);
        *b = (struct hcl_node_block){ 0 };
    }
    free(all);
    return st;
}

/* From a node's first rank to the first of its other places. */
static void to_places(struct hcl_comm *comm, const struct hcl_node_block *b)
{
    struct hcl_comm_piece *to = calloc((size_t)comm->size, sizeof *to), from;
    const int root = comm->root_of[comm->rank];
    size_t sends = 0, receives = 0;
    if (!to)
        hcl_comm_abort(comm, HCL_NO_RESOURCE, "out of memory for message handles");
    for (int r = 0; r < comm->size; r++)
        if (root == comm->rank && comm->root_of[r] == root && comm->place_of[r] == r && r != root)
            to[sends++] = (struct hcl_comm_piece){ r, b->at, b->bytes };
    if (b->fills && comm->rank != root)
        receives = 1;
    from = (struct hcl_comm_piece){ root, b->at, b->bytes };
    hcl_comm_pieces(comm, to, sends, &from, receives);
    free(to);
}

void hcl_comm_node_bcast(struct hcl_comm *comm, struct hcl_node_block *b)
{
    uint64_t done = 0;
    if (!b->shared) {
        hcl_comm_bcast(comm, b->at, b->bytes, 0);
        return;
    }
    if (comm->local_rank == 0)
        hcl_comm_bcast_to_nodes(comm, b->at, b->bytes);
    if (b->once == HCL_ONCE_A_PLACE)
        to_places(comm, b);
    hcl_comm_max_u64(comm, &done, 1); /* the others have it once who fills it is here */
}

int hcl_comm_place_ranks(const struct hcl_comm *comm, bool *several)
{
    size_t fewest = (size_t)comm->size;
    *several = false;
    for (int r = 0; r < comm->size; r++) {
        const size_t here = sharers(comm, comm->place_of, r);
        fewest = here < fewest ? here : fewest;
        *several = *several || comm->place_of[r] != comm->root_of[r];
    }
    return (int)fewest;
}

bool hcl_comm_has_windows(const struct hcl_comm *comm)
{
    return comm->windows;
}

bool hcl_comm_near(const struct hcl_comm *comm, int r)
{
    return r == comm->rank || (comm->windows && comm->root_of[r] == comm->root_of[comm->rank]);
}

bool hcl_comm_together(const struct hcl_comm *comm)
{
    return comm->windows && comm->nodes == 1;
}

int hcl_comm_sharing(const struct hcl_comm *comm)
{
    return comm->windows ? comm->local_size : 1;
}

/* Files and sizes of all ranks. */
struct offered {
    struct place place;
    uint64_t bytes;
};

static hcl_status map_windows(struct hcl_node_windows *w, const struct hcl_comm *comm,
                              const struct offered *all, const char *who, struct hcl_err *err)
{
    hcl_status st = HCL_OK;
    for (int r = 0; st == HCL_OK && r < w->ranks; r++) {
        if (comm->root_of[r] != comm->root_of[comm->rank])
            continue;
        const bool mine = r == w->rank;
        const int fd = mine ? (int)all[r].place.fd : open_file(&all[r].place);
        if (fd < 0)
            return hcl_fail(err, HCL_NO_RESOURCE, "cannot reach %llu bytes of rank %d for \"%s\"",
                            (unsigned long long)all[r].bytes, r, who);
        st = hcl_mem_map(&w->of[r], fd, all[r].bytes, mine, mine ? all[r].bytes : 0, who, err);
        if (!mine)
            close(fd);
    }
    return st;
}

hcl_status hcl_node_windows_init(struct hcl_node_windows *w, struct hcl_comm *comm, size_t bytes,
                                 const char *who, struct hcl_err *err)
{
    struct offered mine = { { 0, -1 }, bytes > 0 ? bytes : 1 };
    struct offered *all = calloc((size_t)comm->size, sizeof *all);
    hcl_status st;
    *w = (struct hcl_node_windows){ .rank = comm->rank, .ranks = comm->size };
    w->of = calloc((size_t)comm->size, sizeof *w->of);
    st = all && w->of ? HCL_OK : hcl_fail(err, HCL_NO_RESOURCE, "out of memory for %d ranks", comm->size);
    if (st == HCL_OK && mine.bytes <= hcl_mem_left())
        mine.place = make_file(mine.bytes);
    if (st == HCL_OK && mine.place.fd < 0)
        st = hcl_fail(
            err, HCL_NO_RESOURCE,
            "cannot allocate %llu bytes that ranks share for \"%s\": %llu of the memory budget are left",
            (unsigned long long)mine.bytes, who, (unsigned long long)hcl_mem_left());
    HCL_TRY(hcl_comm_agree(comm, st, err));
    struct hcl_comm_log *log = comm->log;
    comm->log = NULL; /* numbers of processes are not the same again */
    hcl_comm_allgather(comm, &mine, all, sizeof mine);
    comm->log = log;
    st = hcl_comm_agree(comm, map_windows(w, comm, all, who, err), err);
done:
    if (mine.place.fd >= 0)
        close((int)mine.place.fd);
    free(all);
    if (st != HCL_OK)
        hcl_node_windows_clear(w, false);
    return st;
}

void hcl_node_windows_clear(struct hcl_node_windows *w, bool secret)
{
    /* Its own last: the last who has a page is who gives it back to the system. */
    for (int r = 0; w->of && r < w->ranks; r++)
        if (r != w->rank)
            hcl_mem_free(w->of[r]);
    if (w->of && secret)
        hcl_mem_free_secret(w->of[w->rank]);
    else if (w->of)
        hcl_mem_free(w->of[w->rank]);
    free(w->of);
    *w = (struct hcl_node_windows){ 0 };
}

/* A limit on the size of files holds for those in memory, too: windows might not be had when they are needed.
 */
static bool files_are_limited(void)
{
    struct rlimit limit;
    return getrlimit(RLIMIT_FSIZE, &limit) != 0 || limit.rlim_cur != RLIM_INFINITY;
}

void hcl_comm_try_windows(struct hcl_comm *comm)
{
    struct hcl_node_windows trial;
    uint64_t most = files_are_limited() ? UINT64_MAX : (uint64_t)comm->local_size;
    hcl_comm_max_u64(comm, &most, 1);
    if (most < 2 || most == UINT64_MAX)
        return;
    comm->windows = hcl_node_windows_init(&trial, comm, 1, "trial", NULL) == HCL_OK;
    hcl_node_windows_clear(&trial, false);
}
