/* SPDX-License-Identifier: Apache-2.0 */
/* A column of n field elements stored as what it mostly is: small signed integers of 1, 2, 4 or 8 bytes, one
 * per row or several that are its digits, and a short list of rows whose values are anything (blinding, a few
 * wide values). Rows from `stored` on are 0 unless they are listed. A column that is not like that holds
 * field elements (width HCL_COMPACT_FR) and lists nothing.
 *
 * Integers mean elements of Fr, negative ones r - |v|. The cell of a listed row is 0, so that sums over cells
 * and sums over the list add up to sums over the column. Columns own their memory and are zeroed structs
 * when empty. Local; reading is thread-safe. */
#ifndef HCL_COMMON_POLY_COMPACT_H
#define HCL_COMMON_POLY_COMPACT_H

#include "common/field/fr.h"
#include "common/sys/status.h"

/* Bytes of a cell that holds a field element. */
#define HCL_COMPACT_FR 32
/* Digit d of a row is worth 2^(63*d). */
#define HCL_COMPACT_DIGIT_BITS 63

struct hcl_compact_exception {
    size_t row;
    hcl_fr value;
};

struct hcl_compact {
    size_t n;      /* rows */
    size_t stored; /* cells, of rows 0..stored-1; at most n */
    int width;     /* bytes of a cell: 1, 2, 4, 8 or HCL_COMPACT_FR */
    bool secret;   /* wiped when freed */
    int digits;    /* of a row: the value is sum_d 2^(HCL_COMPACT_DIGIT_BITS*d) cells[d*stored + row]; 1 where
                    * the width is HCL_COMPACT_FR */
    void *cells;   /* int8_t, int16_t, int32_t, int64_t or hcl_fr, 64-byte aligned */
    struct hcl_compact_exception *exceptions; /* rows ascending; none with HCL_COMPACT_FR */
    size_t num_exceptions, max_exceptions;
};

/** A column of zeros with room for `stored` cells of `width` bytes and for max_exceptions listed rows. Cells
 * may be written through c->cells. who: for the memory's report. On failure *c is empty. */
hcl_status hcl_compact_init(struct hcl_compact *c, size_t n, size_t stored, int width, size_t max_exceptions,
                            bool secret, const char *who, struct hcl_err *err);
/** The same with `digits` cells of each row, of which hcl_compact_init has one. */
hcl_status hcl_compact_init_digits(struct hcl_compact *c, size_t n, size_t stored, int width, int digits,
                                   size_t max_exceptions, bool secret, const char *who, struct hcl_err *err);
/** v[0..count) in rows 0..count-1, count <= n, in the narrowest width and without trailing zeros. */
hcl_status hcl_compact_from_i64(struct hcl_compact *c, size_t n, const int64_t *v, size_t count, bool secret,
                                const char *who, struct hcl_err *err);
/** The same from field elements: the width that takes least memory and time, wider values listed if they are
 * few (whatever lies in the blinding rows, say), field elements otherwise. */
hcl_status hcl_compact_from_fr(struct hcl_compact *c, size_t n, const hcl_fr *v, size_t count, bool secret,
                               const char *who, struct hcl_err *err);
void hcl_compact_clear(struct hcl_compact *c);

/** Rows first.. := v[0..count): listed, or for HCL_COMPACT_FR into the cells. Rows are given in ascending
 * order over all calls, each once; the list has room for them. */
void hcl_compact_put(struct hcl_compact *c, size_t first, const hcl_fr *v, size_t count);

/** Cells first.. := v[0..count), none of them listed; first + count <= stored, and the width holds them. Not
 * for HCL_COMPACT_FR, nor with several digits. */
void hcl_compact_set_cells(struct hcl_compact *c, size_t first, const int64_t *v, size_t count);

/** The value of one row. */
void hcl_compact_get(hcl_fr *out, const struct hcl_compact *c, size_t row);
/** out[i] = the value of row first + i; first + count <= n. */
void hcl_compact_expand(hcl_fr *out, const struct hcl_compact *c, size_t first, size_t count);
/** out[i] = the cell of row first + i, 0 for listed rows and from `stored` on. Not for HCL_COMPACT_FR,
 * nor with several digits. */
void hcl_compact_cells(int64_t *out, const struct hcl_compact *c, size_t first, size_t count);
/** One digit of c as a column of its own, which borrows the cells and lists nothing. */
struct hcl_compact hcl_compact_digit(const struct hcl_compact *c, int digit);
/** Index of the first listed row at or after `row`; num_exceptions if there is none. */
size_t hcl_compact_exception_from(const struct hcl_compact *c, size_t row);
/** Bytes of cells and list. */
size_t hcl_compact_bytes(const struct hcl_compact *c);

/** The narrowest width that holds all of v: 1 to 8 bytes, for field elements HCL_COMPACT_FR too. */
int hcl_compact_width_i64(const int64_t *v, size_t count);
int hcl_compact_width_fr(const hcl_fr *v, size_t count);

#endif
