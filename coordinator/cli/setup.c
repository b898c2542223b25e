/* SPDX-License-Identifier: Apache-2.0 */
#include "coordinator/cli/setup.h"

#include "common/halo2/audit.h"
#include "common/halo2/circuit_file.h"
#include "common/io/file_write.h"
#include "common/io/json_read.h"
#include "common/sys/log.h"
#include "coordinator/cli/text.h"

#include <sodium.h>
#include <string.h>
#include <unistd.h>

enum { KEY_SRS = 0x300, KEY_UNSAFE, KEY_CACHE, KEY_NO_CACHE };
enum { SRS_NAME = 40 };

static const struct argp_option options[] = {
    { NULL, 0, NULL, 0, "Setup:", 2 },
    { "srs", KEY_SRS, "FILE", 0, "The structured reference string (halocline srs import)", 0 },
    { "unsafe-dev-srs", KEY_UNSAFE, NULL, 0,
      "Use an SRS made on this machine. For development: proofs prove nothing", 0 },
    { "cache", KEY_CACHE, "DIR", 0,
      "Where keys are kept (default: $HALOCLINE_CACHE, $XDG_CACHE_HOME/halocline or ~/.cache/halocline)", 0 },
    { "no-cache", KEY_NO_CACHE, NULL, 0, "Keep and look up nothing", 0 },
    { 0 },
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
    struct hcl_setup_options *o = state->input;
    switch (key) {
    case KEY_SRS:
        o->srs = arg;
        return 0;
    case KEY_UNSAFE:
        o->unsafe_dev_srs = true;
        return 0;
    case KEY_CACHE:
        o->cache = arg;
        return 0;
    case KEY_NO_CACHE:
        o->no_cache = true;
        return 0;
    case ARGP_KEY_END:
        return o->srs && o->unsafe_dev_srs
                   ? hcl_cli_usage(state, "--srs and --unsafe-dev-srs exclude each other")
                   : 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

const struct argp hcl_setup_argp = { .options = options, .parser = parse };

char *hcl_setup_cache_folder(const struct hcl_setup_options *o)
{
    const char *dir;
    if (o->no_cache)
        return NULL;
    if (o->cache)
        return strdup(o->cache);
    if ((dir = getenv("HALOCLINE_CACHE")) && *dir)
        return strdup(dir);
    if ((dir = getenv("XDG_CACHE_HOME")) && *dir)
        return hcl_join(dir, "halocline");
    if ((dir = getenv("HOME")) && *dir)
        return hcl_join(dir, ".cache/halocline");
    return NULL;
}

char *hcl_setup_path(const struct hcl_setup_options *o, const char *name)
{
    struct hcl_err err;
    char *dir = hcl_setup_cache_folder(o), *path = NULL;
    if (dir && hcl_folder_make(dir, &err) == HCL_OK)
        path = hcl_join(dir, name);
    else if (dir)
        hcl_log(HCL_LOG_WARNING, "no cache: %s", err.msg);
    free(dir);
    return path;
}

static void srs_name(char name[SRS_NAME], uint32_t k)
{
    snprintf(name, SRS_NAME, "unsafe-dev-k%u.srs", k);
}

bool hcl_setup_has_srs(const struct hcl_setup_options *o, uint32_t k)
{
    char name[SRS_NAME], *folder = hcl_setup_cache_folder(o), *path;
    srs_name(name, k);
    path = folder ? hcl_join(folder, name) : NULL;
    const bool has = o->srs || (path && access(path, R_OK) == 0);
    free(path);
    free(folder);
    return has;
}

static hcl_status unsafe_srs(struct hcl_srs *srs, const struct hcl_setup_options *o, uint32_t k, int threads,
                             struct hcl_err *err)
{
    char name[SRS_NAME];
    srs_name(name, k);
    char *path = hcl_setup_path(o, name);
    hcl_status st = HCL_OK;
    if (path && access(path, R_OK) == 0) {
        st = hcl_srs_read(srs, path, k, NULL, threads, err);
        if (st == HCL_OK && srs->k == k && srs->verifier.unsafe)
            goto done;
        hcl_log(HCL_LOG_WARNING, "making '%s' again: %s", path,
                st == HCL_OK ? "not what its name says" : err->msg);
        hcl_srs_clear(srs);
    }
    st = hcl_srs_create_unsafe(srs, k, NULL, threads, err);
    struct hcl_err why;
    if (st == HCL_OK && path && hcl_srs_write(srs, path, HCL_SRS_HALOCLINE, &why) != HCL_OK)
        hcl_log(HCL_LOG_WARNING, "SRS not kept: %s", why.msg);
done:
    free(path);
    return st;
}

/* Two points of the file are enough to know that it is one: to keep more before k is known would cost their
 * decoding again. Halocline's own format is read to its end all the same, for its hash. */
hcl_status hcl_setup_check(const struct hcl_setup_options *o, int threads, struct hcl_err *err)
{
    struct hcl_srs srs = { 0 };
    if (o->unsafe_dev_srs)
        return HCL_OK;
    if (!o->srs)
        return hcl_fail(err, HCL_BAD_INPUT, "no SRS: give --srs FILE, or --unsafe-dev-srs for development");
    hcl_status st = hcl_srs_read(&srs, o->srs, 1, NULL, threads, err);
    hcl_srs_clear(&srs);
    return st;
}

hcl_status hcl_setup_srs(struct hcl_srs *srs, const struct hcl_setup_options *o, uint32_t k,
                         struct hcl_cli *cli, struct hcl_err *err)
{
    *srs = (struct hcl_srs){ 0 };
    if (o->unsafe_dev_srs)
        return unsafe_srs(srs, o, k, cli->threads, err);
    hcl_status st = hcl_srs_read(srs, o->srs, k, NULL, cli->threads, err);
    if (st == HCL_OK)
        st = hcl_srs_require(srs, k, err);
    if (st != HCL_OK)
        hcl_srs_clear(srs);
    return st;
}

/* Below that a commitment takes milliseconds, as a file does, and all of them a second or two. */
#define WORTH_KEEPING_K 16
#define WORTH_KEEPING_CELLS ((uint64_t)1 << 25)

static bool worth_keeping(const struct hcl_circuit *c)
{
    const uint64_t columns = (uint64_t)c->num_fixed + c->num_permutation;
    return c->k >= WORTH_KEEPING_K || columns << c->k >= WORTH_KEEPING_CELLS;
}

void hcl_setup_commit_cache(struct hcl_commit_cache *out, const struct hcl_setup_options *o,
                            const struct hcl_circuit *c, const struct hcl_srs *srs)
{
    struct hcl_err err;
    char *folder = worth_keeping(c) ? hcl_setup_path(o, "commitments") : NULL;
    *out = (struct hcl_commit_cache){ 0 };
    if (folder && hcl_commit_cache_init(out, folder, srs, &err) != HCL_OK)
        hcl_log(HCL_LOG_WARNING, "no cache of commitments: %s", err.msg);
}

static void hash_piece(void *ctx, const void *bytes, size_t len)
{
    crypto_generichash_update(ctx, bytes, len);
}

hcl_status hcl_setup_circuit_id(uint8_t id[32], const struct hcl_circuit *c, struct hcl_err *err)
{
    crypto_generichash_state state;
    char *text = NULL;
    size_t text_len;
    const hcl_status st = hcl_circuit_format(c, HCL_CIRCUIT_NO_VALUES, &text, &text_len, err);
    if (st != HCL_OK)
        return st;
    crypto_generichash_init(&state, NULL, 0, 32);
    crypto_generichash_update(&state, (uint8_t *)text, text_len);
    hcl_circuit_emit_stored(c, hash_piece, &state);
    crypto_generichash_final(&state, id, 32);
    free(text);
    return HCL_OK;
}

void hcl_setup_key_id(uint8_t id[32], const uint8_t circuit[32], const struct hcl_srs *srs)
{
    crypto_generichash_state state;
    crypto_generichash_init(&state, NULL, 0, 32);
    hcl_srs_id(id, &srs->verifier);
    crypto_generichash_update(&state, id, 32);
    crypto_generichash_update(&state, circuit, 32);
    crypto_generichash_final(&state, id, 32);
}

char *hcl_setup_vk_path(const struct hcl_setup_options *o, const uint8_t circuit[32],
                        const struct hcl_srs *srs)
{
    char hex[65], name[80];
    uint8_t id[32];
    hcl_setup_key_id(id, circuit, srs);
    hcl_hex(hex, id, sizeof id);
    snprintf(name, sizeof name, "vk-%s.hcl", hex);
    return hcl_setup_path(o, name);
}

/* What a cached key's meta text is: the name of its file, so that one that was put in another's place is
 * found. */
static json_t *cache_mark(const char *path)
{
    return json_pack("{s:s, s:o}", "format", "halocline-cached-key", "file",
                     hcl_json_string(hcl_base_name(path)));
}

static hcl_status check_mark(const struct hcl_vk_file *file, const char *path, struct hcl_err *err)
{
    json_t *ours = cache_mark(path), *theirs = NULL;
    hcl_status st = hcl_json_parse(&theirs, file->meta, strlen(file->meta), path, NULL);
    if (st != HCL_OK || !json_equal(ours, theirs))
        st = hcl_fail(err, HCL_BAD_INPUT, "it was not kept under this name");
    json_decref(ours);
    json_decref(theirs);
    return st;
}

static hcl_status check_srs(const struct hcl_vk_file *file, const struct hcl_srs *srs, struct hcl_err *err)
{
    uint8_t ours[32], theirs[32];
    hcl_srs_id(ours, &srs->verifier);
    hcl_srs_id(theirs, &file->srs);
    return memcmp(ours, theirs, sizeof ours) == 0
               ? HCL_OK
               : hcl_fail(err, HCL_BAD_INPUT, "it was made with another SRS");
}

bool hcl_setup_vk_load(struct hcl_vk *vk, const char *path, const struct hcl_circuit *c,
                       const struct hcl_srs *srs)
{
    struct hcl_vk_file file;
    struct hcl_err err;
    hcl_status st;
    if (access(path, R_OK) != 0)
        return false;
    HCL_TRY(hcl_vk_file_read(&file, path, &err));
    HCL_TRY(check_mark(&file, path, &err));
    HCL_TRY(check_srs(&file, srs, &err));
    HCL_TRY(hcl_audit_system(&file.circuit, c, &err));
    HCL_TRY(hcl_vk_from_commitments(vk, c, file.vk.fixed, file.vk.sigma, &err));
done:
    if (st != HCL_OK)
        hcl_log(HCL_LOG_WARNING, "making the key in the cache, '%s', again: %s", path, err.msg);
    hcl_vk_file_clear(&file);
    return st == HCL_OK;
}

void hcl_setup_vk_store(const struct hcl_vk *vk, const char *path, const struct hcl_srs *srs)
{
    struct hcl_err err = { "out of memory" };
    json_t *mark = cache_mark(path);
    char *text = mark ? json_dumps(mark, JSON_COMPACT) : NULL;
    if (!text || hcl_vk_file_write(path, vk, &srs->verifier, text, &err) != HCL_OK)
        hcl_log(HCL_LOG_WARNING, "key not kept: %s", err.msg);
    free(text);
    json_decref(mark);
}

hcl_status hcl_setup_srs_suspect(const struct hcl_srs *srs, int threads, struct hcl_err *err)
{
    struct hcl_err why;
    if (hcl_srs_check(srs, threads, &why) == HCL_OK)
        return HCL_OK;
    return hcl_fail(err, HCL_NO_RESOURCE,
                    "no proof holds under this SRS: %s; import it again, or with --unsafe-dev-srs delete it "
                    "from the cache",
                    why.msg);
}

hcl_status hcl_setup_vk_suspect(const char *path, const char *why, struct hcl_err *err)
{
    const char *done = unlink(path) == 0 ? "it is deleted; start again" : "delete it and start again";
    return hcl_fail(err, HCL_NO_RESOURCE, "no proof holds under the key in the cache, '%s': %s; %s", path,
                    why, done);
}
