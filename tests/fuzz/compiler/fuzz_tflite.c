/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as a TFLite file: refused, or a graph that passes the checker, survives the passes and, when
 * small, quantises and runs without leaving its bounds, and becomes a circuit whose witness program gives
 * what the interpreter gave. */
#include "common/witness/run.h"
#include "compiler/compile.h"
#include "compiler/fixed/interpret.h"
#include "compiler/frontend/import_tflite.h"
#include "compiler/graph/evaluate.h"
#include "compiler/graph/passes.h"
#include "compiler/graph/window.h"
#include "compiler/quantize/build.h"
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Multiply-adds are bounded by outputs times constants; a corrupted shape can ask for far too many. */
static bool is_small(const struct hcl_graph *g)
{
    size_t computed = 0, constants = 1;
    for (size_t i = 0; i < g->num_tensors; i++) {
        size_t len = hcl_tensor_len(&g->tensors[i]);
        if (len > 1 << 16)
            return false;
        computed += g->tensors[i].data == NULL ? len : 0;
        constants += g->tensors[i].data != NULL ? len : 0;
    }
    for (size_t i = 0; i < g->num_nodes; i++)
        if (hcl_window_span(g->nodes[i].kernel_h, g->nodes[i].gap_y) *
                hcl_window_span(g->nodes[i].kernel_w, g->nodes[i].gap_x) >
            1 << 12)
            return false;
    return computed < (1 << 17) && computed * constants < (1 << 24);
}

/* The interpreter's outputs come out of the circuit's witness, too. */
static void lay_out(const struct hcl_fx_graph *fx, const struct hcl_fx_values *v)
{
    const struct hcl_compile_options options = { .lanes = 2, .degree = 4 };
    struct hcl_compiled c;
    struct hcl_witness w;
    struct hcl_err err;
    if (hcl_compile(fx, &options, &c, &err) != HCL_OK)
        return;
    HCL_CHECK(hcl_witness_init(&w, &c.program, &err) == HCL_OK);
    for (size_t i = 0; i < fx->num_inputs; i++)
        HCL_CHECK(hcl_witness_set_input(&w, i, v->tensor[fx->inputs[i]], hcl_fx_tensor_len(fx, fx->inputs[i]),
                                        &err) == HCL_OK);
    HCL_CHECK(hcl_witness_run(&w, &err) == HCL_OK);
    for (size_t o = 0; o < fx->num_outputs; o++) {
        const size_t len = hcl_fx_tensor_len(fx, fx->outputs[o]);
        int64_t *out = malloc((len + 1) * sizeof *out);
        if (out == NULL)
            abort();
        HCL_CHECK(hcl_witness_output(&w, o, out, len, &err) == HCL_OK);
        HCL_CHECK(memcmp(out, v->tensor[fx->outputs[o]], len * sizeof *out) == 0);
        free(out);
    }
    hcl_witness_clear(&w);
    hcl_compiled_clear(&c);
}

static size_t elements(const struct hcl_fx_graph *fx)
{
    size_t sum = 0;
    for (uint32_t t = 0; t < fx->num_tensors; t++)
        sum += hcl_fx_tensor_len(fx, t);
    return sum;
}

static void quantise_and_run(const struct hcl_graph *g)
{
    const struct hcl_fx_setting setting = { 256, 8, 8, 8, 1.5, true, 1 };
    double *most;
    struct hcl_float_values v;
    struct hcl_fx_values fv;
    struct hcl_fx_graph fx;
    struct hcl_err err;
    if (hcl_float_values_init(&v, g, &err) != HCL_OK)
        return;
    most = calloc(2 * g->num_tensors + 1, sizeof *most);
    HCL_CHECK(most != NULL);
    const bool evaluated = hcl_graph_evaluate(g, &v, &err) == HCL_OK;
    hcl_scales_magnitudes(most, g, v.lo, v.hi);
    if (evaluated && hcl_fx_build(&fx, g, most, &setting, &err) == HCL_OK) {
        HCL_CHECK(hcl_fx_values_init(&fv, &fx, &err) == HCL_OK);
        const bool ran = hcl_interpret(&fx, &fv, &err) == HCL_OK;
        size_t rows;
        HCL_CHECK(hcl_fx_table_rows(&fx, &rows, &err) == HCL_OK);
        if (ran && elements(&fx) < 1 << 12 && rows < 1 << 16)
            lay_out(&fx, &fv);
        if (ran)
            for (uint32_t t = 0; t < fx.num_tensors; t++)
                for (size_t i = 0; fv.tensor[t] != NULL && i < hcl_fx_tensor_len(&fx, t); i++)
                    HCL_CHECK(fv.tensor[t][i] >= fx.tensors[t].lo && fv.tensor[t][i] <= fx.tensors[t].hi);
        hcl_fx_values_clear(&fv);
        hcl_fx_graph_clear(&fx);
    }
    free(most);
    hcl_float_values_clear(&v);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct hcl_graph g;
    struct hcl_err err;
    void *aligned;
    if (posix_memalign(&aligned, 64, size) != 0) /* the size is exact, for sanitizers */
        return 0;
    memcpy(aligned, data, size);
    if (hcl_tflite_import_bytes(&g, aligned, size, "fuzz.tflite", NULL, &err) == HCL_OK) {
        HCL_CHECK(hcl_graph_check(&g, &err) == HCL_OK);
        if (is_small(&g) && hcl_graph_optimize(&g, NULL, NULL, &err) == HCL_OK)
            quantise_and_run(&g);
        hcl_graph_clear(&g);
    }
    free(aligned);
    return 0;
}
