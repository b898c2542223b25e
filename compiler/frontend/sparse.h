/* SPDX-License-Identifier: Apache-2.0 */
/* Constants of which the file has only some elements, the others being 0. They are stored along `order`, a
 * permutation of the tensor's dimensions and, numbered behind those, of its blocks: block b is the inner part
 * of dimension blocks[b], whose coordinate is that of the dimension times the block's size plus that of the
 * block. A level that is not compressed has all its coordinates; a compressed one has, below entry p of the
 * level above, the coordinates indices[segments[p]] to indices[segments[p + 1] - 1]. */
#ifndef HCL_COMPILER_FRONTEND_SPARSE_H
#define HCL_COMPILER_FRONTEND_SPARSE_H

#include "compiler/frontend/import.h"

/** Each sparse tensor of the model gets all its elements; what is wrong with one is refused by name. */
hcl_status hcl_sparse_expand(struct hcl_import *im, struct hcl_tfl_model *m);

#endif
