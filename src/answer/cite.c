/* cite.c: what a citation shows of a stored passage (see answer.h). Bytes become characters here. */
#include "answer/answer_private.h"
#include "base/utf8.h"
#include "store/document.h"
#include "store/version.h"

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
