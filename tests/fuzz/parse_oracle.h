/* parse_oracle.h: what must hold of everything the parse room gives out, for its fuzz targets.
 *
 * Passages stand in reading order inside the text, do not overlap, are not empty, begin and end at
 * whole characters without white space; blocks lie in the text; every string is valid UTF-8;
 * dates are days of the calendar. abort() where not. */
#ifndef ZD_FUZZ_PARSE_ORACLE_H
#define ZD_FUZZ_PARSE_ORACLE_H

#include <stdlib.h>
#include <string.h>

#include "base/caps.h"
#include "base/date.h"
#include "base/utf8.h"
#include "parse/read.h"

static inline void must(bool holds)
{
    if (!holds)
        abort();
}

static inline void must_be_text(struct zd_str s)
{
    must(zd_utf8_valid_prefix(zd_str_bytes(s)) == s.n);
}

static inline void must_be_passages(const struct zd_parsed *parsed)
{
    struct zd_str text = parsed->blocks.text;
    uint32_t last = 0;

    must_be_text(text);
    must_be_text(parsed->blocks.aside);
    for (size_t i = 0; i < parsed->blocks.n; i++) {
        const struct zd_block *b = &parsed->blocks.p[i];

        must(b->start < b->end && b->end <= text.n);
        must_be_text(zd_str_cut(text, b->start, b->end));
    }
    for (size_t i = 0; i < parsed->passages.n; i++) {
        const struct zd_passage *p = &parsed->passages.p[i];

        must(p->start >= last && p->start < p->end && p->end <= text.n);
        last = p->end;
        must_be_text(zd_str_cut(text, p->start, p->end));
        must_be_text(p->path);
        must_be_text(p->number);
        must_be_text(p->context);
        must(zd_passage_kind_word(p->kind) != NULL);
    }
}

static inline void must_be_facts(const struct zd_facts *facts)
{
    const int32_t days[] = {facts->issued, facts->effective, facts->expires};
    const struct zd_str words[] = {facts->title, facts->issuer, facts->number, facts->region};

    for (size_t i = 0; i < sizeof days / sizeof days[0]; i++)
        must(days[i] == 0 || zd_date_is_valid(days[i]));
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        must_be_text(words[i]);
    for (uint32_t i = 0; i < facts->n_supersedes; i++) {
        must_be_text(facts->supersedes[i]);
        must(facts->supersedes[i].n > 0);
    }
}

/* Reads the bytes as a file of the name; a refusal must say why. */
static inline void read_as_file(const uint8_t *data, size_t size, const char *name)
{
    struct zd_arena *arena = zd_arena_new(ZD_DOCUMENT_MAX_ARENA_BYTES);
    struct zd_parsed parsed = {0};
    struct zd_error err = {0};

    if (!arena)
        return;
    if (zd_parse_file((struct zd_bytes){data, size}, zd_str_c(name), arena, &parsed, &err) ==
        ZD_OK) {
        must_be_passages(&parsed);
        must_be_facts(&parsed.facts);
        must(parsed.passages.n > 0 || parsed.blocks.reading.n_pages_scanned > 0);
    } else {
        must(err.what[0] != 0 && !strchr(err.what, '\n'));
    }
    zd_arena_free(arena);
}

#endif
