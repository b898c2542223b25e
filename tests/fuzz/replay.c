/* SPDX-License-Identifier: Apache-2.0 */
/* Runs a fuzz target without libFuzzer: replay FILE... feeds every file as it is, cut off at many places, and
 * changed in HALOCLINE_FUZZ_ROUNDS (default 300) reproducible ways. A target fails by aborting or by a
 * sanitizer. */
#include "common/io/reader.h"
#include "common/sys/random.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static uint64_t draw(struct hcl_random *r, uint64_t below)
{
    uint64_t v;
    hcl_random_bytes(r, &v, sizeof v);
    return v % below;
}

/* One change: flip a bit, set a byte, overwrite with an extreme integer, copy a piece elsewhere, or drop a
 * piece. */
static size_t mutate(uint8_t *data, size_t len, struct hcl_random *r)
{
    static const uint8_t extreme[4][8] = {
        { 0 }, { 255, 255, 255, 255, 255, 255, 255, 255 }, { 255, 255, 255, 127 }, { 0, 0, 0, 0, 1 }
    };
    size_t at = draw(r, len), piece = 1 + draw(r, len < 64 ? len : 64), to = draw(r, len);
    switch (draw(r, 5)) {
    case 0:
        data[at] ^= (uint8_t)(1u << draw(r, 8));
        break;
    case 1:
        data[at] = (uint8_t)draw(r, 256);
        break;
    case 2:
        memcpy(data + at, extreme[draw(r, 4)], len - at < 8 ? len - at : 8);
        break;
    case 3:
        piece = piece > len - at ? len - at : piece;
        memmove(data + to, data + at, piece > len - to ? len - to : piece);
        break;
    default:
        piece = piece > len - at ? len - at : piece;
        memmove(data + at, data + at + piece, len - at - piece);
        len -= piece;
    }
    return len;
}

/* Exact-size copies, so that a sanitizer sees the first byte read too far. */
static void feed(const uint8_t *data, size_t len)
{
    uint8_t *copy = malloc(len == 0 ? 1 : len);
    if (copy == NULL)
        abort();
    memcpy(copy, data, len);
    LLVMFuzzerTestOneInput(copy, len);
    free(copy);
}

static void replay(const struct hcl_file *f, uint64_t seed, long rounds)
{
    struct hcl_random r;
    uint8_t *data = malloc(f->len + 1);
    if (data == NULL)
        abort();
    feed(f->data, f->len);
    for (size_t cut = 0; cut < f->len; cut += 1 + f->len / 64)
        feed(f->data, cut);
    hcl_random_init_seed(&r, seed);
    for (long i = 0; i < rounds; i++) {
        size_t len = f->len;
        memcpy(data, f->data, len);
        for (uint64_t changes = 1 + draw(&r, 4); changes > 0 && len > 0; changes--)
            len = mutate(data, len, &r);
        feed(data, len);
    }
    free(data);
}

int main(int argc, char **argv)
{
    const char *text = getenv("HALOCLINE_FUZZ_ROUNDS");
    long rounds = text == NULL ? 300 : atol(text);
    if (argc < 2) {
        fprintf(stderr, "usage: %s FILE...\n", argv[0]);
        return 2;
    }
    for (int i = 1; i < argc; i++) {
        struct hcl_file f;
        struct hcl_err err;
        if (hcl_file_read(&f, argv[i], (size_t)1 << 26, &err) != HCL_OK) {
            fprintf(stderr, "%s\n", err.msg);
            return 2;
        }
        replay(&f, (uint64_t)i, f.len == 0 ? 0 : rounds);
        hcl_file_clear(&f);
    }
    printf("%d files, %ld changed copies of each: survived\n", argc - 1, rounds);
    return 0;
}
