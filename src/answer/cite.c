/* cite.c: what a citation shows of a stored passage (see answer.h). Bytes become characters here. */
#include "answer/answer_private.h"
#include "base/utf8.h"
#include "store/document.h"
#include "store/version.h"

#define NEIGHBOURS 2          /* on each side */
#define CITED_MAX_BYTES 1800u /* some 600 characters */

/* "第二章 …  > 第十二条": the headings, then the passage's own number where they do not say it. */
static struct zd_str path_of(const struct zd_stored_passage *passage, struct zd_arena *arena)
{
    if (passage->number.n == 0 || zd_str_ends(passage->path, passage->number))
        return passage->path;
    if (passage->path.n == 0)
        return passage->number;
    return zd_arena_printf(arena, "%.*s > %.*s", (int)passage->path.n, passage->path.p,
                           (int)passage->number.n, passage->number.p);
}

/* Passages that are only where a text happened to be cut: a neighbour may belong to what they say. A
 * clause, a field, a row and an answered question are whole by themselves. */
static bool may_widen(const struct zd_stored_passage *p)
{
    return p->kind == ZD_PASSAGE_PARAGRAPH || p->kind == ZD_PASSAGE_ITEM;
}

static bool belongs(const struct zd_stored_passage *neighbour, uint32_t start, uint32_t end)
{
    return may_widen(neighbour) && end - start <= CITED_MAX_BYTES;
}

/* The bytes of the version that a citation of the passage shows: its neighbours too, the one behind
 * before the one in front, as long as all of it stays short. */
static enum zd_status widen(struct zd_store *store, const struct zd_subject *subject,
                            const struct zd_stored_passage *passage, struct zd_arena *arena,
                            struct zd_answer__cited *cited, struct zd_error *err)
{
    const uint32_t from = passage->ordinal > NEIGHBOURS ? passage->ordinal - NEIGHBOURS : 0;
    struct zd_stored_passage_list list = {0};
    size_t at = 0, first, last;
    enum zd_status st = zd_passage_of_version(store, subject, passage->version, from,
                                              2 * NEIGHBOURS + 1, false, arena, &list, err);

    if (st != ZD_OK)
        return st;
    while (at < list.n && list.p[at].key != passage->key)
        at++;
    if (at == list.n)
        return ZD_OK;
    first = last = at;
    for (int step = 0; step < NEIGHBOURS; step++) {
        if (last + 1 < list.n && belongs(&list.p[last + 1], cited->start, list.p[last + 1].end))
            cited->end = list.p[++last].end;
        if (first > 0 && belongs(&list.p[first - 1], list.p[first - 1].start, cited->end))
            cited->start = list.p[--first].start;
    }
    return ZD_OK;
}

enum zd_status zd_answer__cited_of(struct zd_store *store, const struct zd_subject *subject,
                                   const struct zd_stored_passage *passage, struct zd_arena *arena,
                                   struct zd_answer__cited *ret_cited, struct zd_error *err)
{
    struct zd_answer__cited cited = {passage->version, passage->start, passage->end};
    enum zd_status st = ZD_OK;

    if (may_widen(passage))
        st = widen(store, subject, passage, arena, &cited, err);
    if (st == ZD_OK)
        *ret_cited = cited;
    return st;
}

enum zd_status zd_answer__cite_span(struct zd_store *store, const struct zd_subject *subject,
                                    const struct zd_answer__cited *cited, struct zd_arena *arena,
                                    struct zd_citation *citation, struct zd_error *err)
{
    struct zd_str text = {0};
    uint64_t start = 0;
    enum zd_status st = zd_version_text(store, subject, cited->version, cited->start, cited->end,
                                        arena, &text, err);

    if (st == ZD_OK)
        st = zd_version_chars_before(store, subject, cited->version, cited->start, &start, err);
    if (st != ZD_OK)
        return st;
    citation->text = text;
    citation->start = start;
    citation->end = start + zd_utf8_chars(text);
    return ZD_OK;
}

enum zd_status zd_cite(struct zd_store *store, const struct zd_subject *subject, int64_t passage,
                       int32_t on, struct zd_arena *arena, struct zd_citation *ret_citation,
                       struct zd_error *err)
{
    struct zd_stored_passage stored = {0};
    struct zd_version version = {0};
    struct zd_document document = {0};
    uint64_t start = 0;
    enum zd_status st = zd_passage_get(store, subject, passage, arena, &stored, err);

    if (st == ZD_OK)
        st = zd_version_get(store, subject, stored.version, arena, &version, err);
    if (st == ZD_OK)
        st = zd_document_get(store, subject, version.document, arena, &document, err);
    if (st == ZD_OK)
        st = zd_version_chars_before(store, subject, stored.version, stored.start, &start, err);
    if (st != ZD_OK)
        return st;
    *ret_citation = (struct zd_citation){
        .kind = zd_str_c(zd_passage_kind_word((enum zd_passage_kind)stored.kind)),
        .document = document.id,
        .source = version.source,
        .version = version.ordinal,
        .title = version.title,
        .issuer = version.issuer,
        .number = version.number,
        .path = path_of(&stored, arena),
        .page = stored.page,
        .start = start,
        .end = start + zd_utf8_chars(stored.text),
        .text = stored.text,
        .effective = version.valid_from,
        .expires = version.valid_to,
        .status = zd_version_validity(&version, on)};
    return ZD_OK;
}
