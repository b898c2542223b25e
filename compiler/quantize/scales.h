/* SPDX-License-Identifier: Apache-2.0 */
/* Powers of two for every tensor and node of a float graph, from what its tensors reach on the calibration
 * samples. A tensor takes as many fraction bits f as let the table of its quotients have at most table_len
 * entries, so tensors of whatever magnitude fill tables of about the same length and share them. A node
 * divides by S = 2^remainder_bits where its weights can have the bits for it, else by less.
 *
 * Elements that only move or are clamped at 0 keep their fraction bits: operators that say so (keeps_bits)
 * have those of their operand, the smallest f of such a group. Behind a function that changes scales the
 * quotient has fraction bits of its own. No S exceeds 2^remainder_bits, for two operands f is lowered until
 * it does not. */
#ifndef HCL_COMPILER_QUANTIZE_SCALES_H
#define HCL_COMPILER_QUANTIZE_SCALES_H

#include "compiler/graph/graph.h"

/* One setting of the search. */
struct hcl_fx_setting {
    size_t table_len;   /* most entries of a table of quotients, before ranges are stretched */
    int remainder_bits; /* log2 of the largest divisor */
    int weight_bits;    /* most bits of a weight, its sign included */
    int output_bits;    /* fraction bits of SOFTMAX outputs; 0: as many as tables allow, at most 14 */
    double margin;      /* a range is this many times the largest magnitude that the samples showed */
    bool one_scale;     /* nodes of one function that is no identity, and SOFTMAX, have one f: they share one
                           table */
    double stretch;     /* shared ranges are this many times as long as they need be; at least 1 */
};

struct hcl_scales {
    int *tensor;   /* fraction bits of each computed float tensor */
    int *quotient; /* of the quotient that it is the function of; those of the tensor where there is none */
    int *weight;   /* of each node's constant second operand */
};

/** most[t]: largest magnitude of tensor t: of a constant in its data, of a computed one in lo[t], hi[t],
 * which are of values before the function (struct hcl_float_values). most[g->num_tensors + t]: of what the
 * function makes of these. So 2 * g->num_tensors entries. */
void hcl_scales_magnitudes(double *most, const struct hcl_graph *g, const double *lo, const double *hi);

/** most: as from hcl_scales_magnitudes. Release with hcl_scales_clear, also after a failure. Deterministic.
 */
HCL_MUST_CHECK hcl_status hcl_scales_choose(struct hcl_scales *out, const struct hcl_graph *g,
                                            const double *most, const struct hcl_fx_setting *setting,
                                            struct hcl_err *err);
/** Whether two nodes could share a table that depends on the scale. */
bool hcl_scales_share(const struct hcl_node *a, const struct hcl_node *b);
void hcl_scales_clear(struct hcl_scales *s);

/** log2 of node n's divisor (of AVERAGE_POOL_2D: without the number of elements); negative for an
 *  AVERAGE_POOL_2D that multiplies. 0 for nodes that do not rescale. */
int hcl_scales_shift(const struct hcl_scales *s, const struct hcl_graph *g, size_t node);

/** Largest quotient of tensor t: the margin times what was seen, at its fraction bits, and one for rounding.
 */
int64_t hcl_scales_reach(const struct hcl_scales *s, const double *most, const struct hcl_fx_setting *setting,
                         uint32_t t);

/** Table rows of a setting (compiler/quantize/scales_rows.c); as a double, since nothing bounds it. */
HCL_MUST_CHECK hcl_status hcl_scales_table_rows(double *rows, const struct hcl_scales *s,
                                                const struct hcl_graph *g, const double *most,
                                                const struct hcl_fx_setting *setting, struct hcl_err *err);

/** Fraction bits of a SOFTMAX's exponentials over so many channels: all those that round to 0 together are
 * less than 2^-8 of the largest. */
int hcl_scales_exp_bits(uint32_t channels);
/* Powers of two of a SOFTMAX (compiler/primitives/softmax): its exponentials are multiples of 2^mark with
 * `exp` bits above it, its sums divided by 2^sum, its reciprocals 2^numerator / that, its results divided by
 * 2^shift. */
struct hcl_softmax_bits {
    int exp, mark, sum, numerator, shift;
};
/** As many bits as remainders of one limb allow where they are enough and there are elements enough to pay
 * for their table, else of two. */
struct hcl_softmax_bits hcl_scales_softmax(size_t elements, uint32_t channels, int output_bits);

#endif
