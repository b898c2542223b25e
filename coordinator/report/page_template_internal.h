/* SPDX-License-Identifier: Apache-2.0 */
/* page.html, as the build puts it into the program, with a final zero. */
#ifndef HCL_COORDINATOR_REPORT_PAGE_TEMPLATE_INTERNAL_H
#define HCL_COORDINATOR_REPORT_PAGE_TEMPLATE_INTERNAL_H

extern const unsigned char hcl_page_template[];

#endif
