/* SPDX-License-Identifier: Apache-2.0 */
/* What every C test includes first: cmocka with the headers it needs in the order it needs them. Files of the
 * source tree are found under HCL_SOURCE_DIR. */
#ifndef HCL_TESTS_SUPPORT_TEST_H
#define HCL_TESTS_SUPPORT_TEST_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/** Fails the test with the message of a status that should have been HCL_OK. */
#define assert_ok(call, err)                                                                                 \
    do {                                                                                                     \
        if ((call) != HCL_OK)                                                                                \
            fail_msg("%s: %s", #call, (err).msg);                                                            \
    } while (0)

#endif
