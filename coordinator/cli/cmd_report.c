/* SPDX-License-Identifier: Apache-2.0 */
/* halocline report: the page of a finished proof. */
#include "coordinator/cli/cli.h"
#include "coordinator/cli/text.h"

#include "common/io/file_write.h"
#include "common/io/json_read.h"
#include "coordinator/report/page.h"

#include <string.h>
#include <sys/stat.h>

#define MAX_REPORT_BYTES ((size_t)1 << 30)

struct args {
    const char *run, *out;
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
    struct args *a = state->input;
    if (key != 'o')
        return ARGP_ERR_UNKNOWN;
    a->out = arg;
    return 0;
}

static const struct argp_option options[] = {
    { "output", 'o', "FILE.html", 0, "Where to write the page (default: report.html in RUN)", 0 },
    { 0 },
};
static const struct argp argp = { .options = options,
                                  .parser = parse,
                                  .args_doc = "RUN",
                                  .doc = "Write the report of a proof as one HTML page that needs no "
                                         "network: time line, circuit, cost by phase and "
                                         "layer, memory, errors, what the verifier learns. RUN is the folder "
                                         "that 'prove' wrote, or its report.json." };

static bool is_folder(const char *path)
{
    struct stat st;
    return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

static hcl_status read_report(json_t **out, const char *path, struct hcl_err *err)
{
    hcl_status st = hcl_json_read(out, path, MAX_REPORT_BYTES, err);
    if (st != HCL_OK)
        return st;
    const char *format = json_string_value(json_object_get(*out, "format"));
    const json_t *version = json_object_get(*out, "version");
    if (!format || strcmp(format, "halocline-report") != 0)
        st = hcl_fail(err, HCL_BAD_INPUT, "'%s' has format '%s', expected 'halocline-report'", path,
                      format ? format : "");
    else if (!json_is_integer(version) || json_integer_value(version) != 1)
        st = hcl_fail(err, HCL_BAD_INPUT, "'%s' has version %lld, expected 1", path,
                      (long long)json_integer_value(version));
    if (st != HCL_OK) {
        json_decref(*out);
        *out = NULL;
    }
    return st;
}

static hcl_status make_page(struct hcl_cli *cli, void *input, struct hcl_err *err)
{
    const struct args *a = input;
    const bool folder = is_folder(a->run);
    json_t *report = NULL;
    hcl_status st = HCL_OK;
    char *from = folder ? hcl_join(a->run, "report.json") : strdup(a->run);
    char *to = a->out ? strdup(a->out) : folder ? hcl_join(a->run, "report.html") : strdup("report.html");
    if (!from || !to)
        st = hcl_fail(err, HCL_NO_RESOURCE, "no memory for a path");
    if (st == HCL_OK)
        st = read_report(&report, from, err);
    if (st == HCL_OK)
        st = hcl_page_write(to, report, err);
    if (st == HCL_OK)
        st = hcl_cli_emit(cli, json_pack("{s:o}", "page", hcl_json_string(to)), err, "%s\n", to);
    json_decref(report);
    free(from);
    free(to);
    return st;
}

hcl_status hcl_cmd_report(struct hcl_cli *cli, int argc, char **argv, struct hcl_err *err)
{
    struct args a = { 0 };
    const struct hcl_cli_arguments arguments = { .into = { &a.run },
                                                 .least = 1,
                                                 .expected = "the folder of a proof" };
    return hcl_cli_run(cli, &argp, &arguments, argc, argv, &a, make_page, err);
}
