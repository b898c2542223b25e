/* SPDX-License-Identifier: Apache-2.0 */
/* halocline check: does a witness satisfy the circuit? Names gate, row, layer, tensor and element. */
#include "coordinator/cli/cli.h"
#include "coordinator/cli/job.h"

#include "common/halo2/check.h"
#include "common/halo2/circuit_file.h"
#include "common/io/json_read.h"
#include "common/sys/log.h"
#include "common/sys/mem.h"
#include "common/sys/printable.h"
#include "common/sys/random.h"
#include "compiler/locate.h"

#include <string.h>

enum { KEY_INSTANCE = 0x100, KEY_WITNESS, KEY_MOST };

struct args {
    struct hcl_job_options job;
    struct hcl_sample_files input;
    const char *instance, *witness;
    long most;
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
    struct args *a = state->input;
    switch (key) {
    case ARGP_KEY_INIT:
        state->child_inputs[0] = &a->job;
        return 0;
    case KEY_INSTANCE:
        a->instance = arg;
        return 0;
    case KEY_WITNESS:
        a->witness = arg;
        return 0;
    case KEY_MOST:
        return hcl_cli_number(state, arg, "number", 1, 10000, &a->most);
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp_option options[] = {
    { "instance", KEY_INSTANCE, "FILE", 0,
      "Public values to check (instance.json or public.json); for a model the default "
      "is what it computes",
      0 },
    { "witness", KEY_WITNESS, "FILE", 0, "witness.json of a circuit without challenges", 0 },
    { "most", KEY_MOST, "N", 0, "Violations to print at most (default 10)", 0 },
    { 0 },
};
static const struct argp_child children[] = { { &hcl_job_argp, 0, NULL, 0 }, { 0 } };
static const struct argp argp = { .options = options,
                                  .parser = parse,
                                  .args_doc =
                                      "MODEL INPUT.npy...\nCIRCUIT.json --instance FILE --witness FILE",
                                  .doc = "Evaluate every constraint on every row, without cryptography, and "
                                         "name what is violated. " HCL_CLI_INPUTS_DOC,
                                  .children = children };

/* An assignment: num_advice columns of n values. */
struct assignment {
    hcl_fr **columns;
    uint32_t count;
};

static void assignment_clear(struct assignment *a)
{
    for (uint32_t c = 0; a->columns && c < a->count; c++)
        hcl_mem_free_secret(a->columns[c]);
    free(a->columns);
    *a = (struct assignment){ 0 };
}

static hcl_status assignment_init(struct assignment *a, const struct hcl_circuit *c, struct hcl_err *err)
{
    a->columns = calloc((size_t)c->num_advice + 1, sizeof *a->columns);
    if (!a->columns)
        return hcl_fail(err, HCL_NO_RESOURCE, "no memory for %u columns", c->num_advice);
    a->count = c->num_advice;
    for (uint32_t i = 0; i < c->num_advice; i++) {
        hcl_status st =
            hcl_mem_calloc((void **)&a->columns[i], (size_t)1 << c->k, sizeof(hcl_fr), "check advice", err);
        if (st != HCL_OK)
            return st;
    }
    return HCL_OK;
}

/* Challenges need not come from a transcript here: any that were not known before the witness will do. */
static hcl_status random_challenges(hcl_fr **out, const struct hcl_circuit *c, struct hcl_err *err)
{
    struct hcl_random random;
    *out = calloc((size_t)c->num_challenges + 1, sizeof **out);
    if (!*out)
        return hcl_fail(err, HCL_NO_RESOURCE, "no memory for challenges");
    hcl_status st = hcl_random_init_os(&random, err);
    for (uint32_t i = 0; st == HCL_OK && i < c->num_challenges; i++) {
        uint8_t wide[64];
        hcl_random_bytes(&random, wide, sizeof wide);
        hcl_fr_from_bytes_wide(&(*out)[i], wide);
    }
    hcl_random_clear(&random);
    return st;
}

static hcl_status fill(struct assignment *a, const struct hcl_circuit *c,
                       const struct hcl_witness_source *source, const hcl_fr *challenges, int threads,
                       struct hcl_err *err)
{
    hcl_status st = HCL_OK;
    uint32_t *columns = calloc((size_t)c->num_advice + 1, sizeof *columns);
    hcl_fr **out = calloc((size_t)c->num_advice + 1, sizeof *out);
    if (!columns || !out) {
        st = hcl_fail(err, HCL_NO_RESOURCE, "no memory for %u columns", c->num_advice);
        goto done;
    }
    for (uint32_t phase = 0; phase < c->num_phases; phase++) {
        size_t count = 0;
        for (uint32_t i = 0; i < c->num_advice; i++)
            if (c->advice_phase[i] == phase) {
                columns[count] = i;
                out[count++] = a->columns[i];
            }
        HCL_TRY(source->fill(source->ctx, phase, challenges, columns, count, out, threads, err));
    }
done:
    free(columns);
    free(out);
    return st;
}

/* Values that are looked up. A compiled model's look-ups are gates (docs/arithmetization.md), two to a lane;
 * a look-up argument of halo2 looks up every row. */
static size_t lookups(const struct hcl_circuit *c, const struct hcl_job *job)
{
    return c->num_lookups * c->usable_rows + (job ? 2 * job->layout.lookups : 0);
}

static hcl_status judge(struct hcl_cli *cli, const struct args *a, const struct hcl_circuit *c,
                        const struct assignment *advice, const struct hcl_values *instances,
                        const hcl_fr *challenges, const struct hcl_job *job, struct hcl_err *err)
{
    hcl_status st = HCL_OK;
    struct hcl_check *check = NULL;
    struct hcl_violation *found = calloc((size_t)a->most, sizeof *found);
    struct hcl_locator *locator = NULL;
    size_t count = 0;
    json_t *list = json_array();
    if (!found) {
        st = hcl_fail(err, HCL_NO_RESOURCE, "no memory for violations");
        goto done;
    }
    HCL_TRY(hcl_check_new(&check, c, advice->columns, instances, challenges, cli->threads, err));
    HCL_TRY(hcl_check_run(check, found, (size_t)a->most, &count, err));
    if (count > 0 && job)
        HCL_TRY(hcl_locator_new(&locator, hcl_job_graph(job), &job->layout, c, err));
    const struct hcl_check_notes notes = { locator, hcl_locator_describe };
    for (size_t i = 0; i < count; i++) {
        char line[512];
        hcl_violation_print(line, sizeof line, c, &found[i], locator ? &notes : NULL);
        json_array_append_new(
            list, json_pack("{s:o, s:I}", "what", hcl_json_string(line), "row", (json_int_t)found[i].row));
        if (!cli->json)
            hcl_print_line(stdout, "%s", line);
    }
    HCL_TRY(
        hcl_cli_emit(cli,
                     json_pack("{s:b, s:O, s:I, s:I, s:I, s:I}", "satisfied", count == 0, "violations", list,
                               "gates", (json_int_t)c->num_gates, "lookups", (json_int_t)lookups(c, job),
                               "copies", (json_int_t)c->num_copies, "rows", (json_int_t)c->usable_rows),
                     err, count ? NULL : "satisfied: %zu gates, %zu look-ups, %zu copies on %zu rows\n",
                     c->num_gates, lookups(c, job), c->num_copies, c->usable_rows));
    if (count)
        st = hcl_fail(err, HCL_FALSE_CLAIM, "the witness does not satisfy the circuit: %zu%s violations",
                      count, count == (size_t)a->most ? " or more" : "");
done:
    json_decref(list);
    free(found);
    hcl_locator_free(locator);
    hcl_check_free(check);
    return st;
}

static void warn(const struct args *a, const struct hcl_job *job, const struct hcl_job_run *run)
{
    char text[HCL_JUDGED_TEXT + HCL_FILES_TEXT];
    if (!hcl_judgement_notable(&run->judged[run->worst]))
        return;
    hcl_job_run_text(text, job, run, &a->input);
    hcl_log(HCL_LOG_WARNING, "%s", text);
}

static hcl_status run_witness(struct hcl_job_run *run, const struct hcl_job *job,
                              const struct hcl_sample_files *files, struct hcl_err *err)
{
    struct hcl_err said = { "" };
    const hcl_status st = hcl_witness_run(&run->witness, err);
    const hcl_status why = st == HCL_BAD_INPUT ? hcl_job_run_explain(run, job, files, &said) : HCL_OK;
    return why == HCL_OK ? st : hcl_fail(err, why, "%s", said.msg);
}

static hcl_status check_model(struct hcl_cli *cli, const struct args *a, struct hcl_err *err)
{
    hcl_status st = HCL_OK;
    struct hcl_job job = { 0 };
    struct hcl_samples input = { 0 };
    struct hcl_job_run run = { 0 };
    struct hcl_values claimed = { 0 };
    struct assignment advice = { 0 };
    hcl_fr *challenges = NULL;
    HCL_TRY(hcl_job_open(&job, &a->job, err));
    HCL_TRY(hcl_job_read_input(&input, &job, &a->input, err));
    if (a->instance)
        HCL_TRY(hcl_values_read_instances(&claimed, a->instance, err));
    HCL_TRY(hcl_job_compile(&job, cli, err));
    HCL_TRY(hcl_job_run_begin(&run, &job, &input, &a->input, err));
    HCL_TRY(run_witness(&run, &job, &a->input, err));
    HCL_TRY(hcl_job_run_judge(&run, &job, &input, NULL, err));
    HCL_TRY(hcl_job_read_instance(&run, &job, err));
    hcl_job_drop_model(&job);
    warn(a, &job, &run);
    hcl_progress_phase(cli->progress, "check");
    HCL_TRY(assignment_init(&advice, &job.circuit, err));
    HCL_TRY(random_challenges(&challenges, &job.circuit, err));
    struct hcl_witness_source source = hcl_witness_source(&run.witness);
    HCL_TRY(fill(&advice, &job.circuit, &source, challenges, cli->threads, err));
    hcl_progress_done(cli->progress, NULL);
    HCL_TRY(
        judge(cli, a, &job.circuit, &advice, a->instance ? &claimed : &run.instances, challenges, &job, err));
done:
    free(challenges);
    assignment_clear(&advice);
    hcl_values_clear(&claimed);
    hcl_job_run_clear(&run);
    hcl_samples_clear(&input);
    hcl_job_clear(&job);
    return st;
}

static hcl_status check_circuit(struct hcl_cli *cli, const struct args *a, struct hcl_err *err)
{
    hcl_status st = HCL_OK;
    struct hcl_circuit c = { 0 };
    struct hcl_values instances = { 0 }, witness = { 0 };
    struct assignment advice = { 0 };
    hcl_fr none = hcl_fr_zero;
    if (!a->instance || !a->witness)
        return hcl_fail(err, HCL_BAD_INPUT, "to check a circuit give --instance and --witness");
    HCL_TRY(hcl_circuit_read(&c, a->job.model, err));
    if (c.num_challenges > 0) {
        st = hcl_fail(err, HCL_BAD_INPUT, "'%s' has challenges: a witness file cannot depend on them",
                      a->job.model);
        goto done;
    }
    HCL_TRY(hcl_values_read_instances(&instances, a->instance, err));
    HCL_TRY(hcl_values_read_witness(&witness, a->witness, err));
    HCL_TRY(assignment_init(&advice, &c, err));
    if (witness.count != c.num_advice) {
        st = hcl_fail(err, HCL_BAD_INPUT, "'%s' has %zu advice columns, expected %u", a->witness,
                      witness.count, c.num_advice);
        goto done;
    }
    for (uint32_t i = 0; i < c.num_advice; i++) {
        if (witness.rows[i] > c.usable_rows) {
            st = hcl_fail(err, HCL_BAD_INPUT, "'%s': advice column %u has %zu rows, expected at most %zu",
                          a->witness, i, witness.rows[i], c.usable_rows);
            goto done;
        }
        if (witness.rows[i])
            memcpy(advice.columns[i], witness.columns[i], witness.rows[i] * sizeof(hcl_fr));
    }
    HCL_TRY(judge(cli, a, &c, &advice, &instances, &none, NULL, err));
done:
    assignment_clear(&advice);
    hcl_values_clear(&witness);
    hcl_values_clear(&instances);
    hcl_circuit_clear(&c);
    return st;
}

static hcl_status check(struct hcl_cli *cli, void *input, struct hcl_err *err)
{
    const struct args *a = input;
    return a->input.count > 0 ? check_model(cli, a, err) : check_circuit(cli, a, err);
}

hcl_status hcl_cmd_check(struct hcl_cli *cli, int argc, char **argv, struct hcl_err *err)
{
    struct args a = { .job = hcl_job_options_default(), .most = 10 };
    const struct hcl_cli_arguments arguments = { .into = { &a.job.model },
                                                 .rest = a.input.text,
                                                 .most = HCL_MOST_INPUTS,
                                                 .count = &a.input.count,
                                                 .least = 1,
                                                 .expected = "a model and an input, or a circuit" };
    return hcl_cli_run(cli, &argp, &arguments, argc, argv, &a, check, err);
}
