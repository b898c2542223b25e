/* SPDX-License-Identifier: Apache-2.0 */
/* Included before each file by scripts/check-tidy. The analyzer sees one file at a time; this is what it
 * cannot see of the others: hcl_fail returns the status it is given, no rank goes on after one has failed,
 * and no test after an assertion has. */
#ifndef HCL_TESTS_STYLE_ANALYZER_H
#define HCL_TESTS_STYLE_ANALYZER_H

#include "common/comm/comm.h"
#include "common/io/reader.h"
#include "common/sys/status.h"

static inline hcl_status analyzer_agree(struct hcl_comm *comm, hcl_status st, struct hcl_err *err)
{
    hcl_status all = hcl_comm_agree(comm, st, err);
    if (st != HCL_OK && all == HCL_OK)
        abort();
    return all;
}

#define hcl_fail(err, st, ...) ((void)(hcl_fail)(err, st, __VA_ARGS__), (st))
#define hcl_fail_prefix(err, st, ...) ((void)(hcl_fail_prefix)(err, st, __VA_ARGS__), (st))
#define hcl_fail_short(...) ((void)(hcl_fail_short)(__VA_ARGS__), HCL_BAD_INPUT)
#define hcl_comm_agree(comm, st, err) analyzer_agree(comm, st, err)

#ifdef HCL_ANALYZE_TEST
#include "tests/support/test.h"
#undef assert_true
#undef assert_non_null
#undef fail_msg
#define assert_true(c)                                                                                       \
    do {                                                                                                     \
        if (!(c))                                                                                            \
            abort();                                                                                         \
    } while (0)
#define assert_non_null(p) assert_true((p) != NULL)
#define fail_msg(...) (printf(__VA_ARGS__), abort())
#endif

#endif
