/* number.c: 文号, the numbers of official documents.
 *
 *     organ's short name 〔year〕 n 号     云政发〔2017〕12号
 *     organ 令 第 n 号                    云岫市人民政府令第12号
 *     organ 公告 year 年 第 n 号           云岫海关公告2020年第2号, 2018年第1号
 *
 * The name in front is read backwards from the bracket, over Han characters and letters, up to a
 * sign or a word that cannot be part of it. A heading broken over two lines is joined first.
 */
#include <string.h>

#include "base/utf8.h"
#include "parse/facts_private.h"

#define PREFIX_MAX_CHARS 24
#define HEAD_LINES 16
#define LINE_MAX_CHARS 60

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static size_t digits_at(struct zd_str s, size_t at)
{
    size_t n = 0;

    while (at + n < s.n && is_digit(s.p[at + n]))
        n++;
    return n;
}

static bool starts_at(struct zd_str s, size_t at, const char *word)
{
    return zd_str_starts(zd_str_cut(s, at, s.n), zd_str_c(word));
}

/* Words behind which a name begins anew when read backwards. */
static size_t cut_prefix(struct zd_str prefix)
{
    static const char *const words[] = {"根据", "按照", "依照", "以及", "的", "由", "原", "文号",
                                        "字号", "和",   "及",   "与",   "日", "见", "将", "即"};
    size_t best = 0;

    for (size_t i = 0; i < ZD_COUNT(words); i++) {
        struct zd_str word = zd_str_c(words[i]);

        for (size_t at = zd_str_find(prefix, word, 0); at != SIZE_MAX;
             at = zd_str_find(prefix, word, at + 1)) {
            bool inside = (zd_str_eq(word, ZD_STR("和")) || zd_str_eq(word, ZD_STR("及"))) &&
                          (zd_parse__has(prefix, "委员会") || zd_parse__has(prefix, "共和国"));

            if (!inside && at + word.n > best)
                best = at + word.n;
        }
    }
    return best;
}

/* Where the name that ends at `at` begins. */
static size_t name_start(struct zd_str s, size_t from, size_t at)
{
    size_t start = at;

    for (size_t n = 0; n < PREFIX_MAX_CHARS && start > from; n++) {
        size_t before = zd_utf8_floor(s, start - 1), next = before;
        uint32_t c = zd_utf8_next(s, &next);

        if (!zd_is_han(c) && !(c >= 'A' && c <= 'Z') && !(c >= 'a' && c <= 'z'))
            break;
        start = before;
    }
    return start + cut_prefix(zd_str_cut(s, start, at));
}

/* A short name that follows an organ's without a blank: "社会保障局云人社规" → "云人社规". */
static size_t skip_organ(struct zd_str s, size_t start, size_t at)
{
    static const char *const ends[] = {"人民政府", "委员会", "局", "中心", "办公室", "厅", "大会"};
    size_t best = start;

    for (size_t i = 0; i < ZD_COUNT(ends); i++) {
        struct zd_str word = zd_str_c(ends[i]);

        for (size_t k = zd_str_find(s, word, start); k != SIZE_MAX && k + word.n + 6 <= at;
             k = zd_str_find(s, word, k + 1))
            if (k + word.n > best && k - start >= 6)
                best = k + word.n;
    }
    return best;
}

/* 〔2017〕12号 at the bracket: the byte behind 号, or 0. */
static size_t bracketed_end(struct zd_str s, size_t at)
{
    size_t i = at + strlen("〔"), n;

    if (digits_at(s, i) != 4 || !starts_at(s, i + 4, "〕"))
        return 0;
    i += 4 + strlen("〕");
    if (starts_at(s, i, "第"))
        i += strlen("第");
    n = digits_at(s, i);
    if (n == 0 || n > 5 || !starts_at(s, i + n, "号"))
        return 0;
    return i + n + strlen("号");
}

/* 第12号 at `at`: the byte behind 号, or 0. Han digits too. */
static size_t ordinal_end(struct zd_str s, size_t at)
{
    size_t i = at + strlen("第"), from = i;

    if (!starts_at(s, at, "第"))
        return 0;
    while (i < s.n && i - from < 24) {
        size_t next = i;
        uint32_t c = zd_utf8_next(s, &next);

        if (starts_at(s, i, "号"))
            return i > from ? i + strlen("号") : 0;
        if (!(c < 128 && is_digit((char)c)) && !zd_is_han(c))
            return 0;
        i = next;
    }
    return 0;
}

static bool find_bracketed(struct zd_str s, size_t from, size_t *ret_start, size_t *ret_end)
{
    for (size_t at = zd_str_find(s, ZD_STR("〔"), from); at != SIZE_MAX;
         at = zd_str_find(s, ZD_STR("〔"), at + 1)) {
        size_t end = bracketed_end(s, at), start;

        if (end == 0)
            continue;
        start = skip_organ(s, name_start(s, from, at), at);
        if (start == at)
            continue;
        *ret_start = start;
        *ret_end = end;
        return true;
    }
    return false;
}

static bool find_order(struct zd_str s, size_t from, size_t *ret_start, size_t *ret_end)
{
    for (size_t at = zd_str_find(s, ZD_STR("令第"), from); at != SIZE_MAX;
         at = zd_str_find(s, ZD_STR("令第"), at + 1)) {
        size_t end = ordinal_end(s, at + strlen("令")), start = name_start(s, from, at);

        if (end == 0 || start == at)
            continue;
        *ret_start = start;
        *ret_end = end;
        return true;
    }
    return false;
}

static bool find_yearly(struct zd_str s, size_t from, size_t *ret_start, size_t *ret_end)
{
    for (size_t at = zd_str_find(s, ZD_STR("年第"), from); at != SIZE_MAX;
         at = zd_str_find(s, ZD_STR("年第"), at + 1)) {
        size_t end = ordinal_end(s, at + strlen("年")), start;
        struct zd_str name;

        if (end == 0 || at < from + 4 || digits_at(s, at - 4) != 4)
            continue;
        start = name_start(s, from, at - 4);
        name = zd_str_cut(s, start, at - 4);
        if (!zd_str_ends(name, ZD_STR("公告")) && !zd_str_ends(name, ZD_STR("通告")) &&
            !zd_str_ends(name, ZD_STR("令")))
            start = at - 4;
        *ret_start = start;
        *ret_end = end;
        return true;
    }
    return false;
}

bool zd_parse__number_find(struct zd_str s, size_t from, size_t *ret_start, size_t *ret_end)
{
    bool (*const finders[])(struct zd_str, size_t, size_t *, size_t *) = {find_bracketed,
                                                                          find_order, find_yearly};
    bool found = false;

    for (size_t i = 0; i < ZD_COUNT(finders); i++) {
        size_t start, end;

        if (finders[i](s, from, &start, &end) && (!found || start < *ret_start)) {
            *ret_start = start;
            *ret_end = end;
            found = true;
        }
    }
    return found;
}

/* ---- the document's own ---- */

/* "云岫市人民政府令" over "第12号": the two as one. */
static struct zd_str joined_heading(struct zd_parse__case *c, size_t i)
{
    struct zd_str first = zd_parse__normal(c, zd_parse__case_line(c, i)), second, both;
    size_t end;

    if (i + 1 >= c->blocks->n ||
        !(zd_str_ends(first, ZD_STR("令")) || zd_str_ends(first, ZD_STR("公告")) ||
          zd_str_ends(first, ZD_STR("通告"))))
        return first;
    second = zd_parse__normal(c, zd_parse__case_line(c, i + 1));
    if (zd_parse__has(first, "关于"))
        return first;
    end = ordinal_end(second, 0);
    if (end == 0 && digits_at(second, 0) == 4 && starts_at(second, 4, "年第"))
        end = ordinal_end(second, 4 + strlen("年"));
    if (end != second.n)
        return first;
    both = zd_arena_printf(c->arena, "%.*s%.*s", (int)first.n, first.p, (int)second.n, second.p);
    if (!both.p)
        c->no_memory = true;
    return both.p ? both : first;
}

/* A head line that is a number, or a note of adoption that names one. The last number of such a
 * note counts: the order that revised the text. */
static bool take_from_line(struct zd_parse__case *c, size_t i)
{
    struct zd_str line = joined_heading(c, i);
    size_t start, end, at = 0;
    bool found = false;

    if (c->blocks->p[i].kind == ZD_BLOCK_TABLE_ROW)
        return false;
    if (zd_parse__chars(line) > LINE_MAX_CHARS && !zd_parse__is_adoption(zd_parse__case_line(c, i)))
        return false;
    if (zd_parse__last_char(line) == 0x3002 || zd_parse__has(line, "根据《") ||
        zd_parse__has(line, "废止"))
        return false;
    while (zd_parse__number_find(line, at, &start, &end)) {
        c->facts.number = zd_parse__keep(c, zd_str_cut(line, start, end));
        found = true;
        at = end;
    }
    return found;
}

void zd_parse__find_number(struct zd_parse__case *c)
{
    static const char *const labels[] = {"文号", "发文字号", "文件编号", "number"};
    struct zd_str value = zd_parse__case_label(c, labels, ZD_COUNT(labels));
    size_t start, end;

    if (value.n) {
        c->facts.number = value;
        return;
    }
    for (size_t i = 0; i < c->n_head && i < HEAD_LINES + c->blocks->n_front; i++)
        if (take_from_line(c, i))
            return;
    value = zd_parse__normal(c, zd_parse__file_stem(c->name));
    if (zd_parse__number_find(value, 0, &start, &end))
        c->facts.number = zd_parse__keep(c, zd_str_cut(value, start, end));
}
