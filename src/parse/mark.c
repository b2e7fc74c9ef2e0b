/* mark.c: reading the marks by which Chinese official texts count their parts.
 *
 *     第N编 第N分编 第N章 第N节 第N条(之N)   headings and articles of laws
 *     一、 （一） 1. （1） ①                  items, in the order of GB/T 9704
 *
 * N is a Chinese or Arabic number; blanks inside ("第 一 条") are typing, not meaning. Whether an
 * article mark opens an article or is a reference that happens to start a line is decided by the
 * caller from the sequence and zd_parse__mark_is_reference.
 */
#include "base/utf8.h"
#include "parse/parse_private.h"
#include "text/text.h"

#define MAX_NUMBER 9999u

static size_t skip_space(struct zd_str s, size_t at)
{
    while (at < s.n) {
        size_t next = at;

        if (!zd_parse__is_space(zd_utf8_next(s, &next)))
            break;
        at = next;
    }
    return at;
}

static bool take(struct zd_str s, size_t *at, struct zd_str word)
{
    if (!zd_str_starts(zd_str_cut(s, *at, s.n), word))
        return false;
    *at += word.n;
    return true;
}

static bool is_han_digit(uint32_t c)
{
    static const uint32_t digits[] = {0x4E00, 0x4E8C, 0x4E09, 0x56DB, 0x4E94, 0x516D, 0x4E03,
                                      0x516B, 0x4E5D, 0x5341, 0x767E, 0x5343, 0x96F6, 0x3007};

    for (size_t i = 0; i < ZD_COUNT(digits); i++)
        if (digits[i] == c)
            return true;
    return false;
}

static bool is_arabic_digit(uint32_t c)
{
    return (c >= '0' && c <= '9') || (c >= 0xFF10 && c <= 0xFF19);
}

/* A whole number of one script: Han digits or Arabic ones, never mixed. */
static bool take_number(struct zd_str s, size_t *at, bool han, uint64_t *ret_value)
{
    size_t end = *at, n_used;
    struct zd_str digits;

    while (end < s.n) {
        size_t next = end;
        uint32_t c = zd_utf8_next(s, &next);

        if (han ? !is_han_digit(c) : !is_arabic_digit(c))
            break;
        end = next;
    }
    digits = zd_str_cut(s, *at, end);
    if (digits.n == 0 || digits.n > 60 || !zd_number_read(digits, ret_value, &n_used) ||
        n_used != digits.n || *ret_value > MAX_NUMBER)
        return false;
    *at = end;
    return true;
}

static enum zd_parse__mark_kind unit_kind(struct zd_str s, size_t *at)
{
    if (take(s, at, ZD_STR("条")))
        return ZD_PARSE__ARTICLE;
    if (take(s, at, ZD_STR("章")))
        return ZD_PARSE__CHAPTER;
    if (take(s, at, ZD_STR("节")))
        return ZD_PARSE__SECTION;
    if (take(s, at, ZD_STR("编")))
        return ZD_PARSE__PART;
    if (take(s, at, ZD_STR("分编")))
        return ZD_PARSE__SUBPART;
    return ZD_PARSE__NO_MARK;
}

static void mark_end(struct zd_str line, size_t at, struct zd_parse__mark *mark)
{
    mark->n_number = at;
    mark->body = skip_space(line, at);
    mark->spaced = mark->body > at || at == line.n;
}

static bool read_ordinal(struct zd_str line, struct zd_parse__mark *ret_mark)
{
    struct zd_parse__mark mark = {0};
    size_t at = 0, behind;

    if (!take(line, &at, ZD_STR("第")))
        return false;
    at = skip_space(line, at);
    if (!take_number(line, &at, true, &mark.value) && !take_number(line, &at, false, &mark.value))
        return false;
    behind = skip_space(line, at);
    mark.kind = unit_kind(line, &behind);
    if (mark.kind == ZD_PARSE__NO_MARK)
        return false;
    at = behind;
    if (mark.kind == ZD_PARSE__ARTICLE && take(line, &behind, ZD_STR("之")) &&
        (take_number(line, &behind, true, &mark.sub) ||
         take_number(line, &behind, false, &mark.sub)))
        at = behind;
    mark_end(line, at, &mark);
    *ret_mark = mark;
    return true;
}

static bool take_any(struct zd_str s, size_t *at, const char *const *words, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (take(s, at, zd_str_c(words[i])))
            return true;
    return false;
}

/* （一） (1) 〔一〕 */
static bool read_bracketed(struct zd_str line, struct zd_parse__mark *ret_mark)
{
    static const char *const opens[] = {"（", "(", "〔", "﹙"};
    static const char *const closes[] = {"）", ")", "〕", "﹚"};
    struct zd_parse__mark mark = {.kind = ZD_PARSE__ITEM_HAN_IN};
    size_t at = 0;

    if (!take_any(line, &at, opens, ZD_COUNT(opens)))
        return false;
    at = skip_space(line, at);
    if (!take_number(line, &at, true, &mark.value)) {
        mark.kind = ZD_PARSE__ITEM_NUM_IN;
        if (!take_number(line, &at, false, &mark.value))
            return false;
    }
    at = skip_space(line, at);
    if (mark.value > 200 || !take_any(line, &at, closes, ZD_COUNT(closes)))
        return false;
    mark_end(line, at, &mark);
    *ret_mark = mark;
    return true;
}

/* 一、 1. 1、 1．1) ; "1.5" and "2.0版" are numbers, "1.实施" an item. */
static bool read_listed(struct zd_str line, struct zd_parse__mark *ret_mark)
{
    static const char *const han_ends[] = {"、", "．", "，"};
    static const char *const num_ends[] = {".", "、", "．", "﹒"};
    struct zd_parse__mark mark = {.kind = ZD_PARSE__ITEM_HAN};
    size_t at = 0, next;

    if (take_number(line, &at, true, &mark.value)) {
        if (!take_any(line, &at, han_ends, 2))
            return false;
    } else {
        mark.kind = ZD_PARSE__ITEM_NUM;
        if (!take_number(line, &at, false, &mark.value) || at > 9)
            return false;
        if (take(line, &at, ZD_STR(")")) || take(line, &at, ZD_STR("）")))
            mark.kind = ZD_PARSE__ITEM_NUM_IN;
        else if (!take_any(line, &at, num_ends, ZD_COUNT(num_ends)))
            return false;
        next = at;
        if (at < line.n && is_arabic_digit(zd_utf8_next(line, &next)))
            return false;
    }
    if (mark.value > 200)
        return false;
    mark_end(line, at, &mark);
    *ret_mark = mark;
    return true;
}

static bool read_circled(struct zd_str line, struct zd_parse__mark *ret_mark)
{
    struct zd_parse__mark mark = {.kind = ZD_PARSE__ITEM_CIRCLE};
    size_t at = 0;
    uint32_t c = line.n ? zd_utf8_next(line, &at) : 0;

    if (c < 0x2460 || c > 0x2473)
        return false;
    mark.value = c - 0x2460 + 1;
    mark_end(line, at, &mark);
    *ret_mark = mark;
    return true;
}

bool zd_parse__mark_read(struct zd_str line, struct zd_parse__mark *ret_mark)
{
    return read_ordinal(line, ret_mark) || read_bracketed(line, ret_mark) ||
           read_listed(line, ret_mark) || read_circled(line, ret_mark);
}

bool zd_parse__mark_is_reference(struct zd_str line, const struct zd_parse__mark *mark)
{
    static const char *const words[] = {"的", "和", "或",     "、",   "至",   "到", "及",
                                        "与", "，", "。",     "；",   "规定", "所", "第",
                                        "中", "以", "修改",   "改为", "增加", "删", "）",
                                        "”",  "》", "之规定", "项",   "款",   ","};
    struct zd_str rest = zd_str_cut(line, mark->body, line.n);
    size_t at = 0;

    if (rest.n == 0)
        return false;
    if (mark->spaced)
        return zd_str_starts(rest, ZD_STR("、")) || zd_str_starts(rest, ZD_STR("规定的"));
    return take_any(rest, &at, words, ZD_COUNT(words));
}
