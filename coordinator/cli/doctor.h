/* SPDX-License-Identifier: Apache-2.0 */
/* What the machine is, and what of it makes proofs slower or fail, each with its remedy. Looking and judging
 * are apart, so that tests can do either with a machine that does not exist. */
#ifndef HCL_COORDINATOR_CLI_DOCTOR_H
#define HCL_COORDINATOR_CLI_DOCTOR_H

#include "common/sys/status.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

struct hcl_doctor_facts {
    char processor[64];
    const char *kernel, *best_kernel; /* of field arithmetic: in use, usable */
    int processors, allowed;          /* online, left by affinity */
    double quota;                     /* processors' worth of time by control groups; 0: no limit */
    int omp_threads;                  /* OMP_NUM_THREADS; 0: not set */
    int numa_nodes, ranks_here;
    bool apart;          /* ranks here that cannot read each other's memory */
    char huge_pages[16]; /* always, madvise, never; "": the kernel does not say */
    bool pages_reported; /* free pages of this virtual machine go back to its host */
    uint64_t memory, available,
        group_limit;        /* bytes; of the machine, free of it, of control groups (UINT64_MAX: none) */
    uint64_t address_space; /* ulimit -v; UINT64_MAX: none */
    uint64_t budget;        /* of a rank */
    bool has_mpi, launcher_found, is_root, root_may_launch;
    char launcher[4096];  /* path of mpirun */
    uint64_t shared_free; /* /dev/shm; UINT64_MAX: not there */
    char cache[4096];     /* "": none */
    bool cache_writable, here_writable;
    uint64_t cache_free, here_free; /* bytes of their file systems */
};

/** Look. root: put in front of the files of /proc and /sys that are read ("" for this system's own). budget,
 * ranks_here: of the running program; cache: a folder that need not be there, NULL: none. Nothing is written.
 */
void hcl_doctor_look(struct hcl_doctor_facts *out, const char *root, const char *cache, uint64_t budget,
                     int ranks_here);
/** Processors that this thread may run on. */
int hcl_doctor_allowed(void);
/** Judge: a list of {check, level, found, remedy}; level is "ok", "warning" (slower, or to know) or
 * "failure". NULL when out of memory. */
json_t *hcl_doctor_judge(const struct hcl_doctor_facts *f);
/** One more line of it; level as above, remedy "" if there is none. False when out of memory. */
bool hcl_doctor_add(json_t *list, const char *check, const char *level, const char *remedy, const char *found,
                    ...) HCL_PRINTF(5, 6);

#endif
