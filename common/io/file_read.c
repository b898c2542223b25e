/* SPDX-License-Identifier: Apache-2.0 */
#include "common/io/reader.h"
#include "common/sys/mem.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define HUGE_PAGE ((size_t)2 << 20)

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

/* An open regular file and its size. O_NONBLOCK: a pipe that nobody writes to is refused, not waited for. */
static hcl_status open_regular(int *fd, size_t *size, const char *path, struct hcl_err *err)
{
    struct stat info;
    hcl_status st = HCL_OK;
    *fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (*fd < 0)
        return hcl_fail(err, HCL_BAD_INPUT, "cannot open '%s': %s", path, strerror(errno));
    if (fstat(*fd, &info) != 0)
        st = hcl_fail(err, HCL_NO_RESOURCE, "cannot stat '%s': %s", path, strerror(errno));
    else if (!S_ISREG(info.st_mode))
        st = hcl_fail(err, HCL_BAD_INPUT, "'%s' is not a regular file", path);
    else
        *size = (size_t)info.st_size;
    if (st != HCL_OK)
        close(*fd);
    return st;
}

/* For free(). Large files in huge pages: their first touch is a good part of what reading takes. */
static void *room_for(size_t len)
{
    void *room = NULL;
    if (len < HUGE_PAGE)
        return malloc(len);
    if (posix_memalign(&room, HUGE_PAGE, len) != 0)
        return NULL;
    (void)madvise(room, len, MADV_HUGEPAGE);
    return room;
}

static hcl_status read_start(struct hcl_file *out, int fd, const char *path, size_t len, struct hcl_err *err)
{
    if (len > hcl_mem_left())
        return hcl_fail(err, HCL_NO_RESOURCE,
                        "'%s' has %zu bytes, more than is left of the memory budget (--memory)", path, len);
    out->len = len;
    out->data = room_for(len + 1); /* one more, so that an empty file is not NULL */
    if (!out->data)
        return hcl_fail(err, HCL_NO_RESOURCE, "no memory for the %zu bytes of '%s'", len, path);
    hcl_status st = read_all(fd, path, out->data, len, err);
    if (st == HCL_OK)
        out->data[len] = 0;
    else
        hcl_file_clear(out);
    return st;
}

hcl_status hcl_file_read(struct hcl_file *out, const char *path, size_t max_bytes, struct hcl_err *err)
{
    int fd;
    size_t size = 0;
    *out = (struct hcl_file){ 0 };
    hcl_status st = open_regular(&fd, &size, path, err);
    if (st != HCL_OK)
        return st;
    if (size > max_bytes)
        st = hcl_fail(err, HCL_BAD_INPUT, "'%s' has %zu bytes, expected at most %zu", path, size, max_bytes);
    else
        st = read_start(out, fd, path, size, err);
    close(fd);
    return st;
}

hcl_status hcl_file_read_start(struct hcl_file *out, const char *path, size_t most, struct hcl_err *err)
{
    int fd;
    size_t size = 0;
    *out = (struct hcl_file){ 0 };
    hcl_status st = open_regular(&fd, &size, path, err);
    if (st != HCL_OK)
        return st;
    st = read_start(out, fd, path, size < most ? size : most, err);
    close(fd);
    return st;
}

void hcl_file_clear(struct hcl_file *f)
{
    if (f->data)
        explicit_bzero(f->data, f->len); /* it may have been a private input */
    free(f->data);
    *f = (struct hcl_file){ 0 };
}
