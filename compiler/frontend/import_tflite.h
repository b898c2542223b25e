/* SPDX-License-Identifier: Apache-2.0 */
/* TFLite files into the float graph. Supported: the operators of compiler/graph/ops.def on float32 tensors of
 * at most four dimensions and batch 1, with activations NONE, RELU and RELU6 and no dilation. Anything else
 * is HCL_BAD_INPUT naming the file, the operator and the tensor. */
#ifndef HCL_COMPILER_FRONTEND_IMPORT_TFLITE_H
#define HCL_COMPILER_FRONTEND_IMPORT_TFLITE_H

#include "compiler/graph/graph.h"
#include <stddef.h>
#include <stdint.h>

/** The graph of the file at `path`, checked. On failure *out is empty; release it with hcl_graph_clear. */
HCL_MUST_CHECK hcl_status hcl_tflite_import(struct hcl_graph *out, const char *path, struct hcl_err *err);

/** The same from bytes in memory (aligned to 16); `file` is for messages. */
HCL_MUST_CHECK hcl_status hcl_tflite_import_bytes(struct hcl_graph *out, const uint8_t *bytes, size_t len,
                                                  const char *file, struct hcl_err *err);

#endif
