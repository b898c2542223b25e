/* SPDX-License-Identifier: Apache-2.0 */
/* Choosing scales, as the operators see it (struct hcl_operator, constrain): fraction bits only go down, and
 * are bounded below. A node's quotient has fraction bits of its own where its function changes scales, else
 * its result's. */
#ifndef HCL_COMPILER_QUANTIZE_CHOOSER_H
#define HCL_COMPILER_QUANTIZE_CHOOSER_H

#include "compiler/quantize/scales.h"

struct hcl_chooser;

const struct hcl_fx_setting *hcl_chooser_setting(const struct hcl_chooser *c);
bool hcl_chooser_is_constant(const struct hcl_chooser *c, uint32_t tensor);
int hcl_chooser_bits(const struct hcl_chooser *c, uint32_t tensor);
void hcl_chooser_lower(struct hcl_chooser *c, uint32_t tensor, int to);
int hcl_chooser_quotient(const struct hcl_chooser *c, const struct hcl_node *n);
void hcl_chooser_lower_quotient(struct hcl_chooser *c, const struct hcl_node *n, int to);
/** Of a constant: as many as the setting's weights may have. */
int hcl_chooser_most_weight_bits(const struct hcl_chooser *c, uint32_t weights);

#endif
