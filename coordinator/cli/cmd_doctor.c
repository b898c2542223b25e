/* SPDX-License-Identifier: Apache-2.0 */
/* halocline doctor: what would make proofs faster or fail on this machine. */
#include "coordinator/cli/doctor.h"
#include "coordinator/cli/setup.h"

#include "common/halo2/srs_ceremony.h"
#include "common/sys/printable.h"

#include <stdlib.h>
#include <string.h>

struct asked {
    struct hcl_setup_options setup;
    int allowed;
};

static const struct argp_child children[] = { { &hcl_setup_argp, 0, NULL, 0 }, { 0 } };

static error_t parse(int key, char *arg, struct argp_state *state)
{
    (void)arg;
    if (key != ARGP_KEY_INIT)
        return ARGP_ERR_UNKNOWN;
    state->child_inputs[0] = &((struct asked *)state->input)->setup;
    return 0;
}

static const struct argp argp = {
    .parser = parse,
    .doc = "Say what of this machine makes proofs slower or fail, each with its remedy: kernels, processors, "
           "MPI, NUMA, huge "
           "pages, memory, quotas, disk, cache, and with --srs the SRS.\vUnder mpirun it looks at the node "
           "of rank 0. "
           "With a failure the exit code is that of an environment that cannot do it ('halocline -h').",
    .children = children
};

/* The SRS is looked at as `srs verify` does. */
static bool judge_srs(json_t *list, const struct hcl_setup_options *o, int threads)
{
    struct hcl_srs srs = { 0 };
    struct hcl_err err = { "" };
    bool added;
    if (o->unsafe_dev_srs)
        return hcl_doctor_add(list, "SRS", "warning", "import the result of a ceremony: halocline srs import",
                              "a development SRS: its proofs prove nothing to anyone");
    if (!o->srs)
        return hcl_doctor_add(list, "SRS", "ok", "", "none was named: --srs FILE has it looked at");
    hcl_status st = hcl_srs_read(&srs, o->srs, 0, NULL, threads, &err);
    if (st == HCL_OK)
        st = hcl_srs_check(&srs, threads, &err);
    if (st != HCL_OK)
        added = hcl_doctor_add(list, "SRS", "failure", "import another file: halocline srs import",
                               "'%s': %s", o->srs, err.msg);
    else {
        const char *ceremony = hcl_srs_ceremony_of(&srs.verifier.s_g2);
        added =
            hcl_doctor_add(list, "SRS", srs.verifier.unsafe ? "warning" : "ok",
                           srs.verifier.unsafe ? "import the result of a ceremony: halocline srs import" : "",
                           "'%s': 2^%u points, %s", o->srs, srs.k,
                           srs.verifier.unsafe ? "UNSAFE: made for development, proofs prove nothing"
                           : ceremony          ? ceremony
                                               : "consistent, of no ceremony that is known here");
    }
    hcl_srs_clear(&srs);
    return added;
}

static void print(const json_t *list)
{
    size_t i;
    const json_t *c;
    json_array_foreach(list, i, c)
    {
        const char *remedy = json_string_value(json_object_get(c, "remedy"));
        hcl_print_line(stdout, "%-8s %s: %s", json_string_value(json_object_get(c, "level")),
                       json_string_value(json_object_get(c, "check")),
                       json_string_value(json_object_get(c, "found")));
        if (remedy && *remedy)
            hcl_print_line(stdout, "         -> %s", remedy);
    }
}

static hcl_status work(struct hcl_cli *cli, void *input, struct hcl_err *err)
{
    const struct asked *asked = input;
    const struct hcl_setup_options *o = &asked->setup;
    struct hcl_doctor_facts facts;
    char *cache = hcl_setup_cache_folder(o);
    size_t failures = 0, i;
    const json_t *c;
    hcl_doctor_look(&facts, "", cache, cli->memory, hcl_comm_local_size(cli->comm));
    facts.allowed = asked->allowed;
    facts.apart = hcl_comm_sharing(cli->comm) < hcl_comm_local_size(cli->comm);
    free(cache);
    json_t *list = hcl_doctor_judge(&facts);
    if (!list || !judge_srs(list, o, cli->threads)) {
        json_decref(list);
        return hcl_fail(err, HCL_NO_RESOURCE, "out of memory for the doctor's list");
    }
    json_array_foreach(list, i, c) failures +=
        strcmp(json_string_value(json_object_get(c, "level")), "failure") == 0;
    if (!cli->json)
        print(list);
    hcl_status st = hcl_cli_emit(cli, json_pack("{s:b, s:o}", "healthy", failures == 0, "checks", list), err,
                                 "%s", failures ? "" : "nothing here keeps proofs from being made\n");
    return st != HCL_OK || failures == 0
               ? st
               : hcl_fail(err, HCL_NO_RESOURCE, "%zu of %zu checks say that proofs will fail here", failures,
                          i);
}

hcl_status hcl_cmd_doctor(struct hcl_cli *cli, int argc, char **argv, struct hcl_err *err)
{
    struct asked asked = { .allowed = hcl_doctor_allowed() }; /* before parsing, which binds threads */
    return hcl_cli_run(cli, &argp, NULL, argc, argv, &asked, work, err);
}
