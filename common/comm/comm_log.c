/* SPDX-License-Identifier: Apache-2.0 */
#include "common/comm/comm_internal.h"
#include "common/sys/digest.h"

void hcl_comm_watch(struct hcl_comm *comm, struct hcl_comm_log *log)
{
    comm->log = log;
}

bool hcl_comm_watched(const struct hcl_comm *comm)
{
    return comm->log != NULL;
}

void hcl_comm_note(struct hcl_comm *comm, const void *data, size_t bytes)
{
    if (comm->log)
        hcl_comm_note_digest(comm, hcl_digest64(bytes, data, bytes));
}

void hcl_comm_note_digest(struct hcl_comm *comm, uint64_t digest)
{
    struct hcl_comm_log *log = comm->log;
    if (!log || log->incomplete)
        return;
    if (log->count == log->room) {
        const size_t room = 2 * log->room + 256;
        struct hcl_comm_entry *entries = realloc(log->entries, room * sizeof *entries);
        if (!entries) {
            log->incomplete = true;
            return;
        }
        log->entries = entries;
        log->room = room;
    }
    log->entries[log->count++] = (struct hcl_comm_entry){ digest, log->phase };
}

void hcl_comm_log_clear(struct hcl_comm_log *log)
{
    free(log->entries);
    *log = (struct hcl_comm_log){ 0 };
}
