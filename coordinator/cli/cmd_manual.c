/* SPDX-License-Identifier: Apache-2.0 */
/* halocline manual man|bash|zsh|json: what an installation puts beside the program. */
#include "coordinator/cli/manual.h"
#include "coordinator/cli/survey.h"
#include "coordinator/cli/text.h"

#include "common/io/json_read.h"
#include "common/io/reader.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { KEY_DATE = 0x100 };

struct args {
    const char *out, *date;
    hcl_status (*write)(const struct args *a, const json_t *pages, struct hcl_err *err);
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
    struct args *a = state->input;
    switch (key) {
    case 'o':
        a->out = arg;
        return 0;
    case KEY_DATE:
        a->date = arg;
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static hcl_status out_of_memory(struct hcl_err *err)
{
    return hcl_fail(err, HCL_NO_RESOURCE, "out of memory for a page of the manual");
}

/* One page to the file DIR/halocline-srs-import.1. */
static hcl_status write_page(const struct args *a, const json_t *page, struct hcl_err *err)
{
    char *text = NULL, *path = NULL, *base = NULL;
    size_t len = 0;
    hcl_status st = HCL_OK;
    FILE *to = open_memstream(&text, &len);
    if (!to)
        return out_of_memory(err);
    hcl_manual_page(to, page, a->date ? a->date : "1970-01-01", HCL_VERSION);
    if (fclose(to) != 0 || asprintf(&base, "%s.1", hcl_manual_text(page, "name")) < 0)
        HCL_TRY(out_of_memory(err));
    for (char *at = base; *at; at++)
        if (*at == ' ')
            *at = '-';
    path = hcl_join(a->out, base);
    HCL_TRY(path ? hcl_file_write(path, text, len, err) : out_of_memory(err));
done:
    free(path);
    free(base);
    free(text);
    return st;
}

static hcl_status write_man(const struct args *a, const json_t *pages, struct hcl_err *err)
{
    hcl_status st = HCL_OK;
    size_t i;
    const json_t *page;
    if (!a->out)
        return hcl_fail(err, HCL_BAD_INPUT, "manual man needs -o DIR");
    (void)mkdir(a->out, 0777); /* writing says what is wrong with it */
    json_array_foreach(pages, i, page) if (st == HCL_OK) st = write_page(a, page, err);
    return st;
}

static hcl_status write_bash(const struct args *a, const json_t *pages, struct hcl_err *err)
{
    (void)a, (void)err;
    hcl_manual_bash(stdout, pages);
    return HCL_OK;
}

static hcl_status write_zsh(const struct args *a, const json_t *pages, struct hcl_err *err)
{
    (void)a, (void)err;
    hcl_manual_zsh(stdout, pages);
    return HCL_OK;
}

static hcl_status write_json(const struct args *a, const json_t *pages, struct hcl_err *err)
{
    (void)a;
    char *text = hcl_json_text(pages, JSON_INDENT(1));
    hcl_status st = text && puts(text) != EOF ? HCL_OK : out_of_memory(err);
    free(text);
    return st;
}

static hcl_status work(struct hcl_cli *cli, void *input, struct hcl_err *err)
{
    const struct args *a = input;
    json_t *pages;
    hcl_status st = hcl_survey(&pages, cli, err);
    if (st == HCL_OK)
        st = a->write(a, pages, err);
    json_decref(pages);
    return st;
}

static const struct argp_option man_options[] = {
    { "output", 'o', "DIR", 0, "The folder to write halocline.1 and one page for each command to", 0 },
    { "date", KEY_DATE, "DATE", 0, "The date that the pages show, YYYY-MM-DD", 0 },
    { 0 },
};

static hcl_status run_man(struct hcl_cli *cli, int argc, char **argv, struct hcl_err *err)
{
    static const struct argp argp = {
        .options = man_options, .parser = parse, .args_doc = "-o DIR", .doc = "Write the man pages."
    };
    struct args a = { .write = write_man };
    return hcl_cli_run(cli, &argp, NULL, argc, argv, &a, work, err);
}

static hcl_status run_bash(struct hcl_cli *cli, int argc, char **argv, struct hcl_err *err)
{
    static const struct argp argp = { .parser = parse,
                                      .doc = "Print completion for bash: source it, or put it into "
                                             "~/.local/share/bash-completion/completions/halocline." };
    struct args a = { .write = write_bash };
    return hcl_cli_run(cli, &argp, NULL, argc, argv, &a, work, err);
}

static hcl_status run_zsh(struct hcl_cli *cli, int argc, char **argv, struct hcl_err *err)
{
    static const struct argp argp = {
        .parser = parse, .doc = "Print completion for zsh: put it into a folder of $fpath as _halocline."
    };
    struct args a = { .write = write_zsh };
    return hcl_cli_run(cli, &argp, NULL, argc, argv, &a, work, err);
}

static hcl_status run_json(struct hcl_cli *cli, int argc, char **argv, struct hcl_err *err)
{
    static const struct argp argp = { .parser = parse,
                                      .doc = "Print all commands and options as JSON, for tools." };
    struct args a = { .write = write_json };
    return hcl_cli_run(cli, &argp, NULL, argc, argv, &a, work, err);
}

hcl_status hcl_cmd_manual(struct hcl_cli *cli, int argc, char **argv, struct hcl_err *err)
{
    static const struct hcl_command table[] = {
        { "man", "write the man pages", run_man },
        { "bash", "print completion for bash", run_bash },
        { "zsh", "print completion for zsh", run_zsh },
        { "json", "print commands and options as JSON", run_json },
        { NULL, NULL, NULL },
    };
    return hcl_cli_dispatch(cli, table, argc, argv, err);
}
