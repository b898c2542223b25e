/* SPDX-License-Identifier: Apache-2.0 */
/* What rank 0 has prepared, on every rank: circuit, witness program, SRS, inputs, verifying key. All
 * collective; every rank returns the same status. Texts and programs travel as zstd, fixed columns as they
 * are stored (share_weights.c), points and inputs as they are. */
#ifndef HCL_COORDINATOR_CLI_SHARE_H
#define HCL_COORDINATOR_CLI_SHARE_H

#include "common/comm/comm.h"
#include "common/halo2/circuit.h"
#include "common/halo2/srs.h"
#include "common/halo2/values.h"
#include "common/witness/program.h"

/** Bytes of rank 0, compressed on the way; others get them malloc'ed. On rank 0 nothing changes. */
hcl_status hcl_share_bytes(struct hcl_comm *comm, uint8_t **data, size_t *len, struct hcl_err *err);
/** In these, rank 0 passes the thing itself and the others an empty one to be filled. With one rank they do
 * nothing. */
/** All but the fixed columns. */
hcl_status hcl_share_circuit(struct hcl_comm *comm, struct hcl_circuit *c, struct hcl_err *err);
#define HCL_SHARE_ALL UINT32_MAX
/** The fixed columns. owner[i], the same on all ranks: the rank that gets the i-th and is the only one that
 * has it afterwards (hcl_circuit_leave_fixed); HCL_SHARE_ALL: every rank has it. */
hcl_status hcl_share_columns(struct hcl_comm *comm, struct hcl_circuit *c, const uint32_t *owner,
                             struct hcl_err *err);
/** Without weights, unless they are private: the others are those of the circuit
 * (hcl_program_borrow_weights).
 */
hcl_status hcl_share_program(struct hcl_comm *comm, struct hcl_program *p, struct hcl_err *err);
/** once: rank 0 says for all. */
hcl_status hcl_share_srs(struct hcl_comm *comm, struct hcl_srs *srs, hcl_comm_once once, struct hcl_err *err);
hcl_status hcl_share_values(struct hcl_comm *comm, struct hcl_values *v, struct hcl_err *err);

#endif
