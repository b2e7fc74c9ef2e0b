/* Path and query of a request (Z3).
 *
 * Oracle: what is decoded is UTF-8 without controls; encoding it and decoding again gives it back;
 * no name of a query stands twice. */
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>

#include "base/buf.h"
#include "base/utf8.h"
#include "http/url.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void demand(bool holds)
{
    if (!holds)
        abort();
}

static void check_round_trip(struct zd_arena *arena, struct zd_str text)
{
    struct zd_buf out = {.max = (size_t)1 << 22};
    struct zd_str back;

    demand(zd_utf8_valid_prefix(zd_str_bytes(text)) == text.n);
    zd_url_encode(&out, text);
    demand(zd_url_decode(zd_buf_view(&out), true, arena, &back, NULL) == ZD_OK);
    demand(zd_str_eq(back, text));
    zd_buf_done(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct zd_arena *arena = zd_arena_new((size_t)1 << 24);
    struct zd_str raw = {(const char *)data, size}, text, id = {NULL, 0};
    struct zd_url_query query = {.n = 0};

    if (!arena || size > 100000) {
        zd_arena_free(arena);
        return 0;
    }
    if (zd_url_decode(raw, false, arena, &text, NULL) == ZD_OK)
        check_round_trip(arena, text);
    if (zd_url_query_parse(raw, arena, &query, NULL) == ZD_OK)
        for (size_t i = 0; i < query.n; i++) {
            check_round_trip(arena, query.p[i].value);
            for (size_t k = 0; k < i; k++)
                demand(!zd_str_eq(query.p[i].name, query.p[k].name));
        }
    if (zd_url_matches(raw, "/api/v1/documents/{id}/text", &id))
        demand(id.n > 0 && zd_str_find(id, ZD_STR("/"), 0) == SIZE_MAX);
    zd_arena_free(arena);
    return 0;
}
