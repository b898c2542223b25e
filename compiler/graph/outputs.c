/* SPDX-License-Identifier: Apache-2.0 */
#include "compiler/graph/outputs.h"
#include "compiler/graph/edit_internal.h"
#include <string.h>

enum { MOST_ENDS = 64, NAME_LEN = 160 };

struct reduction {
    struct hcl_graph *g;
    const char *text; /* the whole of it, for messages */
    uint32_t ends[MOST_ENDS];
    size_t num_ends;
    struct hcl_err *err;
};

static hcl_status bad(const struct reduction *r, const char *what)
{
    return hcl_fail(r->err, HCL_BAD_INPUT, "result '%s': %s", r->text, what);
}

/* A node that reads tensor x; *out its result. Takes map. */
static hcl_status append(struct reduction *r, hcl_op op, uint32_t x, uint32_t *map, const uint32_t dims[4],
                         uint32_t rank, const char *step, uint32_t *out)
{
    char name[NAME_LEN];
    struct hcl_node n = {
        .op = op, .name = name, .inputs = { x, HCL_GRAPH_NONE, HCL_GRAPH_NONE, HCL_GRAPH_NONE }, .map = map
    };
    snprintf(name, sizeof name, "%s/%s", r->g->tensors[x].name, step);
    hcl_status st = hcl_graph_add_tensor(r->g, name, dims, rank, NULL, &n.output, r->err);
    if (st != HCL_OK) {
        free(map);
        return st;
    }
    *out = n.output;
    if (op == HCL_OP_ARG_MAX)
        r->g->tensors[n.output].numbers = r->g->tensors[x].dims[3];
    else if (op == HCL_OP_MOVE)
        r->g->tensors[n.output].numbers = r->g->tensors[x].numbers;
    return hcl_graph_add_node(r->g, &n, r->err);
}

/* Elements [first, first + count) of each of the four dimensions. */
struct box {
    uint32_t first[4], count[4];
    bool drop[4];
};

static hcl_status cut(struct reduction *r, uint32_t x, const struct box *b, const char *step, uint32_t *out)
{
    const struct hcl_tensor *t = &r->g->tensors[x];
    uint32_t dims[4] = { 1, 1, 1, 1 }, rank = 0, kept[4], *map, at[4];
    const size_t len = (size_t)b->count[0] * b->count[1] * b->count[2] * b->count[3];
    for (uint32_t i = 4 - t->rank; i < 4; i++)
        if (!b->drop[i])
            kept[rank++] = b->count[i];
    for (uint32_t i = 0; i < rank; i++)
        dims[4 - rank + i] = kept[i];
    map = malloc(len * sizeof *map);
    if (map == NULL)
        return hcl_fail(r->err, HCL_NO_RESOURCE, "no memory for %zu elements", len);
    for (size_t i = 0; i < len; i++) {
        size_t rest = i;
        for (uint32_t d = 4; d-- > 0; rest /= b->count[d])
            at[d] = b->first[d] + (uint32_t)(rest % b->count[d]);
        map[i] = (uint32_t)((((size_t)at[0] * t->dims[1] + at[1]) * t->dims[2] + at[2]) * t->dims[3] + at[3]);
    }
    if (dims[0] != 1) { /* a batch is no dimension of a computed tensor */
        free(map);
        return bad(r, "the result has a batch of more than 1");
    }
    return append(r, HCL_OP_MOVE, x, map, dims, rank, step, out);
}

static struct box whole(const struct hcl_tensor *t)
{
    struct box b = { .count = { t->dims[0], t->dims[1], t->dims[2], t->dims[3] } };
    return b;
}

static hcl_status expect_plain(const struct reduction *r, uint32_t x)
{
    return r->g->tensors[x].wide.rank == 0
               ? HCL_OK
               : bad(r, "of a tensor of more than four dimensions, or of a batch");
}

static hcl_status last(struct reduction *r, uint32_t x, uint32_t *out)
{
    struct box b = whole(&r->g->tensors[x]);
    if (r->g->tensors[x].rank < 2)
        return bad(r, "the last position of a tensor of less than two dimensions");
    b.first[2] = b.count[2] - 1;
    b.count[2] = 1;
    b.drop[2] = true;
    return cut(r, x, &b, "last", out);
}

/* Softmax keeps the order. */
static uint32_t before_softmax(const struct hcl_graph *g, uint32_t t)
{
    for (size_t i = 0; i < g->num_nodes; i++)
        if (g->nodes[i].output == t && g->nodes[i].op == HCL_OP_SOFTMAX && g->nodes[i].beta > 0 &&
            hcl_node_arity(&g->nodes[i]) == 1)
            return g->nodes[i].inputs[0];
    return t;
}

static hcl_status pick(struct reduction *r, hcl_op op, uint32_t x, uint32_t count, const char *step,
                       uint32_t *out)
{
    const struct hcl_tensor *t = &r->g->tensors[x];
    uint32_t dims[4] = { t->dims[0], t->dims[1], t->dims[2], count }, rank = t->rank;
    if (t->numbers > 0)
        return bad(r, "the largest of what are numbers already");
    if (count == 0) { /* one, and no dimension for it */
        for (uint32_t i = 3; i > 0; i--)
            dims[i] = dims[i - 1];
        dims[0] = 1;
        rank = rank > 0 ? rank - 1 : 0;
    }
    return append(r, op, x, NULL, dims, rank, step, out);
}

/* One step on one tensor; *ends of *num become what is left of it. */
static hcl_status step_on(struct reduction *r, uint32_t x, const char *step, size_t len, uint32_t *ends,
                          size_t *num)
{
    char text[32], *end;
    hcl_status st;
    snprintf(text, sizeof text, "%.*s", (int)(len < sizeof text ? len : sizeof text - 1), step);
    *num = 1;
    HCL_TRY(expect_plain(r, x));
    if (strcmp(text, "last") == 0)
        return last(r, x, ends);
    if (strcmp(text, "argmax") == 0)
        return pick(r, HCL_OP_ARG_MAX, before_softmax(r->g, x), 0, "argmax", ends);
    if (strncmp(text, "topk=", 5) != 0)
        return hcl_fail(r->err, HCL_BAD_INPUT,
                        "result '%s': '%s' is no step, expected last, argmax or topk=N", r->text, text);
    const unsigned long n = strtoul(text + 5, &end, 10), of = r->g->tensors[x].dims[3];
    if (text[5] < '0' || text[5] > '9' || *end != '\0' || n < 1 || n > of)
        return hcl_fail(r->err, HCL_BAD_INPUT, "result '%s': the %s largest, expected 1..%lu", r->text,
                        text + 5, of);
    *num = 2;
    HCL_TRY(pick(r, HCL_OP_TOP, x, (uint32_t)n, text, &ends[0]));
    HCL_TRY(pick(r, HCL_OP_ARG_MAX, x, (uint32_t)n, "numbers", &ends[1]));
done:
    return st;
}

static hcl_status step_all(struct reduction *r, const char *step, size_t len)
{
    uint32_t made[2 * MOST_ENDS] = { 0 };
    size_t num = 0;
    hcl_status st = HCL_OK;
    for (size_t i = 0; i < r->num_ends && st == HCL_OK; i++) {
        size_t more = 0;
        st = step_on(r, r->ends[i], step, len, made + num, &more);
        num += more;
    }
    if (st == HCL_OK && num > MOST_ENDS)
        return bad(r, "too many outputs");
    for (size_t i = 0; st == HCL_OK && i < num; i++)
        r->ends[i] = made[i];
    r->num_ends = st == HCL_OK ? num : r->num_ends;
    return st;
}

/* "3", "-1", "2:5", ":" in dimension d; *text moves behind it. */
static hcl_status read_range(const struct reduction *r, const char **text, struct box *b, uint32_t d)
{
    const long size = (long)b->count[d];
    long from = 0, to = size;
    char *end = (char *)(uintptr_t)*text;
    const bool has_from = **text == '-' || (**text >= '0' && **text <= '9');
    if (has_from)
        from = strtol(*text, &end, 10);
    from += from < 0 ? size : 0;
    b->drop[d] = has_from && *end != ':';
    if (b->drop[d])
        to = from + 1;
    else if (*end != ':')
        return bad(r, "a slice is like [0,-1,2:5]");
    else if (*++end == '-' || (*end >= '0' && *end <= '9')) {
        to = strtol(end, &end, 10);
        to += to < 0 ? size : 0;
    }
    if (from < 0 || to > size || from >= to)
        return hcl_fail(r->err, HCL_BAD_INPUT, "result '%s': elements %ld to %ld of a dimension of %ld",
                        r->text, from, to - 1, size);
    b->first[d] = (uint32_t)from;
    b->count[d] = (uint32_t)(to - from);
    *text = end;
    return HCL_OK;
}

static hcl_status slice(struct reduction *r, const char *text, size_t len)
{
    const struct hcl_tensor *t = &r->g->tensors[r->ends[0]];
    const char *at = text + 1, *end = text + len - 1;
    struct box b = whole(t);
    char step[64];
    hcl_status st;
    HCL_TRY(expect_plain(r, r->ends[0]));
    for (uint32_t d = 4 - t->rank; at < end; d++) {
        if (d == 4)
            return bad(r, "the slice has more dimensions than the tensor");
        HCL_TRY(read_range(r, &at, &b, d));
        if (at < end && *at++ != ',')
            return bad(r, "a slice is like [0,-1,2:5]");
    }
    snprintf(step, sizeof step, "%.*s", (int)len, text);
    HCL_TRY(cut(r, r->ends[0], &b, step, &r->ends[0]));
done:
    return st;
}

static bool is_called(const char *name, const char *text, size_t len)
{
    return name != NULL && strlen(name) == len && strncmp(name, text, len) == 0;
}

static hcl_status find(struct reduction *r, const char *name, size_t len)
{
    const struct hcl_graph *g = r->g;
    /* What an operator gives is behind its steps of the same name. */
    for (size_t i = g->num_tensors; i-- > 0;)
        if (g->tensors[i].data == NULL &&
            (is_called(g->tensors[i].entry, name, len) || is_called(g->tensors[i].name, name, len))) {
            r->ends[0] = (uint32_t)i;
            r->num_ends = 1;
            return HCL_OK;
        }
    return hcl_fail(r->err, HCL_BAD_INPUT,
                    "result '%s': no computed tensor is called '%.*s' (halocline inspect lists them)",
                    r->text, (int)len, name);
}

static bool is_step(const char *text, size_t len)
{
    return is_called("last", text, len) || is_called("argmax", text, len) ||
           (len > 5 && strncmp(text, "topk=", 5) == 0);
}

/* Where a slice begins and the name ends: "a/b:0[1,2]/last". */
static hcl_status base(struct reduction *r, const char **rest)
{
    const char *text = r->text, *open = strchr(text, '['), *close;
    size_t len = open != NULL ? (size_t)(open - text) : strlen(text);
    hcl_status st;
    *rest = text;
    if (open == NULL) { /* names have slashes of their own: the longest that is one */
        if (is_step(text, strcspn(text, "/")))
            return HCL_OK;
        while (len > 0 && find(r, text, len) != HCL_OK)
            while (len > 0 && text[--len] != '/')
                ;
        *rest = text + len;
        return len > 0 ? HCL_OK : find(r, text, strlen(text));
    }
    close = strchr(open, ']');
    if (close == NULL || (close[1] != '\0' && close[1] != '/'))
        return bad(r, "a slice is like [0,-1,2:5]");
    if (len > 0)
        HCL_TRY(find(r, text, len));
    if (r->num_ends != 1)
        return bad(r, "a slice of several outputs: say of which");
    HCL_TRY(slice(r, open, (size_t)(close - open) + 1));
    *rest = close + 1;
done:
    return st;
}

static hcl_status reduce(struct reduction *r)
{
    const char *at;
    hcl_status st;
    if (r->g->num_outputs > MOST_ENDS)
        return bad(r, "too many outputs");
    memcpy(r->ends, r->g->outputs, r->g->num_outputs * sizeof *r->ends);
    r->num_ends = r->g->num_outputs;
    HCL_TRY(base(r, &at));
    while (*at != '\0') {
        at += *at == '/';
        const size_t len = strcspn(at, "/");
        HCL_TRY(step_all(r, at, len));
        at += len;
    }
done:
    return st;
}

hcl_status hcl_graph_choose_outputs(struct hcl_graph *g, const char *const *texts, size_t count,
                                    struct hcl_err *err)
{
    uint32_t ends[MOST_ENDS];
    size_t num = 0;
    hcl_status st = HCL_OK;
    if (count == 0)
        return HCL_OK;
    for (size_t i = 0; i < count; i++) {
        struct reduction r = { .g = g, .text = texts[i], .err = err };
        char name[NAME_LEN];
        snprintf(name, sizeof name, "--result %s", texts[i]);
        HCL_TRY(hcl_graph_begin_origin(g, name, err));
        HCL_TRY(reduce(&r));
        if (num + r.num_ends > MOST_ENDS)
            return bad(&r, "too many outputs");
        memcpy(ends + num, r.ends, r.num_ends * sizeof *ends);
        num += r.num_ends;
    }
    HCL_TRY(hcl_graph_set_ends(g, g->inputs, g->num_inputs, ends, num, err));
    HCL_TRY(hcl_graph_compact(g, err));
    HCL_TRY(hcl_graph_check(g, err));
done:
    return st;
}
