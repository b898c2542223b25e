/* SPDX-License-Identifier: Apache-2.0 */
#include "compiler/frontend/import_tflite.h"
#include "common/io/reader.h"
#include "compiler/frontend/file_kind.h"
#include "compiler/frontend/fold.h"
#include "compiler/frontend/import.h"
#include "compiler/frontend/import_lookup.h"
#include "compiler/frontend/import_moves.h"
#include "compiler/frontend/import_norm.h"
#include "compiler/frontend/unfold.h"
#include "compiler/operators/elementwise.h"
#include "compiler/operators/operator.h"
#include <string.h>

#define MAX_FILE_BYTES ((size_t)2 << 30)

enum { TFL_CUSTOM = 32 };

/* An operator that becomes nodes of other kinds. */
static const struct recipe {
    int32_t code;
    const char *custom; /* of a custom operator; else "" */
    bool parts;         /* several results */
    hcl_status (*add)(struct hcl_import *, const struct hcl_tfl_op *);
} recipes[] = {
#define HCL_RECIPE(name, number, parts, function) { number, "", parts, function },
#define HCL_RECIPE_CUSTOM(name, function) { TFL_CUSTOM, #name, false, function },
#include "compiler/frontend/recipes.def"
#undef HCL_RECIPE_CUSTOM
};

static const struct recipe *find_recipe(const struct hcl_tfl_op *op)
{
    for (size_t i = 0; i < sizeof recipes / sizeof *recipes; i++)
        if (recipes[i].code == op->code &&
            (op->code != TFL_CUSTOM || strcmp(recipes[i].custom, op->custom) == 0))
            return &recipes[i];
    return NULL;
}

static bool is_supported(const struct hcl_tfl_op *op)
{
    hcl_op kind;
    return find_recipe(op) != NULL || hcl_operator_find(op->code, &kind);
}

/* Where a result has no rescale to carry a function, this becomes a node of its own behind it. */
static hcl_status split_activation(struct hcl_import *im, struct hcl_node *n, struct hcl_node *act)
{
    const struct hcl_tensor *y = &im->graph->tensors[n->output];
    uint32_t dims[4], rank = y->rank;
    memcpy(dims, y->dims, sizeof dims);
    *act = (struct hcl_node){ .op = hcl_function_op(n->act.id),
                              .name = n->name,
                              .act = n->act,
                              .inputs = { HCL_GRAPH_NONE, HCL_GRAPH_NONE, HCL_GRAPH_NONE, HCL_GRAPH_NONE },
                              .output = n->output };
    n->act = (struct hcl_function){ .id = HCL_FN_IDENTITY };
    hcl_status st = hcl_graph_add_tensor(im->graph, n->name, dims, rank, NULL, &n->output, im->err);
    act->inputs[0] = n->output;
    return st;
}

/* Operands and options of *n, and its output. TFLite's runtime computes all shapes itself, so a shape that
 * follows from the operands is what counts, and not the one that the file has recorded. */
static hcl_status import_node(struct hcl_import *im, const struct hcl_tfl_op *op, struct hcl_node *n)
{
    struct hcl_import_shape shape = { .rank = 0 };
    hcl_status st;
    HCL_TRY(hcl_operator_of(n->op)->import(im, op, n, &shape));
    HCL_TRY(hcl_import_tensor(im, op->outputs[0], shape.rank > 0 ? &shape : NULL, &n->output));
    if (im->graph->tensors[n->output].data != NULL)
        return HCL_FAIL_OP(im, op, "%s", "its output is a constant");
done:
    return st;
}

hcl_status hcl_import_single(struct hcl_import *im, const struct hcl_tfl_op *op, hcl_op kind)
{
    struct hcl_node n = { .op = kind,
                          .inputs = { HCL_GRAPH_NONE, HCL_GRAPH_NONE, HCL_GRAPH_NONE, HCL_GRAPH_NONE } };
    struct hcl_node act = { .op = HCL_OP_COUNT };
    char name[HCL_TFL_NAME_LEN];
    hcl_status st;
    st = import_node(im, op, &n);
    if (st == HCL_OK)
        snprintf(name, sizeof name, "%s", im->graph->tensors[n.output].name);
    n.name = name;
    if (st == HCL_OK && n.act.id != HCL_FN_IDENTITY && hcl_operator_of(kind)->function == HCL_FN_IDENTITY &&
        !hcl_operator_of(kind)->carries_function)
        st = split_activation(im, &n, &act);
    if (st != HCL_OK) {
        free(n.map);
        return st;
    }
    HCL_TRY(hcl_graph_add_node(im->graph, &n, im->err));
    if (act.op != HCL_OP_COUNT)
        HCL_TRY(hcl_graph_add_node(im->graph, &act, im->err));
done:
    return st;
}

/* What can only be folded was to be a constant. */
static hcl_status fail_computed(struct hcl_import *im, const struct hcl_tfl_op *op)
{
    for (size_t k = 0; hcl_fold_knows(op->code) && k < op->num_inputs; k++)
        if (op->inputs[k] != HCL_TFL_ABSENT && im->model->tensors[op->inputs[k]].data == NULL)
            return HCL_FAIL_OP(im, op, "operand '%s' is computed, expected a constant",
                               im->model->tensors[op->inputs[k]].name);
    return HCL_OK;
}

static hcl_status import_op(struct hcl_import *im, const struct hcl_tfl_op *op, bool pending)
{
    hcl_op kind = HCL_OP_COUNT;
    const struct recipe *recipe = find_recipe(op);
    const bool parts = recipe != NULL && recipe->parts;
    if (hcl_fold_applies(im, op))
        return hcl_fold(im, op);
    if (!is_supported(op))
        return pending ? fail_computed(im, op) : HCL_OK; /* refused already */
    if (op->num_outputs == 0 || (op->num_outputs != 1 && !parts))
        return HCL_FAIL_OP(im, op, "%zu outputs, expected %s1", op->num_outputs, parts ? "at least " : "");
    if (recipe != NULL)
        return recipe->add(im, op);
    (void)hcl_operator_find(op->code, &kind);
    return hcl_import_single(im, op, kind);
}

static hcl_status import_ends(struct hcl_import *im)
{
    const struct hcl_tfl_model *m = im->model;
    size_t n = m->num_inputs + m->num_outputs;
    uint32_t *ends = calloc(n == 0 ? 1 : n, sizeof *ends);
    hcl_status st = HCL_OK;
    if (ends == NULL)
        return hcl_fail(im->err, HCL_NO_RESOURCE, "no memory for %zu inputs and outputs", n);
    for (size_t i = 0; i < n; i++)
        HCL_TRY(hcl_import_end(im, i < m->num_inputs ? &m->inputs[i] : &m->outputs[i - m->num_inputs],
                               i < m->num_inputs, &ends[i]));
    for (size_t i = 0; i < m->num_inputs; i++)
        if (m->inputs[i].initial != HCL_TFL_ABSENT)
            HCL_TRY(hcl_import_initial(im, m->inputs[i].initial, ends[i]));
    HCL_TRY(
        hcl_graph_set_ends(im->graph, ends, m->num_inputs, ends + m->num_inputs, m->num_outputs, im->err));
done:
    free(ends);
    return st;
}

/* The name under which what an operator takes is told. Origin i is operator i. */
static hcl_status begin_origin(struct hcl_import *im, const struct hcl_tfl_op *op)
{
    char name[2 * HCL_TFL_NAME_LEN + 8];
    const char *result = op->num_outputs > 0 ? im->model->tensors[op->outputs[0]].name : "";
    snprintf(name, sizeof name, "%s '%s'", op->code == TFL_CUSTOM ? op->custom : op->name, result);
    return hcl_graph_begin_origin(im->graph, name, im->err);
}

/* Each operator by itself: what is wrong with one hides nothing of the next. A tensor that several of them
 * read is wrong once. */
static hcl_status import_each(struct hcl_import *im, const struct hcl_norms *norms, const bool *pending)
{
    char last[sizeof im->err->msg] = "";
    hcl_status st = HCL_OK;
    for (size_t i = 0; i < im->model->num_ops && st != HCL_NO_RESOURCE; i++) {
        im->op = &im->model->ops[i];
        st = begin_origin(im, im->op);
        if (st != HCL_OK)
            break;
        st = norms->taken[i] ? hcl_norms_import(im, norms, i) : import_op(im, im->op, pending[i]);
        if (st == HCL_BAD_INPUT && strcmp(last, im->err->msg) != 0) {
            snprintf(last, sizeof last, "%s", im->err->msg);
            hcl_refuse(&im->refused, last);
        }
    }
    im->op = NULL;
    return st == HCL_NO_RESOURCE ? st : hcl_refusals_status(&im->refused, im->file, im->err);
}

static hcl_status import_ops(struct hcl_import *im)
{
    struct hcl_norms norms;
    bool *other = NULL; /* operators that need no node */
    hcl_status st;
    HCL_TRY(hcl_norms_find(&norms, im->model, im->err));
    HCL_TRY(hcl_fold_pending(im, &other));
    hcl_wraps_find(norms.taken, im->model); /* and no norm ends with one of them */
    for (size_t i = 0; i < im->model->num_ops; i++)
        other[i] |= norms.taken[i];
    hcl_refuse_operators(&im->refused, im->model, is_supported, hcl_fold_knows, other);
    st = import_each(im, &norms, other);
    for (size_t i = 0; st == HCL_OK && i < im->model->num_ops; i++)
        hcl_graph_join_origins(im->graph, (uint32_t)i, (uint32_t)norms.part_of[i]);
done:
    free(other);
    hcl_norms_clear(&norms);
    return st;
}

/* Shapes that the graph does not have, for results and messages. */
static void record_shapes(struct hcl_import *im)
{
    for (size_t t = 0; t < im->model->num_tensors; t++) {
        if (im->wide[t].rank > 0 && im->tensor[t] != HCL_GRAPH_NONE)
            im->graph->tensors[im->tensor[t]].wide = im->wide[t];
        if (im->wide[t].rank > 0 && im->truth[t] != HCL_GRAPH_NONE)
            im->graph->tensors[im->truth[t]].wide = im->wide[t];
    }
}

static hcl_status import_model(struct hcl_import *im)
{
    hcl_status st;
    HCL_TRY(hcl_import_inputs(im));
    HCL_TRY(import_ops(im));
    HCL_TRY(import_ends(im));
    record_shapes(im);
    HCL_TRY(hcl_import_numbers(im));
    HCL_TRY(hcl_graph_check(im->graph, im->err));
done:
    return st == HCL_OK ? st : hcl_fail_prefix(im->err, st, "'%s'", im->file);
}

static hcl_status read_model(struct hcl_tfl_model *out, const uint8_t *bytes, size_t len, const char *file,
                             const char *signature, struct hcl_err *err)
{
    const bool identified = len >= 8 && memcmp(bytes + 4, "TFL3", 4) == 0;
    const char *kind = identified ? NULL : hcl_file_kind(bytes, len);
    if (kind != NULL)
        return hcl_fail(err, HCL_BAD_INPUT, "'%s' %s", file, kind);
    return hcl_tfl_read(out, bytes, len, file, signature, err);
}

/* keep: the bytes live as long as the graph, and constants may stay in them. */
static hcl_status import(struct hcl_graph *out, const uint8_t *bytes, size_t len, bool keep, const char *file,
                         const char *signature, struct hcl_err *err)
{
    struct hcl_tfl_model model = { 0 };
    struct hcl_err own; /* messages are collected even when nobody asks for them */
    *out = (struct hcl_graph){ 0 };
    hcl_status st = read_model(&model, bytes, len, file, signature, err);
    if (st != HCL_OK)
        return st;
    struct hcl_import im = { .model = &model,
                             .file = file,
                             .bytes = bytes,
                             .len = len,
                             .graph = out,
                             .keeps_file = keep,
                             .err = err != NULL ? err : &own };
    HCL_TRY(hcl_unfold(&im));
    im.tensor = malloc((model.num_tensors + 1) * sizeof *im.tensor);
    im.truth = malloc((model.num_tensors + 1) * sizeof *im.truth);
    im.wide = calloc(model.num_tensors + 1, sizeof *im.wide);
    if (im.tensor == NULL || im.truth == NULL || im.wide == NULL) {
        st = hcl_fail(err, HCL_NO_RESOURCE, "no memory for %zu tensors", model.num_tensors);
        goto done;
    }
    memset(im.tensor, 0xff, (model.num_tensors + 1) * sizeof *im.tensor);
    memset(im.truth, 0xff, (model.num_tensors + 1) * sizeof *im.truth);
    st = import_model(&im);
done:
    hcl_import_forget_constants(&im);
    free(im.tensor);
    free(im.truth);
    free(im.wide);
    hcl_tfl_clear(&model);
    if (st != HCL_OK)
        hcl_graph_clear(out);
    return st;
}

hcl_status hcl_tflite_import_bytes(struct hcl_graph *out, const uint8_t *bytes, size_t len, const char *file,
                                   const char *signature, struct hcl_err *err)
{
    return import(out, bytes, len, false, file, signature, err);
}

hcl_status hcl_tflite_import(struct hcl_graph *out, const char *path, const char *signature,
                             struct hcl_err *err)
{
    struct hcl_file file = { 0 };
    *out = (struct hcl_graph){ 0 };
    hcl_status st = hcl_file_read(&file, path, MAX_FILE_BYTES, err);
    if (st == HCL_OK)
        st = import(out, file.data, file.len, true, path, signature, err);
    if (st == HCL_OK)
        out->file = file.data;
    else
        hcl_file_clear(&file);
    return st;
}

hcl_status hcl_tflite_choose(struct hcl_tflite_choice *out, const char *path, const char *signature,
                             struct hcl_err *err)
{
    struct hcl_file file = { 0 };
    struct hcl_tfl_model model = { 0 };
    size_t at = 0;
    hcl_status st;
    *out = (struct hcl_tflite_choice){ .count = 0 };
    HCL_TRY(hcl_file_read(&file, path, MAX_FILE_BYTES, err));
    HCL_TRY(read_model(&model, file.data, file.len, path, signature, err));
    out->count = model.num_entries;
    snprintf(out->name, sizeof out->name, "%s", model.entries[model.entry].name);
    for (size_t i = 0; i < model.num_entries && at < sizeof out->all; i++) {
        const int n = snprintf(out->all + at, sizeof out->all - at, "%s'%s'", i == 0 ? "" : ", ",
                               model.entries[i].name);
        at += n < 0 ? 0 : (size_t)n;
    }
done:
    hcl_tfl_clear(&model);
    hcl_file_clear(&file);
    return st;
}
