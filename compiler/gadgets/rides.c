/* SPDX-License-Identifier: Apache-2.0 */
#include "compiler/gadgets/rides.h"
#include <stdlib.h>

#define ACCUMULATES                                                                                          \
    (HCL_ROW_HZ | HCL_ROW_HT | HCL_ROW_DOT | HCL_ROW_HY | HCL_ROW_HYT | HCL_ROW_SUM | HCL_ROW_SQUARES)

void hcl_rides_start(struct hcl_lower *c, struct hcl_rides *r)
{
    *r = (struct hcl_rides){ 0 };
    c->rides = r;
}

static void wait_for_row(struct hcl_lower *c, struct hcl_ride ride)
{
    struct hcl_rides *r = c->rides;

    if (r->count == r->cap) {
        size_t cap = r->cap ? 2 * r->cap : 32;
        struct hcl_ride *grown = realloc(r->list, cap * sizeof(*grown));
        if (!grown) {
            hcl_machine_fail(c->m, HCL_NO_RESOURCE, "out of memory for %zu products", cap);
            return;
        }
        r->list = grown;
        r->cap = cap;
    }
    r->list[r->count++] = ride;
}

void hcl_ride(struct hcl_lower *c, struct hcl_cell a, struct hcl_cell b, bool cont, struct hcl_cell *sum)
{
    wait_for_row(c, (struct hcl_ride){ .a = a, .b = b, .cont = cont, .sum = sum });
}

void hcl_ride_equal(struct hcl_lower *c, struct hcl_cell a, struct hcl_cell b, bool cont,
                    struct hcl_cell equal)
{
    wait_for_row(c, (struct hcl_ride){ .a = a, .b = b, .cont = cont, .equal = equal, .ties = true });
}

static bool can_ride(const struct hcl_lower *c, const struct hcl_row_spec *spec)
{
    const struct hcl_rides *r = c->rides;
    const uint32_t row = hcl_machine_next_row(c->m);

    return r && r->next < r->count && !(spec->flags & ACCUMULATES) && r->list[r->next].a.row < row &&
           r->list[r->next].b.row < row;
}

uint32_t hcl_lane_append(struct hcl_lower *c, struct hcl_row_spec *spec)
{
    struct hcl_rides *r = c->rides;
    struct hcl_ride *ride;
    uint32_t row;

    if (!can_ride(c, spec))
        return hcl_machine_row(c->m, spec);
    ride = &r->list[r->next++];
    if (ride->cont && r->last_row + 1 != hcl_machine_next_row(c->m))
        hcl_machine_fail(c->m, HCL_BAD_INPUT, "layout: row %u goes on with a sum that is not above it",
                         hcl_machine_next_row(c->m));
    spec->flags |= (uint16_t)(HCL_ROW_DOT | (ride->cont ? HCL_ROW_CONT0 : 0));
    spec->a1 = &ride->a;
    spec->b = &ride->b;
    row = hcl_machine_row(c->m, spec);
    r->last_row = row;
    if (ride->sum)
        *ride->sum = hcl_cell_at(row, HCL_AT_A0);
    if (ride->ties)
        hcl_machine_equal(c->m, hcl_cell_at(row, HCL_AT_A0), ride->equal);
    return row;
}

void hcl_rides_end(struct hcl_lower *c)
{
    struct hcl_rides *r = c->rides;

    while (c->m->status == HCL_OK && r->next < r->count) {
        struct hcl_row_spec spec = { 0 };
        hcl_lane_append(c, &spec);
    }
    free(r->list);
    c->rides = NULL;
}
