/* SPDX-License-Identifier: Apache-2.0 */
/* halocline keygen: the verifying key of a model or of a circuit given as data. */
#include "coordinator/cli/cli.h"
#include "coordinator/cli/job.h"
#include "coordinator/cli/setup.h"
#include "coordinator/cli/text.h"

#include "common/halo2/circuit_file.h"
#include "common/io/file_write.h"
#include "common/io/json_read.h"

struct args {
    struct hcl_job_options job;
    struct hcl_setup_options setup;
    const char *out;
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
    struct args *a = state->input;
    switch (key) {
    case ARGP_KEY_INIT:
        state->child_inputs[0] = &a->job;
        state->child_inputs[1] = &a->setup;
        return 0;
    case 'o':
        a->out = arg;
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp_option options[] = {
    { "output", 'o', "VK", 0, "Where to write the verifying key", 0 },
    { 0 },
};
static const struct argp_child children[] = { { &hcl_job_argp, 0, NULL, 0 },
                                              { &hcl_setup_argp, 0, NULL, 0 },
                                              { 0 } };
static const struct argp argp = { .options = options,
                                  .parser = parse,
                                  .args_doc = "MODEL|CIRCUIT.json -o VK",
                                  .doc = "Make the verifying key. Equal models, options, SRS and, where "
                                         "weights are committed, seeds give equal "
                                         "bytes everywhere.",
                                  .children = children };

static hcl_status keygen(struct hcl_cli *cli, void *input, struct hcl_err *err)
{
    const struct args *a = input;
    struct hcl_job job = { 0 };
    struct hcl_srs srs = { 0 };
    struct hcl_commit_cache cache = { 0 };
    struct hcl_vk vk = { 0 };
    uint8_t id[HCL_VK_ID_BYTES];
    char hex[2 * HCL_VK_ID_BYTES + 1];
    const char *meta;
    hcl_status st = HCL_OK;
    HCL_TRY(hcl_setup_check(&a->setup, cli->threads, err));
    HCL_TRY(hcl_file_try(a->out, err));
    if (hcl_job_is_model(a->job.model)) {
        HCL_TRY(hcl_job_open(&job, &a->job, err));
        HCL_TRY(hcl_job_compile(&job, cli, err));
        hcl_job_drop_model(&job);
    } else
        HCL_TRY(hcl_circuit_read(&job.circuit, a->job.model, err));
    hcl_progress_phase(cli->progress, "SRS");
    HCL_TRY(hcl_setup_srs(&srs, &a->setup, job.circuit.k, cli, err));
    hcl_progress_phase(cli->progress, "keygen");
    hcl_setup_commit_cache(&cache, &a->setup, &job.circuit, &srs);
    HCL_TRY(hcl_vk_generate(&vk, &job.circuit, &srs, &cache, cli->threads, err));
    hcl_progress_done(cli->progress, NULL);
    meta = job.meta_text ? job.meta_text : "";
    HCL_TRY(hcl_vk_file_id(id, &vk, &srs.verifier, meta, err));
    HCL_TRY(hcl_vk_file_write(a->out, &vk, &srs.verifier, meta, err));
    hcl_hex(hex, id, sizeof id);
    HCL_TRY(hcl_cli_emit(cli,
                         json_pack("{s:o, s:s, s:b}", "vk", hcl_json_string(a->out), "vk_id", hex,
                                   "unsafe_srs", srs.verifier.unsafe),
                         err, "%s: id %s%s\n", a->out, hex,
                         srs.verifier.unsafe ? ", UNSAFE development SRS" : ""));
done:
    hcl_vk_clear(&vk);
    hcl_commit_cache_clear(&cache);
    hcl_srs_clear(&srs);
    hcl_job_clear(&job);
    return st;
}

hcl_status hcl_cmd_keygen(struct hcl_cli *cli, int argc, char **argv, struct hcl_err *err)
{
    struct args a = { .job = hcl_job_options_default() };

    a.job.setup = &a.setup;
    a.job.needs_seed = a.job.make_seed = true;
    const struct hcl_cli_arguments arguments = {
        .into = { &a.job.model }, .least = 1, .option = &a.out, .expected = "a model or circuit and -o VK"
    };
    return hcl_cli_run(cli, &argp, &arguments, argc, argv, &a, keygen, err);
}
