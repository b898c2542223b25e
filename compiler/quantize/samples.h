/* SPDX-License-Identifier: Apache-2.0 */
/* Model inputs from files: one sample of the model's inputs, or a batch along the first axis of each. */
#ifndef HCL_COMPILER_QUANTIZE_SAMPLES_H
#define HCL_COMPILER_QUANTIZE_SAMPLES_H

#include "common/sys/status.h"
#include "compiler/graph/graph.h"
#include <stddef.h>
#include <stdint.h>

/* count samples of len floats each, one after the other. A sample is the elements of all inputs of the model,
 * one input after the other in the model's order. Holds the witness: clearing wipes it. */
struct hcl_samples {
    float *data;
    size_t count, len;
};

#define HCL_MOST_INPUTS 64

/* What a command line says of inputs, borrowed: a .npy for each input in the model's order, or "NAME=FILE"
 * with what the signature or the graph calls the input; or one .npz with all of them, its arrays called as
 * the inputs are, or arr_0, arr_1 ... */
struct hcl_sample_files {
    const char *text[HCL_MOST_INPUTS];
    size_t count;
};

/** Read files as inputs of the model. The shape of an array must be its input's, with the leading 1 of the
 * model replaced by any batch or left out, or with a batch in front of it. dtype float32 or float64; integers
 * only with divide_by > 0. Every value is divided by divide_by (0: taken as it is), must be finite and fit a
 * float. An input that is a state may be left out and is what runs begin with in each sample then. An input
 * of whole numbers takes any dtype, no divisor, and only numbers that it can be. All inputs have equally many
 * samples. HCL_BAD_INPUT names file and element. */
HCL_MUST_CHECK hcl_status hcl_samples_read(struct hcl_samples *out, const struct hcl_sample_files *files,
                                           const struct hcl_graph *g, double divide_by, struct hcl_err *err);
/** The same from one file. */
HCL_MUST_CHECK hcl_status hcl_samples_read_one(struct hcl_samples *out, const char *path,
                                               const struct hcl_graph *g, double divide_by,
                                               struct hcl_err *err);
/** What the files are called in messages: "a.npy, b.npy", cut to fit. */
void hcl_sample_files_text(char *out, size_t size, const struct hcl_sample_files *files);
void hcl_samples_clear(struct hcl_samples *s);

#endif
