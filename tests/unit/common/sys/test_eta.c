/* SPDX-License-Identifier: Apache-2.0 */
/* Time left and share done, on clocks that are made up. */
#include "tests/support/test.h"

#include "common/sys/eta.h"

#include <math.h>

static const struct hcl_eta_step plan[] = { { "inference", 10, false }, { "keygen", 80, false },
                                            { "witness", 2, false },    { "commit advice", 3, false },
                                            { "witness", 20, false },   { "commit advice", 40, false },
                                            { "quotient", 60, false },  { "opening", 5, false } };
enum { STEPS = sizeof plan / sizeof *plan };

/* Run the plan, each step taking slow[i] times what was expected; the worst relative error of the time left
 * after the first tenth of the job, and while at least a tenth of it is left. */
static double worst_error(const double slow[STEPS])
{
    struct hcl_eta e;
    double whole = 0, begin = 100, worst = 0, fraction = 0;
    hcl_eta_start(&e, begin);
    hcl_eta_plan(&e, plan, STEPS);
    for (size_t i = 0; i < STEPS; i++)
        whole += slow[i] * plan[i].seconds;
    for (size_t i = 0; i < STEPS; i++) {
        const double takes = slow[i] * plan[i].seconds;
        hcl_eta_phase(&e, plan[i].name, begin);
        for (int part = 0; part < 20; part++) {
            const double now = begin + takes * part / 20, over = now - 100, left = whole - over;
            const struct hcl_eta_guess g = hcl_eta_guess(&e, now);
            assert_true(g.known && g.remaining >= 0 && g.fraction >= fraction && g.fraction < 1);
            fraction = g.fraction;
            if (over >= whole / 10 && left >= whole / 10)
                worst = fmax(worst, fabs(g.remaining - left) / left);
        }
        begin += takes;
    }
    assert_true(fraction > 0.95);
    return worst;
}

static void time_left_is_right_within_a_quarter(void **state)
{
    (void)state;
    double factor = 0.3;
    for (int machine = 0; machine < 8; machine++) { /* others than was expected */
        double slow[STEPS];
        for (size_t i = 0; i < STEPS; i++)
            slow[i] = factor;
        const double worst = worst_error(slow);
        if (worst > 0.25)
            fail_msg("%.2f times as slow: off by %.0f %%", factor, 100 * worst);
        /* steps that are off by a tenth of each other */
        for (size_t i = 0; i < STEPS; i++)
            slow[i] = factor * (i % 2 ? 1.05 : 0.95);
        assert_true(worst_error(slow) <= 0.25);
        factor *= 1.5;
    }
}

static void nothing_is_known_without_a_plan(void **state)
{
    (void)state;
    struct hcl_eta e;
    hcl_eta_start(&e, 5);
    hcl_eta_phase(&e, "quantise", 6);
    assert_false(hcl_eta_guess(&e, 7).known);
    hcl_eta_plan(&e, plan, STEPS);
    assert_true(hcl_eta_guess(&e, 7).known);
    assert_true(fabs(hcl_eta_guess(&e, 7).remaining - 220) < 1e-9); /* what is over counts as done */
    assert_true(fabs(hcl_eta_guess(&e, 7).fraction - 2.0 / 222) < 1e-9);
}

static void a_guess_says_nothing_of_the_others(void **state)
{
    (void)state;
    const struct hcl_eta_step steps[] = { { "quantise", 10, true }, { "keygen", 80, false } };
    struct hcl_eta e;
    hcl_eta_start(&e, 0);
    hcl_eta_plan(&e, steps, 2);
    hcl_eta_phase(&e, "quantise", 0);
    assert_true(fabs(hcl_eta_guess(&e, 4).remaining - 86) < 1e-9);
    assert_true(fabs(hcl_eta_guess(&e, 40).remaining - 80.5) < 1e-9); /* late */
    hcl_eta_phase(&e, "keygen", 50);
    assert_true(fabs(hcl_eta_guess(&e, 50).remaining - 80) < 1e-9);
}

static void a_new_plan_keeps_what_was_learned(void **state)
{
    (void)state;
    struct hcl_eta e;
    hcl_eta_start(&e, 0);
    hcl_eta_plan(&e, plan, STEPS);
    hcl_eta_phase(&e, "keygen", 0);
    hcl_eta_phase(&e, "witness", 240); /* three times as long */
    hcl_eta_plan(&e, plan + 4, STEPS - 4);
    hcl_eta_phase(&e, "witness", 240);
    assert_true(fabs(hcl_eta_guess(&e, 240).remaining - 3 * 125) < 5);
}

static void unknown_and_left_out_phases(void **state)
{
    (void)state;
    struct hcl_eta e;
    hcl_eta_start(&e, 0);
    hcl_eta_plan(&e, plan, STEPS);
    hcl_eta_phase(&e, "inference", 0);
    hcl_eta_phase(&e, "a surprise", 10); /* goes on as the step before */
    assert_int_equal(e.current, 0);
    hcl_eta_phase(&e, "witness", 10); /* no keys to be made */
    assert_int_equal(e.current, 2);
    hcl_eta_phase(&e, "witness", 12); /* the next of this name */
    assert_int_equal(e.current, 4);
    hcl_eta_phase(&e, "inference", 13); /* none is to come */
    assert_int_equal(e.current, 4);
    assert_true(hcl_eta_guess(&e, 13).remaining > 110);
    assert_true(hcl_eta_guess(&e, 1000).remaining > 110); /* far too late, and all else as slow */
}

static void long_plans_keep_their_length(void **state)
{
    (void)state;
    struct hcl_eta e;
    struct hcl_eta_step many[HCL_ETA_STEPS + 10] = { { "", 0, false } };
    for (size_t i = 0; i < HCL_ETA_STEPS + 10; i++)
        many[i] = (struct hcl_eta_step){ "step", 1, false };
    hcl_eta_start(&e, 0);
    hcl_eta_plan(&e, many, HCL_ETA_STEPS + 10);
    assert_true(fabs(hcl_eta_guess(&e, 0).remaining - (HCL_ETA_STEPS + 10)) < 1e-9);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(time_left_is_right_within_a_quarter),
        cmocka_unit_test(nothing_is_known_without_a_plan),
        cmocka_unit_test(a_guess_says_nothing_of_the_others),
        cmocka_unit_test(a_new_plan_keeps_what_was_learned),
        cmocka_unit_test(unknown_and_left_out_phases),
        cmocka_unit_test(long_plans_keep_their_length),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
