/* SPDX-License-Identifier: Apache-2.0 */
#ifndef HCL_COMMON_HALO2_GROUPS_INTERNAL_H
#define HCL_COMMON_HALO2_GROUPS_INTERNAL_H

#include "common/halo2/eval_graph_internal.h"
#include "common/halo2/groups.h"

/* Constraints as values. roots[j] is complete when the graph has root_end[j] values. */
struct hcl_group_source {
    struct hcl_value_graph graph;
    struct signed_value *roots;
    size_t *root_end, count;
    bool argument; /* inputs and challenges are those of arguments_internal.h */
};

enum { HCL_GROUP_SOURCES = 2 }; /* gates, permutation */

/* Columns are numbered by kind: base[kind] + index. */
struct hcl_group_columns {
    size_t base[HCL_COL_ROWS + 1];
    size_t count;
    uint32_t *group; /* [number]; HCL_GROUP_ALL: of all groups */
};

#define HCL_GROUP_ALL UINT32_MAX
#define HCL_GROUP_SEVERAL (UINT32_MAX - 1)

static inline hcl_status hcl_groups_no_memory(struct hcl_err *err)
{
    return hcl_fail(err, HCL_NO_RESOURCE, "no memory to group the constraints");
}
/** What an input of a source reads, as the groups' programs say it. */
struct hcl_query hcl_group_query(const struct hcl_group_source *s, const struct value *v);
/** The gates, in the sums of linear columns that hcl_constraints_init_linear finds. To be cleared in any
 * case. */
hcl_status hcl_eval_gates_values(struct hcl_group_source *out, const struct hcl_circuit *c,
                                 struct hcl_err *err);
/** The permutation argument's constraints, folded: one root, or none. */
hcl_status hcl_permutation_values(struct hcl_group_source *out, const struct hcl_circuit *c,
                                  struct hcl_err *err);
/** The program of one value of a graph. */
hcl_status hcl_eval_emit(struct hcl_eval *out, struct hcl_value_graph *g, struct signed_value root,
                         struct hcl_err *err);
/** Fill c->group with numbers below *groups, which is at most `most` before and after. A product of two
 * values never has columns of different groups in both, nor of one group in one and of several in the other.
 */
hcl_status hcl_groups_find(struct hcl_group_columns *c, size_t *groups,
                           const struct hcl_group_source *sources, struct hcl_err *err);
#endif
