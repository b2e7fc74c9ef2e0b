/* secrecy.c: marks of state secrets, see secrecy.h.
 *
 * Line by line. A line is read folded, its spaces left out, up to LINE_MAX characters: a mark is
 * short, and stands at the line's beginning or end, or alone.
 */
#include "guard/secrecy.h"

#include "base/utf8.h"
#include "text/text.h"

#define LINE_MAX 256  /* characters of a line that are kept */
#define HEAD_LINES 12 /* a level alone counts in the first lines of a text or page */

struct line {
    uint32_t c[LINE_MAX];                    /* [n] folded, without spaces */
    uint32_t start[LINE_MAX], end[LINE_MAX]; /* bytes of the text */
    size_t n;
    bool cut; /* there is more than fits */
};

const char *zd_secrecy_zh(enum zd_secrecy level)
{
    static const char *const words[] = {"", "秘密", "机密", "绝密"};

    return words[level];
}

static bool is_star(uint32_t c)
{
    return c == 0x2605 || c == 0x2606 || c == '*' || c == 0x272F || c == 0x2730 || c == 0x2B50 ||
           (c >= 0x2726 && c <= 0x2739);
}

/* Characters of `word` at `at`, or 0. */
static size_t word_at(const struct line *l, size_t at, const char *word)
{
    const struct zd_str s = zd_str_c(word);
    size_t n = 0;

    for (size_t i = 0; i < s.n; n++)
        if (at + n >= l->n || l->c[at + n] != zd_utf8_next(s, &i))
            return 0;
    return n;
}

static size_t level_at(const struct line *l, size_t at, enum zd_secrecy *ret_level)
{
    if (l->c[at] != 0x7EDD && l->c[at] != 0x673A && l->c[at] != 0x79D8) /* 绝 机 秘 */
        return 0;
    for (int level = ZD_SECRECY_TOP; level > ZD_SECRECY_NONE; level--)
        if (word_at(l, at, zd_secrecy_zh((enum zd_secrecy)level))) {
            *ret_level = (enum zd_secrecy)level;
            return 2;
        }
    return 0;
}

/* 1年, 十年, 6个月, 长期, 启用前, 解密前, 2030年12月31日; none is fine as well. */
static size_t term_at(const struct line *l, size_t at)
{
    static const char *const words[] = {"长期",   "启用前", "启封前",   "解密前",
                                        "公布前", "永久",   "本件解密", "考试结束前"};
    const size_t from = at;

    for (size_t i = 0; i < ZD_COUNT(words); i++)
        if (word_at(l, at, words[i]))
            return word_at(l, at, words[i]);
    for (;;) {
        size_t n = 0;

        while (at + n < l->n && (l->c[at + n] - '0' < 10 ||
                                 zd_utf8_is_one_of(l->c[at + n], "一二三四五六七八九十百〇零两")))
            n++;
        if (n == 0 || at + n >= l->n || !zd_utf8_is_one_of(l->c[at + n], "年月日天个"))
            return at - from;
        at += n + 1;
        if (l->c[at - 1] == 0x4E2A) { /* 个月 */
            if (at >= l->n || l->c[at] != 0x6708)
                return at - 1 - from;
            at++;
        }
    }
}

static bool is_mark_edge(uint32_t c)
{
    return zd_utf8_is_one_of(c, "[](){}【】〔〕〖〗|#*>-—_=:") || c - '0' < 10;
}

/* Level, star, term, where nothing but brackets and copy numbers stands on one side at least. */
static bool is_starred_mark(const struct line *l, size_t at, size_t n_level, size_t *ret_n)
{
    size_t n = at + n_level, left = at, right, n_term;
    bool left_free, right_free;

    if (n >= l->n || !is_star(l->c[n]))
        return false;
    while (n < l->n && is_star(l->c[n]))
        n++;
    n_term = term_at(l, n);
    if (n_term == 0 && l->c[n - 1] == '*')
        return false; /* Markdown's emphasis */
    n += n_term;
    *ret_n = n - at;
    while (left > 0 && is_mark_edge(l->c[left - 1]))
        left--;
    right = n;
    while (right < l->n && is_mark_edge(l->c[right]))
        right++;
    left_free =
        left == 0 || word_at(l, left - 1, "号") || (left >= 2 && word_at(l, left - 2, "特急"));
    right_free = right == l->n && !l->cut;
    /* a sentence that explains the mark quotes it, or goes on behind it */
    if (at > 0 && zd_utf8_is_one_of(l->c[at - 1], "“\"'‘「『《"))
        return false;
    return left_free || (right_free && at > 0 && !zd_utf8_is_one_of(l->c[at - 1], "为成注明如"));
}

#define BLURRED_MAX 7 /* characters behind the level in what recognition makes of star and term */

/* A few characters to the line's end, a number among them, the last one a measure of time: a term in
 * which recognition saw a stroke too many. */
static bool is_blurred_term(const struct line *l, size_t at)
{
    bool has_digit = false;

    for (size_t i = at; i < l->n; i++)
        has_digit = has_digit || l->c[i] - '0' < 10;
    return has_digit && l->n - at <= BLURRED_MAX && zd_utf8_is_one_of(l->c[l->n - 1], "年月日");
}

/* What belongs to a mark behind its level, on a line that holds nothing else: the term, and before it
 * the star, which may be lost or be one character of any kind. */
static size_t rest_of_mark(const struct line *l, size_t at, bool is_recognised)
{
    const size_t n_term = at < l->n ? term_at(l, at) : 0;
    const size_t n_behind = n_term == 0 && at + 1 < l->n ? term_at(l, at + 1) : 0;

    if (n_term > 0)
        return n_term;
    if (n_behind > 0)
        return 1 + n_behind;
    if (is_recognised && (at + 1 == l->n || is_blurred_term(l, at)))
        return l->n - at;
    return 0;
}

/* A line of a level with its star and term, copy numbers and urgencies only. */
static bool is_level_alone(const struct line *l, bool is_recognised, enum zd_secrecy *ret_level,
                           size_t *ret_at, size_t *ret_n)
{
    bool found = false;

    if (l->cut)
        return false;
    for (size_t at = 0; at < l->n;) {
        enum zd_secrecy level = ZD_SECRECY_NONE;
        const size_t n_level = level_at(l, at, &level);
        size_t n = n_level
                       ? n_level
                       : word_at(l, at, "特急") + word_at(l, at, "加急") + word_at(l, at, "平急") +
                             word_at(l, at, "特提") + word_at(l, at, "急件");

        if (n_level) {
            if (found)
                return false;
            found = true;
            n += rest_of_mark(l, at + n_level, is_recognised);
            *ret_level = level;
            *ret_at = at;
            *ret_n = n;
        }
        if (n == 0 && !is_mark_edge(l->c[at]) && !is_star(l->c[at]) &&
            !zd_utf8_is_one_of(l->c[at], "第号份本件"))
            return false;
        at += n ? n : 1;
    }
    return found;
}

/* 密级：机密 */
static bool is_named_level(const struct line *l, enum zd_secrecy *ret_level, size_t *ret_at)
{
    for (size_t at = 0; at + 4 < l->n; at++) {
        size_t n = l->c[at] == 0x5BC6 ? word_at(l, at, "密级") : 0;

        if (n == 0 || (at > 0 && zd_is_han(l->c[at - 1]) && !word_at(l, at - 1, "件") &&
                       !word_at(l, at - 1, "案")))
            continue;
        if (word_at(l, at + n, "标志") || word_at(l, at + n, "标识"))
            n += 2;
        if (word_at(l, at + n, "等级"))
            n += 2;
        if (at + n < l->n && l->c[at + n] == ':' && level_at(l, at + n + 1, ret_level)) {
            const size_t end = at + n + 3;

            *ret_at = at + n + 1;
            /* 密级：绝密、机密、秘密 explains or offers a choice */
            return end >= l->n || !zd_utf8_is_one_of(l->c[end], "、/或,和及");
        }
    }
    return false;
}

/* Reads the line at *at and moves behind it; a page break ends one too. */
static void read_line(struct zd_str text, size_t *at, struct line *l, bool *ret_page_ends)
{
    *l = (struct line){.n = 0};
    *ret_page_ends = false;
    while (*at < text.n) {
        const size_t start = *at;
        uint32_t folded[ZD_FOLD_CHAR_MAX];
        const uint32_t c = zd_utf8_next(text, at);
        size_t n;

        if (c == '\n' || c == '\r' || c == '\f') {
            *ret_page_ends = c == '\f';
            break;
        }
        folded[0] = zd_fold_quick(c);
        n = folded[0] ? 1 : zd_fold_char(c, folded);
        if (n != 1 || folded[0] <= ' ')
            continue;
        if (l->n == LINE_MAX) {
            l->cut = true;
            continue;
        }
        l->start[l->n] = (uint32_t)start;
        l->end[l->n] = (uint32_t)*at;
        l->c[l->n++] = folded[0];
    }
}

static void keep(struct zd_secrecy_mark *mark, enum zd_secrecy level, const struct line *l,
                 size_t at, size_t n)
{
    if (level > mark->level)
        *mark = (struct zd_secrecy_mark){level, l->start[at], l->end[at + n - 1]};
}

struct zd_secrecy_mark zd_secrecy_find(struct zd_str text, bool is_recognised)
{
    struct zd_secrecy_mark mark = {0};
    size_t n_lines = 0;

    for (size_t at = 0; at < text.n;) {
        enum zd_secrecy level = ZD_SECRECY_NONE;
        size_t where = 0, n = 0;
        struct line l;
        bool page_ends;

        read_line(text, &at, &l, &page_ends);
        n_lines = page_ends ? 0 : n_lines + (l.n > 0);
        for (size_t i = 0; i + 1 < l.n; i++) {
            const size_t n_level = level_at(&l, i, &level);

            if (n_level && is_starred_mark(&l, i, n_level, &n))
                keep(&mark, level, &l, i, n);
        }
        if (is_named_level(&l, &level, &where))
            keep(&mark, level, &l, where, 2);
        if (n_lines <= HEAD_LINES && is_level_alone(&l, is_recognised, &level, &where, &n))
            keep(&mark, level, &l, where, n);
    }
    return mark;
}
