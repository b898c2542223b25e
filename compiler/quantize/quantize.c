/* SPDX-License-Identifier: Apache-2.0 */
#include "compiler/quantize/quantize.h"
#include "compiler/frontend/import_tflite.h"
#include "compiler/graph/passes.h"
#include "compiler/quantize/search.h"

void hcl_quantize_options_default(struct hcl_quantize_options *o)
{
    *o = (struct hcl_quantize_options){ .output_visibility = HCL_PUBLIC };
}

enum { LEAST_ROW_BITS = 8, MOST_ROW_BITS = HCL_MAX_TABLE_BITS + 2 };

/* The first power of two at which a setting is accurate; *any: there is a setting at all. */
static hcl_status choose_size(struct hcl_search *s, struct hcl_setting *best, bool *any, struct hcl_err *err)
{
    hcl_status st = HCL_OK;
    *any = false;
    for (int k = LEAST_ROW_BITS; k <= MOST_ROW_BITS; k++) {
        struct hcl_setting setting;
        bool found;
        HCL_TRY(hcl_search_best(s, (size_t)1 << k, &setting, &found, err));
        if (found && setting.accurate)
            HCL_TRY(hcl_search_confirm(s, &setting, err));
        if (!found)
            continue;
        *any = true;
        *best = setting;
        if (setting.accurate)
            return HCL_OK;
    }
done:
    return st;
}

static hcl_status choose(struct hcl_search *s, struct hcl_setting *best, struct hcl_err *err)
{
    bool any;
    hcl_status st;
    do {
        HCL_TRY(choose_size(s, best, &any, err));
    } while (any && !best->accurate && hcl_search_of_images(s));
    if (!any || !best->accurate)
        st = hcl_search_fail(s, any ? best : NULL, (size_t)1 << MOST_ROW_BITS, err);
done:
    return st;
}

static hcl_status quantize(struct hcl_search *s, struct hcl_fx_graph *out, struct hcl_quantize_report *report,
                           struct hcl_err *err)
{
    struct hcl_setting best;
    hcl_status st;
    HCL_TRY(choose(s, &best, err));
    HCL_TRY(hcl_search_build(s, &best, out, err));
    if (report != NULL)
        st = hcl_search_report(s, &best, out, report, err);
done:
    return st;
}

hcl_status hcl_model_to_fixed_report(const char *path, const struct hcl_quantize_options *options,
                                     struct hcl_fx_graph *out, struct hcl_quantize_report *report,
                                     struct hcl_err *err)
{
    struct hcl_graph g;
    *out = (struct hcl_fx_graph){ 0 };
    hcl_status st = hcl_tflite_import(&g, path, NULL, err);
    if (st != HCL_OK)
        return st;
    st = hcl_graph_to_fixed_report(&g, options, out, report, err);
    return st == HCL_OK ? st : hcl_fail_prefix(err, st, "'%s'", path);
}

hcl_status hcl_graph_to_fixed_report(struct hcl_graph *g, const struct hcl_quantize_options *options,
                                     struct hcl_fx_graph *out, struct hcl_quantize_report *report,
                                     struct hcl_err *err)
{
    struct hcl_search *s = NULL;
    *out = (struct hcl_fx_graph){ 0 };
    hcl_status st = hcl_graph_optimize(g, NULL, NULL, err);
    if (st == HCL_OK)
        st = hcl_search_open(&s, g, options, err);
    if (st == HCL_OK)
        st = quantize(s, out, report, err);
    hcl_search_close(s);
    hcl_graph_clear(g);
    return st;
}

hcl_status hcl_model_to_fixed(const char *path, const struct hcl_quantize_options *options,
                              struct hcl_fx_graph *out, struct hcl_err *err)
{
    return hcl_model_to_fixed_report(path, options, out, NULL, err);
}
