/* SPDX-License-Identifier: Apache-2.0 */
#include "common/sys/hold.h"

#include <signal.h>
#include <stddef.h>

static const int held[] = { SIGHUP, SIGINT, SIGTERM };
enum { HELD = sizeof held / sizeof *held };
static struct sigaction before[HELD];
static volatile sig_atomic_t waiting;

static void note(int number)
{
    waiting = number;
}

void hcl_hold_signals(void)
{
    struct sigaction noted = { .sa_handler = note, .sa_flags = SA_RESTART };
    sigemptyset(&noted.sa_mask);
    waiting = 0;
    for (size_t i = 0; i < HELD; i++) {
        sigaction(held[i], NULL, &before[i]);
        if (before[i].sa_handler != SIG_IGN)
            sigaction(held[i], &noted, NULL);
    }
}

void hcl_release_signals(void)
{
    for (size_t i = 0; i < HELD; i++)
        sigaction(held[i], &before[i], NULL);
    if (waiting)
        raise(waiting);
}
