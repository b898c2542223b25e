/* SPDX-License-Identifier: Apache-2.0 */
/* One `prove` on all ranks: what it holds and the steps it consists of, in order. Every function is
 * collective: all ranks return the same status, and a message names the rank when only one has failed. */
#ifndef HCL_COORDINATOR_CLI_SESSION_H
#define HCL_COORDINATOR_CLI_SESSION_H

#include "common/halo2/transcript.h"
#include "common/witness/team.h"
#include "coordinator/cli/checkpoint_options.h"
#include "coordinator/cli/job.h"
#include "coordinator/cli/judge_team.h"
#include "coordinator/cli/predict.h"
#include "coordinator/cli/setup.h"
#include "coordinator/cli/status_file.h"
#include "coordinator/report/report.h"
#include "coordinator/run/keygen.h"
#include "coordinator/run/prove.h"

/* The phase in which the input goes through the witness program, on all ranks; and the one in which what came
 * out is compared with what the float model says. */
#define HCL_PHASE_JUDGE "judge"
#define HCL_PHASE_INFERENCE "inference"
#define HCL_PHASE_SRS "SRS"

struct hcl_session_options {
    struct hcl_job_options job;
    struct hcl_setup_options setup;
    struct hcl_checkpoint_options checkpoint;
    struct hcl_sample_files input;
    const char *out, *status; /* status: file for hcl_status_file, or NULL */
    const char *scratch;      /* folder for columns that do not fit into memory, or NULL */
    bool dry_run, seeded, no_report;
    double repeat;     /* the share of the work that is done twice, on two ranks */
    bool accept_error; /* prove also what is judged to be far from the float model's result */
    uint64_t seed;
};

struct hcl_session {
    struct hcl_cli *cli;
    const struct hcl_session_options *o;
    struct hcl_job job;            /* complete on rank 0 until it is shared; circuit and program everywhere */
    uint8_t circuit_id[32];        /* rank 0, unless nothing is proved */
    uint32_t *weight_owner;        /* several ranks: by weight column; owned */
    uint32_t *witness_lanes;       /* and by rank, of lanes it has columns of; owned */
    uint32_t *witness_rows;        /* and of the rows that it adds up; owned */
    struct hcl_witness_team team;  /* several ranks: on them */
    struct hcl_judge_team judging; /* several ranks, until the input is judged */
    struct hcl_comm_log inference; /* several ranks: of what this one gave the others for the small cells */
    struct hcl_samples input;      /* rank 0 */
    struct hcl_job_run run;        /* values on rank 0; witness and instances everywhere */
    struct hcl_cost cost;          /* rank 0: predicted, within the memory that there is */
    struct hcl_choose_watch watch; /* of the job's choice */
    struct {                       /* rank 0: what progress expects (expect.h) */
        bool past;                 /* what the last proof took */
        double begun, begun_cpu, begun_thread; /* common/sys/clock.h, before compiling; all ranks */
        double crowding;                       /* a second of work takes so many */
    } expected;
    struct hcl_savings savings;  /* that it says are needed; everywhere */
    struct hcl_scratch *scratch; /* if they need one */
    struct hcl_srs srs;
    struct hcl_keys keys;
    struct hcl_commit_cache commitments;
    bool key_cached;
    hcl_comm_once srs_once;               /* rank 0: what has an SRS of its own */
    bool srs_made;                        /* rank 0: it was not in the cache */
    uint64_t proofs_made, proofs_allowed; /* rank 0: with a key of committed weights; else 0 */
    char *key_path;                       /* rank 0: the key's place in the cache, or NULL; owned */
    struct hcl_checkpoint checkpoint;     /* if options name a folder for one */
    uint32_t rounds_before;               /* that it had when this run began */
    struct hcl_status_file status;        /* rank 0 */
    struct hcl_proof proof;
    struct hcl_meter meter;
    char shown[HCL_PHASE_NAME]; /* the phase on the progress line */
    struct hcl_report report;
};

static inline bool hcl_session_root(const struct hcl_session *s)
{
    return s->cli->rank == 0;
}

void hcl_session_init(struct hcl_session *s, struct hcl_cli *cli, const struct hcl_session_options *o);
/** Wipes the witness. */
void hcl_session_clear(struct hcl_session *s);

/** Rank 0: files, SRS and output folder are looked at, then the model is compiled */
hcl_status hcl_session_prepare(struct hcl_session *s, struct hcl_err *err);
/** Circuit and program reach all ranks, weights the rank that owns their column and no other. */
hcl_status hcl_session_share(struct hcl_session *s, struct hcl_err *err);
/** All ranks together compute the small cells (rank 0 alone in a dry run), which are compared with the float
 * model. What is saved is chosen by the memory that the rank with least of it has
 * left: HCL_NO_RESOURCE: it is too little. */
hcl_status hcl_session_run(struct hcl_session *s, struct hcl_err *err);
/** The small cells, of all ranks together once s->run.witness has a team. Of a value that leaves its table
 * the interpreter says why; where it finds no reason it is a rank's fault, which is then HCL_NO_RESOURCE and
 * named. */
hcl_status hcl_session_witness(struct hcl_session *s, struct hcl_err *err);
/** Of several ranks: the small cells are made again, to see whether a rank was wrong the first time:
 * HCL_NO_RESOURCE names it, HCL_OK: none was. complete: they were all made. */
hcl_status hcl_session_blame_witness(struct hcl_session *s, bool complete, struct hcl_err *err);
/** Predicted cost of committing each advice column, and those of one lane as kin, malloc'ed, the same on all
 * ranks; HCL_NO_RESOURCE: no memory. */
hcl_status hcl_session_advice_hints(struct hcl_advice_hints *out, const struct hcl_session *s,
                                    struct hcl_err *err);
void hcl_session_advice_hints_clear(struct hcl_advice_hints *hints);
/** Several ranks: each gets the fixed columns that it is to have, and knows who computes what of inference
 * and witness; how many columns of a group a rank has is known from here on to rank 0's layout. */
hcl_status hcl_session_share_columns(struct hcl_session *s, struct hcl_err *err);
/** SRS and keys, from files, the cache, or made. */
hcl_status hcl_session_keys(struct hcl_session *s, struct hcl_err *err);
/** The proof, verified, and the report of all ranks. */
hcl_status hcl_session_prove(struct hcl_session *s, struct hcl_err *err);
/** Rank 0: vk.hcl, proof.bin, public.json, report.html unless no_report, report.json in the output folder,
 * all of them or none; then the checkpoint is of no more use. */
hcl_status hcl_session_write(struct hcl_session *s, struct hcl_err *err);
/** How it ended, into the status file, if one was asked for. Local. */
void hcl_session_end(struct hcl_session *s, hcl_status st, const struct hcl_err *err);
/** Seconds of the slowest rank, phase by phase: the inference, and what follows once the keys are there up to
 * the verified proof. */
double hcl_session_prove_seconds(const struct hcl_session *s);
/** What was proved, as JSON (rank 0). New reference. */
json_t *hcl_session_describe(const struct hcl_session *s);
/** Its part: layout, layers, outputs, what the verifier learns. */
void hcl_session_add_details(json_t *out, const struct hcl_session *s);

/* ---- its checkpoint: does nothing if options name no folder for one ---- */

/** Signals are requests to stop from here on. Local. */
void hcl_session_init_checkpoint(struct hcl_session *s);
/** Folder and key are looked at, a checkpoint to resume is read. Local, rank 0. */
hcl_status hcl_session_open_checkpoint(struct hcl_session *s, struct hcl_err *err);
/** Once circuit, SRS and input are known: it is of this proof, and all ranks have it. */
hcl_status hcl_session_checkpoint(struct hcl_session *s, struct hcl_err *err);
/** HCL_STOPPED if a signal has asked any rank to, before the rounds begin. */
hcl_status hcl_session_may_stop(struct hcl_session *s, const char *before, struct hcl_err *err);

#endif
