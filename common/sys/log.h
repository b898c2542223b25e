/* SPDX-License-Identifier: Apache-2.0 */
/* Messages for the person at the terminal: stderr only, one line each, one write() per line so that the lines
 * of several ranks never mix. Results never come through here (they go to stdout), nor do secrets: no
 * witness value, blinding or key may be an argument. Thread-safe after hcl_log_init. */
#ifndef HCL_COMMON_SYS_LOG_H
#define HCL_COMMON_SYS_LOG_H

#include "common/sys/status.h"

typedef enum { HCL_LOG_ERROR, HCL_LOG_WARNING, HCL_LOG_INFO, HCL_LOG_DEBUG } hcl_log_level;

/** Set once, before threads: lines above `most` are dropped; with ranks > 1 lines begin with the rank. */
void hcl_log_init(hcl_log_level most, int rank, int ranks);
/** Called before each line, to take away what is in its place; NULL: nothing. By the thread that began the
 * program, while no other logs. */
void hcl_log_before(void (*before)(void *ctx), void *ctx);
/** "halocline: [rank 2: ][warning: ]text", the text escaped (printable.h). */
void hcl_log(hcl_log_level level, const char *fmt, ...) HCL_PRINTF(2, 3);

#endif
