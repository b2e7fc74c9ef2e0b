/* mail.c: messages (EML) and saved pages (MHTML), see mail.h.
 *
 * The entities of a message are walked with a stack of bounded size, so that a message in a message
 * in … ends. Of multipart/alternative the richest is read (a page before plain text), of
 * multipart/related the first, which is the page; a message inside is read behind its subject.
 * What is attached is not read: it is counted and named, since it can be added by itself.
 * The subject is the title. Who wrote to whom and when stands before the words.
 */
#include "parse/mail.h"

#include <string.h>

#include "base/caps.h"
#include "base/utf8.h"
#include "parse/readers_private.h"
#include "text/text.h"

#define LOOK_LINES 60
#define LOOK_BYTES ((size_t)64 * 1024)

struct reader {
    struct zd_parse__maker *m;
    struct zd_parse__entity stack[ZD_MAIL_MAX_DEPTH * 2 + ZD_MAIL_MAX_PARTS];
    uint8_t depths[ZD_MAIL_MAX_DEPTH * 2 + ZD_MAIL_MAX_PARTS];
    size_t n, n_parts;
    bool is_page, too_many;
    struct zd_buf bytes, text, attached;
};

/* ---- is it one? ---- */

static bool is_field_line(struct zd_str line)
{
    size_t n = 0;

    while (n < line.n && line.p[n] > ' ' && line.p[n] < 0x7F && line.p[n] != ':')
        n++;
    return n > 0 && n < line.n && line.p[n] == ':';
}

/* Looks at the first lines: fields only, and those that a message has. */
static bool has_head(struct zd_bytes raw, bool *ret_is_page)
{
    static const char *const sure[] = {"MIME-Version:", "Message-ID:", "Received:", "Return-Path:"};
    static const char *const usual[] = {"From:", "To:", "Subject:", "Date:"};
    struct zd_str text = {(const char *)raw.p, raw.n < LOOK_BYTES ? raw.n : LOOK_BYTES}, line;
    size_t at = 0, n_sure = 0, n_usual = 0, n_to = 0;
    bool is_saved = false;

    for (size_t i = 0; i < LOOK_LINES && zd_parse__line_next(text, &at, &line); i++) {
        if (line.n == 0 || line.p[0] == '\r')
            break;
        if (line.p[0] == ' ' || line.p[0] == '\t') {
            if (i == 0)
                return false;
            continue;
        }
        if (!is_field_line(line))
            return false;
        for (size_t k = 0; k < ZD_COUNT(sure); k++)
            n_sure += zd_parse__mail_is(line, sure[k]);
        for (size_t k = 0; k < ZD_COUNT(usual); k++)
            n_usual += zd_parse__mail_is(line, usual[k]);
        n_to += zd_parse__mail_is(line, "To:") || zd_parse__mail_is(line, "Received:");
        is_saved |= zd_parse__mail_is(line, "Snapshot-Content-Location:") ||
                    zd_parse__mail_is(line, "From: <Saved by") ||
                    zd_parse__mail_is(line, "Content-Type: multipart/related");
    }
    *ret_is_page = is_saved && n_to == 0;
    return n_sure + n_usual >= 2 && n_sure > 0;
}

bool zd_parse__is_eml(struct zd_bytes raw)
{
    bool is_page = false;

    return has_head(raw, &is_page) && !is_page;
}

bool zd_parse__is_mhtml(struct zd_bytes raw)
{
    bool is_page = false;

    return has_head(raw, &is_page) && is_page;
}

/* ---- the parts ---- */

static void push(struct reader *r, struct zd_parse__entity entity, uint8_t depth)
{
    if (depth > ZD_MAIL_MAX_DEPTH || r->n_parts >= ZD_MAIL_MAX_PARTS) {
        r->too_many = true;
        return;
    }
    r->n_parts++;
    r->depths[r->n] = depth;
    r->stack[r->n++] = entity;
}

/* How much of its kind a part of an alternative tells. */
static int richness(struct zd_str type)
{
    if (zd_parse__mail_is(type, "multipart/") || zd_parse__mail_is(type, "text/html"))
        return 2;
    return type.n == 0 || zd_parse__mail_is(type, "text/plain") ? 1 : 0;
}

/* The next part between two lines "--boundary"; false at the end. */
static bool next_part(struct zd_str body, struct zd_str boundary, size_t *at, struct zd_str *ret)
{
    struct zd_str line;
    size_t from = SIZE_MAX, begin = *at;

    while (zd_parse__line_next(body, at, &line)) {
        if (zd_str_starts(line, ZD_STR("--")) &&
            zd_str_starts(zd_str_cut(line, 2, line.n), boundary)) {
            struct zd_str rest = zd_str_trim(zd_str_cut(line, 2 + boundary.n, line.n));

            if (rest.n > 0 && !zd_str_eq(rest, ZD_STR("--"))) {
                begin = *at;
                continue; /* of another entity, whose boundary begins alike */
            }
            if (from != SIZE_MAX) {
                *ret = zd_str_cut(body, from, begin);
                *at = begin; /* the same line opens the next */
                return true;
            }
            if (zd_str_starts(rest, ZD_STR("--")))
                break;
            from = *at;
        }
        begin = *at;
    }
    *at = body.n;
    if (from == SIZE_MAX || from >= body.n)
        return false;
    *ret = zd_str_cut(body, from, body.n); /* cut short */
    return true;
}

static void open_multipart(struct reader *r, const struct zd_parse__entity *entity,
                           struct zd_str type, uint8_t depth)
{
    struct zd_arena *arena = r->m->arena;
    struct zd_str boundary = zd_parse__mail_parameter(type, "boundary", arena), part;
    bool is_choice = zd_parse__mail_is(type, "multipart/alternative");
    bool is_related = zd_parse__mail_is(type, "multipart/related");
    struct zd_parse__entity best = {0};
    size_t at = 0, first = r->n, n = 0;
    int best_richness = -1;

    while (boundary.n > 0 && !r->too_many && next_part(entity->body, boundary, &at, &part)) {
        struct zd_parse__entity child = zd_parse__entity_of(part);
        struct zd_str kind = zd_parse__entity_field(&child, "Content-Type", arena);

        n++;
        if (is_choice && richness(kind) >= best_richness) {
            best_richness = richness(kind);
            best = child;
        } else if (is_related && n > 1) {
            r->m->reading.n_left_out[zd_parse__mail_is(kind, "image/") ? ZD_LEFT_OUT_PICTURE
                                                                       : ZD_LEFT_OUT_EMBEDDED]++;
        } else if (!is_choice) {
            push(r, child, depth + 1);
        }
    }
    if (best_richness >= 0)
        push(r, best, depth + 1);
    for (size_t i = first, k = r->n; i + 1 < k; i++) { /* the first part on top */
        struct zd_parse__entity swapped = r->stack[i];
        uint8_t depth_of = r->depths[i];

        k--;
        r->stack[i] = r->stack[k];
        r->depths[i] = r->depths[k];
        r->stack[k] = swapped;
        r->depths[k] = depth_of;
    }
}

static void leave_out(struct reader *r, const struct zd_parse__entity *entity)
{
    struct zd_str name = zd_parse__mail_file_name(entity, r->m->arena);

    r->m->reading.n_left_out[ZD_LEFT_OUT_EMBEDDED]++;
    if (name.n == 0)
        return;
    if (r->attached.n > 0)
        zd_buf_c(&r->attached, "、");
    zd_buf_str(&r->attached, name);
}

/* ---- words ---- */

static enum zd_status read_plain(struct reader *r, struct zd_error *err)
{
    struct zd_parse__maker *m = r->m;
    struct zd_str title = m->title;
    size_t before = m->n;
    enum zd_status st = zd_parse__plain(zd_buf_view(&r->text), m, err);

    m->title = title;
    for (size_t i = before; i < m->n; i++) /* a letter's first line is no title */
        if (m->blocks[i].kind == ZD_BLOCK_HEADING) {
            m->blocks[i].kind = ZD_BLOCK_PARAGRAPH;
            m->blocks[i].level = 0;
        }
    return st;
}

static enum zd_status read_words(struct reader *r, const struct zd_parse__entity *entity,
                                 struct zd_str type, struct zd_error *err)
{
    struct zd_str charset = zd_parse__mail_parameter(type, "charset", r->m->arena);
    const char *encoding;
    enum zd_status st;

    zd_buf_clear(&r->bytes);
    zd_buf_clear(&r->text);
    zd_parse__mail_decode(entity, r->m->arena, &r->bytes);
    st = zd_buf_check(&r->bytes, "a part of the message", err);
    if (st != ZD_OK || r->bytes.n == 0)
        return st;
    if (zd_decode((struct zd_bytes){r->bytes.p, r->bytes.n}, charset, &r->text, &encoding, err) !=
        ZD_OK) {
        r->m->reading.n_left_out[ZD_LEFT_OUT_UNREADABLE]++;
        return ZD_OK;
    }
    if (!zd_parse__mail_is(type, "text/html"))
        return read_plain(r, err);
    return r->is_page ? zd_parse__html(zd_buf_view(&r->text), r->m, err)
                      : zd_parse__html_fragment(zd_buf_view(&r->text), r->m, err);
}

static void add_field(struct reader *r, const struct zd_parse__entity *entity, const char *name,
                      const char *label)
{
    struct zd_arena *arena = r->m->arena;
    struct zd_str value = zd_parse__mail_words(zd_parse__entity_field(entity, name, arena), arena);

    if (value.n == 0)
        return;
    zd_parse__maker_add(r->m, ZD_BLOCK_PARAGRAPH, 0,
                        zd_arena_printf(arena, "%s：%.*s", label, (int)value.n, value.p));
}

/* "Mon, 6 May 2024 10:00:00 +0800" → 2024-05-06, the day where it was written; else empty. */
static struct zd_str day_of(struct zd_str date, struct zd_arena *arena)
{
    static const char months[] = "janfebmaraprmayjunjulaugsepoctnovdec";
    uint64_t day, year;
    size_t n, at = 0;

    while (at < date.n && (date.p[at] < '0' || date.p[at] > '9'))
        at++;
    if (!zd_number_read(zd_str_cut(date, at, date.n), &day, &n) || at + n + 9 > date.n || day > 31)
        return ZD_STR("");
    date = zd_str_cut(date, at + n + 1, date.n);
    if (!zd_number_read(zd_str_cut(date, 4, date.n), &year, &n) || n != 4)
        return ZD_STR("");
    for (unsigned i = 0; i < 12; i++) {
        char month[4] = {months[i * 3], months[i * 3 + 1], months[i * 3 + 2], 0};

        if (zd_parse__mail_is(date, month))
            return zd_arena_printf(arena, "%04u-%02u-%02u", (unsigned)year, i + 1, (unsigned)day);
    }
    return ZD_STR("");
}

/* The head of a message as the first lines of its text. */
static void read_head(struct reader *r, const struct zd_parse__entity *entity, int level)
{
    struct zd_arena *arena = r->m->arena;
    struct zd_str subject =
        zd_parse__mail_words(zd_parse__entity_field(entity, "Subject", arena), arena);

    if (level == 1) {
        r->m->title = subject;
        r->m->meta.issued = day_of(zd_parse__entity_field(entity, "Date", arena), arena);
    }
    zd_parse__maker_add(r->m, ZD_BLOCK_HEADING, level, subject);
    add_field(r, entity, "From", "发件人");
    add_field(r, entity, "To", "收件人");
    add_field(r, entity, "Cc", "抄送");
    add_field(r, entity, "Date", "发送时间");
}

static enum zd_status read_entity(struct reader *r, const struct zd_parse__entity *entity,
                                  uint8_t depth, struct zd_error *err)
{
    struct zd_arena *arena = r->m->arena;
    struct zd_str type = zd_parse__entity_field(entity, "Content-Type", arena);
    struct zd_str place = zd_parse__entity_field(entity, "Content-Disposition", arena);

    if (zd_parse__mail_is(type, "multipart/")) {
        open_multipart(r, entity, type, depth);
    } else if (zd_parse__mail_is(type, "message/rfc822")) {
        struct zd_parse__entity inner = zd_parse__entity_of(entity->body);

        read_head(r, &inner, 2);
        push(r, inner, depth + 1);
    } else if (zd_parse__mail_is(place, "attachment") ||
               (type.n > 0 && !zd_parse__mail_is(type, "text/plain") &&
                !zd_parse__mail_is(type, "text/html"))) {
        leave_out(r, entity);
    } else {
        return read_words(r, entity, type, err);
    }
    return ZD_OK;
}

static enum zd_status read_message(struct reader *r, struct zd_bytes raw, struct zd_error *err)
{
    struct zd_parse__entity whole =
        zd_parse__entity_of((struct zd_str){(const char *)raw.p, raw.n});
    enum zd_status st = ZD_OK;

    if (!r->is_page)
        read_head(r, &whole, 1);
    push(r, whole, 0);
    while (r->n > 0 && st == ZD_OK && !r->too_many) {
        struct zd_parse__entity entity = r->stack[--r->n];

        st = read_entity(r, &entity, r->depths[r->n], err);
    }
    if (st == ZD_OK && r->too_many)
        st = ZD_FAIL(err, ZD_LIMIT, 0,
                     "the message has more than %d parts or stands more than %d deep in others",
                     ZD_MAIL_MAX_PARTS, ZD_MAIL_MAX_DEPTH);
    if (st == ZD_OK && r->attached.n > 0)
        zd_parse__maker_add(
            r->m, ZD_BLOCK_PARAGRAPH, 0,
            zd_arena_printf(r->m->arena, "附件（未读入）：%s", zd_buf_cstr(&r->attached)));
    return st;
}

static enum zd_status read_any(struct zd_bytes raw, bool is_page, struct zd_parse__maker *m,
                               struct zd_error *err)
{
    struct reader *r = zd_alloc(sizeof *r);
    enum zd_status st;

    if (!r)
        return ZD_FAIL(err, ZD_NOMEM, 0, "no memory for a message");
    r->m = m;
    r->is_page = is_page;
    r->bytes.max = ZD_UPLOAD_MAX_BYTES;
    r->text.max = 2 * ZD_UPLOAD_MAX_BYTES;
    r->attached.max = ZD_MiB;
    st = read_message(r, raw, err);
    zd_buf_done(&r->bytes);
    zd_buf_done(&r->text);
    zd_buf_done(&r->attached);
    zd_free(r);
    return st;
}

enum zd_status zd_parse__eml(struct zd_bytes raw, struct zd_parse__maker *m, struct zd_error *err)
{
    return read_any(raw, false, m, err);
}

enum zd_status zd_parse__mhtml(struct zd_bytes raw, struct zd_parse__maker *m, struct zd_error *err)
{
    return read_any(raw, true, m, err);
}
