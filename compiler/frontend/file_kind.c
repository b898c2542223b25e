/* SPDX-License-Identifier: Apache-2.0 */
#include "compiler/frontend/file_kind.h"
#include <stdbool.h>
#include <string.h>

static bool begins(const uint8_t *bytes, size_t len, const char *with)
{
    const size_t n = strlen(with);
    return len >= n && memcmp(bytes, with, n) == 0;
}

const char *hcl_file_kind(const uint8_t *bytes, size_t len)
{
    if (begins(bytes, len, "version https://git-lfs"))
        return "is a git-lfs pointer, not the file that it stands for: 'git lfs pull' brings that";
    if (begins(bytes, len, "PK\003\004"))
        return "is a zip archive, as Keras (.keras) and PyTorch models are: convert it to TFLite "
               "(tf.lite.TFLiteConverter.from_keras_model)";
    if (begins(bytes, len, "\211HDF"))
        return "is an HDF5 file, as Keras models (.h5) are: convert it to TFLite "
               "(tf.lite.TFLiteConverter.from_keras_model)";
    if (begins(bytes, len, "\223NUMPY"))
        return "is a NumPy array, expected a TFLite model: are model and input exchanged?";
    /* Both are protocol buffers whose first field is a version, which for SavedModel is 1. */
    if (len > 2 && bytes[0] == 0x08 && bytes[1] == 1)
        return "looks like a TensorFlow SavedModel: convert it to TFLite "
               "(tf.lite.TFLiteConverter.from_saved_model)";
    if (len > 2 && bytes[0] == 0x08 && bytes[1] > 1 && bytes[1] < 32)
        return "looks like an ONNX model, which is not read: convert it to TFLite";
    if (begins(bytes, len, "{"))
        return "looks like JSON, expected a TFLite model";
    return NULL;
}
