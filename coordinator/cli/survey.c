/* SPDX-License-Identifier: Apache-2.0 */
#include "coordinator/cli/survey.h"

#include <string.h>

static hcl_status no_memory(struct hcl_err *err)
{
    return hcl_fail(err, HCL_NO_RESOURCE, "out of memory for the list of commands");
}

static bool set_text(json_t *o, const char *key, const char *text, size_t len)
{
    return json_object_set_new(o, key, json_stringn(text ? text : "", text ? len : 0)) == 0;
}

/* A table ends with an entry of nothing; one without name or key begins a group. */
static bool add_options(json_t *list, const struct argp_option *o)
{
    const char *group = "";
    for (; o && (o->name || o->key || o->doc); o++) {
        const bool is_short = o->key > ' ' && o->key < 127;
        char letter[2] = "";
        if (is_short)
            letter[0] = (char)o->key;
        if (!o->name && !o->key)
            group = o->doc;
        else if (!(o->flags & OPTION_HIDDEN) &&
                 json_array_append_new(list, json_pack("{s:s, s:s, s:s, s:s, s:s}", "group", group, "name",
                                                       o->name ? o->name : "", "short", letter, "arg",
                                                       o->arg ? o->arg : "", "doc", o->doc ? o->doc : "")) !=
                     0)
            return false;
    }
    return true;
}

static bool add_all(json_t *list, const struct argp *argp)
{
    if (!add_options(list, argp->options))
        return false;
    for (const struct argp_child *c = argp->children; c && c->argp; c++)
        if (!add_all(list, c->argp))
            return false;
    return true;
}

static json_t *new_page(const struct hcl_cli *cli)
{
    return json_pack("{s:s, s:s}", "name", cli->name, "summary", cli->summary ? cli->summary : "");
}

hcl_status hcl_survey_page(struct hcl_cli *cli, const struct argp *own, const struct argp_option *common,
                           struct hcl_err *err)
{
    json_t *page = new_page(cli), *options = json_array();
    const char *doc = own->doc ? own->doc : "", *end = strchr(doc, '\v');
    const size_t before = end ? (size_t)(end - doc) : strlen(doc);
    const bool made = page && options && add_all(options, own) && add_options(options, common) &&
                      set_text(page, "args", own->args_doc, own->args_doc ? strlen(own->args_doc) : 0) &&
                      set_text(page, "doc", doc, before) &&
                      set_text(page, "epilogue", end ? end + 1 : "", end ? strlen(end + 1) : 0) &&
                      json_object_set(page, "options", options) == 0 &&
                      json_array_append(cli->survey, page) == 0;
    json_decref(page);
    json_decref(options);
    cli->finished = true;
    return made ? HCL_OK : no_memory(err);
}

static hcl_status visit(const struct hcl_cli *parent, const struct hcl_command *c, struct hcl_err *err)
{
    char name[128], *argv[] = { name, NULL };
    struct hcl_cli cli = *parent;
    snprintf(name, sizeof name, "%.60s %s", parent->name, c->name);
    cli.name = name;
    cli.summary = c->summary;
    cli.finished = false;
    return c->run(&cli, 1, argv, err);
}

hcl_status hcl_survey_group(struct hcl_cli *cli, const struct hcl_command *table, struct hcl_err *err)
{
    json_t *page = new_page(cli), *commands = json_array();
    bool made = page && commands && json_object_set(page, "commands", commands) == 0 &&
                json_array_append(cli->survey, page) == 0;
    for (const struct hcl_command *c = table; made && c->name; c++)
        made = json_array_append_new(commands,
                                     json_pack("{s:s, s:s}", "name", c->name, "summary", c->summary)) == 0;
    json_decref(page);
    json_decref(commands);
    hcl_status st = made ? HCL_OK : no_memory(err);
    for (const struct hcl_command *c = table; st == HCL_OK && c->name; c++)
        st = visit(cli, c, err);
    return st;
}

hcl_status hcl_survey(json_t **out, const struct hcl_cli *cli, struct hcl_err *err)
{
    struct hcl_cli walk = { .comm = cli->comm,
                            .rank = cli->rank,
                            .ranks = cli->ranks,
                            .name = "halocline",
                            .summary =
                                "prove in zero knowledge that a machine-learning model gave an output" };
    *out = walk.survey = json_array();
    hcl_status st = walk.survey ? hcl_survey_group(&walk, hcl_cli_commands, err) : no_memory(err);
    if (st != HCL_OK) {
        json_decref(*out);
        *out = NULL;
    }
    return st;
}
