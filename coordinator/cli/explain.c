/* SPDX-License-Identifier: Apache-2.0 */
#include "coordinator/cli/explain.h"

#include "common/io/json_read.h"
#include "common/sys/printable.h"
#include "coordinator/cli/layers.h"
#include "coordinator/cli/operators.h"
#include "coordinator/cli/predict.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* What several layers take together: those of operators of the file, or of one primitive. */
struct item {
    const char *name, *primitive; /* name: NULL of a primitive */
    size_t elements;              /* of the last layer's result; of all results where a primitive is summed */
    struct hcl_layer_sum sum;
};

struct items {
    struct item *all;
    size_t count;
};

static struct item *find(const struct items *in, const char *primitive)
{
    for (size_t i = 0; i < in->count; i++)
        if (strcmp(in->all[i].primitive, primitive) == 0)
            return &in->all[i];
    return NULL;
}

/* By primitive. */
static hcl_status sum_up(struct items *out, const struct hcl_layers *layers, struct hcl_err *err)
{
    *out = (struct items){ .all = calloc(layers->count + 1, sizeof *out->all) };
    if (out->all == NULL)
        return hcl_fail(err, HCL_NO_RESOURCE, "out of memory for %zu layers", layers->count);
    for (size_t i = 0; i < layers->count; i++) {
        const struct hcl_layer *y = &layers->all[i];
        struct item *to = find(out, hcl_layer_kind(y));
        if (to == NULL) {
            to = &out->all[out->count++];
            *to = (struct item){ .primitive = hcl_layer_kind(y) };
        }
        hcl_layer_sum_add(&to->sum, y);
        to->elements += y->first->elements;
    }
    return HCL_OK;
}

static struct item item_of(const struct hcl_operator_cost *x)
{
    return (
        struct item){ .name = x->name, .primitive = x->primitives, .elements = x->elements, .sum = x->sum };
}

static double lane_rows_per_element(const struct hcl_layout *l, const struct item *x)
{
    return x->elements ? (double)x->sum.rows * l->lanes / (double)x->elements : 0;
}

static void print_item(const struct hcl_layout *l, const struct item *x, double whole, FILE *to)
{
    hcl_print_line(to, "%9zu %11.2f %10zu %12zu %10zu %9.4f %6.1f %%  %s%s%s", x->sum.rows,
                   lane_rows_per_element(l, x), x->sum.lookups, x->sum.weight_rows * l->weight_columns,
                   x->elements, x->sum.seconds, 100 * x->sum.seconds / whole, x->name ? x->name : "",
                   x->name ? ": " : "", x->primitive);
}

static void print_head(const char *what, FILE *to)
{
    fprintf(to, "%9s %11s %10s %12s %10s %9s %8s  %s\n", "rows", "lanes/elem.", "look-ups", "weight cells",
            "elements", "seconds", "share", what);
}

static void print_nothing(const json_t *names, FILE *to)
{
    size_t i;
    json_t *name;
    json_array_foreach(names, i, name) hcl_print_line(to, "%9d %11s %10s %12s %10s %9s %8s  %s", 0, "", "",
                                                      "", "", "", "", json_string_value(name));
}

static void print_operators(const struct hcl_layout *l, const struct hcl_operator_costs *c, double whole,
                            FILE *to)
{
    print_head("operators of the file that are laid out as one: primitives", to);
    for (size_t i = 0; i < c->count; i++) {
        const struct item x = item_of(&c->all[i]);
        print_item(l, &x, whole, to);
    }
    print_nothing(c->nothing, to);
}

static void print_kinds(const struct hcl_layout *l, const struct items *s, double whole, FILE *to)
{
    print_head("primitive", to);
    for (size_t i = 0; i < s->count; i++)
        print_item(l, &s->all[i], whole, to);
}

static void print_dearest(const struct hcl_layout *l, const struct hcl_operator_costs *c, double whole,
                          FILE *to)
{
    const struct hcl_operator_cost *dearest[HCL_EXPLAIN_DEAREST];
    const size_t n = hcl_operator_costs_dearest(c, HCL_EXPLAIN_DEAREST, dearest);
    fprintf(to, "the dearest operators, and what would make them cheaper:\n");
    for (size_t i = 0; i < n; i++) {
        char hint[HCL_HINT_TEXT];
        hcl_savings_hint_text(hint, &dearest[i]->hint, l, &dearest[i]->sum);
        hcl_print_line(to, "%6.1f %%  %s", 100 * dearest[i]->sum.seconds / whole, dearest[i]->name);
        fprintf(to, "          %s\n", hint);
    }
}

/* ---- why this layout ---- */

enum { NEEDS_TEXT = 128 };

/* What does not fit half of the rows. table_rows: before ranges are widened into free ones. */
static void needs(char out[NEEDS_TEXT], const struct hcl_layout *l, uint32_t table_rows)
{
    const uint32_t half = ((uint32_t)1 << (l->k - 1)) - (((uint32_t)1 << l->k) - l->usable_rows);
    const struct {
        const char *name;
        uint32_t count;
    } counts[] = { { "rows", l->rows },
                   { "weight rows", l->weight_rows ? l->weight_rows + l->random_rows : 0 },
                   { "table rows", table_rows },
                   { "public values", l->public_values } };
    size_t len = 0;
    out[0] = '\0';
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++)
        if (counts[i].count > half)
            len += (size_t)snprintf(out + len, NEEDS_TEXT - len, "%s%s", len > 0 ? ", " : "", counts[i].name);
    if (len == 0)
        snprintf(out, NEEDS_TEXT, "none: k was asked for");
}

static const struct hcl_candidate *fastest(const struct hcl_layout *l)
{
    const struct hcl_candidate *best = NULL;
    for (size_t i = 0; i < l->num_candidates; i++) {
        const struct hcl_candidate *a = &l->candidates[i];
        if (a->fits && (!best || a->cost.seconds < best->cost.seconds))
            best = a;
    }
    return best;
}

static bool is_chosen(const struct hcl_layout *l, const struct hcl_candidate *a)
{
    return a->lanes == l->lanes && a->k == l->k && a->degree == l->degree &&
           a->weight_columns == l->weight_columns;
}

static int by_time(const void *a, const void *b)
{
    const struct hcl_candidate *const *x = a, *const *y = b;
    return ((*x)->cost.seconds > (*y)->cost.seconds) - ((*x)->cost.seconds < (*y)->cost.seconds);
}

static hcl_status print_candidates(const struct hcl_layout *l, FILE *to, struct hcl_err *err)
{
    const struct hcl_candidate *best = fastest(l), **sorted = calloc(l->num_candidates + 1, sizeof(*sorted));
    if (sorted == NULL)
        return hcl_fail(err, HCL_NO_RESOURCE, "out of memory for %zu layouts", l->num_candidates);
    for (size_t i = 0; i < l->num_candidates; i++)
        sorted[i] = &l->candidates[i];
    qsort(sorted, l->num_candidates, sizeof(*sorted), by_time);
    fprintf(to, "candidates, by predicted time:\n%6s %4s %8s %7s %9s %8s %9s %8s %9s\n", "lanes", "k",
            "weights", "degree", "rows", "proof", "seconds", "MB", "slower");
    for (size_t i = 0; i < l->num_candidates; i++) {
        const struct hcl_candidate *a = sorted[i];
        const double slower = best ? 100 * (a->cost.seconds / best->cost.seconds - 1) : 0;
        fprintf(to, "%6u %4u %8u %7u %9u %8zu %9.3f %8.0f %7.1f %%%s\n", a->lanes, a->k, a->weight_columns,
                a->degree, a->rows, a->cost.proof_bytes, a->cost.seconds, a->cost.memory_bytes / 1e6, slower,
                is_chosen(l, a) ? "  chosen"
                : a->fits       ? ""
                                : "  its proof is too long");
    }
    free(sorted);
    return HCL_OK;
}

static void print_objective(const struct hcl_layout *l, hcl_objective objective, FILE *to)
{
    const struct hcl_candidate *best = fastest(l);
    switch (objective) {
    case HCL_FOR_TIME:
        fprintf(to, "  objective time: the least predicted time of %zu candidates\n", l->num_candidates);
        break;
    case HCL_FOR_PROOF_SIZE:
        fprintf(to, "  objective proof-size: the shortest proof of %zu candidates\n", l->num_candidates);
        break;
    case HCL_FOR_MEMORY:
        fprintf(to, "  objective memory: the least memory of %zu candidates\n", l->num_candidates);
        break;
    case HCL_FOR_BALANCE:
        fprintf(
            to,
            "  objective balance: the least seconds * bytes^%.1f of %zu candidates, so that a proof shorter "
            "by a tenth may take a hundredth more time",
            HCL_COST_BALANCE, l->num_candidates);
        if (best && best->cost.seconds < l->cost.seconds)
            fprintf(to, ": %zu bytes instead of %zu for %.4f s instead of %.4f (%.1f %%)\n",
                    l->cost.proof_bytes, best->cost.proof_bytes, l->cost.seconds, best->cost.seconds,
                    100 * (l->cost.seconds / best->cost.seconds - 1));
        else
            fprintf(to, ": it is the fastest, too\n");
        break;
    }
}

/* What one lane or weight column more takes, all else alike. */
static void print_one_more(const struct hcl_layout *l, const char *what, uint32_t lanes, uint32_t columns,
                           FILE *to)
{
    struct hcl_layout more = *l;
    more.shape.lanes += lanes;
    more.shape.weight_columns += columns;
    const struct hcl_cost c = hcl_predict(&more, 1, 0), now = hcl_predict(l, 1, 0);
    fprintf(to, "  one more %s in as many rows: %.4f s, %.1f MB and %zu bytes of a proof\n", what,
            c.seconds - now.seconds, (c.memory_bytes - now.memory_bytes) / 1e6,
            c.proof_bytes - now.proof_bytes);
}

static void print_why(const struct hcl_choice *choice, const struct hcl_layout *l, FILE *to)
{
    const uint32_t table_rows = choice->tried[choice->chosen].layout.table_rows;
    char why[NEEDS_TEXT];
    needs(why, l, table_rows);
    fprintf(to, "why k = %u, %u lanes, %u weight columns, degree %u:\n", l->k, l->lanes, l->weight_columns,
            l->degree);
    fprintf(
        to,
        "  %u of 2^%u rows are usable, side by side for %u rows, %u weight rows and %u random ones, %u table "
        "rows (%u before ranges were widened into free ones), %u public values; half would not hold: %s\n",
        l->usable_rows, l->k, l->rows, l->weight_rows, l->random_rows, l->table_rows, table_rows,
        l->public_values, why);
    fprintf(to, "  each number of lanes is tried with the least k, and larger ones where they save weight "
                "columns, of which it takes the fewest\n");
    print_one_more(l, "lane", 1, 0, to);
    print_one_more(l, "weight column", 0, 1, to);
}

hcl_status hcl_explain_print(const struct hcl_job *job, FILE *to, struct hcl_err *err)
{
    const struct hcl_layout *l = &job->layout;
    struct hcl_layers layers = { 0 };
    struct hcl_operator_costs operators = { 0 };
    struct items kinds = { 0 };
    hcl_status st;
    HCL_TRY(hcl_layers_of(&layers, l, 1, 0, err));
    HCL_TRY(hcl_operator_costs_of(&operators, &job->model, &job->choice.graph, l, &layers, err));
    HCL_TRY(sum_up(&kinds, &layers, err));
    fprintf(to,
            "what operators and primitives take; seconds: of one thread, what they add and, by rows, what "
            "2^%u rows take\n",
            l->k);
    print_operators(l, &operators, layers.whole.seconds, to);
    print_kinds(l, &kinds, layers.whole.seconds, to);
    print_dearest(l, &operators, layers.whole.seconds, to);
    print_why(&job->choice, l, to);
    print_objective(l, job->options->objective, to);
    HCL_TRY(print_candidates(l, to, err));
done:
    hcl_operator_costs_clear(&operators);
    free(kinds.all);
    hcl_layers_clear(&layers);
    return st;
}

static json_t *item_json(const struct hcl_layout *l, const struct item *x)
{
    return json_pack(
        "{s:I, s:f, s:I, s:I, s:I, s:I, s:f}", "rows", (json_int_t)x->sum.rows, "lane_rows_per_element",
        lane_rows_per_element(l, x), "weight_rows", (json_int_t)x->sum.weight_rows, "weight_cells",
        (json_int_t)x->sum.weight_rows * l->weight_columns, "lookups", (json_int_t)x->sum.lookups, "elements",
        (json_int_t)x->elements, "predicted_seconds", x->sum.seconds);
}

static json_t *kinds_json(const struct hcl_layout *l, const struct items *s)
{
    json_t *out = json_array();
    for (size_t i = 0; i < s->count; i++) {
        json_t *one = item_json(l, &s->all[i]);
        json_object_set_new(one, "primitive", json_string(s->all[i].primitive));
        json_array_append_new(out, one);
    }
    return out;
}

static json_t *operators_json(const struct hcl_layout *l, const struct hcl_operator_costs *c)
{
    json_t *out = json_array();
    for (size_t i = 0; i < c->count; i++) {
        const struct item x = item_of(&c->all[i]);
        json_t *one = item_json(l, &x);
        json_object_set_new(one, "name", hcl_json_string(x.name));
        json_object_set(one, "operators", c->all[i].names);
        json_object_set_new(one, "primitives", json_string(x.primitive));
        json_array_append_new(out, one);
    }
    return out;
}

static json_t *dearest_json(const struct hcl_layout *l, const struct hcl_operator_costs *c)
{
    const struct hcl_operator_cost *dearest[HCL_EXPLAIN_DEAREST];
    const size_t n = hcl_operator_costs_dearest(c, HCL_EXPLAIN_DEAREST, dearest);
    json_t *out = json_array();
    for (size_t i = 0; i < n; i++) {
        char hint[HCL_HINT_TEXT];
        hcl_savings_hint_text(hint, &dearest[i]->hint, l, &dearest[i]->sum);
        json_array_append_new(out, json_pack("{s:o, s:f, s:s}", "name", hcl_json_string(dearest[i]->name),
                                             "predicted_seconds", dearest[i]->sum.seconds, "hint", hint));
    }
    return out;
}

hcl_status hcl_explain_json(json_t **out, const struct hcl_job *job, struct hcl_err *err)
{
    const struct hcl_layout *l = &job->layout;
    const struct hcl_candidate *best = fastest(l);
    struct hcl_layers layers = { 0 };
    struct hcl_operator_costs operators = { 0 };
    struct items kinds = { 0 };
    char why[NEEDS_TEXT];
    hcl_status st;
    needs(why, l, job->choice.tried[job->choice.chosen].layout.table_rows);
    HCL_TRY(hcl_layers_of(&layers, l, 1, 0, err));
    HCL_TRY(hcl_operator_costs_of(&operators, &job->model, &job->choice.graph, l, &layers, err));
    HCL_TRY(sum_up(&kinds, &layers, err));
    *out = json_pack("{s:o, s:O, s:o, s:o, s:f, s:f, s:f, s:s}", "operators", operators_json(l, &operators),
                     "nothing", operators.nothing, "dearest", dearest_json(l, &operators), "primitives",
                     kinds_json(l, &kinds), "seconds", layers.whole.seconds, "fastest_seconds",
                     best ? best->cost.seconds : l->cost.seconds, "balance",
                     job->options->objective == HCL_FOR_BALANCE ? HCL_COST_BALANCE : 0.0, "needs_rows", why);
    if (*out == NULL)
        st = hcl_fail(err, HCL_NO_RESOURCE, "out of memory for the explanation");
done:
    hcl_operator_costs_clear(&operators);
    free(kinds.all);
    hcl_layers_clear(&layers);
    return st;
}
