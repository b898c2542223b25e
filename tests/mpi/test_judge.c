/* SPDX-License-Identifier: Apache-2.0 */
/* Ranks that judge together: float values and errors of tiles are those of a rank alone, to the bit, for each
 * way in which a node may be shared out; what cannot be evaluated is refused in the same words, and the team
 * goes on. */
#include "common/sys/mem.h"
#include "coordinator/cli/judge_graph.h"
#include "coordinator/cli/judge_team.h"
#include "tests/mpi/mpi_test.h"

#include <string.h>

enum {
    POSITIONS = 64,
    WIDTH = 64,
    INNER = 96,
    WORDS = 200,
    HEADS = 2,
    LANES = 5,
    COMPARED = 4,
    CELLS = 1 << 16
};

static uint64_t state;

static double uniform(void)
{
    state = state * 6364136223846793005u + 1442695040888963407u;
    return (double)(state >> 33) / 0x1p31 - 0.5;
}

static uint32_t tensor(struct hcl_comm *comm, struct hcl_graph *g, const char *name, uint32_t h, uint32_t w,
                       uint32_t c, bool constant)
{
    const uint32_t dims[4] = { 1, h, w, c };
    const size_t len = (size_t)h * w * c;
    float *data = constant ? malloc(len * sizeof *data) : NULL;
    uint32_t index = 0;
    for (size_t i = 0; data != NULL && i < len; i++)
        data[i] = (float)uniform();
    EXPECT_OK(comm, hcl_graph_add_tensor(g, name, dims, 4, data, &index, err));
    return index;
}

/* A filter or dense layer's weight. */
static uint32_t filter(struct hcl_comm *comm, struct hcl_graph *g, uint32_t outputs, uint32_t depth)
{
    const uint32_t dims[4] = { outputs, 1, 1, depth };
    float *data = malloc((size_t)outputs * depth * sizeof *data);
    uint32_t index = 0;
    EXPECT(comm, data != NULL);
    for (size_t i = 0; i < (size_t)outputs * depth; i++)
        data[i] = (float)uniform();
    EXPECT_OK(comm, hcl_graph_add_tensor(g, "filter", dims, 4, data, &index, err));
    return index;
}

static void node(struct hcl_comm *comm, struct hcl_graph *g, struct hcl_node n, uint32_t a, uint32_t b,
                 uint32_t c, uint32_t output)
{
    n.name = "node";
    n.origin = HCL_GRAPH_NONE;
    n.inputs[0] = a;
    n.inputs[1] = b;
    n.inputs[2] = c;
    n.inputs[3] = HCL_GRAPH_NONE;
    n.output = output;
    EXPECT_OK(comm, hcl_graph_add_node(g, &n, err));
}

/* A block of a transformer: rows of a table too large to send, a norm, dense layers, one of them with a
 * function behind it, a product with itself, a SOFTMAX, a function alone, the elements in another order. */
static void build(struct hcl_comm *comm, struct hcl_graph *g)
{
    const uint32_t none = HCL_GRAPH_NONE;
    uint32_t *map = malloc(HEADS * POSITIONS * POSITIONS * sizeof *map);
    *g = (struct hcl_graph){ 0 };
    state = 7;
    EXPECT(comm, map != NULL);
    for (uint32_t i = 0; i < HEADS * POSITIONS * POSITIONS; i++)
        map[i] = i % 5 == 0 ? none : HEADS * POSITIONS * POSITIONS - 1 - i;
    const uint32_t x = tensor(comm, g, "x", 1, 1, POSITIONS, false),
                   table = tensor(comm, g, "table", 1, WORDS, WIDTH, true),
                   rows = tensor(comm, g, "rows", 1, POSITIONS, WIDTH, false),
                   norm = tensor(comm, g, "norm", 1, POSITIONS, WIDTH, false),
                   inner = tensor(comm, g, "inner", 1, POSITIONS, INNER, false),
                   w0 = filter(comm, g, INNER, WIDTH), b0 = tensor(comm, g, "bias", 1, 1, INNER, true),
                   outer = tensor(comm, g, "outer", 1, POSITIONS, HEADS * WIDTH, false),
                   w1 = filter(comm, g, HEADS * WIDTH, INNER),
                   split = tensor(comm, g, "split", HEADS, POSITIONS, WIDTH, false),
                   scores = tensor(comm, g, "scores", HEADS, POSITIONS, POSITIONS, false),
                   soft = tensor(comm, g, "soft", HEADS, POSITIONS, POSITIONS, false),
                   bent = tensor(comm, g, "bent", HEADS, POSITIONS, POSITIONS, false),
                   moved = tensor(comm, g, "moved", HEADS, POSITIONS, POSITIONS, false);
    node(comm, g, (struct hcl_node){ .op = HCL_OP_LOOKUP }, x, table, none, rows);
    node(comm, g, (struct hcl_node){ .op = HCL_OP_NORM, .centred = true, .epsilon = 1e-5f }, rows, none, none,
         norm);
    node(comm, g, (struct hcl_node){ .op = HCL_OP_FULLY_CONNECTED, .act = { .id = HCL_FN_GELU } }, norm, w0,
         b0, inner);
    node(comm, g, (struct hcl_node){ .op = HCL_OP_FULLY_CONNECTED }, inner, w1, none, outer);
    node(comm, g, (struct hcl_node){ .op = HCL_OP_RESHAPE }, outer, none, none, split);
    node(comm, g, (struct hcl_node){ .op = HCL_OP_BATCH_MATMUL, .adj_y = true }, split, split, none, scores);
    node(comm, g, (struct hcl_node){ .op = HCL_OP_SOFTMAX, .beta = 0.1f }, scores, none, none, soft);
    node(comm, g, (struct hcl_node){ .op = HCL_OP_GELU, .act = { .id = HCL_FN_GELU } }, soft, none, none,
         bent);
    node(comm, g, (struct hcl_node){ .op = HCL_OP_MOVE, .map = map }, bent, none, none, moved);
    EXPECT_OK(comm, hcl_graph_set_ends(g, &x, 1, &moved, 1, err));
    EXPECT_OK(comm, hcl_graph_check(g, err));
}

/* The fixed-point side: four tensors by name, of which one is a block, one a list that is none, one lies row
 * by row, and one nowhere. */
struct fixed {
    struct hcl_fx_graph graph;
    struct hcl_fx_tensor tensors[COMPARED];
    struct hcl_fx_node nodes[COMPARED];
    struct hcl_places places;
    struct hcl_view views[COMPARED];
    bool placed[COMPARED];
    int8_t shift[INNER];
    uint32_t by_row[POSITIONS * HEADS * WIDTH], anywhere[HEADS * POSITIONS * POSITIONS];
    int64_t *y, *alone;
    int64_t *values[COMPARED];
};

static void lay_out(struct hcl_comm *comm, struct fixed *f)
{
    static const struct {
        char *name;
        uint32_t h, w, c;
    } of[COMPARED] = { { "inner", 1, POSITIONS, INNER },
                       { "outer", 1, POSITIONS, HEADS * WIDTH },
                       { "scores", HEADS, POSITIONS, POSITIONS },
                       { "moved", HEADS, POSITIONS, POSITIONS } };
    memset(f, 0, sizeof *f);
    f->y = malloc(CELLS * sizeof *f->y);
    f->alone = malloc(HEADS * POSITIONS * POSITIONS * sizeof *f->alone);
    EXPECT(comm, f->y != NULL && f->alone != NULL);
    for (uint32_t i = 0; i < COMPARED; i++) {
        f->tensors[i] = (struct hcl_fx_tensor){ .name = of[i].name,
                                                .dims = { 1, of[i].h, of[i].w, of[i].c },
                                                .frac_bits = (int)i + 3 };
        f->nodes[i].output = i;
        f->views[i] = (struct hcl_view){ .h = of[i].h, .w = of[i].w, .c = of[i].c };
        f->placed[i] = i != 3;
    }
    for (uint32_t i = 0; i < INNER; i++)
        f->shift[i] = (int8_t)(i % 3);
    for (uint32_t i = 0; i < POSITIONS * HEADS * WIDTH; i++)
        f->by_row[i] = 11 + i / (HEADS * WIDTH) * 130 + i % (HEADS * WIDTH);
    for (uint32_t i = 0; i < HEADS * POSITIONS * POSITIONS; i++)
        f->anywhere[i] = i * 7919u % CELLS;
    f->tensors[0].channel_shift = f->shift;
    f->views[0].rows_per_channel = POSITIONS / LANES + 1;
    f->views[0].pitch = POSITIONS;
    f->views[1].cells = f->by_row;
    f->views[2].cells = f->anywhere;
    for (size_t i = 0; i < CELLS; i++)
        f->y[i] = (int64_t)(100 * uniform());
    for (size_t i = 0; i < HEADS * POSITIONS * POSITIONS; i++)
        f->alone[i] = (int64_t)(100 * uniform());
    f->values[3] = f->alone;
    f->graph = (struct hcl_fx_graph){
        .tensors = f->tensors, .num_tensors = COMPARED, .nodes = f->nodes, .num_nodes = COMPARED
    };
    f->places = (struct hcl_places){ .views = f->views, .placed = f->placed, .lanes = LANES };
}

static void set_words(const struct hcl_graph *g, struct hcl_float_values *v, float most)
{
    for (uint32_t i = 0; i < POSITIONS; i++)
        v->tensor[g->inputs[0]][i] = i == POSITIONS - 1 ? most : (float)(i * 37 % WORDS);
}

static void expect_same(struct hcl_comm *comm, const struct hcl_graph *g, const struct hcl_float_values *a,
                        const struct hcl_float_values *b)
{
    for (size_t t = 0; t < g->num_tensors; t++)
        EXPECT(comm, memcmp(a->tensor[t], b->tensor[t], hcl_tensor_len(&g->tensors[t]) * sizeof(float)) == 0);
}

/* Errors of all tiles, and of a tensor what going through its elements gives. */
static void expect_errors(struct hcl_comm *comm, const struct hcl_graph *g, const struct fixed *f,
                          const struct hcl_float_values *v, const struct hcl_tile_error *got)
{
    const struct hcl_fx_values fixed = { .tensor = (int64_t **)f->values };
    struct hcl_comparison c;
    struct hcl_tile_error *want;
    EXPECT_OK(comm, hcl_comparison_init(&c, g, &f->graph, 0, &f->places, err));
    EXPECT(comm, c.count == COMPARED && c.tiles > c.placed && c.list_at[c.placed] > 0);
    EXPECT_OK(comm, hcl_mem_alloc((void **)&want, c.tiles, sizeof *want, "test", err));
    hcl_compare(&c, 0, c.tiles, f->y, &fixed, v->tensor, want);
    EXPECT(comm, memcmp(want, got, c.tiles * sizeof *want) == 0);
    for (size_t i = 0; i < COMPARED; i++) {
        const struct hcl_compared *x = &c.of[i];
        const struct hcl_tile_error e = hcl_compared_error(&c, i, got);
        double worst = 0, squares = 0;
        for (size_t at = 0; at < x->positions * x->channels; at++) {
            const size_t p = at / x->channels, k = at % x->channels;
            const uint32_t block = (uint32_t)(k * (POSITIONS / LANES + 1) * LANES + p);
            const int64_t cell = i == 0   ? f->y[block]
                                 : i == 1 ? f->y[f->by_row[at]]
                                 : i == 2 ? f->y[f->anywhere[at]]
                                          : f->alone[at];
            const double d = (double)cell / (double)(1 << (i + 3 + (i == 0 ? (size_t)f->shift[k] : 0))) -
                             (double)v->tensor[x->tensor][at];
            worst = d > worst ? d : -d > worst ? -d : worst;
            squares += d * d;
        }
        EXPECT(comm, worst == e.worst && worst > 1);
        EXPECT(comm, squares < e.squares * (1 + 1e-12) && e.squares < squares * (1 + 1e-12));
    }
    hcl_comparison_clear(&c);
    hcl_mem_free(want);
}

static void lead(struct hcl_comm *comm, struct hcl_judge_team *team, const struct hcl_graph *g,
                 const struct fixed *f)
{
    struct hcl_float_values alone, together;
    struct hcl_err said = { "" };
    const struct hcl_fx_values fixed = { .tensor = (int64_t **)f->values };
    struct hcl_tile_error *errors;
    EXPECT_OK(comm, hcl_float_values_init(&alone, g, err));
    EXPECT_OK(comm, hcl_float_values_init(&together, g, err));
    EXPECT_OK(comm, hcl_mem_alloc((void **)&errors, team->compared[0].tiles, sizeof *errors, "test", err));
    together.team = &team->evaluating;
    set_words(g, &together, WORDS); /* there is none of this number */
    EXPECT(comm, hcl_graph_evaluate(g, &together, &said) == HCL_BAD_INPUT);
    EXPECT(comm, strstr(said.msg, "index 200 at element 63, expected 0..199") != NULL);
    set_words(g, &alone, WORDS - 1);
    set_words(g, &together, WORDS - 1);
    EXPECT_OK(comm, hcl_graph_evaluate(g, &alone, err));
    EXPECT_OK(comm, hcl_graph_evaluate(g, &together, err));
    expect_same(comm, g, &alone, &together);
    hcl_judge_team_compare(team, 0, f->y, &fixed, together.tensor, errors);
    expect_errors(comm, g, f, &alone, errors);
    hcl_judge_team_finish(team);
    hcl_float_values_clear(&alone);
    hcl_float_values_clear(&together);
    hcl_mem_free(errors);
}

/* cells: all ranks have them. */
static void judge(struct hcl_comm *comm, bool cells)
{
    static struct fixed f;
    struct hcl_graph g;
    struct hcl_judge_team team;
    const bool root = hcl_comm_rank(comm) == 0;
    build(comm, &g);
    lay_out(comm, &f);
    const struct hcl_judge_subject subject = { &g, &f.graph, &f.places, 1 };
    EXPECT_OK(comm, hcl_judge_team_init(&team, comm, root ? &subject : NULL, cells, err));
    if (root) {
        lead(comm, &team, &g, &f);
    } else {
        hcl_judge_team_serve(&team, cells ? f.y : NULL);
        /* What this rank evaluated with is a part of the model. */
        size_t filters = 0;
        for (size_t t = 0; t < g.num_tensors; t++)
            filters += g.tensors[t].dims[0] > 1 || g.tensors[t].dims[2] == WORDS
                           ? team.own.tensors[t].data == NULL && team.values.tensor[t] == NULL
                           : 0;
        EXPECT(comm, filters == 3);
    }
    hcl_judge_team_clear(&team);
    hcl_graph_clear(&g);
    free(f.y);
    free(f.alone);
}

static void test_together(struct hcl_comm *comm)
{
    judge(comm, true);
}

static void test_without_cells(struct hcl_comm *comm)
{
    judge(comm, false);
}

/* Which way is taken is known of shapes alone, and each of the four is. */
static void test_ways(struct hcl_comm *comm)
{
    static const enum hcl_judge_how want[] = { HCL_JUDGE_ROOT,   HCL_JUDGE_EVERYWHERE, HCL_JUDGE_FILTER,
                                               HCL_JUDGE_FILTER, HCL_JUDGE_EVERYWHERE, HCL_JUDGE_PARTS,
                                               HCL_JUDGE_PARTS,  HCL_JUDGE_PARTS,      HCL_JUDGE_EVERYWHERE };
    struct hcl_graph g;
    build(comm, &g);
    EXPECT(comm, g.num_nodes == sizeof want / sizeof *want);
    for (size_t i = 0; i < g.num_nodes; i++)
        EXPECT(comm, hcl_judge_how_of(&g, &g.nodes[i]) == want[i]);
    const struct hcl_shared_products s = hcl_judge_team_share(&g, 3);
    EXPECT(comm, s.tellings == 3 * 6 && s.told == 3.0 * POSITIONS * (WIDTH + 1));
    const double filters = INNER * (WIDTH + HEADS * WIDTH), computed = HEADS * POSITIONS * WIDTH;
    EXPECT(comm, s.multiplications == 3.0 * POSITIONS * (filters + computed));
    EXPECT(comm, s.windows == 3.0 * POSITIONS * (WIDTH + INNER));
    EXPECT(comm, s.alone == 0);
    hcl_graph_clear(&g);
}

int main(void)
{
    static const struct mpi_test tests[] = { { "ways", test_ways },
                                             { "together", test_together },
                                             { "without cells", test_without_cells } };
    return mpi_test_main(tests, sizeof tests / sizeof *tests);
}
