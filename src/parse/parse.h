/* parse: bytes of a file → text, passages, validity. The face of this room.
 *
 *     bytes → decode → reader (by content) → blocks → clean → structure → passages
 *                                                           → validity  → facts
 *
 * Readers are pure functions of bytes: no file, no network, no clock, so that a later sandbox can
 * run them locked down. All results live in the caller's arena.
 */
#ifndef ZD_PARSE_H
#define ZD_PARSE_H

#include "base/arena.h"
#include "parse/block.h"

/* What a text says about its own life; unknown parts are empty or 0. Filled from the text
 * (validity.c), overridden by what the person or the JSON line says. */
struct zd_facts {
    struct zd_str title, issuer, number, region; /* number: 文号 */
    int32_t issued, effective, expires;          /* days as yyyymmdd; expires is the last day */
    /* what it replaces: titles without 《》, or numbers */
    struct zd_str *supersedes; /* [n_supersedes] */
    uint32_t n_supersedes;
    /* 决定-like texts that repeal others without being their successor */
    bool repeals_only;
};

struct zd_parsed {
    struct zd_blocks blocks;
    struct zd_passages passages;
    struct zd_facts facts;
};

/* Reads one file. `name` is its file name or path: data for dates and the title, never for the
 * kind. Errors: ZD_INVALID with the reason and what would help (unknown kind, no text, bad
 * encoding); ZD_LIMIT naming the cap; ZD_NOMEM. */
enum zd_status zd_parse_file(struct zd_bytes raw, struct zd_str name, struct zd_arena *arena,
                             struct zd_parsed *ret_parsed, struct zd_error *err) ZD_MUST_USE;

/* One line of a JSON-lines file: {"id","title","text","headings"?,"issuer"?,"number"?,"region"?,
 * "effective"?,"expires"?}. A "number" of the form 第…条 makes the text one clause. ret_id is the
 * given id. Errors: ZD_INVALID naming the member. */
enum zd_status zd_parse_json_line(struct zd_str line, struct zd_arena *arena, struct zd_str *ret_id,
                                  struct zd_parsed *ret_parsed, struct zd_error *err) ZD_MUST_USE;

/* The cleaned text of one file, as `zhidian clean` prints it: text and Markdown line by line as
 * they were, less what was added; of a page its words. Errors as zd_parse_file. */
enum zd_status zd_parse_clean(struct zd_bytes raw, struct zd_str name, struct zd_arena *arena,
                              struct zd_str *ret_text, struct zd_error *err) ZD_MUST_USE;

/* The key by which versions of one text find each other: its title without 中华人民共和国, blanks,
 * 《》, dates, "（2023年修订）" and a trailing （试行）/（草案）. 试行 and 暂行 inside the title stay: a
 * 暂行条例 and the 条例 that follows it are two texts. In the arena; p NULL when it is full. */
struct zd_str zd_title_key(struct zd_str title, struct zd_arena *arena);

/* Where inside a clause a byte lies: "第二款第（三）项", or empty for its only paragraph. `at` is a
 * byte of passage text. In the arena. */
struct zd_str zd_clause_place(struct zd_str passage_text, uint32_t at, struct zd_arena *arena);

#endif
