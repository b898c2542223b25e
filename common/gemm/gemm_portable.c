/* SPDX-License-Identifier: Apache-2.0 */
#define TILE_KERNEL hcl_gemm_portable
#define TILE_WIDTH 2
#define TILE_VECTORS 2
#define TILE_ROWS 4
#include "common/gemm/tile_template.h"
