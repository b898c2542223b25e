/* SPDX-License-Identifier: Apache-2.0 */
#include "common/sys/log.h"
#include "common/sys/printable.h"

#include <stdarg.h>
#include <string.h>
#include <unistd.h>

enum { TEXT_BYTES = sizeof(struct hcl_err) + 128 };

static struct {
    hcl_log_level most;
    int rank, ranks;
    void (*before)(void *ctx);
    void *before_ctx;
} settings = { HCL_LOG_INFO, 0, 1, NULL, NULL };

void hcl_log_before(void (*before)(void *ctx), void *ctx)
{
    settings.before = before;
    settings.before_ctx = ctx;
}

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
    char text[TEXT_BYTES], line[HCL_ESCAPED_MOST * TEXT_BYTES + 1];
    int at = settings.ranks > 1
                 ? snprintf(text, sizeof text, "halocline: rank %d: %s", settings.rank, kind[level])
                 : snprintf(text, sizeof text, "halocline: %s", kind[level]);
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(text + at, sizeof text - (size_t)at, fmt, ap);
    va_end(ap);
    size_t len = hcl_escape(line, sizeof line, text, strlen(text), HCL_ESCAPE_LINE);
    line[len++] = '\n';
    if (settings.before)
        settings.before(settings.before_ctx);
    ssize_t written = write(STDERR_FILENO, line, len);
    (void)written; /* nobody left to tell */
}
