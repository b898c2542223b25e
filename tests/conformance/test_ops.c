/* SPDX-License-Identifier: Apache-2.0 */
/* Each operator against the TFLite interpreter's outputs (tests/conformance/ops, generate.py): the float
 * executor before and after the passes, and the fixed-point interpreter at high precision. At a low
 * precision, which keeps it small, the circuit: inputs and weights leave no output a choice, it is satisfied,
 * and a change of any cell that matters is noticed. */
#include "tests/support/test.h"

#include "common/io/npy.h"
#include "compiler/fixed/interpret.h"
#include "compiler/frontend/import_tflite.h"
#include "compiler/graph/evaluate.h"
#include "compiler/graph/passes.h"
#include "compiler/quantize/build.h"
#include "tests/unit/compiler/support/accept.h"
#include <glob.h>
#include <math.h>

/* Rows of a circuit whose cells are changed. */
enum { MUTATED_ROWS = 12 };

#define FOLDER HCL_SOURCE_DIR "/tests/conformance/ops/"

/* `op` must be in the graph as imported; nodes counts those left after the passes. */
static const struct op_case {
    const char *name;
    hcl_op op;
    size_t nodes;
} cases[] = {
#define OP_CASE(name, kind, nodes) { #name, HCL_OP_##kind, nodes },
#include "tests/conformance/ops/elementwise.def"
#undef OP_CASE
    { "conv_valid", HCL_OP_CONV_2D, 1 },
    { "conv_same", HCL_OP_CONV_2D, 1 },
    { "conv_same_stride2_even", HCL_OP_CONV_2D, 1 },
    { "conv_same_stride2_odd", HCL_OP_CONV_2D, 1 },
    { "conv_valid_stride3", HCL_OP_CONV_2D, 1 },
    { "conv_same_even_kernel", HCL_OP_CONV_2D, 1 },
    { "conv_1x1", HCL_OP_CONV_2D, 1 },
    { "depthwise_same", HCL_OP_DEPTHWISE_CONV_2D, 1 },
    { "depthwise_valid_multiplier", HCL_OP_DEPTHWISE_CONV_2D, 1 },
    { "depthwise_same_stride2", HCL_OP_DEPTHWISE_CONV_2D, 1 },
    { "dense", HCL_OP_FULLY_CONNECTED, 1 },
    { "dense_relu", HCL_OP_FULLY_CONNECTED, 1 },
    { "dense_relu6_of_image", HCL_OP_FULLY_CONNECTED, 2 },
    { "max_pool_valid", HCL_OP_MAX_POOL_2D, 1 },
    { "max_pool_same", HCL_OP_MAX_POOL_2D, 1 },
    { "average_pool_valid", HCL_OP_AVERAGE_POOL_2D, 1 },
    { "average_pool_same", HCL_OP_AVERAGE_POOL_2D, 1 },
    { "reshape", HCL_OP_RESHAPE, 2 },
    { "pad", HCL_OP_PAD, 1 },
    { "pad_then_conv", HCL_OP_PAD, 1 },
    { "softmax", HCL_OP_SOFTMAX, 1 },
    { "softmax_image", HCL_OP_SOFTMAX, 1 },
    { "function_tanh_of_conv", HCL_OP_TANH, 1 },
    { "affine_ahead_valid", HCL_OP_ADD, 2 },
    { "affine_ahead_same", HCL_OP_ADD, 4 },
    { "affine_ahead_depthwise", HCL_OP_ADD, 2 },
    { "affine_ahead_dense", HCL_OP_ADD, 5 },
    { "batch_matmul", HCL_OP_BATCH_MATMUL, 2 },
    { "batch_matmul_adj_x", HCL_OP_BATCH_MATMUL, 2 },
    { "batch_matmul_adj_y", HCL_OP_BATCH_MATMUL, 2 },
    { "batch_matmul_adj_both", HCL_OP_BATCH_MATMUL, 2 },
    { "batch_matmul_rank3", HCL_OP_BATCH_MATMUL, 2 },
    { "batch_matmul_row", HCL_OP_BATCH_MATMUL, 2 },
    { "batch_matmul_broadcast_one", HCL_OP_BATCH_MATMUL, 3 },
    { "batch_matmul_broadcast_outer", HCL_OP_BATCH_MATMUL, 9 },
    { "batch_matmul_broadcast_both", HCL_OP_BATCH_MATMUL, 8 },
    { "batch_matmul_constant", HCL_OP_FULLY_CONNECTED, 1 },
    { "batch_matmul_constant_adjoint", HCL_OP_FULLY_CONNECTED, 2 },
    { "batch_matmul_constant_left", HCL_OP_FULLY_CONNECTED, 3 },
    { "batch_matmul_constant_batch", HCL_OP_BATCH_MATMUL, 1 },
    { "attention", HCL_OP_BATCH_MATMUL, 7 },
    { "attention_padded_rows", HCL_OP_BATCH_MATMUL, 7 },
    { "attention_block", HCL_OP_BATCH_MATMUL, 10 },
    { "transpose", HCL_OP_MOVE, 1 },
    { "transpose_rank3", HCL_OP_MOVE, 1 },
    { "transpose_rank5", HCL_OP_MOVE, 3 },
    { "transpose_rank6", HCL_OP_MOVE, 3 },
    { "transpose_rows_columns", HCL_OP_MOVE, 1 },
    { "transpose_then_dense", HCL_OP_MOVE, 2 },
    { "concatenation", HCL_OP_MOVE, 2 },
    { "concatenation_rows", HCL_OP_MOVE, 2 },
    { "concatenation_columns", HCL_OP_MOVE, 3 },
    { "concatenation_of_five", HCL_OP_MOVE, 6 },
    { "concatenation_constant", HCL_OP_MOVE, 1 },
    { "concatenation_negative_axis", HCL_OP_MOVE, 1 },
    { "split", HCL_OP_MOVE, 6 },
    { "split_rows", HCL_OP_MOVE, 3 },
    { "split_image", HCL_OP_MOVE, 3 },
    { "split_v", HCL_OP_MOVE, 5 },
    { "split_v_open", HCL_OP_MOVE, 3 },
    { "split_columns", HCL_OP_MOVE, 3 },
    { "pack", HCL_OP_MOVE, 2 },
    { "pack_last", HCL_OP_MOVE, 2 },
    { "pack_middle", HCL_OP_MOVE, 2 },
    { "unpack", HCL_OP_MOVE, 5 },
    { "unpack_last", HCL_OP_MOVE, 3 },
    { "unpack_rank5", HCL_OP_MOVE, 4 },
    { "slice", HCL_OP_MOVE, 1 },
    { "slice_to_the_end", HCL_OP_MOVE, 1 },
    { "slice_of_rank5", HCL_OP_MOVE, 3 },
    { "strided_slice", HCL_OP_MOVE, 1 },
    { "strided_slice_negative", HCL_OP_MOVE, 1 },
    { "strided_slice_shrink", HCL_OP_MOVE, 1 },
    { "strided_slice_ellipsis", HCL_OP_MOVE, 1 },
    { "strided_slice_new_axis", HCL_OP_MOVE, 1 },
    { "strided_slice_last_token", HCL_OP_MOVE, 1 },
    { "gather_constant", HCL_OP_MOVE, 1 },
    { "gather_last", HCL_OP_MOVE, 1 },
    { "gather_matrix", HCL_OP_MOVE, 1 },
    { "gather_scalar", HCL_OP_MOVE, 1 },
    { "gather_image", HCL_OP_MOVE, 1 },
    { "gather_rows_then_dense", HCL_OP_MOVE, 2 },
    { "tile", HCL_OP_MOVE, 1 },
    { "tile_rank5", HCL_OP_MOVE, 3 },
    { "tile_image", HCL_OP_MOVE, 1 },
    { "broadcast_to", HCL_OP_MOVE, 1 },
    { "broadcast_to_image", HCL_OP_MOVE, 1 },
    { "space_to_depth", HCL_OP_MOVE, 1 },
    { "space_to_depth_3", HCL_OP_MOVE, 1 },
    { "depth_to_space", HCL_OP_MOVE, 1 },
    { "depth_to_space_3", HCL_OP_MOVE, 1 },
    { "mirror_pad_reflect", HCL_OP_MOVE, 1 },
    { "mirror_pad_symmetric", HCL_OP_MOVE, 1 },
    { "pad_v2", HCL_OP_MOVE, 1 },
    { "pad_v2_rank3", HCL_OP_MOVE, 1 },
    { "pad_channels", HCL_OP_MOVE, 1 },
    { "pad_sequence", HCL_OP_PAD, 1 },
    { "resize_nearest", HCL_OP_MOVE, 1 },
    { "resize_nearest_down", HCL_OP_MOVE, 1 },
    { "resize_nearest_corners", HCL_OP_MOVE, 1 },
    { "resize_nearest_plain", HCL_OP_MOVE, 1 },
    { "reverse", HCL_OP_MOVE, 1 },
    { "reverse_last", HCL_OP_MOVE, 1 },
    { "norm_layer", HCL_OP_NORM, 3 },
    { "norm_layer_image", HCL_OP_NORM, 3 },
    { "norm_layer_vector", HCL_OP_NORM, 3 },
    { "norm_layer_relu", HCL_OP_NORM, 3 },
    { "norm_layer_no_shift", HCL_OP_NORM, 2 },
    { "norm_layer_plain", HCL_OP_NORM, 1 },
    { "norm_layer_then_dense", HCL_OP_NORM, 5 },
    { "norm_layer_keras", HCL_OP_NORM, 3 },
    { "norm_rms", HCL_OP_NORM, 1 },
    { "norm_rms_square", HCL_OP_NORM, 1 },
    { "norm_rms_gain", HCL_OP_NORM, 2 },
    { "mean_image", HCL_OP_AVERAGE_POOL_2D, 1 },
    { "mean_image_kept", HCL_OP_AVERAGE_POOL_2D, 1 },
    { "mean_last", HCL_OP_AVERAGE_POOL_2D, 2 },
    { "mean_rows_kept", HCL_OP_AVERAGE_POOL_2D, 3 },
    { "mean_outer_and_last", HCL_OP_AVERAGE_POOL_2D, 2 },
    { "mean_everything", HCL_OP_AVERAGE_POOL_2D, 2 },
    { "mean_rank5", HCL_OP_AVERAGE_POOL_2D, 4 },
    { "sum_image", HCL_OP_SUM_POOL_2D, 1 },
    { "sum_image_kept", HCL_OP_SUM_POOL_2D, 1 },
    { "sum_last", HCL_OP_SUM_POOL_2D, 2 },
    { "sum_rows_kept", HCL_OP_SUM_POOL_2D, 3 },
    { "sum_outer_and_last", HCL_OP_SUM_POOL_2D, 2 },
    { "sum_everything", HCL_OP_SUM_POOL_2D, 2 },
    { "sum_rank5", HCL_OP_SUM_POOL_2D, 4 },
    { "reduce_max_image", HCL_OP_MAX_POOL_2D, 1 },
    { "reduce_max_image_kept", HCL_OP_MAX_POOL_2D, 1 },
    { "reduce_max_last", HCL_OP_MAX_POOL_2D, 2 },
    { "reduce_max_rows_kept", HCL_OP_MAX_POOL_2D, 3 },
    { "reduce_max_outer_and_last", HCL_OP_MAX_POOL_2D, 2 },
    { "reduce_max_everything", HCL_OP_MAX_POOL_2D, 2 },
    { "reduce_max_rank5", HCL_OP_MAX_POOL_2D, 4 },
    { "reduce_min_image", HCL_OP_MIN_POOL_2D, 1 },
    { "reduce_min_image_kept", HCL_OP_MIN_POOL_2D, 1 },
    { "reduce_min_last", HCL_OP_MIN_POOL_2D, 2 },
    { "reduce_min_rows_kept", HCL_OP_MIN_POOL_2D, 3 },
    { "reduce_min_outer_and_last", HCL_OP_MIN_POOL_2D, 2 },
    { "reduce_min_everything", HCL_OP_MIN_POOL_2D, 2 },
    { "reduce_min_rank5", HCL_OP_MIN_POOL_2D, 4 },
    { "reduce_prod_image", HCL_OP_MUL, 19 },
    { "reduce_prod_image_kept", HCL_OP_MUL, 17 },
    { "reduce_prod_last", HCL_OP_MUL, 14 },
    { "reduce_prod_rows_kept", HCL_OP_MUL, 17 },
    { "reduce_prod_outer_and_last", HCL_OP_MUL, 17 },
    { "reduce_prod_everything", HCL_OP_MUL, 14 },
    { "mean_relu", HCL_OP_AVERAGE_POOL_2D, 1 },
    { "reduce_prod_rank5", HCL_OP_MUL, 24 },
    { "arg_max", HCL_OP_ARG_MAX, 1 },
    { "arg_max_columns", HCL_OP_ARG_MAX, 2 },
    { "arg_max_image", HCL_OP_ARG_MAX, 2 },
    { "arg_max_planes", HCL_OP_ARG_MAX, 2 },
    { "arg_max_softmax", HCL_OP_ARG_MAX, 1 },
    { "arg_min", HCL_OP_ARG_MAX, 1 },
    { "arg_max_lookup", HCL_OP_ARG_MAX, 2 },
    { "top_k_values", HCL_OP_TOP, 1 },
    { "top_k_numbers", HCL_OP_ARG_MAX, 1 },
    { "top_k_all", HCL_OP_ARG_MAX, 1 },
    { "top_k_image", HCL_OP_TOP, 4 },
    { "lookup", HCL_OP_LOOKUP, 1 },
    { "lookup_int64", HCL_OP_LOOKUP, 1 },
    { "lookup_image", HCL_OP_LOOKUP, 1 },
    { "lookup_numbers", HCL_OP_LOOKUP, 1 },
    { "lookup_matrices", HCL_OP_LOOKUP, 1 },
    { "lookup_columns", HCL_OP_LOOKUP, 5 },
    { "lookup_reversed", HCL_OP_LOOKUP, 3 },
    { "lookup_wrapped", HCL_OP_LOOKUP, 1 },
    { "lookup_embedding", HCL_OP_LOOKUP, 1 },
    { "lookup_then_dense", HCL_OP_LOOKUP, 2 },
    { "lookup_positions", HCL_OP_LOOKUP, 2 },
    { "prelu_of_conv", HCL_OP_DEPTHWISE_CONV_2D, 3 },
    { "unet_block", HCL_OP_CONV_2D, 10 },
    { "mask_of_ids", HCL_OP_SOFTMAX, 7 },
    { "mask_of_ids_chosen", HCL_OP_SELECT, 7 },
    { "mask_of_ids_causal", HCL_OP_MUL, 7 },
    { "mask_input", HCL_OP_SOFTMAX, 9 },
    { "mask_input_float", HCL_OP_SOFTMAX, 9 },
    { "mask_input_leaves_out", HCL_OP_SOFTMAX, 8 },
    { "mask_of_values", HCL_OP_SOFTMAX, 6 },
    { "mask_of_values_chosen", HCL_OP_SELECT, 7 },
    { "reduce_any", HCL_OP_MAX_POOL_2D, 3 },
    { "reduce_all", HCL_OP_MIN_POOL_2D, 3 },
    { "function_floor_of_conv", HCL_OP_FLOOR, 1 },
    { "log_softmax", HCL_OP_DECAY, 7 },
    { "log_softmax_image", HCL_OP_DECAY, 11 },
    { "log_softmax_rows", HCL_OP_DECAY, 10 },
    { "log_softmax_two", HCL_OP_DECAY, 10 },
    { "log_softmax_other_axis", HCL_OP_DECAY, 12 },
    { "log_softmax_of_dense", HCL_OP_DECAY, 8 },
    { "l2_normalization", HCL_OP_RSQRT_OR_ZERO, 4 },
    { "l2_normalization_rows", HCL_OP_RSQRT_OR_ZERO, 6 },
    { "l2_normalization_image", HCL_OP_RSQRT_OR_ZERO, 6 },
    { "l2_normalization_spelled", HCL_OP_RSQRT_OR_ZERO, 6 },
    { "softmax_rows", HCL_OP_SOFTMAX, 3 },
    { "softmax_height", HCL_OP_SOFTMAX, 3 },
    { "softmax_width", HCL_OP_SOFTMAX, 4 },
    { "softmax_one_column", HCL_OP_SOFTMAX, 3 },
    { "softmax_of_scores", HCL_OP_SOFTMAX, 3 },
    { "expand_dims", HCL_OP_RESHAPE, 2 },
    { "squeeze", HCL_OP_RESHAPE, 2 },
    { "shape_flatten", HCL_OP_RESHAPE, 2 },
    { "shape_of_computed", HCL_OP_RESHAPE, 4 },
    { "shape_fill", HCL_OP_MOVE, 1 },
    { "shape_range", HCL_OP_MOVE, 1 },
    { "shape_tile", HCL_OP_MOVE, 1 },
    { "shape_pad", HCL_OP_PAD, 1 },
    { "shape_cast", HCL_OP_MUL, 1 },
    { "shape_select", HCL_OP_MOVE, 1 },
    { "shape_division", HCL_OP_MOVE, 1 },
    { "shape_int64", HCL_OP_RESHAPE, 1 },
    { "shape_product", HCL_OP_RESHAPE, 1 },
    { "halves_conv", HCL_OP_CONV_2D, 1 },
    { "halves_depthwise", HCL_OP_DEPTHWISE_CONV_2D, 1 },
    { "halves_dense", HCL_OP_FULLY_CONNECTED, 1 },
    { "halves_mul_add", HCL_OP_MUL, 3 },
    { "halves_norm", HCL_OP_NORM, 3 },
    { "halves_small", HCL_OP_MUL, 1 },
    { "dilated_valid", HCL_OP_CONV_2D, 1 },
    { "dilated_same", HCL_OP_CONV_2D, 1 },
    { "dilated_even", HCL_OP_CONV_2D, 1 },
    { "dilated_wide", HCL_OP_CONV_2D, 1 },
    { "dilated_sequence", HCL_OP_CONV_2D, 1 },
    { "dilated_whole", HCL_OP_CONV_2D, 1 },
    { "dilated_stride", HCL_OP_CONV_2D, 1 },
    { "dilated_depthwise_same", HCL_OP_DEPTHWISE_CONV_2D, 1 },
    { "dilated_depthwise_valid", HCL_OP_DEPTHWISE_CONV_2D, 1 },
    { "grouped_2", HCL_OP_CONV_2D, 5 },
    { "grouped_3", HCL_OP_CONV_2D, 7 },
    { "grouped_4_1x1", HCL_OP_CONV_2D, 10 },
    { "grouped_5", HCL_OP_CONV_2D, 12 },
    { "grouped_dilated", HCL_OP_CONV_2D, 5 },
    { "grouped_depthwise", HCL_OP_DEPTHWISE_CONV_2D, 1 },
    { "grouped_depthwise_stride", HCL_OP_DEPTHWISE_CONV_2D, 1 },
    { "transpose_conv_same", HCL_OP_CONV_2D, 2 },
    { "transpose_conv_valid", HCL_OP_CONV_2D, 2 },
    { "transpose_conv_even", HCL_OP_CONV_2D, 2 },
    { "transpose_conv_odd_result", HCL_OP_CONV_2D, 2 },
    { "transpose_conv_holes", HCL_OP_CONV_2D, 2 },
    { "transpose_conv_stride1", HCL_OP_CONV_2D, 1 },
    { "transpose_conv_strides", HCL_OP_CONV_2D, 2 },
    { "transpose_conv_1x1", HCL_OP_CONV_2D, 2 },
    { "transpose_conv_pixel", HCL_OP_CONV_2D, 1 },
    { "resize_bilinear", HCL_OP_DEPTHWISE_CONV_2D, 3 },
    { "resize_bilinear_3x1", HCL_OP_DEPTHWISE_CONV_2D, 3 },
    { "resize_bilinear_plain", HCL_OP_DEPTHWISE_CONV_2D, 3 },
    { "resize_bilinear_corners", HCL_OP_DEPTHWISE_CONV_2D, 3 },
    { "resize_bilinear_odd", HCL_OP_FULLY_CONNECTED, 5 },
    { "resize_bilinear_odd_plain", HCL_OP_FULLY_CONNECTED, 5 },
    { "resize_bilinear_odd_corners", HCL_OP_FULLY_CONNECTED, 5 },
    { "resize_bilinear_down", HCL_OP_FULLY_CONNECTED, 5 },
    { "resize_bilinear_pixel", HCL_OP_DEPTHWISE_CONV_2D, 3 },
    { "transpose_conv_more", HCL_OP_CONV_2D, 3 },
    { "densify_rows", HCL_OP_FULLY_CONNECTED, 1 },
    { "densify_columns", HCL_OP_FULLY_CONNECTED, 1 },
    { "densify_both", HCL_OP_FULLY_CONNECTED, 1 },
    { "densify_blocks", HCL_OP_FULLY_CONNECTED, 1 },
    { "densify_blocks_outer", HCL_OP_FULLY_CONNECTED, 1 },
    { "densify_blocks_both", HCL_OP_FULLY_CONNECTED, 1 },
    { "densify_blocks_turned", HCL_OP_FULLY_CONNECTED, 1 },
    { "densify_conv", HCL_OP_CONV_2D, 1 },
    { "densify_conv_halves", HCL_OP_CONV_2D, 1 },
    { "densify_conv_order", HCL_OP_CONV_2D, 1 },
    { "densify_depthwise", HCL_OP_DEPTHWISE_CONV_2D, 1 },
    { "sparse_dense_layer", HCL_OP_FULLY_CONNECTED, 1 },
    { "sparse_dense_layer_blocks", HCL_OP_FULLY_CONNECTED, 1 },
    { "transpose_conv_bias_same", HCL_OP_CONV_2D, 2 },
    { "transpose_conv_bias_even", HCL_OP_CONV_2D, 2 },
    { "transpose_conv_bias_valid", HCL_OP_CONV_2D, 2 },
    { "transpose_conv_bias_strides", HCL_OP_CONV_2D, 2 },
    { "transpose_conv_bias_holes", HCL_OP_CONV_2D, 2 },
    { "lstm", HCL_OP_FULLY_CONNECTED, 53 },
    { "lstm_one_step", HCL_OP_FULLY_CONNECTED, 6 },
    { "lstm_coupled", HCL_OP_FULLY_CONNECTED, 42 },
    { "lstm_clipped", HCL_OP_FULLY_CONNECTED, 66 },
    { "lstm_clipped_late", HCL_OP_FULLY_CONNECTED, 54 },
    { "lstm_relu", HCL_OP_FULLY_CONNECTED, 43 },
    { "lstm_time_major", HCL_OP_FULLY_CONNECTED, 55 },
    { "norm_group", HCL_OP_NORM, 5 },
    { "norm_group_gain", HCL_OP_NORM, 7 },
    { "norm_instance", HCL_OP_NORM, 3 },
    { "norm_image", HCL_OP_NORM, 3 },
    { "norm_sequence", HCL_OP_NORM, 3 },
    { "norm_plain_square", HCL_OP_NORM, 1 },
    { "norm_channels_relu", HCL_OP_NORM, 1 },
    { "while_counted", HCL_OP_ADD, 8 },
    { "while_rows", HCL_OP_ADD, 14 },
    { "while_nested", HCL_OP_SUB, 7 },
    { "while_slices", HCL_OP_MOVE, 12 },
    { "while_never", HCL_OP_ADD, 1 },
    { "while_float_counter", HCL_OP_ADD, 4 },
    { "norm_gain_of_image", HCL_OP_MUL, 2 },
    { "function_silu", HCL_OP_LOGISTIC, 1 },
    { "cumsum", HCL_OP_FULLY_CONNECTED, 3 },
    { "cumsum_last", HCL_OP_FULLY_CONNECTED, 1 },
    { "cumsum_exclusive", HCL_OP_FULLY_CONNECTED, 3 },
    { "cumsum_reverse", HCL_OP_FULLY_CONNECTED, 1 },
    { "cumsum_both", HCL_OP_FULLY_CONNECTED, 3 },
    { "cumsum_image", HCL_OP_FULLY_CONNECTED, 4 },
    { "l2_pool_valid", HCL_OP_SQRT, 2 },
    { "l2_pool_same", HCL_OP_SQRT, 2 },
    { "l2_pool_wide", HCL_OP_SQRT, 2 },
    { "l2_pool_relu", HCL_OP_SQRT, 3 },
    { "l2_pool_column", HCL_OP_SQRT, 2 },
    { "l2_pool_whole", HCL_OP_SQRT, 2 },
    { "response_norm", HCL_OP_FULLY_CONNECTED, 3 },
    { "response_norm_wide", HCL_OP_FULLY_CONNECTED, 3 },
    { "response_norm_own", HCL_OP_FULLY_CONNECTED, 3 },
    { "response_norm_weak", HCL_OP_FULLY_CONNECTED, 3 },
    { "response_norm_two", HCL_OP_FULLY_CONNECTED, 3 },
    { "response_norm_relu", HCL_OP_FULLY_CONNECTED, 4 },
    { "batches", HCL_OP_MOVE, 4 },
    { "batches_sequence", HCL_OP_MOVE, 3 },
    { "batches_cut", HCL_OP_MOVE, 3 },
    { "batches_conv", HCL_OP_CONV_2D, 13 },
    { "batches_depthwise", HCL_OP_DEPTHWISE_CONV_2D, 18 },
    { "batches_same", HCL_OP_CONV_2D, 18 },
    { "batches_conv1d", HCL_OP_CONV_2D, 12 },
    { "conv_3d", HCL_OP_CONV_2D, 8 },
    { "conv_3d_same", HCL_OP_CONV_2D, 10 },
    { "conv_3d_strides", HCL_OP_CONV_2D, 10 },
    { "conv_3d_dilated", HCL_OP_CONV_2D, 8 },
    { "conv_3d_pixel", HCL_OP_CONV_2D, 8 },
    { "conv_3d_one_slice", HCL_OP_CONV_2D, 6 },
    { "arg_min_columns", HCL_OP_ARG_MAX, 2 },
    { "arg_min_image", HCL_OP_ARG_MAX, 2 },
    { "arg_min_of_sum", HCL_OP_ARG_MAX, 3 },
    { "arg_min_planes", HCL_OP_ARG_MAX, 2 },
    { "arg_min_vector", HCL_OP_ARG_MAX, 1 },
    { "broadcast_args_columns", HCL_OP_MOVE, 1 },
    { "broadcast_args_one", HCL_OP_MOVE, 1 },
    { "broadcast_args_plane", HCL_OP_MOVE, 1 },
    { "broadcast_args_rank", HCL_OP_MOVE, 1 },
    { "broadcast_args_rows", HCL_OP_MOVE, 1 },
    { "broadcast_args_same", HCL_OP_MOVE, 1 },
    { "broadcast_to_one", HCL_OP_MOVE, 1 },
    { "broadcast_to_plane", HCL_OP_MOVE, 1 },
    { "broadcast_to_rows", HCL_OP_MOVE, 1 },
    { "broadcast_to_wider", HCL_OP_MOVE, 1 },
    { "depth_to_space_4", HCL_OP_MOVE, 1 },
    { "depth_to_space_conv", HCL_OP_MOVE, 2 },
    { "depth_to_space_relu", HCL_OP_MOVE, 2 },
    { "depth_to_space_wide", HCL_OP_MOVE, 1 },
    { "embedding_many", HCL_OP_LOOKUP, 1 },
    { "embedding_matrices", HCL_OP_LOOKUP, 1 },
    { "embedding_one", HCL_OP_LOOKUP, 1 },
    { "embedding_rows", HCL_OP_LOOKUP, 1 },
    { "embedding_wide", HCL_OP_LOOKUP, 1 },
    { "expand_dims_columns", HCL_OP_RESHAPE, 2 },
    { "expand_dims_front", HCL_OP_RESHAPE, 2 },
    { "expand_dims_image", HCL_OP_RESHAPE, 4 },
    { "expand_dims_integers", HCL_OP_RESHAPE, 2 },
    { "expand_dims_rows", HCL_OP_RESHAPE, 4 },
    { "expand_dims_two", HCL_OP_RESHAPE, 3 },
    { "fill_image", HCL_OP_MOVE, 3 },
    { "fill_one", HCL_OP_MOVE, 2 },
    { "fill_rank5", HCL_OP_MOVE, 4 },
    { "fill_rows", HCL_OP_MOVE, 3 },
    { "fill_vector", HCL_OP_MOVE, 3 },
    { "gather_by_computed", HCL_OP_LOOKUP, 4 },
    { "gather_by_computed_image", HCL_OP_LOOKUP, 7 },
    { "gather_by_computed_last", HCL_OP_LOOKUP, 5 },
    { "gather_nd_elements", HCL_OP_MOVE, 1 },
    { "gather_nd_grid", HCL_OP_MOVE, 1 },
    { "gather_nd_integers", HCL_OP_MOVE, 3 },
    { "gather_nd_pixels", HCL_OP_MOVE, 1 },
    { "gather_nd_rows", HCL_OP_MOVE, 1 },
    { "gather_nd_whole", HCL_OP_MOVE, 1 },
    { "l2_normalization_vector", HCL_OP_RSQRT_OR_ZERO, 4 },
    { "l2_normalization_wide", HCL_OP_RSQRT_OR_ZERO, 6 },
    { "l2_normalization_zeros", HCL_OP_RSQRT_OR_ZERO, 8 },
    { "matmul_computed", HCL_OP_BATCH_MATMUL, 2 },
    { "mirror_pad_both", HCL_OP_MOVE, 1 },
    { "mirror_pad_channels", HCL_OP_MOVE, 1 },
    { "mirror_pad_rows", HCL_OP_MOVE, 1 },
    { "mirror_pad_vector", HCL_OP_MOVE, 1 },
    { "one_hot", HCL_OP_LOOKUP, 2 },
    { "one_hot_axis", HCL_OP_LOOKUP, 3 },
    { "one_hot_computed", HCL_OP_SUB, 6 },
    { "one_hot_computed_axis", HCL_OP_SUB, 9 },
    { "one_hot_constant", HCL_OP_ADD, 1 },
    { "one_hot_constant_axis", HCL_OP_ADD, 1 },
    { "one_hot_values", HCL_OP_LOOKUP, 3 },
    { "pad_v2_channels", HCL_OP_MOVE, 1 },
    { "pad_v2_large", HCL_OP_MOVE, 1 },
    { "pad_v2_of_relu", HCL_OP_MOVE, 2 },
    { "pad_v2_vector", HCL_OP_MOVE, 1 },
    { "range_down", HCL_OP_ADD, 1 },
    { "range_floats", HCL_OP_ADD, 1 },
    { "range_halves", HCL_OP_ADD, 1 },
    { "range_integers", HCL_OP_ADD, 1 },
    { "range_long", HCL_OP_ADD, 1 },
    { "rank_of_image", HCL_OP_ADD, 1 },
    { "rank_of_integers", HCL_OP_ADD, 1 },
    { "rank_of_long", HCL_OP_ADD, 1 },
    { "rank_of_matrix", HCL_OP_ADD, 1 },
    { "rank_of_sequence", HCL_OP_ADD, 1 },
    { "rank_of_truth", HCL_OP_ADD, 1 },
    { "reduce_all_everything", HCL_OP_MIN_POOL_2D, 3 },
    { "reduce_all_image", HCL_OP_MIN_POOL_2D, 2 },
    { "reduce_all_kept", HCL_OP_MIN_POOL_2D, 5 },
    { "reduce_all_outer", HCL_OP_MIN_POOL_2D, 3 },
    { "reduce_all_rows", HCL_OP_MIN_POOL_2D, 3 },
    { "reduce_any_everything", HCL_OP_MAX_POOL_2D, 3 },
    { "reduce_any_image", HCL_OP_MAX_POOL_2D, 2 },
    { "reduce_any_kept", HCL_OP_MAX_POOL_2D, 5 },
    { "reduce_any_outer", HCL_OP_MAX_POOL_2D, 3 },
    { "reduce_any_rows", HCL_OP_MAX_POOL_2D, 3 },
    { "resize_nearest_odd", HCL_OP_MOVE, 1 },
    { "resize_nearest_wide", HCL_OP_MOVE, 1 },
    { "reverse_image", HCL_OP_MOVE, 1 },
    { "reverse_rows", HCL_OP_MOVE, 1 },
    { "reverse_vector", HCL_OP_MOVE, 1 },
    { "rnn", HCL_OP_FULLY_CONNECTED, 12 },
    { "rnn_one_step", HCL_OP_FULLY_CONNECTED, 1 },
    { "rnn_plain", HCL_OP_FULLY_CONNECTED, 7 },
    { "rnn_relu", HCL_OP_FULLY_CONNECTED, 10 },
    { "rnn_relu6", HCL_OP_FULLY_CONNECTED, 10 },
    { "rnn_time_major", HCL_OP_FULLY_CONNECTED, 12 },
    { "slice_one", HCL_OP_MOVE, 1 },
    { "slice_rows", HCL_OP_MOVE, 2 },
    { "slice_vector", HCL_OP_MOVE, 1 },
    { "space_to_depth_4", HCL_OP_MOVE, 1 },
    { "space_to_depth_conv", HCL_OP_MOVE, 2 },
    { "space_to_depth_relu", HCL_OP_MOVE, 2 },
    { "space_to_depth_wide", HCL_OP_MOVE, 1 },
    { "split_columns_of_image", HCL_OP_MOVE, 4 },
    { "split_four", HCL_OP_MOVE, 7 },
    { "split_v_channels", HCL_OP_MOVE, 4 },
    { "split_v_ones", HCL_OP_MOVE, 5 },
    { "split_v_planes", HCL_OP_MOVE, 2 },
    { "split_v_rows", HCL_OP_MOVE, 3 },
    { "squeeze_columns", HCL_OP_RESHAPE, 2 },
    { "squeeze_front", HCL_OP_RESHAPE, 2 },
    { "squeeze_image", HCL_OP_RESHAPE, 3 },
    { "squeeze_integers", HCL_OP_RESHAPE, 2 },
    { "squeeze_rows", HCL_OP_RESHAPE, 3 },
    { "squeeze_two", HCL_OP_RESHAPE, 3 },
    { "tile_channels", HCL_OP_MOVE, 2 },
    { "tile_vector", HCL_OP_MOVE, 1 },
    { "top_k_one", HCL_OP_TOP, 1 },
    { "top_k_rows", HCL_OP_TOP, 1 },
    { "unpack_channels", HCL_OP_MOVE, 3 },
    { "unpack_columns", HCL_OP_MOVE, 5 },
    { "unpack_rows", HCL_OP_MOVE, 3 },
    { "where_elements", HCL_OP_MOVE, 1 },
    { "where_floats", HCL_OP_MOVE, 1 },
    { "where_image", HCL_OP_MOVE, 1 },
    { "where_integers", HCL_OP_MOVE, 1 },
    { "where_rows", HCL_OP_MOVE, 1 },
    { "where_vector", HCL_OP_MOVE, 1 },
    { "zeros_like_image", HCL_OP_ADD, 1 },
    { "zeros_like_integers", HCL_OP_ADD, 1 },
    { "zeros_like_long", HCL_OP_ADD, 1 },
    { "zeros_like_matrix", HCL_OP_ADD, 1 },
    { "zeros_like_sequence", HCL_OP_ADD, 1 },
    { "zeros_like_wide", HCL_OP_ADD, 1 },
    { "input_truth_not", HCL_OP_NOT_ZERO, 2 },
    { "input_truth_image", HCL_OP_NOT_ZERO, 2 },
    { "input_truth_moved", HCL_OP_MOVE, 5 },
    { "input_rank5", HCL_OP_RELU, 1 },
    { "input_rank6", HCL_OP_SUM_POOL_2D, 3 },
    { "input_rank8", HCL_OP_NEG, 2 },
    { "conv_filter_valid", HCL_OP_BATCH_MATMUL, 9 },
    { "conv_filter_same", HCL_OP_BATCH_MATMUL, 11 },
    { "conv_filter_stride", HCL_OP_BATCH_MATMUL, 11 },
    { "conv_filter_dilated", HCL_OP_BATCH_MATMUL, 9 },
    { "conv_filter_groups", HCL_OP_BATCH_MATMUL, 19 },
    { "conv_filter_batch", HCL_OP_BATCH_MATMUL, 7 },
    { "max_pool_batch", HCL_OP_MAX_POOL_2D, 5 },
    { "max_pool_batch_same", HCL_OP_MAX_POOL_2D, 10 },
    { "average_pool_batch", HCL_OP_AVERAGE_POOL_2D, 5 },
    { "average_pool_batch_same", HCL_OP_AVERAGE_POOL_2D, 7 },
    { "l2_pool_batch", HCL_OP_SQRT, 7 },
    { "conv_batch_groups", HCL_OP_CONV_2D, 13 },
    { "resize_bilinear_batch", HCL_OP_DEPTHWISE_CONV_2D, 9 },
    { "resize_bilinear_batch_odd", HCL_OP_FULLY_CONNECTED, 13 },
    { "transpose_conv_batch", HCL_OP_CONV_2D, 7 },
    { "transpose_conv_batch_valid", HCL_OP_CONV_2D, 10 },
    { "conv_filter_of_constant", HCL_OP_BATCH_MATMUL, 6 },
    { "conv_filter_pixel", HCL_OP_BATCH_MATMUL, 9 },
    { "depthwise_filter", HCL_OP_BATCH_MATMUL, 8 },
    { "depthwise_filter_multiplier", HCL_OP_BATCH_MATMUL, 10 },
    { "conv_3d_filter", HCL_OP_BATCH_MATMUL, 7 },
    { "transpose_conv_filter", HCL_OP_BATCH_MATMUL, 6 },
    { "transpose_conv_filter_valid", HCL_OP_BATCH_MATMUL, 7 },
    { "conv_bias_computed", HCL_OP_BATCH_MATMUL, 5 },
    { "conv_bias_computed_pixel", HCL_OP_BATCH_MATMUL, 5 },
    { "depthwise_bias_computed", HCL_OP_BATCH_MATMUL, 7 },
    { "dense_bias_computed", HCL_OP_BATCH_MATMUL, 2 },
    { "softmax_rank5", HCL_OP_SOFTMAX, 2 },
    { "softmax_rank6", HCL_OP_SOFTMAX, 2 },
    { "softmax_rank8", HCL_OP_SOFTMAX, 2 },
    { "softmax_rank5_axis", HCL_OP_SOFTMAX, 4 },
    { "softmax_batch", HCL_OP_SOFTMAX, 2 },
    { "softmax_rank5_masked", HCL_OP_SOFTMAX, 2 },
    { "softmax_rank6_causal", HCL_OP_SOFTMAX, 2 },
    { "dense_rank5", HCL_OP_FULLY_CONNECTED, 2 },
    { "dense_rank6", HCL_OP_FULLY_CONNECTED, 2 },
    { "dense_rank8", HCL_OP_FULLY_CONNECTED, 3 },
    { "dense_batch", HCL_OP_FULLY_CONNECTED, 2 },
    { "dense_rank5_then_norm", HCL_OP_FULLY_CONNECTED, 5 },
    { "dense_rank6_as_rows", HCL_OP_FULLY_CONNECTED, 3 },
    { "norm_layer_rank5", HCL_OP_NORM, 4 },
    { "norm_layer_rank6_relu", HCL_OP_NORM, 3 },
    { "norm_layer_batch", HCL_OP_NORM, 4 },
    { "norm_plain_rank6", HCL_OP_NORM, 6 },
    { "norm_plain_batch", HCL_OP_NORM, 2 },
    { "norm_rms_rank5", HCL_OP_NORM, 3 },
    { "norm_rms_batch", HCL_OP_NORM, 3 },
    { "norm_group_rank6", HCL_OP_NORM, 4 },
    { "mean_rank8", HCL_OP_AVERAGE_POOL_2D, 4 },
    { "sum_rank6", HCL_OP_SUM_POOL_2D, 4 },
    { "reduce_max_rank8", HCL_OP_MAX_POOL_2D, 4 },
    { "reduce_min_rank6", HCL_OP_MIN_POOL_2D, 4 },
    { "batch_matmul_rank5", HCL_OP_BATCH_MATMUL, 9 },
    { "batch_matmul_rank5_adjoint", HCL_OP_BATCH_MATMUL, 8 },
    { "batch_matmul_rank5_constant", HCL_OP_BATCH_MATMUL, 4 },
    { "concatenation_rank6", HCL_OP_MOVE, 3 },
    { "concatenation_rank8", HCL_OP_MOVE, 4 },
    { "strided_slice_rank5", HCL_OP_MOVE, 3 },
    { "pack_rank6", HCL_OP_MOVE, 3 },
    { "unpack_rank8", HCL_OP_MOVE, 4 },
    { "split_rank6", HCL_OP_MOVE, 4 },
    { "gather_rank6", HCL_OP_MOVE, 3 },
    { "reverse_rank8", HCL_OP_MOVE, 3 },
    { "arg_max_rank6", HCL_OP_ARG_MAX, 3 },
    { "top_k_rank5", HCL_OP_TOP, 2 },
};

struct fixture {
    struct hcl_graph graph;
    struct hcl_npy in, out;
    size_t samples, in_len, out_len;
};

static void open_case(struct fixture *f, const char *name)
{
    char path[512];
    struct hcl_err err;
    snprintf(path, sizeof path, FOLDER "%s.tflite", name);
    assert_ok(hcl_tflite_import(&f->graph, path, NULL, &err), err);
    snprintf(path, sizeof path, FOLDER "%s.in.npy", name);
    assert_ok(hcl_npy_read(&f->in, path, &err), err);
    snprintf(path, sizeof path, FOLDER "%s.out.npy", name);
    assert_ok(hcl_npy_read(&f->out, path, &err), err);
    f->samples = f->in.dims[0];
    f->in_len = hcl_tensor_len(&f->graph.tensors[f->graph.inputs[0]]);
    f->out_len = hcl_tensor_len(&f->graph.tensors[f->graph.outputs[0]]);
    assert_int_equal(f->in.len, f->samples * f->in_len);
    assert_int_equal(f->out.len, f->samples * f->out_len);
    assert_int_equal(f->in.type, HCL_NPY_F32);
    assert_int_equal(f->out.type, HCL_NPY_F32);
}

static void close_case(struct fixture *f)
{
    hcl_graph_clear(&f->graph);
    hcl_npy_clear(&f->in);
    hcl_npy_clear(&f->out);
}

static const float *input(const struct fixture *f, size_t sample)
{
    return (const float *)f->in.data + sample * f->in_len;
}

static void compare(const char *name, const struct fixture *f, size_t sample, const double *got,
                    double tolerance)
{
    const float *want = (const float *)f->out.data + sample * f->out_len;
    for (size_t i = 0; i < f->out_len; i++)
        if (!(fabs(got[i] - (double)want[i]) <= tolerance * (1 + fabs((double)want[i]))))
            fail_msg("%s: sample %zu element %zu is %g, TFLite gives %g", name, sample, i, got[i],
                     (double)want[i]);
}

static void check_float(const char *name, const struct fixture *f, struct hcl_float_values *v)
{
    double got[4096];
    struct hcl_err err;
    assert_true(f->out_len <= 4096);
    for (size_t s = 0; s < f->samples; s++) {
        memcpy(v->tensor[f->graph.inputs[0]], input(f, s), f->in_len * sizeof(float));
        assert_ok(hcl_graph_evaluate(&f->graph, v, &err), err);
        for (size_t i = 0; i < f->out_len; i++)
            got[i] = (double)v->tensor[f->graph.outputs[0]][i];
        compare(name, f, s, got, 1e-5);
    }
}

static void build(struct hcl_fx_graph *fx, const struct fixture *f, const struct hcl_float_values *ranges,
                  const struct hcl_fx_setting *setting)
{
    double *most = calloc(2 * f->graph.num_tensors, sizeof *most);
    struct hcl_err err;
    assert_non_null(most);
    hcl_scales_magnitudes(most, &f->graph, ranges->lo, ranges->hi);
    assert_ok(hcl_fx_build(fx, &f->graph, most, setting, &err), err);
    free(most);
}

/* Tables of 2^16 entries, weights of 16 bits: a sum of up to 24 products errs by less than 2^-7 here. */
static void check_fixed(const char *name, const struct fixture *f, const struct hcl_float_values *ranges)
{
    const struct hcl_fx_setting setting = { 1 << 16, 16, 16, 12, 1.1, true, 1 };
    struct hcl_fx_graph fx;
    struct hcl_fx_values v;
    struct hcl_err err;
    double got[4096];
    build(&fx, f, ranges, &setting);
    assert_ok(hcl_fx_values_init(&v, &fx, &err), err);
    for (size_t s = 0; s < f->samples; s++) {
        assert_ok(hcl_fx_set_input(&fx, &v, 0, input(f, s), f->in_len, &err), err);
        assert_ok(hcl_interpret(&fx, &v, &err), err);
        for (size_t i = 0; i < f->out_len; i++)
            got[i] = ldexp((double)v.tensor[fx.outputs[0]][i], -fx.tensors[fx.outputs[0]].frac_bits);
        compare(name, f, s, got, 0x1p-7);
    }
    hcl_fx_values_clear(&v);
    hcl_fx_graph_clear(&fx);
}

/* Of the rows of large ones only some are changed. unread: indices that look up nothing, which may be
 * anything. */
static void check_circuit(const struct fixture *f, const struct hcl_float_values *ranges, size_t unread)
{
    const struct hcl_fx_setting setting = { 1 << 8, 8, 8, 6, 2, true, 1 };
    struct hcl_test_random r = { 71 };
    struct hcl_fx_graph fx;
    struct lowered l;
    build(&fx, f, ranges, &setting);
    fx.weight_visibility = HCL_PUBLIC;
    lowered_build(&l, &fx, 3);
    const struct determined d = hcl_test_determined(&l);
    assert_int_equal(d.free_outputs, 0);
    assert_int_equal(d.wrapping, 0);
    assert_int_equal(d.unbounded_inputs, unread);
    lowered_run_on(&l, input(f, 0), f->in_len);
    lowered_fill(&l, &r);
    assert_int_equal(lowered_violations(&l, true), 0);
    (void)assert_noticed(&l, &r, 1 + l.prog.num_rows / MUTATED_ROWS);
    lowered_clear(&l);
    hcl_fx_graph_clear(&fx);
}

static bool contains(const struct hcl_graph *g, hcl_op op)
{
    for (size_t i = 0; i < g->num_nodes; i++)
        if (g->nodes[i].op == op)
            return true;
    return false;
}

static void operator_matches_tflite(void **state)
{
    const struct op_case *c = *state;
    struct fixture f;
    struct hcl_float_values v;
    struct hcl_err err;
    open_case(&f, c->name);
    assert_true(contains(&f.graph, c->op));
    assert_ok(hcl_float_values_init(&v, &f.graph, &err), err);
    check_float(c->name, &f, &v);
    hcl_float_values_clear(&v);
    assert_ok(hcl_graph_optimize(&f.graph, NULL, NULL, &err), err);
    assert_int_equal(f.graph.num_nodes, c->nodes);
    assert_ok(hcl_float_values_init(&v, &f.graph, &err), err);
    check_float(c->name, &f, &v);
    check_fixed(c->name, &f, &v);
    check_circuit(&f, &v, strcmp(c->name, "lookup_columns") == 0 ? 2 : 0);
    hcl_float_values_clear(&v);
    close_case(&f);
}

/* No model lies in the folder without a line here. */
static void each_model_is_a_case(void **state)
{
    glob_t models;
    (void)state;
    assert_int_equal(glob(FOLDER "*.tflite", 0, NULL, &models), 0);
    for (size_t i = 0; i < models.gl_pathc; i++) {
        const char *name = models.gl_pathv[i] + strlen(FOLDER);
        size_t k = 0;
        while (k < sizeof cases / sizeof *cases &&
               (strncmp(name, cases[k].name, strlen(cases[k].name)) != 0 ||
                strcmp(name + strlen(cases[k].name), ".tflite") != 0))
            k++;
        if (k == sizeof cases / sizeof *cases)
            fail_msg("%s is no case", name);
    }
    globfree(&models);
}

int main(void)
{
    struct CMUnitTest tests[sizeof cases / sizeof *cases + 1] = { cmocka_unit_test(each_model_is_a_case) };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        tests[1 + i] =
            (struct CMUnitTest){ cases[i].name, operator_matches_tflite, NULL, NULL, (void *)&cases[i] };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
