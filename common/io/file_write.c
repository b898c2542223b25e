/* SPDX-License-Identifier: Apache-2.0 */
#include "common/io/file_write.h"
#include "common/io/reader.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

static hcl_status fail_errno(struct hcl_err *err, const char *doing, const char *path)
{
    int e = errno;
    return hcl_fail(err, HCL_NO_RESOURCE, "cannot %s '%s': %s", doing, path, strerror(e));
}

void hcl_folder_sync(const char *path)
{
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd >= 0) {
        fsync(fd);
        close(fd);
    }
}

static void sync_folder_of(const char *file)
{
    char copy[PATH_MAX];
    int len = snprintf(copy, sizeof copy, "%s", file);
    if (len >= 0 && (size_t)len < sizeof copy)
        hcl_folder_sync(dirname(copy));
}

/* A file of a name that nobody has, its last six letters chosen at random, with what the umask leaves of
 * mode. (mkostemp would make it 0600, and what the umask takes away can be asked only by changing it for all
 * threads.) */
static int create_temp(char *path, unsigned mode)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyz0123456789";
    char *end = path + strlen(path) - 6;
    for (int tries = 0; tries < 100; tries++) {
        uint8_t random[6];
        if (getrandom(random, sizeof random, 0) != sizeof random)
            return -1;
        for (size_t i = 0; i < sizeof random; i++)
            end[i] = letters[random[i] % (sizeof letters - 1)];
        int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, mode);
        if (fd >= 0 || errno != EEXIST)
            return fd;
    }
    return -1;
}

hcl_status hcl_writer_open(struct hcl_writer *w, const char *path, unsigned mode, struct hcl_err *err)
{
    *w = (struct hcl_writer){ .fd = -1 };
    if (asprintf(&w->final_path, "%s", path) < 0 || asprintf(&w->temp_path, "%s.tmp-XXXXXX", path) < 0) {
        hcl_writer_discard(w);
        return hcl_fail(err, HCL_NO_RESOURCE, "no memory to write '%s'", path);
    }
    w->fd = create_temp(w->temp_path, mode);
    if (w->fd < 0) {
        free(w->temp_path);
        w->temp_path = NULL;
        hcl_status st = fail_errno(err, "create", path);
        hcl_writer_discard(w);
        return st;
    }
    return HCL_OK;
}

hcl_status hcl_writer_put(struct hcl_writer *w, const void *data, size_t len, struct hcl_err *err)
{
    const uint8_t *from = data;
    while (len > 0) {
        ssize_t n = write(w->fd, from, len);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return fail_errno(err, "write", w->final_path);
        from += n;
        len -= (size_t)n;
    }
    return HCL_OK;
}

/* rename for a file that is there: it stays, and the new one goes. A file system that cannot look and rename
 * in one step (NFS) gives the file a second name instead. */
static int keep_older(const char *from, const char *to)
{
    if (renameat2(AT_FDCWD, from, AT_FDCWD, to, RENAME_NOREPLACE) == 0)
        return 0;
    if ((errno == EINVAL || errno == ENOSYS) && link(from, to) == 0)
        return unlink(from);
    return errno == EEXIST ? unlink(from) : -1;
}

static hcl_status finish(struct hcl_writer *w, int (*move)(const char *, const char *), struct hcl_err *err)
{
    hcl_status st = HCL_OK;
    int fd = w->fd;
    if (!w->unsynced && fsync(fd) != 0 && errno != EINVAL)
        st = fail_errno(err, "write", w->final_path);
    w->fd = -1;
    if (close(fd) != 0 && st == HCL_OK)
        st = fail_errno(err, "write", w->final_path);
    if (st == HCL_OK && move(w->temp_path, w->final_path) != 0)
        st = fail_errno(err, "rename the finished file to", w->final_path);
    if (st == HCL_OK) {
        if (!w->unsynced)
            sync_folder_of(w->final_path);
        free(w->temp_path);
        w->temp_path = NULL;
    }
    hcl_writer_discard(w);
    return st;
}

hcl_status hcl_writer_commit(struct hcl_writer *w, struct hcl_err *err)
{
    return finish(w, rename, err);
}

void hcl_writer_discard(struct hcl_writer *w)
{
    if (w->fd >= 0)
        close(w->fd);
    if (w->temp_path)
        unlink(w->temp_path);
    free(w->temp_path);
    free(w->final_path);
    *w = (struct hcl_writer){ .fd = -1 };
}

static hcl_status write_whole(struct hcl_writer *w, const void *data, size_t len,
                              int (*move)(const char *, const char *), struct hcl_err *err)
{
    const hcl_status st = hcl_writer_put(w, data, len, err);
    if (st == HCL_OK)
        return finish(w, move, err);
    hcl_writer_discard(w);
    return st;
}

hcl_status hcl_file_write(const char *path, const void *data, size_t len, struct hcl_err *err)
{
    struct hcl_writer w;
    const hcl_status st = hcl_writer_open(&w, path, 0666, err);
    return st == HCL_OK ? write_whole(&w, data, len, rename, err) : st;
}

hcl_status hcl_file_write_unsynced(const char *path, const void *data, size_t len, struct hcl_err *err)
{
    struct hcl_writer w;
    const hcl_status st = hcl_writer_open(&w, path, 0666, err);
    w.unsynced = true;
    return st == HCL_OK ? write_whole(&w, data, len, rename, err) : st;
}

hcl_status hcl_file_make_secret(const char *path, const void *data, size_t len, struct hcl_err *err)
{
    struct hcl_writer w;
    const hcl_status st = hcl_writer_open(&w, path, 0600, err);
    return st == HCL_OK ? write_whole(&w, data, len, keep_older, err) : st;
}

hcl_status hcl_file_try(const char *path, struct hcl_err *err)
{
    struct hcl_writer w;
    hcl_status st = hcl_writer_open(&w, path, 0600, err);
    hcl_writer_discard(&w);
    struct stat info;
    if (st == HCL_OK && stat(path, &info) == 0 && S_ISDIR(info.st_mode))
        st = hcl_fail(err, HCL_NO_RESOURCE, "'%s' is a folder, expected a file's name", path);
    return st;
}

hcl_status hcl_folder_make(const char *path, struct hcl_err *err)
{
    char copy[PATH_MAX];
    size_t len = strlen(path);
    if (len == 0 || len >= sizeof copy)
        return hcl_fail(err, HCL_BAD_INPUT, "bad folder name of %zu bytes, expected 1..%d", len,
                        PATH_MAX - 1);
    memcpy(copy, path, len + 1);
    for (size_t i = 1; i <= len; i++) {
        if (copy[i] != '/' && copy[i] != '\0')
            continue;
        char keep = copy[i];
        copy[i] = '\0';
        if (mkdir(copy, 0777) != 0 && errno != EEXIST)
            return fail_errno(err, "make the folder", copy);
        copy[i] = keep;
    }
    struct stat info;
    if (stat(path, &info) != 0 || !S_ISDIR(info.st_mode))
        return hcl_fail(err, HCL_NO_RESOURCE, "'%s' is not a folder", path);
    return HCL_OK;
}
