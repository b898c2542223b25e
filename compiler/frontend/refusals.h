/* SPDX-License-Identifier: Apache-2.0 */
/* Everything in a model that an import refuses, collected into one message: who has to change the model
 * learns at once of all that is in the way. */
#ifndef HCL_COMPILER_FRONTEND_REFUSALS_H
#define HCL_COMPILER_FRONTEND_REFUSALS_H

#include "common/sys/status.h"
#include "compiler/frontend/tflite_shim.h"

/* How the message of a tensor that is not of floats begins, behind the operator. */
#define HCL_REFUSED_QUANTISED ": quantised "

struct hcl_refusals {
    char text[sizeof(struct hcl_err) - 512]; /* the rest is for the file's name */
    size_t len, count, unsaid;               /* unsaid: of count, those that did not fit */
    bool quantised;                          /* said once */
};

/* "'name' (FLOAT32 [1,6,6,2])". */
struct hcl_tensor_text {
    char text[HCL_TFL_NAME_LEN + 128];
};

/** What an operator is called in messages: its first output's name, type and shape as the file has them. */
struct hcl_tensor_text hcl_op_result_text(const struct hcl_tfl_model *m, const struct hcl_tfl_op *op);

/** One more thing that is wrong. */
void hcl_refuse(struct hcl_refusals *r, const char *what);
/** All operators for which supported(op) is false and that are not taken otherwise, those of one kind
 * together; of_constants: whether they would be supported if all they read were constants. */
void hcl_refuse_operators(struct hcl_refusals *r, const struct hcl_tfl_model *m,
                          bool (*supported)(const struct hcl_tfl_op *), bool (*of_constants)(int32_t code),
                          const bool *taken);
/** HCL_OK if nothing was refused, else HCL_BAD_INPUT and all of it. */
hcl_status hcl_refusals_status(const struct hcl_refusals *r, const char *file, struct hcl_err *err);

#endif
