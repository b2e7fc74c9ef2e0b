/* asked.c: the question's characters, and the words of it that say what to count. */
#include "base/utf8.h"
#include "tables/tables_private.h"
#include "text/quantity.h"
#include "text/text.h"

static bool is_word_char(uint32_t c)
{
    return zd_is_han(c) || (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || c == '%' || c == '.';
}

/* Characters of `word` at `at`, all uncovered; 0 where it does not stand there. */
static size_t stands_at(const struct zd_tables__asked *asked, size_t at, struct zd_str word)
{
    size_t n = 0;

    for (size_t i = 0; i < word.n; n++) {
        const uint32_t c = zd_utf8_next(word, &i);

        if (at + n >= asked->n || asked->c[at + n] != c || asked->cover[at + n] != COVER_NONE)
            return 0;
    }
    return n;
}

size_t zd_tables__find(const struct zd_tables__asked *asked, struct zd_str word, size_t from)
{
    for (size_t at = from; word.n > 0 && at < asked->n; at++)
        if (stands_at(asked, at, word))
            return at;
    return SIZE_MAX;
}

void zd_tables__cover_at(struct zd_tables__asked *asked, size_t at, size_t n,
                         enum zd_tables__cover cover)
{
    for (size_t i = at; i < at + n && i < asked->n; i++)
        asked->cover[i] = (uint8_t)cover;
}

/* Covers every one of the words; how many there were. */
static size_t cover_words(struct zd_tables__asked *asked, const char *const *words, size_t n_words,
                          enum zd_tables__cover cover)
{
    size_t n = 0;

    for (size_t i = 0; i < n_words; i++) {
        const struct zd_str word = zd_str_c(words[i]);
        size_t at = 0;

        while ((at = zd_tables__find(asked, word, at)) != SIZE_MAX) {
            zd_tables__cover_at(asked, at, zd_utf8_chars(word), cover);
            n++;
        }
    }
    return n;
}

bool zd_tables__read(struct zd_str question, struct zd_tables__asked *ret_asked,
                     struct zd_arena *arena)
{
    /* before names are looked for, of which 市 may be a part */
    static const char *const places[] = {"全市",   "全区", "全县", "本市", "我市",
                                         "我们市", "我区", "我县", "本区", "本县"};
    struct zd_str folded = zd_tables__folded(question, arena);

    *ret_asked = (struct zd_tables__asked){.n = 0};
    for (size_t at = 0; at < folded.n;) {
        uint32_t c = zd_utf8_next(folded, &at);

        if (!is_word_char(c))
            continue;
        if (ret_asked->n == ZD_TABLES__MAX_CHARS)
            return false;
        ret_asked->c[ret_asked->n++] = c;
    }
    (void)cover_words(ret_asked, places, ZD_COUNT(places), COVER_EMPTY);
    return ret_asked->n > 0;
}

#define MEASURES "个家所处项种名位条座间类户辆件份款支台套区县村张人元亩吨天次班"

/* A measure word behind 多少, 几 or 哪: covered and told. */
static void take_measure(struct zd_tables__asked *asked, size_t at, uint32_t *measure)
{
    if (at >= asked->n || asked->cover[at] != COVER_NONE ||
        !zd_utf8_is_one_of(asked->c[at], MEASURES))
        return;
    *measure = asked->c[at];
    zd_tables__cover_at(asked, at, 1, COVER_WISH);
}

/* Covers each of the words with the measure word behind it. */
static size_t cover_with_measure(struct zd_tables__asked *asked, const char *const *words,
                                 size_t n_words, uint32_t *measure)
{
    size_t n = 0;

    for (size_t i = 0; i < n_words; i++) {
        const struct zd_str word = zd_str_c(words[i]);
        size_t at = 0;

        while ((at = zd_tables__find(asked, word, at)) != SIZE_MAX) {
            const size_t end = at + zd_utf8_chars(word);

            zd_tables__cover_at(asked, at, end - at, COVER_WISH);
            take_measure(asked, end, measure);
            n++;
        }
    }
    return n;
}

enum zd_tables__wish zd_tables__wish_of(struct zd_tables__asked *asked, uint32_t *ret_measure)
{
    static const char *const most[] = {"最高", "最多", "最大", "最贵", "最长"};
    static const char *const least[] = {"最低", "最少", "最小", "最便宜", "最短"};
    static const char *const mean[] = {"平均值", "平均数", "平均"};
    static const char *const sum[] = {"合计", "总共", "一共", "共计", "总计",
                                      "总和", "总数", "总量", "总额", "加起来"};
    static const char *const list[] = {"有哪些", "是哪些", "哪些", "列出", "有哪几", "哪几"};
    static const char *const many[] = {"多少", "共有几", "共几", "有几", "几"};
    static const char *const which[] = {"是哪", "哪里", "哪"};
    uint32_t which_measure = 0, *measure = ret_measure;
    size_t n_most, n_least, n_mean, n_sum, n_list, n_many, n_which;

    *measure = 0;
    n_most = cover_words(asked, most, ZD_COUNT(most), COVER_WISH);
    n_least = cover_words(asked, least, ZD_COUNT(least), COVER_WISH);
    n_mean = cover_words(asked, mean, ZD_COUNT(mean), COVER_WISH);
    n_sum = cover_words(asked, sum, ZD_COUNT(sum), COVER_WISH);
    n_list = cover_with_measure(asked, list, ZD_COUNT(list), measure);
    n_many = cover_with_measure(asked, many, ZD_COUNT(many), measure);
    n_which = cover_with_measure(asked, which, ZD_COUNT(which), &which_measure);
    if (n_most + n_least + n_mean > 1 || n_list + n_many + n_which > 1 || n_sum > 1)
        return WISH_NONE;
    if (n_most + n_least + n_mean == 1)
        return n_sum || n_list ? WISH_NONE : n_most ? WISH_MOST : n_least ? WISH_LEAST : WISH_MEAN;
    if (n_list && !n_sum)
        return WISH_LIST;
    if (n_which)
        return WISH_NONE;
    if (n_sum)
        return WISH_SUM; /* or a count, where no amounts are meant: reckon.c */
    return n_many ? WISH_COUNT : WISH_NONE;
}

/* ---- amounts ---- */

static const struct {
    const char *word;
    int compare;
} before[] = {{"不超过", -1}, {"不高于", -1}, {"不多于", -1}, {"不低于", 1}, {"不少于", 1},
              {"超过", 2},    {"高于", 2},    {"大于", 2},    {"多于", 2},   {"至少", 1},
              {"低于", -2},   {"少于", -2},   {"小于", -2},   {"不足", -2}},
  behind[] = {{"及以上", 1}, {"以上", 1}, {"及以下", -1}, {"以下", -1}};

/* The number at `at`: digits and a point, 万. Characters, 0 for none. */
static size_t number_at(const struct zd_tables__asked *asked, size_t at, int64_t *ret_value)
{
    char text[40];
    size_t n = 0, bytes = 0;

    while (at + n < asked->n && n < 24 && asked->cover[at + n] == COVER_NONE &&
           asked->c[at + n] < 0x80) {
        text[n] = (char)asked->c[at + n];
        n++;
    }
    if (n == 0 || !zd_quantity_read((struct zd_str){text, n}, ret_value, &bytes) || bytes != n)
        return 0;
    if (at + n < asked->n && asked->c[at + n] == 0x4E07) { /* 万 */
        if (__builtin_mul_overflow(*ret_value, 10000, ret_value))
            return 0;
        n++;
    }
    return n;
}

bool zd_tables__amount_of(struct zd_tables__asked *asked, struct zd_tables__amount *ret_amount)
{
    struct zd_tables__amount amount = {0};
    size_t first = 0, at, end, n;

    *ret_amount = amount;
    while (first < asked->n &&
           (asked->cover[first] != COVER_NONE || asked->c[first] < '0' || asked->c[first] > '9'))
        first++;
    if (first == asked->n)
        return true;
    n = number_at(asked, first, &amount.value);
    if (n == 0)
        return false;
    at = first;
    end = first + n;
    for (size_t i = 0; i < ZD_COUNT(before) && amount.compare == 0; i++) {
        const struct zd_str word = zd_str_c(before[i].word);
        const size_t m = zd_utf8_chars(word);

        if (first >= m && stands_at(asked, first - m, word)) {
            amount.compare = before[i].compare;
            at = first - m;
        }
    }
    for (size_t k = 0; k < 4; k++) { /* the unit, up to 以上 or two characters */
        for (size_t i = 0; i < ZD_COUNT(behind) && amount.compare == 0; i++) {
            const struct zd_str word = zd_str_c(behind[i].word);

            if (stands_at(asked, end + k, word)) {
                amount.compare = behind[i].compare;
                for (size_t u = 0; u < k; u++)
                    amount.unit[u] = asked->c[end + u];
                end += k + zd_utf8_chars(word);
            }
        }
    }
    if (amount.compare == 0)
        return false;
    if (at != first && end < asked->n && asked->cover[end] == COVER_NONE &&
        zd_utf8_is_one_of(asked->c[end], MEASURES))
        amount.unit[0] = asked->c[end++];
    zd_tables__cover_at(asked, at, end - at, COVER_AMOUNT);
    *ret_amount = amount;
    return true;
}

bool zd_tables__rest_is_empty(struct zd_tables__asked *asked)
{
    static const char *const empty[] = {
        "请问一下", "请问", "告诉我", "我想知道", "想知道", "查一下", "查询", "一下", "目前",
        "现有",     "现在", "当前",   "其中",     "里面",   "当中",   "之中", "分布", "位于",
        "属于",     "设有", "共有",   "名单",     "什么",   "这个",   "里",   "中",   "内",
        "的",       "了",   "吗",     "呢",       "呀",     "啊",     "是",   "在",   "有",
        "为",       "和",   "与",     "都",       "共",     "数"};

    (void)cover_words(asked, empty, ZD_COUNT(empty), COVER_EMPTY);
    for (size_t i = 0; i < asked->n; i++)
        if (asked->cover[i] == COVER_NONE)
            return false;
    return true;
}
