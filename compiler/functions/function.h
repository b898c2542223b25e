/* SPDX-License-Identifier: Apache-2.0 */
/* Functions of one variable: activations behind other operators, and operators of their own. Importer,
 * passes, ranges, tables, dump and tests know of a function what its line in functions.def says and nothing
 * else. */
#ifndef HCL_COMPILER_FUNCTIONS_FUNCTION_H
#define HCL_COMPILER_FUNCTIONS_FUNCTION_H

#include <stdbool.h>
#include <stdint.h>

typedef enum {
#define HCL_FUNCTION(name, op, fused, least, properties, value) HCL_FN_##name,
#include "compiler/functions/functions.def"
    HCL_FN_COUNT
} hcl_fn;

#define HCL_FN_PARAMS 2

/* A function with its parameters; all zero: the identity. */
struct hcl_function {
    hcl_fn id;
    float param[HCL_FN_PARAMS];
};

enum hcl_function_property {
    HCL_FN_EXACT = 1, /* of an integer at any scale an integer at this scale: one table for all scales */
    HCL_FN_CLAMP = 2, /* x between two constants: the result is told at the argument's scale */
    HCL_FN_NEVER_NEGATIVE = 4, /* whatever the argument */
    HCL_FN_STEP = 8 /* it jumps: the argument is not rounded before, so that it jumps where it should */
};

struct hcl_function_kind {
    const char *name; /* "RELU6" */
    int op, fused;    /* numbers of the TFLite format; -1: it has none */
    double least;
    unsigned properties;
    double (*apply)(double x, const float *p);
};

/** Of an id below HCL_FN_COUNT. */
const struct hcl_function_kind *hcl_function_kind(hcl_fn id);
double hcl_function_apply(const struct hcl_function *f, double x);
bool hcl_function_has(const struct hcl_function *f, unsigned property);
/** The argument's scale is the result's. */
bool hcl_function_keeps_scale(const struct hcl_function *f);
/** The same id and parameters. */
bool hcl_function_equal(const struct hcl_function *a, const struct hcl_function *b);
/** outer(inner(x)) as one function; false: there is none that is known. */
bool hcl_function_compose(struct hcl_function *out, const struct hcl_function *outer,
                          const struct hcl_function *inner);
/** Largest |f(x)| for x in [lo, hi], where f is defined; 0 if it is nowhere. */
double hcl_function_magnitude(const struct hcl_function *f, double lo, double hi);
/** f(q * 2^-q_bits) * 2^bits, rounded to nearest, half up; at most 2^62 in size. q is in the function's
 * domain.
 */
int64_t hcl_function_round(const struct hcl_function *f, int64_t q, int q_bits, int bits);
/** The least quotient the function is defined for, no less than -2^62. */
int64_t hcl_function_least(const struct hcl_function *f, int q_bits);
/** The function with this number as fused activation; false: there is none. */
bool hcl_function_of_fused(int fused, hcl_fn *id);

#endif
