/* family: keys of titles, issuers and numbers. All of them begin with the folded text (width, case,
 * Traditional → Simplified) and drop what is neither a letter, a digit nor a Han character. */
#include "ingest/family.h"

#include <utf8proc.h>

#include "base/buf.h"
#include "base/caps.h"
#include "base/utf8.h"
#include "text/text.h"

#define KEY_MAX_BYTES ((size_t)8 * ZD_TITLE_MAX_BYTES)

static bool is_word_char(uint32_t c)
{
    utf8proc_category_t category;

    if (zd_is_han(c))
        return true;
    category = utf8proc_category((utf8proc_int32_t)c);
    return category <= UTF8PROC_CATEGORY_LO || category == UTF8PROC_CATEGORY_ND;
}

static void add_word_chars(struct zd_str s, struct zd_buf *out)
{
    for (size_t at = 0; at < s.n;) {
        size_t from = at;

        if (is_word_char(zd_utf8_next(s, &at)))
            zd_buf_str(out, zd_str_cut(s, from, at));
    }
}

static enum zd_status keep(struct zd_buf *b, struct zd_arena *arena, struct zd_str *ret_key,
                           struct zd_error *err)
{
    enum zd_status st = zd_buf_check(b, "a title", err);
    struct zd_str key = {0};

    if (st == ZD_OK) {
        key = zd_arena_str(arena, zd_buf_view(b));
        if (!key.p)
            st = ZD_FAIL(err, ZD_NOMEM, 0, "no memory left for a title's key");
    }
    if (st == ZD_OK)
        *ret_key = key;
    return st;
}

/* Bytes of the longest of the words at the start of s, 0 where none is. */
static size_t word_at(struct zd_str s, const struct zd_str *words, size_t n_words)
{
    size_t best = 0;

    for (size_t i = 0; i < n_words; i++)
        if (words[i].n > best && zd_str_starts(s, words[i]))
            best = words[i].n;
    return best;
}

/* True where the words in a title's last brackets say which state of the text this is, rather
 * than which text: （2018-10-26）, （试行）, （2022年修订）, （云政发〔2018〕9号）; false for （一）. */
static bool is_decoration(struct zd_str inner)
{
    const struct zd_str words[] = {
        ZD_STR("试行"), ZD_STR("暂行"), ZD_STR("修订"), ZD_STR("修正"), ZD_STR("修改"),
        ZD_STR("版"),   ZD_STR("本"),   ZD_STR("年"),   ZD_STR("月"),   ZD_STR("日"),
        ZD_STR("第"),   ZD_STR("次"),   ZD_STR("通过"), ZD_STR("公布"), ZD_STR("发布"),
        ZD_STR("施行"), ZD_STR("最新"), ZD_STR("现行"), ZD_STR("有效"), ZD_STR("全文"),
        ZD_STR("-"),    ZD_STR("."),    ZD_STR("/"),    ZD_STR(" "),    ZD_STR("至"),
    };
    bool said = false;

    if (inner.n == 0)
        return true;
    if (zd_str_ends(inner, ZD_STR("号")) && (zd_str_find(inner, ZD_STR("〔"), 0) != SIZE_MAX ||
                                             zd_str_find(inner, ZD_STR("["), 0) != SIZE_MAX ||
                                             zd_str_find(inner, ZD_STR("令"), 0) != SIZE_MAX))
        return true;
    while (inner.n > 0) {
        size_t n = word_at(inner, words, ZD_COUNT(words));

        if (n == 0 && inner.p[0] >= '0' && inner.p[0] <= '9')
            n = 1;
        else if (n == 0) { /* Han numerals count only beside one of the words: 二〇二二年 */
            uint64_t value;

            if (!zd_number_read(inner, &value, &n) || n == inner.n)
                return false;
            inner = zd_str_cut(inner, n, inner.n);
            continue;
        }
        said = true;
        inner = zd_str_cut(inner, n, inner.n);
    }
    return said;
}

/* The title without bracketed decorations at its end. */
static struct zd_str without_decorations(struct zd_str title)
{
    const struct zd_str pairs[][2] = {
        {ZD_STR("("), ZD_STR(")")},
        {ZD_STR("〔"), ZD_STR("〕")},
        {ZD_STR("["), ZD_STR("]")},
        {ZD_STR("【"), ZD_STR("】")},
    };
    bool again = true;

    while (again) {
        again = false;
        title = zd_str_trim(title);
        for (size_t i = 0; i < ZD_COUNT(pairs) && !again; i++) {
            size_t open = SIZE_MAX, at = 0;

            if (!zd_str_ends(title, pairs[i][1]))
                continue;
            while ((at = zd_str_find(title, pairs[i][0], at)) != SIZE_MAX) {
                open = at;
                at += pairs[i][0].n;
            }
            if (open == SIZE_MAX || open == 0 ||
                !is_decoration(
                    zd_str_trim(zd_str_cut(title, open + pairs[i][0].n, title.n - pairs[i][1].n))))
                continue;
            if (zd_str_ends(zd_str_trim(zd_str_cut(title, 0, open)), ZD_STR("修正案")))
                return title; /* amendments are told apart by their year alone */
            title = zd_str_cut(title, 0, open);
            again = true;
        }
    }
    return title;
}

/* "关于印发《X》的通知" is about X and nothing else: X. */
static struct zd_str unwrapped(struct zd_str title)
{
    const struct zd_str verbs[] = {ZD_STR("印发"), ZD_STR("发布"), ZD_STR("公布"),
                                   ZD_STR("颁布"), ZD_STR("颁发"), ZD_STR("下发")};
    size_t open = zd_str_find(title, ZD_STR("《"), 0), close = SIZE_MAX, at = 0;
    bool verb = false;

    if (open == SIZE_MAX)
        open = zd_str_find(title, ZD_STR("〈"), 0);
    if (open == SIZE_MAX)
        return title;
    for (size_t i = 0; i < ZD_COUNT(verbs); i++)
        verb |= zd_str_ends(zd_str_cut(title, 0, open), verbs[i]);
    if (!verb)
        return title;
    while ((at = zd_str_find(title, ZD_STR("的"), at)) != SIZE_MAX) {
        close = at;
        at += 3;
    }
    if (close == SIZE_MAX || close < open + 6)
        return title;
    if (!zd_str_ends(zd_str_cut(title, 0, close), ZD_STR("》")) &&
        !zd_str_ends(zd_str_cut(title, 0, close), ZD_STR("〉")))
        return title;
    return zd_str_cut(title, open + 3, close - 3);
}

/* Where 关于 stands behind the name of an office: its offset; else 0. */
static size_t issuer_before_about(struct zd_str title)
{
    const struct zd_str ends[] = {
        ZD_STR("局"),   ZD_STR("委"),   ZD_STR("厅"),   ZD_STR("部"), ZD_STR("府"), ZD_STR("会"),
        ZD_STR("院"),   ZD_STR("室"),   ZD_STR("办"),   ZD_STR("署"), ZD_STR("行"), ZD_STR("关"),
        ZD_STR("中心"), ZD_STR("支队"), ZD_STR("大队"), ZD_STR("处"), ZD_STR("站"), ZD_STR("所"),
    };
    size_t at = zd_str_find(title, ZD_STR("关于"), 0);

    if (at == SIZE_MAX || at == 0)
        return 0;
    for (size_t i = 0; i < ZD_COUNT(ends); i++)
        if (zd_str_ends(zd_str_trim(zd_str_cut(title, 0, at)), ends[i]))
            return at;
    return 0;
}

enum zd_status zd_family_title_key(struct zd_str title, struct zd_arena *arena,
                                   struct zd_str *ret_key, struct zd_str *ret_issuer,
                                   struct zd_error *err)
{
    struct zd_buf folded = {.max = KEY_MAX_BYTES}, key = {.max = KEY_MAX_BYTES};
    struct zd_str rest, issuer = {0};
    size_t about;
    enum zd_status st;

    about = issuer_before_about(title);
    if (about > 0)
        issuer = zd_str_trim(zd_str_cut(title, 0, about));
    zd_text_fold(zd_str_cut(title, 0, ZD_TITLE_MAX_BYTES), &folded);
    rest = without_decorations(zd_buf_view(&folded));
    rest = unwrapped(rest);
    rest = without_decorations(rest);
    rest = zd_str_cut(rest, issuer_before_about(rest), rest.n);
    if (zd_str_starts(rest, ZD_STR("中华人民共和国")))
        rest = zd_str_cut(rest, ZD_STR("中华人民共和国").n, rest.n);
    add_word_chars(rest, &key);
    st = zd_buf_check(&folded, "a title", err);
    if (st == ZD_OK)
        st = keep(&key, arena, ret_key, err);
    if (st == ZD_OK && ret_issuer)
        *ret_issuer = issuer;
    zd_buf_done(&folded);
    zd_buf_done(&key);
    return st;
}

/* Drops every `word` of s and writes `instead`. */
static void replace_words(struct zd_str s, struct zd_str word, struct zd_str instead,
                          struct zd_buf *out)
{
    size_t from = 0, at;

    while ((at = zd_str_find(s, word, from)) != SIZE_MAX) {
        zd_buf_str(out, zd_str_cut(s, from, at));
        zd_buf_str(out, instead);
        from = at + word.n;
    }
    zd_buf_str(out, zd_str_cut(s, from, s.n));
}

enum zd_status zd_family_issuer_key(struct zd_str issuer, struct zd_arena *arena,
                                    struct zd_str *ret_key, struct zd_error *err)
{
    const struct zd_str words[][2] = {
        {ZD_STR("人民代表大会"), ZD_STR("人大")},
        {ZD_STR("人大常务委员会"), ZD_STR("人大")},
        {ZD_STR("人大常委会"), ZD_STR("人大")},
        {ZD_STR("人民政府办公厅"), ZD_STR("人民政府")},
        {ZD_STR("人民政府办公室"), ZD_STR("人民政府")},
        {ZD_STR("国务院办公厅"), ZD_STR("国务院")},
        {ZD_STR(","), ZD_STR("、")},
        {ZD_STR(" "), ZD_STR("、")},
    };
    struct zd_buf a = {.max = KEY_MAX_BYTES}, b = {.max = KEY_MAX_BYTES};
    enum zd_status st;

    zd_text_fold(zd_str_trim(zd_str_cut(issuer, 0, ZD_TITLE_MAX_BYTES)), &a);
    for (size_t i = 0; i < ZD_COUNT(words); i++) {
        struct zd_buf swap;

        zd_buf_clear(&b);
        replace_words(zd_buf_view(&a), words[i][0], words[i][1], &b);
        swap = a;
        a = b;
        b = swap;
    }
    st = keep(&a, arena, ret_key, err);
    zd_buf_done(&a);
    zd_buf_done(&b);
    return st;
}

enum zd_status zd_family_number_key(struct zd_str number, struct zd_arena *arena,
                                    struct zd_str *ret_key, struct zd_error *err)
{
    struct zd_buf folded = {.max = KEY_MAX_BYTES}, key = {.max = KEY_MAX_BYTES};
    enum zd_status st;

    zd_text_fold(zd_str_cut(number, 0, ZD_TITLE_MAX_BYTES), &folded);
    add_word_chars(zd_buf_view(&folded), &key);
    st = zd_buf_check(&folded, "a number", err);
    if (st == ZD_OK)
        st = keep(&key, arena, ret_key, err);
    zd_buf_done(&folded);
    zd_buf_done(&key);
    return st;
}

/* The next of several joined by 、; *list moves behind it. */
static struct zd_str next_of(struct zd_str *list)
{
    size_t at = zd_str_find(*list, ZD_STR("、"), 0);
    struct zd_str one = zd_str_cut(*list, 0, at);

    *list = zd_str_cut(*list, one.n + 3, list->n); /* empty behind the last */
    return zd_str_trim(one);
}

/* 市人民政府 is 云岫市人民政府: equal, or one ends with the other (four characters at least). */
static bool same_office(struct zd_str a, struct zd_str b)
{
    if (a.n < 12 || b.n < 12)
        return zd_str_eq(a, b);
    return zd_str_ends(a, b) || zd_str_ends(b, a);
}

bool zd_family_issuers_agree(struct zd_str a, struct zd_str b)
{
    if (a.n == 0 || b.n == 0)
        return true;
    while (a.n > 0) {
        struct zd_str one = next_of(&a), rest = b;

        while (rest.n > 0)
            if (same_office(one, next_of(&rest)))
                return true;
    }
    return false;
}

static bool ends_with_one(struct zd_str s, const struct zd_str *words, size_t n_words)
{
    for (size_t i = 0; i < n_words; i++)
        if (zd_str_ends(s, words[i]))
            return true;
    return false;
}

bool zd_family_title_is_law(struct zd_str title_key)
{
    const struct zd_str genres[] = {
        ZD_STR("法"),   ZD_STR("条例"), ZD_STR("办法"), ZD_STR("规定"), ZD_STR("细则"),
        ZD_STR("规则"), ZD_STR("规程"), ZD_STR("标准"), ZD_STR("目录"), ZD_STR("章程"),
        ZD_STR("解释"), ZD_STR("准则"), ZD_STR("公约"), ZD_STR("规范"), ZD_STR("制度"),
        ZD_STR("守则"), ZD_STR("批复"), ZD_STR("清单"), ZD_STR("预案"), ZD_STR("方案"),
    };
    const struct zd_str numerals[] = {
        ZD_STR("一"), ZD_STR("二"), ZD_STR("三"), ZD_STR("四"), ZD_STR("五"),
        ZD_STR("六"), ZD_STR("七"), ZD_STR("八"), ZD_STR("九"), ZD_STR("十"),
    };

    while (title_key.n > 3 && ends_with_one(title_key, numerals, ZD_COUNT(numerals)))
        title_key.n -= 3;
    return title_key.n >= 9 && ends_with_one(title_key, genres, ZD_COUNT(genres)) &&
           !zd_str_eq(title_key, ZD_STR("实施办法")) && !zd_str_eq(title_key, ZD_STR("实施细则"));
}

bool zd_family_title_is_specific(struct zd_str title_key)
{
    const struct zd_str recurring[] = {
        ZD_STR("表彰"), ZD_STR("任免"), ZD_STR("任命"), ZD_STR("公示"), ZD_STR("中标"),
        ZD_STR("招聘"), ZD_STR("招录"), ZD_STR("会议"), ZD_STR("简报"), ZD_STR("名单"),
    };
    const struct zd_str genres[] = {
        ZD_STR("通知"), ZD_STR("公告"), ZD_STR("通告"), ZD_STR("通报"), ZD_STR("决定"),
        ZD_STR("意见"), ZD_STR("复函"), ZD_STR("报告"), ZD_STR("纪要"), ZD_STR("命令"),
    };

    for (size_t i = 0; i < ZD_COUNT(recurring); i++)
        if (zd_str_find(title_key, recurring[i], 0) != SIZE_MAX)
            return false;
    if (zd_str_starts(title_key, ZD_STR("关于")))
        title_key = zd_str_cut(title_key, 6, title_key.n);
    if (ends_with_one(title_key, genres, ZD_COUNT(genres)))
        title_key.n -= 6;
    if (zd_str_ends(title_key, ZD_STR("的")))
        title_key.n -= 3;
    return zd_utf8_chars(title_key) >= 4;
}

/* The place that a title begins with: up to the first 省, 市, 县, 区 or 州 within eight characters. */
static struct zd_str place_of(struct zd_str title_key)
{
    const struct zd_str ends[] = {ZD_STR("省"), ZD_STR("市"), ZD_STR("县"), ZD_STR("区"),
                                  ZD_STR("州")};

    for (size_t n = 6; n <= 24 && n <= title_key.n; n += 3)
        if (ends_with_one(zd_str_cut(title_key, 0, n), ends, ZD_COUNT(ends)))
            return zd_str_cut(title_key, 0, n);
    return (struct zd_str){0};
}

/* 国务院, or a ministry: no place stands in its name. */
static bool is_ministry(struct zd_str issuer_key)
{
    const struct zd_str ends[] = {ZD_STR("部"), ZD_STR("委员会"), ZD_STR("总局"), ZD_STR("署"),
                                  ZD_STR("银行")};
    const struct zd_str places[] = {ZD_STR("省"), ZD_STR("市"), ZD_STR("县"), ZD_STR("区"),
                                    ZD_STR("州")};

    for (size_t i = 0; i < ZD_COUNT(places); i++)
        if (zd_str_find(issuer_key, places[i], 0) != SIZE_MAX)
            return false;
    return ends_with_one(issuer_key, ends, ZD_COUNT(ends));
}

/* A ministry's rule that the State Council approved goes on as the State Council's. */
static bool is_taken_over(struct zd_str a, struct zd_str b)
{
    const struct zd_str council = ZD_STR("国务院");

    return (zd_str_eq(a, council) && is_ministry(b)) || (zd_str_eq(b, council) && is_ministry(a));
}

bool zd_family_offices_agree(struct zd_str title_key, struct zd_str a, struct zd_str b)
{
    struct zd_str place;

    if (zd_family_issuers_agree(a, b))
        return true;
    if (!zd_family_title_is_law(title_key))
        return false;
    if (is_taken_over(a, b))
        return true;
    place = place_of(title_key);
    return place.n > 0 && zd_str_find(a, place, 0) != SIZE_MAX &&
           zd_str_find(b, place, 0) != SIZE_MAX;
}

bool zd_family_agree(const struct zd_document *a, const struct zd_document *b)
{
    if (a->region != 0 && b->region != 0 && a->region != b->region)
        return false;
    if (!zd_family_offices_agree(a->title_key, a->issuer_key, b->issuer_key))
        return false;
    if (zd_family_title_is_law(a->title_key))
        return true;
    return a->issuer_key.n > 0 && b->issuer_key.n > 0 && zd_family_title_is_specific(a->title_key);
}
