/* SPDX-License-Identifier: Apache-2.0 */
/* What the runner takes for granted, checked once after reading. */
#include "common/witness/witness_internal.h"

#define TABLE_VALUE_LIMIT ((int64_t)1 << 60)

struct checker {
    const struct hcl_program *p;
    const char *file;
    struct hcl_err *err;
    uint64_t cells, inputs;
};

static hcl_status bad(const struct checker *c, const char *what, uint64_t index)
{
    return hcl_fail(c->err, HCL_BAD_INPUT, "'%s': %s %llu of the witness program refers outside of it",
                    c->file, what, (unsigned long long)index);
}

static bool stacked(const struct hcl_program *p, int64_t lo, uint32_t len, uint32_t tag, uint32_t table_row)
{
    return len && tag && lo > -TABLE_VALUE_LIMIT && lo < TABLE_VALUE_LIMIT && table_row <= p->table_rows &&
           len <= p->table_rows - table_row;
}

static hcl_status check_tables(const struct checker *c)
{
    const struct hcl_program *p = c->p;

    for (uint32_t i = 0; i < p->num_fns; i++) {
        if (!stacked(p, p->fns[i].lo, p->fns[i].len, p->fns[i].tag, p->fns[i].table_row))
            return bad(c, "function table", i);
    }
    for (uint32_t i = 0; i < p->num_ranges; i++) {
        if (!stacked(p, p->ranges[i].lo, p->ranges[i].len, p->ranges[i].tag, p->ranges[i].table_row))
            return bad(c, "range", i);
    }
    for (uint32_t i = 0; i < p->num_classes; i++) {
        const struct hcl_row_class *k = &p->classes[i];
        if ((k->fn != HCL_NONE && k->fn >= p->num_fns) ||
            (k->range != HCL_NONE && k->range >= p->num_ranges) ||
            (k->fn == HCL_NONE) != (k->range == HCL_NONE) || k->s < 0)
            return bad(c, "row class", i);
    }
    return HCL_OK;
}

static bool cells_before(const uint32_t *list, uint32_t len, uint64_t before)
{
    for (uint32_t i = 0; i < len; i++) {
        if (list[i] >= before)
            return false;
    }
    return true;
}

static bool hint_ok(const struct hcl_hint *h, uint64_t before)
{
    if (h->kind == HCL_HINT_DIVIDE)
        return h->count == 0 && h->by > 0 && before > 0;
    if (h->kind == HCL_HINT_SQUARE)
        return h->count == 0 && before > 0;
    if (h->kind == HCL_HINT_MAX && h->by != 0 &&
        (h->by < 0 || h->by > UINT32_MAX || h->other >= before || h->count > before - h->other))
        return false;
    if (h->kind == HCL_HINT_FLOOR && h->by < 1)
        return false;
    return h->kind < HCL_HINT_KINDS && h->count > 0 && h->cell < before && h->count <= before - h->cell;
}

static bool source_ok(const struct checker *c, hcl_src s, uint64_t before)
{
    uint64_t at = HCL_SRC_INDEX(s);

    switch (HCL_SRC_KIND(s)) {
    case HCL_SRC_CELL:
        return at < before;
    case HCL_SRC_INPUT:
        return at < c->inputs;
    case HCL_SRC_POOL:
        return at < c->p->pool_len;
    case HCL_SRC_ABOVE:
        return at == 0 && before > 0;
    case HCL_SRC_HINT:
        return at < c->p->num_hints && hint_ok(&c->p->hints[at], before);
    default:
        return s == HCL_SRC_NONE;
    }
}

static bool more_than_one(unsigned flags)
{
    return (flags & (flags - 1)) != 0;
}

static hcl_status check_rows(const struct checker *c)
{
    const struct hcl_program *p = c->p;
    const unsigned sets_b = HCL_ROW_DOT | HCL_ROW_SUM | HCL_ROW_SQUARES | HCL_ROW_CARRY | HCL_ROW_GATHER;

    for (uint32_t i = 0; i < p->num_rows; i++) {
        const struct hcl_row *r = &p->rows[i];
        uint64_t before = (uint64_t)i * p->lanes;
        if (r->cls >= p->num_classes || r->lookups & ~hcl_lanes_below(p->lanes) ||
            (r->lookups && (p->classes[r->cls].fn == HCL_NONE || p->classes[r->cls].range == HCL_NONE)) ||
            (i == 0 && r->flags & (HCL_ROW_CONT0 | HCL_ROW_CONT1 | HCL_ROW_CARRY | HCL_ROW_GATHER)) ||
            (r->flags & HCL_ROW_HY && r->flags & HCL_ROW_HYT) || more_than_one(r->flags & sets_b))
            return bad(c, "row", i);
        for (uint32_t j = 0; j < p->lanes; j++) {
            if (!source_ok(c, p->sources[before + j], before))
                return bad(c, "source of row", i);
        }
    }
    return HCL_OK;
}

/* [first, first + count*each) lies below limit, without overflow. */
static bool span(uint64_t first, uint64_t count, uint64_t each, uint64_t limit)
{
    return first <= limit && (each == 0 || count <= (limit - first) / each);
}

/* The passes lists[first .. first + count) lie in the weight rows. */
static bool passes_ok(const struct hcl_program *p, const struct hcl_block *b, uint64_t count)
{
    const struct hcl_spread spread = hcl_block_spread(p, b);
    const uint64_t length = hcl_spread_length(&spread);
    const uint64_t rows = (length + p->weight_columns - 1) / p->weight_columns * b->limbs;

    if (b->limbs < 1 || b->limbs > 4 || !span(b->passes, count, 1, p->lists_len) || rows > p->num_weight_rows)
        return false;
    for (uint64_t i = 0; i < count; i++)
        if (p->lists[b->passes + i] != HCL_NONE && p->lists[b->passes + i] > p->num_weight_rows - rows)
            return false;
    return true;
}

/* What a block adds lies before it and meets positions that it has. */
static bool residual_ok(const struct hcl_program *p, const struct hcl_block *b)
{
    const uint64_t cells = (uint64_t)b->out_rows * p->lanes;

    if (b->res_rows == 0)
        return true;
    if (b->res_at == HCL_NONE)
        return b->res_bits < 63 && b->out_channels <= (uint64_t)b->res_rows * p->lanes &&
               (uint64_t)b->res_row + b->res_rows <= b->out_row;
    return b->res_bits < 63 && b->res_at <= cells && b->res_rows <= (cells - b->res_at) / p->lanes &&
           span((uint64_t)b->res_row + b->res_rows, b->out_channels - 1, b->res_stride, b->out_row);
}

/* false: no 64 bits hold it. */
static bool last_shift(const struct hcl_block *b, uint64_t *out)
{
    uint64_t down = (uint64_t)(b->kernel_h - 1), right = (uint64_t)(b->kernel_w - 1);

    return !__builtin_mul_overflow(down, (uint64_t)b->gap_y + 1, &down) &&
           !__builtin_mul_overflow(down, (uint64_t)b->pitch, &down) &&
           !__builtin_mul_overflow(right, (uint64_t)b->gap_x + 1, &right) &&
           !__builtin_add_overflow(down, right, out);
}

static bool planes_ok(const struct hcl_program *p, const struct hcl_block *b)
{
    uint64_t taps = (uint64_t)b->kernel_h * b->kernel_w, shift;

    if (!taps || !b->group || !b->in_rows || !b->in_channels || b->in_channels % b->group ||
        !b->out_channels || b->out_channels % (b->in_channels / b->group) || b->in_rows > b->out_rows ||
        b->front_rows > b->out_rows - b->in_rows)
        return false;
    return last_shift(b, &shift) && residual_ok(p, b) && shift <= (uint64_t)b->front_rows * p->lanes &&
           span((uint64_t)b->in_row + b->in_rows, b->in_channels - 1, b->in_stride, b->out_row) &&
           taps <= p->lists_len / b->group &&
           (b->kind == HCL_BLOCK_CONV ? b->group == b->in_channels && passes_ok(p, b, taps * b->group)
                                      : b->out_channels <= p->lists_len / (taps * b->group) &&
                                            passes_ok(p, b, taps * b->group * b->out_channels)) &&
           (b->bias == HCL_NONE || span(b->bias, b->out_channels, 1, p->pool_len));
}

static bool product_ok(const struct hcl_program *p, const struct hcl_block *b)
{
    return residual_ok(p, b) && b->kernel_h == 1 && b->kernel_w == 1 && b->front_rows == 0 &&
           b->group == b->in_channels && b->group && b->in_rows && b->in_rows == b->out_rows &&
           b->out_channels && b->bias == HCL_NONE &&
           span((uint64_t)b->in_row + b->in_rows, b->in_channels - 1, b->in_stride, b->out_row) &&
           span((uint64_t)b->kernel_row +
                    ((uint64_t)b->kernel_origin + b->out_channels + p->lanes - 1) / p->lanes,
                b->in_channels - 1, b->kernel_stride, b->out_row);
}

/* So many Y cells before a block are its own to set. */
static bool own_cells(const struct hcl_program *p, const struct hcl_block *b, uint32_t first, uint32_t count)
{
    if (!span(first, count, 1, (uint64_t)p->lanes * b->out_row))
        return false;
    for (uint32_t o = 0; o < count; o++)
        if (!(p->rows[(first + o) / p->lanes].flags & HCL_ROW_BLOCK))
            return false;
    return true;
}

static bool scores_ok(const struct hcl_program *p, const struct hcl_block *b)
{
    const uint64_t before = (uint64_t)p->lanes * b->out_row, cells = (uint64_t)b->out_rows * p->lanes;

    if (!product_ok(p, b) || b->res_rows || !own_cells(p, b, b->factor, b->out_channels))
        return false;
    if (b->res_at == 0)
        return true;
    if (!own_cells(p, b, b->shift, b->out_channels) || !span(b->in_list, b->out_channels, 1, p->lists_len))
        return false;
    for (uint32_t o = 0; o < b->out_channels; o++)
        if (!span(p->lists[b->in_list + o], cells, 1, before))
            return false;
    return true;
}

static bool dense_ok(const struct hcl_program *p, const struct hcl_block *b)
{
    if (b->out_channels != 1 || b->out_w > (uint64_t)b->out_rows * p->lanes ||
        !span(b->in_list, b->in_channels, 1, p->lists_len) || !passes_ok(p, b, b->in_channels) ||
        !(b->bias == HCL_NONE || span(b->bias, b->out_w, 1, p->pool_len)))
        return false;
    for (uint32_t i = 0; i < b->in_channels; i++) {
        if (p->lists[b->in_list + i] / p->lanes >= b->out_row)
            return false;
    }
    return true;
}

static bool scale_ok(const struct hcl_program *p, const struct hcl_block *b)
{
    const uint64_t cells = (uint64_t)p->lanes * b->out_row;

    if (b->out_channels != 1 || b->limbs < 1 || b->limbs > 2 || !b->in_rows ||
        b->out_rows / b->limbs != b->in_rows || b->out_rows % b->limbs || !b->out_w ||
        b->out_w > (uint64_t)b->in_rows * p->lanes || (uint64_t)b->in_row + b->in_rows > b->out_row ||
        (b->factor != HCL_NONE && b->factor >= cells) || (b->shift != HCL_NONE && b->shift >= cells))
        return false;
    if (b->res_rows && (b->res_rows != b->in_rows || (uint64_t)b->res_row + b->res_rows > b->out_row))
        return false;
    if (!b->res_rows && b->res_at && !span(b->res_row, (uint64_t)b->in_rows * p->lanes, 1, p->pool_len))
        return false;
    for (uint32_t i = 0; i < b->out_rows; i++) {
        const struct hcl_row_class *k = &p->classes[p->rows[b->out_row + i].cls];
        if (k->fn == HCL_NONE || k->s < 1)
            return false;
    }
    return true;
}

static bool lookup_ok(const struct hcl_program *p, const struct hcl_block *b)
{
    return b->out_channels == 1 && b->in_row < p->num_row_tables &&
           b->out_w == p->row_tables[b->in_row].width && b->res_row < p->num_rows &&
           b->res_row >= b->out_row && b->out_rows == (b->out_w + p->lanes - 1) / p->lanes &&
           b->factor < (uint64_t)p->lanes * b->out_row &&
           !(p->rows[b->res_row].lookups & 1); /* its H_0 is the look-up's */
}

static bool rows_ok(const struct hcl_program *p, const struct hcl_block *b)
{
    const bool adds = b->res_rows != 0;

    return b->in_channels && b->in_rows && b->out_channels && b->out_w &&
           b->out_w <= (uint64_t)b->out_rows * p->lanes &&
           (uint64_t)b->origin + b->out_channels <= (uint64_t)b->in_rows * p->lanes &&
           span((uint64_t)b->in_row + b->in_rows, b->in_channels - 1, b->in_stride, b->out_row) &&
           passes_ok(p, b, b->in_channels) &&
           (b->bias == HCL_NONE || span(b->bias, b->out_w, 1, p->pool_len)) &&
           (!adds ||
            (b->res_rows == b->out_rows && b->res_bits < 63 &&
             span((uint64_t)b->res_row + b->res_rows, b->out_channels - 1, b->res_stride, b->out_row)));
}

static bool pick_ok(const struct hcl_program *p, const struct hcl_block *b)
{
    if (b->out_channels != 1 || !b->in_rows || b->out_rows / 2 != b->in_rows || b->out_rows % 2 == 0 ||
        !b->out_w || b->out_w > (uint64_t)b->in_rows * p->lanes ||
        (uint64_t)b->in_row + b->in_rows > b->out_row || b->limbs < 1 || b->limbs > 2 || b->res_bits > 60 ||
        b->in_channels >= b->out_w || !span(b->in_list, b->in_channels, 1, p->lists_len))
        return false;
    for (uint32_t i = 0; i < b->in_channels; i++)
        if ((uint64_t)p->lists[b->in_list + i] + b->in_rows > b->out_row)
            return false;
    for (uint32_t i = 0; i < b->in_rows; i++)
        if (p->classes[p->rows[b->out_row + i].cls].fn == HCL_NONE)
            return false;
    return true;
}

static bool block_ok(const struct hcl_program *p, const struct hcl_block *b)
{
    switch (b->kind) {
    case HCL_BLOCK_CONV:
    case HCL_BLOCK_DEPTHWISE:
        return planes_ok(p, b);
    case HCL_BLOCK_DENSE:
        return dense_ok(p, b);
    case HCL_BLOCK_PRODUCT:
        return product_ok(p, b);
    case HCL_BLOCK_SCORES:
        return scores_ok(p, b);
    case HCL_BLOCK_SCALE:
        return scale_ok(p, b);
    case HCL_BLOCK_PICK:
        return pick_ok(p, b);
    case HCL_BLOCK_LOOKUP:
        return lookup_ok(p, b);
    case HCL_BLOCK_ROWS:
        return rows_ok(p, b);
    default:
        return false;
    }
}

static hcl_status check_blocks(const struct checker *c)
{
    const struct hcl_program *p = c->p;
    uint64_t from = 0;

    for (uint32_t i = 0; i < p->num_blocks; i++) {
        const struct hcl_block *b = &p->blocks[i];
        if (b->out_row < from || !span(b->out_row, b->out_channels, b->out_rows, p->num_rows) ||
            !block_ok(p, b))
            return bad(c, "block", i);
        from = (uint64_t)b->out_row + (uint64_t)b->out_channels * b->out_rows;
    }
    return HCL_OK;
}

static hcl_status check_weight_rows(const struct checker *c)
{
    const struct hcl_program *p = c->p;
    struct hcl_stage last = { 0 };

    for (uint32_t i = 0; i < p->num_weight_rows; i++) {
        int8_t step = p->weight_steps[i];
        if (step < HCL_WEIGHTS_MORE || step > HCL_WEIGHTS_NEXT || (i == 0 && step != HCL_WEIGHTS_START))
            return bad(c, "weight row", i);
    }
    for (uint32_t i = 0; i < p->num_stages; i++) {
        if (p->stages[i].rows < last.rows || p->stages[i].weight_rows < last.weight_rows)
            return bad(c, "stage", i);
        last = p->stages[i];
    }
    if (last.rows != p->num_rows || last.weight_rows != p->num_weight_rows)
        return bad(c, "stage", p->num_stages);
    return HCL_OK;
}

/* One behind the other, and behind the other tables. */
static hcl_status check_row_tables(const struct checker *c)
{
    const struct hcl_program *p = c->p;
    uint64_t from = p->table_rows;

    for (uint32_t i = 0; i < p->num_row_tables; i++) {
        const struct hcl_row_table *t = &p->row_tables[i];
        if (!t->count || !t->width || t->width >> 31 || !t->tag || t->first < from ||
            (t->digits != 1 && t->digits != p->weight_digits) ||
            !span(t->first, t->count, hcl_row_table_rows(p, t), p->num_weight_rows))
            return bad(c, "table of rows", i);
        from = (uint64_t)hcl_row_table_end(p, t, t->count - 1) + 1;
    }
    return HCL_OK;
}

/* A copy into a row of this stage (which starts after `before`) comes from an earlier row or an earlier
 * stage's weight row; one into a weight row from a row of this stage or an earlier one. */
static bool wide_ok(const struct hcl_program *p, const struct hcl_stage *before,
                    const struct hcl_stage *stage, const struct hcl_wide_copy *w)
{
    bool to_weights = w->to.at == HCL_AT_U;

    if (!to_weights && w->to.at != HCL_AT_A1 && w->to.at != HCL_AT_B)
        return false;
    if (w->to.row < (to_weights ? before->weight_rows : before->rows) ||
        w->to.row >= (to_weights ? stage->weight_rows : stage->rows))
        return false;
    if (w->from.at == HCL_AT_D)
        return !to_weights && w->from.row < before->weight_rows;
    return (w->from.at < p->lanes || (w->from.at >= HCL_AT_A0 && w->from.at <= HCL_AT_B)) &&
           w->from.row < (to_weights ? stage->rows : w->to.row);
}

static hcl_status check_wide(const struct checker *c)
{
    const struct hcl_program *p = c->p;
    struct hcl_stage before = { 0 };
    uint32_t stage = 0;

    for (uint32_t i = 0; i < p->num_wide; i++) {
        const struct hcl_wide_copy *w = &p->wide[i];
        bool weights = w->to.at == HCL_AT_U;
        while (stage + 1 < p->num_stages &&
               w->to.row >= (weights ? p->stages[stage].weight_rows : p->stages[stage].rows))
            before = p->stages[stage++];
        if (stage >= p->num_stages || !wide_ok(p, &before, &p->stages[stage], w) ||
            (i && p->wide[i - 1].to.row > w->to.row && (p->wide[i - 1].to.at == HCL_AT_U) == weights))
            return bad(c, "wide copy", i);
    }
    return HCL_OK;
}

static hcl_status check_lists(const struct checker *c)
{
    const struct hcl_program *p = c->p;

    for (uint32_t i = 0; i < p->num_outputs; i++) {
        if (!span(p->outputs[i].list, p->outputs[i].len, 1, p->lists_len) ||
            !cells_before(p->lists + p->outputs[i].list, p->outputs[i].len, c->cells))
            return bad(c, "output", i);
    }
    for (uint32_t i = 0; i < p->num_instance; i++) {
        if (p->instance[i] >= c->cells)
            return bad(c, "public value", i);
    }
    for (uint32_t i = 1; i < p->num_labels; i++) {
        if (p->labels[i].first_row <= p->labels[i - 1].first_row)
            return bad(c, "label", i);
    }
    return HCL_OK;
}

hcl_status hcl_program_check(const struct hcl_program *p, const char *file, struct hcl_err *err)
{
    hcl_status st;
    struct checker c = { .p = p, .file = file, .err = err, .cells = (uint64_t)p->num_rows * p->lanes };
    uint64_t usable = (uint64_t)1 << p->k;

    for (uint32_t i = 0; i < p->num_inputs; i++)
        c.inputs += p->inputs[i].len;
    if (p->num_rows + (uint64_t)7 > usable || p->table_rows + (uint64_t)7 > usable ||
        p->num_weight_rows + (uint64_t)7 > usable || p->num_instance + (uint64_t)7 > usable ||
        c.inputs > c.cells) {
        st = hcl_fail(err, HCL_BAD_INPUT, "'%s': %u rows, %u table rows and %u weight rows do not fit k = %u",
                      file, p->num_rows, p->table_rows, p->num_weight_rows, p->k);
        goto done;
    }
    HCL_TRY(check_tables(&c));
    HCL_TRY(check_rows(&c));
    HCL_TRY(check_row_tables(&c));
    HCL_TRY(check_blocks(&c));
    HCL_TRY(check_weight_rows(&c));
    HCL_TRY(check_wide(&c));
    HCL_TRY(check_lists(&c));
done:
    return st;
}
