/* SPDX-License-Identifier: Apache-2.0 */
/* From a fixed-point graph to a circuit and a witness program: try numbers of lanes, each with the smallest k
 * and a few more, the fewest weight columns that fit and some more, both degrees, and keep what the cost
 * model likes best. The cost model and its constants are in compiler/layout/cost.h. Local, single-threaded.
 */
#ifndef HCL_COMPILER_COMPILE_H
#define HCL_COMPILER_COMPILE_H

#include "common/halo2/circuit.h"
#include "common/witness/program.h"
#include "compiler/fixed/fixed_graph.h"
#include "compiler/layout/cost.h"
#include "compiler/places.h"
#include <jansson.h>
#include <stdio.h>

struct hcl_compile_options {
    uint32_t k;              /* 0: chosen; else exactly this k (an error if the circuit does not fit) */
    uint32_t lanes;          /* 0: chosen */
    uint32_t degree;         /* 0: chosen; 4 or 5 */
    uint32_t weight_columns; /* 0: chosen */
    hcl_objective objective;
    /* Committed weights: how many proofs the key is to hide them for, 0: HCL_KEY_PROOFS; and the 32 secret
     * bytes that hide them, NULL: the circuit will get no key. */
    uint32_t key_proofs;
    const uint8_t *weight_seed;
    size_t max_proof_bytes; /* 0: no bound; layouts with longer proofs are not chosen */
};

#define HCL_KEY_PROOFS 1000
#define HCL_KEY_SRS 16 /* a key under so many SRSs shows as many values besides */

/* One layout that was tried. */
struct hcl_candidate {
    uint32_t lanes, weight_columns, k, degree, rows, table_rows, weight_rows;
    struct hcl_shape shape;
    struct hcl_cost cost; /* of one rank; what columns hold is not known */
    bool fits;            /* within k and max_proof_bytes */
};

struct hcl_candidates {
    struct hcl_candidate *of;
    size_t count;
};

/* Consecutive rows of one purpose; node, of the graph or of that which a batch repeats, HCL_NONE: constants
 * and inputs. */
struct hcl_layout_region {
    uint32_t first_row, rows, first_weight_row, weight_rows, node, tensor;
    uint32_t origin; /* the node's (struct hcl_graph); HCL_NONE without a node */
    char *name, *what;
    const char *primitive; /* the node's kind; NULL without a node */
    size_t elements; /* of the node's results, in the regions where they are; of `tensor` without a node */
    double multiplications; /* of the node in all items, in the first of those */
    size_t cells, lookups;  /* small cells in use; looked-up lanes, each with two look-ups */
};

struct hcl_layout {
    uint32_t lanes, weight_columns, k, degree;
    uint32_t rows, usable_rows, table_rows, weight_rows, public_values;
    uint32_t random_rows;          /* of each weight column, when weights are committed */
    uint32_t functions, ranges;    /* tables */
    size_t lookups, copies, cells; /* looked-up lanes, copy constraints, small cells in use */
    struct hcl_shape shape;        /* to be priced for other numbers of ranks */
    struct hcl_cost cost;          /* of one rank */
    struct hcl_layout_region *regions;
    size_t num_regions;
    struct hcl_candidate *candidates;
    size_t num_candidates;
};

struct hcl_compiled {
    struct hcl_circuit circuit;
    struct hcl_program program;
    struct hcl_layout layout;
    struct hcl_places places;
    uint8_t blinding_id[32]; /* committed weights: which circuit's random rows these are */
};

/** *out is cleared on failure. HCL_BAD_INPUT: an operator or range that cannot be laid out, a forced k that
 * is too small, or no layout within max_proof_bytes; the message says which. */
HCL_MUST_CHECK hcl_status hcl_compile(const struct hcl_fx_graph *g, const struct hcl_compile_options *options,
                                      struct hcl_compiled *out, struct hcl_err *err);
/** Random rows of each weight column: one for each proof, whose evaluation it hides, and for each SRS; 0
 * unless weights are committed. */
uint32_t hcl_compile_random_rows(const struct hcl_fx_graph *g, const struct hcl_compile_options *options);
/** The layout that hcl_compile would choose, without building it: a third of the time. all: the candidates,
 * of which `of` is the caller's to free; NULL: not wanted. Empty on failure. */
HCL_MUST_CHECK hcl_status hcl_compile_estimate(const struct hcl_fx_graph *g,
                                               const struct hcl_compile_options *options,
                                               struct hcl_candidate *out, struct hcl_candidates *all,
                                               struct hcl_err *err);
/** The one that the objective prefers; NULL: none fits. */
const struct hcl_candidate *hcl_candidate_best(const struct hcl_candidate *const *all, size_t count,
                                               hcl_objective objective);
void hcl_compiled_clear(struct hcl_compiled *c);
void hcl_layout_clear(struct hcl_layout *l);

/** The layout as a table for people. */
void hcl_layout_print(const struct hcl_layout *l, FILE *to);
/** As JSON, with the alternatives; NULL: out of memory. */
json_t *hcl_layout_json(const struct hcl_layout *l);
/** What the public values mean, for the vk file: {"public": [{role, name, item, shape, frac_bits, lo, hi,
 * column, first_row, count}...], "batch", "visibility": {input, output, weights}}; item and batch of a batch
 * only. NULL: out of memory. */
json_t *hcl_public_json(const struct hcl_fx_graph *g);

#endif
