/* SPDX-License-Identifier: Apache-2.0 */
#include "coordinator/cli/same.h"

#include <stdbool.h>
#include <string.h>

enum { SHOWN = 80 };

/* What a rank was told, as texts one after the other, each ended by 0: the version, then the arguments. */
struct told {
    char *texts;
    size_t len;
};

/* What one rank sees when it compares itself with rank 0. */
struct difference {
    uint64_t at; /* which text differs first, counted from 1; 0: none */
    char mine[SHOWN], first[SHOWN];
};

static hcl_status collect(struct told *t, const char *version, int argc, char **argv, struct hcl_err *err)
{
    size_t len = strlen(version) + 1;
    for (int i = 1; i < argc; i++)
        len += strlen(argv[i]) + 1;
    t->texts = malloc(len);
    if (!t->texts)
        return hcl_fail(err, HCL_NO_RESOURCE, "no memory for the command line");
    char *at = stpcpy(t->texts, version) + 1;
    for (int i = 1; i < argc; i++)
        at = stpcpy(at, argv[i]) + 1;
    t->len = len;
    return HCL_OK;
}

/* The text at `pos`, quoted and cut for a message; "nothing" when there are no more. */
static void show(char out[SHOWN], const struct told *t, size_t pos)
{
    if (pos >= t->len)
        snprintf(out, SHOWN, "nothing");
    else
        snprintf(out, SHOWN, "'%.*s'", SHOWN - 3, t->texts + pos);
}

static void compare(struct difference *d, const struct told *mine, const struct told *first)
{
    size_t pos = 0;
    *d = (struct difference){ 0 };
    for (uint64_t i = 1; pos < mine->len || pos < first->len; i++) {
        if (pos >= mine->len || pos >= first->len || strcmp(mine->texts + pos, first->texts + pos) != 0) {
            d->at = i;
            show(d->mine, mine, pos);
            show(d->first, first, pos);
            return;
        }
        pos += strlen(mine->texts + pos) + 1; /* both are the same up to here */
    }
}

/* "rank 1", "ranks 1, 3": of those that differ, as many as there is room for. */
static void list_ranks(char *out, size_t size, const struct difference *all, int ranks)
{
    size_t used = 0;
    int count = 0;
    for (int r = 0; r < ranks; r++)
        count += all[r].at != 0;
    used += (size_t)snprintf(out, size, "rank%s", count > 1 ? "s" : "");
    for (int r = 0, listed = 0; r < ranks; r++) {
        if (all[r].at == 0)
            continue;
        if (used + 30 > size) {
            snprintf(out + used, size - used, " and %d more", count - listed);
            return;
        }
        used += (size_t)snprintf(out + used, size - used, "%s %d", listed ? "," : "", r);
        listed++;
    }
}

static hcl_status report(const struct difference *all, int ranks, struct hcl_err *err)
{
    char list[160];
    int r = 0;
    while (r < ranks && all[r].at == 0)
        r++;
    if (r == ranks)
        return HCL_OK;
    list_ranks(list, sizeof list, all, ranks);
    if (all[r].at == 1)
        return hcl_fail(err, HCL_BAD_INPUT, "%s: version %s, expected rank 0's %s", list, all[r].mine,
                        all[r].first);
    return hcl_fail(err, HCL_BAD_INPUT,
                    "%s: another command line than rank 0's: argument %llu is %s, expected %s", list,
                    (unsigned long long)all[r].at - 1, all[r].mine, all[r].first);
}

hcl_status hcl_cli_same(struct hcl_comm *comm, const char *version, int argc, char **argv,
                        struct hcl_err *err)
{
    const int ranks = hcl_comm_size(comm);
    const bool root = hcl_comm_rank(comm) == 0;
    struct told mine = { 0 }, first = { 0 };
    struct difference own, *all = NULL;
    uint64_t len;
    if (ranks == 1)
        return HCL_OK;
    hcl_status st = collect(&mine, version, argc, argv, err);
    HCL_TRY(hcl_comm_agree(comm, st, err));
    len = mine.len;
    hcl_comm_bcast(comm, &len, sizeof len, 0);
    first = (struct told){ malloc((size_t)len), (size_t)len };
    all = calloc((size_t)ranks, sizeof *all);
    if (!first.texts || !all)
        st = hcl_fail(err, HCL_NO_RESOURCE, "no memory for the command lines of %d ranks", ranks);
    HCL_TRY(hcl_comm_agree(comm, st, err));
    if (root)
        memcpy(first.texts, mine.texts, mine.len);
    hcl_comm_bcast(comm, first.texts, first.len, 0);
    compare(&own, &mine, &first);
    hcl_comm_allgather(comm, &own, all, sizeof own);
    st = report(all, ranks, err);
done:
    free(all);
    free(first.texts);
    free(mine.texts);
    return st;
}
