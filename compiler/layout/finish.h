/* SPDX-License-Identifier: Apache-2.0 */
/* The end of a lane-machine program: tables are stacked, then the rows become a circuit and a witness
 * program. */
#ifndef HCL_COMPILER_LAYOUT_FINISH_H
#define HCL_COMPILER_LAYOUT_FINISH_H

#include "compiler/layout/machine.h"

/* Rows of a lane-machine circuit that no gate may use: b + 1 = 6 blinding and "last" rows, and the last
 * usable row, where the running sum of look-ups ends. */
#define HCL_MACHINE_RESERVED_ROWS 7

/* What a circuit is beside the machine's rows. */
struct hcl_machine_shape {
    uint32_t k, degree;   /* degree 4 or 5; 5 sets minimum_degree */
    bool private_weights; /* in advice columns; else in fixed ones */
    /* Committed weights: so many rows of each weight column below the weights hold random values from the
     * seed (32 bytes; NULL: zeros, for a circuit that gets no key). No gate reads them. */
    uint32_t random_rows;
    const uint8_t *weight_seed;
    uint8_t blinding_id[32]; /* with a seed: hcl_machine_blinding_id */
};

/** Give every table its rows and tags (joining those that may be joined), turn regions into labels and weight
 *  rows into the program's columns. Call once, last. */
hcl_status hcl_machine_finish(struct hcl_machine *m, struct hcl_err *err);
/** Smallest k whose rows hold the machine's rows, tables, instance values, and the weights in `columns`
 * columns with `more` rows beyond them. After finish. */
uint32_t hcl_machine_min_k(const struct hcl_machine *m, uint32_t columns, uint32_t more);
/** The circuit. Weights that are not private move into it, column by column, and the machine's program
 * borrows them from there. *out is cleared on failure, and the machine can only be cleared then. */
hcl_status hcl_machine_circuit(struct hcl_machine *m, const struct hcl_machine_shape *shape,
                               struct hcl_circuit *out, struct hcl_err *err);
/** Fill the random rows of a weight column: rows[i] for i < shape->random_rows. Circuits of another
 * blinding_id have other values. */
void hcl_machine_blind_weights(const struct hcl_machine_shape *shape, uint32_t column, hcl_fr *rows);
/** What the random values of committed weights depend on beside the seed: all of the machine and the shape.
 * Without the seed (shape->weight_seed, which is needed) it says nothing of the weights that went into it. */
void hcl_machine_blinding_id(const struct hcl_machine *m, const struct hcl_machine_shape *shape,
                             uint8_t id[32]);
/** The lane that gate number `gate` of this circuit is about; HCL_NONE: the whole row. */
uint32_t hcl_machine_gate_lane(uint32_t lanes, size_t gate);
/** Whether gate number `gate` is about a weight row. */
bool hcl_machine_gate_of_weights(uint32_t lanes, size_t gate);
/** Move the witness program of that circuit out of the machine, which afterwards can only be cleared. What it
 * borrows from the circuit must stay as long as it. */
void hcl_machine_take_program(struct hcl_machine *m, const struct hcl_machine_shape *shape,
                              struct hcl_program *out);

/* tables.c */
void hcl_machine_stack_tables(struct hcl_machine *m);
/* machine_weights.c */
void hcl_machine_finish_weights(struct hcl_machine *m);
/** Free the weights from column `column` on. After finish. */
void hcl_machine_drop_weights(struct hcl_machine *m, uint32_t column);

#endif
