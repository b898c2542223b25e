/* SPDX-License-Identifier: Apache-2.0 */
/* The first steps of the way from a model file to a circuit: import, reduce the outputs, simplify. What
 * follows takes the graph that this gives: hcl_samples_read, hcl_choose (calibrate, choose scales and
 * layout), hcl_compile (lay out, emit), hcl_judge_open. */
#ifndef HCL_COMPILER_MODEL_H
#define HCL_COMPILER_MODEL_H

#include "compiler/graph/graph.h"

struct hcl_model_options {
    const char *signature; /* which of several the file has; NULL: its first subgraph */
    const char *const
        *outputs; /* what is asked for (compiler/graph/outputs.h), num_outputs texts; 0: all outputs */
    size_t num_outputs;
    bool private_weights;
    const char *dump_after; /* print the graph after the pass of this name ("all": each) to dump_to */
    FILE *dump_to;          /* NULL: stderr */
};

/** Read `path` (.tflite) and run the graph passes. options: NULL for none. HCL_BAD_INPUT names the file; *out
 * is empty then, else released with hcl_graph_clear. */
HCL_MUST_CHECK hcl_status hcl_model_read(struct hcl_graph *out, const char *path,
                                         const struct hcl_model_options *options, struct hcl_err *err);

#endif
