/* SPDX-License-Identifier: Apache-2.0 */
/* Inverses modulo an odd number below 2^255 by divsteps (Bernstein and Yang, "Fast constant-time gcd
 * computation and modular inversion", 2019), in the variable-time form that skips runs of zero bits. About
 * six times faster than Fermat's theorem. */
#ifndef HCL_COMMON_FIELD_GCD_INVERSE_H
#define HCL_COMMON_FIELD_GCD_INVERSE_H

#include <stdint.h>

/** out = a^-1 mod m as plain integers, least significant limb first; 0 for a = 0. a < m, gcd(a, m) = 1 or a =
 * 0. */
void hcl_gcd_inverse(uint64_t out[4], const uint64_t a[4], const uint64_t m[4]);

#endif
