/* read: the readers of file formats. Linked into the worker (worker.h) and tests, not the server.
 *
 * Pure functions of bytes: no file, no network, no clock. All results live in the caller's arena.
 */
#ifndef ZD_PARSE_READ_H
#define ZD_PARSE_READ_H

#include "base/buf.h"
#include "parse/parse.h"

/* What has to be loaded or opened for reading these bytes: the worker calls it before it locks
 * itself down, and only the signature is looked at. recognise: words are to be
 * read from pictures (ocr.h), where that is installed. Errors: ZD_IO, ZD_NOMEM of the machine. */
enum zd_status zd_parse_prepare(struct zd_bytes raw, bool recognise,
                                struct zd_error *err) ZD_MUST_USE;

/* Reads one file. `name` is its file name or path: data for dates and the title, never for the
 * kind. Errors: ZD_INVALID with the reason and what would help (unknown kind, no text, bad
 * encoding); ZD_LIMIT naming the cap; ZD_NOMEM.
 *
 * Pages that are pictures are read only where recognition was prepared; else they are counted in
 * reading.n_pages_scanned. A document of nothing else is then ZD_OK without text and passages. */
enum zd_status zd_parse_file(struct zd_bytes raw, struct zd_str name, struct zd_arena *arena,
                             struct zd_parsed *ret_parsed, struct zd_error *err) ZD_MUST_USE;

/* One line of a JSON-lines file: {"id","title","text","headings"?,"issuer"?,"number"?,"region"?,
 * "effective"?,"expires"?}. A "number" of the form 第…条 makes the text one clause. ret_id is the
 * given id. Errors: ZD_INVALID naming the member. */
enum zd_status zd_parse_json_line(struct zd_str line, struct zd_arena *arena, struct zd_str *ret_id,
                                  struct zd_parsed *ret_parsed, struct zd_error *err) ZD_MUST_USE;

/* The cleaned text of one file, as `zhidian clean` prints it, in ret_blocks->text: text and Markdown
 * line by line as they were, less what was added; of a page its words. What was read is in
 * ret_blocks->reading, pages that are pictures as in zd_parse_file. Errors as zd_parse_file. */
enum zd_status zd_parse_clean(struct zd_bytes raw, struct zd_str name, struct zd_arena *arena,
                              struct zd_blocks *ret_blocks, struct zd_error *err) ZD_MUST_USE;

/* A member of an archive: what it is called, and why it is not read ("" where it may be). */
struct zd_parse_member {
    struct zd_str name;
    struct zd_str refused;
};
struct zd_parse_members {
    struct zd_parse_member *p; /* [n], the arena's */
    size_t n;
    bool is_archive; /* false: the ZIP file is a document, or is not one at all */
};

/* The members of an archive (archive.c). Errors: ZD_INVALID, ZD_LIMIT, ZD_NOMEM. */
enum zd_status zd_parse_archive(struct zd_bytes raw, struct zd_arena *arena,
                                struct zd_parse_members *ret_members,
                                struct zd_error *err) ZD_MUST_USE;

/* The bytes of member `number` (from 0) appended to out. Errors: as above; ZD_INVALID also where it
 * is refused, damaged, or an archive itself. */
enum zd_status zd_parse_archive_member(struct zd_bytes raw, uint32_t number, struct zd_arena *arena,
                                       struct zd_buf *out, struct zd_error *err) ZD_MUST_USE;

/* Page `number` (from 1) of a PDF as people see it, appended to out as a PNG of at most
 * ZD_PAGE_IMAGE_MAX_PIXELS. Errors: ZD_INVALID it is no PDF, is damaged, has no such page; ZD_NOMEM. */
enum zd_status zd_parse_page_image(struct zd_bytes raw, uint32_t number, struct zd_buf *out,
                                   struct zd_error *err) ZD_MUST_USE;

#endif
