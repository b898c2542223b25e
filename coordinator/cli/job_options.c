/* SPDX-License-Identifier: Apache-2.0 */
#include "coordinator/cli/job.h"

#include "compiler/fixed/batch.h"

#include <string.h>

enum {
    KEY_CALIBRATE = 0x200,
    KEY_OUTPUT,
    KEY_VISIBILITY,
    KEY_K,
    KEY_LANES,
    KEY_ACCURACY,
    KEY_TABLE_BITS,
    KEY_WEIGHT_BITS,
    KEY_DUMP,
    KEY_DIVIDE,
    KEY_OBJECTIVE,
    KEY_MAX_PROOF,
    KEY_SIGNATURE,
    KEY_WEIGHT_SEED,
    KEY_PROOFS,
    KEY_BATCH
};

static const struct argp_option options[] = {
    { NULL, 0, NULL, 0, "Model:", 1 },
    { "calibrate", KEY_CALIBRATE, "FILE.npy", 0,
      "Sample inputs for choosing scales and ranges; given once for each input of the model, or a .npz "
      "(default: MODEL's name with .calibration.npy, or calibration.npy beside it, .npz or calibration_0.npy "
      "and so on for several inputs)",
      0 },
    { "signature", KEY_SIGNATURE, "NAME", 0,
      "Which signature or subgraph of the model, if it has several (default: its first subgraph)", 0 },
    { "result", KEY_OUTPUT, "WHAT", 0,
      "What of the model's outputs is asked for, reduced in the circuit: last (the last position), argmax, "
      "topk=N, a "
      "tensor NAME or a part of it NAME[0,-1,2:5], or one after the other, last/argmax. May be given again "
      "(default: all outputs)",
      0 },
    { "batch", KEY_BATCH, "N", 0,
      "N inferences in one proof: inputs are N along the first axis, outputs are public item by item, "
      "weights "
      "and tables are shared. Many jobs that do not wait for each other: slurm/prove-array.sbatch",
      0 },
    { "visibility", KEY_VISIBILITY, "LIST", 0,
      "input=, output=, weights= public or private, or weights=committed, comma separated (default: "
      "input=private,output=public,weights=committed)",
      0 },
    { "weight-seed", KEY_WEIGHT_SEED, "FILE", 0,
      "The secret that hides committed weights (default: weight.seed in the cache); prove and keygen make "
      "one "
      "if it is missing",
      0 },
    { "key-proofs", KEY_PROOFS, "N", 0,
      "How many proofs a key of committed weights is to hide them for (default: 1000)", 0 },
    { "divide-by", KEY_DIVIDE, "X", 0, "Divide inputs and samples by X, e.g. 255 for images in uint8", 0 },
    { "objective", KEY_OBJECTIVE, "NAME", 0,
      "balance (default: a proof shorter by a tenth may take a hundredth more time), time, proof-size or "
      "memory: what the layout is chosen for",
      0 },
    { "max-proof-bytes", KEY_MAX_PROOF, "N", 0, "Choose no layout with a longer proof", 0 },
    { "k", KEY_K, "K", 0, "2^K rows (default: chosen)", 0 },
    { "lanes", KEY_LANES, "N", 0, "Lanes of the layout, 2 to 32 (default: chosen)", 0 },
    { "accuracy", KEY_ACCURACY, "X", 0,
      "Largest error of a score that scales are chosen for, as a share of the scores' range on the samples "
      "(default 0.02)",
      0 },
    { "table-bits", KEY_TABLE_BITS, "N", 0,
      "Tables of quotients have at most 2^N entries, which sets the scales (default: searched)", 0 },
    { "weight-bits", KEY_WEIGHT_BITS, "N", 0, "Most bits of a weight, 2 to 16 (default: 16)", 0 },
    { "dump-after", KEY_DUMP, "PASS", 0, "Print the float graph after this pass (or \"all\") to stderr", 0 },
    { 0 },
};

/* One "input=public". */
static bool set_visibility(struct hcl_job_options *o, const char *item, size_t len)
{
    static const char *const names[] = { "input=", "output=", "weights=" };
    hcl_visibility *const targets[] = { &o->input, &o->output, &o->weights };
    for (size_t i = 0; i < 3; i++) {
        size_t name = strlen(names[i]);
        if (len <= name || strncmp(item, names[i], name) != 0)
            continue;
        bool is_public = len - name == 6 && strncmp(item + name, "public", 6) == 0;
        bool is_private = len - name == 7 && strncmp(item + name, "private", 7) == 0;
        bool committed =
            targets[i] == &o->weights && len - name == 9 && strncmp(item + name, "committed", 9) == 0;
        *targets[i] = is_public ? HCL_PUBLIC : committed ? HCL_COMMITTED : HCL_PRIVATE;
        return is_public || is_private || committed;
    }
    return false;
}

static error_t parse_visibility(struct hcl_job_options *o, const char *arg, struct argp_state *state)
{
    for (const char *item = arg; *item;) {
        size_t len = strcspn(item, ",");
        if (!set_visibility(o, item, len))
            return hcl_cli_usage(
                state,
                "bad visibility '%.*s', expected input=, output= or weights= and public or private (weights= "
                "also committed)",
                (int)len, item);
        item += len + (item[len] == ',');
    }
    return 0;
}

static error_t parse_objective(hcl_objective *out, const char *arg, struct argp_state *state)
{
    static const char *const names[] = { "balance", "time", "proof-size", "memory" };
    for (int i = HCL_FOR_BALANCE; i <= HCL_FOR_MEMORY; i++) {
        if (strcmp(arg, names[i]) == 0) {
            *out = (hcl_objective)i;
            return 0;
        }
    }
    return hcl_cli_usage(state, "unknown objective '%s', expected balance, time, proof-size or memory", arg);
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
    struct hcl_job_options *o = state->input;
    char *end;
    switch (key) {
    case KEY_CALIBRATE:
        if (o->calibrate.count == HCL_MOST_INPUTS)
            return hcl_cli_usage(state, "more than %d files of samples", HCL_MOST_INPUTS);
        o->calibrate.text[o->calibrate.count++] = arg;
        return 0;
    case KEY_OUTPUT:
        if (o->num_outputs == HCL_MOST_OUTPUTS)
            return hcl_cli_usage(state, "more than %d outputs", HCL_MOST_OUTPUTS);
        o->outputs[o->num_outputs++] = arg;
        return 0;
    case KEY_SIGNATURE:
        o->signature = arg;
        return 0;
    case KEY_VISIBILITY:
        return parse_visibility(o, arg, state);
    case KEY_DIVIDE:
        o->divide_by = strtod(arg, &end);
        return *end || !(o->divide_by > 0)
                   ? hcl_cli_usage(state, "bad divisor '%s', expected a positive number", arg)
                   : 0;
    case KEY_OBJECTIVE:
        return parse_objective(&o->objective, arg, state);
    case KEY_MAX_PROOF:
        return hcl_cli_number(state, arg, "number of bytes", 1, 1L << 30, &o->max_proof_bytes);
    case KEY_WEIGHT_SEED:
        o->weight_seed = arg;
        return 0;
    case KEY_PROOFS:
        return hcl_cli_number(state, arg, "number of proofs", 1, 1L << 24, &o->key_proofs);
    case KEY_BATCH:
        return hcl_cli_number(state, arg, "number of inferences", 1, HCL_MOST_ITEMS, &o->batch);
    case KEY_K:
        return hcl_cli_number(state, arg, "k", 4, 28, &o->k);
    case KEY_LANES:
        return hcl_cli_number(state, arg, "number of lanes", 2, HCL_MAX_LANES, &o->lanes);
    case KEY_ACCURACY:
        o->accuracy = strtod(arg, &end);
        return *end || !(o->accuracy > 0 && o->accuracy <= 1)
                   ? hcl_cli_usage(state, "bad accuracy '%s', expected a number above 0, at most 1", arg)
                   : 0;
    case KEY_TABLE_BITS:
        return hcl_cli_number(state, arg, "number of table bits", HCL_MIN_TABLE_BITS, HCL_MAX_TABLE_BITS,
                              &o->table_bits);
    case KEY_WEIGHT_BITS:
        return hcl_cli_number(state, arg, "number of weight bits", 2, 16, &o->weight_bits);
    case KEY_DUMP:
        o->dump_after = arg;
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

const struct argp hcl_job_argp = { .options = options, .parser = parse };

struct hcl_job_options hcl_job_options_default(void)
{
    return (struct hcl_job_options){
        .objective = HCL_FOR_BALANCE, .input = HCL_PRIVATE, .output = HCL_PUBLIC, .weights = HCL_COMMITTED
    };
}
