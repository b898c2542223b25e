/* SPDX-License-Identifier: Apache-2.0 */
/* What the machine keeps beside the program: capacities, equalities, regions and caches. Only for the files
 * of compiler/layout. */
#ifndef HCL_COMPILER_LAYOUT_MACHINE_INTERNAL_H
#define HCL_COMPILER_LAYOUT_MACHINE_INTERNAL_H

#include "compiler/layout/machine.h"

struct hcl_region {
    uint32_t first_row, first_weight_row, node, tensor;
    char *name, *what;
};
struct hcl_equality {
    struct hcl_cell a, b;
};
struct hcl_power {
    uint64_t e;
    struct hcl_cell cell;
    char base; /* 's', 't' or a constant (machine_wide.c) */
};
struct hcl_pass {
    uint32_t first, rows;
    uint16_t gate; /* HCL_ROW_HY, HCL_ROW_HYT */
    struct hcl_cell cell;
    bool b_taken; /* B of one of the rows holds something else */
};

/* A table of rows before it has any. */
struct hcl_row_source {
    const int16_t *values;
    int16_t lo, hi; /* of them and 0 */
    uint32_t node;
    char *name;
};

struct hcl_machine_more {
    struct hcl_row_source *row_sources; /* of prog.row_tables */
    size_t cap_row_tables, cap_row_sources;
    bool finished; /* table rows are known */
    size_t cap_rows, cap_sources, cap_classes, cap_fns, cap_ranges, cap_pool, cap_lists, cap_blocks, cap_wide,
        cap_hints, cap_weight_rows, cap_steps, cap_stages, cap_lengths;
    size_t cap_inputs, cap_outputs, cap_instance, cap_regions, cap_equal, cap_powers, cap_passes, cap_views;
    struct hcl_pass_length {
        uint32_t weights;
        uint64_t passes;
    } * lengths; /* of passes of weights; the last one used first */
    size_t num_lengths;
    bool *within; /* by function: any table that holds its entries may stand for it */
    size_t cap_within;
    struct hcl_region *regions;
    size_t num_regions;
    struct hcl_equality *equal;
    size_t num_equal;
    struct hcl_power *powers;
    size_t num_powers;
    uint32_t *power_slots;  /* open addressing: index into powers + 1, 0: free */
    size_t num_power_slots; /* a power of two, at least twice num_powers */
    struct hcl_pass *passes;
    size_t num_passes;
    uint32_t *pass_slots;  /* by first row and length, as power_slots */
    size_t num_pass_slots; /* likewise */
    uint32_t **views;      /* cell lists of views, owned */
    size_t num_views;
};

/** Make room for `need` elements; false (and the machine failed) when memory is short. */
bool hcl_machine_grow(struct hcl_machine *m, void *array, size_t *cap, size_t need, size_t elem);

/** Say that B of a row of this pass holds something else. */
void hcl_machine_pass_without_b(struct hcl_machine *m, uint32_t first, uint32_t rows, uint16_t gate);

#endif
