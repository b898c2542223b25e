/* SPDX-License-Identifier: Apache-2.0 */
#include "coordinator/cli/share.h"

#include "common/halo2/circuit_file.h"
#include "common/sys/mem.h"

#include <string.h>
#include <zstd.h>

enum { LEVEL = 1 }; /* the network is faster than any higher level compresses */

static bool alone(const struct hcl_comm *comm)
{
    return hcl_comm_size(comm) == 1;
}

static bool root(const struct hcl_comm *comm)
{
    return hcl_comm_rank(comm) == 0;
}

hcl_status hcl_share_bytes(struct hcl_comm *comm, uint8_t **data, size_t *len, struct hcl_err *err)
{
    hcl_status st = HCL_OK;
    uint64_t sizes[2] = { 0, 0 }; /* plain, packed */
    uint8_t *packed = NULL;
    size_t room = 0; /* of packed */
    if (alone(comm))
        return HCL_OK;
    if (root(comm)) {
        room = ZSTD_compressBound(*len);
        packed = malloc(room);
        size_t got = packed ? ZSTD_compress(packed, room, *data, *len, LEVEL) : 0;
        if (!packed || ZSTD_isError(got))
            st = hcl_fail(err, HCL_NO_RESOURCE, "no memory to compress %zu bytes for the other ranks", *len);
        sizes[0] = *len;
        sizes[1] = got;
    }
    HCL_TRY(hcl_comm_agree(comm, st, err));
    hcl_comm_bcast(comm, sizes, sizeof sizes, 0);
    if (!root(comm)) {
        room = (size_t)sizes[1];
        packed = malloc(room);
        *len = (size_t)sizes[0];
        *data = malloc(*len + 1);
        if (!packed || !*data)
            st = hcl_fail(err, HCL_NO_RESOURCE, "no memory for %zu bytes from rank 0", *len);
    }
    HCL_TRY(hcl_comm_agree(comm, st, err));
    hcl_comm_bcast(comm, packed, (size_t)sizes[1], 0);
    if (!root(comm) && ZSTD_decompress(*data, *len, packed, (size_t)sizes[1]) != *len)
        st = hcl_fail(err, HCL_NO_RESOURCE, "bytes from rank 0 arrived damaged");
    st = hcl_comm_agree(comm, st, err);
done:
    if (packed)
        explicit_bzero(packed, room); /* private weights may be among it */
    free(packed);
    if (st != HCL_OK && !root(comm)) {
        free(*data);
        *data = NULL;
        *len = 0;
    }
    return st;
}

static hcl_status share_copies(struct hcl_comm *comm, struct hcl_circuit *c, struct hcl_err *err)
{
    const bool gives = root(comm);
    uint64_t count = c->num_copies;
    struct hcl_copy *copies = gives ? c->copies : NULL;
    hcl_status st = HCL_OK;
    hcl_comm_bcast(comm, &count, sizeof count, 0);
    if (count == 0)
        return HCL_OK;
    if (!gives) {
        copies = calloc((size_t)count, sizeof *copies);
        if (!copies)
            st = hcl_fail(err, HCL_NO_RESOURCE, "no memory for %zu copies from rank 0", (size_t)count);
    }
    if (!gives && st == HCL_OK)
        st = hcl_circuit_expect_copies(c, (size_t)count, err);
    HCL_TRY(hcl_comm_agree(comm, st, err));
    hcl_comm_bcast(comm, copies, (size_t)count * sizeof *copies, 0);
    for (size_t i = 0; !gives && st == HCL_OK && i < count; i++)
        st = hcl_circuit_add_copy(c, copies[i], err);
    st = hcl_comm_agree(comm, st, err);
done:
    if (!gives)
        free(copies);
    return st;
}

hcl_status hcl_share_circuit(struct hcl_comm *comm, struct hcl_circuit *c, struct hcl_err *err)
{
    hcl_status st = HCL_OK;
    char *text = NULL;
    size_t text_len = 0;
    if (alone(comm))
        return HCL_OK;
    if (root(comm))
        st = hcl_circuit_format(c, HCL_CIRCUIT_NO_VALUES, &text, &text_len, err);
    HCL_TRY(hcl_comm_agree(comm, st, err));
    HCL_TRY(hcl_share_bytes(comm, (uint8_t **)&text, &text_len, err));
    if (!root(comm))
        st = hcl_circuit_parse(c, text, text_len, "circuit from rank 0", NULL, err);
    HCL_TRY(hcl_comm_agree(comm, st, err));
    st = share_copies(comm, c, err);
done:
    free(text);
    return st;
}

hcl_status hcl_share_program(struct hcl_comm *comm, struct hcl_program *p, struct hcl_err *err)
{
    hcl_status st = HCL_OK;
    uint8_t *bytes = NULL;
    size_t len = 0;
    if (alone(comm))
        return HCL_OK;
    if (root(comm))
        st = hcl_program_write(p, p->private_weights ? HCL_PROGRAM_WHOLE : HCL_PROGRAM_NO_WEIGHTS, &bytes,
                               &len, err);
    HCL_TRY(hcl_comm_agree(comm, st, err));
    HCL_TRY(hcl_share_bytes(comm, &bytes, &len, err));
    if (!root(comm)) {
        struct hcl_reader reader = { bytes, len, 0, "program from rank 0" };
        st = hcl_program_read(p, &reader, err);
    }
    st = hcl_comm_agree(comm, st, err);
done:
    if (bytes)
        explicit_bzero(bytes, len); /* private weights are in it */
    free(bytes);
    return st;
}

/* n points of rank 0, which gives its own copy away. */
static hcl_status share_points(struct hcl_comm *comm, hcl_g1 **points, size_t n, hcl_comm_once once,
                               bool *shared, struct hcl_err *err)
{
    struct hcl_node_block block;
    const hcl_status st = hcl_comm_node_alloc(&block, comm, n * sizeof **points, once, "SRS", err);
    if (st != HCL_OK)
        return st;
    if (root(comm)) {
        memcpy(block.at, *points, block.bytes);
        hcl_mem_free(*points);
    }
    *points = block.at;
    *shared = block.shared;
    hcl_comm_node_bcast(comm, &block);
    return HCL_OK;
}

hcl_status hcl_share_srs(struct hcl_comm *comm, struct hcl_srs *srs, hcl_comm_once once, struct hcl_err *err)
{
    struct {
        struct hcl_srs_verifier verifier;
        uint32_t k, once;
    } head;
    hcl_status st = HCL_OK;
    bool shared = false;
    if (alone(comm))
        return HCL_OK;
    memset(&head, 0, sizeof head);
    if (root(comm)) {
        head.verifier = srs->verifier;
        head.k = srs->k;
        head.once = once;
    }
    hcl_comm_bcast(comm, &head, sizeof head, 0);
    if (!root(comm))
        *srs = (struct hcl_srs){ .k = head.k, .n = (size_t)1 << head.k, .verifier = head.verifier };
    once = (hcl_comm_once)head.once;
    HCL_TRY(share_points(comm, &srs->g, srs->n, once, &shared, err));
    HCL_TRY(share_points(comm, &srs->g_lagrange, srs->n, once, &shared, err));
    srs->digest = shared ? hcl_srs_digest(srs) : 0;
done:
    return st;
}

hcl_status hcl_share_values(struct hcl_comm *comm, struct hcl_values *v, struct hcl_err *err)
{
    hcl_status st = HCL_OK;
    uint64_t count = v->count;
    if (alone(comm))
        return HCL_OK;
    hcl_comm_bcast(comm, &count, sizeof count, 0);
    if (!root(comm))
        st = hcl_values_init(v, (size_t)count, err);
    HCL_TRY(hcl_comm_agree(comm, st, err));
    for (size_t c = 0; c < count; c++) {
        uint64_t rows = v->rows[c];
        hcl_fr *column = v->columns[c];
        hcl_comm_bcast(comm, &rows, sizeof rows, 0);
        if (!root(comm)) {
            st = hcl_mem_alloc((void **)&column, (size_t)rows, sizeof *column, "public values", err);
            v->columns[c] = column;
            v->rows[c] = column ? (size_t)rows : 0;
        }
        HCL_TRY(hcl_comm_agree(comm, st, err));
        hcl_comm_bcast(comm, column, (size_t)rows * sizeof *column, 0);
    }
done:
    return st;
}
