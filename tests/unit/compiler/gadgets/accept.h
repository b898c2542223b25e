/* SPDX-License-Identifier: Apache-2.0 */
/* What every gadget test does with a graph: lower, run on random inputs, compare with the interpreter, check.
 */
#ifndef HCL_TESTS_ACCEPT_H
#define HCL_TESTS_ACCEPT_H

#include "tests/unit/compiler/support/lowered.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
// clang-format off
#include <cmocka.h>
// clang-format on

static inline void accept_graph(const struct hcl_fx_graph *g, uint32_t lanes, struct hcl_test_random *r)
{
    struct lowered l;

    lowered_build(&l, g, lanes);
    lowered_run(&l, r);
    lowered_fill(&l, r);
    assert_int_equal(lowered_violations(&l, true), 0);
    lowered_clear(&l);
}

#endif
