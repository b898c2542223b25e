/* SPDX-License-Identifier: Apache-2.0 */
/* The transport on several ranks: every primitive with ragged counts, zero counts and messages longer than
 * one piece. */
#include "common/comm/comm_internal.h"
#include "common/sys/mem.h"
#include "tests/mpi/mpi_test.h"

#include <string.h>

/* The byte that rank `from` sends to rank `to` at position i. */
static unsigned char pattern(int from, int to, size_t i)
{
    return (unsigned char)((size_t)from * 31 + (size_t)to * 57 + i * 7 + (i >> 8));
}

/* Ragged: some pairs send nothing, others more than one piece. */
static size_t ragged(int from, int to)
{
    return (size_t)(from * 5 + to * 3) % 4 * 333;
}

static void *take(struct hcl_comm *comm, size_t n)
{
    void *p = calloc(n ? n : 1, 1);
    EXPECT(comm, p != NULL);
    return p;
}

static void test_bcast(struct hcl_comm *comm)
{
    for (int root = 0; root < hcl_comm_size(comm); root++) {
        unsigned char data[1000];
        for (size_t i = 0; i < sizeof data; i++)
            data[i] = hcl_comm_rank(comm) == root ? pattern(root, 0, i) : 0;
        hcl_comm_bcast(comm, data, sizeof data, root);
        for (size_t i = 0; i < sizeof data; i++)
            EXPECT(comm, data[i] == pattern(root, 0, i));
    }
}

/* Fewer bytes than go in one piece, and more. */
static void test_allgather(struct hcl_comm *comm)
{
    const int me = hcl_comm_rank(comm), size = hcl_comm_size(comm);
    for (size_t bytes = 0; bytes <= 500; bytes += 8 + bytes * 6) {
        unsigned char *mine = take(comm, bytes), *all = take(comm, (size_t)size * bytes);
        for (size_t i = 0; i < bytes; i++)
            mine[i] = pattern(me, 1, i);
        hcl_comm_allgather(comm, mine, all, bytes);
        for (size_t i = 0; i < (size_t)size * bytes; i++)
            EXPECT(comm, all[i] == pattern((int)(i / bytes), 1, i % bytes));
        free(all);
        free(mine);
    }
}

static void test_alltoallv(struct hcl_comm *comm)
{
    int me = hcl_comm_rank(comm), size = hcl_comm_size(comm);
    size_t *sc = take(comm, (size_t)size * sizeof *sc), *rc = take(comm, (size_t)size * sizeof *rc);
    size_t out = 0, in = 0, at = 0;
    for (int r = 0; r < size; r++) {
        out += sc[r] = ragged(me, r);
        in += rc[r] = ragged(r, me);
    }
    unsigned char *send = take(comm, out), *recv = take(comm, in);
    for (int r = 0; r < size; r++)
        for (size_t i = 0; i < sc[r]; i++)
            send[at++] = pattern(me, r, i);
    struct hcl_comm_counters before, after;
    hcl_comm_counters(comm, &before);
    hcl_comm_alltoallv(comm, send, sc, recv, rc);
    hcl_comm_counters(comm, &after);
    EXPECT(comm, after.bytes_sent - before.bytes_sent == out - sc[me]);
    EXPECT(comm, after.bytes_received - before.bytes_received == in - rc[me]);
    at = 0;
    for (int r = 0; r < size; r++)
        for (size_t i = 0; i < rc[r]; i++)
            EXPECT(comm, recv[at++] == pattern(r, me, i));
    free(send);
    free(recv);
    free(sc);
    free(rc);
}

static void test_max(struct hcl_comm *comm)
{
    uint64_t v[300], size = (uint64_t)hcl_comm_size(comm), me = (uint64_t)hcl_comm_rank(comm);
    for (size_t i = 0; i < 300; i++)
        v[i] = i * (me + 1);
    hcl_comm_max_u64(comm, v, 300);
    for (size_t i = 0; i < 300; i++)
        EXPECT(comm, v[i] == i * size);
}

static void test_sum(struct hcl_comm *comm)
{
    uint64_t v[300], size = (uint64_t)hcl_comm_size(comm), me = (uint64_t)hcl_comm_rank(comm);
    for (size_t i = 0; i < 300; i++)
        v[i] = i * (me + 1) - 5;
    hcl_comm_sum_u64(comm, v, 300);
    for (size_t i = 0; i < 300; i++)
        EXPECT(comm, v[i] == i * size * (size + 1) / 2 - 5 * size);
}

static void test_allgatherv(struct hcl_comm *comm)
{
    int me = hcl_comm_rank(comm), size = hcl_comm_size(comm);
    size_t *counts = take(comm, (size_t)size * sizeof *counts), all = 0, at = 0;
    for (int r = 0; r < size; r++)
        all += counts[r] = ragged(r, 3);
    unsigned char *send = take(comm, counts[me] + 1), *recv = take(comm, all + 1);
    for (size_t i = 0; i < counts[me]; i++)
        send[i] = pattern(me, 1, i);
    hcl_comm_allgatherv(comm, send, recv, counts);
    for (int r = 0; r < size; r++)
        for (size_t i = 0; i < counts[r]; i++)
            EXPECT(comm, recv[at++] == pattern(r, 1, i));
    free(send);
    free(recv);
    free(counts);
}

static void test_agree(struct hcl_comm *comm)
{
    int me = hcl_comm_rank(comm), size = hcl_comm_size(comm);
    struct hcl_err err = { "" };
    EXPECT(comm, hcl_comm_agree(comm, HCL_OK, &err) == HCL_OK);
    EXPECT(comm, err.msg[0] == 0);
    /* All ranks from `bad` on fail: the lowest is reported everywhere, with its own status. */
    for (int bad = 0; bad < size; bad++) {
        hcl_status st = HCL_OK;
        char expected[64];
        if (me >= bad)
            st = hcl_fail(&err, me == bad ? HCL_BAD_INPUT : HCL_NO_RESOURCE, "no luck %d", me);
        EXPECT(comm, hcl_comm_agree(comm, st, &err) == HCL_BAD_INPUT);
        snprintf(expected, sizeof expected, size > 1 ? "rank %d: no luck %d" : "no luck %d", bad, bad);
        EXPECT(comm, strcmp(err.msg, expected) == 0);
    }
    EXPECT(comm, hcl_comm_agree(comm, me == 0 ? HCL_FALSE_CLAIM : HCL_OK, NULL) == HCL_FALSE_CLAIM);
    uint64_t most[2] = { (uint64_t)me, (uint64_t)(size - me) };
    EXPECT(comm, hcl_comm_agree_max(comm, HCL_OK, most, 2, &err) == HCL_OK);
    EXPECT(comm, most[0] == (uint64_t)size - 1 && most[1] == (uint64_t)size);
    const hcl_status unlucky = me == size - 1 ? hcl_fail(&err, HCL_BAD_INPUT, "no luck") : HCL_OK;
    EXPECT(comm, hcl_comm_agree_max(comm, unlucky, most, 2, &err) == HCL_BAD_INPUT);
    EXPECT(comm, hcl_comm_same(comm, "equal", 5, "text", &err) == HCL_OK);
    if (size > 1) {
        EXPECT(comm, hcl_comm_same(comm, me == 1 ? "x" : "y", 1, "letter", &err) == HCL_NO_RESOURCE);
        EXPECT(comm, strcmp(err.msg, "rank 1: letter differs from rank 0's") == 0);
    }
}

/* Ranks of a node: all, or with HALOCLINE_NODE_RANKS so many; the last node has what is left. */
static int node_ranks(const struct hcl_comm *comm)
{
    const char *text = getenv("HALOCLINE_NODE_RANKS");
    return text ? atoi(text) : hcl_comm_size(comm);
}

static bool of_my_node(const struct hcl_comm *comm, int r)
{
    return r / node_ranks(comm) == hcl_comm_rank(comm) / node_ranks(comm);
}

static void test_local(struct hcl_comm *comm)
{
    int here = 0;
    for (int r = 0; r < hcl_comm_size(comm); r++) {
        here += of_my_node(comm, r);
        EXPECT(comm, hcl_comm_near(comm, r) == of_my_node(comm, r));
    }
    EXPECT(comm, hcl_comm_local_size(comm) == here && hcl_comm_sharing(comm) == here);
    EXPECT(comm, hcl_comm_local_rank(comm) == hcl_comm_rank(comm) % node_ranks(comm));
    EXPECT(comm, hcl_comm_has_windows(comm) == (hcl_comm_size(comm) > 1));
    EXPECT(comm,
           hcl_comm_together(comm) == (hcl_comm_size(comm) > 1 && hcl_comm_size(comm) <= node_ranks(comm)));
}

/* Whether rank r has the block that this one has: of the node, or also of the place. */
static bool has_mine(const struct hcl_comm *comm, const int *place, int r)
{
    return of_my_node(comm, r) && (!place || place[r] == place[hcl_comm_rank(comm)]);
}

/* The ranks that have a block once see what the first of them has written, and are charged a part of it. */
static void node_block(struct hcl_comm *comm, hcl_comm_once once, const int *place)
{
    const int size = hcl_comm_size(comm), me = hcl_comm_rank(comm);
    int first = me;
    size_t ranks = 1;
    for (int r = size - 1; r >= 0; r--)
        if (r != me && has_mine(comm, place, r)) {
            first = r < first ? r : first;
            ranks++;
        }
    uint64_t most = ranks;
    hcl_comm_max_u64(comm, &most, 1);
    for (size_t bytes = 0; bytes < 1000000; bytes = bytes * 9 + 4000) {
        const size_t each = (bytes + ranks - 1) / ranks;
        struct hcl_node_block b;
        uint64_t before, after, peak;
        hcl_mem_usage(&before, &peak);
        EXPECT_OK(comm, hcl_comm_node_alloc(&b, comm, bytes, once, "test", err));
        hcl_mem_usage(&after, &peak);
        EXPECT(comm, b.bytes == bytes && b.shared == (most > 1 && bytes > 0));
        EXPECT(comm, after - before == (b.shared ? each : bytes));
        EXPECT(comm, b.fills == (!b.shared || me == first));
        unsigned char *p = b.at;
        for (size_t i = 0; hcl_comm_rank(comm) == 0 && i < bytes; i++)
            p[i] = pattern(0, 2, i);
        hcl_comm_node_bcast(comm, &b);
        for (size_t i = 0; i < bytes; i++)
            EXPECT(comm, p[i] == pattern(0, 2, i));
        EXPECT_OK(comm, hcl_comm_agree(comm, HCL_OK, err));
        if (bytes > 0 && b.shared && me == first)
            p[bytes - 1] ^= (unsigned char)(1 + first);
        EXPECT_OK(comm, hcl_comm_agree(comm, HCL_OK, err));
        EXPECT(comm, !b.shared || p[bytes - 1] == (pattern(0, 2, bytes - 1) ^ (1 + first)));
        EXPECT_OK(comm, hcl_comm_agree(comm, HCL_OK, err));
        hcl_mem_free(b.at);
        hcl_mem_usage(&after, &peak);
        EXPECT(comm, after == before);
    }
}

static void test_node_block(struct hcl_comm *comm)
{
    node_block(comm, HCL_ONCE_A_NODE, NULL);
    node_block(comm, HCL_ONCE_A_PLACE, NULL); /* a node is one place */
}

/* One for each NUMA node: ranks take turns on two of them, which have different numbers on each node; or two
 * by two, where there are places of a rank alone and others. */
static void test_places(struct hcl_comm *comm)
{
    const int size = hcl_comm_size(comm), me = hcl_comm_rank(comm);
    int *place = take(comm, (size_t)size * sizeof *place);
    bool several;
    for (int form = 0; form < 2; form++) {
        int fewest = size, here;
        bool expected = false;
        for (int r = 0; r < size; r++)
            place[r] = form == 0 ? r % 2 + r / node_ranks(comm) : r / 2;
        EXPECT_OK(comm, hcl_comm_set_place(comm, place[me], err));
        for (int r = 0; r < size; r++) {
            here = 0;
            for (int o = 0; o < size; o++) {
                const bool same_node = o / node_ranks(comm) == r / node_ranks(comm);
                here += same_node && place[o] == place[r];
                expected = expected || (same_node && place[o] != place[r]);
            }
            fewest = here < fewest ? here : fewest;
        }
        EXPECT(comm, hcl_comm_place_ranks(comm, &several) == fewest && several == expected);
        node_block(comm, HCL_ONCE_A_NODE, NULL);
        node_block(comm, HCL_ONCE_A_PLACE, place);
    }
    /* Of a node one of whose ranks may be anywhere all ranks have one. */
    EXPECT_OK(comm, hcl_comm_set_place(comm, me % node_ranks(comm) == 0 ? -1 : me, err));
    EXPECT(comm, hcl_comm_place_ranks(comm, &several) >= 1 && !several);
    node_block(comm, HCL_ONCE_A_PLACE, NULL);
    free(place);
}

/* Without room for it on one rank nobody shares, and the error is everybody's. */
static void test_node_block_refused(struct hcl_comm *comm)
{
    struct hcl_node_block b;
    struct hcl_err err = { "" };
    if (hcl_comm_rank(comm) == hcl_comm_size(comm) - 1)
        hcl_mem_set_limit(1000);
    EXPECT(comm, hcl_comm_node_alloc(&b, comm, 1 << 20, HCL_ONCE_A_NODE, "test", &err) == HCL_NO_RESOURCE);
    hcl_mem_set_limit(0);
    hcl_mem_free(b.at);
}

/* A sanitizer's notes of what is touched are resident, too, and not ours to count. */
static bool is_below(uint64_t resident, uint64_t most)
{
#ifdef HCL_SANITIZED
    (void)resident, (void)most;
    return true;
#else
    return resident < most;
#endif
}

/* Each rank reads what the others of its node have written, and is charged its own window alone. */
static void test_windows(struct hcl_comm *comm)
{
    const int me = hcl_comm_rank(comm), size = hcl_comm_size(comm);
    for (size_t most = 1; size > 1 && most < 40000000; most *= 300) {
        struct hcl_node_windows w;
        uint64_t before, after, peak, resident = hcl_mem_rss();
        const size_t bytes = most * (size_t)me; /* none on rank 0 */
        hcl_mem_usage(&before, &peak);
        EXPECT_OK(comm, hcl_node_windows_init(&w, comm, bytes, "test", err));
        hcl_mem_usage(&after, &peak);
        EXPECT(comm, after - before == (bytes > 0 ? bytes : 1));
        for (size_t i = 0; i < bytes; i++)
            ((unsigned char *)w.of[me])[i] = pattern(me, 3, i);
        hcl_comm_meet(comm);
        for (int r = 0; r < size; r++)
            EXPECT(comm, (w.of[r] != NULL) == of_my_node(comm, r));
        for (int r = 0; r < size; r++)
            for (size_t i = 0; w.of[r] && i < most * (size_t)r; i += 1 + most / 1000)
                EXPECT(comm, ((const unsigned char *)w.of[r])[i] == pattern(r, 3, i));
        EXPECT(comm, is_below(hcl_mem_rss(), resident + bytes + 4000000));
        /* To look is to allocate, of which a sanitizer keeps what was freed: looked at in this order. */
        const uint64_t here = hcl_mem_rss();
        EXPECT(comm, hcl_mem_peak_rss() >= here);
        EXPECT(comm, is_below(hcl_mem_peak_rss(), resident + bytes + 8000000));
        hcl_comm_meet(comm);
        hcl_node_windows_clear(&w, true);
        hcl_mem_usage(&after, &peak);
        EXPECT(comm, after == before);
    }
}

/* Where one rank has no room for its own, no rank gets any. */
static void test_windows_refused(struct hcl_comm *comm)
{
    const int last = hcl_comm_size(comm) - 1;
    struct hcl_node_windows w;
    struct hcl_err err = { "" };
    char name[24];
    if (last == 0)
        return;
    if (hcl_comm_rank(comm) == last)
        hcl_mem_set_limit(1000);
    EXPECT(comm, hcl_node_windows_init(&w, comm, 1 << 20, "test", &err) == HCL_NO_RESOURCE);
    snprintf(name, sizeof name, "rank %d: ", last);
    EXPECT(comm, strncmp(err.msg, name, strlen(name)) == 0 && strstr(err.msg, "1048576 bytes"));
    EXPECT(comm, w.of == NULL);
    hcl_mem_set_limit(0);
}

int main(void)
{
    static const struct mpi_test tests[] = {
        { "bcast", test_bcast },
        { "allgather", test_allgather },
        { "alltoallv", test_alltoallv },
        { "max", test_max },
        { "sum", test_sum },
        { "allgatherv", test_allgatherv },
        { "agree", test_agree },
        { "local", test_local },
        { "node block", test_node_block },
        { "places", test_places },
        { "node block refused", test_node_block_refused },
        { "windows", test_windows },
        { "windows refused", test_windows_refused },
    };
    hcl_comm_chunk = 100; /* as if 2 GiB messages were common */
    return mpi_test_main(tests, sizeof tests / sizeof *tests);
}
