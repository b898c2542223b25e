/* SPDX-License-Identifier: Apache-2.0 */
/* Ceremonies whose [s]G2 is published in verifiers, so that an SRS can be told to be theirs. A name says
 * which secret's group a file holds, not that nobody knows the secret. */
#ifndef HCL_COMMON_HALO2_SRS_CEREMONY_H
#define HCL_COMMON_HALO2_SRS_CEREMONY_H

#include "common/curve/g1.h"
#include "common/curve/g2.h"

/** The ceremony with this [s]G2; NULL: none that is known here. Static. */
const char *hcl_srs_ceremony_of(const hcl_g2 *s_g2);
/** [s]G2 of the known ceremony whose [s]G this is, by pairings; false: of none. */
bool hcl_srs_ceremony_find(hcl_g2 *s_g2, const hcl_g1 *s_g1);

#endif
