/* SPDX-License-Identifier: Apache-2.0 */
/* Secret part of checkpoint.hcl, integers LE: root 32 | hashes of SRS, circuit, program, input, 32 each | id
 * of the pieces 16 | u32 ranks with pieces, rounds, scheme, seeded | u64 length | the proof's bytes so far.
 */
#include "common/io/json_read.h"
#include "common/sys/clock.h"
#include "coordinator/run/checkpoint_internal.h"

#include <string.h>
#include <unistd.h>

static const char magic[] = "HCLCKPT1";
enum {
    HASHES = 32 + 4 * 32 + 16,
    FIXED = HASHES + 4 * 4 + 8,
    MAX_FILE = 1 << 26, /* a proof has kilobytes */
};

char *hcl_checkpoint_path(const struct hcl_checkpoint *c)
{
    char *path;
    return asprintf(&path, "%s/%s", c->folder, HCL_CHECKPOINT_FILE) < 0 ? NULL : path;
}

static void set_hex(json_t *into, const char *name, const uint8_t *bytes, size_t len)
{
    char hex[65];
    sodium_bin2hex(hex, sizeof hex, bytes, len);
    json_object_set_new(into, name, json_string(hex));
}

/* Nothing that says anything about input or witness. */
static json_t *about(const struct hcl_checkpoint *c, int ranks, const char *round)
{
    char date[21];
    hcl_clock_utc(date);
    json_t *out = json_pack("{s:s, s:s, s:s, s:s, s:I, s:i, s:I, s:I, s:b, s:s}", "kind", "checkpoint",
                            "program", c->maker, "date", date, "after_round", round, "rounds_done",
                            (json_int_t)c->rounds, "ranks", ranks, "proof_bytes", (json_int_t)c->known_len,
                            "files_of_pieces", (json_int_t)c->piece_ranks, "seeded", c->seeded, "scheme",
                            c->scheme == HCL_SCHEME_SHPLONK ? "SHPLONK" : "GWC");
    if (out) {
        set_hex(out, "srs_id", c->of.srs, sizeof c->of.srs);
        set_hex(out, "circuit_and_srs", c->of.circuit, sizeof c->of.circuit);
    }
    return out;
}

static uint8_t *put(uint8_t *to, const void *from, size_t len)
{
    memcpy(to, from, len);
    return to + len;
}

static uint8_t *put_number(uint8_t *to, uint64_t number, size_t bytes)
{
    for (size_t i = 0; i < bytes; i++)
        to[i] = (uint8_t)(number >> (8 * i));
    return to + bytes;
}

static void format_fixed(uint8_t out[FIXED], const struct hcl_checkpoint *c)
{
    uint8_t *to = put(out, c->root.key, sizeof c->root.key);
    to = put(to, c->of.srs, 32);
    to = put(to, c->of.circuit, 32);
    to = put(to, c->of.program, 32);
    to = put(to, c->of.input, 32);
    to = put(to, c->pieces, sizeof c->pieces);
    to = put_number(to, c->piece_ranks, 4);
    to = put_number(to, c->rounds, 4);
    to = put_number(to, c->scheme, 4);
    to = put_number(to, c->seeded, 4);
    put_number(to, c->known_len, 8);
}

hcl_status hcl_checkpoint_write(const struct hcl_checkpoint *c, int ranks, const char *round,
                                struct hcl_err *err)
{
    uint8_t fixed[FIXED];
    hcl_status st = HCL_OK;
    char *path = hcl_checkpoint_path(c), *text = NULL;
    json_t *json = about(c, ranks, round);
    text = json ? json_dumps(json, JSON_COMPACT | JSON_SORT_KEYS) : NULL;
    if (!path || !text)
        HCL_TRY(hcl_fail(err, HCL_NO_RESOURCE, "no memory for a checkpoint"));
    format_fixed(fixed, c);
    const struct hcl_piece open = { text, strlen(text) },
                           secret[] = { { fixed, sizeof fixed }, { c->known, c->known_len } };
    HCL_TRY(hcl_sealed_write(path, magic, &open, secret, 2, c->key, err));
done:
    sodium_memzero(fixed, sizeof fixed);
    json_decref(json);
    free(text);
    free(path);
    return st;
}

static void take(void *to, const uint8_t **from, size_t len)
{
    memcpy(to, *from, len);
    *from += len;
}

static uint64_t take_number(const uint8_t **from, size_t bytes)
{
    uint64_t number = 0;
    for (size_t i = 0; i < bytes; i++)
        number |= (uint64_t)(*from)[i] << (8 * i);
    *from += bytes;
    return number;
}

static void parse_fixed(struct hcl_checkpoint *c, const uint8_t in[FIXED])
{
    const uint8_t *from = in;
    c->root = (struct hcl_random){ 0 };
    take(c->root.key, &from, sizeof c->root.key);
    take(c->of.srs, &from, 32);
    take(c->of.circuit, &from, 32);
    take(c->of.program, &from, 32);
    take(c->of.input, &from, 32);
    take(c->pieces, &from, sizeof c->pieces);
    c->piece_ranks = (uint32_t)take_number(&from, 4);
    c->rounds = (uint32_t)take_number(&from, 4);
    c->scheme = take_number(&from, 4) == HCL_SCHEME_SHPLONK ? HCL_SCHEME_SHPLONK : HCL_SCHEME_GWC;
    c->seeded = take_number(&from, 4) != 0;
    c->known_len = (size_t)take_number(&from, 8);
}

/* What another version of the program has committed to is perhaps not what this one would compute. */
static hcl_status check_maker(const struct hcl_sealed *file, const char *path, const char *maker,
                              struct hcl_err *err)
{
    json_t *json;
    hcl_status st = hcl_json_parse(&json, (const char *)file->open, file->open_len, path, err);
    if (st != HCL_OK)
        return st;
    const char *theirs = json_string_value(json_object_get(json, "program"));
    if (!theirs || strcmp(theirs, maker) != 0)
        st = hcl_fail(err, HCL_BAD_INPUT,
                      "'%s' was written by '%s', expected '%s', which goes on with its own only", path,
                      theirs ? theirs : "", maker);
    json_decref(json);
    return st;
}

/* Found out at the start of the work, not in its middle. */
static hcl_status look_for_pieces(const struct hcl_checkpoint *c, struct hcl_err *err)
{
    for (uint32_t r = 0; r < c->piece_ranks; r++) {
        char *path = hcl_pieces_path(c, r);
        hcl_status st = HCL_OK;
        if (!path)
            st = hcl_fail(err, HCL_NO_RESOURCE, "no memory for a path");
        else if (access(path, R_OK) != 0)
            st = hcl_fail(err, HCL_BAD_INPUT, "'%s' of the checkpoint is not there", path);
        free(path);
        if (st != HCL_OK)
            return st;
    }
    return HCL_OK;
}

hcl_status hcl_checkpoint_read(struct hcl_checkpoint *c, struct hcl_err *err)
{
    struct hcl_sealed file = { 0 };
    uint8_t fixed[FIXED];
    hcl_status st = HCL_OK;
    char *path = hcl_checkpoint_path(c);
    if (!path)
        HCL_TRY(hcl_fail(err, HCL_NO_RESOURCE, "no memory for a path"));
    HCL_TRY(hcl_sealed_open(&file, path, magic, MAX_FILE, err));
    HCL_TRY(hcl_sealed_start(&file, c->key, err));
    HCL_TRY(check_maker(&file, path, c->maker, err));
    HCL_TRY(hcl_sealed_get(&file, fixed, sizeof fixed, err));
    parse_fixed(c, fixed);
    if (c->known_len > file.file.len || c->known_len % 32 != 0) {
        c->known_len = 0;
        HCL_TRY(hcl_fail(err, HCL_BAD_INPUT, "'%s' has a proof of an impossible length", path));
    }
    free(c->known);
    c->known = malloc(c->known_len + 1);
    if (!c->known)
        HCL_TRY(hcl_fail(err, HCL_NO_RESOURCE, "no memory for a proof of %zu bytes", c->known_len));
    HCL_TRY(hcl_sealed_get(&file, c->known, c->known_len, err));
    HCL_TRY(hcl_sealed_end(&file, err));
    HCL_TRY(look_for_pieces(c, err));
done:
    sodium_memzero(fixed, sizeof fixed);
    hcl_sealed_clear(&file);
    free(path);
    return st;
}

hcl_status hcl_checkpoint_describe(json_t **out, const char *path, struct hcl_err *err)
{
    struct hcl_sealed file = { 0 };
    hcl_status st = hcl_sealed_open(&file, path, magic, MAX_FILE, err);
    if (st == HCL_OK)
        st = hcl_json_parse(out, (const char *)file.open, file.open_len, path, err);
    hcl_sealed_clear(&file);
    return st;
}
