/* Fuzz target: text in which signs of the lists of radicals become characters. The input is any bytes, made
 * valid first: what is no UTF-8 is left out. Oracle: as long as before and valid, every sign that the
 * table lacks stays, those that it has become what it says (by a plain search through it), and a second
 * time changes nothing. */
#include <stdlib.h>
#include <string.h>

#include "base/caps.h"
#include "base/utf8.h"
#include "parse/layout.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool holds)
{
    if (!holds)
        abort();
}

static uint32_t plainly(uint32_t c)
{
    static const uint32_t pairs[][2] = {
#define X(radical, character) {radical, character},
#include "parse/radicals_table.h"
#undef X
    };

    for (size_t i = 0; i < ZD_COUNT(pairs); i++)
        if (pairs[i][0] == c)
            return pairs[i][1];
    return c;
}

/* The valid parts of the bytes, in `out` of `size` bytes. */
static struct zd_str valid_parts(const uint8_t *data, size_t size, char *out)
{
    size_t n = 0;

    while (size > 0) {
        size_t valid = zd_utf8_valid_prefix((struct zd_bytes){data, size});

        memcpy(out + n, data, valid);
        n += valid;
        valid += valid < size;
        data += valid;
        size -= valid;
    }
    return (struct zd_str){out, n};
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct zd_arena *arena = zd_arena_new(16 * ZD_MiB);
    char *room = size > 0 && size < ZD_MiB ? malloc(size) : NULL;
    struct zd_str text, got, again;

    if (arena && room) {
        text = valid_parts(data, size, room);
        got = zd_parse__without_radicals(text, arena);
        must(got.p && got.n == text.n && zd_utf8_valid_prefix(zd_str_bytes(got)) == got.n);
        for (size_t at = 0, from = 0; at < text.n;) {
            uint32_t wanted = plainly(zd_utf8_next(text, &at));

            must(zd_utf8_next(got, &from) == wanted && from == at);
        }
        again = zd_parse__without_radicals(got, arena);
        must(again.n == got.n && memcmp(again.p, got.p, got.n) == 0);
    }
    free(room);
    zd_arena_free(arena);
    return 0;
}
