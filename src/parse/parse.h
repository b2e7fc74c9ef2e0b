/* parse: what a document is once it has been read: text, passages, validity; and the two small
 * functions over such text that other rooms need. The face of this room.
 *
 *     server   bytes ──▶ spawn.h ──────────────────────────────▶ struct zd_parsed
 *                          │ a memory file in        a frame out ▲ (frame.h, validated)
 *     worker               ▼                                     │
 *              decode → reader (by content) → blocks → clean → structure → passages
 *                                                            → validity  → facts
 *
 * Files are read only in a locked-down process of their own (worker.h); read.h, which that process
 * runs, is linked into the worker and into tests, never into the server.
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

/* The key by which versions of one text find each other: its title without 中华人民共和国, blanks,
 * 《》, dates, "（2023年修订）" and a trailing （试行）/（草案）. 试行 and 暂行 inside the title stay: a
 * 暂行条例 and the 条例 that follows it are two texts. In the arena; p NULL when it is full. */
struct zd_str zd_title_key(struct zd_str title, struct zd_arena *arena);

/* Where inside a clause a byte lies: "第二款第（三）项", or empty for its only paragraph. `at` is a
 * byte of passage text. In the arena. */
struct zd_str zd_clause_place(struct zd_str passage_text, uint32_t at, struct zd_arena *arena);

#endif
