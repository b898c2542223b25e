/* SPDX-License-Identifier: Apache-2.0 */
#include "common/witness/spread.h"

static uint32_t share(uint32_t n, uint32_t digits)
{
    return (n + digits - 1) / digits;
}

struct hcl_spread hcl_spread_plain(uint32_t count)
{
    return (struct hcl_spread){ .count = count, .middle = count, .block = count };
}

struct hcl_spread hcl_spread_channels(uint32_t digits, uint32_t unit, uint32_t count)
{
    const uint32_t block = share(share(count, unit), digits) * unit;

    return (struct hcl_spread){ .count = count, .middle = count, .block = block < count ? block : count };
}

struct hcl_spread hcl_spread_first(uint32_t digits, uint32_t lanes, uint32_t outputs)
{
    const uint32_t rows = (outputs + lanes - 1) / lanes, alone = digits > 1 && outputs % lanes != 0;

    return (struct hcl_spread){ .count = rows * lanes,
                                .low = alone * lanes,
                                .middle = (rows - alone) * lanes,
                                .block = share(rows - alone, digits) * lanes };
}

struct hcl_spread hcl_spread_last(uint32_t digits, uint32_t lanes, uint32_t outputs)
{
    const uint32_t rows = outputs / lanes;

    if (digits == 1)
        return hcl_spread_plain(outputs);
    return (
        struct hcl_spread){ .count = outputs, .middle = rows * lanes, .block = share(rows, digits) * lanes };
}

uint32_t hcl_spread_length(const struct hcl_spread *s)
{
    return s->count - s->middle + s->block;
}

uint32_t hcl_spread_digits(const struct hcl_spread *s)
{
    return s->block ? share(s->middle, s->block) : 1;
}

struct hcl_place hcl_spread_place(const struct hcl_spread *s, uint32_t e)
{
    if (e < s->low)
        return (struct hcl_place){ 0, e };
    e -= s->low;
    if (e < s->middle)
        return (struct hcl_place){ e / s->block, s->low + e % s->block };
    return (struct hcl_place){ 0, s->low + s->block + (e - s->middle) };
}

uint32_t hcl_spread_weight(const struct hcl_spread *s, uint32_t digit, uint32_t index)
{
    if (index >= s->low && index - s->low < s->block) {
        const uint64_t e = (uint64_t)digit * s->block + (index - s->low);
        return e < s->middle ? s->low + (uint32_t)e : UINT32_MAX;
    }
    if (digit > 0 || index >= hcl_spread_length(s))
        return UINT32_MAX;
    return index < s->low ? index : index - s->block + s->middle;
}
