/* SPDX-License-Identifier: Apache-2.0 */
/* What only the whole circuit tells, fixed values and copies included, about a key and public values that
 * came from elsewhere. A verifying key holds commitments: two circuits of one shape, with other tables, other
 * weights or other copies, differ in nothing else. Whoever trusts a circuit and an SRS, and neither the key
 * nor who made it, makes the commitments again. HCL_FALSE_CLAIM names the first difference. */
#ifndef HCL_COMMON_HALO2_AUDIT_H
#define HCL_COMMON_HALO2_AUDIT_H

#include "common/halo2/keys.h"
#include "common/halo2/values.h"

/** Do two finished circuits have the same constraint system: k, columns and phases, degree, queries, gates,
 * look-ups, columns of the permutation? Names, fixed values and copies do not count. `theirs` may come from a
 * key. */
hcl_status hcl_audit_system(const struct hcl_circuit *theirs, const struct hcl_circuit *ours,
                            struct hcl_err *err);
/** Is this the key of circuit c under srs: the same constraint system, and every commitment to a fixed column
 * or a permutation as made again? srs->k must be c->k. Who cannot be sure of the SRS calls hcl_srs_check
 * first. */
hcl_status hcl_audit_key(const struct hcl_vk *vk, const struct hcl_circuit *c, const struct hcl_srs *srs,
                         int threads, struct hcl_err *err);
/** Does the circuit read all these public values? A column that only copies read holds exactly the rows up to
 * the last one copied, and 0 where none is: a value beyond them would be claimed by nobody, a missing one
 * would stand for a zero that nobody sees. Columns that gates or look-ups read may have any number of rows.
 */
hcl_status hcl_audit_instances(const struct hcl_values *instances, const struct hcl_circuit *c,
                               struct hcl_err *err);

#endif
