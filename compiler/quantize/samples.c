/* SPDX-License-Identifier: Apache-2.0 */
#include "compiler/quantize/samples.h"
#include "common/io/npz.h"
#include "common/sys/mem.h"
#include <float.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

/* "[a,b,...]": 20 digits and a comma for each dimension. */
enum { SHAPE_TEXT = 21 * HCL_NPY_MAX_RANK + 3 };

static void print_shape(char out[SHAPE_TEXT], const size_t *dims, uint32_t rank)
{
    int n = snprintf(out, SHAPE_TEXT, "[");
    for (uint32_t i = 0; i < rank; i++)
        n += snprintf(out + n, SHAPE_TEXT - (size_t)n, "%s%zu", i == 0 ? "" : ",", dims[i]);
    snprintf(out + n, SHAPE_TEXT - (size_t)n, "]");
}

/* Whether a's last dimensions are want[skip..rank), and a has `extra` more in front of them. */
static bool tail_matches(const struct hcl_npy *a, const size_t *want, uint32_t rank, uint32_t skip,
                         uint32_t extra)
{
    if (a->rank != rank - skip + extra)
        return false;
    for (uint32_t i = skip; i < rank; i++)
        if (a->dims[i - skip + extra] != want[i])
            return false;
    return true;
}

/* What may turn an array's shape into the wanted one. Elements in another order, channels first, are not to
 * be reshaped. */
static const char *remedy(const struct hcl_npy *a, const size_t *want, uint32_t rank)
{
    size_t len = 1, matched = 0;
    bool taken[HCL_NPY_MAX_RANK] = { false };
    for (uint32_t i = 0; i < rank; i++) {
        uint32_t k = 0;
        len *= want[i];
        while (k < a->rank && (taken[k] || a->dims[k] != want[i]))
            k++;
        if (k < a->rank) {
            taken[k] = true;
            matched++;
        }
    }
    if (matched == rank && a->rank == rank)
        return ": x.transpose brings its axes into that order";
    return a->len > 0 && a->len % len == 0 ? ": x.reshape gives it that" : "";
}

/* Samples in an array for one input; 0: its shape is another. */
static size_t samples_in(const struct hcl_npy *a, const size_t *want, uint32_t rank)
{
    const bool batched = rank > 0 && want[0] == 1; /* the first axis is the batch */
    const bool one = tail_matches(a, want, rank, 0, 0) || (batched && tail_matches(a, want, rank, 1, 0));
    const bool many = tail_matches(a, want, rank, 0, 1) || (batched && tail_matches(a, want, rank, 1, 1));
    return one && a->len > 0 ? 1 : many && a->len > 0 ? a->dims[0] : 0;
}

/* What an input is called in messages, where there are others. */
static const char *called(const struct hcl_tensor *x)
{
    return x->entry != NULL ? x->entry : x->name;
}

static hcl_status match_shape(const struct hcl_npy *a, const char *file, const struct hcl_tensor *x,
                              bool only, size_t *count, struct hcl_err *err)
{
    const struct hcl_map_shape shape = hcl_map_shape_of(x->dims, x->rank, &x->wide);
    size_t want[HCL_MAP_RANK];
    char got_text[SHAPE_TEXT], want_text[SHAPE_TEXT], tail_text[SHAPE_TEXT], which[160] = "";
    for (uint32_t i = 0; i < shape.rank; i++)
        want[i] = shape.dims[i];
    *count = samples_in(a, want, shape.rank);
    if (*count > 0)
        return HCL_OK;
    const bool batched = shape.rank > 0 && want[0] == 1;
    print_shape(got_text, a->dims, a->rank);
    print_shape(want_text, want, shape.rank);
    print_shape(tail_text, want + batched, shape.rank - batched);
    if (!only)
        snprintf(which, sizeof which, " '%.120s'", called(x));
    return hcl_fail(err, HCL_BAD_INPUT,
                    "'%s' has shape %s, expected the model input%s's %s, or [N%s%s for N inputs%s", file,
                    got_text, which, want_text, tail_text[1] == ']' ? "" : ",", tail_text + 1,
                    remedy(a, want, shape.rank));
}

static hcl_status check_type(const struct hcl_npy *a, const char *file, const struct hcl_tensor *x,
                             double divide_by, struct hcl_err *err)
{
    if (x->numbers > 0)
        return HCL_OK;
    const bool real = a->type == HCL_NPY_F32 || a->type == HCL_NPY_F64;
    if (!real && divide_by == 0)
        return hcl_fail(err, HCL_BAD_INPUT,
                        "'%s' has dtype %s, expected float32 or float64, or --divide-by X (255 for images in "
                        "uint8, 1 for integers as they are)",
                        file, hcl_npy_type_name(a->type));
    if (!(divide_by >= 0 && isfinite(divide_by)))
        return hcl_fail(err, HCL_BAD_INPUT, "the divisor is %g, expected a positive number", divide_by);
    return HCL_OK;
}

/* The array of one input. */
struct source {
    struct hcl_npy array;
    char *file; /* for messages: the file, and which array of it */
};

/* An input's elements into each sample, from element `at` on. */
static hcl_status fill(const struct hcl_samples *out, size_t at, const struct hcl_tensor *x,
                       const struct source *from, double divide_by, struct hcl_err *err)
{
    const struct hcl_npy *a = &from->array;
    const size_t len = hcl_tensor_len(x);
    if (x->numbers > 0)
        divide_by = 0;
    for (size_t i = 0; i < a->len; i++) {
        const double v = hcl_npy_get(a, i) / (divide_by > 0 ? divide_by : 1);
        if (!(fabs(v) <= (double)FLT_MAX))
            return hcl_fail(err, HCL_BAD_INPUT,
                            "'%s' is %g at element %zu of sample %zu, expected a finite number", from->file,
                            v, i % len, i / len);
        if (x->numbers > 0 && !(v >= 0 && v < x->numbers && v == floor(v)))
            return hcl_fail(
                err, HCL_BAD_INPUT,
                "'%s' is %.17g at element %zu of sample %zu, expected a whole number in 0..%u: input "
                "'%s' is %s",
                from->file, v, i % len, i / len, x->numbers - 1, called(x),
                x->numbers == 2 ? "truth values" : "an index");
        out->data[i / len * out->len + at + i % len] = (float)v;
    }
    return HCL_OK;
}

/* A state that is not given is what runs begin with. */
static void fill_initial(const struct hcl_samples *out, size_t at, const struct hcl_tensor *x)
{
    for (size_t s = 0; s < out->count; s++)
        memcpy(out->data + s * out->len + at, x->initial, hcl_tensor_len(x) * sizeof *x->initial);
}

static hcl_status merge(struct hcl_samples *out, const struct source *sources, const struct hcl_graph *g,
                        double divide_by, struct hcl_err *err)
{
    const char *first = NULL;
    size_t at = 0;
    hcl_status st = HCL_OK;
    out->len = hcl_graph_input_len(g);
    for (size_t i = 0; i < g->num_inputs; i++) {
        size_t count;
        if (sources[i].file == NULL)
            continue;
        HCL_TRY(match_shape(&sources[i].array, sources[i].file, &g->tensors[g->inputs[i]], g->num_inputs == 1,
                            &count, err));
        HCL_TRY(check_type(&sources[i].array, sources[i].file, &g->tensors[g->inputs[i]], divide_by, err));
        if (first != NULL && count != out->count)
            return hcl_fail(err, HCL_BAD_INPUT, "'%s' has %zu samples, expected as many as '%s' has: %zu",
                            sources[i].file, count, first, out->count);
        first = first != NULL ? first : sources[i].file;
        out->count = count;
    }
    HCL_TRY(
        hcl_mem_alloc((void **)&out->data, out->count * out->len, sizeof *out->data, "model inputs", err));
    for (size_t i = 0; i < g->num_inputs; i++) {
        const struct hcl_tensor *x = &g->tensors[g->inputs[i]];
        if (sources[i].file == NULL)
            fill_initial(out, at, x);
        else
            HCL_TRY(fill(out, at, x, &sources[i], divide_by, err));
        at += hcl_tensor_len(x);
    }
done:
    return st;
}

/* The input that is called so; num_inputs: none. */
static size_t find_input(const struct hcl_graph *g, const char *name, size_t len)
{
    for (size_t i = 0; i < g->num_inputs; i++) {
        const struct hcl_tensor *x = &g->tensors[g->inputs[i]];
        if ((x->entry != NULL && strlen(x->entry) == len && strncmp(x->entry, name, len) == 0) ||
            (strlen(x->name) == len && strncmp(x->name, name, len) == 0))
            return i;
    }
    return g->num_inputs;
}

/* "'a', 'b'", cut to fit. */
static void list_inputs(char *out, size_t size, const struct hcl_graph *g)
{
    size_t at = 0;
    out[0] = '\0';
    for (size_t i = 0; i < g->num_inputs && at < size; i++) {
        const int n =
            snprintf(out + at, size - at, "%s'%s'", i == 0 ? "" : ", ", called(&g->tensors[g->inputs[i]]));
        at += n < 0 ? 0 : (size_t)n;
    }
}

enum { LIST_TEXT = 512 };

/* Where the file's name begins in "NAME=FILE"; *which: the input, or the one at this place. */
static hcl_status find_target(const struct hcl_graph *g, const char *text, size_t place, const char **path,
                              size_t *which, struct hcl_err *err)
{
    const char *equals = strchr(text, '=');
    char list[LIST_TEXT];
    *path = text;
    *which = place;
    if (equals == NULL || memchr(text, '/', (size_t)(equals - text)) != NULL)
        return HCL_OK;
    *which = find_input(g, text, (size_t)(equals - text));
    *path = equals + 1;
    if (*which < g->num_inputs)
        return HCL_OK;
    list_inputs(list, sizeof list, g);
    return hcl_fail(err, HCL_BAD_INPUT, "the model has no input '%.*s', expected one of %s",
                    (int)(equals - text), text, list);
}

static hcl_status read_array(struct source *to, const char *path, struct hcl_err *err)
{
    to->file = strdup(path);
    if (to->file == NULL)
        return hcl_fail(err, HCL_NO_RESOURCE, "no memory for a path");
    return hcl_npy_read(&to->array, path, err);
}

static hcl_status wrong_count(const struct hcl_graph *g, size_t count, struct hcl_err *err)
{
    char list[LIST_TEXT];
    list_inputs(list, sizeof list, g);
    return hcl_fail(err, HCL_BAD_INPUT, "%zu input file%s given, the model has %zu input%s: %s", count,
                    count == 1 ? " is" : "s are", g->num_inputs, g->num_inputs == 1 ? "" : "s", list);
}

static hcl_status read_each(struct source *sources, const struct hcl_sample_files *files,
                            const struct hcl_graph *g, struct hcl_err *err)
{
    hcl_status st = HCL_OK;
    if (files->count == 0 || files->count > g->num_inputs)
        return wrong_count(g, files->count, err);
    for (size_t i = 0; i < files->count; i++) {
        const char *path;
        size_t which;
        HCL_TRY(find_target(g, files->text[i], i, &path, &which, err));
        if (sources[which].file != NULL)
            return hcl_fail(err, HCL_BAD_INPUT, "'%s' and '%s' are given for the same input '%s'",
                            sources[which].file, path, called(&g->tensors[g->inputs[which]]));
        HCL_TRY(read_array(&sources[which], path, err));
    }
    for (size_t i = 0; i < g->num_inputs; i++)
        if (sources[i].file == NULL && g->tensors[g->inputs[i]].initial == NULL)
            return wrong_count(g, files->count, err);
done:
    return st;
}

/* The input that an array of a .npz is for, by name or number. */
static size_t find_member(const struct hcl_graph *g, const char *name)
{
    const size_t which = find_input(g, name, strlen(name));
    char *end;
    if (which < g->num_inputs || strncmp(name, "arr_", 4) != 0 || name[4] < '0' || name[4] > '9')
        return which;
    const unsigned long number = strtoul(name + 4, &end, 10);
    return *end == '\0' && number < g->num_inputs ? number : g->num_inputs;
}

static hcl_status take_member(struct source *sources, const struct hcl_npz *all, size_t member,
                              const char *path, const struct hcl_graph *g, struct hcl_err *err)
{
    const char *name = all->members[member].name;
    const size_t which = find_member(g, name);
    char list[LIST_TEXT];
    list_inputs(list, sizeof list, g);
    if (which == g->num_inputs)
        return hcl_fail(err, HCL_BAD_INPUT,
                        "'%s' has an array '%s', expected the inputs %s, or arr_0 to arr_%zu", path, name,
                        list, g->num_inputs - 1);
    if (sources[which].file != NULL)
        return hcl_fail(err, HCL_BAD_INPUT, "'%s' has two arrays for input '%s'", path,
                        called(&g->tensors[g->inputs[which]]));
    if (asprintf(&sources[which].file, "%s: %s", path, name) < 0) {
        sources[which].file = NULL;
        return hcl_fail(err, HCL_NO_RESOURCE, "no memory for a path");
    }
    return hcl_npz_array(&sources[which].array, all, member, err);
}

static hcl_status read_together(struct source *sources, const char *path, const struct hcl_graph *g,
                                struct hcl_err *err)
{
    struct hcl_npz all;
    hcl_status st = hcl_npz_open(&all, path, err);
    if (st != HCL_OK)
        return st;
    for (size_t i = 0; i < all.count; i++)
        HCL_TRY(take_member(sources, &all, i, path, g, err));
    for (size_t i = 0; i < g->num_inputs; i++)
        if (sources[i].file == NULL && g->tensors[g->inputs[i]].initial == NULL)
            HCL_TRY(hcl_fail(err, HCL_BAD_INPUT, "'%s' has no array for input '%s'", path,
                             called(&g->tensors[g->inputs[i]])));
done:
    hcl_npz_close(&all);
    return st;
}

static bool is_npz(const char *path)
{
    const size_t len = strlen(path);
    return len > 4 && strcmp(path + len - 4, ".npz") == 0;
}

hcl_status hcl_samples_read(struct hcl_samples *out, const struct hcl_sample_files *files,
                            const struct hcl_graph *g, double divide_by, struct hcl_err *err)
{
    struct source *sources = calloc(g->num_inputs + 1, sizeof *sources);
    hcl_status st;
    *out = (struct hcl_samples){ 0 };
    if (sources == NULL)
        return hcl_fail(err, HCL_NO_RESOURCE, "no memory for %zu inputs", g->num_inputs);
    st = files->count == 1 && is_npz(files->text[0]) ? read_together(sources, files->text[0], g, err)
                                                     : read_each(sources, files, g, err);
    if (st == HCL_OK)
        st = merge(out, sources, g, divide_by, err);
    for (size_t i = 0; i < g->num_inputs; i++) {
        hcl_npy_clear(&sources[i].array);
        free(sources[i].file);
    }
    free(sources);
    if (st != HCL_OK)
        hcl_samples_clear(out);
    return st;
}

hcl_status hcl_samples_read_one(struct hcl_samples *out, const char *path, const struct hcl_graph *g,
                                double divide_by, struct hcl_err *err)
{
    return hcl_samples_read(out, &(struct hcl_sample_files){ { path }, 1 }, g, divide_by, err);
}

void hcl_sample_files_text(char *out, size_t size, const struct hcl_sample_files *files)
{
    size_t at = 0;
    out[0] = '\0';
    for (size_t i = 0; i < files->count && at < size; i++) {
        const int n = snprintf(out + at, size - at, "%s%s", i == 0 ? "" : ", ", files->text[i]);
        at += n < 0 ? 0 : (size_t)n;
    }
}

void hcl_samples_clear(struct hcl_samples *s)
{
    hcl_mem_free_secret(s->data);
    *s = (struct hcl_samples){ 0 };
}
