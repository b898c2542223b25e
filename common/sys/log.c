/* SPDX-License-Identifier: Apache-2.0 */
#include "common/sys/log.h"

#include <stdarg.h>
#include <string.h>
#include <unistd.h>

static struct {
    hcl_log_level most;
    int rank, ranks;
} settings = { HCL_LOG_INFO, 0, 1 };

void hcl_log_init(hcl_log_level most, int rank, int ranks)
{
    settings.most = most;
    settings.rank = rank;
    settings.ranks = ranks;
}

void hcl_log(hcl_log_level level, const char *fmt, ...)
{
    static const char *const kind[] = { "", "warning: ", "", "" };
    if (level > settings.most)
        return;
    char line[1024];
    int at = settings.ranks > 1
                 ? snprintf(line, sizeof line, "halocline: rank %d: %s", settings.rank, kind[level])
                 : snprintf(line, sizeof line, "halocline: %s", kind[level]);
    va_list ap;
    va_start(ap, fmt);
    int more = vsnprintf(line + at, sizeof line - (size_t)at - 1, fmt, ap);
    va_end(ap);
    size_t len = more < 0 ? (size_t)at : strnlen(line, sizeof line - 2);
    line[len++] = '\n';
    ssize_t written = write(STDERR_FILENO, line, len);
    (void)written; /* nobody left to tell */
}
