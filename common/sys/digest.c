/* SPDX-License-Identifier: Apache-2.0 */
/* Each 64-bit word w in its place is worth w + (low half of w + k)*(high half of w + k), where the key k of
 * the place counts up by an odd constant from stripe to stripe: multiplications of 32 bits, as vector units
 * have them. */
#include "common/sys/digest.h"

#include <string.h>

enum { LANES = 8, STRIPE = 8 * LANES };

#define STEP 0x9e3779b97f4a7c15u

static uint64_t mix(uint64_t h)
{
    h = (h ^ h >> 32) * 0xd6e8feb86659fd93u;
    h = (h ^ h >> 32) * 0xd6e8feb86659fd93u;
    return h ^ h >> 32;
}

static void add_stripe(uint64_t sum[LANES], uint64_t key[LANES], const unsigned char *stripe)
{
    uint64_t word[LANES];
    memcpy(word, stripe, STRIPE);
    for (int i = 0; i < LANES; i++) {
        const uint64_t keyed = word[i] + key[i];
        sum[i] += word[i] + (keyed & 0xffffffffu) * (keyed >> 32);
        key[i] += STEP;
    }
}

uint64_t hcl_digest64(uint64_t seed, const void *data, size_t len)
{
    const unsigned char *at = data;
    uint64_t sum[LANES] = { 0 }, key[LANES], h = mix(seed ^ len);
    for (int i = 0; i < LANES; i++)
        key[i] = mix((uint64_t)i + 1);
    for (; len >= STRIPE; len -= STRIPE, at += STRIPE)
        add_stripe(sum, key, at);
    if (len > 0) {
        unsigned char last[STRIPE] = { 0 };
        memcpy(last, at, len);
        add_stripe(sum, key, last);
    }
    for (int i = 0; i < LANES; i++)
        h = mix(h + sum[i]);
    return h;
}
