/* SPDX-License-Identifier: Apache-2.0 */
/* halocline srs import|verify|info|create */
#include "coordinator/cli/cli.h"
#include "coordinator/cli/text.h"

#include "common/halo2/srs.h"
#include "common/halo2/srs_ceremony.h"
#include "common/io/file_write.h"

enum { KEY_UNSAFE = 0x100, KEY_G2 };

struct args {
    const char *file, *out, *g2;
    long k;
    bool unsafe;
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
    struct args *a = state->input;
    switch (key) {
    case 'k':
        return hcl_cli_number(state, arg, "k", 1, 28, &a->k);
    case 'o':
        a->out = arg;
        return 0;
    case KEY_G2:
        a->g2 = arg;
        return 0;
    case KEY_UNSAFE:
        a->unsafe = true;
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static hcl_status emit_srs(struct hcl_cli *cli, const struct hcl_srs *srs, const char *format, bool checked,
                           struct hcl_err *err)
{
    uint8_t id[32];
    char hex[65];
    hcl_srs_id(id, &srs->verifier);
    hcl_hex(hex, id, sizeof id);
    const char *ceremony = srs->verifier.unsafe ? NULL : hcl_srs_ceremony_of(&srs->verifier.s_g2);
    json_t *o = json_pack("{s:I, s:s, s:s, s:b, s:b, s:s?}", "k", (json_int_t)srs->k, "id", hex, "format",
                          format, "unsafe", srs->verifier.unsafe, "checked", checked, "ceremony", ceremony);
    return hcl_cli_emit(cli, o, err, "%s, k = %u, %zu points, id %s%s, %s%s\n", format, srs->k, srs->n, hex,
                        checked ? ", consistent (pairings checked)" : "",
                        srs->verifier.unsafe ? "UNSAFE: made for development, its secret was known"
                        : ceremony           ? "the secret of "
                                             : "the secret of no ceremony that is known here",
                        ceremony ? ceremony : "");
}

static hcl_status load(struct hcl_srs *srs, hcl_srs_format *format, const struct hcl_cli *cli,
                       const struct args *a, bool check, struct hcl_err *err)
{
    hcl_status st = HCL_OK;
    hcl_progress_phase(cli->progress, "read SRS");
    HCL_TRY(hcl_srs_read_beside(srs, a->file, a->g2, (uint32_t)a->k, format, cli->threads, err));
    if (check) {
        hcl_progress_phase(cli->progress, "check SRS");
        st = hcl_srs_check(srs, cli->threads, err);
        if (st != HCL_OK) {
            hcl_fail_prefix(err, st, "'%s'", a->file);
            hcl_srs_clear(srs);
            goto done;
        }
    }
    hcl_progress_done(cli->progress, NULL);
done:
    return st;
}

static hcl_status import_file(struct hcl_cli *cli, void *input, struct hcl_err *err)
{
    const struct args *a = input;
    struct hcl_srs srs = { 0 };
    hcl_srs_format format;
    hcl_status st = HCL_OK;
    if (!a->out)
        return hcl_fail(err, HCL_BAD_INPUT, "srs import needs -o OUT.srs");
    HCL_TRY(hcl_file_try(a->out, err));
    HCL_TRY(load(&srs, &format, cli, a, true, err));
    HCL_TRY(hcl_srs_write(&srs, a->out, HCL_SRS_HALOCLINE, err));
    HCL_TRY(emit_srs(cli, &srs, hcl_srs_format_name(format), true, err));
done:
    hcl_srs_clear(&srs);
    return st;
}

static hcl_status describe(struct hcl_cli *cli, const struct args *a, bool check, struct hcl_err *err)
{
    struct hcl_srs srs = { 0 };
    hcl_srs_format format;
    hcl_status st = HCL_OK;
    HCL_TRY(load(&srs, &format, cli, a, check, err));
    HCL_TRY(emit_srs(cli, &srs, hcl_srs_format_name(format), check, err));
done:
    hcl_srs_clear(&srs);
    return st;
}

static hcl_status info(struct hcl_cli *cli, void *input, struct hcl_err *err)
{
    return describe(cli, input, false, err);
}

static hcl_status verify(struct hcl_cli *cli, void *input, struct hcl_err *err)
{
    return describe(cli, input, true, err);
}

static hcl_status create(struct hcl_cli *cli, void *input, struct hcl_err *err)
{
    const struct args *a = input;
    struct hcl_srs srs = { 0 };
    hcl_status st = HCL_OK;
    if (!a->unsafe)
        return hcl_fail(err, HCL_BAD_INPUT,
                        "srs create makes an unsafe SRS, good for development only: say "
                        "--unsafe-dev-srs; for real use import the result of a ceremony");
    if (!a->out || a->k == 0)
        return hcl_fail(err, HCL_BAD_INPUT, "srs create needs -k K and -o OUT.srs");
    HCL_TRY(hcl_file_try(a->out, err));
    hcl_progress_phase(cli->progress, "create SRS");
    HCL_TRY(hcl_srs_create_unsafe(&srs, (uint32_t)a->k, NULL, cli->threads, err));
    HCL_TRY(hcl_srs_write(&srs, a->out, HCL_SRS_HALOCLINE, err));
    hcl_progress_done(cli->progress, NULL);
    HCL_TRY(emit_srs(cli, &srs, hcl_srs_format_name(HCL_SRS_HALOCLINE), false, err));
done:
    hcl_srs_clear(&srs);
    return st;
}

static hcl_status run(struct hcl_cli *cli, const struct argp *argp, bool with_file, int argc, char **argv,
                      hcl_cli_work *work, struct hcl_err *err)
{
    struct args a = { 0 };
    const struct hcl_cli_arguments file = { .into = { &a.file }, .least = 1, .expected = "an SRS file" };
    return hcl_cli_run(cli, argp, with_file ? &file : NULL, argc, argv, &a, work, err);
}

#define OPTION_K                                                                                             \
    {                                                                                                        \
        "k", 'k', "K", 0, "Keep 2^K points (default: all)", 0                                                \
    }
#define OPTION_G2                                                                                            \
    {                                                                                                        \
        "g2", KEY_G2, "FILE", 0,                                                                             \
            "[s]G2 of powers that come without it (default: bn254_g2.dat beside FILE, if there is one; of "  \
            "known "                                                                                         \
            "ceremonies it is not needed)",                                                                  \
            0                                                                                                \
    }
#define OPTION_OUT                                                                                           \
    {                                                                                                        \
        "output", 'o', "FILE", 0, "Where to write (Halocline's SRS format)", 0                               \
    }

static hcl_status cmd_import(struct hcl_cli *cli, int argc, char **argv, struct hcl_err *err)
{
    static const struct argp_option options[] = { OPTION_K, OPTION_G2, OPTION_OUT, { 0 } };
    static const struct argp argp = {
        .options = options,
        .parser = parse,
        .args_doc = "FILE -o OUT.srs",
        .doc = "Import the SRS of another program, checked by pairings: halo2's and ezkl's ParamsKZG, "
               "gnark's kzg.SRS "
               "and memory dump, arkworks' kzg10 UniversalParams, Barretenberg's bn254_g1.dat, snarkjs' "
               ".ptau and PLONK "
               ".zkey, told by their contents.\vOf a file without Lagrange points they are computed. A .ptau "
               "prepared for "
               "phase 2 is quickest: its Lagrange points are taken over at any size. What is printed names "
               "the ceremony "
               "whose secret it is, if that is a known one, and an id that files of the same secret share."
    };
    return run(cli, &argp, true, argc, argv, import_file, err);
}

static hcl_status cmd_info(struct hcl_cli *cli, int argc, char **argv, struct hcl_err *err)
{
    static const struct argp_option options[] = { OPTION_K, OPTION_G2, { 0 } };
    static const struct argp argp = {
        .options = options, .parser = parse, .args_doc = "FILE", .doc = "Say what an SRS file holds."
    };
    return run(cli, &argp, true, argc, argv, info, err);
}

static hcl_status cmd_verify(struct hcl_cli *cli, int argc, char **argv, struct hcl_err *err)
{
    static const struct argp_option options[] = { OPTION_K, OPTION_G2, { 0 } };
    static const struct argp argp = { .options = options,
                                      .parser = parse,
                                      .args_doc = "FILE",
                                      .doc = "Check by pairings that an SRS file is consistent." };
    return run(cli, &argp, true, argc, argv, verify, err);
}

static hcl_status cmd_create(struct hcl_cli *cli, int argc, char **argv, struct hcl_err *err)
{
    static const struct argp_option options[] = {
        { "k", 'k', "K", 0, "2^K points", 0 },
        OPTION_OUT,
        { "unsafe-dev-srs", KEY_UNSAFE, NULL, 0, "Yes, I know that a proof under this SRS proves nothing",
          0 },
        { 0 },
    };
    static const struct argp argp = {
        .options = options,
        .parser = parse,
        .args_doc = "--unsafe-dev-srs -k K -o OUT.srs",
        .doc = "Create an SRS for development. Its secret was known to this program, so whoever ran it "
               "could forge any proof; the file is marked, and every proof made with it says so."
    };
    return run(cli, &argp, false, argc, argv, create, err);
}

hcl_status hcl_cmd_srs(struct hcl_cli *cli, int argc, char **argv, struct hcl_err *err)
{
    static const struct hcl_command commands[] = {
        { "import", "check the SRS of another program and store it in Halocline's format", cmd_import },
        { "verify", "check an SRS file by pairings", cmd_verify },
        { "info", "say what an SRS file holds", cmd_info },
        { "create", "create an unsafe SRS for development", cmd_create },
        { NULL, NULL, NULL },
    };
    return hcl_cli_dispatch(cli, commands, argc, argv, err);
}
