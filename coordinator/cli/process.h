/* SPDX-License-Identifier: Apache-2.0 */
/* What the process needs around it before anything runs, whatever it was started with. */
#ifndef HCL_COORDINATOR_CLI_PROCESS_H
#define HCL_COORDINATOR_CLI_PROCESS_H

/** First of all: settings that OpenMP's runtime reads before main() begins. Where they are not as they should
 * be, starts the program again with them, so it may not return. */
void hcl_process_settle(char **argv);
/** The exit code of body(argc, argv), run on a stack of known size. */
int hcl_process_run(int (*body)(int argc, char **argv), int argc, char **argv);

#endif
