/* SPDX-License-Identifier: Apache-2.0 */
/* circuit.json from memory; what is accepted must be writable and readable again. */
#include "common/halo2/circuit_file.h"
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    struct hcl_circuit c, again;
    struct hcl_err err;
    char *text;
    size_t text_len;
    if (hcl_circuit_parse(&c, (const char *)data, len, "input", NULL, &err) != HCL_OK)
        return 0;
    if (hcl_circuit_format(&c, HCL_CIRCUIT_INLINE, &text, &text_len, &err) != HCL_OK ||
        hcl_circuit_parse(&again, text, text_len, "again", NULL, &err) != HCL_OK)
        abort();
    if (again.degree != c.degree || again.usable_rows != c.usable_rows)
        abort();
    free(text);
    hcl_circuit_clear(&c);
    hcl_circuit_clear(&again);
    return 0;
}
