/* SPDX-License-Identifier: Apache-2.0 */
/* How programs write points of BN254's two groups. Infinity is never what is looked for in an SRS, so no
 * reader here gives it. */
#ifndef HCL_COMMON_HALO2_SRS_POINTS_H
#define HCL_COMMON_HALO2_SRS_POINTS_H

#include "common/curve/g1.h"
#include "common/curve/g2.h"
#include "common/sys/status.h"

#include <stddef.h>

typedef enum {
    HCL_POINT_RAW,        /* x y, Montgomery form, LE: halo2's raw, snarkjs, gnark's memory dump */
    HCL_POINT_HALO2_6,    /* x LE, 0x40 of the last byte: y is odd. halo2curves to 0.6, halo2-axiom */
    HCL_POINT_HALO2_7,    /* x LE, 0x80 of the last byte: y is odd. halo2curves from 0.7, ezkl */
    HCL_POINT_ARK,        /* x LE, 0x80 of the last byte: y is the larger of y and -y */
    HCL_POINT_ARK_FULL,   /* x y LE, the same flag in the last byte of y */
    HCL_POINT_GNARK,      /* x BE, first byte 0x80, with 0x40 for the larger y; Fq2: c1 first */
    HCL_POINT_GNARK_FULL, /* x y BE; Fq2: c1 first */
    HCL_POINT_AZTEC,      /* x BE, 0x80 of the first byte: y is odd */
    HCL_POINT_AZTEC_FULL, /* x y BE; Fq2: c0 first */
    HCL_POINT_FORMS
} hcl_point_form;

/** Bytes of a point of G1; one of G2 has twice as many. */
size_t hcl_point_size(hcl_point_form form);
/** Strict: false for a coordinate >= p, flags that the form does not have or that contradict y, a point that
 * is not on the curve, and infinity. */
bool hcl_point_g1(hcl_g1 *out, hcl_point_form form, const uint8_t *in);
/** Likewise; the subgroup is checked too. */
bool hcl_point_g2(hcl_g2 *out, hcl_point_form form, const uint8_t *in);

/* Some points of a file: point i at place i*step mod count, where step is 1 unless count is a power of two.
 */
struct hcl_srs_points {
    const uint8_t *bytes;
    size_t count, step;
    hcl_point_form form;
    const char *file, *what; /* for messages: where, and what a point is called */
    size_t offset;           /* of bytes within the file */
};
/** Read them all, in parallel. HCL_BAD_INPUT names the first that is none. */
hcl_status hcl_srs_decode(hcl_g1 *out, const struct hcl_srs_points *points, int threads, struct hcl_err *err);

#endif
