/* SPDX-License-Identifier: Apache-2.0 */
/* halocline run: the fixed-point interpreter on any number of inputs. It is the definition of what is proved,
 * so its outputs are what a proof would say. */
#include "coordinator/cli/cli.h"
#include "coordinator/cli/job.h"

#include "common/io/file_write.h"
#include "common/io/npy.h"
#include "common/sys/log.h"
#include "compiler/quantize/run.h"

enum { KEY_LABELS = 0x100, KEY_LIST };

struct args {
    struct hcl_job_options job;
    struct hcl_sample_files input;
    const char *labels, *out;
    long list;
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
    case KEY_LABELS:
        a->labels = arg;
        return 0;
    case KEY_LIST:
        return hcl_cli_number(state, arg, "number", 0, 1000000, &a->list);
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp_option options[] = {
    { "output", 'o', "FILE.npy", 0, "Write the outputs' integers as int64, one row per input", 0 },
    { "labels", KEY_LABELS, "FILE.npy", 0, "Class labels: report the accuracy", 0 },
    { "list", KEY_LIST, "N", 0, "List the outputs of the first N inputs (default 10)", 0 },
    { 0 },
};
static const struct argp_child children[] = { { &hcl_job_argp, 0, NULL, 0 }, { 0 } };
static const struct argp argp = {
    .options = options,
    .parser = parse,
    .args_doc = "MODEL INPUTS.npy...",
    .doc = "Run a model with the fixed-point interpreter: what a proof would say, without one. INPUTS holds "
           "one input, or a batch along the first axis. " HCL_CLI_INPUTS_DOC,
    .children = children
};

static hcl_status emit(struct hcl_cli *cli, const struct args *a, const struct hcl_run *r,
                       const struct hcl_fx_graph *g, struct hcl_err *err)
{
    size_t list = r->count < (size_t)a->list ? r->count : (size_t)a->list;
    if (!cli->json)
        for (size_t i = 0; i < list; i++)
            printf("input %zu: class %zu\n", i, r->classes[i]);
    json_t *result = cli->json ? hcl_run_json(r, g, list) : NULL;
    if (r->has_labels)
        return hcl_cli_emit(cli, result, err, "%zu inputs, %zu classes as labelled, accuracy %.2f %%\n",
                            r->count, r->correct, 100.0 * (double)r->correct / (double)r->count);
    return hcl_cli_emit(cli, result, err, "%zu inputs\n", r->count);
}

/* Said whatever the options: nobody is to take such outputs for the model's. */
static void warn(const struct args *a, const struct hcl_job *job, const struct hcl_run *r)
{
    char text[HCL_JUDGED_TEXT], input[HCL_FILES_TEXT];
    if (r->bad == 0)
        return;
    hcl_job_judged_text(text, job, &r->judged[r->first_bad]);
    hcl_sample_files_text(input, sizeof input, &a->input);
    hcl_log(HCL_LOG_WARNING,
            "'%s': %zu of %zu inputs are not run as the float model runs them, the first is %zu: %s", input,
            r->bad, r->count, r->first_bad, text);
}

static hcl_status run(struct hcl_cli *cli, void *input, struct hcl_err *err)
{
    const struct args *a = input;
    struct hcl_job job = { 0 };
    struct hcl_samples samples = { 0 };
    struct hcl_run result = { 0 };
    struct hcl_judge *judge = NULL;
    int64_t *labels = NULL;
    hcl_status st = HCL_OK;
    HCL_TRY(hcl_job_open(&job, &a->job, err));
    if (a->job.batch)
        HCL_TRY(hcl_job_read_input(&samples, &job, &a->input, err));
    else
        HCL_TRY(hcl_samples_read(&samples, &a->input, &job.model, a->job.divide_by, err));
    if (a->labels)
        HCL_TRY(hcl_labels_read(&labels, a->labels, samples.count, err));
    if (a->out)
        HCL_TRY(hcl_file_try(a->out, err));
    HCL_TRY(hcl_job_quantize(&job, cli, err));
    hcl_progress_phase(cli->progress, "run");
    HCL_TRY(hcl_job_judge(&judge, &job, err));
    st = a->job.batch > 1
             ? hcl_run_batch(&result, &job.choice.graph, &job.batch, &samples, labels, judge, err)
             : hcl_run(&result, &job.choice.graph, &samples, labels, judge, err);
    if (st != HCL_OK) {
        hcl_job_explain_range(&job, &a->input, st, err);
        goto done;
    }
    hcl_progress_done(cli->progress, NULL);
    if (a->out)
        HCL_TRY(hcl_npy_write(a->out, HCL_NPY_I64, (size_t[]){ result.count, result.output_len }, 2,
                              result.outputs, err));
    warn(a, &job, &result);
    HCL_TRY(emit(cli, a, &result, &job.choice.graph, err));
done:
    free(labels);
    hcl_judge_close(judge);
    hcl_run_clear(&result);
    hcl_samples_clear(&samples);
    hcl_job_clear(&job);
    return st;
}

hcl_status hcl_cmd_run(struct hcl_cli *cli, int argc, char **argv, struct hcl_err *err)
{
    struct args a = { .job = hcl_job_options_default(), .list = 10 };
    const struct hcl_cli_arguments arguments = { .into = { &a.job.model },
                                                 .rest = a.input.text,
                                                 .most = HCL_MOST_INPUTS,
                                                 .count = &a.input.count,
                                                 .least = 2,
                                                 .expected = "a model and inputs" };
    return hcl_cli_run(cli, &argp, &arguments, argc, argv, &a, run, err);
}
