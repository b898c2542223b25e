/* SPDX-License-Identifier: Apache-2.0 */
/* Mutation testing of a satisfied lane-machine assignment.
 *
 * Every advice cell of the rows a proof uses is changed alone (+1, -1, to a random value); the checker must
 * notice exactly the cells that something reads. What nothing reads is the list of don't-cares, decided from
 * the row's gates (docs/security.md explains each), never from the checker's answer. */
#ifndef HCL_TESTS_MUTATE_H
#define HCL_TESTS_MUTATE_H

#include "tests/unit/compiler/support/lowered.h"

struct mutation_report {
    size_t cells;       /* assigned cells tried */
    size_t noticed;     /* all of their changes were noticed */
    size_t dont_care;   /* on the list, and no change was noticed */
    size_t missed;      /* not on the list, a change went unnoticed: a hole */
    size_t too_lenient; /* on the list, but a change was noticed: the list is too long */
};

/** Why nothing depends on this cell, or NULL. */
const char *mutation_dont_care(const struct lowered *l, uint32_t column, size_t row);
/** Try all cells whose row is a multiple of `every` in the rows in use and a few of the unused ones. Prints
 * the first misses. */
struct mutation_report mutation_run(const struct lowered *l, struct hcl_test_random *r, size_t every);

#endif
