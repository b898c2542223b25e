/* SPDX-License-Identifier: Apache-2.0 */
#define TILE_KERNEL hcl_gemm_avx512
#define TILE_WIDTH 8
#define TILE_VECTORS 3
#define TILE_ROWS 8
#include "common/gemm/tile_template.h"
