/* spawn_files.c: what workers are asked for: a document, its cleaned text, the members of an archive, the
 * picture of a page, lines of JSON; see spawn.h. Of their frames nothing is believed. */
#include <string.h>
#include <unistd.h>

#include "base/caps.h"
#include "parse/frame.h"
#include "parse/spawn_private.h"

/* The next frame, or why there is none. */
static enum zd_status next_frame(struct zd_parser *parser, struct zd_arena *arena,
                                 struct zd_str *ret_id, struct zd_parsed *ret_parsed,
                                 struct zd_error *err)
{
    struct zd_error why = {0};
    enum zd_status st = zd_frame_read(parser->answer, &parser->at, arena, ret_id, ret_parsed, &why);

    if (st == ZD_NOT_FOUND || (st == ZD_CORRUPT && parser->ended_badly))
        return ZD_FAIL(err, parser->end.status, 0, "%s", parser->end.what);
    if (st == ZD_CORRUPT)
        st = ZD_INVALID; /* the document's, not our own files' */
    if (st != ZD_OK)
        return ZD_FAIL(err, st, why.at, "%s", why.what);
    return ZD_OK;
}

static enum zd_status read_file(struct zd_parser *parser, uint32_t n_scanned, struct zd_bytes raw,
                                struct zd_str name, struct zd_arena *arena,
                                struct zd_parsed *ret_parsed, struct zd_error *err)
{
    struct zd_str id;
    enum zd_status st = zd_parse__run(parser, ZD_PARSE__TASK_FILE, 0, n_scanned, raw, name, err);

    if (st == ZD_OK)
        st = next_frame(parser, arena, &id, ret_parsed, err);
    zd_parse__drop_answer(parser);
    return st;
}

/* The pages that are pictures, in a second worker with more time. What fails there leaves what the
 * first one read, if that was anything. */
static enum zd_status recognise(struct zd_parser *parser, struct zd_bytes raw, struct zd_str name,
                                struct zd_arena *arena, struct zd_parsed *parsed,
                                struct zd_error *err)
{
    uint32_t n = parsed->blocks.reading.n_pages_scanned;
    bool has_text = parsed->blocks.text.n > 0;
    struct zd_parsed again = {0};
    struct zd_error why = {0};
    enum zd_status st;

    if (n > ZD_SCAN_MAX_PAGES)
        st = ZD_FAIL(&why, ZD_LIMIT, ZD_SCAN_MAX_PAGES,
                     "%u of its pages are pictures (a scan), more than the %d allowed; split it", n,
                     ZD_SCAN_MAX_PAGES);
    else
        st = read_file(parser, n, raw, name, arena, &again, &why);
    if (st == ZD_OK && again.passages.n == 0)
        st = ZD_FAIL(&why, ZD_INVALID, 0,
                     "none of its %u pages holds text (a scan), and recognition is not installed "
                     "here (Debian: libtesseract5, tesseract-ocr-chi-sim)",
                     parsed->blocks.reading.n_pages);
    if (st == ZD_OK)
        *parsed = again;
    if (st == ZD_OK || (has_text && (st == ZD_INVALID || st == ZD_LIMIT)))
        return ZD_OK;
    return ZD_FAIL(err, st, why.at, "%s", why.what);
}

enum zd_status zd_parser_file(struct zd_parser *parser, struct zd_bytes raw, struct zd_str name,
                              struct zd_arena *arena, struct zd_parsed *ret_parsed,
                              struct zd_error *err)
{
    struct zd_parsed parsed = {0};
    enum zd_status st = read_file(parser, 0, raw, name, arena, &parsed, err);

    if (st == ZD_OK && parsed.blocks.reading.n_pages_scanned > 0)
        st = recognise(parser, raw, name, arena, &parsed, err);
    if (st == ZD_OK)
        *ret_parsed = parsed;
    return st;
}

enum zd_status zd_parser_clean(struct zd_parser *parser, struct zd_bytes raw, struct zd_str name,
                               struct zd_arena *arena, struct zd_str *ret_text,
                               struct zd_error *err)
{
    struct zd_parsed parsed = {0};
    struct zd_str id;
    enum zd_status st = zd_parse__run(parser, ZD_PARSE__TASK_CLEAN, 0, 0, raw, name, err);

    if (st == ZD_OK)
        st = next_frame(parser, arena, &id, &parsed, err);
    zd_parse__drop_answer(parser);
    if (st == ZD_OK && parsed.blocks.reading.n_pages_scanned > 0)
        st = recognise(parser, raw, name, arena, &parsed, err);
    if (st == ZD_OK)
        *ret_text = parsed.blocks.text;
    return st;
}

/* ---- bytes out of files: members of archives, pictures of pages ---- */

static enum zd_status read_members(struct zd_parser *parser, struct zd_arena *arena,
                                   struct zd_archive *archive, struct zd_error *err)
{
    struct zd_parsed parsed = {0};
    struct zd_str id = {0};
    enum zd_status st = next_frame(parser, arena, &id, &parsed, err);

    if (st != ZD_OK)
        return st;
    if (id.n == 0)
        return ZD_FAIL(err, ZD_NOT_FOUND, 0, "the file is no archive of files");
    if (parsed.blocks.reading.n_pages > ZD_ARCHIVE_MAX_MEMBERS)
        return ZD_FAIL(err, ZD_INVALID, 0, "its reader gave no whole answer");
    archive->n = parsed.blocks.reading.n_pages;
    archive->p = zd_arena_array(arena, archive->n + 1, sizeof *archive->p);
    if (!archive->p)
        return ZD_FAIL(err, ZD_NOMEM, 0, "no memory for the members of an archive");
    for (size_t i = 0; st == ZD_OK && i < archive->n; i++) {
        st = next_frame(parser, arena, &archive->p[i].name, &parsed, err);
        archive->p[i].refused = parsed.blocks.title;
    }
    return st;
}

enum zd_status zd_parser_archive_open(struct zd_parser *parser, struct zd_bytes raw,
                                      struct zd_arena *arena, struct zd_archive *ret_archive,
                                      struct zd_error *err)
{
    struct zd_archive archive = {.input = -1, .n_bytes = raw.n};
    enum zd_status st = zd_parse__input_file(raw, &archive.input, err);

    if (st == ZD_OK)
        st = zd_parse__run_on(parser, ZD_PARSE__TASK_ARCHIVE, 0, 0, archive.input, raw.n,
                              ZD_STR(""), err);
    if (st == ZD_OK)
        st = read_members(parser, arena, &archive, err);
    zd_parse__drop_answer(parser);
    if (st != ZD_OK)
        zd_parser_archive_close(&archive);
    else
        *ret_archive = archive;
    return st;
}

/* The bytes behind the frame of an answer, as a copy. */
static enum zd_status take_bytes(struct zd_parser *parser, struct zd_owned_bytes *ret_bytes,
                                 struct zd_error *err)
{
    struct zd_arena *arena = zd_arena_new(ZD_MiB);
    struct zd_owned_bytes bytes = {0};
    struct zd_parsed parsed = {0};
    struct zd_str id;
    enum zd_status st;

    if (!arena)
        return ZD_FAIL(err, ZD_NOMEM, 0, "no memory for an answer");
    st = next_frame(parser, arena, &id, &parsed, err);
    zd_arena_free(arena);
    if (st != ZD_OK)
        return st;
    bytes.n = parser->answer.n - parser->at;
    bytes.p = zd_alloc(bytes.n + 1);
    if (!bytes.p)
        return ZD_FAIL(err, ZD_NOMEM, 0, "no memory for %zu bytes", bytes.n);
    memcpy(bytes.p, parser->answer.p + parser->at, bytes.n);
    *ret_bytes = bytes;
    return ZD_OK;
}

enum zd_status zd_parser_archive_member(struct zd_parser *parser, const struct zd_archive *archive,
                                        uint32_t number, struct zd_owned_bytes *ret_bytes,
                                        struct zd_error *err)
{
    enum zd_status st = zd_parse__run_on(parser, ZD_PARSE__TASK_MEMBER, number, 0, archive->input,
                                         archive->n_bytes, ZD_STR(""), err);

    if (st == ZD_OK)
        st = take_bytes(parser, ret_bytes, err);
    zd_parse__drop_answer(parser);
    return st;
}

enum zd_status zd_parser_page_image(struct zd_parser *parser, struct zd_bytes raw, uint32_t number,
                                    struct zd_owned_bytes *ret_png, struct zd_error *err)
{
    struct zd_owned_bytes png = {0};
    enum zd_status st =
        zd_parse__run(parser, ZD_PARSE__TASK_IMAGE, number, 0, raw, ZD_STR(""), err);

    if (st == ZD_OK)
        st = take_bytes(parser, &png, err);
    zd_parse__drop_answer(parser);
    if (st == ZD_OK && (png.n < 8 || memcmp(png.p, "\x89PNG\r\n\x1a\n", 8) != 0)) {
        zd_free(png.p);
        return ZD_FAIL(err, ZD_INVALID, 0, "its reader gave no picture; the file may be damaged");
    }
    if (st == ZD_OK)
        *ret_png = png;
    return st;
}

void zd_parser_archive_close(struct zd_archive *archive)
{
    if (archive->input >= 0)
        (void)close(archive->input);
    archive->input = -1;
}

/* ---- lines ---- */

void zd_parser_lines_begin(struct zd_parser *parser)
{
    zd_parse__drop_answer(parser);
    zd_buf_clear(&parser->lines.bytes);
    parser->lines.next = 0;
    parser->lines.sent = false;
}

enum zd_status zd_parser_line_add(struct zd_parser *parser, struct zd_str line,
                                  struct zd_error *err)
{
    struct zd_buf *bytes = &parser->lines.bytes;

    if (bytes->n > 0 && bytes->n + line.n > ZD_PARSER_LINES_BYTES)
        return ZD_FAIL(err, ZD_LIMIT, 0, "the batch of lines is full");
    zd_buf_u32(bytes, (uint32_t)line.n);
    zd_buf_str(bytes, line);
    return zd_buf_check(bytes, "a batch of lines", err);
}

/* The length of the line at `at`, which zd_parser_line_add wrote. */
static size_t line_bytes(const struct zd_parser *parser, size_t at)
{
    struct zd_cursor c = zd_cursor_of((struct zd_bytes){parser->lines.bytes.p + at, 4});

    return 4 + (size_t)zd_cursor_u32(&c);
}

enum zd_status zd_parser_line_next(struct zd_parser *parser, struct zd_arena *arena,
                                   struct zd_str *ret_id, struct zd_parsed *ret_parsed,
                                   struct zd_error *err)
{
    struct zd_buf *bytes = &parser->lines.bytes;
    enum zd_status st = ZD_OK;
    size_t before;

    if (parser->lines.next >= bytes->n)
        return ZD_FAIL(err, ZD_NOT_FOUND, 0, "there is no further line");
    if (!parser->lines.sent)
        st = zd_parse__run(
            parser, ZD_PARSE__TASK_LINES, 0, 0,
            (struct zd_bytes){bytes->p + parser->lines.next, bytes->n - parser->lines.next},
            ZD_STR(""), err);
    if (st != ZD_OK)
        return st;
    parser->lines.sent = true;
    parser->lines.next += line_bytes(parser, parser->lines.next);
    before = parser->at;
    st = next_frame(parser, arena, ret_id, ret_parsed, err);
    if (parser->at == before)
        parser->lines.sent = false; /* it died of this line, or lied: the rest in another worker */
    return st;
}
