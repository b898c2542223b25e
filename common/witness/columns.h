/* SPDX-License-Identifier: Apache-2.0 */
/* Numbers of the advice columns of a lane-machine circuit with L lanes: Q, Y, R per lane and M in phase 0,
 * then H per lane, PHI, A0, A1, B, U, D in phase 1; private weights W, in phase 0 again; with tables of rows
 * E, in phase 1. The challenges are s, t, theta, beta, all of phase 0. */
#ifndef HCL_COMMON_WITNESS_COLUMNS_H
#define HCL_COMMON_WITNESS_COLUMNS_H

#include <stdint.h>

enum { HCL_CH_S = 0, HCL_CH_T = 1, HCL_CH_THETA = 2, HCL_CH_BETA = 3, HCL_NUM_CHALLENGES = 4 };

static inline uint32_t hcl_col_q(uint32_t lanes, uint32_t j)
{
    (void)lanes;
    return j;
}
static inline uint32_t hcl_col_y(uint32_t lanes, uint32_t j)
{
    return lanes + j;
}
static inline uint32_t hcl_col_r(uint32_t lanes, uint32_t j)
{
    return 2 * lanes + j;
}
static inline uint32_t hcl_col_m(uint32_t lanes)
{
    return 3 * lanes;
}
static inline uint32_t hcl_col_h(uint32_t lanes, uint32_t j)
{
    return 3 * lanes + 1 + j;
}
static inline uint32_t hcl_col_phi(uint32_t lanes)
{
    return 4 * lanes + 1;
}
static inline uint32_t hcl_col_a0(uint32_t lanes)
{
    return 4 * lanes + 2;
}
static inline uint32_t hcl_col_a1(uint32_t lanes)
{
    return 4 * lanes + 3;
}
static inline uint32_t hcl_col_b(uint32_t lanes)
{
    return 4 * lanes + 4;
}
static inline uint32_t hcl_col_u(uint32_t lanes)
{
    return 4 * lanes + 5;
}
static inline uint32_t hcl_col_d(uint32_t lanes)
{
    return 4 * lanes + 6;
}
static inline uint32_t hcl_col_w(uint32_t lanes, uint32_t i)
{
    return 4 * lanes + 7 + i;
}
/** private_columns: m of private weights, else 0. */
static inline uint32_t hcl_col_e(uint32_t lanes, uint32_t private_columns)
{
    return 4 * lanes + 7 + private_columns;
}
/** The lane whose quotients and remainders an advice column is made of, or UINT32_MAX: all ranks have what
 * others are made of, or many take part. */
static inline uint32_t hcl_col_lane(uint32_t lanes, uint32_t column)
{
    if (column < hcl_col_y(lanes, 0))
        return column;
    if (column >= hcl_col_r(lanes, 0) && column < hcl_col_m(lanes))
        return column - hcl_col_r(lanes, 0);
    return column >= hcl_col_h(lanes, 0) && column < hcl_col_phi(lanes) ? column - hcl_col_h(lanes, 0)
                                                                        : UINT32_MAX;
}
/** Without private weights, which are m more, and without E. */
static inline uint32_t hcl_num_advice(uint32_t lanes)
{
    return 4 * lanes + 7;
}

#endif
