/* SPDX-License-Identifier: Apache-2.0 */
/* A request to stop where it does no harm: SIGTERM, or SIGUSR1, by which schedulers say that the time is
 * almost up. Work that can be continued later asks now and then; work that cannot does not call this and ends
 * by SIGTERM as any process does. Local: several ranks have to agree. */
#ifndef HCL_COMMON_SYS_STOP_H
#define HCL_COMMON_SYS_STOP_H

#include <stdbool.h>

/** From here on SIGTERM and SIGUSR1 are requests. A second SIGTERM ends the process. */
void hcl_stop_on_signals(void);
/** Whether one has come. Any thread. */
bool hcl_stop_asked(void);

#endif
