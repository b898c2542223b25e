/* SPDX-License-Identifier: Apache-2.0 */
/* halocline compile: what a model becomes, before any key or proof. */
#include "coordinator/cli/cli.h"
#include "coordinator/cli/explain.h"
#include "coordinator/cli/job.h"
#include "coordinator/cli/predict.h"
#include "coordinator/cli/speed.h"

#include "common/halo2/circuit_file.h"
#include "common/io/file_write.h"
#include "common/sys/mem.h"

enum { KEY_EXPLAIN = 0x100 };

struct args {
    struct hcl_job_options job;
    const char *out;
    bool explain;
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
    struct args *a = state->input;
    switch (key) {
    case ARGP_KEY_INIT:
        state->child_inputs[0] = &a->job;
        return 0;
    case 'o':
        a->out = arg;
        return 0;
    case KEY_EXPLAIN:
        a->explain = true;
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp_option options[] = {
    { "output", 'o', "FILE.json", 0, "Write the circuit too, as 'export circuit' does", 0 },
    { "explain", KEY_EXPLAIN, NULL, 0,
      "Show what each operator of the model's file and each primitive takes, time included, what would make "
      "the "
      "dearest cheaper, and why the layout has its k, lanes and weight columns",
      0 },
    { 0 },
};
static const struct argp_child children[] = { { &hcl_job_argp, 0, NULL, 0 }, { 0 } };
static const struct argp argp = {
    .options = options,
    .parser = parse,
    .args_doc = "MODEL",
    .doc = "Quantise a model, lay it out as a circuit, and print the layout: rows, columns, look-ups, cells "
           "per layer, predicted cost and the alternatives that were tried.",
    .children = children
};

/* What compiling itself held; to: for people, may be NULL. */
static void say_memory(json_t *result, FILE *to)
{
    uint64_t now, peak;
    hcl_mem_usage(&now, &peak);
    const uint64_t resident = hcl_mem_peak_rss();
    json_object_set_new(result, "memory_peak_bytes", json_integer((json_int_t)peak));
    json_object_set_new(result, "rss_peak_bytes", json_integer((json_int_t)resident));
    if (to)
        fprintf(to, "compiling held at most %.0f MB (resident: %.0f)\n", (double)peak / 1e6,
                (double)resident / 1e6);
}

static hcl_status explain(const struct hcl_job *job, bool as_json, json_t *result, struct hcl_err *err)
{
    json_t *all;
    hcl_status st = HCL_OK;
    if (!as_json)
        return hcl_explain_print(job, stdout, err);
    HCL_TRY(hcl_explain_json(&all, job, err));
    json_object_set_new(result, "explain", all);
done:
    return st;
}

static hcl_status compile(struct hcl_cli *cli, void *input, struct hcl_err *err)
{
    const struct args *a = input;
    struct hcl_job job = { 0 };
    hcl_status st = HCL_OK;
    struct hcl_job_options keyed = a->job;
    if (a->out)
        HCL_TRY(hcl_file_try(a->out, err));
    keyed.needs_seed = a->out != NULL;
    HCL_TRY(hcl_job_open(&job, &keyed, err));
    HCL_TRY(hcl_job_compile(&job, cli, err));
    if (a->out)
        HCL_TRY(hcl_circuit_write(&job.circuit, a->out, HCL_CIRCUIT_SIDE_FILE, err));
    if (!a->explain) /* which reads the model again; all else that is said needs memory, too */
        hcl_job_drop_model(&job);
    json_t *quantisation = hcl_quantize_report_json(&job.choice.quant);
    json_object_set_new(quantisation, "alternatives", hcl_choice_json(&job.choice));
    json_object_set_new(quantisation, "search", hcl_search_cost_json(&job.choice.cost));
    json_t *result = json_pack("{s:o*, s:O*, s:o*}", "layout", hcl_layout_json(&job.layout), "meta", job.meta,
                               "quantisation", quantisation);
    if (!cli->json) {
        hcl_choice_print(&job.choice, stdout);
        hcl_layout_print(&job.layout, stdout);
        hcl_predict_print(&job.layout, cli->memory, stdout);
    }
    if (a->explain)
        HCL_TRY(explain(&job, cli->json, result, err));
    json_object_set_new(result, "machine_factor", json_real(hcl_speed_factor(HCL_SPEED_FIELD)));
    say_memory(result, cli->json ? NULL : stdout);
    HCL_TRY(hcl_cli_emit(cli, result, err,
                         "times are of one thread of this machine, which takes %.2f times as long as the "
                         "reference machine\n",
                         hcl_speed_factor(HCL_SPEED_FIELD)));
done:
    hcl_job_clear(&job);
    return st;
}

hcl_status hcl_cmd_compile(struct hcl_cli *cli, int argc, char **argv, struct hcl_err *err)
{
    struct args a = { .job = hcl_job_options_default() };
    const struct hcl_cli_arguments arguments = { .into = { &a.job.model },
                                                 .least = 1,
                                                 .expected = "a model" };
    return hcl_cli_run(cli, &argp, &arguments, argc, argv, &a, compile, err);
}
