/* spawn: reads documents in locked-down processes, as the server sees it.
 *
 * A reader of files runs what anybody's bytes make it run. So the server reads none itself: it
 * starts zhidian-parse once, which opens nothing of the office, and that mother forks one worker a
 * document (worker.h). Input and answer are memory files that the server makes; the answer is a
 * frame (frame.h), of which nothing is believed. A worker that hangs, loops, eats memory, floods,
 * crashes or tries a forbidden call is ended, and its document fails with the reason.
 *
 * Not rejected lightly: a fresh program a document costs 8 to 40 ms of dynamic linking; forking a
 * mother that has everything loaded costs well under one (bench/add.py).
 *
 * One thread at a time uses a parser. The mother ends when the parser is closed or the process ends.
 */
#ifndef ZD_PARSE_SPAWN_H
#define ZD_PARSE_SPAWN_H

#include <stdatomic.h>

#include "base/mapping.h"
#include "parse/parse.h"

struct zd_parser;

/* 0 and NULL: the defaults of caps.h, which nothing goes above in the product. */
struct zd_parser_options {
    const char *program; /* NULL: $ZHIDIAN_PARSE, else zhidian-parse beside this program */
    uint32_t cpu_seconds, wall_ms;
    size_t memory_bytes, answer_bytes;
    const atomic_bool *cancel; /* true ends what is being read with ZD_BUSY; NULL: never */
    /* Called some times a second while a file is read, in the caller's thread; false ends the reading
     * with ZD_BUSY. NULL: nobody. */
    bool (*beat)(void *context);
    void *beat_context;
};

/* Starts nothing yet. Errors: ZD_NOMEM. */
enum zd_status zd_parser_open(const struct zd_parser_options *options,
                              struct zd_parser **ret_parser, struct zd_error *err) ZD_MUST_USE;
void zd_parser_close(struct zd_parser *parser); /* NULL is fine */

/* Reads one file. `name` is its file name or path: data for dates and the title, never for the
 * kind. Results live in the arena, without blocks and their cells.
 * Errors of the document: ZD_INVALID with the reason and what would help (unknown kind, no text,
 * the reader crashed), ZD_LIMIT naming the cap. Errors of the machine: ZD_IO (the program is not
 * there, cannot lock itself down), ZD_NOMEM. */
enum zd_status zd_parser_file(struct zd_parser *parser, struct zd_bytes raw, struct zd_str name,
                              struct zd_arena *arena, struct zd_parsed *ret_parsed,
                              struct zd_error *err) ZD_MUST_USE;

/* The cleaned text of one file. Errors as zd_parser_file. */
enum zd_status zd_parser_clean(struct zd_parser *parser, struct zd_bytes raw, struct zd_str name,
                               struct zd_arena *arena, struct zd_str *ret_text,
                               struct zd_error *err) ZD_MUST_USE;

/* Page `number` (from 1) of a PDF as a PNG of at most ZD_PAGE_IMAGE_MAX_PIXELS; the caller frees
 * ret_png->p with zd_free. Errors as zd_parser_file; ZD_INVALID also where the file is no PDF or has no
 * such page, or where what came is no PNG. */
enum zd_status zd_parser_page_image(struct zd_parser *parser, struct zd_bytes raw, uint32_t number,
                                    struct zd_owned_bytes *ret_png,
                                    struct zd_error *err) ZD_MUST_USE;

/* An archive of files, whose members are read one by one: each is unpacked in a worker of its own, and
 * its bytes are then a file like any other, for zd_parser_file. */
struct zd_archive_member {
    struct zd_str name;    /* a path, data only, without steps upwards */
    struct zd_str refused; /* why it cannot be read (locked, too large …), "" where it may be */
};
struct zd_archive {
    struct zd_archive_member *p; /* [n], the arena's */
    size_t n;
    int input; /* a memory file */
    size_t n_bytes;
};

/* Errors: ZD_NOT_FOUND it is no archive but a document or something else; ZD_INVALID, ZD_LIMIT why all of
 * it is refused; ZD_IO, ZD_NOMEM. The caller closes *ret_archive. */
enum zd_status zd_parser_archive_open(struct zd_parser *parser, struct zd_bytes raw,
                                      struct zd_arena *arena, struct zd_archive *ret_archive,
                                      struct zd_error *err) ZD_MUST_USE;
/* The bytes of a member; the caller frees ret_bytes->p with zd_free. Errors as zd_parser_file; ZD_INVALID
 * also where it is an archive itself. */
enum zd_status zd_parser_archive_member(struct zd_parser *parser, const struct zd_archive *archive,
                                        uint32_t number, struct zd_owned_bytes *ret_bytes,
                                        struct zd_error *err) ZD_MUST_USE;
void zd_parser_archive_close(struct zd_archive *archive);

/* Lines of one JSON-lines file (read.h says what a line is) go through together, at most so many
 * bytes at a time, since the file is one input of one author: begin, add lines, then ask for each in
 * order. A line whose worker died fails alone; the rest go on in another worker. */
#define ZD_PARSER_LINES_BYTES (4 * ZD_MiB)

void zd_parser_lines_begin(struct zd_parser *parser);
/* Errors: ZD_LIMIT the lines so far fill a batch (ask for them first; a single line always fits);
 * ZD_NOMEM. */
enum zd_status zd_parser_line_add(struct zd_parser *parser, struct zd_str line,
                                  struct zd_error *err) ZD_MUST_USE;
/* The next line's document. Errors as zd_parser_file. */
enum zd_status zd_parser_line_next(struct zd_parser *parser, struct zd_arena *arena,
                                   struct zd_str *ret_id, struct zd_parsed *ret_parsed,
                                   struct zd_error *err) ZD_MUST_USE;

/* The largest worker so far, in KiB of resident memory. */
uint32_t zd_parser_peak_kib(const struct zd_parser *parser);

#endif
