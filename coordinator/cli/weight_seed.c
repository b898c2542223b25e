/* SPDX-License-Identifier: Apache-2.0 */
#include "coordinator/cli/weight_seed.h"

#include "common/io/json_read.h"
#include "common/io/reader.h"
#include "coordinator/cli/secret_file.h"
#include "coordinator/cli/text.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

enum { MAX_FILE = 1 << 24 };

static const struct hcl_secret_kind kind = {
    { 'H', 'C', 'L', 'S', 'E', 'E', 'D', '1' },
    "weight seed",
    "the one of the key (--weight-seed FILE); prove and keygen make one",
};

hcl_status hcl_weight_seed_read(uint8_t seed[HCL_WEIGHT_SEED_BYTES], const char *path, bool make,
                                struct hcl_err *err)
{
    return hcl_secret_read(seed, path, &kind, make, err);
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
