/* SPDX-License-Identifier: Apache-2.0 */
/* The fixed-point settings of one model, calibrated once: which is the most accurate within so many table
 * rows, and how far its ranges can be widened. Whoever knows what rows cost chooses among them. Local,
 * single-threaded. */
#ifndef HCL_COMPILER_QUANTIZE_SEARCH_H
#define HCL_COMPILER_QUANTIZE_SEARCH_H

#include "compiler/quantize/quantize.h"

struct hcl_search;

/* A setting that was tried on the samples. */
struct hcl_setting {
    int activation_bits, weight_bits;
    double margin;     /* room at both ends of every range, as a share of the calibrated range's length */
    size_t table_rows; /* hcl_fx_table_rows: the layout may need a few more */
    size_t agree;      /* samples, of those compared, with the float model's class */
    double worst, rms; /* error of a score, as a share of their range */
    bool accurate;     /* within the options' bounds */
};

/** Read the model, run the passes, calibrate. options->samples must stay valid until the search is closed. */
HCL_MUST_CHECK hcl_status hcl_search_open(struct hcl_search **out, const char *path,
                                          const struct hcl_quantize_options *options, struct hcl_err *err);
void hcl_search_close(struct hcl_search *s);

/** The most accurate setting with at most max_rows table rows, less weight bits that hardly help. *found is
 * false if there is none, and hcl_search_fail then says why. */
HCL_MUST_CHECK hcl_status hcl_search_best(struct hcl_search *s, size_t max_rows, struct hcl_setting *out,
                                          bool *found, struct hcl_err *err);
/** The greatest margin at which the setting's tables have at most max_rows rows; never less than it has. */
HCL_MUST_CHECK hcl_status hcl_search_widen(struct hcl_search *s, struct hcl_setting *setting, size_t max_rows,
                                           struct hcl_err *err);
HCL_MUST_CHECK hcl_status hcl_search_build(struct hcl_search *s, const struct hcl_setting *setting,
                                           struct hcl_fx_graph *out, struct hcl_err *err);
/** No setting will do: the message of the nearest, `best` (NULL: none fits the table rows at all). */
hcl_status hcl_search_fail(struct hcl_search *s, const struct hcl_setting *best, struct hcl_err *err);
/** Table rows that options leave to the search: bits (a power of two), and rows of those kept for others. */
int hcl_search_table_bits(const struct hcl_search *s);
size_t hcl_search_reserve(const struct hcl_search *s);
void hcl_search_report(const struct hcl_search *s, const struct hcl_setting *setting,
                       struct hcl_quantize_report *out);

#endif
