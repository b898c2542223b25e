/* SPDX-License-Identifier: Apache-2.0 */
/* How far the fixed-point result for one input is from the float model's for the same input. An input chooses
 * no scale, so that no key tells of it; ranges that come from other inputs may fit it badly, and then a valid
 * proof is of a result that is not the model's. Whoever runs or proves an input asks here and says so.
 *
 * Local. A judge is for one thread at a time. */
#ifndef HCL_COMPILER_QUANTIZE_JUDGE_H
#define HCL_COMPILER_QUANTIZE_JUDGE_H

#include "compiler/fixed/interpret.h"
#include "compiler/graph/evaluate.h"
#include "compiler/quantize/compare.h"
#include "compiler/quantize/quantize.h"
#include <jansson.h>

struct hcl_judge;

/* Scores: the outputs before a final SOFTMAX (compiler/quantize/calibrate.h). */
struct hcl_judgement {
    double worst, rms;          /* |fixed - float| of the scores: the largest, and root mean square */
    double range;               /* of the scores in calibration, greatest minus least */
    double size;                /* of the float scores of this input: their range, 0 included */
    double limit;               /* what worst may be: see hcl_judge_open */
    double input_noise;         /* what rounding does to the input over its size, both root mean square */
    size_t classes_differ;      /* outputs whose arg-max is not the float model's, near ties aside */
    size_t got_class, to_class; /* of the first such: ours, and the float model's */
    bool coarse;                /* the input uses less than HCL_JUDGE_INPUT_BITS bits */
    size_t beyond;              /* pixels of images that may have worse ones (hcl_quantize_report): those that
                                   are off by more than the accuracy */
    bool scores_far;            /* a score, of none of these images, is off by more than limit */
    bool pixels_far;            /* of one of these images more than one pixel in 25 is beyond */
    bool far;                   /* one of the two, or a class differs */
    double probability_worst;   /* |fixed - float| after a final SOFTMAX: the largest; 0 without one */
    double
        probability_limit; /* the accuracy of the scales, as a share of what probabilities span on samples */
};

/* Rounding must leave so many bits of an input: its noise is at most 2^-bits of its size. */
#define HCL_JUDGE_INPUT_BITS 3

/** The float model to compare `fx`, which was made of it, with; both are borrowed. Limits: a score
 * may err by the accuracy that q states, or by the worst error of one on the calibration samples if that is
 * more. What made-up samples give says little of real inputs: then by no more than a quarter of what this
 * input's scores span, either. A class is to be the float model's unless the two candidates'
 * float scores are closer than that accuracy. */
HCL_MUST_CHECK hcl_status hcl_judge_open(struct hcl_judge **out, const struct hcl_graph *model,
                                         const struct hcl_fx_graph *fx, const struct hcl_quantize_report *q,
                                         struct hcl_err *err);
void hcl_judge_close(struct hcl_judge *j);
/** Evaluate the float model with other ranks; borrowed. */
void hcl_judge_evaluate_with(struct hcl_judge *j, const struct hcl_float_team *team);

/** input: a sample, the values that v's integers were made of; v: inputs, outputs and scores at
 * least, by hcl_interpret.
 * HCL_NO_RESOURCE: out of memory. */
HCL_MUST_CHECK hcl_status hcl_judge_input(struct hcl_judge *j, const float *input,
                                          const struct hcl_fx_values *v, struct hcl_judgement *out,
                                          struct hcl_err *err);

static inline bool hcl_judgement_bad(const struct hcl_judgement *j)
{
    return j->coarse || j->far;
}

/** Whether there is something to be said: what is bad, or a probability that is off by more than its limit,
 * which scores of a wide range bring about where two of them are close. */
static inline bool hcl_judgement_notable(const struct hcl_judgement *j)
{
    return hcl_judgement_bad(j) || j->probability_worst > j->probability_limit;
}

/** {"worst_error", "rms_error": of the scores; "worst_share", "rms_share": of "score_range", that of the
 * calibration; "allowed_share" of the latter; "score_size": of this input; "input_noise"; "classes_differ";
 * "probability_error"; "good"}. NULL: no memory. The caller owns the result. */
json_t *hcl_judgement_json(const struct hcl_judgement *j);

/** The float model's values after hcl_judge_input, by tensor. */
float *const *hcl_judge_values(const struct hcl_judge *j);
/** From the errors of all tiles of a comparison: how far the result of each node of the fixed-point graph is
 * from the float tensor of the same name, [{"node", "worst_error", "rms_error", "range": of the float tensor,
 * 0 included}...], nodes without one (moves of elements) left out. Tells of the input. NULL: no memory. */
json_t *hcl_judge_layers_json(const struct hcl_comparison *c, const struct hcl_tile_error *of_tiles);
/** After hcl_judge_input with the same v: the `most` largest elements of each output, by its fixed-point
 * value: [{"name", "elements":
 * [{"element", "proved", "float"}...]}...]. */
json_t *hcl_judge_outputs_json(const struct hcl_judge *j, const struct hcl_fx_values *v, size_t most);
/** What is notable about it, as clauses of a sentence about the input. Cut to size. */
void hcl_judgement_text(char *out, size_t size, const struct hcl_judgement *j);

#endif
