/* SPDX-License-Identifier: Apache-2.0 */
#include "coordinator/cli/secret_file.h"

#include "common/io/file_write.h"
#include "common/io/reader.h"
#include "common/sys/log.h"
#include "common/sys/random.h"

#include <errno.h>
#include <sodium.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { MAGIC = 8, FILE_BYTES = MAGIC + HCL_SECRET_BYTES, MAX_FILE = 1 << 20 };

static hcl_status make_secret(const char *path, const struct hcl_secret_kind *kind, struct hcl_err *err)
{
    uint8_t bytes[FILE_BYTES];
    struct hcl_random random;
    hcl_status st = hcl_random_init_os(&random, err);
    if (st != HCL_OK)
        return st;
    memcpy(bytes, kind->magic, MAGIC);
    hcl_random_bytes(&random, bytes + MAGIC, HCL_SECRET_BYTES);
    st = hcl_file_make_secret(path, bytes, sizeof bytes, err);
    hcl_random_clear(&random);
    sodium_memzero(bytes, sizeof bytes);
    return st;
}

hcl_status hcl_secret_read(uint8_t secret[HCL_SECRET_BYTES], const char *path,
                           const struct hcl_secret_kind *kind, bool make, struct hcl_err *err)
{
    struct hcl_file file = { 0 };
    struct stat info;
    hcl_status st = HCL_OK;
    if (access(path, F_OK) != 0 && errno == ENOENT) {
        if (!make)
            return hcl_fail(err, HCL_BAD_INPUT, "there is no %s '%s', expected %s", kind->name, path,
                            kind->expected);
        HCL_TRY(make_secret(path, kind, err));
    }
    HCL_TRY(hcl_file_read(&file, path, MAX_FILE, err));
    if (file.len != FILE_BYTES || memcmp(file.data, kind->magic, MAGIC) != 0) {
        st = hcl_fail(err, HCL_BAD_INPUT, "'%s' is no %s: expected %d bytes that begin with '%.8s'", path,
                      kind->name, (int)FILE_BYTES, kind->magic);
        goto done;
    }
    memcpy(secret, file.data + MAGIC, HCL_SECRET_BYTES);
    if (stat(path, &info) == 0 && info.st_mode & 077)
        hcl_log(HCL_LOG_WARNING, "others may read the %s '%s' (mode %03o)", kind->name, path,
                (unsigned)(info.st_mode & 0777));
done:
    hcl_file_clear(&file);
    return st;
}
