/* SPDX-License-Identifier: Apache-2.0 */
/* halocline export circuit|vk|srs: what other halo2 programs read. */
#include "coordinator/cli/cli.h"
#include "coordinator/cli/job.h"
#include "coordinator/cli/text.h"

#include "common/halo2/circuit_file.h"
#include "common/halo2/keys.h"
#include "common/io/file_write.h"
#include "common/io/json_read.h"
#include "common/io/reader.h"

#include <string.h>

enum { KEY_FORMAT = 0x100, KEY_INLINE };

struct circuit_args {
    struct hcl_job_options job;
    const char *out;
    bool in_line;
};

static error_t parse_circuit(int key, char *arg, struct argp_state *state)
{
    struct circuit_args *a = state->input;
    switch (key) {
    case ARGP_KEY_INIT:
        state->child_inputs[0] = &a->job;
        return 0;
    case 'o':
        a->out = arg;
        return 0;
    case KEY_INLINE:
        a->in_line = true;
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static hcl_status export_circuit(struct hcl_cli *cli, void *input, struct hcl_err *err)
{
    const struct circuit_args *a = input;
    struct hcl_job job = { 0 };
    hcl_status st = HCL_OK;
    HCL_TRY(hcl_file_try(a->out, err));
    HCL_TRY(hcl_job_open(&job, &a->job, err));
    HCL_TRY(hcl_job_compile(&job, cli, err));
    HCL_TRY(hcl_circuit_write(&job.circuit, a->out, a->in_line ? HCL_CIRCUIT_INLINE : HCL_CIRCUIT_SIDE_FILE,
                              err));
    HCL_TRY(hcl_cli_emit(
        cli, json_pack("{s:o, s:I}", "circuit", hcl_json_string(a->out), "k", (json_int_t)job.circuit.k), err,
        "%s: k = %u, %u advice, %u fixed, %u instance columns, degree %u\n", a->out, job.circuit.k,
        job.circuit.num_advice, job.circuit.num_fixed, job.circuit.num_instance, job.circuit.degree));
done:
    hcl_job_clear(&job);
    return st;
}

static hcl_status cmd_circuit(struct hcl_cli *cli, int argc, char **argv, struct hcl_err *err)
{
    static const struct argp_option options[] = {
        { "output", 'o', "FILE.json", 0, "Where to write; large values go to FILE.bin beside it", 0 },
        { "inline", KEY_INLINE, NULL, 0, "Everything in one JSON file", 0 },
        { 0 },
    };
    static const struct argp_child children[] = { { &hcl_job_argp, 0, NULL, 0 }, { 0 } };
    static const struct argp argp = {
        .options = options,
        .parser = parse_circuit,
        .args_doc = "MODEL -o CIRCUIT.json",
        .doc = "Write the circuit of a model as data (docs/formats). That shows the weights, "
               "unless they are private: committed ones with the random rows of "
               "their key.",
        .children = children
    };
    struct circuit_args a = { .job = hcl_job_options_default() };

    a.job.needs_seed = true;
    const struct hcl_cli_arguments arguments = {
        .into = { &a.job.model }, .least = 1, .option = &a.out, .expected = "a model and -o CIRCUIT.json"
    };
    return hcl_cli_run(cli, &argp, &arguments, argc, argv, &a, export_circuit, err);
}

typedef enum { VK_RAW, VK_PROCESSED, VK_TEXT, VK_ID } vk_format;
static const char *const vk_formats[] = { "raw", "processed", "text", "id" };

struct vk_args {
    const char *file, *out;
    vk_format format;
};

static error_t parse_vk(int key, char *arg, struct argp_state *state)
{
    struct vk_args *a = state->input;
    switch (key) {
    case 'o':
        a->out = arg;
        return 0;
    case KEY_FORMAT:
        for (a->format = VK_RAW; a->format <= VK_ID; a->format++)
            if (strcmp(arg, vk_formats[a->format]) == 0)
                return 0;
        return hcl_cli_usage(state, "unknown format '%s', expected raw, processed, text or id", arg);
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static hcl_status vk_bytes(uint8_t **bytes, size_t *len, const struct hcl_vk *vk, vk_format format,
                           struct hcl_err *err)
{
    if (format == VK_RAW || format == VK_PROCESSED)
        return hcl_vk_format(vk, format == VK_RAW ? HCL_SERDE_RAW : HCL_SERDE_PROCESSED, bytes, len, err);
    if (format == VK_TEXT)
        return hcl_vk_pinned_text(vk, (char **)bytes, len, err);
    uint8_t repr[32];
    hcl_fr_to_bytes(repr, &vk->transcript_repr);
    *bytes = malloc(66);
    if (!*bytes)
        return hcl_fail(err, HCL_NO_RESOURCE, "no memory for the key's id");
    hcl_hex((char *)*bytes, repr, sizeof repr);
    (*bytes)[64] = '\n';
    *len = 65;
    return HCL_OK;
}

static hcl_status export_vk(struct hcl_cli *cli, void *input, struct hcl_err *err)
{
    const struct vk_args *a = input;
    struct hcl_vk_file key = { 0 };
    uint8_t *bytes = NULL;
    size_t len = 0;
    hcl_status st = HCL_OK;
    HCL_TRY(hcl_vk_file_read(&key, a->file, err));
    HCL_TRY(vk_bytes(&bytes, &len, &key.vk, a->format, err));
    HCL_TRY(hcl_file_write(a->out, bytes, len, err));
    HCL_TRY(hcl_cli_emit(cli,
                         json_pack("{s:o, s:s, s:I}", "vk", hcl_json_string(a->out), "format",
                                   vk_formats[a->format], "bytes", (json_int_t)len),
                         err, "%s: %s, %zu bytes\n", a->out, vk_formats[a->format], len));
done:
    free(bytes);
    hcl_vk_file_clear(&key);
    return st;
}

static hcl_status cmd_vk(struct hcl_cli *cli, int argc, char **argv, struct hcl_err *err)
{
    static const struct argp_option options[] = {
        { "output", 'o', "FILE", 0, "Where to write", 0 },
        { "format", KEY_FORMAT, "NAME", 0,
          "raw (default) or processed: halo2's VerifyingKey bytes; text: the pinned text; id: "
          "transcript_repr in hex",
          0 },
        { 0 },
    };
    static const struct argp argp = { .options = options,
                                      .parser = parse_vk,
                                      .args_doc = "VK -o FILE",
                                      .doc = "Write a verifying key as halo2 reads it." };
    struct vk_args a = { .format = VK_RAW };
    const struct hcl_cli_arguments arguments = {
        .into = { &a.file }, .least = 1, .option = &a.out, .expected = "a vk file and -o FILE"
    };
    return hcl_cli_run(cli, &argp, &arguments, argc, argv, &a, export_vk, err);
}

struct srs_args {
    const char *file, *out;
    long k;
    bool processed;
};

static error_t parse_srs(int key, char *arg, struct argp_state *state)
{
    struct srs_args *a = state->input;
    switch (key) {
    case 'o':
        a->out = arg;
        return 0;
    case 'k':
        return hcl_cli_number(state, arg, "k", 1, 28, &a->k);
    case KEY_FORMAT:
        a->processed = strcmp(arg, "processed") == 0;
        return a->processed || strcmp(arg, "raw") == 0
                   ? 0
                   : hcl_cli_usage(state, "unknown format '%s', expected raw or processed", arg);
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static hcl_status export_srs(struct hcl_cli *cli, void *input, struct hcl_err *err)
{
    const struct srs_args *a = input;
    struct hcl_srs srs = { 0 };
    hcl_status st = HCL_OK;
    HCL_TRY(hcl_file_try(a->out, err));
    HCL_TRY(hcl_srs_read(&srs, a->file, (uint32_t)a->k, NULL, cli->threads, err));
    HCL_TRY(hcl_srs_write(&srs, a->out, a->processed ? HCL_SRS_PARAMS_PROCESSED : HCL_SRS_PARAMS_RAW, err));
    HCL_TRY(hcl_cli_emit(cli,
                         json_pack("{s:o, s:I, s:b}", "srs", hcl_json_string(a->out), "k", (json_int_t)srs.k,
                                   "unsafe", srs.verifier.unsafe),
                         err, "%s: k = %u%s\n", a->out, srs.k,
                         srs.verifier.unsafe ? ", UNSAFE, and this format cannot say so" : ""));
done:
    hcl_srs_clear(&srs);
    return st;
}

static hcl_status cmd_srs_file(struct hcl_cli *cli, int argc, char **argv, struct hcl_err *err)
{
    static const struct argp_option options[] = {
        { "output", 'o', "FILE", 0, "Where to write", 0 },
        { "k", 'k', "K", 0, "Keep 2^K points (default: all)", 0 },
        { "format", KEY_FORMAT, "NAME", 0, "raw (default) or processed: halo2's ParamsKZG", 0 },
        { 0 },
    };
    static const struct argp argp = { .options = options,
                                      .parser = parse_srs,
                                      .args_doc = "SRS -o FILE",
                                      .doc = "Write an SRS as halo2 reads it." };
    struct srs_args a = { 0 };
    const struct hcl_cli_arguments arguments = {
        .into = { &a.file }, .least = 1, .option = &a.out, .expected = "an SRS file and -o FILE"
    };
    return hcl_cli_run(cli, &argp, &arguments, argc, argv, &a, export_srs, err);
}

hcl_status hcl_cmd_export(struct hcl_cli *cli, int argc, char **argv, struct hcl_err *err)
{
    static const struct hcl_command commands[] = {
        { "circuit", "write the circuit of a model as circuit.json", cmd_circuit },
        { "vk", "write a verifying key in halo2's own bytes", cmd_vk },
        { "srs", "write an SRS as halo2's ParamsKZG", cmd_srs_file },
        { NULL, NULL, NULL },
    };
    return hcl_cli_dispatch(cli, commands, argc, argv, err);
}
