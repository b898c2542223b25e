/* SPDX-License-Identifier: Apache-2.0 */
#include "compiler/choose.h"
#include "compiler/layout/finish.h"
#include "compiler/quantize/search.h"
#include <string.h>

enum { WIDEN_TRIES = 4 };

struct chooser {
    struct hcl_search *search;
    const struct hcl_compile_options *layout;
    struct hcl_choice *out;
    struct hcl_setting settings[HCL_MAX_SETTINGS]; /* of out->tried */
    struct hcl_setting nearest;                    /* the last one that was not accurate */
    bool any_nearest;
    size_t extra; /* most rows found that the layout's tables have beyond the search's count */
    struct hcl_err why;
    struct hcl_err *err;
};

static size_t usable_rows(uint32_t k)
{
    return ((size_t)1 << k) - HCL_MACHINE_RESERVED_ROWS;
}

static bool tried_before(const struct chooser *c, const struct hcl_setting *s)
{
    for (size_t i = 0; i < c->out->num_tried; i++)
        if (c->settings[i].activation_bits == s->activation_bits &&
            c->settings[i].weight_bits == s->weight_bits)
            return true;
    return c->out->num_tried == HCL_MAX_SETTINGS;
}

/* Lay a setting out and note what it costs. HCL_BAD_INPUT: it cannot be laid out (c->why). */
static hcl_status lay_out(struct chooser *c, const struct hcl_setting *s)
{
    struct hcl_choice *out = c->out;
    struct hcl_choice_setting *t = &out->tried[out->num_tried];
    struct hcl_fx_graph g = { 0 };
    hcl_status st;
    HCL_TRY(hcl_search_build(c->search, s, &g, &c->why));
    HCL_TRY(hcl_compile_estimate(&g, c->layout, &t->layout, &c->why));
    hcl_search_report(c->search, s, &t->quant);
    c->settings[out->num_tried] = *s;
    if (hcl_candidate_better(&t->layout, &out->tried[out->chosen].layout, c->layout))
        out->chosen = out->num_tried;
    out->num_tried++;
done:
    hcl_fx_graph_clear(&g);
    return st;
}

/* The most accurate setting within 2^k table rows; again with fewer rows if the layout needs tables that the
 * search does not know of. */
static hcl_status try_size(struct chooser *c, uint32_t k)
{
    hcl_status st = HCL_OK;
    while (usable_rows(k) > c->extra) {
        struct hcl_setting s;
        bool found;
        HCL_TRY(hcl_search_best(c->search, usable_rows(k) - c->extra, &s, &found, c->err));
        if (found && !s.accurate) {
            c->nearest = s;
            c->any_nearest = true;
        }
        if (!found || !s.accurate || tried_before(c, &s))
            break;
        st = lay_out(c, &s);
        if (st == HCL_BAD_INPUT)
            return HCL_OK;
        if (st != HCL_OK)
            return hcl_fail(c->err, st, "%s", c->why.msg);
        size_t rows = c->out->tried[c->out->num_tried - 1].layout.table_rows;
        if (rows <= usable_rows(k))
            break;
        size_t beyond = rows - s.table_rows;
        if (rows <= s.table_rows || beyond <= c->extra)
            break;
        c->extra = beyond;
    }
done:
    return st;
}

/* Whether a setting that was laid out fits 2^k table rows: larger tables cannot make anything cheaper then.
 */
static bool fitted(const struct chooser *c, uint32_t k)
{
    for (size_t i = 0; i < c->out->num_tried; i++)
        if (c->out->tried[i].layout.table_rows <= usable_rows(k))
            return true;
    return false;
}

static hcl_status try_sizes(struct chooser *c)
{
    struct hcl_choice *out = c->out;
    uint32_t most = (uint32_t)hcl_search_table_bits(c->search);
    hcl_status st = HCL_OK;
    if (c->layout->k && c->layout->k < HCL_MIN_TABLE_BITS)
        return hcl_fail(c->err, HCL_BAD_INPUT, "k = %u is too small for look-up tables, expected at least %d",
                        c->layout->k, HCL_MIN_TABLE_BITS);
    if (c->layout->k && c->layout->k < most)
        most = c->layout->k;
    for (uint32_t k = HCL_MIN_TABLE_BITS; k <= most && !fitted(c, k); k++)
        HCL_TRY(try_size(c, k));
    if (out->num_tried == 0 && c->why.msg[0])
        return hcl_fail(c->err, HCL_BAD_INPUT, "%s", c->why.msg);
    if (out->num_tried == 0) {
        st = hcl_search_fail(c->search, c->any_nearest ? &c->nearest : NULL, c->err);
        return c->layout->k ? hcl_fail_prefix(c->err, st, "k = %u is too small", c->layout->k) : st;
    }
done:
    return st;
}

/* Build the chosen setting with the widest ranges whose tables still fit its layout. */
static hcl_status build_widened(struct chooser *c)
{
    struct hcl_choice *out = c->out;
    const struct hcl_candidate *l = &out->tried[out->chosen].layout;
    const struct hcl_compile_options same = {
        .k = l->k, .lanes = l->lanes, .degree = l->degree, .max_proof_bytes = c->layout->max_proof_bytes
    };
    struct hcl_setting s = c->settings[out->chosen];
    size_t beyond = l->table_rows > s.table_rows ? l->table_rows - s.table_rows : 0;
    size_t most = usable_rows(l->k) - beyond;
    hcl_status st;
    for (int i = 0; i < WIDEN_TRIES && most > s.table_rows; i++) {
        struct hcl_setting wide = s;
        struct hcl_candidate now;
        HCL_TRY(hcl_search_widen(c->search, &wide, most, c->err));
        HCL_TRY(hcl_search_build(c->search, &wide, &out->graph, c->err));
        st = hcl_compile_estimate(&out->graph, &same, &now, &c->why);
        hcl_search_report(c->search, &wide, &out->quant);
        if (st == HCL_OK || st == HCL_NO_RESOURCE)
            return st == HCL_OK ? st : hcl_fail(c->err, st, "%s", c->why.msg);
        hcl_fx_graph_clear(&out->graph);
        most -= (most - s.table_rows) / 8 + 1;
    }
    hcl_search_report(c->search, &s, &out->quant);
    return hcl_search_build(c->search, &s, &out->graph, c->err);
done:
    return st;
}

hcl_status hcl_choose(const char *path, const struct hcl_quantize_options *quant,
                      const struct hcl_compile_options *layout, struct hcl_choice *out, struct hcl_err *err)
{
    struct chooser c = { .layout = layout, .out = out, .err = err };
    hcl_status st;
    *out = (struct hcl_choice){ 0 };
    HCL_TRY(hcl_search_open(&c.search, path, quant, err));
    HCL_TRY(try_sizes(&c));
    HCL_TRY(build_widened(&c));
done:
    hcl_search_close(c.search);
    if (st == HCL_OK)
        return st;
    hcl_fx_graph_clear(&out->graph);
    return hcl_fail_prefix(err, st, "'%s'", path);
}

json_t *hcl_choice_json(const struct hcl_choice *c)
{
    json_t *all = json_array();
    for (size_t i = 0; i < c->num_tried; i++) {
        const struct hcl_choice_setting *t = &c->tried[i];
        json_array_append_new(
            all, json_pack("{s:i, s:i, s:f, s:f, s:i, s:i, s:i, s:I, s:I, s:I, s:f, s:b}", "activation_bits",
                           t->quant.activation_bits, "weight_bits", t->quant.weight_bits, "rms_output_error",
                           t->quant.rms_error, "worst_output_error", t->quant.worst_error, "k",
                           (int)t->layout.k, "lanes", (int)t->layout.lanes, "degree", (int)t->layout.degree,
                           "rows", (json_int_t)t->layout.rows, "table_rows", (json_int_t)t->layout.table_rows,
                           "proof_bytes", (json_int_t)t->layout.cost.proof_bytes, "seconds",
                           t->layout.cost.seconds, "chosen", (int)(i == c->chosen)));
    }
    return all;
}

const char *hcl_calibration_text(const struct hcl_quantize_report *q)
{
    if (strcmp(q->calibration, "synthetic") == 0)
        return "made-up images in [0, 1], for want of calibration samples";
    return strcmp(q->calibration, "one sample") == 0 ? "one calibration sample" : "calibration samples";
}

void hcl_choice_print(const struct hcl_choice *c, FILE *to)
{
    const struct hcl_quantize_report *q = &c->quant;
    fprintf(to,
            "%d fraction bits of activations, %d of weights; errors of the outputs: %.2g of their range on "
            "average, at most %.2g\n"
            "scales and ranges rest on %zu %s; each range has %.0f %% of its length as room at both ends\n"
            "settings that were laid out:\n%10s %7s %6s %5s %4s %9s %9s %8s %8s\n",
            q->activation_bits, q->weight_bits, q->rms_error, q->worst_error, q->num_samples,
            hcl_calibration_text(q), 100 * q->margin, "activation", "weight", "error", "lanes", "k", "rows",
            "table", "proof", "seconds");
    for (size_t i = 0; i < c->num_tried; i++) {
        const struct hcl_choice_setting *t = &c->tried[i];
        fprintf(to, "%10d %7d %6.4f %5u %4u %9u %9u %8zu %8.2f%s\n", t->quant.activation_bits,
                t->quant.weight_bits, t->quant.rms_error, t->layout.lanes, t->layout.k, t->layout.rows,
                t->layout.table_rows, t->layout.cost.proof_bytes, t->layout.cost.seconds,
                i == c->chosen ? "  chosen" : "");
    }
}
