/* SPDX-License-Identifier: Apache-2.0 */
/* Keys with a cache of commitments: the same key from nothing, from all and from some of the entries. */
#include "coordinator/run/keygen.h"
#include "tests/mpi/mpi_test.h"
#include "tests/mpi/vectors.h"

#include <dirent.h>
#include <string.h>
#include <unistd.h>

static char folder[64];

/* Rank 0's process id names the folder that all ranks share. */
static void cache_init(struct hcl_comm *comm, struct hcl_commit_cache *c, const struct hcl_srs *srs)
{
    int64_t pid = getpid();
    hcl_comm_bcast(comm, &pid, sizeof pid, 0);
    snprintf(folder, sizeof folder, "/tmp/halocline-commit-key-%ld", (long)pid);
    EXPECT_OK(comm, hcl_commit_cache_init(c, strdup(folder), srs, err));
}

/* Call `change` with each entry's number and path; how many there are. */
static size_t each_entry(void (*change)(size_t i, const char *path))
{
    struct dirent **name;
    const int count = scandir(folder, &name, NULL, alphasort);
    size_t entries = 0;
    for (int i = 0; i < count; i++) {
        char path[512];
        snprintf(path, sizeof path, "%s/%s", folder, name[i]->d_name);
        if (name[i]->d_name[0] != '.')
            change(entries++, path);
        free(name[i]);
    }
    free(name);
    return entries;
}

static void leave(size_t i, const char *path)
{
    (void)i;
    (void)path;
}

static void drop(size_t i, const char *path)
{
    (void)i;
    unlink(path);
}

static void drop_half(size_t i, const char *path)
{
    if (i % 2 == 0)
        unlink(path);
}

static void wait_for_all(struct hcl_comm *comm)
{
    (void)hcl_comm_agree(comm, HCL_OK, NULL);
}

static void on_rank_0(struct hcl_comm *comm, void (*change)(size_t i, const char *path))
{
    wait_for_all(comm);
    if (hcl_comm_rank(comm) == 0)
        each_entry(change);
    wait_for_all(comm);
}

static bool same_vk(const struct hcl_vk *a, const struct hcl_vk *b)
{
    return hcl_fr_eq(&a->transcript_repr, &b->transcript_repr);
}

static void make(struct hcl_comm *comm, struct hcl_keys *keys, const struct vector *v,
                 const struct hcl_commit_cache *cache)
{
    EXPECT_OK(comm, hcl_keygen(keys, comm, &v->circuit, &v->srs, cache, NULL, 1, NULL, err));
}

static void test_same_key(struct hcl_comm *comm)
{
    struct hcl_keys want, got;
    struct hcl_commit_cache cache;
    struct vector v;
    void (*const changes[])(size_t, const char *) = { leave, leave, drop_half, drop };
    vector_load(&v, "everything");
    cache_init(comm, &cache, &v.srs);
    make(comm, &want, &v, NULL);
    EXPECT(comm, want.column_ids.count == 0 && want.column_ids.found == 0);
    for (size_t i = 0; i < sizeof changes / sizeof *changes; i++) {
        make(comm, &got, &v, &cache);
        EXPECT(comm, same_vk(&got.vk, &want.vk));
        wait_for_all(comm);
        EXPECT(comm, each_entry(leave) >= 3);
        on_rank_0(comm, changes[i]);
        hcl_keys_clear(&got);
    }
    /* a rank without a cache is no obstacle */
    make(comm, &got, &v, hcl_comm_rank(comm) % 2 == 0 ? &cache : NULL);
    EXPECT(comm, same_vk(&got.vk, &want.vk));
    hcl_keys_clear(&got);
    on_rank_0(comm, drop);
    hcl_keys_clear(&want);
    hcl_commit_cache_clear(&cache);
    vector_clear(&v);
}

/* What is found is used by all ranks, so a wrong entry makes another key; forgotten, it does no more harm. */
static void test_found_is_used(struct hcl_comm *comm)
{
    struct hcl_keys want, got;
    struct hcl_commit_cache cache;
    struct vector v;
    vector_load(&v, "everything");
    cache_init(comm, &cache, &v.srs);
    make(comm, &want, &v, &cache);
    for (size_t i = 0; i < want.column_ids.count; i++)
        EXPECT_OK(comm, hcl_commit_cache_keep(&cache, want.column_ids.id[i], &hcl_g1_generator, err));
    make(comm, &got, &v, &cache);
    EXPECT(comm, !same_vk(&got.vk, &want.vk));
    EXPECT(comm, got.column_ids.found == v.circuit.num_fixed + v.circuit.num_permutation);
    for (size_t i = 0; i < v.circuit.num_fixed; i++)
        EXPECT(comm, hcl_g1_eq(&got.vk.fixed[i], &hcl_g1_generator));
    for (size_t i = 0; i < v.circuit.num_permutation; i++)
        EXPECT(comm, hcl_g1_eq(&got.vk.sigma[i], &hcl_g1_generator));
    hcl_commit_cache_forget(&cache, (const uint8_t(*)[HCL_COMMIT_ID_BYTES])got.column_ids.id,
                            got.column_ids.count);
    hcl_keys_clear(&got);
    wait_for_all(comm);
    EXPECT(comm, each_entry(leave) == 0);
    wait_for_all(comm);
    make(comm, &got, &v, &cache);
    EXPECT(comm, same_vk(&got.vk, &want.vk));
    hcl_keys_clear(&got);
    hcl_keys_clear(&want);
    on_rank_0(comm, drop);
    if (hcl_comm_rank(comm) == 0)
        rmdir(folder);
    hcl_commit_cache_clear(&cache);
    vector_clear(&v);
}

int main(void)
{
    static const struct mpi_test tests[] = { { "same key", test_same_key },
                                             { "found is used", test_found_is_used } };
    return mpi_test_main(tests, sizeof tests / sizeof *tests);
}
