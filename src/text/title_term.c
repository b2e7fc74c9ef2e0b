/* title_term.c: the term under which a text that names another one in 《》 is found, see text.h. */
#include "text/text.h"

#define FNV_OFFSET UINT64_C(0xcbf29ce484222325)
#define FNV_PRIME UINT64_C(0x100000001b3)
#define HASHED_BIT (UINT64_C(1) << 63)

static uint64_t hash_bytes(uint64_t h, struct zd_str s)
{
    for (size_t i = 0; i < s.n; i++)
        h = (h ^ (uint8_t)s.p[i]) * FNV_PRIME;
    return h;
}

zd_term zd_title_term(struct zd_str title_key)
{
    uint64_t h = hash_bytes(hash_bytes(FNV_OFFSET, ZD_STR("《")), title_key);

    h ^= h >> 33;
    h *= UINT64_C(0xff51afd7ed558ccd);
    h ^= h >> 33;
    return h | HASHED_BIT;
}
