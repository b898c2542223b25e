/* SPDX-License-Identifier: Apache-2.0 */
/* A TFLite file as plain C structures. The only C++ of the compiler is behind this header: it runs the
 * FlatBuffers verifier over the whole file before reading anything, then copies names, shapes and options.
 *
 * A successful read promises: every index below is inside its array, every data pointer inside the file,
 * every count the file's own. It does not promise that shapes, types, operands or options make sense:
 * the importers check those. `data` borrows the bytes given to hcl_tfl_read, which must outlive the model
 * and be aligned to 16 bytes. */
#ifndef HCL_COMPILER_FRONTEND_TFLITE_SHIM_H
#define HCL_COMPILER_FRONTEND_TFLITE_SHIM_H

#include "common/sys/status.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define HCL_TFL_MAX_RANK 8
#define HCL_TFL_NAME_LEN 128 /* names are cut to this and at ';', and are UTF-8 */
#define HCL_TFL_ABSENT (-1)  /* an optional operand that is not there */

/* Numbers of the file format. */
enum hcl_tfl_type {
    HCL_TFL_FLOAT32 = 0,
    HCL_TFL_FLOAT16 = 1,
    HCL_TFL_INT32 = 2,
    HCL_TFL_UINT8 = 3,
    HCL_TFL_INT64 = 4,
    HCL_TFL_BOOL = 6,
    HCL_TFL_INT16 = 7,
    HCL_TFL_INT8 = 9,
};
enum hcl_tfl_activation { HCL_TFL_NONE = 0 };
enum hcl_tfl_padding { HCL_TFL_SAME = 0, HCL_TFL_VALID = 1 };
enum hcl_tfl_options {
    HCL_TFL_OPTIONS_NONE = 0,
    HCL_TFL_OPTIONS_CONV_2D = 1,
    HCL_TFL_OPTIONS_DEPTHWISE_CONV_2D = 2,
    HCL_TFL_OPTIONS_POOL_2D = 5,
    HCL_TFL_OPTIONS_FULLY_CONNECTED = 8,
    HCL_TFL_OPTIONS_SOFTMAX = 9,
    HCL_TFL_OPTIONS_ADD = 11,
    HCL_TFL_OPTIONS_RESHAPE = 17,
    HCL_TFL_OPTIONS_MUL = 21,
    HCL_TFL_OPTIONS_CONCATENATION = 10,
    HCL_TFL_OPTIONS_SPACE_TO_DEPTH = 19,
    HCL_TFL_OPTIONS_GATHER = 23,
    HCL_TFL_OPTIONS_SQUEEZE = 30,
    HCL_TFL_OPTIONS_STRIDED_SLICE = 32,
    HCL_TFL_OPTIONS_PACK = 59,
    HCL_TFL_OPTIONS_UNPACK = 64,
    HCL_TFL_OPTIONS_RESIZE_NEAREST_NEIGHBOR = 74,
    HCL_TFL_OPTIONS_MIRROR_PAD = 77,
    HCL_TFL_OPTIONS_DEPTH_TO_SPACE = 94,
    HCL_TFL_OPTIONS_BATCH_MATMUL = 101,
    HCL_TFL_OPTIONS_SUB = 28,
    HCL_TFL_OPTIONS_DIV = 29,
    HCL_TFL_OPTIONS_RESIZE_BILINEAR = 15,
    HCL_TFL_OPTIONS_REDUCER = 27,
    HCL_TFL_OPTIONS_TRANSPOSE_CONV = 49,
    HCL_TFL_OPTIONS_SEQUENCE_LSTM = 71,
    HCL_TFL_OPTIONS_IF = 92,
    HCL_TFL_OPTIONS_WHILE = 93,
    HCL_TFL_OPTIONS_CUMSUM = 102,
    HCL_TFL_OPTIONS_SEQUENCE_RNN = 31,
    HCL_TFL_OPTIONS_ONE_HOT = 61,
    HCL_TFL_OPTIONS_RESPONSE_NORM = 13,
    HCL_TFL_OPTIONS_CONV_3D = 106,
    HCL_TFL_OPTIONS_CALL_ONCE = 103,
    HCL_TFL_OPTIONS_VAR_HANDLE = 111,
};

/* A dimension of a sparse constant, in the order in which its elements are stored (sparse.h). */
struct hcl_tfl_level {
    bool compressed;
    int32_t size;                /* unless it is compressed */
    int32_t *segments, *indices; /* of one that is */
    size_t num_segments, num_indices;
};
#define HCL_TFL_MAX_LEVELS ((size_t)2 * HCL_TFL_MAX_RANK)
struct hcl_tfl_sparsity {
    int32_t order[HCL_TFL_MAX_LEVELS], blocks[HCL_TFL_MAX_RANK];
    struct hcl_tfl_level levels[HCL_TFL_MAX_LEVELS];
    size_t num_levels, num_blocks; /* of order and levels; of blocks */
};

struct hcl_tfl_tensor {
    char name[HCL_TFL_NAME_LEN];
    uint32_t rank;
    int32_t dims[HCL_TFL_MAX_RANK];
    bool dynamic; /* a dimension other than the first is open */
    int32_t type;
    const char *type_name;             /* "" when unknown */
    bool quantised;                    /* has scales */
    struct hcl_tfl_sparsity *sparsity; /* NULL: data has all elements */
    bool variable;                     /* a state, zero when the model starts */
    const uint8_t *data;               /* NULL: not a constant; equal pointers: one buffer of the file */
    size_t data_len;
    void *
        own; /* from malloc: what data points to, of a constant that is not in the file as it is; else NULL */
};

struct hcl_tfl_op {
    int32_t code;
    const char *name; /* "CONV_2D"; "" when unknown */
    char custom[HCL_TFL_NAME_LEN];
    int32_t *inputs, *outputs; /* tensor indices or HCL_TFL_ABSENT (inputs only) */
    size_t num_inputs, num_outputs;
    int options; /* which of the following were in the file */
    int32_t padding, stride_w, stride_h, filter_w, filter_h, depth_multiplier, dilation_w, dilation_h;
    int32_t activation, weights_format;
    float beta;
    float parameter;                     /* of a function: LEAKY_RELU's slope, whether GELU is approximate */
    bool keep_num_dims;                  /* FULLY_CONNECTED */
    int32_t new_shape[HCL_TFL_MAX_RANK]; /* RESHAPE; SQUEEZE: the dimensions to drop, none: all of 1 */
    uint32_t new_rank;
    int32_t axis, batch_dims, block_size, mirror; /* mirror: 0: REFLECT, 1: SYMMETRIC */
    int32_t begin_mask, end_mask, ellipsis_mask, new_axis_mask, shrink_axis_mask; /* STRIDED_SLICE */
    bool offset_ends;                                                             /* STRIDED_SLICE */
    bool align_corners, half_pixel_centers, adj_x, adj_y;
    int32_t stride_d, dilation_d, radius; /* CONV_3D; LOCAL_RESPONSE_NORMALIZATION */
    float response_bias, response_alpha, response_beta;
    bool keep_dims;                /* of a reduction */
    bool time_major, diagonal;     /* SEQUENCE_LSTM; the first of SEQUENCE_RNN */
    float cell_clip, proj_clip;    /* SEQUENCE_LSTM */
    bool exclusive, reverse;       /* CUMSUM */
    const uint8_t *custom_options; /* of a custom operator; borrows like data */
    size_t custom_len;
    int32_t condition, body; /* WHILE; IF: what to do if it holds, and if not: subgraphs; CALL_ONCE: body */
    char variable[HCL_TFL_NAME_LEN], container[HCL_TFL_NAME_LEN]; /* VAR_HANDLE */
};

/* What a file offers to run: its signatures by their keys, and the subgraphs that no signature names, by
 * their names. */
struct hcl_tfl_entry {
    char name[HCL_TFL_NAME_LEN];
    uint32_t subgraph;
    uint32_t signature; /* its number; HCL_TFL_NO_SIGNATURE: a subgraph without one */
};
#define HCL_TFL_NO_SIGNATURE UINT32_MAX

/* An input or output: of a signature in its order and by its name for it, which the subgraph's list need not
 * have; where there is no signature, or it lists none, in the subgraph's order and without a name. */
struct hcl_tfl_end {
    char name[HCL_TFL_NAME_LEN];
    int32_t tensor;
    int32_t
        initial; /* of an input that is a state: the constant that runs begin with; HCL_TFL_ABSENT: none */
};

struct hcl_tfl_model {
    struct hcl_tfl_tensor *tensors;
    size_t num_tensors;
    struct hcl_tfl_op *ops;
    size_t num_ops;
    struct hcl_tfl_end *inputs, *outputs;
    size_t num_inputs, num_outputs;
    struct hcl_tfl_entry *entries; /* `entry` is the one that was read */
    size_t num_entries, entry;
    struct hcl_tfl_model *called; /* by number: the subgraphs that WHILE, IF and CALL_ONCE lead to, without
                                     called ones of their own; those not led to are empty */
    size_t num_called;
};

/** Verify the file and read one subgraph: that of the signature or, where no signature is called so, the
 * subgraph of this name; NULL: the file's first subgraph, which is what TFLite runs. `file` names it in
 * messages. On failure *out is empty. */
hcl_status hcl_tfl_read(struct hcl_tfl_model *out, const uint8_t *bytes, size_t len, const char *file,
                        const char *signature, struct hcl_err *err);
void hcl_tfl_clear(struct hcl_tfl_model *m);
/** All elements are there, or the file's list of them is no longer needed. */
void hcl_tfl_sparsity_free(struct hcl_tfl_sparsity *s);
/** Free an operator's lists. */
void hcl_tfl_op_clear(struct hcl_tfl_op *op);
/** Name of an activation number, "" when unknown. */
const char *hcl_tfl_activation_name(int32_t activation);

#ifdef __cplusplus
}
#endif

#endif
