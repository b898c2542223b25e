/* SPDX-License-Identifier: Apache-2.0 */
/* halocline open-model: an auditor who has been given the model, and the seed where its weights are
 * committed, makes the verifying key again and compares. */
#include "coordinator/cli/cli.h"
#include "coordinator/cli/job.h"
#include "coordinator/cli/setup.h"
#include "coordinator/cli/text.h"

#include "common/halo2/audit.h"
#include "common/io/json_read.h"

#include <string.h>

struct args {
    struct hcl_job_options job;
    struct hcl_setup_options setup;
    const char *key;
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
    struct args *a = state->input;
    (void)arg;
    if (key != ARGP_KEY_INIT)
        return ARGP_ERR_UNKNOWN;
    state->child_inputs[0] = &a->job;
    state->child_inputs[1] = &a->setup;
    return 0;
}

static const struct argp_child children[] = { { &hcl_job_argp, 0, NULL, 0 },
                                              { &hcl_setup_argp, 0, NULL, 0 },
                                              { 0 } };
static const struct argp argp = { .parser = parse,
                                  .args_doc = "MODEL VK",
                                  .doc = "Make the verifying key again from MODEL, and from the weight seed "
                                         "if the key commits to its weights, and "
                                         "compare it with VK byte for byte. Samples for calibration and "
                                         "options are those that the key was made "
                                         "with; visibilities and the number of proofs are read from the key.",
                                  .children = children };

/* The visibilities and the number of proofs that a key says it was made with. */
static hcl_status take_modes(struct hcl_job_options *o, const struct hcl_vk_file *file, const char *name,
                             struct hcl_err *err)
{
    static const char *const modes[] = { "private", "public", "committed" }; /* hcl_visibility */
    static const char *const subjects[] = { "input", "output", "weights" };
    hcl_visibility *const targets[] = { &o->input, &o->output, &o->weights };
    json_t *meta;
    hcl_status st = hcl_json_parse(&meta, file->meta, strlen(file->meta), name, err);
    if (st != HCL_OK)
        return st;
    for (size_t i = 0; i < 3; i++) {
        const char *mode =
            json_string_value(json_object_get(json_object_get(meta, "visibility"), subjects[i]));
        size_t m = 0;
        if (mode && targets[i] == &o->weights && strcmp(mode, "none") == 0)
            mode = "public"; /* of no weights */
        while (m < 3 && (!mode || strcmp(mode, modes[m]) != 0))
            m++;
        if (m == 3 || (m == HCL_COMMITTED && targets[i] != &o->weights))
            HCL_TRY(hcl_fail(err, HCL_BAD_INPUT,
                             "'%s' does not say how visible its %s is: it is not the key of a model", name,
                             subjects[i]));
        *targets[i] = (hcl_visibility)m;
    }
    o->key_proofs = (long)json_integer_value(json_object_get(json_object_get(meta, "weights"), "proofs"));
    if (o->weights == HCL_PRIVATE)
        st = hcl_fail(err, HCL_BAD_INPUT, "'%s' leaves its weights open: no model is in it", name);
    else if (o->weights == HCL_COMMITTED && (o->key_proofs < 1 || o->key_proofs > 1L << 24))
        st = hcl_fail(err, HCL_BAD_INPUT, "'%s' does not say for how many proofs it hides its weights", name);
done:
    json_decref(meta);
    return st;
}

enum { MOST_NAMED = 8 };

/* "fixed column 3, weight column 0, ..." */
static void name_columns(char *text, size_t size, const struct hcl_vk *theirs, const struct hcl_vk *ours,
                         uint32_t first_weight)
{
    size_t used = 0, differ = 0;
    const struct hcl_circuit *c = ours->circuit;
    text[0] = '\0';
    for (uint32_t i = 0; i < c->num_fixed + c->num_permutation; i++) {
        bool fixed = i < c->num_fixed, weight = fixed && i >= first_weight;
        uint32_t column = !fixed ? i - c->num_fixed : weight ? i - first_weight : i;
        if (fixed ? hcl_g1_eq(&theirs->fixed[i], &ours->fixed[i])
                  : hcl_g1_eq(&theirs->sigma[column], &ours->sigma[column]))
            continue;
        if (differ++ < MOST_NAMED && used < size)
            used += (size_t)snprintf(text + used, size - used, "%s%s column %u", differ > 1 ? ", " : "",
                                     weight  ? "weight"
                                     : fixed ? "fixed"
                                             : "permutation",
                                     column);
    }
    if (differ > MOST_NAMED && used < size)
        snprintf(text + used, size - used, " and %zu more", differ - MOST_NAMED);
}

static hcl_status compare(const struct hcl_vk_file *file, const struct hcl_vk *ours,
                          const struct hcl_job *job, const struct hcl_srs *srs, const char *name,
                          struct hcl_err *err)
{
    uint8_t id[HCL_VK_ID_BYTES], theirs[32], mine[32];
    char columns[400];
    hcl_status st = HCL_OK;
    hcl_srs_id(theirs, &file->srs);
    hcl_srs_id(mine, &srs->verifier);
    if (memcmp(theirs, mine, sizeof mine) != 0)
        return hcl_fail(err, HCL_BAD_INPUT, "'%s' was made with another SRS", name);
    HCL_TRY(hcl_vk_file_id(id, ours, &srs->verifier, job->meta_text, err));
    if (memcmp(id, file->id, sizeof id) == 0)
        return HCL_OK;
    name_columns(columns, sizeof columns, &file->vk, ours,
                 ours->circuit->num_fixed - job->layout.weight_columns);
    st = columns[0]
             ? hcl_fail(err, HCL_FALSE_CLAIM, "'%s' is not the key of this model: %s differ", name, columns)
             : hcl_fail(err, HCL_FALSE_CLAIM,
                        "'%s' commits to this model, but says something else about it: '%s' instead of '%s'",
                        name, file->meta, job->meta_text);
done:
    return st;
}

static hcl_status open_model(struct hcl_cli *cli, void *input, struct hcl_err *err)
{
    struct args *a = input;
    struct hcl_vk_file file = { 0 };
    struct hcl_job job = { 0 };
    struct hcl_srs srs = { 0 };
    struct hcl_vk vk = { 0 };
    char hex[2 * HCL_VK_ID_BYTES + 1];
    hcl_status st = HCL_OK;
    HCL_TRY(hcl_setup_check(&a->setup, cli->threads, err));
    HCL_TRY(hcl_vk_file_read(&file, a->key, err));
    HCL_TRY(take_modes(&a->job, &file, a->key, err));
    HCL_TRY(hcl_job_open(&job, &a->job, err));
    HCL_TRY(hcl_job_compile(&job, cli, err));
    st = hcl_audit_system(&file.circuit, &job.circuit, err);
    if (st == HCL_FALSE_CLAIM)
        hcl_fail_prefix(err, st, "'%s' is not the key of this model, samples and options", a->key);
    HCL_TRY(st);
    hcl_progress_phase(cli->progress, "SRS");
    HCL_TRY(hcl_setup_srs(&srs, &a->setup, job.circuit.k, cli, err));
    hcl_progress_phase(cli->progress, "keygen");
    HCL_TRY(hcl_vk_generate(&vk, &job.circuit, &srs, NULL, cli->threads, err));
    hcl_progress_done(cli->progress, NULL);
    HCL_TRY(compare(&file, &vk, &job, &srs, a->key, err));
    hcl_hex(hex, file.id, sizeof file.id);
    HCL_TRY(hcl_cli_emit(cli,
                         json_pack("{s:o, s:s, s:b}", "vk", hcl_json_string(a->key), "vk_id", hex, "same", 1),
                         err, "%s: id %s, the key of this model byte for byte\n", a->key, hex));
done:
    hcl_vk_clear(&vk);
    hcl_srs_clear(&srs);
    hcl_job_clear(&job);
    hcl_vk_file_clear(&file);
    return st;
}

hcl_status hcl_cmd_open_model(struct hcl_cli *cli, int argc, char **argv, struct hcl_err *err)
{
    struct args a = { .job = hcl_job_options_default() };
    const struct hcl_cli_arguments arguments = { .into = { &a.job.model, &a.key },
                                                 .least = 2,
                                                 .expected = "a model and a key" };

    a.job.setup = &a.setup;
    a.job.needs_seed = true;
    return hcl_cli_run(cli, &argp, &arguments, argc, argv, &a, open_model, err);
}
