/* SPDX-License-Identifier: Apache-2.0 */
#include "coordinator/cli/weight_seed.h"

#include "common/io/file_write.h"
#include "common/io/json_read.h"
#include "common/io/reader.h"
#include "common/sys/log.h"
#include "common/sys/random.h"
#include "coordinator/cli/text.h"

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

/* A file is the magic and the seed. */
static const char magic[8] = "HCLSEED1";
enum { FILE_BYTES = sizeof magic + HCL_WEIGHT_SEED_BYTES, MAX_FILE = 1 << 24 };

static hcl_status make_seed(const char *path, struct hcl_err *err)
{
    uint8_t bytes[FILE_BYTES];
    struct hcl_random random;
    hcl_status st = hcl_random_init_os(&random, err);
    if (st != HCL_OK)
        return st;
    memcpy(bytes, magic, sizeof magic);
    hcl_random_bytes(&random, bytes + sizeof magic, HCL_WEIGHT_SEED_BYTES);
    st = hcl_file_make_secret(path, bytes, sizeof bytes, err);
    hcl_random_clear(&random);
    sodium_memzero(bytes, sizeof bytes);
    return st;
}

hcl_status hcl_weight_seed_read(uint8_t seed[HCL_WEIGHT_SEED_BYTES], const char *path, bool make,
                                struct hcl_err *err)
{
    struct hcl_file file = { 0 };
    struct stat info;
    hcl_status st = HCL_OK;
    if (access(path, F_OK) != 0 && errno == ENOENT) {
        if (!make)
            return hcl_fail(
                err, HCL_BAD_INPUT,
                "there is no weight seed '%s', expected the one of the key (--weight-seed FILE); prove and "
                "keygen make one",
                path);
        HCL_TRY(make_seed(path, err));
    }
    HCL_TRY(hcl_file_read(&file, path, MAX_FILE, err));
    if (file.len != FILE_BYTES || memcmp(file.data, magic, sizeof magic) != 0) {
        st = hcl_fail(err, HCL_BAD_INPUT, "'%s' is no weight seed: expected %d bytes that begin with '%.8s'",
                      path, (int)FILE_BYTES, magic);
        goto done;
    }
    memcpy(seed, file.data + sizeof magic, HCL_WEIGHT_SEED_BYTES);
    if (stat(path, &info) == 0 && info.st_mode & 077)
        hcl_log(HCL_LOG_WARNING, "others may read the weight seed '%s' (mode %03o)", path,
                (unsigned)(info.st_mode & 0777));
done:
    if (file.data)
        sodium_memzero((void *)file.data, file.len);
    hcl_file_clear(&file);
    return st;
}

/* {"<id>": proofs, ..}; none yet: an empty object. */
static hcl_status read_counts(json_t **counts, const char *path, struct hcl_err *err)
{
    struct hcl_file file;
    hcl_status st;
    *counts = NULL;
    if (access(path, F_OK) != 0 && errno == ENOENT) {
        *counts = json_object();
        return *counts ? HCL_OK : hcl_fail(err, HCL_NO_RESOURCE, "no memory for '%s'", path);
    }
    st = hcl_file_read(&file, path, MAX_FILE, err);
    if (st != HCL_OK)
        return st;
    st = hcl_json_parse(counts, (const char *)file.data, file.len, path, err);
    hcl_file_clear(&file);
    return st;
}

static hcl_status count_locked(const char *path, const char *id, uint64_t allowed, uint64_t *made,
                               struct hcl_err *err)
{
    json_t *counts = NULL;
    const json_t *entry;
    hcl_status st = HCL_OK;
    HCL_TRY(read_counts(&counts, path, err));
    entry = json_object_get(counts, id);
    if (!json_is_object(counts) || (entry && (!json_is_integer(entry) || json_integer_value(entry) < 0))) {
        st =
            hcl_fail(err, HCL_BAD_INPUT, "'%s' does not count proofs: expected {\"<id>\": number, ..}", path);
        goto done;
    }
    *made = (uint64_t)json_integer_value(entry) + 1;
    if (*made > allowed) {
        st = hcl_fail(
            err, HCL_BAD_INPUT,
            "this key hides its weights for %llu proofs, and '%s' says that all have been made: make "
            "another with --key-proofs, or with another --weight-seed",
            (unsigned long long)allowed, path);
        goto done;
    }
    json_object_set_new(counts, id, json_integer((json_int_t)*made));
    HCL_TRY(hcl_json_write(path, counts, err));
done:
    json_decref(counts);
    return st;
}

hcl_status hcl_weight_seed_count(const char *path, const uint8_t id[32], uint64_t allowed, uint64_t *made,
                                 struct hcl_err *err)
{
    char hex[65], *counts = NULL;
    hcl_status st;
    int lock = open(path, O_RDONLY | O_CLOEXEC);
    if (lock < 0 || flock(lock, LOCK_EX) != 0) {
        st = hcl_fail(err, HCL_NO_RESOURCE, "cannot lock the weight seed '%s': %s", path, strerror(errno));
        goto done;
    }
    hcl_hex(hex, id, 32);
    if (asprintf(&counts, "%s.proofs", path) < 0)
        counts = NULL;
    st = counts ? count_locked(counts, hex, allowed, made, err)
                : hcl_fail(err, HCL_NO_RESOURCE, "no memory for a path");
done:
    if (lock >= 0)
        close(lock);
    free(counts);
    return st;
}
