/* SPDX-License-Identifier: Apache-2.0 */
/* Random graphs of all operators (tests/conformance/graphs, random_graphs.py --save) against what TFLite
 * makes of them: the float executor before and after the passes, and the fixed-point interpreter, of whose
 * results a tenth may be on the other side of a jump. */
#include "tests/support/test.h"

#include "common/io/npy.h"
#include "compiler/fixed/interpret.h"
#include "compiler/frontend/import_tflite.h"
#include "compiler/graph/evaluate.h"
#include "compiler/graph/passes.h"
#include "compiler/quantize/build.h"
#include <glob.h>
#include <math.h>

#define FOLDER HCL_SOURCE_DIR "/tests/conformance/graphs/kept/"

enum { LEAST_GRAPHS = 90 };

struct kept {
    const char *path;
    struct hcl_graph graph;
    struct hcl_npy in, out;
    size_t samples, in_len, out_len;
    double spread; /* of what TFLite gives */
};

static void read_array(struct hcl_npy *to, const char *path, const char *kind)
{
    char name[1024];
    struct hcl_err err;
    snprintf(name, sizeof name, "%.*s%s", (int)(strlen(path) - strlen("tflite")), path, kind);
    assert_ok(hcl_npy_read(to, name, &err), err);
    assert_int_equal(to->type, HCL_NPY_F32);
}

static void open_graph(struct kept *k, const char *path)
{
    struct hcl_err err;
    double lo = INFINITY, hi = -INFINITY;
    *k = (struct kept){ .path = path };
    assert_ok(hcl_tflite_import(&k->graph, path, NULL, &err), err);
    read_array(&k->in, path, "in.npy");
    read_array(&k->out, path, "out.npy");
    k->samples = k->in.dims[0];
    k->in_len = hcl_tensor_len(&k->graph.tensors[k->graph.inputs[0]]);
    k->out_len = hcl_tensor_len(&k->graph.tensors[k->graph.outputs[0]]);
    assert_int_equal(k->in.len, k->samples * k->in_len);
    assert_int_equal(k->out.len, k->samples * k->out_len);
    for (size_t i = 0; i < k->out.len; i++) {
        lo = fmin(lo, (double)((const float *)k->out.data)[i]);
        hi = fmax(hi, (double)((const float *)k->out.data)[i]);
    }
    k->spread = fmax(hi - lo, fmax(fabs(hi), fabs(lo)) / 100);
}

static void close_graph(struct kept *k)
{
    hcl_graph_clear(&k->graph);
    hcl_npy_clear(&k->in);
    hcl_npy_clear(&k->out);
}

static double off(const struct kept *k, size_t sample, size_t i, double got)
{
    return fabs(got - (double)((const float *)k->out.data)[sample * k->out_len + i]) / k->spread;
}

static const float *input(const struct kept *k, size_t sample)
{
    return (const float *)k->in.data + sample * k->in_len;
}

static void check_float(const struct kept *k, struct hcl_float_values *v)
{
    struct hcl_err err;
    for (size_t s = 0; s < k->samples; s++) {
        memcpy(v->tensor[k->graph.inputs[0]], input(k, s), k->in_len * sizeof(float));
        assert_ok(hcl_graph_evaluate(&k->graph, v, &err), err);
        for (size_t i = 0; i < k->out_len; i++)
            if (!(off(k, s, i, (double)v->tensor[k->graph.outputs[0]][i]) <= 1e-4))
                fail_msg("%s: sample %zu element %zu is %g, TFLite gives %g", k->path, s, i,
                         (double)v->tensor[k->graph.outputs[0]][i],
                         (double)((const float *)k->out.data)[s * k->out_len + i]);
    }
}

static void check_fixed(const struct kept *k, const struct hcl_float_values *ranges)
{
    const struct hcl_fx_setting setting = { 1 << 16, 16, 16, 12, 1.1, true, 1 };
    double *most = calloc(2 * k->graph.num_tensors, sizeof *most);
    struct hcl_fx_graph fx;
    struct hcl_fx_values v;
    struct hcl_err err;
    size_t far = 0;
    assert_non_null(most);
    hcl_scales_magnitudes(most, &k->graph, ranges->lo, ranges->hi);
    assert_ok(hcl_fx_build(&fx, &k->graph, most, &setting, &err), err);
    assert_ok(hcl_fx_values_init(&v, &fx, &err), err);
    for (size_t s = 0; s < k->samples; s++) {
        assert_ok(hcl_fx_set_input(&fx, &v, 0, input(k, s), k->in_len, &err), err);
        assert_ok(hcl_interpret(&fx, &v, &err), err);
        for (size_t i = 0; i < k->out_len; i++)
            far +=
                off(k, s, i,
                    ldexp((double)v.tensor[fx.outputs[0]][i], -fx.tensors[fx.outputs[0]].frac_bits)) > 0.02;
    }
    if (10 * far > k->out.len)
        fail_msg("%s: %zu of %zu results are far off in fixed point", k->path, far, k->out.len);
    free(most);
    hcl_fx_values_clear(&v);
    hcl_fx_graph_clear(&fx);
}

static void graphs_match_tflite(void **state)
{
    glob_t found;
    (void)state;
    assert_int_equal(glob(FOLDER "*.tflite", 0, NULL, &found), 0);
    assert_true(found.gl_pathc >= LEAST_GRAPHS);
    for (size_t i = 0; i < found.gl_pathc; i++) {
        struct hcl_float_values v;
        struct hcl_err err;
        struct kept k;
        open_graph(&k, found.gl_pathv[i]);
        assert_ok(hcl_float_values_init(&v, &k.graph, &err), err);
        check_float(&k, &v);
        hcl_float_values_clear(&v);
        assert_ok(hcl_graph_optimize(&k.graph, NULL, NULL, &err), err);
        assert_ok(hcl_float_values_init(&v, &k.graph, &err), err);
        check_float(&k, &v);
        check_fixed(&k, &v);
        hcl_float_values_clear(&v);
        close_graph(&k);
    }
    globfree(&found);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(graphs_match_tflite) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
