/* SPDX-License-Identifier: Apache-2.0 */
/* halocline prove: the main job in one go. The steps are in session.h. */
#include "coordinator/cli/cli.h"
#include "coordinator/cli/public.h"
#include "coordinator/cli/session.h"

#include "common/io/json_read.h"

#include <errno.h>
#include <string.h>

enum {
    KEY_SEED = 0x100,
    KEY_DRY_RUN,
    KEY_ACCEPT_ERROR,
    KEY_NO_REPORT,
    KEY_STATUS,
    KEY_SCRATCH,
    KEY_PARANOID
};

#define USUAL_REPEAT 0.02 /* of --paranoid without a number */

static error_t parse_percent(struct argp_state *state, const char *arg, double *share)
{
    long percent = 0;
    const error_t e = hcl_cli_number(state, arg, "percentage", 1, 100, &percent);
    *share = (double)percent / 100;
    return e;
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
    struct hcl_session_options *o = state->input;
    char *end;
    switch (key) {
    case ARGP_KEY_INIT:
        state->child_inputs[0] = &o->job;
        state->child_inputs[1] = &o->setup;
        state->child_inputs[2] = &o->checkpoint;
        return 0;
    case 'o':
        o->out = arg;
        return 0;
    case KEY_SEED:
        errno = 0;
        o->seed = strtoull(arg, &end, 10);
        o->seeded = true;
        return errno || arg[0] < '0' || arg[0] > '9' || *end
                   ? hcl_cli_usage(state, "bad seed '%s', expected a whole number", arg)
                   : 0;
    case KEY_ACCEPT_ERROR:
        o->accept_error = true;
        return 0;
    case KEY_NO_REPORT:
        o->no_report = true;
        return 0;
    case KEY_STATUS:
        o->status = arg;
        return 0;
    case KEY_PARANOID:
        o->repeat = USUAL_REPEAT;
        return arg ? parse_percent(state, arg, &o->repeat) : 0;
    case KEY_SCRATCH:
        o->scratch = arg;
        return 0;
    case KEY_DRY_RUN:
        o->dry_run = true;
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp_option options[] = {
    { "output", 'o', "DIR", 0,
      "Folder for vk.hcl, proof.bin, public.json, report.json, report.html (default: out)", 0 },
    { "no-report", KEY_NO_REPORT, NULL, 0, "Write no report.html", 0 },
    { "dry-run", KEY_DRY_RUN, NULL, 0, "Compile and run, but make no proof", 0 },
    { "accept-error", KEY_ACCEPT_ERROR, NULL, 0,
      "Prove the fixed-point result even when it is far from the float model's for this input", 0 },
    { "paranoid", KEY_PARANOID, "PERCENT", OPTION_ARG_OPTIONAL,
      "Have so much of each rank's commitments, transforms and quotient, chosen at random, repeated by "
      "another "
      "rank (default: 2). Finds processors that err in the same way each time; that a proof does not hold is "
      "found, and a rank named that erred once, without it",
      0 },
    { "scratch", KEY_SCRATCH, "DIR", 0,
      "Where columns may wait, encrypted, that do not fit into --memory: a folder on a fast disk of each "
      "node. Nothing is written there if they fit, and nothing stays",
      0 },
    { "status", KEY_STATUS, "FILE", 0,
      "Write to FILE how the job stands and, in the end, verdict, exit code and where the proof is, as JSON",
      0 },
    { "seed", KEY_SEED, "N", 0, "For tests: a reproducible proof, which hides nothing from whoever knows N",
      0 },
    { 0 },
};
static const struct argp_child children[] = { { &hcl_job_argp, 0, NULL, 0 },
                                              { &hcl_setup_argp, 0, NULL, 0 },
                                              { &hcl_checkpoint_argp, 0, NULL, 0 },
                                              { 0 } };
static const struct argp argp = {
    .options = options,
    .parser = parse,
    .args_doc = "MODEL INPUT.npy...",
    .doc = "Prove that MODEL gave its output on INPUT: compile, keygen (cached), prove, verify. The same "
           "under mpirun, where all ranks share the work; the proof does not depend on how many there "
           "are. " HCL_CLI_INPUTS_DOC,
    .children = children
};

static hcl_status emit(struct hcl_session *s, struct hcl_err *err)
{
    const struct hcl_session_options *o = s->o;
    json_t *tensors = NULL, *result = NULL;
    char batch[48] = "";
    if (o->job.batch > 1)
        snprintf(batch, sizeof batch, "a batch of %ld ", o->job.batch);
    if (s->cli->rank != 0)
        return HCL_OK;
    hcl_status st = hcl_public_decode(&tensors, s->job.meta, &s->run.instances, err);
    if (st != HCL_OK)
        return st;
    if (!s->cli->json)
        hcl_public_print(stdout, tensors);
    if (o->dry_run) {
        result = json_pack("{s:b, s:O, s:o*}", "dry_run", true, "public", tensors, "layout",
                           hcl_layout_json(&s->job.layout));
        st = hcl_cli_emit(s->cli, result, err, "dry run: no proof was made\n");
    } else {
        result = hcl_session_describe(s);
        json_object_set(result, "public", tensors);
        json_object_set_new(result, "folder", hcl_json_string(o->out));
        st = hcl_cli_emit(
            s->cli, result, err,
            "%sproved and verified in %.3f s (%.3f s with compiling and keys): %zu bytes in folder "
            "'%s'%s%s\n",
            batch, hcl_session_prove_seconds(s), hcl_report_total_seconds(&s->report), s->proof.len, o->out,
            s->srs.verifier.unsafe ? "; UNSAFE development SRS: it proves nothing to anyone" : "",
            o->seeded ? "; SEEDED: it hides nothing from whoever knows the seed" : "");
        if (st == HCL_OK && s->proofs_allowed && !s->cli->json)
            printf("proof %llu of %llu that this key hides its weights for\n",
                   (unsigned long long)s->proofs_made, (unsigned long long)s->proofs_allowed);
    }
    json_decref(tensors);
    return st;
}

hcl_status hcl_cmd_prove(struct hcl_cli *cli, int argc, char **argv, struct hcl_err *err)
{
    struct hcl_session s;
    struct hcl_session_options o = { .job = hcl_job_options_default(), .out = "out" };
    const struct hcl_cli_arguments arguments = { .into = { &o.job.model },
                                                 .rest = o.input.text,
                                                 .most = HCL_MOST_INPUTS,
                                                 .count = &o.input.count,
                                                 .least = 2,
                                                 .expected = "a model and an input" };
    hcl_status st = hcl_cli_parse(cli, &argp, &arguments, argc, argv, &o, err);
    if (st != HCL_OK || cli->finished)
        return st;
    if (o.repeat > 0 && cli->ranks == 1)
        return hcl_fail(err, HCL_BAD_INPUT,
                        "--paranoid has work repeated by another rank, and there is one only");
    o.job.setup = &o.setup;
    o.job.needs_seed = o.job.make_seed = !o.dry_run;
    hcl_session_init(&s, cli, &o);
    if (cli->rank == 0)
        st = hcl_status_file_begin(&s.status, o.status, o.checkpoint.folder, err);
    HCL_TRY(hcl_comm_agree(cli->comm, st, err));
    HCL_TRY(hcl_session_prepare(&s, err));
    if (!o.dry_run)
        HCL_TRY(hcl_session_share(&s, err));
    HCL_TRY(hcl_session_run(&s, err));
    if (!o.dry_run) {
        HCL_TRY(hcl_session_may_stop(&s, "SRS", err));
        HCL_TRY(hcl_session_keys(&s, err));
        HCL_TRY(hcl_session_prove(&s, err));
        HCL_TRY(hcl_session_write(&s, err));
        if (cli->rank == 0 && !cli->quiet && cli->progress_kind != HCL_PROGRESS_JSON)
            hcl_report_summary(&s.report, stderr);
        if (cli->rank == 0 && cli->verbose)
            hcl_report_print(&s.report, stderr);
    }
    st = hcl_comm_agree(cli->comm, emit(&s, err), err);
done:
    if (cli->rank == 0)
        hcl_session_end(&s, st, err);
    hcl_session_clear(&s);
    return st;
}
