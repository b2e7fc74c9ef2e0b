/* parse_case.h: reading one text in a test and seeing its passages as lines.
 *
 * A dump has one line a passage, "kind field | path | number | text | context", line ends inside a
 * text as ⏎ and tabs as ⇥, so that a case reads as a table. */
#ifndef ZD_TEST_PARSE_CASE_H
#define ZD_TEST_PARSE_CASE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/caps.h"
#include "parse/read.h"

static inline struct zd_arena *parse_arena(void)
{
    struct zd_arena *arena = zd_arena_new(ZD_DOCUMENT_MAX_ARENA_BYTES);

    assert_non_null(arena);
    return arena;
}

static inline struct zd_parsed parse_text(struct zd_arena *arena, const char *name,
                                          const char *text)
{
    struct zd_parsed parsed = {0};
    struct zd_error err = {0};
    struct zd_bytes raw = {(const uint8_t *)text, strlen(text)};

    if (zd_parse_file(raw, zd_str_c(name), arena, &parsed, &err) != ZD_OK)
        fail_msg("%s: %s", name, err.what);
    return parsed;
}

static inline void dump_words(struct zd_buf *out, struct zd_str s)
{
    for (size_t i = 0; i < s.n; i++) {
        if (s.p[i] == '\n')
            zd_buf_c(out, "⏎");
        else if (s.p[i] == '\t')
            zd_buf_c(out, "⇥");
        else
            zd_buf_byte(out, (uint8_t)s.p[i]);
    }
}

static inline void dump_passages(const struct zd_parsed *parsed, struct zd_buf *out)
{
    for (size_t i = 0; i < parsed->passages.n; i++) {
        const struct zd_passage *p = &parsed->passages.p[i];

        zd_buf_c(out, zd_passage_kind_word(p->kind));
        if (p->field != ZD_GUIDE_NONE) {
            zd_buf_byte(out, ' ');
            zd_buf_c(out, zd_guide_field_word(p->field));
        }
        zd_buf_c(out, " | ");
        dump_words(out, p->path);
        zd_buf_c(out, " | ");
        dump_words(out, p->number);
        zd_buf_c(out, " | ");
        dump_words(out, zd_str_cut(parsed->blocks.text, p->start, p->end));
        zd_buf_c(out, " | ");
        dump_words(out, p->context);
        zd_buf_byte(out, '\n');
    }
}

/* Reads and compares with the expected lines. */
static inline void assert_passages(const char *name, const char *text, const char *expected)
{
    struct zd_arena *arena = parse_arena();
    struct zd_parsed parsed = parse_text(arena, name, text);
    struct zd_buf out = {.max = ZD_MiB};

    dump_passages(&parsed, &out);
    assert_string_equal(zd_buf_cstr(&out), expected);
    zd_buf_done(&out);
    zd_arena_free(arena);
}

/* The file must be refused, with these words in the reason. */
static inline void assert_refused(const void *bytes, size_t n, const char *name,
                                  enum zd_status status, const char *words)
{
    struct zd_arena *arena = parse_arena();
    struct zd_parsed parsed = {0};
    struct zd_error err = {0};

    assert_int_equal(
        zd_parse_file((struct zd_bytes){bytes, n}, zd_str_c(name), arena, &parsed, &err), status);
    if (!strstr(err.what, words))
        fail_msg("%s: \"%s\" does not say \"%s\"", name, err.what, words);
    assert_null(parsed.passages.p);
    zd_arena_free(arena);
}

#endif
