/* SPDX-License-Identifier: Apache-2.0 */
#include "coordinator/run/blame.h"

#include "common/halo2/audit.h"
#include "common/sys/digest.h"
#include "common/sys/mem.h"

#include <string.h>

static uint64_t digest_of_circuit(const struct hcl_circuit *c, const struct hcl_vk *vk)
{
    uint64_t d = hcl_digest64(c->num_fixed, vk->fixed, c->num_fixed * sizeof *vk->fixed);
    const uint64_t everywhere = hcl_circuit_digest(c, HCL_FIXED_EVERYWHERE);
    d = hcl_digest64(d, vk->sigma, c->num_permutation * sizeof *vk->sigma);
    return hcl_digest64(d, &everywhere, sizeof everywhere);
}

/* What all ranks have a copy of. Where copies differ, mathematics tells which of them is damaged: the
 * pairings of the SRS, the commitments of the key. */
static hcl_status compare_copies(struct hcl_comm *comm, const struct hcl_keys *keys,
                                 const struct hcl_srs *srs, int threads, struct hcl_err *err)
{
    const uint64_t copies[2] = { hcl_srs_digest(srs), digest_of_circuit(keys->circuit, &keys->vk) };
    struct hcl_err differ, why;
    hcl_status st = HCL_OK;
    if (srs->digest != 0 && srs->digest != copies[0])
        st = hcl_fail(err, HCL_NO_RESOURCE, "the SRS in memory, which the ranks of a node share, is damaged");
    HCL_TRY(hcl_comm_agree(comm, st, err));
    if (hcl_comm_same(comm, copies, sizeof copies, "the SRS, the circuit or the key", &differ) == HCL_OK)
        return HCL_OK;
    st = hcl_srs_check(srs, threads, err);
    if (st == HCL_BAD_INPUT)
        st = hcl_fail(err, HCL_NO_RESOURCE, "the SRS in memory is damaged");
    HCL_TRY(hcl_comm_agree(comm, st, err));
    st = hcl_audit_key(&keys->vk, keys->circuit, srs, threads, &why);
    if (st == HCL_FALSE_CLAIM)
        st = hcl_fail(err, HCL_NO_RESOURCE, "the circuit or the key in memory is damaged: %s", why.msg);
    HCL_TRY(hcl_comm_agree(comm, st, err));
    st = hcl_fail(err, HCL_NO_RESOURCE, "%s", differ.msg);
done:
    return st;
}

/* What this rank alone has. */
static hcl_status check_weights(const struct hcl_circuit *c, struct hcl_err *err)
{
    return !c->fixed_place || hcl_circuit_digest(c, HCL_FIXED_HERE) == c->fixed_digest
               ? HCL_OK
               : hcl_fail(err, HCL_NO_RESOURCE, "its part of the weights in memory is damaged");
}

/* out := the transform and the inverse transform of a column without a pattern: all factors have a part in
 * it. */
static void transform_both(hcl_fr *out, const struct hcl_domain *d, int threads)
{
    hcl_fr_from_u64(&out[0], 0x9e3779b97f4a7c15u);
    for (size_t i = 1; i < d->n; i++)
        hcl_fr_mul(&out[i], &out[i - 1], &out[0]);
    memcpy(out + d->n, out, d->n * sizeof *out);
    hcl_ntt(d, out, threads);
    hcl_intt(d, out + d->n, threads);
}

/* The factors of the transforms. */
static hcl_status check_domain(const struct hcl_domain *d, int threads, struct hcl_err *err)
{
    struct hcl_domain fresh;
    hcl_fr *v = NULL;
    hcl_status st = hcl_domain_init(&fresh, d->k, err);
    if (st != HCL_OK)
        return st;
    HCL_TRY(hcl_mem_alloc((void **)&v, 4 * d->n, sizeof *v, "transforms", err));
    transform_both(v, d, threads);
    transform_both(v + 2 * d->n, &fresh, threads);
    if (memcmp(v, v + 2 * d->n, 2 * d->n * sizeof *v) != 0)
        st = hcl_fail(err, HCL_NO_RESOURCE, "the factors of the transforms in memory are damaged");
done:
    hcl_mem_free(v);
    hcl_domain_clear(&fresh);
    return st;
}

static hcl_status compare_sigmas(const struct hcl_keys *keys, const struct hcl_pk *fresh, struct hcl_err *err)
{
    const size_t bytes = keys->domain.n * sizeof(hcl_fr);
    for (size_t i = 0; i < keys->circuit->num_permutation; i++)
        if (fresh->sigma[i] && memcmp(fresh->sigma[i], keys->pk.sigma[i], bytes) != 0)
            return hcl_fail(err, HCL_NO_RESOURCE, "the key's permutation column %zu in memory is damaged", i);
    return HCL_OK;
}

/* The key's columns of this rank, made again. */
static hcl_status check_keys(struct hcl_comm *comm, const struct hcl_keys *keys, const struct hcl_srs *srs,
                             int threads, struct hcl_err *err)
{
    struct hcl_worker w = { 0 };
    struct hcl_pk fresh = { 0 };
    hcl_status st = check_domain(&keys->domain, threads, err);
    if (st == HCL_OK)
        st = hcl_keys_own_columns(&fresh, keys, comm, threads, err);
    if (st == HCL_OK)
        st = compare_sigmas(keys, &fresh, err);
    hcl_pk_clear(&fresh);
    HCL_TRY(hcl_comm_agree(comm, st, err));
    HCL_TRY(hcl_worker_init(&w, comm, keys->circuit, &keys->pk, srs, &keys->domain, keys->plan.owner, NULL,
                            threads, err));
    HCL_TRY(hcl_key_cosets_check(&keys->cosets, &w, err));
done:
    hcl_worker_clear(&w);
    return st;
}

hcl_status hcl_blame_standing(struct hcl_comm *comm, const struct hcl_keys *keys, const struct hcl_srs *srs,
                              int threads, struct hcl_err *err)
{
    hcl_status st;
    HCL_TRY(compare_copies(comm, keys, srs, threads, err));
    HCL_TRY(hcl_comm_agree(comm, check_weights(keys->circuit, err), err));
    HCL_TRY(check_keys(comm, keys, srs, threads, err));
done:
    return st;
}

/* The first call at which this rank did not give the same twice; UINT64_MAX: none. */
static uint64_t first_difference(const struct hcl_comm_log *first, const struct hcl_comm_log *second)
{
    for (size_t i = 0; i < first->count && i < second->count; i++)
        if (first->entries[i].digest != second->entries[i].digest)
            return i;
    return UINT64_MAX;
}

hcl_status hcl_blame_messages(struct hcl_comm *comm, const struct hcl_comm_log *first,
                              const struct hcl_comm_log *second, struct hcl_err *err)
{
    const uint64_t mine = first_difference(first, second);
    uint64_t earliest = UINT64_MAX - mine; /* of all ranks, once they have taken the maximum */
    hcl_status st = HCL_OK;
    if (first->incomplete || second->incomplete)
        st = hcl_fail(err, HCL_NO_RESOURCE, "out of memory for the digests of what was sent");
    HCL_TRY(hcl_comm_agree(comm, st, err));
    hcl_comm_max_u64(comm, &earliest, 1);
    if (earliest == 0)
        return HCL_OK;
    if (mine == UINT64_MAX - earliest)
        st = hcl_fail(
            err, HCL_NO_RESOURCE,
            "computed something wrong in '%s': what it sent to the other ranks differs from what it sent "
            "when the proof was repeated",
            first->entries[mine].phase ? first->entries[mine].phase : "set up");
    st = hcl_comm_agree(comm, st, err);
done:
    return st;
}
