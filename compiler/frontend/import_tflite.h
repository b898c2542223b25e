/* SPDX-License-Identifier: Apache-2.0 */
/* TFLite files into the float graph: loops are unfolded and what hangs on constants alone is evaluated
 * (unfold.h, fold.h), then each operator becomes nodes, by its descriptor (compiler/operators) or a recipe
 * (recipes.def); docs/fixed-point.md lists what is read. Anything else is HCL_BAD_INPUT naming the file and
 * each operator and tensor that is in the way. */
#ifndef HCL_COMPILER_FRONTEND_IMPORT_TFLITE_H
#define HCL_COMPILER_FRONTEND_IMPORT_TFLITE_H

#include "compiler/graph/graph.h"
#include <stddef.h>
#include <stdint.h>

/** The graph of the file at `path`, checked. signature: which of several to read, by the key of a signature
 * or the name of a subgraph; NULL: the first subgraph. On failure *out is empty; release it with
 * hcl_graph_clear. */
HCL_MUST_CHECK hcl_status hcl_tflite_import(struct hcl_graph *out, const char *path, const char *signature,
                                            struct hcl_err *err);

/** The same from bytes in memory (aligned to 16); `file` is for messages. */
HCL_MUST_CHECK hcl_status hcl_tflite_import_bytes(struct hcl_graph *out, const uint8_t *bytes, size_t len,
                                                  const char *file, const char *signature,
                                                  struct hcl_err *err);

/* What of a file is read. */
struct hcl_tflite_choice {
    char name[128], all[1024]; /* the signature or subgraph; all there are, as "'a', 'b'", cut to fit */
    size_t count;
};
/** The choice that an import with this `signature` makes. */
HCL_MUST_CHECK hcl_status hcl_tflite_choose(struct hcl_tflite_choice *out, const char *path,
                                            const char *signature, struct hcl_err *err);

#endif
