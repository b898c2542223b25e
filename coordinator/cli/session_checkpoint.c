/* SPDX-License-Identifier: Apache-2.0 */
/* A session's checkpoint: whose it is, on all ranks. */
#include "coordinator/cli/session.h"

#include "common/sys/stop.h"

#include <sodium.h>
#include <string.h>

hcl_status hcl_session_open_checkpoint(struct hcl_session *s, struct hcl_err *err)
{
    return s->o->checkpoint.folder ? hcl_checkpoint_open(&s->checkpoint, &s->o->checkpoint, &s->o->setup, err)
                                   : HCL_OK;
}

void hcl_session_init_checkpoint(struct hcl_session *s)
{
    const struct hcl_checkpoint_options *o = &s->o->checkpoint;
    if (!o->folder)
        return;
    s->checkpoint = (struct hcl_checkpoint){ .folder = strdup(o->folder),
                                             .every_round = o->every_round,
                                             .resumed = o->resume,
                                             .maker = "halocline " HCL_VERSION };
    hcl_stop_on_signals();
}

static void hash_inputs(struct hcl_proof_inputs *out, const struct hcl_session *s)
{
    const struct hcl_program *program = &s->job.program;
    crypto_generichash_state state;
    hcl_srs_id(out->srs, &s->srs.verifier);
    hcl_setup_key_id(out->circuit, s->circuit_id, &s->srs);
    /* Weights of the circuit's columns are in its id. */
    crypto_generichash_init(&state, NULL, 0, sizeof out->program);
    hcl_program_hash(program, program->private_weights ? HCL_PROGRAM_WHOLE : HCL_PROGRAM_NO_WEIGHTS, &state);
    crypto_generichash_final(&state, out->program, sizeof out->program);
    sodium_memzero(&state, sizeof state);
    crypto_generichash(out->input, sizeof out->input, (const uint8_t *)s->run.witness.inputs,
                       s->run.witness.num_inputs * sizeof(int64_t), NULL, 0);
}

hcl_status hcl_session_checkpoint(struct hcl_session *s, struct hcl_err *err)
{
    struct hcl_checkpoint *c = &s->checkpoint;
    struct hcl_proof_inputs of = { 0 };
    hcl_status st = HCL_OK;
    if (!s->o->checkpoint.folder)
        return HCL_OK;
    if (!c->folder)
        st = hcl_fail(err, HCL_NO_RESOURCE, "no memory for a path");
    if (st == HCL_OK && s->cli->rank == 0) {
        hash_inputs(&of, s);
        if (c->resumed)
            st = hcl_checkpoint_check(c, &of, err);
        c->of = of;
    }
    sodium_memzero(&of, sizeof of);
    HCL_TRY(hcl_comm_agree(s->cli->comm, st, err));
    HCL_TRY(hcl_checkpoint_share(c, s->cli->comm, err));
done:
    return st;
}

hcl_status hcl_session_may_stop(struct hcl_session *s, const char *before, struct hcl_err *err)
{
    return s->o->checkpoint.folder ? hcl_stop_between(s->cli->comm, before, err) : HCL_OK;
}
