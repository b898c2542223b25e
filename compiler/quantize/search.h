/* SPDX-License-Identifier: Apache-2.0 */
/* The fixed-point settings of one model, calibrated once: which is the most accurate within so many table
 * rows. Whoever knows what rows cost chooses among them. Local, single-threaded.
 *
 * Cost: settings are sized by formula; for each bound on the rows at most twice HCL_SETTINGS_PER_SIZE are
 * built and run on samples, as many of these as keep a run below some 2^31 multiplications, at least 4. What
 * is chosen is run on up to HCL_COMPARED_MAX samples. */
#ifndef HCL_COMPILER_QUANTIZE_SEARCH_H
#define HCL_COMPILER_QUANTIZE_SEARCH_H

#include "compiler/graph/graph.h"
#include "compiler/quantize/quantize.h"

#define HCL_SETTINGS_PER_SIZE 3
/* Of twice HCL_SETTINGS_PER_SIZE settings about so many are not the same. */
#define HCL_USUAL_SETTINGS 4

struct hcl_search;

/* A setting that was tried on the samples. */
struct hcl_setting {
    size_t table_len;
    int remainder_bits, weight_bits;
    bool one_scale;
    double stretch;             /* of all shared ranges */
    size_t table_rows;          /* hcl_fx_table_rows: with embeddings the layout may need more */
    size_t num_compared;        /* samples */
    size_t agree;               /* of those, with the float model's class */
    size_t excused;             /* of those, with another class of nearly the same score */
    double worst, rms;          /* error of a score, as a share of their range */
    double angle;               /* of the scores to the float model's, in radians */
    double worst_plain, beyond; /* error of a score of an output that is no image; which share of the others'
                                   scores is off by more than a score may be */
    size_t plain_differ;        /* samples with another class in an output that is no image */
    bool accurate;              /* within the options' bounds */
};

/* What a search took, calibration included. Its bounds are numbers of settings and multiplications, which are
 * the same on every machine; seconds and memory are what came of them. */
struct hcl_search_cost {
    size_t settings, most_settings; /* run on samples */
    size_t runs;                    /* of one sample each, by the float model or a setting */
    double multiplications;         /* of all runs */
    double seconds;
    uint64_t peak_rss; /* of the process so far, in bytes */
};

/** Calibrate a graph that hcl_graph_optimize has simplified. It is borrowed until the search is closed, as
 * options->samples are; filters that read an input may come out rescaled for channels of the input that are
 * scaled up (hcl_fx_tensor, channel_shift). */
HCL_MUST_CHECK hcl_status hcl_search_open(struct hcl_search **out, struct hcl_graph *g,
                                          const struct hcl_quantize_options *options, struct hcl_err *err);
void hcl_search_close(struct hcl_search *s);
/** Before a search: a graph about like those that it is going to build, from one sample; and seconds that it
 * may take, calibration included. For a first guess of times: nothing else is to rest on it. */
HCL_MUST_CHECK hcl_status hcl_search_sketch(struct hcl_graph *g, const struct hcl_quantize_options *options,
                                            struct hcl_fx_graph *out, double *seconds, struct hcl_err *err);
/** Whether calibration takes so long that one wants to know earlier. */
bool hcl_search_sketch_pays(const struct hcl_graph *g, const struct hcl_quantize_options *options);

/** Tables and S of 2^bits, not compared: for what a layout needs besides tables. */
struct hcl_setting hcl_search_nominal(const struct hcl_search *s, int bits);
/** No setting is accurate enough: of images with scores for many positions ask for less, that all but some of
 * them are within the largest error. false: there are none, or it was asked for already. */
bool hcl_search_of_images(struct hcl_search *s);
/** The most accurate setting with at most max_rows table rows. *found is false if there is none. */
HCL_MUST_CHECK hcl_status hcl_search_best(struct hcl_search *s, size_t max_rows, struct hcl_setting *out,
                                          bool *found, struct hcl_err *err);
/** Compare a setting on all the samples that are compared at most. */
HCL_MUST_CHECK hcl_status hcl_search_confirm(struct hcl_search *s, struct hcl_setting *setting,
                                             struct hcl_err *err);
HCL_MUST_CHECK hcl_status hcl_search_build(struct hcl_search *s, const struct hcl_setting *setting,
                                           struct hcl_fx_graph *out, struct hcl_err *err);
/** No setting will do: which criteria the nearest, `best`, fails and which tensor errs first. NULL: none fits
 * max_rows at all, and why. */
hcl_status hcl_search_fail(struct hcl_search *s, const struct hcl_setting *best, size_t max_rows,
                           struct hcl_err *err);
struct hcl_search_cost hcl_search_cost(const struct hcl_search *s);
/** Seconds that it may take to compare so many more settings, at the pace so far, and to confirm one. */
double hcl_search_left(const struct hcl_search *s, size_t settings);
/** Called whenever a setting was compared. */
void hcl_search_watch(struct hcl_search *s, void (*on_compared)(void *ctx), void *ctx);
HCL_MUST_CHECK hcl_status hcl_search_report(const struct hcl_search *s, const struct hcl_setting *setting,
                                            const struct hcl_fx_graph *fx, struct hcl_quantize_report *out,
                                            struct hcl_err *err);

#endif
