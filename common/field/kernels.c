/* SPDX-License-Identifier: Apache-2.0 */
#include "common/field/fp_kernel_internal.h"

struct hcl_field_kernel hcl_field_now;

__attribute__((constructor)) static void choose_kernel(void)
{
    hcl_field_now = hcl_field_kernel_portable;
}

const char *hcl_field_kernel_name(void)
{
    return hcl_field_now.name;
}
