/* SPDX-License-Identifier: Apache-2.0 */
/* Texts made from the survey of all commands. */
#ifndef HCL_COORDINATOR_CLI_MANUAL_H
#define HCL_COORDINATOR_CLI_MANUAL_H

#include <jansson.h>
#include <stdio.h>

/** The man page (section 1) of one entry of the survey; date: YYYY-MM-DD. */
void hcl_manual_page(FILE *to, const json_t *page, const char *date, const char *version);
/** Completion for bash and for zsh. */
void hcl_manual_bash(FILE *to, const json_t *pages);
void hcl_manual_zsh(FILE *to, const json_t *pages);

/** A text of an object, "" if it has none. */
const char *hcl_manual_text(const json_t *o, const char *key);

#endif
