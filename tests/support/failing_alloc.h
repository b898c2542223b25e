/* SPDX-License-Identifier: Apache-2.0 */
/* Memory that runs out where a test wants it to. The linker routes the allocations of the test and of the
 * libraries it is made of here (hcl_test_failing_alloc in tests/CMakeLists.txt); shared libraries keep their
 * own. Any thread may allocate; one thread calls these. */
#ifndef HCL_TESTS_SUPPORT_FAILING_ALLOC_H
#define HCL_TESTS_SUPPORT_FAILING_ALLOC_H

#include "common/sys/status.h"
#include <stdbool.h>

/** What shall stand every shortage of memory: HCL_OK, or HCL_NO_RESOURCE with a message, and nothing leaked.
 */
struct hcl_alloc_call {
    const char *name;
    hcl_status (*run)(void *ctx, struct hcl_err *err);
    void *ctx;
    bool recovers; /* may do without some of its memory: HCL_OK is right then, and run() has checked what it
                    * got
                    */
};

/** Run the call twice as it is; then once for each of the second run's allocations, with that one failing;
 * then once more for each, with that one and all after it failing. Fails the test, naming the allocation,
 * when the call does not behave. */
void hcl_every_allocation_may_fail(const struct hcl_alloc_call *call);

/* The parts of it, for tests with several ranks. */
/** Allocations number from..to-1 from now on fail; -1, -1: none. */
void hcl_alloc_begin(long from, long to);
/** No more failures. How many allocations there were since hcl_alloc_begin. */
long hcl_alloc_end(void);
/** Blocks that are not freed yet. */
long hcl_alloc_live(void);

/** A block that the libraries will free comes from somewhere else. */
void hcl_alloc_adopt(const void *block);

#endif
