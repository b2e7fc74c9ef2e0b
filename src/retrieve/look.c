/* look.c: what a text says to a question (look.h). */
#include "retrieve/look.h"

#include <math.h>
#include <string.h>

#include "base/buf.h"
#include "base/caps.h"
#include "base/utf8.h"
#include "retrieve/look_feature_table.h"
#include "text/text.h"

#define LOOK_ENUM(name, words) LOOK_##name,
enum { ZD_LOOK_TEXT_TABLE(LOOK_ENUM) ZD_LOOK_HEAD_TABLE(LOOK_ENUM) LOOK_FEATURES };
#undef LOOK_ENUM

#define QUESTION_MAX 96 /* characters of a question that are compared */
#define TEXT_MAX 4096   /* characters of a text that are looked at */
#define TERMS_MAX 256
#define EVENTS_MAX 4096
#define SLOTS 512 /* a power of two, above twice TERMS_MAX - 1 */
#define STRING_CAP 16
#define WIDE 64
#define NARROW_CHARS 24

/* A word of the question in the text. */
struct event {
    uint32_t at;
    uint16_t term;
};

struct zd_look {
    uint32_t c[QUESTION_MAX]; /* [n] the question's letters and signs, folded */
    size_t n;
    uint64_t has[4]; /* which low bytes of characters it has */
    zd_term terms[TERMS_MAX];
    float weights[TERMS_MAX];
    size_t n_terms;
    uint16_t slots[SLOTS]; /* term + 1, open addressing */
    float all;
    bool asks_number, asks_place;
    uint32_t *text_c;     /* [TEXT_MAX] a text's letters and signs: room for zd_look_at */
    struct event *events; /* [EVENTS_MAX + 1] … and for its words */
};

size_t zd_look_features(void)
{
    return LOOK_FEATURES;
}

const char *zd_look_feature_name(size_t feature)
{
    static const char *const names[] = {
#define NAME(name, words) words,
        ZD_LOOK_TEXT_TABLE(NAME) ZD_LOOK_HEAD_TABLE(NAME)
#undef NAME
    };

    return feature < ZD_COUNT(names) ? names[feature] : "";
}

/* ---- the question ---- */

static bool says_any(struct zd_str s, const char *const *words, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (zd_str_find(s, zd_str_c(words[i]), 0) != SIZE_MAX)
            return true;
    return false;
}

/* Letters, digits and Han characters of a folded text; at most `max`. */
static size_t characters(struct zd_str folded, uint32_t *c, size_t max)
{
    size_t n = 0;

    for (size_t at = 0; at < folded.n && n < max;) {
        const uint32_t x = zd_utf8_next(folded, &at);

        if (zd_is_han(x) || x - '0' < 10 || x - 'a' < 26)
            c[n++] = x;
    }
    return n;
}

static size_t slot_of(const struct zd_look *look, zd_term term)
{
    size_t at = (size_t)(term * UINT64_C(0x9e3779b97f4a7c15) >> 32) & (SLOTS - 1);

    while (look->slots[at] != 0 && look->terms[look->slots[at] - 1] != term)
        at = (at + 1) & (SLOTS - 1);
    return at;
}

static void take_terms(struct zd_look *look, const struct zd_question *question,
                       const float *weights)
{
    for (size_t t = 0; t < question->n_said && look->n_terms < TERMS_MAX; t++) {
        const size_t slot = slot_of(look, question->terms[t]);

        look->all += weights[t];
        if (look->slots[slot] != 0)
            continue;
        look->terms[look->n_terms] = question->terms[t];
        look->weights[look->n_terms++] = weights[t];
        look->slots[slot] = (uint16_t)look->n_terms;
    }
    look->all = look->all > 1e-3F ? look->all : 1e-3F;
}

struct zd_look *zd_look_new(const struct zd_question *question, const float *weights,
                            struct zd_arena *arena)
{
    static const char *const number_words[] = {"多少", "几",   "多久", "多长", "多大", "多高",
                                               "何时", "时候", "时间", "哪年", "哪天", "日期",
                                               "期限", "年龄", "金额", "费用", "标准"};
    static const char *const place_words[] = {"谁",   "哪里",     "哪儿", "何处",
                                              "何地", "哪个部门", "地方", "地点",
                                              "哪家", "什么机构", "单位", "部门"};
    struct zd_look *look = zd_arena_alloc(arena, sizeof *look);

    if (!look)
        return NULL;
    *look = (struct zd_look){.text_c = zd_arena_array(arena, TEXT_MAX, sizeof *look->text_c),
                             .events = zd_arena_array(arena, EVENTS_MAX + 1, sizeof *look->events)};
    if (!look->text_c || !look->events)
        return NULL;
    look->n = characters(question->folded, look->c, QUESTION_MAX);
    for (size_t i = 0; i < look->n; i++)
        look->has[(look->c[i] & 255) / 64] |= UINT64_C(1) << (look->c[i] % 64);
    take_terms(look, question, weights);
    look->asks_number = says_any(question->folded, number_words, ZD_COUNT(number_words));
    look->asks_place = says_any(question->folded, place_words, ZD_COUNT(place_words));
    return look;
}

static bool may_have(const struct zd_look *look, uint32_t c)
{
    return look->has[(c & 255) / 64] >> (c % 64) & 1;
}

/* ---- strings ---- */

/* Characters of the longest string that question and text share, to STRING_CAP. */
static size_t longest_string(const struct zd_look *look, const uint32_t *c, size_t n)
{
    size_t best = 0;

    for (size_t i = 0; i < n && best < STRING_CAP; i++) {
        if (!may_have(look, c[i]))
            continue;
        for (size_t q = 0; q < look->n; q++) {
            size_t k = 0;

            if (look->c[q] != c[i] || (i > 0 && q > 0 && look->c[q - 1] == c[i - 1]))
                continue; /* a part of one that was seen */
            while (i + k < n && q + k < look->n && c[i + k] == look->c[q + k])
                k++;
            best = k > best ? k : best;
        }
    }
    return best < STRING_CAP ? best : STRING_CAP;
}

/* The share of the question's strings of `length` characters that stand in the text. */
static float share_of_strings(const struct zd_look *look, const uint32_t *c, size_t n,
                              size_t length)
{
    bool found[QUESTION_MAX] = {false};
    size_t n_found = 0, n_all;

    if (look->n < length)
        return 0.0F;
    n_all = look->n - length + 1;
    for (size_t i = 0; i + length <= n; i++) {
        if (!may_have(look, c[i]) || !may_have(look, c[i + length - 1]))
            continue;
        for (size_t q = 0; q < n_all; q++)
            if (look->c[q] == c[i] && !found[q] &&
                memcmp(look->c + q, c + i, length * sizeof *c) == 0) {
                found[q] = true;
                n_found++;
            }
    }
    return (float)n_found / (float)n_all;
}

/* ---- windows ---- */

struct events {
    const struct zd_look *look;
    struct event *p;
    size_t n;
    uint32_t end; /* position behind the last token */
};

static bool on_token(void *context, const struct zd_token *token)
{
    struct events *e = context;
    const uint16_t term = e->look->slots[slot_of(e->look, token->term)];

    e->end = token->position + 1;
    if (term != 0)
        e->p[e->n++] = (struct event){token->position, (uint16_t)(term - 1)};
    return e->n < EVENTS_MAX && token->position < TEXT_MAX;
}

/* The largest weight of distinct words within `width` positions; where that begins. */
static float best_window(const struct events *e, uint32_t width, uint32_t *ret_at)
{
    uint16_t count[TERMS_MAX] = {0};
    float sum = 0.0F, best = 0.0F;
    size_t first = 0;

    *ret_at = 0;
    for (size_t i = 0; i < e->n; i++) {
        if (count[e->p[i].term]++ == 0)
            sum += e->look->weights[e->p[i].term];
        while (e->p[first].at + width <= e->p[i].at)
            if (--count[e->p[first++].term] == 0)
                sum -= e->look->weights[e->p[first - 1].term];
        if (sum > best + 1e-4F) {
            best = sum;
            *ret_at = e->p[first].at;
        }
    }
    return best;
}

/* Characters that the question and the text have in the same order (longest common subsequence). */
static size_t common_sequence(const struct zd_look *look, const uint32_t *c, size_t n)
{
    uint8_t row[QUESTION_MAX + 1] = {0};

    for (size_t i = 0; i < n; i++) {
        uint8_t diagonal = 0;

        if (!may_have(look, c[i]))
            continue;
        for (size_t q = 0; q < look->n; q++) {
            const uint8_t above = row[q + 1];

            if (look->c[q] == c[i])
                row[q + 1] = (uint8_t)(diagonal + 1);
            else if (row[q] > above)
                row[q + 1] = row[q];
            diagonal = above;
        }
    }
    return row[look->n];
}

static float kind_of(bool asked, const uint32_t *c, size_t n, const char *signs, bool digits)
{
    if (!asked)
        return 0.0F;
    for (size_t i = 0; i < n; i++)
        if ((digits && c[i] - '0' < 10) || zd_utf8_is_one_of(c[i], signs))
            return 1.0F;
    return -1.0F;
}

/* ---- all ---- */

static void look_at_window(const struct zd_look *look, const uint32_t *c, size_t n, uint32_t at,
                           float *f)
{
    const size_t from = at > WIDE / 4 ? at - WIDE / 4 : 0, most = n > from ? n - from : 0;
    const size_t n_here = most < 2 * WIDE ? most : 2 * WIDE;

    f[LOOK_SEQUENCE] =
        look->n > 0 ? (float)common_sequence(look, c + from, n_here) / (float)look->n : 0.0F;
    f[LOOK_NUMBER] =
        kind_of(look->asks_number, c + from, n_here, "一二三四五六七八九十百千万两", true);
    f[LOOK_PLACE] = kind_of(look->asks_place, c + from, n_here,
                            "局部厅委院会处中心市县区省国州路号站所", false);
}

enum zd_status zd_look_at(const struct zd_look *look, struct zd_str text, float *ret_features,
                          struct zd_error *err)
{
    float *f = ret_features;
    struct zd_buf folded = {.max = (size_t)TEXT_MAX * 8};
    struct events e = {.look = look, .p = look->events};
    uint32_t *c = look->text_c, at = 0, narrow_at = 0;
    size_t n;

    memset(f, 0, LOOK_FEATURES * sizeof *f);
    zd_text_fold(zd_str_cut(text, 0, zd_utf8_floor(text, (size_t)TEXT_MAX * 3)), &folded);
    if (folded.bad) {
        zd_buf_done(&folded);
        return ZD_FAIL(err, ZD_NOMEM, 0, "no memory left for ranking");
    }
    n = characters(zd_buf_view(&folded), c, TEXT_MAX);
    zd_tokens(zd_buf_view(&folded), on_token, &e);
    f[LOOK_STRING] = (float)longest_string(look, c, n);
    f[LOOK_STRING_SHARE] = look->n > 0 ? f[LOOK_STRING] / (float)look->n : 0.0F;
    f[LOOK_THREES] = share_of_strings(look, c, n, 3);
    f[LOOK_FOURS] = share_of_strings(look, c, n, 4);
    f[LOOK_WINDOW] = best_window(&e, WIDE, &at) / look->all;
    f[LOOK_NARROW] = best_window(&e, NARROW_CHARS, &narrow_at) / look->all;
    f[LOOK_WINDOW_AT] = log1pf((float)at);
    look_at_window(look, c, n, at, f);
    f[LOOK_TEXT_LENGTH] = log1pf((float)n);
    zd_buf_done(&folded);
    return ZD_OK;
}

/* A feature and where it stands as a difference from the head's best. */
static const struct {
    size_t of, below;
} compared[] = {
    {LOOK_STRING, LOOK_STRING_BELOW}, {LOOK_THREES, LOOK_THREES_BELOW},
    {LOOK_FOURS, LOOK_FOURS_BELOW},   {LOOK_WINDOW, LOOK_WINDOW_BELOW},
    {LOOK_NARROW, LOOK_NARROW_BELOW}, {LOOK_SEQUENCE, LOOK_SEQUENCE_BELOW},
};

static float siblings_of(const int64_t *documents, size_t n, size_t i)
{
    size_t n_siblings = 0;

    for (size_t k = 0; k < n; k++)
        n_siblings += k != i && documents[k] == documents[i];
    return log1pf((float)n_siblings);
}

void zd_look_compare(float *const *features, const int64_t *documents, size_t n)
{
    for (size_t k = 0; k < ZD_COUNT(compared); k++) {
        float best = 0.0F;

        for (size_t i = 0; i < n; i++)
            best = fmaxf(best, features[i][compared[k].of]);
        for (size_t i = 0; i < n; i++)
            features[i][compared[k].below] = features[i][compared[k].of] - best;
    }
    for (size_t i = 0; i < n; i++)
        features[i][LOOK_SIBLINGS] = siblings_of(documents, n, i);
}

size_t zd_look_row_features(void)
{
    return zd_rank_features() + LOOK_FEATURES;
}

void zd_look_row(const float *rank_features, const float *look_features, float *ret_row)
{
    const size_t n = zd_rank_features();

    memcpy(ret_row, rank_features, n * sizeof *ret_row);
    memset(ret_row + n, 0, LOOK_FEATURES * sizeof *ret_row);
    if (look_features)
        memcpy(ret_row + n, look_features, LOOK_FEATURES * sizeof *ret_row);
}

const char *zd_look_row_feature_name(size_t feature)
{
    const size_t n = zd_rank_features();

    return feature < n ? zd_rank_feature_name(feature) : zd_look_feature_name(feature - n);
}
