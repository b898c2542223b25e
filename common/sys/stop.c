/* SPDX-License-Identifier: Apache-2.0 */
#include "common/sys/stop.h"

#include <signal.h>
#include <stdatomic.h>

/* Lock-free, as a handler needs it. */
static atomic_bool asked;

static void note(int number)
{
    (void)number;
    atomic_store(&asked, true);
}

void hcl_stop_on_signals(void)
{
    struct sigaction action = { .sa_handler = note, .sa_flags = SA_RESTART };
    sigemptyset(&action.sa_mask);
    sigaction(SIGUSR1, &action, NULL);
    action.sa_flags |= SA_RESETHAND;
    sigaction(SIGTERM, &action, NULL);
}

bool hcl_stop_asked(void)
{
    return atomic_load(&asked);
}
