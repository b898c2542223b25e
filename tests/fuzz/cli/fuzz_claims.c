/* SPDX-License-Identifier: Apache-2.0 */
/* HCLVK001 (its hash put right) up to what its meta text says of visibility and public values. What is
 * accepted decodes to as many values as there are. */
#include "common/io/json_read.h"
#include "coordinator/cli/public.h"
#include "coordinator/cli/visibility.h"
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

enum { ROWS = 80 };

static void decode(const json_t *meta, uint32_t columns, size_t rows)
{
    struct hcl_values v;
    json_t *tensors, *tensor;
    hcl_fr column[ROWS];
    size_t i, decoded = 0;
    for (i = 0; i < ROWS; i++)
        hcl_fr_from_i64(&column[i], (int64_t)i - 5);
    if (columns > 1000 || hcl_values_init(&v, columns, NULL) != HCL_OK)
        return;
    if (columns > 0 && hcl_values_set(&v, 0, column, rows, NULL) != HCL_OK)
        abort();
    if (hcl_public_decode(&tensors, meta, &v, NULL) == HCL_OK) {
        json_array_foreach(tensors, i, tensor) decoded += json_array_size(json_object_get(tensor, "values"));
        if (json_object_get(meta, "public") && decoded != (columns > 0 ? rows : 0))
            abort();
        json_decref(tensors);
    }
    hcl_values_clear(&v);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    uint8_t *copy = malloc(len + 1);
    struct hcl_vk_file f;
    json_t *meta, *learned;
    if (copy == NULL)
        return 0;
    memcpy(copy, data, len);
    if (len >= 32)
        crypto_generichash(copy + len - 32, 32, copy, len - 32, NULL, 0);
    if (hcl_vk_file_parse(&f, copy, len, "input", NULL) == HCL_OK) {
        if (hcl_json_parse(&meta, f.meta, strlen(f.meta), "input", NULL) == HCL_OK) {
            if (hcl_visibility_check(&learned, meta, &f.vk, "input", NULL) == HCL_OK)
                json_decref(learned);
            for (size_t rows = 0; rows <= ROWS; rows += 1 + rows / 8)
                decode(meta, f.circuit.num_instance, rows);
            json_decref(meta);
        }
        hcl_vk_file_clear(&f);
    }
    free(copy);
    return 0;
}
