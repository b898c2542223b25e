/* SPDX-License-Identifier: Apache-2.0 */
/* The golden circuits of tests/vectors/halo2 with everything needed to prove them: keys' inputs, public
 * values, the witness of witness.json where there is one, and the randomness of replay.json as witness and
 * blinding source. */
#ifndef HCL_TESTS_MPI_VECTORS_H
#define HCL_TESTS_MPI_VECTORS_H

#include "common/halo2/circuit.h"
#include "common/halo2/srs.h"
#include "common/halo2/values.h"
#include "common/halo2/witness.h"
#include "worker/rounds/blinding.h"

#include <stdatomic.h>

#define VECTOR_COUNT 8
extern const char *const vector_names[VECTOR_COUNT];

/* replay.json: rows as in the file. */
struct replay {
    struct hcl_values advice, random_poly, permutation_z, lookup_a, lookup_s, lookup_z;
    size_t usable_rows;
};

struct vector {
    const char *name;
    struct hcl_circuit circuit;
    struct hcl_srs srs;
    struct hcl_values instances, witness;
    bool has_witness; /* witness.json exists */
    struct replay replay;
    atomic_size_t integer_columns; /* that replays gave */
};

/** Load or fail the calling test program with a message. */
void vector_load(struct vector *v, const char *name);
void vector_clear(struct vector *v);
/** The file's bytes, malloc'ed. */
uint8_t *vector_file(const struct vector *v, const char *file, size_t *len);

/** Advice rows [0, u) of replay.json, as integers where they are; its blinding. */
struct hcl_witness_source vector_replay_witness(struct vector *v);
struct hcl_blinding vector_replay_blinding(struct vector *v);
/** witness.json, missing rows 0. */
struct hcl_witness_source vector_witness(struct vector *v);

#endif
