/* SPDX-License-Identifier: Apache-2.0 */
#include "common/sys/status.h"

#include <stdarg.h>
#include <string.h>

hcl_status hcl_fail(struct hcl_err *err, hcl_status st, const char *fmt, ...)
{
    if (err) {
        va_list ap;
        va_start(ap, fmt);
        vsnprintf(err->msg, sizeof err->msg, fmt, ap);
        va_end(ap);
    }
    return st;
}

hcl_status hcl_fail_prefix(struct hcl_err *err, hcl_status st, const char *fmt, ...)
{
    if (err) {
        struct hcl_err old = *err;
        va_list ap;
        va_start(ap, fmt);
        int n = vsnprintf(err->msg, sizeof err->msg, fmt, ap);
        va_end(ap);
        if (n >= 0 && (size_t)n < sizeof err->msg && strncmp(old.msg, err->msg, (size_t)n) == 0 &&
            (old.msg[n] == ':' || old.msg[n] == ' ')) {
            *err = old; /* its subject is named */
            return st;
        }
        /* The cut to what fits is explicit: a message that is too long loses its end. */
        if (n >= 0 && (size_t)n + 3 < sizeof err->msg)
            snprintf(err->msg + n, sizeof err->msg - (size_t)n, ": %.*s", (int)sizeof err->msg - 3 - n,
                     old.msg);
    }
    return st;
}
