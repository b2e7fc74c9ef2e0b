/* facts_private: how the facts of a text are found, shared by the files that each find one.
 *
 *     validity.c  the order of it all, the title, the region     number.c   文号
 *     issuer.c    who issued it: signature, head lines, title    effect.c   issue, effect, expiry
 *     supersede.c what it replaces
 *
 * Rules are matched on a normal form of a line: no blanks, half-width digits, and the brackets
 * around the year of a 文号 written 〔〕. "Head" are the lines above the first article; data sheet
 * labels ("发布日期：…") count only there.
 */
#ifndef ZD_PARSE_FACTS_PRIVATE_H
#define ZD_PARSE_FACTS_PRIVATE_H

#include "parse/parse_private.h"

struct zd_parse__case {
    const struct zd_blocks *blocks;
    const struct zd_parse__meta *meta;
    struct zd_str name; /* of the file */
    struct zd_arena *arena;
    struct zd_facts facts;
    size_t n_head;      /* blocks above the first article or the first full sentence */
    bool is_draft;      /* 征求意见稿 and the like */
    bool is_amended;    /* adopted once and revised later */
    bool has_head_date; /* issued comes from the head */
    bool no_memory;
};

/* Block i as it stands; its normal form (in the arena, "" when it is full). */
struct zd_str zd_parse__case_line(const struct zd_parse__case *c, size_t i);
struct zd_str zd_parse__normal(struct zd_parse__case *c, struct zd_str s);

/* The end of a line that is a whole text in itself: what it says of itself stands there. */
struct zd_str zd_parse__case_tail(struct zd_str line);

/* The value of the first label of these in the head, or empty. */
struct zd_str zd_parse__case_label(struct zd_parse__case *c, const char *const *labels, size_t n);

/* The next 文号 in a normal form at or behind `from`. */
bool zd_parse__number_find(struct zd_str s, size_t from, size_t *ret_start, size_t *ret_end);
void zd_parse__find_number(struct zd_parse__case *c);

/* A day (year, month and day given) at or behind `from`. */
bool zd_parse__day_find(struct zd_str s, size_t from, int32_t *ret_date, size_t *ret_start,
                        size_t *ret_end);
bool zd_parse__is_organ(struct zd_str s);
/* "（2019年…通过　2022年…修订）", "1991年4月9日 …通过": one line, no sentence. */
bool zd_parse__is_adoption(struct zd_str line);
void zd_parse__find_issuer(struct zd_parse__case *c);
/* The line's day if it is a signature's ("2021年7月12日", "云岫市教育局　2026年5月8日公布"). */
int32_t zd_parse__signature_day(struct zd_parse__case *c, struct zd_str line,
                                struct zd_str *ret_organ);

void zd_parse__find_issued(struct zd_parse__case *c);
void zd_parse__find_effect(struct zd_parse__case *c);
void zd_parse__find_supersedes(struct zd_parse__case *c);

/* A view cut from a normal form, copied so that it lives; sets no_memory. */
struct zd_str zd_parse__keep(struct zd_parse__case *c, struct zd_str s);
bool zd_parse__has(struct zd_str s, const char *word);
/* Place of the first of several words at or behind `from`, or SIZE_MAX; *ret_n gets its bytes. */
size_t zd_parse__find_any(struct zd_str s, const char *const *words, size_t n, size_t from,
                          size_t *ret_n);

#endif
