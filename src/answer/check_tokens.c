/* check_tokens.c: a folded sentence as tokens that are equal where the sense is (check.h).
 *
 * Numbers become their value, however they are written; 百分之五 becomes 5 and %; a date of digits
 * becomes year, month and day; words of one sense become one (the table below); 的, 之 and 了 and
 * the person spoken to vanish. What is left is characters, and words of letters whole.
 */
#include <string.h>

#include "answer/check_private.h"
#include "base/date.h"
#include "base/hash.h"
#include "base/utf8.h"
#include "text/text.h"

#define NUMBER_BIT ((uint64_t)1 << 63)
#define WORD_BIT ((uint64_t)1 << 62)

/* Words of one sense: the first stands for the second; empty: vanishes. Longer ones first. */
static const char *const senses[][2] = {
    {"应", "应当"}, {"应", "应该"}, {"应", "必须"}, {"应", "需要"}, {"应", "须"},
    {"应", "需"},   {"可", "可以"}, {"或", "或者"}, {"及", "以及"}, {"并", "并且"},
    {"但", "但是"}, {"如", "如果"}, {"禁", "禁止"}, {"禁", "严禁"}, {"日起", "之日起"},
    {"等", "等等"}, {"", "您"},     {"", "你"},     {"", "的"},     {"", "之"},
    {"", "了"},     {"及", "和"},   {"及", "与"},   {"向", "对"},
};

/* Never left out of a clause that is used. */
static const char *const polarities[] = {
    "不",   "未",   "无",   "非",   "禁",     "免",   "仅",   "只",   "除",   "否",   "勿",
    "拒",   "或",   "但",   "可",   "以上",   "以下", "以内", "以外", "超过", "低于", "高于",
    "至少", "至多", "最高", "最低", "原则上", "暂",   "停止", "撤销", "取消"};

static const char fillers[] = "及并即就则请也还且将其该等于后时为是由在要";

struct reading {
    struct zd_str s;
    struct zd_check__unit *unit;
    uint32_t clause, part;
};

static bool starts(struct zd_str s, size_t at, const char *word)
{
    return zd_str_starts(zd_str_cut(s, at, s.n), zd_str_c(word));
}

static struct zd_check__token *add(struct reading *r, uint64_t id)
{
    struct zd_check__token *t;

    if (r->unit->n == ZD_CHECK__MAX_TOKENS)
        return NULL;
    t = &r->unit->tokens[r->unit->n++];
    *t = (struct zd_check__token){.id = id, .clause = r->clause};
    return t;
}

static bool is_filler(uint32_t c)
{
    const struct zd_str set = zd_str_c(fillers);

    for (size_t i = 0; i < set.n;)
        if (zd_utf8_next(set, &i) == c)
            return true;
    return false;
}

static void add_char(struct reading *r, uint32_t c, bool polarity)
{
    struct zd_check__token *t = add(r, c);

    if (!t)
        return;
    t->polarity = polarity;
    t->filler = !polarity && is_filler(c);
}

static void add_number(struct reading *r, struct zd_str digits)
{
    struct zd_check__token *t = add(r, NUMBER_BIT | zd_hash64(zd_str_bytes(digits), 1) >> 2);

    if (t)
        t->number = true;
}

static void add_value(struct reading *r, uint64_t value)
{
    char text[24];
    size_t n = sizeof text;

    do
        text[--n] = (char)('0' + value % 10);
    while ((value /= 10) > 0);
    add_number(r, (struct zd_str){text + n, sizeof text - n});
}

/* ---- numbers ---- */

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* 2023-05-01, 2023.5.1, 2023/5/1 and 20230501 as year, month, day. */
static size_t read_date(struct reading *r, size_t at)
{
    int32_t date;
    int precision;
    size_t n;

    if (!is_digit(r->s.p[at]) ||
        !zd_date_read(zd_str_cut(r->s, at, r->s.n), &date, &precision, &n) || precision != 3 ||
        zd_str_find(zd_str_cut(r->s, at, at + n), ZD_STR("年"), 0) != SIZE_MAX)
        return 0;
    add_value(r, (uint64_t)(date / 10000));
    add_char(r, 0x5E74, false);
    add_value(r, (uint64_t)(date / 100 % 100));
    add_char(r, 0x6708, false);
    add_value(r, (uint64_t)(date % 100));
    add_char(r, 0x65E5, false);
    return n;
}

/* Digits with a fraction: "3.50" is 3.5. */
static size_t read_decimal(struct reading *r, size_t at)
{
    size_t end = at, last;
    char text[40];
    size_t n = 0;

    while (end < r->s.n && (is_digit(r->s.p[end]) || r->s.p[end] == ','))
        end++;
    if (end + 1 >= r->s.n || r->s.p[end] != '.' || !is_digit(r->s.p[end + 1]))
        return 0;
    for (end++; end < r->s.n && is_digit(r->s.p[end]);)
        end++;
    last = end;
    while (r->s.p[last - 1] == '0')
        last--;
    if (r->s.p[last - 1] == '.')
        last--;
    for (size_t i = at; i < last && n < sizeof text; i++)
        if (r->s.p[i] != ',')
            text[n++] = r->s.p[i];
    add_number(r, (struct zd_str){text, n});
    return end - at;
}

/* Bytes of the number at `at`, 0 for none. */
static size_t read_number(struct reading *r, size_t at)
{
    uint64_t value;
    size_t n = read_date(r, at), n_prefix = 0;

    if (n == 0)
        n = read_decimal(r, at);
    if (n > 0)
        return n;
    if (starts(r->s, at, "百分之"))
        n_prefix = 9;
    if (!zd_number_read(zd_str_cut(r->s, at + n_prefix, r->s.n), &value, &n))
        return 0;
    add_value(r, value);
    if (n_prefix)
        add_char(r, '%', false);
    return n_prefix + n;
}

/* ---- words ---- */

static size_t read_letters(struct reading *r, size_t at)
{
    size_t end = at;

    while (end < r->s.n && ((r->s.p[end] >= 'a' && r->s.p[end] <= 'z') || is_digit(r->s.p[end])))
        end++;
    if (end > at)
        (void)add(r, WORD_BIT | zd_hash64(zd_str_bytes(zd_str_cut(r->s, at, end)), 2) >> 2);
    return end - at;
}

static void add_text(struct reading *r, const char *text)
{
    const struct zd_str s = zd_str_c(text);

    for (size_t at = 0; at < s.n;) {
        const size_t from = at;
        const uint32_t c = zd_utf8_next(s, &at);
        bool polarity = false;

        for (size_t i = 0; i < ZD_COUNT(polarities); i++)
            polarity = polarity || starts(s, from, polarities[i]);
        add_char(r, c, polarity);
    }
}

/* A word of the table of senses. */
static size_t read_sense(struct reading *r, size_t at)
{
    for (size_t i = 0; i < ZD_COUNT(senses); i++)
        if (starts(r->s, at, senses[i][1])) {
            add_text(r, senses[i][0]);
            return strlen(senses[i][1]);
        }
    return 0;
}

static size_t read_polarity(struct reading *r, size_t at)
{
    for (size_t i = 0; i < ZD_COUNT(polarities); i++)
        if (starts(r->s, at, polarities[i])) {
            const struct zd_str word = zd_str_c(polarities[i]);

            for (size_t k = 0; k < word.n;)
                add_char(r, zd_utf8_next(word, &k), true);
            return word.n;
        }
    return 0;
}

/* ---- clauses ---- */

static bool is_word_char(uint32_t c)
{
    return zd_is_han(c) || c == '%' || c == 0x2030 || c == 0x2103 || (c >= 0x3040 && c < 0x3100) ||
           (c >= 0xC0 && c < 0x530);
}

/* Signs between which a clause ends; others (quotes, brackets, 、) only stand between tokens. */
static bool ends_clause(uint32_t c)
{
    return c == ',' || c == 0x3002 || c == ';' || c == ':' || c == '!' || c == '?' || c == '\n';
}

/* The colon of 9:00. */
static bool is_clock(struct zd_str s, size_t at)
{
    return s.p[at] == ':' && at > 0 && is_digit(s.p[at - 1]) && at + 1 < s.n &&
           is_digit(s.p[at + 1]);
}

static bool begins_condition(struct zd_str s, size_t at)
{
    static const char *const words[] = {"如", "若", "凡", "对于", "只有", "除非", "当"};

    for (size_t i = 0; i < ZD_COUNT(words); i++)
        if (starts(s, at, words[i]))
            return true;
    return false;
}

static bool begins_exception(struct zd_str s, size_t at)
{
    static const char *const words[] = {"但", "不过", "除"};

    for (size_t i = 0; i < ZD_COUNT(words); i++)
        if (starts(s, at, words[i]))
            return true;
    return false;
}

/* Closes the clause that began at byte `from` and ends before byte `to`. */
static void close_clause(struct reading *r, size_t from, size_t to, uint32_t sign)
{
    struct zd_check__unit *u = r->unit;
    const uint32_t first = u->n_clauses ? u->clauses[u->n_clauses - 1].last : 0;
    const struct zd_str text = zd_str_trim(zd_str_cut(r->s, from, to));
    struct zd_check__clause *c;

    if (u->n == first) {
        r->part += sign != ',' && u->n_clauses > 0 && r->part == u->clauses[u->n_clauses - 1].part;
        return;
    }
    c = &u->clauses[u->n_clauses++];
    *c = (struct zd_check__clause){.first = first, .last = (uint32_t)u->n, .part = r->part};
    c->condition = sign == ',' && (zd_str_ends(text, ZD_STR("的")) || begins_condition(text, 0));
    c->exception = begins_exception(text, 0) || zd_str_ends(text, ZD_STR("除外")) ||
                   zd_str_ends(text, ZD_STR("例外"));
    r->clause++;
    r->part += sign != ',';
}

enum zd_status zd_check__read(struct zd_str folded, struct zd_arena *arena,
                              struct zd_check__unit *ret_unit, struct zd_error *err)
{
    struct reading r = {.s = folded, .unit = ret_unit};
    const size_t max =
        folded.n * 2 + 8 < ZD_CHECK__MAX_TOKENS ? folded.n * 2 + 8 : ZD_CHECK__MAX_TOKENS;
    size_t from = 0;

    *ret_unit = (struct zd_check__unit){.n = 0};
    ret_unit->tokens = zd_arena_array(arena, max, sizeof *ret_unit->tokens);
    ret_unit->clauses = zd_arena_array(arena, max + 1, sizeof *ret_unit->clauses);
    if (!ret_unit->tokens || !ret_unit->clauses)
        return ZD_FAIL(err, ZD_NOMEM, 0, "out of memory for the sentence check");
    for (size_t at = 0; at < folded.n && ret_unit->n + 8 < max;) {
        size_t next = at, n = read_number(&r, at);
        uint32_t c;

        if (n == 0)
            n = read_letters(&r, at);
        if (n == 0)
            n = read_sense(&r, at);
        if (n == 0)
            n = read_polarity(&r, at);
        if (n > 0) {
            at += n;
            continue;
        }
        c = zd_utf8_next(folded, &next);
        if (is_word_char(c)) {
            add_char(&r, c, false);
        } else if (ends_clause(c) && !is_clock(folded, at)) {
            close_clause(&r, from, at, c);
            from = next;
        }
        at = next;
    }
    close_clause(&r, from, folded.n, 0);
    return ZD_OK;
}
