/* SPDX-License-Identifier: Apache-2.0 */
/* Constant index maps: which element of the operands each element of a result is. Operators that only move
 * elements (transpositions, slices, padding, repetition, concatenation ...) are one of these and a shape.
 *
 * A map has an entry for each element of the result, in row-major order: an element of the operand, or
 * HCL_MAP_NONE for 0. Shapes have at most HCL_MAP_RANK dimensions and 2^28 elements. */
#ifndef HCL_COMPILER_GRAPH_INDEX_MAP_H
#define HCL_COMPILER_GRAPH_INDEX_MAP_H

#include "common/sys/status.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define HCL_MAP_RANK 8
#define HCL_MAP_NONE UINT32_MAX

struct hcl_map_shape {
    uint32_t rank, dims[HCL_MAP_RANK];
};

/** The shape in a model's file of a tensor that has these dimensions in a graph. */
struct hcl_map_shape hcl_map_shape_of(const uint32_t dims[4], uint32_t rank,
                                      const struct hcl_map_shape *wide);
/** Elements; 0 if there are none, or more than a tensor may have. */
size_t hcl_map_len(const struct hcl_map_shape *s);

/* One dimension of a result whose maps are a sum over its dimensions: index i of it reads the operand
 * `offset[i]` elements further on; HCL_MAP_NONE: nothing. */
struct hcl_map_axis {
    uint32_t len;
    const uint32_t *offset;
};
/** map[i_0, i_1, ..] = sum over axes of offset[i_axis]; HCL_MAP_NONE if one of them is. */
void hcl_map_separable(uint32_t *map, const struct hcl_map_axis *axes, uint32_t rank);

/* All below: the shape of the result in *to, *map from malloc. `what` names the operator in messages.
 * HCL_BAD_INPUT: the parameters do not fit the shape. */

/** Dimension i of the result is dimension order[i]. */
HCL_MUST_CHECK hcl_status hcl_map_transpose(struct hcl_map_shape *to, uint32_t **map,
                                            const struct hcl_map_shape *from, const int32_t *order,
                                            const char *what, struct hcl_err *err);
/** Index j of dimension i is index first[i] + j*step[i] of the operand, j < count[i]; step may be negative.
 */
HCL_MUST_CHECK hcl_status hcl_map_slice(struct hcl_map_shape *to, uint32_t **map,
                                        const struct hcl_map_shape *from, const int64_t *first,
                                        const int64_t *step, const uint32_t *count, const char *what,
                                        struct hcl_err *err);
/** Entries `index` of dimension `axis`; the result has the dimensions of `index` in its place. The first
 * `batch` dimensions of both are the same ones, each with entries of its own. */
HCL_MUST_CHECK hcl_status hcl_map_gather(struct hcl_map_shape *to, uint32_t **map,
                                         const struct hcl_map_shape *from, uint32_t axis, uint32_t batch,
                                         const int32_t *index, const struct hcl_map_shape *of_index,
                                         const char *what, struct hcl_err *err);
/** Places of as many numbers as the last dimension of `index` has; what of `from` lies at each. */
HCL_MUST_CHECK hcl_status hcl_map_gather_nd(struct hcl_map_shape *to, uint32_t **map,
                                            const struct hcl_map_shape *from, const int32_t *index,
                                            const struct hcl_map_shape *of_index, const char *what,
                                            struct hcl_err *err);
/** Dimension i again and again, times[i] times. */
HCL_MUST_CHECK hcl_status hcl_map_tile(struct hcl_map_shape *to, uint32_t **map,
                                       const struct hcl_map_shape *from, const uint32_t *times,
                                       const char *what, struct hcl_err *err);
/** Broadcast to *to, which is given: dimensions from the last on are equal, 1 or missing. */
HCL_MUST_CHECK hcl_status hcl_map_broadcast(const struct hcl_map_shape *to, uint32_t **map,
                                            const struct hcl_map_shape *from, const char *what,
                                            struct hcl_err *err);
/* What lies beyond the border. REFLECT leaves the border's element out, SYMMETRIC repeats it. */
typedef enum { HCL_PAD_ZERO, HCL_PAD_REFLECT, HCL_PAD_SYMMETRIC } hcl_pad_kind;
/** before[i] and after[i] more indices of dimension i. */
HCL_MUST_CHECK hcl_status hcl_map_pad(struct hcl_map_shape *to, uint32_t **map,
                                      const struct hcl_map_shape *from, const uint32_t *before,
                                      const uint32_t *after, hcl_pad_kind kind, const char *what,
                                      struct hcl_err *err);
/** Blocks of block x block pixels to channels; of a shape [n, h, w, c]. */
HCL_MUST_CHECK hcl_status hcl_map_space_to_depth(struct hcl_map_shape *to, uint32_t **map,
                                                 const struct hcl_map_shape *from, uint32_t block,
                                                 const char *what, struct hcl_err *err);
HCL_MUST_CHECK hcl_status hcl_map_depth_to_space(struct hcl_map_shape *to, uint32_t **map,
                                                 const struct hcl_map_shape *from, uint32_t block,
                                                 const char *what, struct hcl_err *err);
/** The nearest pixel of a shape [n, h, w, c] for each of h x w ones, as TFLite finds it. */
HCL_MUST_CHECK hcl_status hcl_map_nearest(struct hcl_map_shape *to, uint32_t **map,
                                          const struct hcl_map_shape *from, uint32_t h, uint32_t w,
                                          bool align_corners, bool half_pixel_centers, const char *what,
                                          struct hcl_err *err);
/** `count` operands one behind the other along `axis`; element e of operand k is entry e plus the lengths of
 * the operands before it. */
HCL_MUST_CHECK hcl_status hcl_map_concat(struct hcl_map_shape *to, uint32_t **map,
                                         const struct hcl_map_shape *from, size_t count, uint32_t axis,
                                         const char *what, struct hcl_err *err);

#endif
