/* Fuzz target: plain text: titles by look, wrapped lines, flat texts, FAQ and guides.
 * Oracle: parse_oracle.h; and where a byte of a passage stands in its article is told without
 * leaving the passage. */
#include "parse_oracle.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct zd_arena *arena;
    struct zd_str text = {(const char *)data, zd_utf8_valid_prefix((struct zd_bytes){data, size})};

    read_as_file(data, size, "通知.txt");
    arena = zd_arena_new(ZD_MiB);
    if (!arena)
        return 0;
    must_be_text(zd_clause_place(text, (uint32_t)(text.n / 2), arena));
    must_be_text(zd_title_key(text, arena));
    zd_arena_free(arena);
    return 0;
}
