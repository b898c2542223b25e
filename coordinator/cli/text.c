/* SPDX-License-Identifier: Apache-2.0 */
#include "coordinator/cli/text.h"

#include <sodium.h>
#include <string.h>

void hcl_hex(char *out, const uint8_t *bytes, size_t len)
{
    sodium_bin2hex(out, 2 * len + 1, bytes, len);
}

void hcl_hash_hex(char out[65], const void *data, size_t len)
{
    uint8_t digest[32];
    crypto_generichash(digest, sizeof digest, data, len, NULL, 0);
    hcl_hex(out, digest, sizeof digest);
}

const char *hcl_base_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

char *hcl_join(const char *dir, const char *name)
{
    char *out;
    size_t len = strlen(dir);
    return asprintf(&out, "%s%s%s", dir, len && dir[len - 1] == '/' ? "" : "/", name) < 0 ? NULL : out;
}
