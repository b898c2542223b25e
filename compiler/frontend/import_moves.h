/* SPDX-License-Identifier: Apache-2.0 */
/* Operators that append nodes of their own kinds: one or more to an operator, by themselves. */
#ifndef HCL_COMPILER_FRONTEND_IMPORT_MOVES_H
#define HCL_COMPILER_FRONTEND_IMPORT_MOVES_H

#include "common/sys/status.h"

struct hcl_import;
struct hcl_tfl_op;

/* import_moves.c */
hcl_status hcl_import_broadcast_to(struct hcl_import *im, const struct hcl_tfl_op *op);
hcl_status hcl_import_concatenation(struct hcl_import *im, const struct hcl_tfl_op *op);
hcl_status hcl_import_depth_to_space(struct hcl_import *im, const struct hcl_tfl_op *op);
hcl_status hcl_import_expand_dims(struct hcl_import *im, const struct hcl_tfl_op *op);
hcl_status hcl_import_fill(struct hcl_import *im, const struct hcl_tfl_op *op);
hcl_status hcl_import_mirror_pad(struct hcl_import *im, const struct hcl_tfl_op *op);
hcl_status hcl_import_nearest(struct hcl_import *im, const struct hcl_tfl_op *op);
hcl_status hcl_import_pack(struct hcl_import *im, const struct hcl_tfl_op *op);
hcl_status hcl_import_pad(struct hcl_import *im, const struct hcl_tfl_op *op);
hcl_status hcl_import_pad_v2(struct hcl_import *im, const struct hcl_tfl_op *op);
hcl_status hcl_import_reverse(struct hcl_import *im, const struct hcl_tfl_op *op);
hcl_status hcl_import_slice(struct hcl_import *im, const struct hcl_tfl_op *op);
hcl_status hcl_import_space_to_depth(struct hcl_import *im, const struct hcl_tfl_op *op);
hcl_status hcl_import_split(struct hcl_import *im, const struct hcl_tfl_op *op);
hcl_status hcl_import_split_v(struct hcl_import *im, const struct hcl_tfl_op *op);
hcl_status hcl_import_squeeze(struct hcl_import *im, const struct hcl_tfl_op *op);
hcl_status hcl_import_strided_slice(struct hcl_import *im, const struct hcl_tfl_op *op);
hcl_status hcl_import_tile(struct hcl_import *im, const struct hcl_tfl_op *op);
hcl_status hcl_import_transpose(struct hcl_import *im, const struct hcl_tfl_op *op);
hcl_status hcl_import_unpack(struct hcl_import *im, const struct hcl_tfl_op *op);
/* import_reshape.c */
hcl_status hcl_import_reshape(struct hcl_import *im, const struct hcl_tfl_op *op);
/* import_conv.c */
hcl_status hcl_import_conv_2d(struct hcl_import *im, const struct hcl_tfl_op *op);
hcl_status hcl_import_transpose_conv(struct hcl_import *im, const struct hcl_tfl_op *op);
hcl_status hcl_import_transpose_conv_bias(struct hcl_import *im, const struct hcl_tfl_op *op);
/* import_conv_3d.c */
hcl_status hcl_import_conv_3d(struct hcl_import *im, const struct hcl_tfl_op *op);
/* import_batches.c */
hcl_status hcl_import_batch_to_space(struct hcl_import *im, const struct hcl_tfl_op *op);
hcl_status hcl_import_depthwise(struct hcl_import *im, const struct hcl_tfl_op *op);
hcl_status hcl_import_space_to_batch(struct hcl_import *im, const struct hcl_tfl_op *op);
/* import_sums.c */
hcl_status hcl_import_add_n(struct hcl_import *im, const struct hcl_tfl_op *op);
hcl_status hcl_import_cumsum(struct hcl_import *im, const struct hcl_tfl_op *op);
hcl_status hcl_import_l2_pool(struct hcl_import *im, const struct hcl_tfl_op *op);
hcl_status hcl_import_response_norm(struct hcl_import *im, const struct hcl_tfl_op *op);
/* import_resize.c */
hcl_status hcl_import_bilinear(struct hcl_import *im, const struct hcl_tfl_op *op);
/* import_gather.c */
hcl_status hcl_import_embedding_lookup(struct hcl_import *im, const struct hcl_tfl_op *op);
hcl_status hcl_import_gather(struct hcl_import *im, const struct hcl_tfl_op *op);
hcl_status hcl_import_gather_nd(struct hcl_import *im, const struct hcl_tfl_op *op);
hcl_status hcl_import_one_hot(struct hcl_import *im, const struct hcl_tfl_op *op);
/* import_rnn.c */
hcl_status hcl_import_rnn(struct hcl_import *im, const struct hcl_tfl_op *op);
/* import_lstm.c */
hcl_status hcl_import_lstm(struct hcl_import *im, const struct hcl_tfl_op *op);
/* import_matmul.c */
hcl_status hcl_import_batch_matmul(struct hcl_import *im, const struct hcl_tfl_op *op);
hcl_status hcl_import_fully_connected(struct hcl_import *im, const struct hcl_tfl_op *op);
/* import_reduce.c */
hcl_status hcl_import_mean(struct hcl_import *im, const struct hcl_tfl_op *op);
hcl_status hcl_import_reduce_max(struct hcl_import *im, const struct hcl_tfl_op *op);
hcl_status hcl_import_reduce_min(struct hcl_import *im, const struct hcl_tfl_op *op);
hcl_status hcl_import_reduce_prod(struct hcl_import *im, const struct hcl_tfl_op *op);
hcl_status hcl_import_sum(struct hcl_import *im, const struct hcl_tfl_op *op);
/* import_elementwise.c */
hcl_status hcl_import_cast(struct hcl_import *im, const struct hcl_tfl_op *op);
hcl_status hcl_import_equal(struct hcl_import *im, const struct hcl_tfl_op *op);
hcl_status hcl_import_greater(struct hcl_import *im, const struct hcl_tfl_op *op);
hcl_status hcl_import_greater_equal(struct hcl_import *im, const struct hcl_tfl_op *op);
hcl_status hcl_import_less(struct hcl_import *im, const struct hcl_tfl_op *op);
hcl_status hcl_import_less_equal(struct hcl_import *im, const struct hcl_tfl_op *op);
hcl_status hcl_import_logical_and(struct hcl_import *im, const struct hcl_tfl_op *op);
hcl_status hcl_import_logical_not(struct hcl_import *im, const struct hcl_tfl_op *op);
hcl_status hcl_import_logical_or(struct hcl_import *im, const struct hcl_tfl_op *op);
hcl_status hcl_import_maximum(struct hcl_import *im, const struct hcl_tfl_op *op);
hcl_status hcl_import_minimum(struct hcl_import *im, const struct hcl_tfl_op *op);
hcl_status hcl_import_not_equal(struct hcl_import *im, const struct hcl_tfl_op *op);
hcl_status hcl_import_prelu(struct hcl_import *im, const struct hcl_tfl_op *op);
hcl_status hcl_import_select(struct hcl_import *im, const struct hcl_tfl_op *op);
hcl_status hcl_import_select_v2(struct hcl_import *im, const struct hcl_tfl_op *op);
hcl_status hcl_import_squared_difference(struct hcl_import *im, const struct hcl_tfl_op *op);
/* import_division.c */
hcl_status hcl_import_div(struct hcl_import *im, const struct hcl_tfl_op *op);
hcl_status hcl_import_floor_div(struct hcl_import *im, const struct hcl_tfl_op *op);
hcl_status hcl_import_floor_mod(struct hcl_import *im, const struct hcl_tfl_op *op);
/* import_ratios.c */
hcl_status hcl_import_l2_normalization(struct hcl_import *im, const struct hcl_tfl_op *op);
hcl_status hcl_import_log_softmax(struct hcl_import *im, const struct hcl_tfl_op *op);
hcl_status hcl_import_pow(struct hcl_import *im, const struct hcl_tfl_op *op);

#endif
