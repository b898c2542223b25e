/* SPDX-License-Identifier: Apache-2.0 */
/* Calibration: the float model's ranges and answers on the samples, and how far a fixed-point graph is from
 * them. An answer is judged by its scores: the values before a final SOFTMAX (which flattens differences),
 * else the output itself. */
#ifndef HCL_COMPILER_QUANTIZE_CALIBRATE_H
#define HCL_COMPILER_QUANTIZE_CALIBRATE_H

#include "compiler/fixed/fixed_graph.h"
#include "compiler/graph/evaluate.h"
#include "compiler/graph/graph.h"

#define HCL_COMPARED_MAX 256

struct hcl_calibration {
    const struct hcl_graph *graph;
    const float *samples; /* each the elements of all inputs, one after the other */
    size_t num_samples, sample_len;
    /* Of each input: NULL, or by how many bits each channel is scaled up to be what the graph's weights
     * expect (compiler/quantize/equalize.h). */
    int8_t **channel_shift;
    size_t num_compared; /* the first HCL_COMPARED_MAX samples: more change no decision, only the time */
    struct hcl_float_values ranges; /* lo, hi of every tensor over all samples */
    double *most;                   /* of every tensor: hcl_scales_magnitudes */
    uint32_t *score;                /* float tensor judged for each output */
    float *scores;                  /* num_compared x the scores of all outputs, one after the other */
    size_t score_len;
    double score_range;       /* greatest minus least score */
    double probability_range; /* of what a final SOFTMAX gives, over all samples; 0 without one */
};

/** Evaluate the model on every sample. samples (borrowed) must be finite. */
HCL_MUST_CHECK hcl_status hcl_calibrate(struct hcl_calibration *c, const struct hcl_graph *g,
                                        const float *samples, size_t num_samples, struct hcl_err *err);
void hcl_calibration_clear(struct hcl_calibration *c);
/** Put a sample where g, the calibration's graph, reads its inputs. */
void hcl_calibration_set(const struct hcl_calibration *c, const struct hcl_graph *g,
                         struct hcl_float_values *v, size_t sample);
/** Channel c of the last dimension times 2^shift[c]; exact but where it leaves a float. */
void hcl_scale_channels(float *x, size_t len, uint32_t channels, const int8_t *shift);

/** The tensor that holds an output's scores: the output, or what its SOFTMAX reads, or its elements are
 * picked from. */
uint32_t hcl_score_tensor(const struct hcl_graph *g, uint32_t output);
uint32_t hcl_fx_score_tensor(const struct hcl_fx_graph *fx, uint32_t output);
/** Whether an output's elements are a SOFTMAX's, or picked from them. */
bool hcl_fx_is_probability(const struct hcl_fx_graph *fx, uint32_t output);

/** Whether an output has a score for each of so many positions that its worst one and its largest say little:
 * a segmentation's border is where scores of both signs meet. */
bool hcl_is_image(const uint32_t dims[4]);

struct hcl_deviation {
    double worst;          /* largest |fixed - float| of a score, as a share of score_range */
    double worst_plain;    /* of a score of an output that is no image, likewise */
    size_t beyond, pixels; /* scores of images: those that are off by more than `limit`, and all of them */
    size_t plain_differ;   /* samples with another arg-max in an output that is no image, near ties aside */
    double rms;            /* root of the mean square, likewise */
    double angle; /* between an output's fixed and its float scores, seen as vectors, in radians: the median,
                     so that samples of small scores count as much as those of large ones */
    size_t agree; /* samples with the float model's arg-max in every output */
    size_t excused; /* disagreements where the two candidates' float scores differ by less than `tie` */
};

/** Run the first num <= num_compared samples through the fixed-point graph built from c->graph. tie: as a
 * share of score_range; limit: likewise. HCL_BAD_INPUT if a sample leaves a number range. */
HCL_MUST_CHECK hcl_status hcl_calibration_compare(const struct hcl_calibration *c,
                                                  const struct hcl_fx_graph *fx, size_t num, double tie,
                                                  double limit, struct hcl_deviation *out,
                                                  struct hcl_err *err);

/** The first tensor, in the order of computing, whose values for the first sample err by more than `bound` of
 * their own range, as a root mean square; the one that errs most if none does. *error: by how much. For
 * messages; HCL_FX_NONE if the sample cannot be run. */
uint32_t hcl_calibration_blame(struct hcl_calibration *c, const struct hcl_fx_graph *fx, double bound,
                               double *error);

#endif
