/* SPDX-License-Identifier: Apache-2.0 */
/* Forged witnesses of linear layers, built as consistently as a cheating prover could: multiplicities counted
 * again, every phase-1 cell computed from the forged cells. Each test also shows what would have let it
 * through. */
#include "common/halo2/transcript.h"
#include "tests/unit/compiler/soundness/forge.h"

static struct hcl_test_conv layer(uint32_t kernel, uint32_t outputs)
{
    struct hcl_test_conv s = { .kernel_h = kernel, .kernel_w = kernel, .stride_y = 1, .stride_x = 1 };

    s.outputs = outputs;
    s.weight_max = 6;
    s.bias_max = 30;
    s.divisor = 16;
    return s;
}

/* An honest run of one layer on an image. */
static void honest(struct lowered *l, struct hcl_fx_graph *g, uint32_t h, uint32_t w, uint32_t c,
                   const struct hcl_test_conv *s, struct hcl_test_random *r)
{
    hcl_test_output(g, hcl_test_conv(g, r, hcl_test_input(g, h, w, c, -12, 12), s));
    accept_start(l, g, 3, r);
}

static bool valid(const struct lowered *l, size_t cell)
{
    return l->prog.rows[cell / l->prog.lanes].lookups >> cell % l->prog.lanes & 1;
}

static size_t block_begin(const struct lowered *l)
{
    return (size_t)l->prog.blocks[0].out_row * l->prog.lanes;
}

static size_t block_end(const struct lowered *l)
{
    const struct hcl_block *b = &l->prog.blocks[0];

    return block_begin(l) + (size_t)b->out_channels * b->out_rows * l->prog.lanes;
}

/* The challenges a proof would have: squeezed after everything of phase 0 has been absorbed. */
static void challenges_from_transcript(struct lowered *l)
{
    struct hcl_transcript t;

    hcl_transcript_init(&t);
    for (uint32_t c = 0; c < l->circuit.num_advice; c++)
        for (size_t row = 0; l->circuit.advice_phase[c] == 0 && row < l->circuit.usable_rows; row++)
            hcl_transcript_absorb_scalar(&t, &l->advice[c][row]);
    for (uint32_t i = 0; i < HCL_NUM_CHALLENGES; i++)
        hcl_transcript_squeeze(&t, &l->challenges[i]);
}

/* Freivalds with a constant known in advance: an output is raised, and a cell of garbage takes the difference
 * so that the identity still holds at that constant. */
static void test_known_constant(void **state)
{
    struct hcl_test_random r = { 21 };
    struct hcl_fx_graph g = { 0 };
    struct hcl_test_conv s = layer(2, 3);
    struct lowered l;
    size_t cell;
    int64_t known = 1000003, y = 0;

    (void)state;
    honest(&l, &g, 4, 5, 2, &s, &r);
    /* The last output of an image row; garbage follows. Horner in s: the next position has one power less. */
    for (cell = block_begin(&l);
         !valid(&l, cell) || valid(&l, cell + 1) || !value_of(&l, cell, l.w.cells.q[cell] + 1, &y); cell++)
        assert_true(cell < block_end(&l));
    l.w.cells.q[cell]++;
    l.w.cells.y[cell] = y;
    l.w.cells.r[cell + 1] -= class_of(&l, cell)->s * known;
    assert_int_equal(hcl_witness_recount(&l.w), 0);

    hcl_fr_from_i64(&l.challenges[HCL_CH_S], known);
    lowered_fill_again(&l);
    assert_int_equal(lowered_violations(&l, true), 0); /* a known constant lets the false output through */

    challenges_from_transcript(&l);
    lowered_fill_again(&l);
    assert_true(lowered_violations(&l, false) > 0);
    assert_false(verifier_accepts(&l, &l.circuit));
    forge_end(&l, &g);
}

/* Same for the fully connected layer, whose outputs are summed in t: two outputs are changed against each
 * other. */
static void test_known_constant_dense(void **state)
{
    struct hcl_test_random r = { 22 };
    struct hcl_fx_graph g = { 0 };
    struct hcl_test_conv s = layer(1, 5);
    struct lowered l;
    size_t cell;
    int64_t known = 3, y0 = 0, y1 = 0;

    (void)state;
    s.divisor = 1;
    honest(&l, &g, 1, 1, 6, &s, &r);
    for (cell = block_begin(&l); !valid(&l, cell); cell++)
        assert_true(cell < block_end(&l));
    assert_true(value_of(&l, cell, l.w.cells.q[cell] + 1, &y0));
    assert_true(value_of(&l, cell + 1, l.w.cells.q[cell + 1] - known, &y1));
    l.w.cells.q[cell]++;
    l.w.cells.y[cell] = y0;
    l.w.cells.q[cell + 1] -= known;
    l.w.cells.y[cell + 1] = y1;
    assert_int_equal(hcl_witness_recount(&l.w), 0);

    hcl_fr_from_i64(&l.challenges[HCL_CH_T], known);
    lowered_fill_again(&l);
    assert_int_equal(lowered_violations(&l, true), 0);

    challenges_from_transcript(&l);
    lowered_fill_again(&l);
    assert_true(lowered_violations(&l, false) > 0);
    assert_false(verifier_accepts(&l, &l.circuit));
    forge_end(&l, &g);
}

/* The quotient raised past its value, the remainder lowered by the divisor: S*q + r is unchanged, and a check
 * of r < S alone is content. */
static void test_one_sided_remainder(void **state)
{
    struct hcl_test_random r = { 23 };
    struct hcl_fx_graph g = { 0 };
    struct hcl_test_conv s = layer(2, 2);
    struct lowered l;

    (void)state;
    s.relu = true;
    honest(&l, &g, 4, 4, 2, &s, &r);
    for (int step = -1; step <= 1; step += 2) {
        int forged = 0;
        for (size_t cell = block_begin(&l); cell < block_end(&l); cell++) {
            int64_t y, div = class_of(&l, cell)->s, old = l.w.cells.y[cell];
            if (!valid(&l, cell) || !value_of(&l, cell, l.w.cells.q[cell] + step, &y) || y == old)
                continue;
            l.w.cells.q[cell] += step;
            l.w.cells.r[cell] -= step * div;
            l.w.cells.y[cell] = y;
            if (step > 0)
                assert_true(l.w.cells.r[cell] < div);
            assert_int_equal(hcl_witness_recount(&l.w), 1); /* the remainder is all that no table holds */
            challenges_from_transcript(&l);
            lowered_fill_again(&l);
            assert_true(only_end_of_sum(&l));
            if (forged == 0)
                assert_false(verifier_accepts(&l, &l.circuit));
            l.w.cells.q[cell] -= step;
            l.w.cells.r[cell] += step * div;
            l.w.cells.y[cell] = old;
            forged++;
        }
        assert_true(forged > 0);
    }
    forge_end(&l, &g);
}

/* Every output off by one, in each way that keeps some of the row consistent. */
static void test_one_ulp(void **state)
{
    struct hcl_test_random r = { 24 };
    struct hcl_fx_graph g = { 0 };
    struct hcl_test_conv s = layer(2, 2);
    struct lowered l;

    (void)state;
    honest(&l, &g, 3, 4, 2, &s, &r);
    for (size_t cell = block_begin(&l); cell < block_end(&l); cell++) {
        for (int way = 0; valid(&l, cell) && way < 6; way++) {
            int64_t step = way & 1 ? 1 : -1, q = l.w.cells.q[cell], y = l.w.cells.y[cell],
                    z = l.w.cells.r[cell];
            if (way < 2) { /* the value alone */
                l.w.cells.y[cell] += step;
            } else if (way < 4) { /* quotient and value */
                l.w.cells.q[cell] += step;
                assert_true(value_of(&l, cell, q + step, &l.w.cells.y[cell]));
            } else { /* the remainder alone */
                l.w.cells.r[cell] += step;
            }
            (void)hcl_witness_recount(&l.w);
            lowered_fill(&l, &r);
            assert_true(lowered_violations(&l, false) > 0);
            l.w.cells.q[cell] = q;
            l.w.cells.y[cell] = y;
            l.w.cells.r[cell] = z;
        }
    }
    (void)hcl_witness_recount(&l.w);
    lowered_fill(&l, &r);
    assert_int_equal(lowered_violations(&l, true), 0);
    forge_end(&l, &g);
}

/* Another model's weights, honestly run, against this model's circuit. Public: refused. Private: accepted,
 * because the statement only says that such weights exist. */
static void other_weights(hcl_visibility visibility, bool depthwise)
{
    struct hcl_fx_graph mine = { .weight_visibility = visibility },
                        theirs = { .weight_visibility = visibility };
    struct hcl_test_conv s = layer(2, depthwise ? 4 : 3);
    struct hcl_test_random a = { 25 }, b = { 25 };
    struct hcl_circuit circuit;
    struct lowered l, m;
    int64_t *weights;

    s.depthwise = depthwise;
    honest(&l, &mine, 3, 4, 2, &s, &a);
    hcl_test_output(&theirs, hcl_test_conv(&theirs, &b, hcl_test_input(&theirs, 3, 4, 2, -12, 12), &s));
    weights = (int64_t *)theirs.tensors[theirs.nodes[0].inputs[1]].data;
    weights[3] += weights[3] > 0 ? -1 : 1;
    accept_start(&m, &theirs, 3, &b);
    circuit = m.circuit;
    m.circuit = l.circuit;
    if (visibility == HCL_PUBLIC)
        assert_true(only_gate(&m, "weights"));
    else
        assert_int_equal(lowered_violations(&m, true), 0);
    assert_int_equal(verifier_accepts(&m, &l.circuit), visibility == HCL_PRIVATE);
    m.circuit = circuit;
    forge_end(&l, &mine);
    forge_end(&m, &theirs);
}

static void test_other_weights(void **state)
{
    (void)state;
    other_weights(HCL_PUBLIC, false);
    other_weights(HCL_PUBLIC, true);
    other_weights(HCL_PRIVATE, false);
    other_weights(HCL_PRIVATE, true);
}

/* The factors of a MUL, which are weights, moved against each other in the cells that the products copy. */
static void test_known_constant_of_mul(void **state)
{
    struct hcl_test_random r = { 28 };
    struct hcl_fx_graph g = { .output_visibility = HCL_PUBLIC };
    struct hcl_err err;
    struct lowered l;
    const int64_t known = 3;
    uint32_t x, factors;
    size_t cell = 0, at;

    (void)state;
    x = hcl_test_input(&g, 1, 2, 4, -7, 7);
    factors = hcl_test_constant(&g, &r, 1, 1, 1, 4, -9, 9);
    for (int i = 0; i < 4; i++)
        ((int64_t *)g.tensors[factors].data)[i] = 1 + i;
    hcl_test_output(&g, hcl_test_mul(&g, x, factors, 1));
    accept_start(&l, &g, 3, &r);
    while (HCL_SRC_KIND(l.prog.sources[cell]) != HCL_SRC_POOL)
        cell++;
    at = HCL_SRC_INDEX(l.prog.sources[cell]);
    l.prog.pool[at]++;
    l.prog.pool[at + 1] -= known;
    assert_ok(hcl_witness_run(&l.w, &err), err);
    assert_int_equal(hcl_witness_recount(&l.w), 0);

    hcl_fr_from_i64(&l.challenges[HCL_CH_T], known);
    lowered_fill_again(&l);
    assert_int_equal(lowered_violations(&l, true), 0);

    challenges_from_transcript(&l);
    lowered_fill_again(&l);
    assert_true(only_copies(&l)); /* the two sums differ, and nothing else */
    assert_false(verifier_accepts(&l, &l.circuit));
    forge_end(&l, &g);
}

/* Two outputs of the first block are changed against each other so that the sums agree at a challenge known
 * in advance: those next to each other in a row, or in the same place of neighbouring channels. */
static void forge_two(struct hcl_fx_graph *g, hcl_block_kind kind, bool apart, uint32_t challenge)
{
    struct hcl_test_random r = { 29 };
    struct lowered l;
    const int64_t known = 3;
    size_t cell, other;
    int64_t y0 = 0, y1 = 0;

    accept_start(&l, g, 3, &r);
    assert_int_equal(l.prog.blocks[0].kind, kind);
    for (cell = block_begin(&l);; cell++) {
        other = apart ? cell + (size_t)l.prog.blocks[0].out_rows * 3 : cell + 1;
        assert_true(other < block_end(&l));
        if (valid(&l, cell) && valid(&l, other) && value_of(&l, cell, l.w.cells.q[cell] + 1, &y0) &&
            value_of(&l, other, l.w.cells.q[other] - known, &y1))
            break;
    }
    l.w.cells.q[cell]++;
    l.w.cells.y[cell] = y0;
    l.w.cells.q[other] -= known;
    l.w.cells.y[other] = y1;
    assert_int_equal(hcl_witness_recount(&l.w), 0);

    hcl_fr_from_i64(&l.challenges[challenge], known);
    lowered_fill_again(&l);
    assert_int_equal(lowered_violations(&l, true), 0);

    challenges_from_transcript(&l);
    lowered_fill_again(&l);
    assert_true(only_copies(&l)); /* the two sides differ */
    assert_false(verifier_accepts(&l, &l.circuit));
    forge_end(&l, g);
}

/* Neighbours of one column at s, elements of neighbouring columns at t. */
static void test_known_constant_of_product(void **state)
{
    (void)state;
    for (int apart = 0; apart < 2; apart++) {
        struct hcl_fx_graph g = { .output_visibility = HCL_PUBLIC };
        hcl_test_output(&g, hcl_test_matmul(&g, hcl_test_input(&g, 2, 5, 4, -9, 9),
                                            hcl_test_input(&g, 2, 4, 5, -9, 9), false, false, 1));
        forge_two(&g, HCL_BLOCK_PRODUCT, apart, apart ? HCL_CH_T : HCL_CH_S);
    }
}

/* Outputs by position: neighbours of one position at t, outputs of neighbouring positions at s. */
static void test_known_constant_of_positions(void **state)
{
    struct hcl_test_random r = { 31 };
    struct hcl_test_conv s = { .kernel_h = 1, .kernel_w = 1, .stride_y = 1, .stride_x = 1, .outputs = 40 };

    (void)state;
    s.weight_max = 3;
    s.divisor = 1;
    for (int apart = 0; apart < 2; apart++) {
        struct hcl_fx_graph g = { .output_visibility = HCL_PUBLIC };
        const uint32_t x = hcl_test_reshape(&g, hcl_test_input(&g, 1, 1, 12, -9, 9), 1, 4, 3);
        hcl_test_output(&g, hcl_test_conv(&g, &r, x, &s));
        forge_two(&g, HCL_BLOCK_ROWS, apart, apart ? HCL_CH_S : HCL_CH_T);
    }
}

/* An honest run of a layer that adds `plus`; its block, for a forgery. */
static struct hcl_block *add_honestly(struct lowered *l, struct hcl_fx_graph *g, uint32_t x, uint32_t plus,
                                      struct hcl_test_random *r)
{
    struct hcl_test_conv s = layer(2, 2);

    s.plus = plus;
    s.plus_mul = 16;
    hcl_test_output(g, hcl_test_conv(g, r, x, &s));
    accept_start(l, g, 3, r);
    assert_true(verifier_accepts(l, &l->circuit));
    return &l->prog.blocks[0];
}

/* All cells again from the changed block: the two sides of its identity differ, and nothing else is wrong. */
static void only_identity_tells(struct lowered *l)
{
    struct hcl_err err;

    assert_ok(hcl_witness_run(&l->w, &err), err);
    assert_int_equal(hcl_witness_recount(&l->w), 0);
    challenges_from_transcript(l);
    lowered_fill_again(l);
    assert_true(only_copies(l));
    assert_false(verifier_accepts(l, &l->circuit));
}

/* A vector that a convolution adds to every position: left out, another one, once too much. */
static void test_other_vector(void **state)
{
    struct hcl_test_random r = { 32 };

    (void)state;
    for (int way = 0; way < 3; way++) {
        struct hcl_fx_graph g = { .output_visibility = HCL_PUBLIC };
        struct lowered l;
        const uint32_t x = hcl_test_input(&g, 4, 5, 2, -12, 12);
        struct hcl_block *b = add_honestly(&l, &g, x, hcl_test_input(&g, 1, 1, 2, 3, 12), &r);

        assert_true(b->res_rows > 0 && b->res_at == HCL_NONE);
        b->res_rows = way == 0 ? 0 : b->res_rows;
        b->res_row = way == 1 ? 0 : b->res_row; /* ones */
        b->res_bits += way == 2 ? 1 : 0;
        only_identity_tells(&l);
        forge_end(&l, &g);
    }
}

/* Cell of output o of the first block: the last one of its rows that is looked up. */
static size_t cell_of(const struct lowered *l, uint32_t o)
{
    const struct hcl_block *b = &l->prog.blocks[0];
    size_t cell;

    if (b->kind == HCL_BLOCK_CONV) {
        for (cell = block_begin(l) + (size_t)(o + 1) * b->out_rows * l->prog.lanes - 1; !valid(l, cell);)
            cell--;
        return cell;
    }
    return b->kind == HCL_BLOCK_DENSE ? block_end(l) - b->out_w + o : block_begin(l) + o;
}

/* One output is 2^63 less, another one that shares its coefficient in t is 1 more: the identity holds, only
 * the quotient is in no table. */
static void carry(const struct hcl_test_conv *s, uint32_t h, uint32_t w, hcl_block_kind kind)
{
    struct hcl_test_random r = { 41 };
    struct hcl_fx_graph g = { .weight_visibility = HCL_PUBLIC, .output_visibility = HCL_PUBLIC };
    struct lowered l;

    honest(&l, &g, h, w, 3, s, &r);
    const struct hcl_spread spread = hcl_block_spread(&l.prog, &l.prog.blocks[0]);
    assert_int_equal(l.prog.blocks[0].kind, kind);
    assert_true(hcl_spread_digits(&spread) > 1);
    const uint32_t index = hcl_spread_length(&spread) - 1, low = hcl_spread_weight(&spread, 0, index),
                   next = hcl_spread_weight(&spread, 1, index);
    const size_t less = cell_of(&l, spread.count - 1 - low), more = cell_of(&l, spread.count - 1 - next);
    assert_true(valid(&l, less) && valid(&l, more));
    const int64_t div = class_of(&l, less)->s,
                  sign = div * l.w.cells.q[less] + l.w.cells.r[less] < 0 ? -1 : 1;
    l.w.cells.q[less] -= sign * (((int64_t)1 << 62) / div * 2); /* towards 0 first: no cell wraps */
    l.w.cells.r[more] += sign;
    assert_true(hcl_witness_recount(&l.w) <= 2); /* the remainder may be in its table or not */
    challenges_from_transcript(&l);
    lowered_fill_again(&l);
    assert_true(only_end_of_sum(&l));
    assert_false(verifier_accepts(&l, &l.circuit));
    forge_end(&l, &g);
}

static void test_carry(void **state)
{
    struct hcl_test_conv s = layer(2, 8);

    (void)state;
    carry(&s, 4, 4, HCL_BLOCK_CONV);
    s = layer(1, 12);
    carry(&s, 1, 1, HCL_BLOCK_DENSE);
    s.outputs = 36;
    carry(&s, 2, 2, HCL_BLOCK_ROWS);
}

/* Lanes beside outputs are not looked up and may hold anything: no multiple of 2^63 in one of them makes up
 * for a change of an output. */
static void unused_lanes(uint32_t outputs, uint32_t size, hcl_block_kind kind)
{
    struct hcl_test_random r = { 42 };
    struct hcl_fx_graph g = { .weight_visibility = HCL_PUBLIC, .output_visibility = HCL_PUBLIC };
    struct hcl_test_conv s = layer(1, outputs);
    struct lowered l;
    size_t tried = 0;

    honest(&l, &g, size, size, 3, &s, &r);
    const struct hcl_block *b = &l.prog.blocks[0];
    assert_int_equal(b->kind, kind);
    const size_t end = block_begin(&l) + (size_t)b->out_rows * l.prog.lanes; /* of the first position */
    for (size_t unused = block_begin(&l); unused < end; unused++)
        for (size_t cell = block_begin(&l); !valid(&l, unused) && cell < end; cell++) {
            if (!valid(&l, cell))
                continue;
            const int64_t step = INT64_MAX / 2 + 1; /* 2^62 */
            l.w.cells.r[unused] += step;            /* less than 2^63 with the quotient */
            l.w.cells.q[unused] += step / class_of(&l, unused)->s;
            l.w.cells.r[cell]--;
            (void)hcl_witness_recount(&l.w);
            lowered_fill(&l, &r);
            assert_true(lowered_violations(&l, false) > 0);
            assert_false(only_end_of_sum(&l)); /* look-ups are not what tells */
            l.w.cells.r[unused] -= step;
            l.w.cells.q[unused] -= step / class_of(&l, unused)->s;
            l.w.cells.r[cell]++;
            tried++;
        }
    assert_true(tried > 0);
    forge_end(&l, &g);
}

static void test_unused_lanes(void **state)
{
    (void)state;
    unused_lanes(10, 1, HCL_BLOCK_DENSE);
    unused_lanes(35, 2, HCL_BLOCK_ROWS);
}

/* What a convolution adds: left out, added once for all outputs, or moved by a position. All cells follow
 * from that, so nothing but the identity can tell. */
static void test_other_sum(void **state)
{
    struct hcl_test_random r = { 30 };

    (void)state;
    for (int way = 0; way < 3; way++) {
        struct hcl_fx_graph g = { .output_visibility = HCL_PUBLIC };
        struct lowered l;
        const uint32_t x = hcl_test_input(&g, 4, 5, 2, -12, 12);
        struct hcl_block *b = add_honestly(&l, &g, x, hcl_test_input(&g, 3, 4, 2, -12, 12), &r);

        assert_true(b->res_rows > 0);
        b->res_rows = way == 0 ? 0 : b->res_rows;
        b->res_stride = way == 1 ? 0 : b->res_stride;
        b->res_at -= way == 2 ? 1 : 0;
        only_identity_tells(&l);
        forge_end(&l, &g);
    }
}

/* Rows of a table of 6 by 4, of an index whose copy is block 0's. */
static void look_up(struct lowered *l, struct hcl_fx_graph *g, hcl_visibility weights,
                    struct hcl_test_random *r)
{
    g->weight_visibility = weights;
    g->output_visibility = HCL_PUBLIC;
    hcl_test_output(g, hcl_test_lookup(g, r, hcl_test_indices(g, 1, 1, 2, 6), 6, 4));
    hcl_test_output(g, hcl_test_lookup(g, r, g->inputs[0], 6, 3)); /* another table */
    accept_start(l, g, 3, r);
    assert_int_equal(l->prog.blocks[0].kind, HCL_BLOCK_LOOKUP);
}

/* Whether the forgery, all else of which is consistent, is refused by the sum of look-ups alone, and by the
 * verifier. */
static void refused(struct lowered *l, size_t missing, struct hcl_test_random *r)
{
    assert_int_equal(hcl_witness_recount(&l->w), missing);
    lowered_fill(l, r);
    assert_true(only_end_of_sum(l));
    assert_false(verifier_accepts(l, &l->circuit));
}

/* The index of a row that is not looked up; a row that is none; one of another table; none of its elements
 * first; an index out of range. For weights that are public, committed and private. */
static void test_looked_up_rows(void **state)
{
    (void)state;
    for (hcl_visibility weights = HCL_PRIVATE; weights <= HCL_COMMITTED; weights++)
        for (int way = 0; way < 6; way++) {
            struct hcl_test_random r = { 310 + (uint64_t)way };
            struct hcl_fx_graph g = { 0 };
            struct lowered l;
            int64_t *row, *index;
            look_up(&l, &g, weights, &r);
            const struct hcl_block *b = &l.prog.blocks[0];
            const struct hcl_spread three = hcl_spread_plain(3);
            row = l.w.cells.y + (size_t)(b->out_row + b->out_rows) * l.prog.lanes - b->out_w;
            index = &l.w.cells.y[b->factor];
            if (way == 0)
                *index = (*index + 1) % 6;
            else if (way == 1)
                row[2]++;
            else if (way == 2)
                for (uint32_t i = 0; i < 3; i++) /* behind a zero, a row of the other table */
                    row[i + 1] = hcl_program_weight(
                        &l.prog,
                        l.prog.row_tables[1].first +
                            (uint32_t)*index * hcl_row_table_rows(&l.prog, &l.prog.row_tables[1]),
                        1, &three, 2 - i);
            else if (way == 3)
                row[-1] = 1; /* what comes before the elements is 0 */
            else
                *index = way == 4 ? 6 : -1;
            /* Ways 0, 4 and 5: the other table is looked up by the same index. */
            refused(&l, way == 0 || way > 3 ? 2 : 1, &r);
            forge_end(&l, &g);
        }
}

/* With several weights in a cell an element 2^63 too small and the next digit's one too large have the sum of
 * the row: the elements are looked up, too. */
static void test_row_carry(void **state)
{
    struct hcl_test_random r = { 340 };
    struct hcl_fx_graph g = { .weight_visibility = HCL_PUBLIC, .output_visibility = HCL_PUBLIC };
    struct lowered l;

    (void)state;
    hcl_test_output(&g, hcl_test_lookup_within(&g, &r, hcl_test_indices(&g, 1, 1, 2, 40), 40, 24, 1));
    accept_start(&l, &g, 3, &r);
    const struct hcl_block *b = &l.prog.blocks[0];
    const struct hcl_row_table *t = &l.prog.row_tables[0];
    const struct hcl_spread spread = hcl_row_table_spread(&l.prog, t);
    const size_t last = (size_t)(b->out_row + b->out_rows) * 3 - 1,
                 low = last - hcl_spread_weight(&spread, 0, 0),
                 next = last - hcl_spread_weight(&spread, 1, 0);
    assert_int_equal(t->digits, HCL_MAX_DIGITS);
    const size_t entry = hcl_row_table_end(&l.prog, t, (uint32_t)l.w.cells.y[b->factor]);
    const bool negative = l.w.cells.y[low] < 0;
    l.w.cells.y[next] += negative ? -1 : 1;
    l.w.cells.q[next] = l.w.cells.y[next];
    l.w.cells.y[low] = (int64_t)((uint64_t)l.w.cells.y[low] + (uint64_t)INT64_MIN); /* 2^63 up or down */
    l.w.cells.q[low] = l.w.cells.y[low];
    assert_true(hcl_witness_recount(&l.w) >= 2); /* the row's own count leaves it out */
    l.w.multiplicity[entry]++;
    challenges_from_transcript(&l);
    lowered_fill_again(&l);
    assert_true(only_end_of_sum(&l));
    assert_false(verifier_accepts(&l, &l.circuit));
    forge_end(&l, &g);
}

/* Multiplicities that make the sum come out for a forged row would have to be those of an entry: with one row
 * taken for another, the count moved along, it does not. */
static void test_moved_multiplicity(void **state)
{
    struct hcl_test_random r = { 330 };
    struct hcl_fx_graph g = { 0 };
    struct lowered l;

    (void)state;
    look_up(&l, &g, HCL_PUBLIC, &r);
    const struct hcl_row_table *t = &l.prog.row_tables[0];
    const int64_t index = l.w.cells.y[l.prog.blocks[0].factor];
    l.w.multiplicity[hcl_row_table_end(&l.prog, t, (uint32_t)index)]--;
    l.w.multiplicity[hcl_row_table_end(&l.prog, t, (uint32_t)(index + 1) % 6)]++;
    refused_by_look_ups(&l, &r, true);
    forge_end(&l, &g);
}

/* The largest of (2, 5, 5, 1, 5, -3, 0), and the next largest. */
static void pick(struct lowered *l, struct hcl_fx_graph *g, uint32_t count, bool least)
{
    static const float x[7] = { 2, 5, 5, 1, 5, -3, 0 };
    struct hcl_test_random r = { 340 };

    g->output_visibility = HCL_PUBLIC;
    hcl_test_output(g, hcl_test_arg_max(g, hcl_test_input(g, 1, 1, 7, -9, 9), count, least));
    lowered_build(l, g, 3);
    lowered_run_on(l, x, 7);
    lowered_fill(l, &r);
    assert_int_equal(lowered_violations(l, true), 0);
    assert_int_equal(l->w.cells.y[l->prog.lists[l->prog.outputs[0].list]], least ? 5 : 1);
}

/* Pick element e with value m all the same; what follows from it is computed. */
static void pick_instead(struct lowered *l, uint32_t block, uint32_t e, int64_t m)
{
    const struct hcl_block *b = &l->prog.blocks[block];
    const size_t q = (size_t)b->out_row * 3, before = q + (size_t)b->in_rows * 3,
                 end = before + (size_t)b->in_rows * 3;
    const int64_t *x = l->w.cells.y + (size_t)b->in_row * 3;

    for (uint32_t i = 0; i < 7; i++) {
        const bool away = b->in_channels && l->w.cells.y[(size_t)l->prog.lists[b->in_list] * 3 + i];
        l->w.cells.y[before + i] = i < e && i < 6;
        l->w.cells.y[q + i] = i == e;
        l->w.cells.q[q + i] = (b->limbs == 2 ? x[i] - m : m - x[i]) + (away ? (int64_t)1 << b->res_bits : 0) -
                              (i < e) - (i == e);
    }
    l->w.cells.y[end] = m;
    l->w.cells.y[end + 1] = e;
}

/* The second of equal ones, one that is less, one with a larger value, the same again, for the largest, the
 * least and the second largest. */
static void test_picks(void **state)
{
    static const struct {
        uint32_t count, block, e;
        int64_t m;
        bool least;
    } forged[] = {
        { 1, 0, 2, 5, false }, { 1, 0, 4, 5, false }, { 1, 0, 0, 2, false }, { 1, 0, 1, 6, false },
        { 1, 0, 1, 4, false }, { 1, 0, 6, 0, true },  { 1, 0, 5, -4, true }, { 2, 1, 1, 5, false },
        { 2, 1, 4, 5, false }, { 2, 1, 0, 2, false }, { 2, 0, 2, 5, false },
    };
    (void)state;
    for (size_t i = 0; i < sizeof forged / sizeof *forged; i++) {
        struct hcl_test_random r = { 341 };
        struct hcl_fx_graph g = { 0 };
        struct lowered l;
        pick(&l, &g, forged[i].count, forged[i].least);
        pick_instead(&l, forged[i].block, forged[i].e, forged[i].m);
        if (forged[i].count == 2 && forged[i].block == 0) /* and the first one second */
            pick_instead(&l, 1, 1, 5);
        assert_true(hcl_witness_recount(&l.w) > 0);
        refused_by_look_ups(&l, &r, true);
        forge_end(&l, &g);
    }
}

/* Only the number, only the value, a place behind the last element. */
static void test_picks_in_part(void **state)
{
    (void)state;
    for (int way = 0; way < 3; way++) {
        struct hcl_test_random r = { 342 };
        struct hcl_fx_graph g = { 0 };
        struct lowered l;
        pick(&l, &g, 1, false);
        const struct hcl_block *b = &l.prog.blocks[0];
        const size_t q = (size_t)b->out_row * 3, end = q + 2 * (size_t)b->in_rows * 3;
        if (way < 2)
            l.w.cells.y[end + (size_t)way]++;
        for (uint32_t i = 0; way == 2 && i < 7; i++) { /* none of them: 5 in front of all */
            l.w.cells.y[q + i] = 0;
            l.w.cells.y[q + (size_t)b->in_rows * 3 + i] = 1;
            l.w.cells.q[q + i] = 6 - l.w.cells.y[(size_t)b->in_row * 3 + i] - 1;
        }
        if (way == 2) {
            l.w.cells.y[end] = 6;
            l.w.cells.y[end + 1] = 7;
            l.w.cells.y[q + 7] = 1;
            l.w.cells.q[q + 7] = -1 + 6 - 6;
        }
        refused_by_copies(&l, &r, true);
        forge_end(&l, &g);
    }
}

/* A cell of an unfolded window that copies an input of the planes before it. */
static size_t repeated_input(const struct lowered *l)
{
    const struct hcl_block *b = &l->prog.blocks[0];
    const size_t first = (size_t)b->in_row * l->prog.lanes;

    for (size_t cell = first; cell < (size_t)(b->in_row + b->in_channels * b->in_stride) * l->prog.lanes;
         cell++)
        if (HCL_SRC_KIND(l->prog.sources[cell]) == HCL_SRC_CELL &&
            HCL_SRC_INDEX(l->prog.sources[cell]) >= first)
            return cell;
    fail_msg("no input lies in two planes");
    return 0;
}

/* The second of the planes that an input lies in holds another value, and the outputs are what that gives. */
static void test_unfolded_input(void **state)
{
    struct hcl_test_random r = { 28 };
    struct hcl_fx_graph g = { .output_visibility = HCL_PUBLIC };
    struct hcl_test_conv s = layer(3, 12);
    struct hcl_err err;
    struct lowered l;
    size_t cell;

    (void)state;
    s.stride_y = s.stride_x = 2;
    honest(&l, &g, 5, 5, 1, &s, &r);
    assert_int_equal(l.prog.blocks[0].in_channels, 9);
    assert_true(verifier_accepts(&l, &l.circuit));
    cell = repeated_input(&l);
    l.w.cells.y[cell] += l.w.cells.y[cell] < 0 ? 1 : -1;
    assert_ok(hcl_block_run(&l.prog, &l.prog.blocks[0], &l.w.cells, NULL, &err), err);
    refused_by_copies(&l, &r, true);
    forge_end(&l, &g);
}

/* The verdicts above mean something: the honest run passes the same way. */
static void test_honest_run(void **state)
{
    struct hcl_test_random r = { 27 };
    struct hcl_fx_graph g = { .output_visibility = HCL_PUBLIC };
    struct hcl_test_conv s = layer(2, 2);
    struct lowered l;

    (void)state;
    honest(&l, &g, 3, 4, 2, &s, &r);
    assert_true(verifier_accepts(&l, &l.circuit));
    forge_end(&l, &g);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_honest_run),
                                        cmocka_unit_test(test_known_constant),
                                        cmocka_unit_test(test_known_constant_dense),
                                        cmocka_unit_test(test_known_constant_of_mul),
                                        cmocka_unit_test(test_one_sided_remainder),
                                        cmocka_unit_test(test_one_ulp),
                                        cmocka_unit_test(test_other_weights),
                                        cmocka_unit_test(test_known_constant_of_product),
                                        cmocka_unit_test(test_known_constant_of_positions),
                                        cmocka_unit_test(test_other_vector),
                                        cmocka_unit_test(test_other_sum),
                                        cmocka_unit_test(test_looked_up_rows),
                                        cmocka_unit_test(test_carry),
                                        cmocka_unit_test(test_unused_lanes),
                                        cmocka_unit_test(test_row_carry),
                                        cmocka_unit_test(test_moved_multiplicity),
                                        cmocka_unit_test(test_picks),
                                        cmocka_unit_test(test_picks_in_part),
                                        cmocka_unit_test(test_unfolded_input) };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
