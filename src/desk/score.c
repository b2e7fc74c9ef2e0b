/* score.c: see score.h. */
#include "desk/score.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <utf8proc.h>

double zd_score_ndcg10(const struct zd_score_ranks *r)
{
    double gain = 0, ideal = 0;

    for (size_t i = 0; i < r->n_relevant && i < 10; i++)
        ideal += 1 / log2((double)i + 2);
    for (size_t i = 0; i < r->n_ranks && r->ranks[i] < 10; i++)
        gain += 1 / log2((double)r->ranks[i] + 2);
    return gain / ideal;
}

double zd_score_mrr10(const struct zd_score_ranks *r)
{
    return r->n_ranks > 0 && r->ranks[0] < 10 ? 1 / ((double)r->ranks[0] + 1) : 0;
}

double zd_score_hit(const struct zd_score_ranks *r, uint32_t depth)
{
    return r->n_ranks > 0 && r->ranks[0] < depth ? 1 : 0;
}

double zd_score_recall(const struct zd_score_ranks *r, uint32_t depth)
{
    size_t found = 0;

    while (found < r->n_ranks && r->ranks[found] < depth)
        found++;
    return (double)found / (double)r->n_relevant;
}

/* Letters and numbers: Unicode's general categories L* and N*. */
static bool counts_in_text(int32_t c)
{
    switch (utf8proc_category(c)) {
    case UTF8PROC_CATEGORY_LU:
    case UTF8PROC_CATEGORY_LL:
    case UTF8PROC_CATEGORY_LT:
    case UTF8PROC_CATEGORY_LM:
    case UTF8PROC_CATEGORY_LO:
    case UTF8PROC_CATEGORY_ND:
    case UTF8PROC_CATEGORY_NL:
    case UTF8PROC_CATEGORY_NO:
        return true;
    default:
        return false;
    }
}

enum zd_status zd_score_text_of(struct zd_str s, struct zd_arena *arena,
                                struct zd_score_text *ret_text, struct zd_error *err)
{
    const utf8proc_option_t options = UTF8PROC_STABLE | UTF8PROC_COMPOSE | UTF8PROC_COMPAT;
    utf8proc_ssize_t want, n;
    int32_t *points;
    size_t kept = 0;

    if (s.n == 0) {
        *ret_text = (struct zd_score_text){NULL, 0};
        return ZD_OK;
    }
    want = utf8proc_decompose((const uint8_t *)s.p, (utf8proc_ssize_t)s.n, NULL, 0, options);
    if (want < 0)
        return ZD_FAIL(err, ZD_INVALID, 0, "text to compare: %s", utf8proc_errmsg(want));
    points = zd_arena_array(arena, (size_t)want + 1, sizeof *points);
    if (!points)
        return ZD_FAIL(err, ZD_NOMEM, 0, "out of memory for comparing texts");
    n = utf8proc_decompose((const uint8_t *)s.p, (utf8proc_ssize_t)s.n, points, want, options);
    if (n >= 0)
        n = utf8proc_normalize_utf32(points, n, options);
    if (n < 0)
        return ZD_FAIL(err, ZD_INVALID, 0, "text to compare: %s", utf8proc_errmsg(n));
    for (utf8proc_ssize_t i = 0; i < n; i++) {
        int32_t c = utf8proc_tolower(points[i]);

        if (counts_in_text(c))
            points[kept++] = c;
    }
    *ret_text = (struct zd_score_text){(uint32_t *)points, kept};
    return ZD_OK;
}

/* One row of the bit matrix of Hyyrö's algorithm: which positions of gold hold the character. Made
 * anew for each character of given; answers are short, and a table of rows would be larger. */
static void mark_positions(const struct zd_score_text *gold, uint32_t c, uint64_t *mask)
{
    memset(mask, 0, (gold->n + 63) / 64 * sizeof *mask);
    for (size_t i = 0; i < gold->n; i++)
        if (gold->p[i] == c)
            mask[i / 64] |= UINT64_C(1) << (i % 64);
}

/* v = (v + (v & m)) | (v - (v & m)), over n words. v - (v & m) is v & ~m. */
static void lcs_step(uint64_t *v, const uint64_t *m, size_t n_words)
{
    unsigned carry = 0;

    for (size_t w = 0; w < n_words; w++) {
        uint64_t u = v[w] & m[w], sum;
        bool over = __builtin_add_overflow(v[w], u, &sum);

        over |= __builtin_add_overflow(sum, (uint64_t)carry, &sum);
        carry = over;
        v[w] = sum | (v[w] & ~m[w]);
    }
}

static size_t zeros_among(const uint64_t *v, size_t n_bits)
{
    size_t zeros = 0;

    for (size_t i = 0; i < n_bits; i++)
        zeros += !(v[i / 64] >> (i % 64) & 1);
    return zeros;
}

enum zd_status zd_score_rouge_l(const struct zd_score_text *gold, const struct zd_score_text *given,
                                struct zd_arena *arena, double *ret_score, struct zd_error *err)
{
    size_t n_words = (gold->n + 63) / 64;
    uint64_t *v, *mask;
    double common, precision, recall;

    if (gold->n == 0 || given->n == 0) {
        *ret_score = 0;
        return ZD_OK;
    }
    v = zd_arena_array(arena, n_words, sizeof *v);
    mask = zd_arena_array(arena, n_words, sizeof *mask);
    if (!v || !mask)
        return ZD_FAIL(err, ZD_NOMEM, 0, "out of memory for comparing texts");
    memset(v, 0xFF, n_words * sizeof *v);
    for (size_t i = 0; i < given->n; i++) {
        mark_positions(gold, given->p[i], mask);
        lcs_step(v, mask, n_words);
    }
    common = (double)zeros_among(v, gold->n);
    precision = common / (double)given->n;
    recall = common / (double)gold->n;
    *ret_score = common > 0 ? 2 * precision * recall / (precision + recall) : 0;
    return ZD_OK;
}

bool zd_score_contains(const struct zd_score_text *given, const struct zd_score_text *gold)
{
    if (gold->n == 0)
        return false;
    for (size_t i = 0; i + gold->n <= given->n; i++)
        if (memcmp(given->p + i, gold->p, gold->n * sizeof *gold->p) == 0)
            return true;
    return false;
}

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return x < y ? -1 : x > y;
}

void zd_score_refusal(double *yes, size_t n_yes, double *no, size_t n_no, double *ret_auc,
                      double *ret_refused_at_95)
{
    double pairs_won = 0, threshold;
    size_t below = 0, tied = 0, refused = 0;

    qsort(yes, n_yes, sizeof *yes, by_value);
    qsort(no, n_no, sizeof *no, by_value);
    for (size_t i = 0; i < n_yes; i++) {
        while (below < n_no && no[below] < yes[i])
            below++;
        tied = below;
        while (tied < n_no && no[tied] <= yes[i])
            tied++;
        pairs_won += (double)below + (double)(tied - below) / 2;
    }
    threshold = yes[n_yes / 20];
    while (refused < n_no && no[refused] < threshold)
        refused++;
    *ret_auc = pairs_won / ((double)n_yes * (double)n_no);
    *ret_refused_at_95 = (double)refused / (double)n_no;
}
