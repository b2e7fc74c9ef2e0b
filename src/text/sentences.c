/* sentences.c: cutting text into sentences and clauses, see text.h.
 *
 * One pass, character by character, with what must not be cut known beforehand: a title in 《》
 * is stepped over as a whole when it closes on its line within TITLE_MAX_CHARS. A mark between
 * digits (12:30, 1,000, 3．5) is part of a number; an ASCII mark before a letter or digit is part
 * of an address or a code (?a=1;b=2, 10:a). After an ending mark, further ending marks and closing
 * quotes and brackets belong to the same sentence.
 *
 * Known limit: a full stop of English text does not end a sentence, as it stands in numbers,
 * abbreviations and addresses as well; English lines are cut at their ends. */
#include "text/text.h"

#include "base/utf8.h"

#define TITLE_MAX_CHARS 128
#define TITLE_MAX_DEPTH 8
#define LINE_FEED 0x0A
#define TITLE_OPEN 0x300A  /* 《 */
#define TITLE_CLOSE 0x300B /* 》 */

struct cutter {
    struct zd_str s;
    bool clauses;
    struct zd_span *spans; /* NULL while counting */
    size_t n;
};

static bool ends_sentence(uint32_t c)
{
    return c == 0x3002 || c == 0xFF01 || c == 0xFF1F || c == '!' || c == '?' || c == ';' ||
           c == 0xFF1B || c == 0xFF61;
}

static bool ends_clause(uint32_t c)
{
    return c == ',' || c == 0xFF0C || c == ':' || c == 0xFF1A;
}

static bool is_line_end(uint32_t c)
{
    return c == LINE_FEED || c == '\r' || c == '\v' || c == '\f' || c == 0x85 || c == 0x2028 ||
           c == 0x2029;
}

/* ’ ” 」 』 】 〕 〉 》 ） ) ] 〗 ＂ " ' when it can only close. */
static bool closes(uint32_t c)
{
    switch (c) {
    case 0x2019:
    case 0x201D:
    case 0x300D:
    case 0x300F:
    case 0x3011:
    case 0x3015:
    case 0x3009:
    case TITLE_CLOSE:
    case 0x3017:
    case 0xFF09:
    case ')':
    case ']':
        return true;
    default:
        return false;
    }
}

static bool is_digit_at(struct zd_str s, size_t at)
{
    uint32_t c;

    if (at >= s.n)
        return false;
    c = zd_utf8_next(s, &at);
    return (c >= '0' && c <= '9') || (c >= 0xFF10 && c <= 0xFF19);
}

static bool is_digit_before(struct zd_str s, size_t at)
{
    return at > 0 && is_digit_at(s, zd_utf8_floor(s, at - 1));
}

static bool is_ascii_word_at(struct zd_str s, size_t at)
{
    char c;

    if (at >= s.n)
        return false;
    c = s.p[at];
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '/' ||
           c == '&' || c == '=';
}

/* Whether the mark c at [from, to) is an end, judged by its neighbours. */
static bool is_end(const struct cutter *k, uint32_t c, size_t from, size_t to)
{
    if (!ends_sentence(c) && !(k->clauses && ends_clause(c)))
        return false;
    if (ends_clause(c) && is_digit_before(k->s, from) && is_digit_at(k->s, to))
        return false;
    return c >= 0x80 || !is_ascii_word_at(k->s, to);
}

/* The byte behind the 》 that closes the 《 before `at`, or `at`. Titles may nest. */
static size_t skip_title(struct zd_str s, size_t at)
{
    size_t depth = 1, i = at;

    for (size_t n = 0; n < TITLE_MAX_CHARS && i < s.n; n++) {
        uint32_t c = zd_utf8_next(s, &i);

        if (is_line_end(c))
            break;
        depth += c == TITLE_OPEN;
        depth -= c == TITLE_CLOSE;
        if (depth == 0)
            return i;
        if (depth > TITLE_MAX_DEPTH)
            break; /* or a heap of 《 would be looked through 128 times */
    }
    return at;
}

/* Steps over what belongs to the sentence that ended before `at`. */
static size_t skip_tail(const struct cutter *k, size_t at)
{
    while (at < k->s.n) {
        size_t next = at;
        uint32_t c = zd_utf8_next(k->s, &next);

        if (!closes(c) && !ends_sentence(c))
            break;
        at = next;
    }
    return at;
}

static void keep(struct cutter *k, size_t start, size_t end)
{
    struct zd_str part = zd_str_trim(zd_str_cut(k->s, start, end));

    if (part.n == 0)
        return;
    if (k->spans) {
        k->spans[k->n].start = (uint32_t)(part.p - k->s.p);
        k->spans[k->n].end = (uint32_t)(part.p - k->s.p + (ptrdiff_t)part.n);
    }
    k->n++;
}

static void cut(struct cutter *k)
{
    size_t start = 0, at = 0;

    k->n = 0;
    while (at < k->s.n) {
        size_t from = at;
        uint32_t c = zd_utf8_next(k->s, &at);

        if (c == TITLE_OPEN) {
            at = skip_title(k->s, at);
        } else if (is_line_end(c)) {
            keep(k, start, from);
            start = at;
        } else if (is_end(k, c, from, at)) {
            at = skip_tail(k, at);
            keep(k, start, at);
            start = at;
        }
    }
    keep(k, start, k->s.n);
}

static enum zd_status cut_into(struct zd_str text, bool clauses, struct zd_arena *arena,
                               struct zd_span_list *ret_spans, struct zd_error *err)
{
    struct cutter k = {.s = text, .clauses = clauses};
    struct zd_span *spans;

    if (text.n > UINT32_MAX)
        return ZD_FAIL(err, ZD_LIMIT, 0, "a text of %zu bytes has no 32-bit offsets", text.n);
    cut(&k);
    spans = zd_arena_array(arena, k.n, sizeof *spans);
    if (!spans)
        return ZD_FAIL(err, ZD_NOMEM, 0, "no memory for %zu sentences", k.n);
    k.spans = spans;
    cut(&k);
    *ret_spans = (struct zd_span_list){spans, k.n};
    return ZD_OK;
}

enum zd_status zd_sentences(struct zd_str text, struct zd_arena *arena,
                            struct zd_span_list *ret_spans, struct zd_error *err)
{
    return cut_into(text, false, arena, ret_spans, err);
}

enum zd_status zd_clauses(struct zd_str text, struct zd_arena *arena,
                          struct zd_span_list *ret_spans, struct zd_error *err)
{
    return cut_into(text, true, arena, ret_spans, err);
}
