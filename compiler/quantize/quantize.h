/* SPDX-License-Identifier: Apache-2.0 */
/* From a model file to the fixed-point graph (compiler/fixed/fixed_graph.h).
 *
 * Scales are powers of two, one for every tensor (compiler/quantize/scales.h). What costs rows in the circuit
 * is the number and length of DISTINCT tables: tensors scaled to fill tables of one length share them, as do
 * the remainders of nodes that divide by the same S. A setting is the length of those tables, the largest S
 * and the most bits of a weight. It is accurate enough when, on the calibration samples, the scores (the
 * outputs before a final SOFTMAX) differ from the float model's by at most four fifths of `accuracy`
 * of their range, by a third of it as a root mean square, and the class agrees, near ties aside; on made-up
 * samples by half of it as a root mean square, and nothing else counts. compiler/choose.h finds the cheapest
 * accurate one together with its layout, which is what commands do; hcl_model_to_fixed, which knows no
 * layout, takes the most accurate one of the first power of two of table rows that has one.
 *
 * Ranges [q_lo, q_hi] are the largest magnitude on the samples times `margin`, then those of all nodes that
 * share a table, so that a node accepts exactly what its table holds. A value outside stops the interpreter
 * with an error: nothing wraps or saturates. */
#ifndef HCL_COMPILER_QUANTIZE_QUANTIZE_H
#define HCL_COMPILER_QUANTIZE_QUANTIZE_H

#include "common/sys/status.h"
#include "compiler/fixed/fixed_graph.h"
#include "compiler/graph/graph.h"
#include "compiler/quantize/samples.h"
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

struct hcl_quantize_options {
    /* Calibration inputs, borrowed (compiler/quantize/samples.h); their length is checked. Without data
     * made-up ones (compiler/quantize/synthetic.h) are used and the report says so. */
    struct hcl_samples samples;

    int table_bits;  /* tables of quotients have at most 2^table_bits entries; 0: searched */
    int weight_bits; /* a weight has at most so many bits, its sign included; 0: 16 */
    int output_bits; /* fraction bits of SOFTMAX outputs; 0: as many as tables allow, at most 14 */
    size_t max_rows; /* all tables together have at most so many rows; 0: no bound */
    double margin;   /* least range of a tensor over the largest magnitude on the samples; 0: 2, or 3 with
                      * fewer than 8 or synthetic samples. More is taken where rows are free */
    double accuracy; /* largest error of a score, as a share of the scores' range; 0: 0.02 */
    hcl_visibility input_visibility, output_visibility, weight_visibility;
};

#define HCL_MIN_TABLE_BITS 4
#define HCL_MAX_TABLE_BITS 18

/* What the search chose, for `halocline compile` and reports. */
struct hcl_quantize_report {
    bool of_images;   /* of an output that is an image some scores may be off by more: hcl_search_of_images */
    size_t table_len; /* entries of the tables that scales fill, before widening */
    int remainder_bits;                  /* log2 of the largest divisor */
    int weight_bits;                     /* most bits of a weight */
    int least_frac_bits, most_frac_bits; /* of computed tensors */
    double margin;                       /* least range of a tensor over what the samples showed */
    size_t table_rows; /* total of distinct function tables, remainder ranges and exp tables */
    size_t num_samples;
    size_t num_compared;      /* samples the setting was compared on */
    size_t agree;             /* of those, samples whose arg-max equals the float model's */
    double worst_error;       /* largest |fixed - float| of a score, as a share of their range */
    double rms_error;         /* root mean square, likewise */
    double score_range;       /* on the samples: greatest minus least score */
    double probability_range; /* likewise, of what a final SOFTMAX gives; 0 without one */
    double accuracy;          /* the bound on the error that the setting was chosen for, as a share of it */
    const char *calibration;  /* "samples", "one sample", "synthetic" */
    size_t settings_compared; /* what the search cost: settings run on the samples */
};

/** Defaults: everything searched, input and weights private, output public. */
void hcl_quantize_options_default(struct hcl_quantize_options *o);

/** Read `path` (.tflite), run the graph passes, calibrate, quantise. *out is cleared on failure and must be
 *  released with hcl_fx_graph_clear otherwise. report may be NULL. HCL_BAD_INPUT names operator and tensor.
 */
HCL_MUST_CHECK hcl_status hcl_model_to_fixed_report(const char *path,
                                                    const struct hcl_quantize_options *options,
                                                    struct hcl_fx_graph *out,
                                                    struct hcl_quantize_report *report, struct hcl_err *err);
/** The same for a graph that has passed hcl_graph_check; it is taken over, also when this fails. */
HCL_MUST_CHECK hcl_status hcl_graph_to_fixed_report(struct hcl_graph *g,
                                                    const struct hcl_quantize_options *options,
                                                    struct hcl_fx_graph *out,
                                                    struct hcl_quantize_report *report, struct hcl_err *err);
HCL_MUST_CHECK hcl_status hcl_model_to_fixed(const char *path, const struct hcl_quantize_options *options,
                                             struct hcl_fx_graph *out, struct hcl_err *err);

#endif
