/* SPDX-License-Identifier: Apache-2.0 */
/* Random rows of committed weight columns. They come from a seed that its owner keeps, so that the same key
 * can be made again; circuits that differ in anything have independent values, so that two keys never show
 * two sums with the same random terms. */
#include "common/sys/random.h"
#include "compiler/layout/finish.h"
#include <sodium.h>
#include <string.h>

void hcl_machine_blinding_id(const struct hcl_machine *m, const struct hcl_machine_shape *shape,
                             uint8_t id[32])
{
    crypto_generichash_state state;
    const uint32_t numbers[] = { shape->k, shape->degree, shape->random_rows };
    uint8_t word[4];

    crypto_generichash_init(&state, shape->weight_seed, 32, 32);
    for (size_t i = 0; i < 3; i++) {
        for (int b = 0; b < 4; b++)
            word[b] = (uint8_t)(numbers[i] >> 8 * b);
        crypto_generichash_update(&state, word, sizeof(word));
    }
    hcl_program_hash(&m->prog, HCL_PROGRAM_WHOLE, &state);
    crypto_generichash_final(&state, id, 32);
}

void hcl_machine_blind_weights(const struct hcl_machine_shape *shape, uint32_t column, hcl_fr *rows)
{
    struct hcl_random seed = { 0 }, circuit, stream;
    char label[65];

    memcpy(seed.key, shape->weight_seed, sizeof(seed.key));
    sodium_bin2hex(label, sizeof(label), shape->blinding_id, 32);
    hcl_random_derive(&circuit, &seed, label, 0);
    hcl_random_derive(&stream, &circuit, "committed weights", column);
    for (uint32_t i = 0; i < shape->random_rows; i++) {
        uint8_t wide[64];
        hcl_random_bytes(&stream, wide, sizeof(wide));
        hcl_fr_from_bytes_wide(&rows[i], wide);
        sodium_memzero(wide, sizeof(wide));
    }
    hcl_random_clear(&seed);
    hcl_random_clear(&circuit);
    hcl_random_clear(&stream);
}
