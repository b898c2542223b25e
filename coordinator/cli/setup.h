/* SPDX-License-Identifier: Apache-2.0 */
/* SRS and keys of a run, from files or from the cache. The cache is a folder of files named by what they are
 * made from (BLAKE2b of circuit and SRS); all but "weight.seed", and "checkpoint.key" while
 * there are checkpoints, may be deleted at any time. Entries are
 * written atomically, and a damaged one is made again. */
#ifndef HCL_COORDINATOR_CLI_SETUP_H
#define HCL_COORDINATOR_CLI_SETUP_H

#include "common/halo2/keys.h"
#include "common/halo2/srs.h"
#include "coordinator/cli/cli.h"

struct hcl_setup_options {
    const char *srs;     /* --srs FILE */
    bool unsafe_dev_srs; /* --unsafe-dev-srs: create one, or take the cached one */
    const char *cache;   /* folder; NULL: $HALOCLINE_CACHE, $XDG_CACHE_HOME/halocline, ~/.cache/halocline */
    bool no_cache;
};

/** Parser for these; its input is a struct hcl_setup_options. */
extern const struct argp hcl_setup_argp;

/** Before the work: an SRS was asked for, and its file is one. Local. HCL_BAD_INPUT says what is wrong. */
hcl_status hcl_setup_check(const struct hcl_setup_options *o, int threads, struct hcl_err *err);
/** An SRS of exactly 2^k points, after hcl_setup_check. Local. HCL_NO_RESOURCE when the file is too small. */
hcl_status hcl_setup_srs(struct hcl_srs *srs, const struct hcl_setup_options *o, uint32_t k,
                         struct hcl_cli *cli, struct hcl_err *err);

/** Whether it is there to be read, not to be made. Local. */
bool hcl_setup_has_srs(const struct hcl_setup_options *o, uint32_t k);

/** The folder of the cache, malloc'ed, whether it is there or not; NULL when there is to be none. Local. */
char *hcl_setup_cache_folder(const struct hcl_setup_options *o);
/** Where commitments of key columns are kept; empty without a cache, or for a circuit so small that it is not
 * worth the files. Local. */
void hcl_setup_commit_cache(struct hcl_commit_cache *out, const struct hcl_setup_options *o,
                            const struct hcl_circuit *c, const struct hcl_srs *srs);
/** A file of this name in the cache, malloc'ed, the folder made; NULL if that cannot be, or without a cache.
 * Local. */
char *hcl_setup_path(const struct hcl_setup_options *o, const char *name);
/** BLAKE2b of a circuit with all its values. Local. */
hcl_status hcl_setup_circuit_id(uint8_t id[32], const struct hcl_circuit *c, struct hcl_err *err);
/** What decides the key: BLAKE2b of SRS and circuit. Local. */
void hcl_setup_key_id(uint8_t id[32], const uint8_t circuit[32], const struct hcl_srs *srs);
/** The key's place in the cache, malloc'ed; NULL without a cache. circuit: its id. Local. */
char *hcl_setup_vk_path(const struct hcl_setup_options *o, const uint8_t circuit[32],
                        const struct hcl_srs *srs);
/** The cached verifying key, if there is one that is whole, was kept under this name and has the constraint
 * system and SRS; else a warning names the file. Its commitments are believed: making them again is what the
 * cache saves, and no proof under wrong ones holds (hcl_setup_vk_suspect). vk borrows c. Local. */
bool hcl_setup_vk_load(struct hcl_vk *vk, const char *path, const struct hcl_circuit *c,
                       const struct hcl_srs *srs);
/** Keep a key; a cache that cannot be written is only worth a warning. Local. */
void hcl_setup_vk_store(const struct hcl_vk *vk, const char *path, const struct hcl_srs *srs);
/** A proof did not hold: is it the SRS? HCL_NO_RESOURCE says what is wrong and what to do; HCL_OK: no. Local.
 */
hcl_status hcl_setup_srs_suspect(const struct hcl_srs *srs, int threads, struct hcl_err *err);
/** The key that came from `path` is not its circuit's, says `why`: it is deleted. HCL_NO_RESOURCE, which says
 * what to do. Local. */
hcl_status hcl_setup_vk_suspect(const char *path, const char *why, struct hcl_err *err);

#endif
