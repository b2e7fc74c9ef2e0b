/* cut.c: the clauses of a passage, from which answers are made.
 *
 * zd_clauses cuts at ，；： and at sentence ends; scraped text is cut again where an item's mark
 * stands behind white space ("… 供应 1.实施 …"), because there the line breaks are lost. */
#include <utf8proc.h>

#include "answer/answer_private.h"
#include "base/buf.h"
#include "base/utf8.h"

#define WIDE_GAP_BYTES 2

static bool is_space(uint32_t c)
{
    return c == ' ' || c == '\n' || c == '\t' || c == '\r' || c == 0x3000 || c == 0xA0;
}

static bool is_han_numeral(uint32_t c)
{
    const struct zd_str numerals = ZD_STR("一二三四五六七八九十百");

    for (size_t at = 0; at < numerals.n;)
        if (zd_utf8_next(numerals, &at) == c)
            return true;
    return false;
}

/* Bytes of a count at the start of s: up to three Han numerals or two digits; 0 where none. */
static size_t count_at(struct zd_str s, bool *ret_digits)
{
    size_t at = 0;
    int n = 0;

    *ret_digits = s.n > 0 && s.p[0] >= '0' && s.p[0] <= '9';
    while (at < s.n && n < (*ret_digits ? 2 : 3)) {
        size_t next = at;
        uint32_t c = zd_utf8_next(s, &next);

        if (*ret_digits ? !(c >= '0' && c <= '9') : !is_han_numeral(c))
            break;
        at = next;
        n++;
    }
    return at;
}

bool zd_answer__begins_with_mark(struct zd_str s)
{
    struct zd_str rest;
    bool digits, bracket;
    size_t n;
    size_t next = 0;
    uint32_t c;

    s = zd_str_trim(s);
    if (zd_str_starts(s, ZD_STR("第"))) {
        n = count_at(zd_str_cut(s, 3, s.n), &digits);
        rest = zd_str_cut(s, 3 + n, s.n);
        return n > 0 && (zd_str_starts(rest, ZD_STR("条")) || zd_str_starts(rest, ZD_STR("章")));
    }
    bracket = s.n > 0 && (s.p[0] == '(' || zd_str_starts(s, ZD_STR("（")));
    if (bracket)
        s = zd_str_cut(s, s.p[0] == '(' ? 1 : 3, s.n);
    n = count_at(s, &digits);
    rest = zd_str_trim(zd_str_cut(s, n, s.n));
    if (n == 0 || rest.n == 0)
        return false;
    c = zd_utf8_next(rest, &next);
    if (bracket)
        return c == ')' || c == 0xFF09;
    if (!digits)
        return c == 0x3001;
    rest = zd_str_cut(rest, next, rest.n);
    return c == 0x3001 ||
           ((c == '.' || c == 0xFF0E) && !(rest.n > 0 && rest.p[0] >= '0' && rest.p[0] <= '9'));
}

bool zd_answer__is_letter(uint32_t sign)
{
    const utf8proc_category_t category = utf8proc_category((utf8proc_int32_t)sign);

    return (category >= UTF8PROC_CATEGORY_LU && category <= UTF8PROC_CATEGORY_LO) ||
           (category >= UTF8PROC_CATEGORY_ND && category <= UTF8PROC_CATEGORY_NO);
}

static uint32_t letters_of(struct zd_str folded)
{
    uint32_t n = 0;

    for (size_t at = 0; at < folded.n;)
        n += zd_answer__is_letter(zd_utf8_next(folded, &at));
    return n;
}

struct cutter {
    const struct zd_answer__source *source;
    uint32_t number;
    uint32_t *sentence;
    struct zd_arena *arena;
    struct zd_answer__clauses *clauses;
    size_t first; /* of this source */
};

static bool ends_sentence(struct zd_str clause)
{
    const struct zd_str ends = ZD_STR("。！？!?"), closes = ZD_STR("”’」』）)\"");
    size_t at = clause.n;

    while (at > 0) {
        size_t start = zd_utf8_floor(clause, at - 1);
        struct zd_str one = zd_str_cut(clause, start, at);

        if (zd_str_find(ends, one, 0) != SIZE_MAX)
            return true;
        if (zd_str_find(closes, one, 0) == SIZE_MAX)
            return false;
        at = start;
    }
    return false;
}

/* Whether a new sentence begins with the clause at `start`, behind the last one. */
static bool begins_sentence(const struct cutter *c, uint32_t start, bool mark)
{
    const struct zd_answer__clause *last;
    struct zd_str text = c->source->passage.text, gap;

    if (c->clauses->n == c->first)
        return true;
    last = &c->clauses->p[c->clauses->n - 1];
    gap = zd_str_cut(text, last->end, start);
    return mark || ends_sentence(zd_str_cut(text, last->start, last->end)) ||
           zd_str_find(gap, ZD_STR("\n"), 0) != SIZE_MAX || gap.n >= WIDE_GAP_BYTES;
}

static enum zd_status add_clause(struct cutter *c, uint32_t start, uint32_t end,
                                 struct zd_error *err)
{
    struct zd_str text = zd_str_cut(c->source->passage.text, start, end);
    struct zd_buf folded = {.max = 16 * text.n + 64};
    struct zd_answer__clause *clause;
    enum zd_status st;

    if (c->clauses->n == c->clauses->cap || zd_str_trim(text).n == 0)
        return ZD_OK;
    zd_text_fold(text, &folded);
    st = zd_buf_check(&folded, "a clause", err);
    if (st == ZD_OK) {
        clause = &c->clauses->p[c->clauses->n];
        *clause = (struct zd_answer__clause){.source = c->number, .start = start, .end = end};
        clause->folded = zd_arena_str(c->arena, zd_buf_view(&folded));
        if (!clause->folded.p)
            st = ZD_FAIL(err, ZD_NOMEM, 0, "no memory left for an answer");
    }
    zd_buf_done(&folded);
    if (st != ZD_OK)
        return st;
    clause->n_letters = letters_of(clause->folded);
    if (begins_sentence(c, start, zd_answer__begins_with_mark(clause->folded)) &&
        c->clauses->n > c->first)
        ++*c->sentence;
    clause->sentence = *c->sentence;
    c->clauses->n++;
    return ZD_OK;
}

/* Cuts a span again before each mark behind white space. */
static enum zd_status add_span(struct cutter *c, struct zd_span span, struct zd_error *err)
{
    struct zd_str text = c->source->passage.text;
    uint32_t from = span.start;
    bool space = false;
    enum zd_status st = ZD_OK;

    for (size_t at = span.start; st == ZD_OK && at < span.end;) {
        size_t here = at;
        bool now = is_space(zd_utf8_next(text, &at));

        if (space && !now && zd_answer__begins_with_mark(zd_str_cut(text, here, span.end))) {
            st = add_clause(c, from, (uint32_t)here, err);
            from = (uint32_t)here;
        }
        space = now;
    }
    return st == ZD_OK ? add_clause(c, from, span.end, err) : st;
}

enum zd_status zd_answer__cut(const struct zd_answer__source *source, uint32_t number,
                              uint32_t *sentence, struct zd_arena *arena,
                              struct zd_answer__clauses *clauses, struct zd_error *err)
{
    struct cutter c = {source, number, sentence, arena, clauses, clauses->n};
    struct zd_span_list spans = {0};
    enum zd_status st = zd_clauses(source->passage.text, arena, &spans, err);

    for (size_t i = 0; st == ZD_OK && i < spans.n; i++)
        st = add_span(&c, spans.p[i], err);
    if (clauses->n > c.first)
        ++*sentence;
    return st;
}
