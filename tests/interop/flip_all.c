/* SPDX-License-Identifier: Apache-2.0 */
/* Case by case against the real halo2: flip each bit that halo2-check flip-all has flipped, ask our verifier,
 * and compare with the verdicts it wrote. Ours must refuse every one; the real one may accept only where
 * stock halo2 does not look, the redundant flags of a point (docs/formats/FORMAT.md, section 1).
 *
 *   flip_all VK PROOF PUBLIC POSITIONS */
#include "common/halo2/verify.h"
#include "common/io/reader.h"

#include <stdbool.h>
#include <string.h>

static bool is_redundant_flag(const struct hcl_file *proof, size_t offset, unsigned bit)
{
    return offset % 32 == 31 && (bit == 7 || (bit == 6 && proof->data[offset] == 0x80));
}

int main(int argc, char **argv)
{
    struct hcl_err err = { "" };
    struct hcl_vk_file key = { 0 };
    struct hcl_file proof = { 0 };
    struct hcl_values instances = { 0 };
    if (argc != 5 || hcl_vk_file_read(&key, argv[1], &err) != HCL_OK ||
        hcl_file_read(&proof, argv[2], 1 << 20, &err) != HCL_OK ||
        hcl_values_read_instances(&instances, argv[3], &err) != HCL_OK ||
        hcl_verify(&key.vk, &key.srs, &instances, proof.data, proof.len, HCL_SCHEME_SHPLONK, &err) !=
            HCL_OK) {
        fprintf(stderr, "%s\n", argc == 5 ? err.msg : "usage: flip_all VK PROOF PUBLIC POSITIONS");
        return 2;
    }
    FILE *positions = fopen(argv[4], "r");
    size_t offset, cases = 0, wrong = 0, redundant = 0;
    unsigned bit;
    char verdict[8];
    while (positions && fscanf(positions, "%zu %u %7s", &offset, &bit, verdict) == 3) {
        if (offset >= proof.len || bit > 7)
            return 2;
        proof.data[offset] ^= (uint8_t)(1u << bit);
        hcl_status st =
            hcl_verify(&key.vk, &key.srs, &instances, proof.data, proof.len, HCL_SCHEME_SHPLONK, &err);
        proof.data[offset] ^= (uint8_t)(1u << bit);
        bool stock_accepts = strcmp(verdict, "accept") == 0, excused = is_redundant_flag(&proof, offset, bit);
        if (st != HCL_FALSE_CLAIM || (stock_accepts && !excused)) {
            printf("byte %zu, bit %u: ours says %d (%s), the real verifier says %s\n", offset, bit, (int)st,
                   err.msg, verdict);
            wrong++;
        }
        cases++;
        redundant += stock_accepts;
    }
    printf("%zu changed proofs, all refused by ours; the real verifier overlooks %zu redundant flags\n",
           cases, redundant);
    if (positions)
        fclose(positions);
    hcl_file_clear(&proof);
    hcl_values_clear(&instances);
    hcl_vk_file_clear(&key);
    return wrong || cases == 0;
}
