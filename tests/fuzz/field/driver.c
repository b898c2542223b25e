/* SPDX-License-Identifier: Apache-2.0 */
/* Runs a fuzz target without libFuzzer: the files named on the command line, or else pseudo-random inputs for
 * a fixed number of rounds. Reproducible. Argument: -runs=N (default 20000) or file names. */
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { MAX_INPUT = 4096 };

static uint64_t rng_state = 0x6a09e667f3bcc908;

/* splitmix64 */
static uint64_t next_random(void)
{
    uint64_t z = (rng_state += 0x9e3779b97f4a7c15);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
    return z ^ (z >> 31);
}

/* Mixes stretches of random bytes, zeros and ones, which is where carries are lost. */
static size_t make_input(uint8_t *out)
{
    const size_t size = next_random() % (next_random() % 8 == 0 ? MAX_INPUT : 700);
    for (size_t i = 0; i < size;) {
        const uint64_t kind = next_random() % 4;
        for (size_t left = 1 + next_random() % 40; left > 0 && i < size; left--, i++)
            out[i] = kind == 0 ? 0 : kind == 1 ? 0xff : (uint8_t)next_random();
    }
    if (size > 0)
        out[0] = (uint8_t)next_random();
    return size;
}

static int run_file(const char *name)
{
    static uint8_t data[1 << 20];
    FILE *f = fopen(name, "rb");
    if (f == NULL) {
        perror(name);
        return 1;
    }
    const size_t size = fread(data, 1, sizeof data, f);
    fclose(f);
    LLVMFuzzerTestOneInput(data, size);
    printf("%s: ok\n", name);
    return 0;
}

int main(int argc, char **argv)
{
    static uint8_t data[MAX_INPUT];
    unsigned long runs = 20000;
    int bad = 0, files = 0;
    for (int i = 1; i < argc; i++) {
        if (strncmp(argv[i], "-runs=", 6) == 0) {
            runs = strtoul(argv[i] + 6, NULL, 10);
        } else {
            bad |= run_file(argv[i]);
            files++;
        }
    }
    for (unsigned long i = 0; files == 0 && i < runs; i++)
        LLVMFuzzerTestOneInput(data, make_input(data));
    if (files == 0)
        printf("%lu runs\n", runs);
    return bad;
}
