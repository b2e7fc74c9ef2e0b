/* radical.c: characters that a file calls radicals.
 *
 * A file with fixed pages holds drawings of letters, and browsers that print say of each drawing which
 * sign it shows. Fonts draw 人 and the radical 人 (U+2F08) as one, so that what was printed as 人民
 * comes out as two radicals: it looks right and no word of it is found. Nothing but lists of radicals
 * means the radicals themselves, so the characters are taken instead.
 */
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/utf8.h"
#include "parse/layout.h"

struct pair {
    uint16_t radical, character;
};

static const struct pair pairs[] = {
#define X(radical, character) {radical, character},
#include "parse/radicals_table.h"
#undef X
};

static int by_radical(const void *key, const void *pair)
{
    return (int)*(const uint32_t *)key - (int)((const struct pair *)pair)->radical;
}

static uint32_t character_of(uint32_t c)
{
    const struct pair *pair;

    if (c < 0x2329 || c > 0x2FDF)
        return c;
    pair = bsearch(&c, pairs, sizeof pairs / sizeof pairs[0], sizeof pairs[0], by_radical);
    return pair ? pair->character : c;
}

static bool has_radical(struct zd_str s)
{
    for (size_t at = 0; at + 2 < s.n; at++)
        if ((uint8_t)s.p[at] == 0xE2 &&
            ((uint8_t)s.p[at + 1] >= 0xBA || (uint8_t)s.p[at + 1] == 0x8C))
            return true; /* U+2E80 and above, U+2329 */
    return false;
}

struct zd_str zd_parse__without_radicals(struct zd_str text, struct zd_arena *arena)
{
    char *out;
    size_t at = 0;

    if (!has_radical(text))
        return text;
    out = zd_arena_alloc(arena, text.n);
    if (!out)
        return (struct zd_str){0};
    memcpy(out, text.p, text.n);
    while (at < text.n) {
        size_t from = at;
        uint32_t c = zd_utf8_next(text, &at), character = character_of(c);

        if (character != c) { /* three bytes each */
            out[from] = (char)(0xE0 | character >> 12);
            out[from + 1] = (char)(0x80 | (character >> 6 & 0x3F));
            out[from + 2] = (char)(0x80 | (character & 0x3F));
        }
    }
    return (struct zd_str){out, text.n};
}
