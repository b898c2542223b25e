/* SPDX-License-Identifier: Apache-2.0 */
#include "common/io/reader.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Reads exactly len bytes; a file that shrank meanwhile is an error. */
static hcl_status read_all(int fd, const char *path, uint8_t *to, size_t len, struct hcl_err *err)
{
    for (size_t got = 0; got < len;) {
        ssize_t n = read(fd, to + got, len - got);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return hcl_fail(err, HCL_NO_RESOURCE, "cannot read '%s': %s", path, strerror(errno));
        if (n == 0)
            return hcl_fail(err, HCL_BAD_INPUT, "'%s' shrank while it was read, to %zu of %zu bytes", path,
                            got, len);
        got += (size_t)n;
    }
    return HCL_OK;
}

hcl_status hcl_file_read(struct hcl_file *out, const char *path, size_t max_bytes, struct hcl_err *err)
{
    hcl_status st = HCL_OK;
    *out = (struct hcl_file){ 0 };
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return hcl_fail(err, HCL_BAD_INPUT, "cannot open '%s': %s", path, strerror(errno));

    struct stat info;
    if (fstat(fd, &info) != 0) {
        st = hcl_fail(err, HCL_NO_RESOURCE, "cannot stat '%s': %s", path, strerror(errno));
        goto done;
    }
    if (!S_ISREG(info.st_mode)) {
        st = hcl_fail(err, HCL_BAD_INPUT, "'%s' is not a regular file", path);
        goto done;
    }
    if ((uint64_t)info.st_size > max_bytes) {
        st = hcl_fail(err, HCL_BAD_INPUT, "'%s' has %lld bytes, expected at most %zu", path,
                      (long long)info.st_size, max_bytes);
        goto done;
    }
    out->len = (size_t)info.st_size;
    out->data = malloc(out->len + 1); /* one more, so that an empty file is not NULL */
    if (!out->data) {
        st = hcl_fail(err, HCL_NO_RESOURCE, "no memory for the %zu bytes of '%s'", out->len, path);
        goto done;
    }
    HCL_TRY(read_all(fd, path, out->data, out->len, err));
    out->data[out->len] = 0;
done:
    close(fd);
    if (st != HCL_OK)
        hcl_file_clear(out);
    return st;
}

void hcl_file_clear(struct hcl_file *f)
{
    if (f->data)
        explicit_bzero(f->data, f->len); /* it may have been a private input */
    free(f->data);
    *f = (struct hcl_file){ 0 };
}
