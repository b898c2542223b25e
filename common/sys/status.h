/* SPDX-License-Identifier: Apache-2.0 */
/* Errors are values. Every function that can fail returns hcl_status and, where a message helps, takes a
 * struct hcl_err that the first failure fills; NULL is accepted and drops the message. On failure outputs
 * are empty, never half-filled. Messages: what failed first, the subject in quotes, lower case, no full
 * stop, and what was expected. Statuses are the process exit codes (exit_codes.def).
 * Three kinds of trouble are kept apart: the world is wrong (hcl_status), the caller is wrong (HCL_ASSERT,
 * only with HALOCLINE_CHECKS), we are wrong in a way that could make a bad proof (HCL_CHECK, always on). */
#ifndef HCL_COMMON_SYS_STATUS_H
#define HCL_COMMON_SYS_STATUS_H

#include <stdio.h>
#include <stdlib.h>

#if defined(__GNUC__)
#define HCL_MUST_CHECK __attribute__((warn_unused_result))
#define HCL_PRINTF(fmt, args) __attribute__((format(printf, fmt, args)))
#else
#define HCL_MUST_CHECK
#define HCL_PRINTF(fmt, args)
#endif

typedef enum {
#define HCL_EXIT(status, code, meaning) status = (code),
#include "common/sys/exit_codes.def"
#undef HCL_EXIT
} hcl_status;

/* Room for a message that lists what a model has of a kind. */
struct hcl_err {
    char msg[4096];
};

/** Write a message into *err (may be NULL) and return st, so that `return hcl_fail(...)` reads well. */
hcl_status hcl_fail(struct hcl_err *err, hcl_status st, const char *fmt, ...) HCL_PRINTF(3, 4);
/** Put "fmt: " before the message already in *err, unless it begins with that already; returns st. For adding
 * the file, layer or rank. */
hcl_status hcl_fail_prefix(struct hcl_err *err, hcl_status st, const char *fmt, ...) HCL_PRINTF(3, 4);

/* Run a call; on failure keep its status in the local `st` and go to the local label `done`. */
#define HCL_TRY(call)                                                                                        \
    do {                                                                                                     \
        st = (call);                                                                                         \
        if (st != HCL_OK)                                                                                    \
            goto done;                                                                                       \
    } while (0)

/* Always on: aborts with the place. Only for states that no input can cause. */
#define HCL_CHECK(cond)                                                                                      \
    do {                                                                                                     \
        if (!(cond)) {                                                                                       \
            fprintf(stderr, "halocline: internal check failed: %s (%s:%d)\n", #cond, __FILE__, __LINE__);    \
            abort();                                                                                         \
        }                                                                                                    \
    } while (0)

#ifdef HCL_CHECKS
#define HCL_ASSERT(cond) HCL_CHECK(cond)
#else
#define HCL_ASSERT(cond) ((void)sizeof(!(cond)))
#endif

#endif
