/* What the tests of this room share: repeatable random numbers, a folder that goes away. */
#ifndef ZD_TESTS_INDEX_SUPPORT_H
#define ZD_TESTS_INDEX_SUPPORT_H

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/base.h"

static struct zd_error support_err __attribute__((unused));

/* Fails the test with the error's sentence. */
#define support_ok(call)                                                                           \
    do {                                                                                           \
        if ((call) != ZD_OK)                                                                       \
            fail_msg("%s", support_err.what);                                                      \
    } while (0)

struct support_random {
    uint64_t state;
};

static inline uint64_t support_next(struct support_random *r)
{
    uint64_t z = (r->state += UINT64_C(0x9E3779B97F4A7C15)); /* splitmix64 */

    z = (z ^ z >> 30) * UINT64_C(0xBF58476D1CE4E5B9);
    z = (z ^ z >> 27) * UINT64_C(0x94D049BB133111EB);
    return z ^ z >> 31;
}

static inline uint64_t support_below(struct support_random *r, uint64_t n)
{
    return n ? support_next(r) % n : 0;
}

/* Rounds of a randomised test: n, or an eighth where an emulator runs it. */
static inline uint64_t support_rounds(uint64_t n)
{
    return getenv("ZD_FEWER_ROUNDS") ? (n + 7) / 8 : n;
}

static inline void support_folder(char out[64])
{
    (void)snprintf(out, 64, "%s/zd-index-XXXXXX", "/tmp");
    if (!mkdtemp(out))
        abort();
}

static inline void support_remove(const char *folder)
{
    char below[80];
    DIR *dir = opendir(folder);
    const struct dirent *e;

    while (dir && (e = readdir(dir)) != NULL)
        if (strcmp(e->d_name, "merging") == 0) {
            (void)snprintf(below, sizeof below, "%s/merging/lock", folder);
            (void)unlink(below);
            (void)unlinkat(dirfd(dir), e->d_name, AT_REMOVEDIR);
        } else if (e->d_name[0] != '.') {
            (void)unlinkat(dirfd(dir), e->d_name, 0);
        }
    if (dir)
        (void)closedir(dir);
    (void)rmdir(folder);
}

#endif
