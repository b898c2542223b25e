/* SPDX-License-Identifier: Apache-2.0 */
/* The float model's tensors beside the fixed-point ones that stand for them, in the cells of a witness. What
 * is compared is cut into tiles of about a thousand elements, so many channels at so many positions that both
 * sides of a tile lie in few cache lines; whoever takes which of them, results are the same: those of tiles
 * go together in the order of tiles.
 *
 * Local. It holds nothing of an input. */
#ifndef HCL_COMPILER_QUANTIZE_COMPARE_H
#define HCL_COMPILER_QUANTIZE_COMPARE_H

#include "compiler/fixed/interpret.h"
#include "compiler/graph/graph.h"
#include "compiler/places.h"

/* Two tensors of `positions` x `channels` elements. Element c of position p is cell
 * base + c*channel + (p/width)*row + (p%width)*step, or in a list of cells. Without pointers, so that it may
 * travel as it is. */
struct hcl_compared {
    uint32_t node;          /* of the fixed-point graph of one inference */
    uint32_t tensor, fixed; /* of the float graph; of the fixed-point graph that is proved */
    uint32_t channels, width;
    uint64_t positions;
    int64_t base, channel, row, step;
    uint64_t first_tile;
    uint64_t shift_at; /* in shifts: by how many bits each channel is finer; HCL_NO_SHIFT: none is */
    int32_t frac_bits;
    bool listed;
    bool computed; /* lies nowhere as a whole: it is in the interpreter's values, with the rank that has them
                    */
};
#define HCL_NO_SHIFT UINT64_MAX

/* Of one inference, in the order of the fixed-point graph's nodes. */
struct hcl_comparison {
    struct hcl_compared *of;
    size_t count;
    size_t placed, tiles; /* tiles 0..placed-1 are of cells, the others of what is computed */
    uint32_t *tile_of;    /* by tile: which of them it is a part of */
    int8_t *shifts;
    size_t num_shifts;
    size_t first, last; /* tiles that the lists are there for */
    uint32_t *list;     /* their cells, tile after tile, position after position; of listed ones */
    size_t *list_at;    /* by tile - first, and the end */
};

struct hcl_tile_error {
    double worst, squares, lo,
        hi; /* |fixed - float|: the largest, sum of squares; of the floats, 0 included */
};

/** What there is to compare of fx, whose tensors are at `places`, or of an item of a batch of it. */
HCL_MUST_CHECK hcl_status hcl_comparison_init(struct hcl_comparison *c, const struct hcl_graph *model,
                                              const struct hcl_fx_graph *fx, uint32_t item,
                                              const struct hcl_places *places, struct hcl_err *err);
/** From `of`, `count`, `shifts` and `num_shifts`, which are set and become its own: tiles, and room for the
 * lists of tiles first..last-1, to be filled by the caller. */
HCL_MUST_CHECK hcl_status hcl_comparison_index(struct hcl_comparison *c, size_t first, size_t last,
                                               struct hcl_err *err);
void hcl_comparison_clear(struct hcl_comparison *c);
/** Tiles of one of them. */
size_t hcl_compared_tiles(const struct hcl_compared *c);
/** Cells of tile t in a list; 0: it needs none. */
size_t hcl_tile_listed(const struct hcl_comparison *c, size_t t);

/** out[t - first] = the error of tile t, first <= t < last, by all threads. y: cells; v: where the values of
 * computed ones are, NULL where no such tile is asked for; want: float tensors, by number. */
void hcl_compare(const struct hcl_comparison *c, size_t first, size_t last, const int64_t *y,
                 const struct hcl_fx_values *v, float *const *want, struct hcl_tile_error *out);
/** Of compared tensor i, from the errors of all tiles. */
struct hcl_tile_error hcl_compared_error(const struct hcl_comparison *c, size_t i,
                                         const struct hcl_tile_error *of_tiles);

#endif
