/* SPDX-License-Identifier: Apache-2.0 */
/* Signals that ask the process to end (SIGHUP, SIGINT, SIGTERM) can wait while something is done that should
 * not be left half done. One holder at a time, on any thread; what was ignored before stays ignored. */
#ifndef HCL_COMMON_SYS_HOLD_H
#define HCL_COMMON_SYS_HOLD_H

/** From here on such a signal only takes note of itself. */
void hcl_hold_signals(void);
/** Act again as before hcl_hold_signals; the last signal that came meanwhile is delivered now, so this may
 * not return. */
void hcl_release_signals(void);

#endif
