/* SPDX-License-Identifier: Apache-2.0 */
/* From a model file to a circuit, as several commands need it, and the options that choose how. Local work of
 * one rank; the other ranks receive what they need from the prover. */
#ifndef HCL_COORDINATOR_CLI_JOB_H
#define HCL_COORDINATOR_CLI_JOB_H

#include "common/halo2/circuit.h"
#include "common/halo2/values.h"
#include "common/witness/run.h"
#include "compiler/choose.h"
#include "compiler/fixed/fixed_graph.h"
#include "compiler/fixed/interpret.h"
#include "compiler/graph/graph.h"
#include "compiler/graph/outputs.h"
#include "compiler/quantize/judge.h"
#include "coordinator/cli/cli.h"
#include "coordinator/cli/setup.h"

struct hcl_job_options {
    const char *model;
    /* Samples; none given: files called calibration beside the model (docs/fixed-point.md) if there are some,
     * else synthetic samples. */
    struct hcl_sample_files calibrate;
    const char *outputs[HCL_MOST_OUTPUTS]; /* --result, num_outputs of them; none: all outputs of the model */
    size_t num_outputs;
    const char *signature; /* which of several the model has; NULL: its first subgraph */
    hcl_visibility input, output, weights;
    long batch;                             /* inferences in one proof; 0: one, which is no batch */
    long k, lanes, table_bits, weight_bits; /* 0: chosen */
    double accuracy;                        /* 0: the default */
    hcl_objective objective;
    long max_proof_bytes;    /* 0: no bound */
    double divide_by;        /* model inputs, and samples given with --calibrate; 0: taken as they are */
    long key_proofs;         /* committed weights: proofs that the key hides them for; 0: the default */
    const char *weight_seed; /* --weight-seed FILE; NULL: in the cache */
    const struct hcl_setup_options *setup; /* where the cache is; NULL: where it is if nothing is said */
    bool needs_seed, make_seed;            /* the circuit gets a key; whose seed may be new */
    const char *dump_after;                /* float graph after this pass, to stderr; NULL: none */
};

/* For -h of commands that take inputs. */
#define HCL_CLI_INPUTS_DOC                                                                                   \
    "A model with several inputs takes a file for each, in the order of its signature or as NAME=FILE, or "  \
    "one "                                                                                                   \
    ".npz with all of them."
#define HCL_FILES_TEXT 1024 /* their names in messages */

/* What progress shows of it. */
#define HCL_STEP_QUANTISE "quantise"
#define HCL_STEP_LAY_OUT "lay out"

/** Parser for the options above; its input is a struct hcl_job_options. Positional arguments are the
 * command's. */
extern const struct argp hcl_job_argp;
struct hcl_job_options hcl_job_options_default(void);

struct hcl_job {
    struct hcl_graph model;    /* the float model, until hcl_job_drop_model */
    struct hcl_choice choice;  /* the fixed-point graph of one inference, and where its scales come from */
    struct hcl_fx_graph batch; /* of a batch, its graph; it borrows from the choice's */
    struct hcl_circuit circuit;
    struct hcl_program program;
    struct hcl_places places; /* of the graph's tensors in the witness, until hcl_job_drop_constants */
    struct hcl_layout layout; /* its costs, and those in choice, are of this machine */
    char signature[128]; /* what is proved of a model that has several signatures or subgraphs; else "" */
    const struct hcl_choose_watch *watch; /* of the choice, borrowed; NULL: nobody */
    /* With a limit of memory, or NULL: whether a proof of such a layout will fit; asked before calibration.
     */
    hcl_status (*fits)(void *ctx, const struct hcl_shape *sketch, struct hcl_err *err);
    void *fits_ctx;
    double resident;                       /* before anything was compiled */
    bool refused;                          /* by what was known of memory before the work */
    const struct hcl_job_options *options; /* what it was made with, borrowed */
    char *seed_path;                       /* of committed weights with a seed, else NULL; owned */
    uint8_t blinding_id[32];               /* of their random rows */
    json_t *meta;                          /* of the vk file: model, visibility, public tensors */
    char *meta_text;
};

/** Read the model: before everything else. */
hcl_status hcl_job_open(struct hcl_job *job, const struct hcl_job_options *o, struct hcl_err *err);
/** What is proved: the graph of one inference, or of the batch. Empty before hcl_job_quantize. */
const struct hcl_fx_graph *hcl_job_graph(const struct hcl_job *job);
/** Quantise, lay out. */
hcl_status hcl_job_compile(struct hcl_job *job, struct hcl_cli *cli, struct hcl_err *err);
/** Choose scales, without building the circuit: the same graph as hcl_job_compile's. Scales and ranges are
 * those of one inference, whatever the batch. */
hcl_status hcl_job_quantize(struct hcl_job *job, struct hcl_cli *cli, struct hcl_err *err);
/** The float model is of no more use, and it is large. */
void hcl_job_drop_model(struct hcl_job *job);
/** Nor are the constants of the fixed-point graph and the places of its tensors, once an input is judged. */
void hcl_job_drop_constants(struct hcl_job *job);
void hcl_job_clear(struct hcl_job *job);

/** Add to a message about an input what the ranges it may have left rest on. */
void hcl_job_explain_range(const struct hcl_job *job, const struct hcl_sample_files *files, hcl_status st,
                           struct hcl_err *err);

/** The float model, to compare with. */
hcl_status hcl_job_judge(struct hcl_judge **out, const struct hcl_job *job, struct hcl_err *err);
#define HCL_JUDGED_TEXT 1024
/** What is bad about an input, and what to do about it. */
void hcl_job_judged_text(char out[HCL_JUDGED_TEXT], const struct hcl_job *job, const struct hcl_judgement *j);

struct hcl_judge_team;    /* coordinator/cli/judge_team.h */
struct hcl_judge_subject; /* likewise */
/** What a team judges. */
struct hcl_judge_subject hcl_job_subject(const struct hcl_job *job);

/* The inputs of one proof: run through the witness program, which is judged by the float model. */
struct hcl_job_run {
    struct hcl_fx_values values;
    struct hcl_witness witness;
    struct hcl_values instances;
    struct hcl_judgement *judged; /* by item, one without a batch */
    size_t items, worst;  /* worst: the first that is bad or notable, else that of the largest error */
    json_t *layer_errors; /* hcl_judge_layers_json; of the input, so for whoever proves it. Of a batch the
                             worst of each layer */
    json_t *outputs;      /* hcl_judge_outputs_json of public outputs, else NULL; of a batch, with "item" */
};
/** The one input in the files, or those of the batch, checked against the model; before hcl_job_compile,
 * which takes long. HCL_BAD_INPUT: there are more or fewer. */
hcl_status hcl_job_read_input(struct hcl_samples *out, const struct hcl_job *job,
                              const struct hcl_sample_files *files, struct hcl_err *err);
/** The input as integers, in values and witness. input: of hcl_job_read_input; files for messages. */
hcl_status hcl_job_run_begin(struct hcl_job_run *run, const struct hcl_job *job,
                             const struct hcl_samples *input, const struct hcl_sample_files *files,
                             struct hcl_err *err);
/** What the witness, which has run, holds, judged by what the float model says, for the caller to heed.
 * team: ranks that help, hcl_job_subject's; NULL: this rank alone. */
hcl_status hcl_job_run_judge(struct hcl_job_run *run, const struct hcl_job *job,
                             const struct hcl_samples *input, struct hcl_judge_team *team,
                             struct hcl_err *err);
/** Why the witness did not run to its end with HCL_BAD_INPUT, in the words of the model: the interpreter's
 * error. HCL_OK: it is none of the input's. */
hcl_status hcl_job_run_explain(struct hcl_job_run *run, const struct hcl_job *job,
                               const struct hcl_sample_files *files, struct hcl_err *err);
/** The public values, once the witness has run. */
hcl_status hcl_job_read_instance(struct hcl_job_run *run, const struct hcl_job *job, struct hcl_err *err);
/** Wipes. */
void hcl_job_run_clear(struct hcl_job_run *run);
/** hcl_judgement_json of the worst; of a batch with its number as "item", and "items": that of each. */
json_t *hcl_job_accuracy_json(const struct hcl_job_run *run);
/** What is notable about the worst, for messages: "'x.npy': ...", of a batch "'x.npy', item 3: ...". */
void hcl_job_run_text(char out[HCL_JUDGED_TEXT + HCL_FILES_TEXT], const struct hcl_job *job,
                      const struct hcl_job_run *run, const struct hcl_sample_files *files);

/** Is the file a model (by content), as opposed to a circuit.json? */
bool hcl_job_is_model(const char *path);
/** What `inspect` says about a TFLite file. */
hcl_status hcl_job_inspect_model(json_t **out, const char *path, const char *signature, struct hcl_err *err);

#endif
