/* SPDX-License-Identifier: Apache-2.0 */
/* Does an assignment satisfy a circuit? Evaluates every constraint on every row and names what is violated,
 * without any cryptography. Gates are checked on all n rows as the proof system does; rows [u, n) of
 * advice columns are random in a proof, so the checker fills them with random values itself: a gate that
 * reads them and is not switched off is reported. */
#ifndef HCL_COMMON_HALO2_CHECK_H
#define HCL_COMMON_HALO2_CHECK_H

#include "common/halo2/constraints.h"
#include "common/halo2/values.h"

typedef enum { HCL_VIOLATED_GATE, HCL_VIOLATED_LOOKUP, HCL_VIOLATED_COPY } hcl_violation_kind;

struct hcl_violation {
    hcl_violation_kind kind;
    size_t index;      /* flat gate polynomial, lookup, or copy */
    size_t gate, poly; /* of a gate polynomial: which gate, which of its polynomials */
    size_t row;        /* gate, lookup: row; copy: row of the left cell */
};

struct hcl_check; /* programs, tables of the lookups, cell -> rows map */

/** Prepare. advice[c]: n values each (rows >= u are overwritten with random ones), borrowed and not changed
 * by anyone but hcl_check_cell while the checker lives. Challenges: num_challenges values. */
hcl_status hcl_check_new(struct hcl_check **out, const struct hcl_circuit *c, hcl_fr *const *advice,
                         const struct hcl_values *instances, const hcl_fr *challenges, int threads,
                         struct hcl_err *err);
void hcl_check_free(struct hcl_check *k);

/** Find violations, at most `max` of them, ordered gates, lookups, copies and by index, row. *count: how many
 * were stored. HCL_OK also when there are some; HCL_NO_RESOURCE. */
hcl_status hcl_check_run(struct hcl_check *k, struct hcl_violation *out, size_t max, size_t *count,
                         struct hcl_err *err);

/** Would changing one advice cell (row < u) to `value` be noticed? Looks only at the rows, lookups and copies
 * that see the cell; a lookup whose table reads advice is rechecked as a whole. The cell is restored. The
 * assignment must be satisfying. *noticed = false: the mutated assignment is satisfying too. */
hcl_status hcl_check_cell(struct hcl_check *k, uint32_t column, size_t row, const hcl_fr *value,
                          bool *noticed, struct hcl_err *err);

/** One line: "gate 'name' polynomial 1 is not zero at row 17". annotate may be NULL; it may add e.g. layer
 * and tensor index for a row: writes a zero-terminated text of at most `size` bytes, "" for none. */
struct hcl_check_notes {
    void *ctx;
    void (*annotate)(void *ctx, const struct hcl_violation *v, char *text, size_t size);
};
void hcl_violation_print(char *text, size_t size, const struct hcl_circuit *c, const struct hcl_violation *v,
                         const struct hcl_check_notes *notes);

#endif
