/* SPDX-License-Identifier: Apache-2.0 */
#include "compiler/operators/operator.h"
#include "compiler/operators/elementwise.h"

#define HCL_OPERATOR(kind, name) extern const struct hcl_operator hcl_operator_##name;
#include "compiler/operators/operators.def"
#undef HCL_OPERATOR

const struct hcl_operator *hcl_operator_of(hcl_op op)
{
    static const struct hcl_operator *const all[] = {
#define HCL_OPERATOR(kind, name) &hcl_operator_##name,
#include "compiler/operators/operators.def"
#undef HCL_OPERATOR
    };
    const size_t own = sizeof all / sizeof *all;
    return op < own ? all[op] : hcl_function_operator((hcl_fn)(op - own));
}

bool hcl_operator_find(int code, hcl_op *op)
{
    for (int i = 0; i < HCL_OP_COUNT; i++) {
        const int has = hcl_operator_of((hcl_op)i)->code;
        if (has >= 0 && has == code) {
            *op = (hcl_op)i;
            return true;
        }
    }
    return false;
}

struct hcl_function hcl_node_function(const struct hcl_node *n)
{
    struct hcl_function f = n->act;
    const hcl_fn own = hcl_operator_of(n->op)->function;
    if (own != HCL_FN_IDENTITY)
        f.id = own;
    return f;
}
