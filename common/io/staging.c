/* SPDX-License-Identifier: Apache-2.0 */
#include "common/io/staging.h"
#include "common/io/file_write.h"
#include "common/sys/hold.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

static char *join(const char *folder, const char *name)
{
    char *path;
    return asprintf(&path, "%s/%s", folder, name) < 0 ? NULL : path;
}

char *hcl_staging_path(const struct hcl_staging *s, size_t index)
{
    return join(s->folder, s->names[index]);
}

hcl_status hcl_staging_open(struct hcl_staging *s, const char *target, const char *const *names, size_t count,
                            struct hcl_err *err)
{
    *s = (struct hcl_staging){ strdup(target), join(target, "tmp-XXXXXX"), names, count };
    if (!s->target || !s->folder) {
        free(s->target);
        free(s->folder);
        *s = (struct hcl_staging){ 0 };
        return hcl_fail(err, HCL_NO_RESOURCE, "no memory for a path");
    }
    hcl_hold_signals();
    if (mkdtemp(s->folder))
        return HCL_OK;
    hcl_status st =
        hcl_fail(err, HCL_NO_RESOURCE, "cannot make a folder in '%s': %s", target, strerror(errno));
    s->count = 0;
    hcl_staging_discard(s);
    return st;
}

/* Drop file `index` of an earlier run, or bring the new one. */
static hcl_status replace(const struct hcl_staging *s, size_t index, bool bring, struct hcl_err *err)
{
    char *from = hcl_staging_path(s, index), *to = join(s->target, s->names[index]);
    hcl_status st = HCL_OK;
    if (!from || !to)
        st = hcl_fail(err, HCL_NO_RESOURCE, "no memory for a path");
    else if ((bring ? rename(from, to) : unlink(to)) != 0 && errno != ENOENT)
        st = hcl_fail(err, HCL_NO_RESOURCE, "cannot %s '%s': %s",
                      bring ? "rename the finished file to" : "replace", to, strerror(errno));
    free(from);
    free(to);
    return st;
}

hcl_status hcl_staging_commit(struct hcl_staging *s, struct hcl_err *err)
{
    hcl_status st = HCL_OK;
    for (size_t i = s->count; st == HCL_OK && i-- > 0;)
        st = replace(s, i, false, err);
    for (size_t i = 0; st == HCL_OK && i < s->count; i++)
        st = replace(s, i, true, err);
    hcl_folder_sync(s->target);
    hcl_staging_discard(s);
    return st;
}

void hcl_staging_discard(struct hcl_staging *s)
{
    if (!s->folder)
        return;
    for (size_t i = 0; i < s->count; i++) {
        char *path = hcl_staging_path(s, i);
        if (path)
            unlink(path);
        free(path);
    }
    rmdir(s->folder);
    free(s->folder);
    free(s->target);
    *s = (struct hcl_staging){ 0 };
    hcl_release_signals();
}
