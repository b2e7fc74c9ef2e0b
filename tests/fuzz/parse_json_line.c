/* Fuzz target: one line of a JSON-lines file. Oracle: parse_oracle.h; a line that is taken has an
 * id, one that is not says why. */
#include "parse_oracle.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct zd_arena *arena = zd_arena_new(ZD_DOCUMENT_MAX_ARENA_BYTES);
    struct zd_parsed parsed = {0};
    struct zd_error err = {0};
    struct zd_str id = {0};

    if (!arena)
        return 0;
    if (zd_parse_json_line((struct zd_str){(const char *)data, size}, arena, &id, &parsed, &err) ==
        ZD_OK) {
        must(id.n > 0 && id.n <= ZD_ID_MAX_BYTES);
        must_be_text(id);
        must_be_passages(&parsed);
        must_be_facts(&parsed.facts);
    } else {
        must(err.what[0] != 0);
    }
    zd_arena_free(arena);
    return 0;
}
