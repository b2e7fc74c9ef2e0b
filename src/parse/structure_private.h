/* structure_private: units, the step between a reader's blocks and passages.
 *
 * A unit is a line, or a piece of a line, with what its look says: a heading, an article, an
 * item … Ranks order what contains what, smaller outside:
 *
 *     1 … 6    headings of the format        10 … 13  编 分编 章 节 by their look
 *     15       other headings by their look  20 … 24  一、 （一） 1. (1) ①
 *     30       labels ("受理条件：")          31       questions
 */
#ifndef ZD_PARSE_STRUCTURE_PRIVATE_H
#define ZD_PARSE_STRUCTURE_PRIVATE_H

#include "parse/parse_private.h"

enum zd_parse__unit_kind {
    ZD_PARSE__UNIT_PLAIN,
    ZD_PARSE__UNIT_HEADING,
    ZD_PARSE__UNIT_ARTICLE,
    ZD_PARSE__UNIT_ITEM,
    ZD_PARSE__UNIT_LIST, /* an item without a number */
    ZD_PARSE__UNIT_ROW,
    ZD_PARSE__UNIT_LABEL,
    ZD_PARSE__UNIT_QUESTION,
    ZD_PARSE__UNIT_ANSWER,
    ZD_PARSE__UNIT_ANNEX, /* plain words that end an article: 附件：… */
};

#define ZD_PARSE__RANK_PART 10
#define ZD_PARSE__RANK_LOOK 15
#define ZD_PARSE__RANK_ITEM 20
#define ZD_PARSE__RANK_LABEL 30
#define ZD_PARSE__RANK_QUESTION 31

struct zd_parse__unit {
    enum zd_parse__unit_kind kind;
    int rank;
    uint32_t start, end; /* bytes of the text, trimmed */
    uint32_t body;       /* where the words behind mark or label begin */
    uint32_t n_chars;    /* of [start, end) */
    uint32_t page;
    uint64_t value;       /* of the mark */
    struct zd_str number; /* "第一条", "（二）"; a view of the text */
    struct zd_str label;  /* of a label line */
    enum zd_guide_field field;
    bool is_question; /* a heading that asks */
    const struct zd_block *row;
};

struct zd_parse__units {
    struct zd_parse__unit *p; /* [n], zd_alloc */
    size_t n, cap;
    bool has_articles, is_guide;
    bool too_many, no_memory;
};

/* Blocks → units, in order. The caller frees units->p with zd_free, also after a failure. */
enum zd_status zd_parse__units_of(const struct zd_blocks *blocks, struct zd_parse__units *units,
                                  struct zd_error *err) ZD_MUST_USE;

/* Cuts one long line at the marks inside it and at blanks behind full stops, and appends the
 * pieces as units. `like` gives page and kind of the first piece. */
void zd_parse__flat_cut(struct zd_parse__units *units, struct zd_str text,
                        const struct zd_parse__unit *like, uint64_t *last_article);

/* The unit that a line is, judged alone. last_article is the number of the article before it. */
struct zd_parse__unit zd_parse__unit_of(struct zd_str text, uint32_t start, uint32_t end,
                                        uint64_t last_article);
void zd_parse__unit_add(struct zd_parse__units *units, struct zd_parse__unit unit);

#endif
