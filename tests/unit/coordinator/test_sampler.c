/* SPDX-License-Identifier: Apache-2.0 */
/* What the sampler sees: memory, and threads that want a processor. */
#include "tests/support/test.h"

#include "coordinator/report/sampler.h"

#include <pthread.h>
#include <stdatomic.h>
#include <time.h>

enum { BUSY = 4 };

static _Atomic bool stop;

static void *be_busy(void *arg)
{
    while (!stop)
        ;
    return arg;
}

static void rest(double seconds)
{
    const struct timespec t = { (time_t)seconds, (long)(1e9 * (seconds - (double)(time_t)seconds)) };
    nanosleep(&t, NULL);
}

/* They begin after the first look; the other threads of the machine can only make it more. */
static void busy_threads_are_counted(void **state)
{
    (void)state;
    pthread_t thread[BUSY];
    struct hcl_memory_sample samples[HCL_SAMPLES];
    struct hcl_sampler *s = hcl_sampler_start();
    assert_non_null(s);
    rest(4 * HCL_SAMPLE_SECONDS);
    stop = false;
    for (int i = 0; i < BUSY; i++)
        assert_int_equal(pthread_create(&thread[i], NULL, be_busy, NULL), 0);
    rest(0.5);
    const double seen = hcl_sampler_runnable(s);
    stop = true;
    for (int i = 0; i < BUSY; i++)
        pthread_join(thread[i], NULL);
    if (seen < 0.75 * BUSY)
        fail_msg("%.2f threads seen where %d are busy", seen, BUSY);
    assert_true(hcl_sampler_stop(s, samples) > 1);
    assert_true(samples[0].rss > 0 && samples[1].at > samples[0].at);
    hcl_sampler_free(s);
}

static void nothing_is_known_without_one(void **state)
{
    (void)state;
    assert_true(hcl_sampler_runnable(NULL) == 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(busy_threads_are_counted),
        cmocka_unit_test(nothing_is_known_without_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
