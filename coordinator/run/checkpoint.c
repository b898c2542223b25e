/* SPDX-License-Identifier: Apache-2.0 */
#include "common/sys/clock.h"
#include "common/sys/log.h"
#include "common/sys/stop.h"
#include "coordinator/run/checkpoint_internal.h"

#include <string.h>
#include <unistd.h>

/* A checkpoint is worth this share of the time since the last one. */
#define WORTH 0.1
/* Before anything was measured: a disk that writes 200 MB/s. */
#define SECONDS_PER_BYTE 5e-9

void hcl_checkpoint_clear(struct hcl_checkpoint *c)
{
    free(c->folder);
    free(c->known);
    sodium_memzero(c, sizeof *c);
}

void hcl_checkpoint_remove(const struct hcl_checkpoint *c)
{
    char *path = hcl_checkpoint_path(c);
    if (path && unlink(path) != 0)
        hcl_log(HCL_LOG_WARNING, "cannot delete '%s', which is of no more use", path);
    free(path);
    hcl_pieces_sweep(c, true);
    rmdir(c->folder); /* stays if there is anything else in it */
}

hcl_status hcl_checkpoint_check(const struct hcl_checkpoint *c, const struct hcl_proof_inputs *of,
                                struct hcl_err *err)
{
    const struct {
        const uint8_t *theirs, *ours;
        const char *what;
    } parts[] = {
        { c->of.srs, of->srs, "an SRS that is not this one" },
        { c->of.circuit, of->circuit,
          "a circuit that is not this one: another model, other samples, weight seed or options" },
        { c->of.program, of->program, "a model whose private weights are not these" },
        { c->of.input, of->input, "an input that is not this one" },
    };
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        if (sodium_memcmp(parts[i].theirs, parts[i].ours, 32) != 0)
            return hcl_fail(err, HCL_BAD_INPUT, "the checkpoint in '%s' is of a proof with %s", c->folder,
                            parts[i].what);
    return HCL_OK;
}

hcl_status hcl_checkpoint_share(struct hcl_checkpoint *c, struct hcl_comm *comm, struct hcl_err *err)
{
    struct hcl_checkpoint theirs = *c;
    hcl_status st = HCL_OK;
    hcl_comm_bcast(comm, &theirs, sizeof theirs, 0);
    if (hcl_comm_rank(comm) != 0) {
        theirs.folder = c->folder;
        theirs.maker = c->maker;
        free(c->known);
        *c = theirs;
        c->known = malloc(c->known_len + 1);
        if (!c->known)
            st = hcl_fail(err, HCL_NO_RESOURCE, "no memory for a proof of %zu bytes", c->known_len);
    }
    sodium_memzero(&theirs, sizeof theirs);
    st = hcl_comm_agree(comm, st, err);
    if (st == HCL_OK)
        hcl_comm_bcast(comm, c->known, c->known_len, 0);
    return st;
}

/* That a file is there says little on a node with a disk of its own; that its random bytes are the same does.
 */
static hcl_status see_the_same(const struct hcl_checkpoint *c, struct hcl_comm *comm, struct hcl_err *err)
{
    uint8_t hash[32] = { 0 };
    struct hcl_file file = { 0 };
    char *path = hcl_checkpoint_path(c);
    hcl_status st = path ? hcl_file_read(&file, path, SIZE_MAX, err)
                         : hcl_fail(err, HCL_NO_RESOURCE, "no memory for a path");
    if (st == HCL_OK)
        crypto_generichash(hash, sizeof hash, file.data, file.len, NULL, 0);
    else
        hcl_fail_prefix(err, st, "the folder of checkpoints must be one that all ranks see");
    hcl_file_clear(&file);
    free(path);
    st = hcl_comm_agree(comm, st, err);
    return st == HCL_OK ? hcl_comm_same(comm, hash, sizeof hash, "the folder of checkpoints", err) : st;
}

hcl_status hcl_checkpoint_begin(struct hcl_checkpoint *c, struct hcl_comm *comm, struct hcl_err *err)
{
    const double start = hcl_clock_seconds();
    hcl_status st = HCL_OK;
    if (!c->resumed && hcl_comm_rank(comm) == 0)
        st = hcl_checkpoint_write(c, hcl_comm_size(comm), "none", err);
    HCL_TRY(hcl_comm_agree(comm, st, err));
    HCL_TRY(see_the_same(c, comm, err));
    c->last_time = hcl_clock_seconds();
    c->seconds = c->resumed ? 0 : c->last_time - start;
    c->seconds_per_byte = SECONDS_PER_BYTE;
done:
    return st;
}

static size_t bytes_of_pieces(const struct hcl_worker *w)
{
    return (w->circuit->degree - 1) * w->team.count * sizeof(hcl_fr);
}

static bool is_worth(const struct hcl_checkpoint *c, const struct hcl_worker *w, bool new_pieces)
{
    const double cost = c->seconds + (new_pieces ? (double)bytes_of_pieces(w) * c->seconds_per_byte : 0);
    return c->every_round || cost <= WORTH * (hcl_clock_seconds() - c->last_time);
}

/* Files of all ranks; on failure c has no pieces. Collective. */
static hcl_status write_pieces(struct hcl_checkpoint *c, const struct hcl_worker *w, struct hcl_err *err)
{
    struct hcl_comm *comm = w->team.comm;
    const double start = hcl_clock_seconds();
    if (w->team.rank == 0)
        randombytes_buf(c->pieces, sizeof c->pieces);
    hcl_comm_bcast(comm, c->pieces, sizeof c->pieces, 0);
    c->piece_ranks = (uint32_t)w->team.ranks;
    const hcl_status st = hcl_comm_agree(comm, hcl_pieces_write(c, w, err), err);
    if (st != HCL_OK) {
        char *path = hcl_pieces_path(c, (uint32_t)w->team.rank);
        if (path)
            unlink(path);
        free(path);
        c->piece_ranks = 0;
    }
    c->seconds_per_byte = (hcl_clock_seconds() - start) / (double)(bytes_of_pieces(w) + 1);
    return st;
}

/* The proof's items so far become c's. */
static hcl_status take_items(struct hcl_checkpoint *c, const struct hcl_proof *proof, struct hcl_err *err)
{
    uint8_t *known = malloc(proof->len + 1);
    if (!known)
        return hcl_fail(err, HCL_NO_RESOURCE, "no memory for a proof of %zu bytes", proof->len);
    if (proof->len > 0)
        memcpy(known, proof->data, proof->len);
    free(c->known);
    c->known = known;
    c->known_len = proof->len;
    return HCL_OK;
}

static hcl_status write_all(struct hcl_checkpoint *c, const struct hcl_worker *w,
                            const struct hcl_proof *proof, uint32_t rounds, const char *round,
                            bool new_pieces, struct hcl_err *err)
{
    struct hcl_comm *comm = w->team.comm;
    hcl_status st = HCL_OK;
    HCL_TRY(hcl_comm_agree(comm, take_items(c, proof, err), err));
    c->rounds = rounds;
    if (new_pieces)
        HCL_TRY(write_pieces(c, w, err));
    const double start = hcl_clock_seconds();
    if (w->team.rank == 0)
        st = hcl_checkpoint_write(c, w->team.ranks, round, err);
    HCL_TRY(hcl_comm_agree(comm, st, err));
    if (new_pieces && w->team.rank == 0)
        hcl_pieces_sweep(c, false);
    c->seconds = hcl_clock_seconds() - start;
done:
    c->last_time = hcl_clock_seconds();
    return st;
}

hcl_status hcl_checkpoint_round(struct hcl_checkpoint *c, struct hcl_worker *w, const struct hcl_proof *proof,
                                uint32_t rounds, const char *round, bool pieces, struct hcl_err *err)
{
    const bool written = rounds <= c->rounds, new_pieces = pieces && c->piece_ranks == 0;
    enum { STOP, WRITE, FLAGS };
    uint64_t flags[FLAGS] = { hcl_stop_asked(), w->team.rank == 0 && !written && is_worth(c, w, new_pieces) };
    struct hcl_err why = { "" };
    hcl_status st = HCL_OK;
    hcl_comm_max_u64(w->team.comm, flags, FLAGS);
    if (!written && (flags[STOP] || flags[WRITE])) {
        hcl_team_phase(&w->team, "checkpoint");
        st = write_all(c, w, proof, rounds, round, new_pieces, &why);
    }
    if (st != HCL_OK && flags[STOP])
        return hcl_fail(err, HCL_NO_RESOURCE,
                        "stopped as asked, but there is no checkpoint of round '%s', only an earlier one: %s",
                        round, why.msg);
    if (st != HCL_OK && w->team.rank == 0 && !c->complained)
        hcl_log(HCL_LOG_WARNING, "no checkpoint of round '%s', the earlier one stays: %s", round, why.msg);
    c->complained = c->complained || st != HCL_OK;
    /* A job that goes on is not stopped by what it repeats: it would never get any further. */
    return flags[STOP] && !written
               ? hcl_fail(err, HCL_STOPPED, "stopped as asked after round '%s': --resume '%s' continues",
                          round, c->folder)
               : HCL_OK;
}

hcl_status hcl_stop_between(struct hcl_comm *comm, const char *before, struct hcl_err *err)
{
    uint64_t stop = hcl_stop_asked();
    hcl_comm_max_u64(comm, &stop, 1);
    return stop ? hcl_fail(err, HCL_STOPPED, "stopped as asked before the %s", before) : HCL_OK;
}
