/* SPDX-License-Identifier: Apache-2.0 */
/* From a model file to the fixed-point graph (compiler/graph/fixed_graph.h).
 *
 * Scales are powers of two. All activations share one frac_bits, all weights another, so that every
 * convolution divides by the same S = 2^weight_bits and equal functions share one table: what costs rows in
 * the circuit is the number and length of DISTINCT tables. A setting is a pair (activation_bits,
 * weight_bits). It is accurate enough when, on the calibration samples, the scores (the outputs before a
 * final SOFTMAX) differ from the float model's by at most max_error, as a root mean square, and the class
 * agrees, near ties aside. compiler/choose.h finds the cheapest accurate one together with its layout, which
 * is what commands do; hcl_model_to_fixed, which knows no layout, takes the most accurate one of the first
 * power of two of table rows that has one.
 *
 * Ranges [q_lo, q_hi] are the calibrated ones widened by `margin`, cut to what interval analysis proves
 * possible. A value outside stops the interpreter with an error: nothing wraps or saturates. */
#ifndef HCL_COMPILER_QUANTIZE_QUANTIZE_H
#define HCL_COMPILER_QUANTIZE_QUANTIZE_H

#include "common/sys/status.h"
#include "compiler/graph/fixed_graph.h"
#include "compiler/quantize/samples.h"
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

struct hcl_quantize_options {
    /* Calibration inputs, borrowed: each the elements of the model's only input, NHWC, which is checked.
     * Without data made-up ones (compiler/quantize/synthetic.h) are used and the report says so. */
    struct hcl_samples samples;

    int activation_bits; /* fraction bits of all activations; 0: search */
    int weight_bits;     /* fraction bits of all weights; 0: search */
    int table_bits;      /* all tables together have at most 2^table_bits - table_reserve rows; 0: up to 16 */
    int output_bits;     /* fraction bits of SOFTMAX outputs; 0: 10 */
    size_t table_reserve; /* rows the layout needs for blinding and such; 0: 64 */
    double margin;        /* least room at both ends of a calibrated range, as a share of its length; 0: 0.25,
                           * or 0.5 with fewer than 8 or synthetic samples. More is taken where rows are free */
    double max_error;     /* root mean square of the scores' errors, as a share of their range; 0: 0.015 */
    hcl_visibility input_visibility, output_visibility, weight_visibility;

    const char *signature;  /* which of several the file has; NULL: its first subgraph */
    const char *dump_after; /* print the float graph after the pass of this name ("all": each) to dump_to */
    FILE *dump_to;          /* NULL: stderr */
};

#define HCL_MIN_TABLE_BITS 8

/* What the search chose, for `halocline compile` and reports. */
struct hcl_quantize_report {
    int activation_bits, weight_bits;
    double margin;     /* room at both ends of each range, as a share of what the samples showed */
    size_t table_rows; /* total of distinct function tables, remainder ranges and exp tables */
    size_t num_samples;
    size_t num_compared;     /* samples the settings were compared on: the first 256 */
    size_t agree;            /* of those, samples whose arg-max equals the float model's */
    double worst_error;      /* largest |fixed - float| of a score, as a share of their range */
    double rms_error;        /* root mean square, likewise */
    double score_range;      /* on the samples: greatest minus least score */
    double accuracy;         /* the bound on the error that the setting was chosen for, as a share of it */
    const char *calibration; /* "samples", "one sample", "synthetic" */
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
HCL_MUST_CHECK hcl_status hcl_model_to_fixed(const char *path, const struct hcl_quantize_options *options,
                                             struct hcl_fx_graph *out, struct hcl_err *err);

#endif
