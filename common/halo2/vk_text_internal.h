/* SPDX-License-Identifier: Apache-2.0 */
#ifndef HCL_COMMON_HALO2_VK_TEXT_INTERNAL_H
#define HCL_COMMON_HALO2_VK_TEXT_INTERNAL_H

#include "common/halo2/keys.h"

/** Feed the pinned text (FORMAT section 7) of a key piece by piece to `to`. */
void hcl_vk_text(const struct hcl_vk *vk, void (*to)(void *ctx, const char *text, size_t len), void *ctx);
/** The hash of the text, reduced: the key's transcript_repr. */
void hcl_vk_text_hash(hcl_fr *out, const struct hcl_vk *vk);

#endif
