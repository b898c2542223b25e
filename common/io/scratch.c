/* SPDX-License-Identifier: Apache-2.0 */
#include "common/io/scratch.h"

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

#define CHUNK ((size_t)1 << 17) /* bytes that are sealed together */
#define TAG crypto_aead_chacha20poly1305_ietf_ABYTES
#define NONCE crypto_aead_chacha20poly1305_ietf_NPUBBYTES
#define SEALED (CHUNK + TAG)

struct block {
    size_t bytes;
    uint64_t at;    /* of its first chunk in the file */
    uint64_t nonce; /* of its first chunk; the others count on. 0: nothing was put yet */
};

struct hcl_scratch {
    int fd;
    char *folder;
    struct block *blocks;
    size_t num_blocks;
    uint64_t end, claimed; /* of the blocks; of the file */
    uint64_t nonce;        /* the last one that was used */
    uint8_t key[crypto_aead_chacha20poly1305_ietf_KEYBYTES];
    atomic_bool failed;
    struct hcl_err err;
};

/* A file without a name. Where there is no such thing it has one for a moment, and is empty then. */
static int open_nameless(const char *folder)
{
    char *path;
    int fd = open(folder, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
    if (fd >= 0 || (errno != EOPNOTSUPP && errno != EISDIR))
        return fd;
    if (asprintf(&path, "%s/halocline-XXXXXX", folder) < 0)
        return -1;
    fd = mkostemp(path, O_CLOEXEC);
    if (fd >= 0)
        unlink(path);
    const int error = errno;
    free(path);
    errno = error;
    return fd;
}

/* The disk's blocks are taken now, where the file system can do that, not when there is no way back. */
static hcl_status claim_until(struct hcl_scratch *s, uint64_t end, struct hcl_err *err)
{
    int failed;
    if (end <= s->claimed)
        return HCL_OK;
    do
        failed = fallocate(s->fd, 0, (off_t)s->claimed, (off_t)(end - s->claimed));
    while (failed && errno == EINTR);
    if (failed && errno != EOPNOTSUPP && errno != ENOSYS)
        return hcl_fail(err, HCL_NO_RESOURCE, "no room for a file of %.0f MB in the scratch folder '%s': %s",
                        (double)end / 1e6, s->folder, strerror(errno));
    s->claimed = end;
    return HCL_OK;
}

hcl_status hcl_scratch_open(struct hcl_scratch **out, const char *folder, uint64_t claim, struct hcl_err *err)
{
    hcl_status st;
    struct hcl_scratch *s = calloc(1, sizeof *s);
    *out = NULL;
    if (!s || !(s->folder = strdup(folder))) {
        free(s);
        return hcl_fail(err, HCL_NO_RESOURCE, "no memory for scratch files");
    }
    s->fd = open_nameless(folder);
    if (s->fd < 0)
        st =
            hcl_fail(err, HCL_NO_RESOURCE, "cannot make a scratch file in '%s': %s", folder, strerror(errno));
    else
        st = claim_until(s, claim, err);
    if (st != HCL_OK) {
        hcl_scratch_close(s);
        return st;
    }
    crypto_aead_chacha20poly1305_ietf_keygen(s->key);
    (void)sodium_mlock(s->key, sizeof s->key); /* not into the swap, if the system lets us */
    *out = s;
    return HCL_OK;
}

void hcl_scratch_close(struct hcl_scratch *s)
{
    if (!s)
        return;
    if (s->fd >= 0)
        close(s->fd);
    sodium_munlock(s->key, sizeof s->key); /* wipes it */
    free(s->folder);
    free(s->blocks);
    free(s);
}

static size_t chunks_of(size_t bytes)
{
    return (bytes + CHUNK - 1) / CHUNK;
}

/* Bytes of a block in the file. */
static uint64_t sealed_bytes(size_t bytes)
{
    return bytes + chunks_of(bytes) * (uint64_t)TAG;
}

static off_t place(const struct block *b, size_t chunk)
{
    return (off_t)(b->at + chunk * SEALED);
}

void hcl_scratch_forget(struct hcl_scratch *s)
{
    s->num_blocks = 0;
    s->end = 0;
}

hcl_status hcl_scratch_reserve(struct hcl_scratch *s, size_t bytes, size_t *block, struct hcl_err *err)
{
    struct block *more = realloc(s->blocks, (s->num_blocks + 1) * sizeof *more);
    const uint64_t at = s->end, end = at + sealed_bytes(bytes);
    if (!more)
        return hcl_fail(err, HCL_NO_RESOURCE, "no memory for scratch files");
    s->blocks = more;
    const hcl_status st = claim_until(s, end, err);
    if (st != HCL_OK)
        return st;
    s->end = end;
    *block = s->num_blocks++;
    s->blocks[*block] = (struct block){ .bytes = bytes, .at = at };
    return HCL_OK;
}

/* The first failure is kept. */
static void fail(struct hcl_scratch *s, const char *what, const char *why)
{
#pragma omp critical(hcl_scratch_fail)
    if (!atomic_load(&s->failed)) {
        hcl_fail(&s->err, HCL_NO_RESOURCE, "cannot %s the scratch file in '%s': %s", what, s->folder, why);
        atomic_store(&s->failed, true);
    }
}

/* All of it, or false with errno. */
static bool write_all(int fd, const uint8_t *from, size_t len, off_t at)
{
    while (len > 0) {
        const ssize_t done = pwrite(fd, from, len, at);
        if (done < 0 && errno == EINTR)
            continue;
        if (done <= 0) {
            errno = done == 0 ? ENOSPC : errno;
            return false;
        }
        from += done;
        at += done;
        len -= (size_t)done;
    }
    return true;
}

static bool read_all(int fd, uint8_t *to, size_t len, off_t at)
{
    while (len > 0) {
        const ssize_t done = pread(fd, to, len, at);
        if (done < 0 && errno == EINTR)
            continue;
        if (done <= 0) {
            errno = done == 0 ? EIO : errno;
            return false;
        }
        to += done;
        at += done;
        len -= (size_t)done;
    }
    return true;
}

static void nonce_of(uint8_t nonce[NONCE], uint64_t number)
{
    memset(nonce, 0, NONCE);
    memcpy(nonce, &number, sizeof number);
}

static void put_chunk(struct hcl_scratch *s, const struct block *b, size_t i, const uint8_t *data,
                      uint8_t *sealed)
{
    const size_t left = b->bytes - i * CHUNK, len = left < CHUNK ? left : CHUNK;
    uint8_t nonce[NONCE];
    nonce_of(nonce, b->nonce + i);
    crypto_aead_chacha20poly1305_ietf_encrypt(sealed, NULL, data + i * CHUNK, len, NULL, 0, NULL, nonce,
                                              s->key);
    if (!write_all(s->fd, sealed, len + TAG, place(b, i)))
        fail(s, "write to", strerror(errno));
}

static void get_chunk(struct hcl_scratch *s, const struct block *b, size_t i, uint8_t *out, uint8_t *sealed)
{
    const size_t left = b->bytes - i * CHUNK, len = left < CHUNK ? left : CHUNK;
    uint8_t nonce[NONCE];
    nonce_of(nonce, b->nonce + i);
    if (!read_all(s->fd, sealed, len + TAG, place(b, i)))
        fail(s, "read from", strerror(errno));
    else if (crypto_aead_chacha20poly1305_ietf_decrypt(out + i * CHUNK, NULL, NULL, sealed, len + TAG, NULL,
                                                       0, nonce, s->key) != 0)
        fail(s, "use", "it is not what was written to it");
}

void hcl_scratch_put(struct hcl_scratch *s, size_t block, const void *data, int threads)
{
    HCL_CHECK(block < s->num_blocks);
    struct block *b = &s->blocks[block];
    const size_t chunks = chunks_of(b->bytes);
    b->nonce = s->nonce + 1;
    s->nonce += chunks;
#pragma omp parallel num_threads(threads) if (chunks > 1)
    {
        uint8_t *sealed = malloc(SEALED);
        if (!sealed)
            fail(s, "write to", "out of memory");
#pragma omp for schedule(dynamic, 1)
        for (size_t i = 0; i < chunks; i++)
            if (!atomic_load(&s->failed))
                put_chunk(s, b, i, data, sealed);
        free(sealed);
    }
}

void hcl_scratch_get(struct hcl_scratch *s, size_t block, void *out, int threads)
{
    HCL_CHECK(block < s->num_blocks);
    const struct block *b = &s->blocks[block];
    const size_t chunks = chunks_of(b->bytes);
    HCL_CHECK(b->nonce > 0 || atomic_load(&s->failed));
#pragma omp parallel num_threads(threads) if (chunks > 1)
    {
        uint8_t *sealed = malloc(SEALED);
        if (!sealed)
            fail(s, "read from", "out of memory");
#pragma omp for schedule(dynamic, 1)
        for (size_t i = 0; i < chunks; i++)
            if (!atomic_load(&s->failed))
                get_chunk(s, b, i, out, sealed);
        free(sealed);
    }
}

hcl_status hcl_scratch_status(const struct hcl_scratch *s, struct hcl_err *err)
{
    return atomic_load(&s->failed) ? hcl_fail(err, HCL_NO_RESOURCE, "%s", s->err.msg) : HCL_OK;
}
