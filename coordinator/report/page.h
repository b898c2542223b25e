/* SPDX-License-Identifier: Apache-2.0 */
/* A report as one HTML page that needs nothing else: page.html, which is part of the program, with
 * report.json in it. Names in a report come from models of others; the page shows text as text, and the JSON
 * in it has no character that HTML could take for its own. */
#ifndef HCL_COORDINATOR_REPORT_PAGE_H
#define HCL_COORDINATOR_REPORT_PAGE_H

#include "common/sys/status.h"

#include <jansson.h>

/** The page, to be freed; NULL: out of memory. */
char *hcl_page_text(const json_t *report);
/** Atomically. */
hcl_status hcl_page_write(const char *path, const json_t *report, struct hcl_err *err);

#endif
