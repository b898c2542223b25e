/* SPDX-License-Identifier: Apache-2.0 */
#include "coordinator/cli/operators.h"

#include "common/io/json_read.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool has(const json_t *list, const char *text)
{
    size_t i;
    json_t *one;
    json_array_foreach(list, i, one) if (strcmp(json_string_value(one), text) == 0) return true;
    return false;
}

/* Names of the operators that are joined with this one. */
static json_t *names_of(const struct hcl_graph *model, uint32_t origin)
{
    const uint32_t group = hcl_graph_origin(model, origin);
    json_t *out = json_array();
    for (uint32_t i = 0; i < model->num_origins; i++)
        if (hcl_graph_origin(model, i) == group && !has(out, model->origins[i].name))
            json_array_append_new(out, hcl_json_string(model->origins[i].name));
    return out;
}

/* "a + b", to be freed. */
static char *joined(const json_t *names, const char *otherwise)
{
    size_t i, len = strlen(otherwise) + 1;
    json_t *one;
    json_array_foreach(names, i, one) len += strlen(json_string_value(one)) + 3;
    char *out = malloc(len);
    if (!out)
        return NULL;
    size_t at = (size_t)snprintf(out, len, "%s", json_array_size(names) > 0 ? "" : otherwise);
    json_array_foreach(names, i, one) at +=
        (size_t)snprintf(out + at, len - at, "%s%s", i > 0 ? " + " : "", json_string_value(one));
    return out;
}

static struct hcl_operator_cost *find(const struct hcl_operator_costs *in, const char *name)
{
    for (size_t i = 0; i < in->count; i++)
        if (strcmp(in->all[i].name, name) == 0)
            return &in->all[i];
    return NULL;
}

/* The item that a layer belongs to; NULL: out of memory. */
static struct hcl_operator_cost *item_of(struct hcl_operator_costs *out, const struct hcl_graph *model,
                                         const struct hcl_layer *y)
{
    json_t *names = y->first->node == HCL_NONE ? json_array() : names_of(model, y->first->origin);
    char *name = joined(names, y->first->name), *primitives = strdup("");
    struct hcl_operator_cost *found = name ? find(out, name) : NULL;
    if (!name || !primitives || found) {
        json_decref(names);
        free(name);
        free(primitives);
        return found;
    }
    out->all[out->count] =
        (struct hcl_operator_cost){ .name = name, .names = names, .primitives = primitives };
    return &out->all[out->count++];
}

/* Whether "conv, move" names this kind; some names are parts of others. */
static bool names_kind(const char *primitives, const char *kind)
{
    const size_t len = strlen(kind);
    for (const char *at = primitives; *at; at += strspn(at, ", ")) {
        const size_t each = strcspn(at, ",");
        if (each == len && memcmp(at, kind, len) == 0)
            return true;
        at += each;
    }
    return false;
}

static bool add_primitive(struct hcl_operator_cost *x, const char *kind)
{
    char *more = NULL;
    if (names_kind(x->primitives, kind))
        return true;
    if (asprintf(&more, "%s%s%s", x->primitives, x->primitives[0] ? ", " : "", kind) < 0)
        return false;
    free(x->primitives);
    x->primitives = more;
    return true;
}

/* Operators that no layer is made of. */
static json_t *without_rows(const struct hcl_operator_costs *c, const struct hcl_graph *model)
{
    json_t *out = json_array();
    for (size_t i = 0; i < model->num_origins; i++) {
        bool told = has(out, model->origins[i].name);
        for (size_t k = 0; !told && k < c->count; k++)
            told = has(c->all[k].names, model->origins[i].name);
        if (!told)
            json_array_append_new(out, hcl_json_string(model->origins[i].name));
    }
    return out;
}

/* false: out of memory. */
static bool add_layer(struct hcl_operator_costs *out, const struct hcl_graph *model,
                      const struct hcl_fx_graph *g, const struct hcl_layout *l, const struct hcl_layer *y)
{
    struct hcl_operator_cost *to = item_of(out, model, y);
    if (!to || !add_primitive(to, hcl_layer_kind(y)))
        return false;
    hcl_layer_sum_add(&to->sum, y);
    to->elements = y->first->elements;
    hcl_savings_hint_add(&to->hint, l, g, y);
    return true;
}

hcl_status hcl_operator_costs_of(struct hcl_operator_costs *out, const struct hcl_graph *model,
                                 const struct hcl_fx_graph *g, const struct hcl_layout *l,
                                 const struct hcl_layers *layers, struct hcl_err *err)
{
    *out = (struct hcl_operator_costs){ .all = calloc(layers->count + 1, sizeof *out->all) };
    bool room = out->all != NULL;
    for (size_t i = 0; room && i < layers->count; i++)
        room = add_layer(out, model, g, l, &layers->all[i]);
    if (!room)
        return hcl_fail(err, HCL_NO_RESOURCE, "out of memory for %zu layers", layers->count);
    out->nothing = without_rows(out, model);
    return HCL_OK;
}

void hcl_operator_costs_clear(struct hcl_operator_costs *c)
{
    for (size_t i = 0; i < c->count; i++) {
        free(c->all[i].name);
        free(c->all[i].primitives);
        json_decref(c->all[i].names);
    }
    free(c->all);
    json_decref(c->nothing);
    *c = (struct hcl_operator_costs){ 0 };
}

size_t hcl_operator_costs_dearest(const struct hcl_operator_costs *c, size_t most,
                                  const struct hcl_operator_cost **out)
{
    size_t n = 0;
    for (size_t i = 0; i < c->count; i++) {
        size_t at = n;
        if (json_array_size(c->all[i].names) == 0)
            continue;
        while (at > 0 && out[at - 1]->sum.seconds < c->all[i].sum.seconds)
            at--;
        if (at == most)
            continue;
        n += n < most;
        memmove(&out[at + 1], &out[at], (n - 1 - at) * sizeof(const struct hcl_operator_cost *));
        out[at] = &c->all[i];
    }
    return n;
}
