/* SPDX-License-Identifier: Apache-2.0 */
#define TILE_KERNEL hcl_gemm_avx2
#define TILE_WIDTH 4
#define TILE_VECTORS 3
#define TILE_ROWS 4
#include "common/gemm/tile_template.h"
