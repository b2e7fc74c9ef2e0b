/* Fuzz target: the facts of a text. The input goes behind a title and before a signature, where
 * the rules look. Oracle: parse_oracle.h; a text never replaces itself by number, and an end
 * before the beginning is none. */
#include "parse_oracle.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char head[] = "# 云岫市停车管理办法\n\n云政发〔2021〕7号\n\n";
    static const char tail[] = "\n\n云岫市人民政府\n2021年7月12日\n";
    size_t n = sizeof head + sizeof tail - 2 + size;
    struct zd_arena *arena = zd_arena_new(ZD_DOCUMENT_MAX_ARENA_BYTES);
    uint8_t *text = malloc(n);
    struct zd_parsed parsed = {0};

    if (arena && text) {
        memcpy(text, head, sizeof head - 1);
        if (size)
            memcpy(text + sizeof head - 1, data, size);
        memcpy(text + sizeof head - 1 + size, tail, sizeof tail - 1);
        if (zd_parse_file((struct zd_bytes){text, n}, zd_str_c("办法.md"), arena, &parsed, NULL) ==
            ZD_OK) {
            must_be_passages(&parsed);
            must_be_facts(&parsed.facts);
            must(parsed.facts.expires == 0 || parsed.facts.effective == 0 ||
                 parsed.facts.expires >= parsed.facts.effective);
        }
    }
    free(text);
    zd_arena_free(arena);
    return 0;
}
