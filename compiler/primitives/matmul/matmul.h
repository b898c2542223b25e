/* SPDX-License-Identifier: Apache-2.0 */
#ifndef HCL_COMPILER_PRIMITIVES_MATMUL_MATMUL_H
#define HCL_COMPILER_PRIMITIVES_MATMUL_MATMUL_H

#include "compiler/gadgets/product.h"

void hcl_gadget_matmul(struct hcl_lower *c, uint32_t node);
/** Append the rows of the node, whoever reads its result. */
void hcl_matmul_lay_out(struct hcl_lower *c, uint32_t node);

/** The SOFTMAX that reads the node's result, which it lays out together with its own then; HCL_NONE: the
 * result is read otherwise, too, or not as it is. */
uint32_t hcl_matmul_scores_of(const struct hcl_lower *c, uint32_t node);

/** What the node multiplies, function and results not filled in. false: the machine has failed. Clear it in
 * any case. */
bool hcl_matmul_products(struct hcl_lower *c, uint32_t node, struct hcl_products *out);
void hcl_matmul_products_clear(struct hcl_products *p);

#endif
