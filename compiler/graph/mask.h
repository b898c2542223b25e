/* SPDX-License-Identifier: Apache-2.0 */
/* When an element of a SOFTMAX's operand is masked. */
#ifndef HCL_COMPILER_GRAPH_MASK_H
#define HCL_COMPILER_GRAPH_MASK_H

#include <stdbool.h>

/* exp(-1000) is 0 in every float type; scores of 1000 apart would make a mask of them too. */
#define HCL_MASK_GAP 1000.0

/** Whether what is added to a score leaves nothing of it beside one that nothing is added to. */
static inline bool hcl_mask_is_low(double beta, double added)
{
    return beta * added < -HCL_MASK_GAP;
}

#endif
