/* SPDX-License-Identifier: Apache-2.0 */
#include "common/halo2/commit_cache.h"
#include "tests/support/test.h"
#include <dirent.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { K = 12, N = 1 << K };

static hcl_fr column[N];
static struct hcl_srs srs = { .k = K }; /* its points are not looked at, only its verifier part */
static char folder[64];
static struct hcl_commit_cache cache;

/* Small, negative, wide and field-sized tiles, one of zeros, and the bounds of every width. */
static void fill(void)
{
    static const int64_t edges[] = { -128,  127,       -129,      32767,     -32768,
                                     32768, INT32_MIN, INT32_MAX, INT64_MIN, INT64_MAX };
    for (size_t i = 0; i < N; i++)
        hcl_fr_from_i64(&column[i], i < 1024 ? (int64_t)(i % 250) - 120 : 0);
    for (size_t i = 0; i < sizeof edges / sizeof *edges; i++)
        hcl_fr_from_i64(&column[1030 + i], edges[i]);
    column[3072] = hcl_fr_delta;
    hcl_fr_from_i64(&column[N - 1], -5);
}

static int set_up(void **state)
{
    struct hcl_err err;
    (void)state;
    fill();
    snprintf(folder, sizeof folder, "/tmp/halocline-commitments-%d", (int)getpid());
    srs.verifier = (struct hcl_srs_verifier){ .g = hcl_g1_generator, .g2 = hcl_g2_generator };
    return hcl_commit_cache_init(&cache, strdup(folder), &srs, &err) == HCL_OK ? 0 : -1;
}

static size_t entries(char *last, size_t len)
{
    DIR *d = opendir(folder);
    size_t count = 0;
    assert_non_null(d);
    for (struct dirent *e; (e = readdir(d)) != NULL;)
        if (e->d_name[0] != '.') {
            count++;
            snprintf(last, len, "%s/%s", folder, e->d_name);
        }
    closedir(d);
    return count;
}

static int tear_down(void **state)
{
    char path[512];
    (void)state;
    while (entries(path, sizeof path) > 0)
        unlink(path);
    rmdir(folder);
    hcl_commit_cache_clear(&cache);
    return 0;
}

static bool same_id(const struct hcl_commit_cache *c, const uint8_t want[HCL_COMMIT_ID_BYTES])
{
    uint8_t id[HCL_COMMIT_ID_BYTES];
    hcl_commit_cache_id(id, c, column);
    return memcmp(id, want, sizeof id) == 0;
}

static void an_id_is_of_every_row_and_of_the_srs(void **state)
{
    static const size_t rows[] = { 0, 1, 1023, 1024, 1030, 2000, 3072, 3073, N - 1 };
    struct hcl_commit_cache other = cache;
    uint8_t id[HCL_COMMIT_ID_BYTES];
    (void)state;
    hcl_commit_cache_id(id, &cache, column);
    assert_true(same_id(&cache, id));
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const hcl_fr before = column[rows[i]];
        hcl_fr_add(&column[rows[i]], &before, &hcl_fr_one);
        assert_false(same_id(&cache, id));
        hcl_fr_neg(&column[rows[i]], &before);
        assert_true(same_id(&cache, id) == hcl_fr_is_zero(&before));
        column[rows[i]] = before;
    }
    other.srs_id[31] ^= 1;
    assert_false(same_id(&other, id));
    other = cache;
    other.k--;
    assert_false(same_id(&other, id));
}

/* Whatever a column is stored as, its id is the same. */
static void an_id_does_not_depend_on_the_storage(void **state)
{
    static const size_t counts[] = { 0, 1, 1024, 1031, 1040, 3073, N };
    uint8_t want[HCL_COMMIT_ID_BYTES], got[HCL_COMMIT_ID_BYTES];
    (void)state;
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) {
        struct hcl_compact c;
        struct hcl_err err;
        fill();
        memset(column + counts[i], 0, (N - counts[i]) * sizeof *column);
        hcl_commit_cache_id(want, &cache, column);
        assert_ok(hcl_compact_from_fr(&c, N, column, N, false, "test", &err), err);
        hcl_commit_cache_id_compact(got, &cache, &c);
        assert_memory_equal(got, want, sizeof want);
        hcl_compact_clear(&c);
        for (int width = HCL_COMPACT_FR; width > 0; width -= HCL_COMPACT_FR - 8) { /* 32 and 8 */
            assert_ok(hcl_compact_init(&c, N, N, width, width == 8 ? N : 0, false, "test", &err), err);
            if (width == 8)
                memset(c.cells, 0, 8 * N);
            hcl_compact_put(&c, 0, column, N);
            hcl_commit_cache_id_compact(got, &cache, &c);
            assert_memory_equal(got, want, sizeof want);
            hcl_compact_clear(&c);
            if (width == 8)
                break;
        }
    }
    fill();
}

static void an_entry_is_found_until_it_is_damaged(void **state)
{
    uint8_t id[HCL_COMMIT_ID_BYTES], other[HCL_COMMIT_ID_BYTES] = { 1 };
    struct hcl_err err;
    char path[512], moved[256];
    hcl_g1 p = hcl_g1_infinity;
    struct stat info;
    (void)state;
    hcl_commit_cache_id(id, &cache, column);
    assert_false(hcl_commit_cache_find(&p, &cache, id));
    assert_ok(hcl_commit_cache_keep(&cache, id, &hcl_g1_generator, &err), err);
    assert_true(hcl_commit_cache_find(&p, &cache, id));
    assert_true(hcl_g1_eq(&p, &hcl_g1_generator));
    assert_false(hcl_commit_cache_find(&p, &cache, other));
    assert_int_equal(entries(path, sizeof path), 1);
    assert_int_equal(stat(path, &info), 0);
    assert_int_equal(info.st_size, 104);
    for (long at = 0; at < 104; at++)
        for (int turn = 0; turn < 2; turn++) {
            FILE *f = fopen(path, "r+");
            assert_int_equal(fseek(f, at, SEEK_SET), 0);
            const int byte = fgetc(f);
            assert_int_equal(fseek(f, at, SEEK_SET), 0);
            assert_int_equal(fputc(byte ^ 4, f), byte ^ 4);
            fclose(f);
            assert_true(hcl_commit_cache_find(&p, &cache, id) == (turn == 1));
        }
    assert_int_equal(truncate(path, 103), 0);
    assert_false(hcl_commit_cache_find(&p, &cache, id));
    assert_ok(hcl_commit_cache_keep(&cache, id, &hcl_g1_generator, &err), err); /* repaired */
    assert_true(hcl_commit_cache_find(&p, &cache, id));
    snprintf(moved, sizeof moved, "%s/01%062d.point", folder, 0); /* under another id's name */
    assert_int_equal(rename(path, moved), 0);
    assert_false(hcl_commit_cache_find(&p, &cache, other));
    unlink(moved);
}

static void entries_can_be_forgotten(void **state)
{
    uint8_t id[2][HCL_COMMIT_ID_BYTES] = { { 1 }, { 2 } };
    struct hcl_err err;
    hcl_g1 p;
    (void)state;
    assert_ok(hcl_commit_cache_keep(&cache, id[1], &hcl_g1_infinity, &err), err);
    assert_true(hcl_commit_cache_find(&p, &cache, id[1]));
    assert_true(hcl_g1_is_infinity(&p)); /* of a column of zeros */
    hcl_commit_cache_forget(&cache, (const uint8_t(*)[HCL_COMMIT_ID_BYTES])id, 2);
    assert_false(hcl_commit_cache_find(&p, &cache, id[1]));
}

static void without_a_folder_nothing_is_kept(void **state)
{
    struct hcl_commit_cache none = { .k = K }, bad;
    const uint8_t id[HCL_COMMIT_ID_BYTES] = { 3 };
    struct hcl_err err;
    hcl_g1 p;
    (void)state;
    assert_ok(hcl_commit_cache_keep(&none, id, &hcl_g1_generator, &err), err);
    assert_false(hcl_commit_cache_find(&p, &none, id));
    assert_int_equal(hcl_commit_cache_init(&bad, strdup("/proc/none"), &srs, &err), HCL_NO_RESOURCE);
    assert_null(bad.folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_id_is_of_every_row_and_of_the_srs),
        cmocka_unit_test(an_id_does_not_depend_on_the_storage),
        cmocka_unit_test(an_entry_is_found_until_it_is_damaged),
        cmocka_unit_test(entries_can_be_forgotten),
        cmocka_unit_test(without_a_folder_nothing_is_kept),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
