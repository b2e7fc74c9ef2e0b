/* parse.c: the way of one file through this room, see parse.h. */
#include "parse/parse.h"

#include "base/caps.h"
#include "base/utf8.h"
#include "parse/parse_private.h"
#include "text/text.h"

#define MAX_LINES ((size_t)2 * ZD_DOCUMENT_MAX_BLOCKS) /* blank ones are no blocks */

static enum zd_status check_size(struct zd_bytes raw, struct zd_error *err)
{
    if (raw.n == 0)
        return ZD_FAIL(err, ZD_INVALID, 0, "the file is empty");
    if (raw.n > ZD_UPLOAD_MAX_BYTES)
        return ZD_FAIL(err, ZD_LIMIT, ZD_UPLOAD_MAX_BYTES,
                       "the file has %zu bytes, more than the %zu MB allowed; split it", raw.n,
                       ZD_UPLOAD_MAX_BYTES / ZD_MiB);
    return ZD_OK;
}

/* Bytes → text in the buffer, with the kind. */
static enum zd_status decode(struct zd_bytes raw, struct zd_str name, struct zd_buf *text,
                             const char **ret_encoding, enum zd_parse__kind *ret_kind,
                             struct zd_error *err)
{
    enum zd_status st = zd_parse__refuse_binary(raw, err);

    if (st != ZD_OK)
        return st;
    st = zd_decode(raw, zd_parse__html_charset(raw), text, ret_encoding, err);
    if (st != ZD_OK)
        return st;
    *ret_kind = zd_parse__kind_of(zd_buf_view(text), name);
    if (*ret_kind == ZD_PARSE__JSONL)
        return ZD_FAIL(err, ZD_INVALID, 0,
                       "this is a JSON-lines file, one document a line: add it with --jsonl");
    return ZD_OK;
}

static bool has_too_many_lines(struct zd_str text)
{
    size_t n = 0;

    for (size_t i = 0; i < text.n; i++)
        n += text.p[i] == '\n';
    return n > MAX_LINES;
}

/* Text of one kind → cleaned blocks. HTML is cleaned after reading, when it is text. */
static enum zd_status read_blocks(struct zd_str text, enum zd_parse__kind kind,
                                  struct zd_parse__maker *m, struct zd_error *err)
{
    struct zd_buf clean = {.max = ZD_TEXT_MAX_BYTES};
    struct zd_clean_report report = {0};
    enum zd_status st;

    if (kind == ZD_PARSE__HTML) {
        st = zd_parse__html(text, m, err);
        if (st == ZD_OK)
            st = zd_parse__clean_blocks(m, err);
        goto out;
    }
    if (text.n > ZD_TEXT_MAX_BYTES) {
        st = ZD_FAIL(err, ZD_LIMIT, ZD_TEXT_MAX_BYTES, "the text has more than %zu MB; split it",
                     ZD_TEXT_MAX_BYTES / ZD_MiB);
        goto out;
    }
    if (has_too_many_lines(text)) { /* before cleaning, which keeps a record of each */
        st = ZD_FAIL(err, ZD_LIMIT, 0, "the text has more than %zu lines; split it", MAX_LINES);
        goto out;
    }
    if (kind == ZD_PARSE__CSV) {
        st = zd_parse__csv(text, zd_parse__csv_separator(text, true), m, err);
        goto out;
    }
    st = zd_clean(text, &clean, &report, err);
    if (st != ZD_OK)
        goto out;
    m->reading.n_left_out[ZD_LEFT_OUT_FURNITURE] +=
        report.n_glosses + report.n_repeated_lines + report.n_furniture_lines;
    st = kind == ZD_PARSE__MARKDOWN ? zd_parse__markdown(zd_buf_view(&clean), m, err)
                                    : zd_parse__plain(zd_buf_view(&clean), m, err);
out:
    zd_buf_done(&clean);
    return st;
}

static const char *format_word(enum zd_parse__kind kind)
{
    switch (kind) {
    case ZD_PARSE__HTML:
        return "html";
    case ZD_PARSE__MARKDOWN:
        return "markdown";
    case ZD_PARSE__JSONL:
        return "jsonl";
    case ZD_PARSE__CSV:
        return "csv";
    default:
        return "text";
    }
}

/* Text in any encoding → maker. */
static enum zd_status read_text(struct zd_bytes raw, struct zd_str name, struct zd_parse__maker *m,
                                const char **ret_format, const char **ret_encoding,
                                struct zd_error *err)
{
    struct zd_buf text = {.max = ZD_UPLOAD_MAX_BYTES * 2};
    enum zd_parse__kind kind = ZD_PARSE__TEXT;
    enum zd_status st = decode(raw, name, &text, ret_encoding, &kind, err);

    if (st == ZD_OK)
        st = read_blocks(zd_buf_view(&text), kind, m, err);
    *ret_format = format_word(kind);
    zd_buf_done(&text);
    return st;
}

static enum zd_status no_text(const struct zd_reading *reading, struct zd_error *err)
{
    if (reading->n_pages == 0)
        return ZD_FAIL(err, ZD_INVALID, 0, "the file holds no text");
    return ZD_FAIL(err, ZD_INVALID, 0, "none of its %u pages holds text that can be read",
                   reading->n_pages);
}

/* Bytes → blocks; *meta gets what the page's head says. */
static enum zd_status blocks_of(struct zd_bytes raw, struct zd_str name, struct zd_arena *arena,
                                struct zd_blocks *ret_blocks, struct zd_parse__meta *meta,
                                struct zd_error *err)
{
    const struct zd_parse__reader *reader = NULL;
    struct zd_parse__maker m;
    const char *format = "", *encoding = "";
    enum zd_status st = check_size(raw, err);

    if (st != ZD_OK)
        return st;
    reader = zd_parse__reader_of(raw);
    zd_parse__maker_init(&m, arena);
    if (reader) {
        format = reader->format;
        st = reader->read(raw, &m, err);
        if (st == ZD_OK)
            st = zd_parse__clean_blocks(&m, err);
    } else {
        st = read_text(raw, name, &m, &format, &encoding, err);
    }
    if (st == ZD_OK)
        st = zd_parse__maker_finish(&m, ret_blocks, err);
    if (st == ZD_OK && ret_blocks->n == 0 && ret_blocks->reading.n_pages_scanned == 0)
        st = no_text(&ret_blocks->reading, err);
    ret_blocks->format = format;
    ret_blocks->encoding = encoding;
    *meta = m.meta;
    zd_parse__maker_done(&m);
    return st;
}

enum zd_status zd_parse_file(struct zd_bytes raw, struct zd_str name, struct zd_arena *arena,
                             struct zd_parsed *ret_parsed, struct zd_error *err)
{
    struct zd_parse__meta meta = {0};
    struct zd_parsed parsed = {0};
    enum zd_status st = blocks_of(raw, name, arena, &parsed.blocks, &meta, err);

    if (st == ZD_OK && parsed.blocks.n == 0) { /* pictures only */
        *ret_parsed = parsed;
        return ZD_OK;
    }
    if (st == ZD_OK)
        st = zd_parse__validity(&parsed.blocks, &meta, name, arena, &parsed.facts, err);
    if (st == ZD_OK)
        st = zd_parse__structure(&parsed.blocks, ZD_STR(""), arena, &parsed.passages, err);
    if (st == ZD_OK)
        *ret_parsed = parsed;
    return st;
}

/* Text and Markdown keep their blank lines and indents: cleaning only takes away what was added. */
static enum zd_status clean_text(struct zd_str text, struct zd_arena *arena,
                                 struct zd_str *ret_text, struct zd_error *err)
{
    struct zd_buf clean = {.max = ZD_TEXT_MAX_BYTES};
    struct zd_clean_report report;
    struct zd_str copy;
    enum zd_status st;

    st = zd_clean(text, &clean, &report, err);
    if (st != ZD_OK)
        goto out;
    if (zd_str_trim(zd_buf_view(&clean)).n == 0) {
        st = ZD_FAIL(err, ZD_INVALID, 0, "the file holds no text");
        goto out;
    }
    copy = zd_arena_str(arena, zd_buf_view(&clean));
    if (!copy.p)
        st = ZD_FAIL(err, ZD_NOMEM, 0, "no memory for a cleaned text of %zu bytes", clean.n);
    else
        *ret_text = copy;
out:
    zd_buf_done(&clean);
    return st;
}

enum zd_status zd_parse_clean(struct zd_bytes raw, struct zd_str name, struct zd_arena *arena,
                              struct zd_blocks *ret_blocks, struct zd_error *err)
{
    struct zd_buf text = {.max = ZD_UPLOAD_MAX_BYTES * 2};
    enum zd_parse__kind kind = ZD_PARSE__TEXT;
    struct zd_parse__meta meta = {0};
    struct zd_blocks blocks = {.format = "", .encoding = ""};
    const char *encoding = "";
    enum zd_status st;

    st = check_size(raw, err);
    if (st == ZD_OK && zd_parse__reader_of(raw))
        kind = ZD_PARSE__HTML; /* by its blocks, as a page */
    else if (st == ZD_OK)
        st = decode(raw, name, &text, &encoding, &kind, err);
    if (st != ZD_OK)
        goto out;
    if (kind != ZD_PARSE__HTML)
        st = clean_text(zd_buf_view(&text), arena, &blocks.text, err);
    else
        st = blocks_of(raw, name, arena, &blocks, &meta, err);
    if (st == ZD_OK)
        *ret_blocks = blocks;
out:
    zd_buf_done(&text);
    return st;
}
