/* SPDX-License-Identifier: Apache-2.0 */
/* Scales and layout chosen together. Look-up tables are free up to the rows that the model's cells need
 * anyway, and one row too many doubles the work. So the graph is laid out once with the smallest tables; then
 * the most accurate setting whose tables fit its power of two of rows is taken, if it is accurate enough,
 * else the next powers are tried. At the end all ranges are widened until the tables fill the rows of the
 * layout: inputs unlike the samples cost nothing more. The result depends on model, samples and options only,
 * never on an input to be proved. Local, single-threaded. */
#ifndef HCL_COMPILER_CHOOSE_H
#define HCL_COMPILER_CHOOSE_H

#include "compiler/compile.h"
#include "compiler/quantize/quantize.h"
#include "compiler/quantize/search.h"

#define HCL_MAX_SETTINGS 40

/* One setting that was laid out. */
struct hcl_choice_setting {
    struct hcl_quantize_report quant;
    bool outgrown; /* its layout has more table rows than were asked for: others are better at its size */
    struct hcl_candidate layout;
};

struct hcl_choice {
    struct hcl_fx_graph graph;
    struct hcl_quantize_report quant; /* after widening */
    struct hcl_choice_setting tried[HCL_MAX_SETTINGS];
    size_t num_tried, chosen;
    struct hcl_candidates candidates; /* of the chosen setting, before widening */
    struct hcl_search_cost cost;      /* layouts included */
};

/* On the way to a choice: what it would be priced as if it were made now, and how long it may yet take. */
struct hcl_choose_news {
    struct hcl_candidate layout;
    double left;       /* seconds, at the pace so far */
    double laying_out; /* seconds that one estimate of a layout took */
};
/* Either function may be NULL. */
struct hcl_choose_watch {
    void (*tell)(void *ctx, const struct hcl_choose_news *news);
    void *ctx;
    /* Asked once, before calibration, with a layout of small tables, which is about as large as what will be
     * chosen; an error of it is the choice's. */
    hcl_status (*allow)(void *ctx, const struct hcl_shape *sketch, struct hcl_err *err);
    void *allow_ctx;
};

/** For the graph that hcl_model_read gave, which may be changed (hcl_search_open). watch: told as soon as
 * there is something to tell, and whenever it changes; NULL: nobody. *out is empty on failure. */
HCL_MUST_CHECK hcl_status hcl_choose(struct hcl_graph *g, const struct hcl_quantize_options *quant,
                                     const struct hcl_compile_options *layout,
                                     const struct hcl_choose_watch *watch, struct hcl_choice *out,
                                     struct hcl_err *err);

void hcl_choice_clear(struct hcl_choice *c);
/** The options by which hcl_compile lays the graph out as was chosen, without counting candidates again. */
struct hcl_compile_options hcl_choice_options(const struct hcl_choice *c,
                                              const struct hcl_compile_options *layout);

/** The settings that were laid out, as an array of objects; NULL: out of memory. */
json_t *hcl_choice_json(const struct hcl_choice *c);
/** What the search took: {"settings", "most_settings", "runs", "multiplications", "seconds", "peak_rss"}. */
json_t *hcl_search_cost_json(const struct hcl_search_cost *c);
void hcl_choice_print(const struct hcl_choice *c, FILE *to);
/** What was chosen: "table_length", "remainder_bits", "weight_bits", "table_rows", "least_frac_bits",
 * "most_frac_bits", "calibration", "ranges_rest_on", "range_margin", "samples", "settings_compared", and
 * "accuracy": {"limit" of a score's error, "worst", "mean" (root mean square), as shares of "score_range",
 * "samples" compared, "equal_class": of these, in the float model's class}. NULL: out of memory. */
json_t *hcl_quantize_report_json(const struct hcl_quantize_report *q);
/** What the report says in words of where scales and ranges come from. */
const char *hcl_calibration_text(const struct hcl_quantize_report *q);

#endif
