/* SPDX-License-Identifier: Apache-2.0 */
/* All commands with their options as data: the tables that -h prints, walked instead of printed. What is made
 * from it (man pages, completions) has whatever a command has. */
#ifndef HCL_COORDINATOR_CLI_SURVEY_H
#define HCL_COORDINATOR_CLI_SURVEY_H

#include "coordinator/cli/cli.h"

/** A list of pages: {name, summary} and either {commands: [{name, summary}]} or {args, doc, epilogue,
 * options: [{group, name, short, arg, doc}]}; texts may be "". The first is that of the program, the rest in
 * the order of its help. Rank 0 alone may call it. */
hcl_status hcl_survey(json_t **out, const struct hcl_cli *cli, struct hcl_err *err);

/** Called by hcl_cli_parse and hcl_cli_dispatch when cli->survey is set, in place of their work. */
hcl_status hcl_survey_page(struct hcl_cli *cli, const struct argp *own, const struct argp_option *common,
                           struct hcl_err *err);
hcl_status hcl_survey_group(struct hcl_cli *cli, const struct hcl_command *table, struct hcl_err *err);

#endif
