/* SPDX-License-Identifier: Apache-2.0 */
/* What a model keeps between its runs, as a stream's past: variables by name. What is proved is one run: a
 * variable that is read before anything is assigned to it is a further input of the model, the state in, and
 * its last value a further output, the state out. A variable that nothing assigns to but the initialisation
 * is a constant. */
#ifndef HCL_COMPILER_FRONTEND_VARIABLES_H
#define HCL_COMPILER_FRONTEND_VARIABLES_H

#include "compiler/frontend/import.h"

enum { HCL_TFL_CALL_ONCE = 129, HCL_TFL_VAR_HANDLE = 142, HCL_TFL_READ_VARIABLE, HCL_TFL_ASSIGN_VARIABLE };

struct hcl_variable {
    char name[HCL_TFL_NAME_LEN], container[HCL_TFL_NAME_LEN];
    int32_t initial, value; /* tensors; HCL_TFL_ABSENT before */
    bool assigned;          /* by a run */
};

struct hcl_variables {
    struct hcl_variable *all;
    size_t count;
    struct hcl_handle {
        int32_t tensor;
        size_t variable;
    } * handles;
    size_t num_handles;
    bool initialising;  /* what is assigned is what runs begin with */
    bool called_assign; /* subgraphs assign to variables, whichever */
};

/** Before any operator is taken: whether variables are assigned to is known from all of them. */
hcl_status hcl_variables_open(struct hcl_variables *v, const struct hcl_import *im);
/** Whether the operator is about variables, CALL_ONCE aside. */
bool hcl_variables_know(int32_t code);
/** Take such an operator, its tensors resolved. *value: what a READ_VARIABLE's result is. */
hcl_status hcl_variables_take(struct hcl_variables *v, struct hcl_import *im, const struct hcl_tfl_op *op,
                              int32_t *value);
/** The last values become outputs of the model. */
hcl_status hcl_variables_finish(const struct hcl_variables *v, struct hcl_import *im);
void hcl_variables_clear(struct hcl_variables *v);

#endif
