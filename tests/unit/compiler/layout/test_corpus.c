/* SPDX-License-Identifier: Apache-2.0 */
/* The witness programs that fuzzing starts from (tests/fuzz/witness/corpus) are of the version that is read:
 * a corpus that is refused at its first bytes finds nothing. `--write FOLDER` makes them anew. */
#include "common/io/file_write.h"
#include "common/io/reader.h"
#include "tests/unit/compiler/support/accept.h"
#include "tests/unit/compiler/support/random_chain.h"

#include <stdlib.h>
#include <string.h>

#define CORPUS HCL_SOURCE_DIR "/tests/fuzz/witness/corpus"

static const char *const names[] = { "layers", "softmax" };

/* Padded convolutions in place, strides, pooling, a dense layer; or attention. */
static void make_graph(struct hcl_fx_graph *g, size_t which)
{
    struct hcl_test_random r = { 11 };
    struct hcl_test_conv s = { .kernel_h = 3, .kernel_w = 3, .stride_y = 1, .stride_x = 1, .outputs = 2 };
    uint32_t x;

    if (which == 1) {
        hcl_test_attention(g, &r, 3, 2, 2);
        return;
    }
    s.pad_top = s.pad_left = s.pad_bottom = s.pad_right = 1;
    s.weight_max = 3;
    s.bias_max = 9;
    s.divisor = 8;
    s.relu = true;
    x = hcl_test_conv(g, &r, hcl_test_input(g, 5, 4, 1, -7, 7), &s);
    s.divisor = 64;
    x = hcl_test_conv(g, &r, x, &s);
    s.depthwise = true;
    s.stride_y = 2;
    x = hcl_test_conv(g, &r, x, &s);
    x = hcl_test_pool(g, HCL_FX_MAX_POOL, x, 2);
    s = (struct hcl_test_conv){ .kernel_h = 1, .kernel_w = 1, .stride_y = 1, .stride_x = 1, .outputs = 3 };
    s.kernel_h = g->tensors[x].dims[1];
    s.kernel_w = g->tensors[x].dims[2];
    s.weight_max = 40;
    s.divisor = 256;
    hcl_test_output(g, hcl_test_conv(g, &r, x, &s));
}

static void test_is_read(void **state)
{
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        char path[512];
        struct hcl_file file;
        struct hcl_program p;
        struct hcl_reader in;
        struct hcl_err err;
        snprintf(path, sizeof path, "%s/%s.bin", CORPUS, names[i]);
        assert_ok(hcl_file_read(&file, path, 1 << 20, &err), err);
        in = (struct hcl_reader){ .base = file.data, .len = file.len, .file = path };
        assert_ok(hcl_program_read(&p, &in, &err), err);
        assert_true(p.num_blocks > 0);
        hcl_program_clear(&p);
        hcl_file_clear(&file);
    }
}

static int write_all(const char *folder)
{
    for (size_t i = 0; i < 2; i++) {
        struct hcl_fx_graph g = { 0 };
        struct lowered l;
        char path[512];
        uint8_t *bytes;
        size_t len;
        struct hcl_err err;
        make_graph(&g, i);
        lowered_build(&l, &g, 3);
        snprintf(path, sizeof path, "%s/%s.bin", folder, names[i]);
        if (hcl_program_write(&l.prog, HCL_PROGRAM_WHOLE, &bytes, &len, &err) != HCL_OK ||
            hcl_file_write(path, bytes, len, &err) != HCL_OK) {
            fprintf(stderr, "%s\n", err.msg);
            return 1;
        }
        free(bytes);
        lowered_clear(&l);
        hcl_fx_graph_clear(&g);
    }
    return 0;
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_is_read) };

    if (argc == 3 && strcmp(argv[1], "--write") == 0)
        return write_all(argv[2]);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
