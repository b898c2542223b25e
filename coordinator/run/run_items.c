/* SPDX-License-Identifier: Apache-2.0 */
#include "coordinator/run/run_internal.h"

bool hcl_run_recalls(const struct hcl_run *r)
{
    return r->rounds < r->known_rounds;
}

hcl_status hcl_run_put_points(struct hcl_run *r, size_t count, struct hcl_err *err)
{
    const bool known = hcl_run_recalls(r);
    hcl_status st = HCL_OK;
    for (size_t i = 0; st == HCL_OK && i < count; i++)
        st = known ? hcl_transcript_read_point(&r->transcript, &r->known, &r->points[i], "commitment", i, err)
                   : hcl_transcript_write_point(&r->transcript, r->proof, &r->points[i], err);
    return st;
}

hcl_status hcl_run_put_evaluations(struct hcl_run *r, struct hcl_err *err)
{
    const bool known = hcl_run_recalls(r);
    hcl_fr *values = r->worker.evaluations;
    hcl_status st = HCL_OK;
    for (size_t i = 0; st == HCL_OK && i < r->worker.openings.num_evaluations; i++)
        st = known ? hcl_transcript_read_scalar(&r->transcript, &r->known, &values[i], "evaluation", i, err)
                   : hcl_transcript_write_scalar(&r->transcript, r->proof, &values[i], err);
    return st;
}

hcl_status hcl_run_end_round(struct hcl_run *r, hcl_status st, const char *name, bool pieces,
                             struct hcl_err *err)
{
    /* Known items are wrong only if the program that wrote them was: nothing is said about the claim. */
    if (st == HCL_FALSE_CLAIM)
        st = hcl_fail_prefix(err, HCL_BAD_INPUT, "checkpoint of round '%s'", name);
    HCL_TRY(hcl_comm_agree(r->worker.team.comm, st, err));
    r->rounds++;
    r->worker.team.recalling = hcl_run_recalls(r);
    if (r->keeps) {
        hcl_comm_watch(r->worker.team.comm, NULL); /* when it writes is no part of the proof */
        st = hcl_checkpoint_round(r->checkpoint, &r->worker, r->proof, r->rounds, name, pieces, err);
        hcl_comm_watch(r->worker.team.comm, &r->log);
    }
done:
    return st;
}

hcl_status hcl_run_end_commitments(struct hcl_run *r, size_t count, const char *name, bool pieces,
                                   struct hcl_err *err)
{
    return count == 0 ? HCL_OK : hcl_run_end_round(r, hcl_run_put_points(r, count, err), name, pieces, err);
}
