#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# jansson 2.14 (Debian 12), a number read while one allocation fails: a digit is lost, and the document is returned.
#
# One might expect NULL, as for other allocations that fail. Seen: of the allocations that json_loads makes for
# [1234567890123456789], when the fourth one alone fails (the token's buffer, 16 bytes at first, cannot grow), the result
# is [123456789012345789], without any error: the digit that found no room is left out, and the next one finds some. A
# program that must not take another number for the one in the file has to watch the allocations itself.
# Needs cc and Debian's archive. Exit 0: as stated; 1: different; 2: cannot be tried.
set -euo pipefail
command -v cc >/dev/null || { echo "cc is needed"; exit 2; }
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
chmod 755 "$folder"
cd "$folder"
apt-get -q download libjansson-dev=2.14-2 libjansson4=2.14-2 >/dev/null 2>&1 || { echo "jansson 2.14-2 cannot be downloaded"; exit 2; }
for package in *.deb; do dpkg -x "$package" root; done
library=$(dirname "$(find root -name 'libjansson.so.4')")
cat >try.c <<'C'
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>

static long made, failing;

static void *allocate(size_t n)
{
    return ++made == failing ? NULL : malloc(n);
}

int main(void)
{
    json_set_alloc_funcs(allocate, free);
    for (failing = 0; failing <= 5; failing++) {
        made = 0;
        json_t *d = json_loads("[1234567890123456789]", 0, NULL);
        if (d)
            printf("%ld: %lld\n", failing, (long long)json_integer_value(json_array_get(d, 0)));
        else
            printf("%ld: refused\n", failing);
        json_decref(d);
    }
    return 0;
}
C
cc -I root/usr/include try.c "$library/libjansson.so.4" -o try
LD_LIBRARY_PATH=$library ./try | tee seen
diff - seen <<'TEXT' && echo "as stated"
0: 1234567890123456789
1: refused
2: refused
3: refused
4: 123456789012345789
5: refused
TEXT
