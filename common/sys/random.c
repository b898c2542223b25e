/* SPDX-License-Identifier: Apache-2.0 */
#include "common/sys/random.h"

#include <errno.h>
#include <sodium.h>
#include <string.h>
#include <sys/random.h>

hcl_status hcl_random_init_os(struct hcl_random *r, struct hcl_err *err)
{
    r->position = 0;
    ssize_t n;
    do {
        n = getrandom(r->key, sizeof r->key, 0);
    } while (n < 0 && errno == EINTR);
    if (n != (ssize_t)sizeof r->key) {
        hcl_random_clear(r);
        return hcl_fail(err, HCL_NO_RESOURCE, "the operating system gives no random bytes: %s",
                        strerror(errno));
    }
    return HCL_OK;
}

void hcl_random_init_seed(struct hcl_random *r, uint64_t seed)
{
    uint8_t bytes[8];
    for (int i = 0; i < 8; i++)
        bytes[i] = (uint8_t)(seed >> (8 * i));
    crypto_generichash(r->key, sizeof r->key, bytes, sizeof bytes, NULL, 0);
    r->position = 0;
}

void hcl_random_derive(struct hcl_random *out, const struct hcl_random *parent, const char *label,
                       uint64_t index)
{
    uint8_t bytes[8];
    for (int i = 0; i < 8; i++)
        bytes[i] = (uint8_t)(index >> (8 * i));
    crypto_generichash_state state;
    crypto_generichash_init(&state, parent->key, sizeof parent->key, sizeof out->key);
    crypto_generichash_update(&state, (const uint8_t *)label, strlen(label) + 1);
    crypto_generichash_update(&state, bytes, sizeof bytes);
    crypto_generichash_final(&state, out->key, sizeof out->key);
    sodium_memzero(&state, sizeof state);
    out->position = 0;
}

void hcl_random_bytes(struct hcl_random *r, void *out, size_t n)
{
    static const uint8_t nonce[crypto_stream_chacha20_NONCEBYTES] = { 0 };
    if (n == 0)
        return;
    memset(out, 0, n);
    crypto_stream_chacha20_xor_ic(out, out, n, nonce, r->position / 64, r->key);
    r->position += (n + 63) / 64 * 64;
}

void hcl_random_clear(struct hcl_random *r)
{
    sodium_memzero(r, sizeof *r);
}
