/* SPDX-License-Identifier: Apache-2.0 */
/* What is left of a proof when its job ends early, so that another one, with any number of ranks, goes on to
 * the same bytes. A proof is a function of circuit, SRS, witness and the root of its random values, and so
 * are all columns; what is dear to make again is kept: the items of the transcript that are done (a
 * commitment costs more than its column) and, from the quotient on, its pieces in blocks of coefficients, one
 * file per rank. All else is computed again.
 *
 * The folder holds "checkpoint.hcl" (sealed, written last, atomically: it names the pieces that belong to it)
 * and "pieces-<id>-<rank>.hcl". Layout of the former: magic HCLCKPT1, open part: a JSON text about it for
 * people (hcl_checkpoint_describe), secret part: see checkpoint_file.c. A transcript never meets two
 * witnesses or two choices of random values: a checkpoint goes on only with the circuit, SRS, program and
 * input it is of, and with its own root. */
#ifndef HCL_COORDINATOR_RUN_CHECKPOINT_H
#define HCL_COORDINATOR_RUN_CHECKPOINT_H

#include "common/comm/comm.h"
#include "common/halo2/transcript.h"
#include "common/halo2/verify.h"
#include "common/io/sealed.h"
#include "common/sys/random.h"
#include "worker/worker.h"

#include <jansson.h>

#define HCL_CHECKPOINT_FILE "checkpoint.hcl"

/* Hashes of what a proof is made of. */
struct hcl_proof_inputs {
    uint8_t srs[32], circuit[32] /* with the SRS: what decides the key */, program[32], input[32];
};

struct hcl_checkpoint {
    /* Set by the caller, before hcl_prove the same on all ranks. */
    char *folder;                      /* owned */
    uint8_t key[HCL_SEALED_KEY_BYTES]; /* secret */
    bool every_round;                  /* however much time that takes */
    bool resumed;
    const char *maker; /* "halocline 1.2.3" */
    struct hcl_proof_inputs of;

    /* The proof so far. */
    struct hcl_random root; /* secret */
    hcl_scheme scheme;
    bool seeded;     /* the root is that of a seed */
    uint32_t rounds; /* that are done, ..*/
    uint8_t *known;  /* .. and their items; owned, malloc'ed */
    size_t known_len;
    uint8_t pieces[16];   /* id of the files with the quotient's pieces, .. */
    uint32_t piece_ranks; /* .. one for each of so many ranks; 0: there are none yet */

    /* For the decision whether to write. */
    double last_time, seconds, seconds_per_byte;
    bool complained;
};

/** Read folder/checkpoint.hcl with key: everything above but what the caller sets; `of` is what it is of.
 * Local. HCL_BAD_INPUT: there is none, it is damaged, or of another version of the program (maker). */
hcl_status hcl_checkpoint_read(struct hcl_checkpoint *c, struct hcl_err *err);
/** HCL_BAD_INPUT says what it is of instead. Local. */
hcl_status hcl_checkpoint_check(const struct hcl_checkpoint *c, const struct hcl_proof_inputs *of,
                                struct hcl_err *err);
/** Rank 0's checkpoint on all ranks, after read or with the caller's fields set. folder may differ from rank
 * to rank in name only. Collective. */
hcl_status hcl_checkpoint_share(struct hcl_checkpoint *c, struct hcl_comm *comm, struct hcl_err *err);
/** Delete the checkpoint, once the proof is where it should be. Local, rank 0. */
void hcl_checkpoint_remove(const struct hcl_checkpoint *c);
/** Wipes what is secret; a zero one is fine. */
void hcl_checkpoint_clear(struct hcl_checkpoint *c);
/** What a file says about itself, without a key; nothing vouches for it. New reference. */
hcl_status hcl_checkpoint_describe(json_t **out, const char *path, struct hcl_err *err);

/* ---- for hcl_prove; all collective ---- */

/** Before the first round: `root` has been chosen, and the folder is the same for all ranks and can be
 * written to. */
hcl_status hcl_checkpoint_begin(struct hcl_checkpoint *c, struct hcl_comm *comm, struct hcl_err *err);
/** A round is done, the rounds-th, whose items end proof; pieces: w has the quotient's. Writes if that is
 * worth it, if every_round, or if a signal asks to stop (common/sys/stop.h); then HCL_STOPPED,
 * but not after a round that the checkpoint had already. A checkpoint
 * that cannot be written is worth a warning, and the last one stays; when the job has to stop it is
 * HCL_NO_RESOURCE. */
hcl_status hcl_checkpoint_round(struct hcl_checkpoint *c, struct hcl_worker *w, const struct hcl_proof *proof,
                                uint32_t rounds, const char *round, bool pieces, struct hcl_err *err);
/** This rank's blocks of the quotient's pieces, for which w has room. */
hcl_status hcl_checkpoint_load_pieces(const struct hcl_checkpoint *c, struct hcl_worker *w,
                                      struct hcl_err *err);
/** HCL_STOPPED if a signal asks any rank to stop; for work outside of rounds, which is lost. */
hcl_status hcl_stop_between(struct hcl_comm *comm, const char *before, struct hcl_err *err);

#endif
