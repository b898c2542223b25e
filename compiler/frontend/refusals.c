/* SPDX-License-Identifier: Apache-2.0 */
#include "compiler/frontend/refusals.h"
#include <stdarg.h>
#include <string.h>

/* Kinds of operators that are told apart: more do not fit a message. */
enum { MOST_KINDS = 64 };

struct hcl_tensor_text hcl_op_result_text(const struct hcl_tfl_model *m, const struct hcl_tfl_op *op)
{
    struct hcl_tensor_text out = { "?" };
    if (op->num_outputs == 0)
        return out;
    const struct hcl_tfl_tensor *t = &m->tensors[op->outputs[0]];
    const size_t size = sizeof out.text;
    int at = snprintf(out.text, size, "'%s' (%s [", t->name, t->type_name);
    for (uint32_t i = 0; i < t->rank; i++)
        at += snprintf(out.text + at, size - (size_t)at, "%s%d", i == 0 ? "" : ",", t->dims[i]);
    snprintf(out.text + at, size - (size_t)at, "])");
    return out;
}

/* Append all or nothing. */
static bool HCL_PRINTF(2, 3) say(struct hcl_refusals *r, const char *fmt, ...)
{
    const size_t left = sizeof r->text - r->len;
    va_list ap;
    va_start(ap, fmt);
    const int n = vsnprintf(r->text + r->len, left, fmt, ap);
    va_end(ap);
    const bool fits = n >= 0 && (size_t)n < left;
    if (fits)
        r->len += (size_t)n;
    r->text[r->len] = '\0';
    return fits;
}

/* "OPERATOR: quantised .. (tensor 'NAME'), expected ..": the reason is every operator's in such a model, so
 * all but the first are said by operator and tensor alone. */
static bool say_briefly(struct hcl_refusals *r, const char *what)
{
    const char *reason = strstr(what, HCL_REFUSED_QUANTISED);
    const char *tensor = reason != NULL ? strstr(reason, "(tensor '") : NULL;
    const char *end = tensor != NULL ? strstr(tensor, "'), ") : NULL;
    const bool first = !r->quantised;
    if (end == NULL)
        return say(r, "%s%s", r->len == 0 ? "" : "; ", what);
    r->quantised = true;
    tensor += strlen("(tensor ");
    return first
               ? say(r, "%s%s", r->len == 0 ? "" : "; ", what)
               : say(r, "; likewise %.*s %.*s", (int)(reason - what), what, (int)(end + 1 - tensor), tensor);
}

void hcl_refuse(struct hcl_refusals *r, const char *what)
{
    r->count++;
    if (r->unsaid > 0 || !say_briefly(r, what))
        r->unsaid++;
}

static bool same_kind(const struct hcl_tfl_op *a, const struct hcl_tfl_op *b)
{
    return a->code == b->code && strcmp(a->custom, b->custom) == 0;
}

/* Operator `first` and all of its kind behind it. */
static void refuse_kind(struct hcl_refusals *r, const struct hcl_tfl_model *m, size_t first,
                        bool of_constants, const bool *taken)
{
    const struct hcl_tfl_op *kind = &m->ops[first];
    bool begun = false;
    for (size_t i = first; i < m->num_ops; i++) {
        const struct hcl_tfl_op *op = &m->ops[i];
        if (taken[i] || !same_kind(op, kind))
            continue;
        const struct hcl_tensor_text at = hcl_op_result_text(m, op);
        r->count++;
        if (r->unsaid == 0 && !begun)
            begun = say(r, "%soperator %s (%d)%s%s is %s, at tensor %s", r->len == 0 ? "" : "; ", op->name,
                        op->code, op->custom[0] != '\0' ? " " : "", op->custom,
                        of_constants ? "supported of constants only" : "not supported", at.text);
        else if (r->unsaid == 0)
            begun = say(r, ", %s", at.text);
        if (!begun || r->unsaid > 0)
            r->unsaid++;
    }
}

void hcl_refuse_operators(struct hcl_refusals *r, const struct hcl_tfl_model *m,
                          bool (*supported)(const struct hcl_tfl_op *), bool (*of_constants)(int32_t code),
                          const bool *taken)
{
    const struct hcl_tfl_op *kinds[MOST_KINDS];
    size_t num_kinds = 0;
    for (size_t i = 0; i < m->num_ops; i++) {
        size_t k = 0;
        if (taken[i] || supported(&m->ops[i]))
            continue;
        while (k < num_kinds && !same_kind(kinds[k], &m->ops[i]))
            k++;
        if (k < num_kinds)
            continue;
        if (num_kinds < MOST_KINDS) {
            kinds[num_kinds++] = &m->ops[i];
            refuse_kind(r, m, i, of_constants(m->ops[i].code), taken);
        } else {
            r->count++;
            r->unsaid++;
        }
    }
}

hcl_status hcl_refusals_status(const struct hcl_refusals *r, const char *file, struct hcl_err *err)
{
    if (r->count == 0)
        return HCL_OK;
    if (r->unsaid > 0)
        return hcl_fail(err, HCL_BAD_INPUT, "'%s': %s; and %zu more", file, r->text, r->unsaid);
    return hcl_fail(err, HCL_BAD_INPUT, "'%s': %s", file, r->text);
}
