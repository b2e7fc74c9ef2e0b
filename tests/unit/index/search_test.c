/* The index against a slow obvious reference: thousands of random corpora (corpus.h), edits, filters
 * and queries. The reference follows the formula at the head of score.h step by step; the only
 * numbers it takes from the index are the document frequencies and mean lengths of corpora with
 * deletions, where they are allowed to lag. */
#include "index/index.h"

#include "base/caps.h"
#include "corpus.h"

struct reference {
    float w[256], mean[ZD_FIELD_COUNT];
    int shift;
};

static void reference_prepare(const struct corpus *c, const struct zd_index *index,
                              const struct zd_index_query *q, struct reference *ref)
{
    struct zd_index_figures figures;
    double n_docs, sum = 0.0, total[ZD_FIELD_COUNT] = {0};
    int exponent;

    zd_index_figures(index, &figures);
    n_docs = c->lagging ? (double)figures.n_passages : (double)c->n;
    for (size_t i = 0; i < c->n; i++)
        for (int f = 0; f < ZD_FIELD_COUNT; f++)
            total[f] += zd_index__length_of(zd_index__length_level(c->p[i].n[f]));
    for (int f = 0; f < ZD_FIELD_COUNT; f++) {
        ref->mean[f] = (float)(c->lagging ? figures.mean_length[f] : total[f] / n_docs);
        if (!(ref->mean[f] > 0.0F))
            ref->mean[f] = 1.0F;
    }
    for (size_t t = 0; t < q->n_terms; t++) {
        uint32_t seen = zd_index_document_frequency(index, q->terms[t]), df = 0;

        for (size_t i = 0; i < c->n; i++)
            df += count_in(&c->p[i], 0, q->terms[t]) || count_in(&c->p[i], 1, q->terms[t]) ||
                  count_in(&c->p[i], 2, q->terms[t]);
        if (!c->lagging)
            assert_int_equal(df, seen);
        df = seen;
        ref->w[t] =
            df ? (float)(q->weights[t] * log(1.0 + (n_docs - df + 0.5) / (df + 0.5))) : 0.0F;
        sum += (double)ref->w[t];
    }
    ref->shift = 0;
    if (sum > 0.0) {
        (void)frexp((16777216.0 - 8192) / sum, &exponent);
        ref->shift = exponent - 1;
    }
}

static int32_t reference_part(const struct reference *ref, const struct zd_index_query *q,
                              const struct passage *p, size_t t)
{
    float x[ZD_FIELD_COUNT], sum, w = ldexpf(ref->w[t], ref->shift);

    for (int f = 0; f < ZD_FIELD_COUNT; f++) {
        uint32_t tf = zd_index__tf_of(zd_index__tf_level(count_in(p, f, q->terms[t])));
        uint32_t length = zd_index__length_of(zd_index__length_level(p->n[f]));
        float r = 1.0F / (1.0F - q->field_b[f] +
                          q->field_b[f] * (float)(length ? length : 1) / ref->mean[f]);

        x[f] = q->field_weights[f] * (float)tf * r;
    }
    sum = (x[0] + x[1]) + x[2];
    return (int32_t)(w * (sum / (q->k1 + sum)) + 0.5F);
}

struct expected {
    int32_t score;
    int64_t id;
    const struct passage *p;
};

static int compare_expected(const void *a, const void *b)
{
    const struct expected *x = a, *y = b;

    if (x->score != y->score)
        return x->score > y->score ? -1 : 1;
    return x->id < y->id ? -1 : x->id > y->id;
}

/* ---- random queries ---- */

struct random_query {
    struct zd_index_query q;
    uint64_t terms[256];
    float weights[256];
    uint32_t regions[3], groups[8];
};

static int compare_u32(const void *a, const void *b)
{
    return *(const uint32_t *)a < *(const uint32_t *)b ? -1 : 1;
}

static void random_filter(struct random_query *rq, struct support_random *r, uint32_t n_groups)
{
    struct zd_index_filter *f = &rq->q.filter;
    size_t n = 0;

    if (support_below(r, 2))
        f->on = (int32_t)(20200100 + support_below(r, 3) + support_below(r, 9) * 10000);
    if (support_below(r, 3) == 0)
        f->access = (uint32_t)support_below(r, 8);
    if (support_below(r, 3) == 0) {
        f->n_regions = (size_t)support_below(r, 3);
        for (size_t i = 0; i < f->n_regions; i++)
            rq->regions[i] = (uint32_t)support_below(r, 4);
    }
    if (support_below(r, 4) == 0) {
        for (size_t i = 0; i < 8; i++)
            rq->groups[i] = (uint32_t)support_below(r, n_groups + 1);
        qsort(rq->groups, 8, sizeof *rq->groups, compare_u32);
        for (size_t i = 0; i < 8; i++)
            if (i == 0 || rq->groups[i] != rq->groups[n - 1])
                rq->groups[n++] = rq->groups[i];
        f->n_groups = n;
    }
    f->regions = rq->regions;
    f->groups = rq->groups;
}

static void random_query(struct random_query *rq, struct support_random *r, const struct corpus *c,
                         uint32_t n_groups)
{
    static const float ones[] = {1.0F, 1.0F, 1.0F};
    size_t want = 1 + (size_t)support_below(r, support_below(r, 4) ? 12 : 90);

    *rq = (struct random_query){.q = {.terms = rq->terms, .weights = rq->weights}};
    for (size_t i = 0; i < want; i++) {
        uint64_t term = random_term(r, c->vocabulary + c->vocabulary / 8);
        bool twice = false;

        for (size_t k = 0; k < rq->q.n_terms; k++)
            twice = twice || rq->terms[k] == term;
        if (twice)
            continue;
        rq->terms[rq->q.n_terms] = term;
        rq->weights[rq->q.n_terms++] =
            support_below(r, 3) ? 1.0F : (float)support_below(r, 40) / 8.0F;
    }
    for (int f = 0; f < ZD_FIELD_COUNT; f++) {
        rq->q.field_weights[f] = support_below(r, 2) ? ones[f] : (float)support_below(r, 50) / 10;
        rq->q.field_b[f] = support_below(r, 2) ? 0.75F : (float)support_below(r, 11) / 10;
    }
    rq->q.k1 = support_below(r, 2) ? 1.2F : 0.01F + (float)support_below(r, 40) / 10;
    rq->q.top = 1 + (size_t)support_below(r, support_below(r, 3) ? 20 : 1000);
    if (support_below(r, 2))
        random_filter(rq, r, n_groups);
}

/* ---- comparing ---- */

static void check_hits(const struct zd_index *index, const struct zd_index_query *q,
                       const struct expected *want, size_t n_want, int shift)
{
    static struct zd_index_hit hits[ZD_TOP_MAX];
    size_t n = 0;

    support_ok(zd_index_search(index, q, hits, &n, &support_err));
    assert_int_equal(n, n_want < q->top ? n_want : q->top);
    for (size_t i = 0; i < n; i++) {
        assert_int_equal(hits[i].id, want[i].id);
        assert_int_equal(hits[i].group, want[i].p->a.group);
        assert_true(hits[i].score == ldexpf((float)want[i].score, -shift));
    }
}

static void check_explanation(const struct zd_index *index, const struct zd_index_query *q,
                              const struct reference *ref, const struct expected *want)
{
    float parts[256];

    support_ok(zd_index_explain(index, q, want->id, parts, &support_err));
    for (size_t t = 0; t < q->n_terms; t++)
        assert_true(parts[t] == ldexpf((float)reference_part(ref, q, want->p, t), -ref->shift));
}

static void check_count(const struct corpus *c, const struct zd_index *index,
                        const struct zd_index_query *q)
{
    uint64_t want = 0, got = 0;

    for (size_t i = 0; i < c->n; i++) {
        bool has = false;

        for (size_t t = 0; t < q->n_terms; t++)
            for (int f = 0; f < ZD_FIELD_COUNT; f++)
                has = has || count_in(&c->p[i], f, q->terms[t]) > 0;
        want += has && passes(&c->p[i], &q->filter);
    }
    support_ok(zd_index_count(index, q->terms, q->n_terms, &q->filter, &got, &support_err));
    assert_int_equal(got, want);
}

static void check_query(const struct corpus *c, const struct zd_index *index,
                        struct zd_index_query *q)
{
    struct expected *want = calloc(c->n + 1, sizeof *want);
    struct reference ref;
    size_t n = 0;

    assert_non_null(want);
    reference_prepare(c, index, q, &ref);
    for (size_t i = 0; i < c->n; i++) {
        int32_t score = 0;

        if (!passes(&c->p[i], &q->filter))
            continue;
        for (size_t t = 0; t < q->n_terms; t++)
            score += reference_part(&ref, q, &c->p[i], t);
        if (score > 0)
            want[n++] = (struct expected){score, c->p[i].id, &c->p[i]};
    }
    qsort(want, n, sizeof *want, compare_expected);
    q->exhaustive = true;
    check_hits(index, q, want, n, ref.shift);
    q->exhaustive = false;
    check_hits(index, q, want, n, ref.shift);
    if (n > 0) {
        check_explanation(index, q, &ref, &want[0]);
        check_explanation(index, q, &ref, &want[n - 1]);
    }
    check_count(c, index, q);
    free(want);
}

/* ---- the tests ---- */

static void ask(const struct corpus *c, const struct zd_index *index, struct support_random *r,
                uint32_t n_groups, int n_queries)
{
    for (int q = 0; q < n_queries; q++) {
        struct random_query rq;

        random_query(&rq, r, c, n_groups);
        check_query(c, index, &rq.q);
    }
}

static void ask_twelve(const struct corpus *c, const struct zd_index *index,
                       struct support_random *r, uint32_t n_groups)
{
    ask(c, index, r, n_groups, 12);
}

static void ask_twenty(const struct corpus *c, const struct zd_index *index,
                       struct support_random *r, uint32_t n_groups)
{
    ask(c, index, r, n_groups, 20);
}

static void test_small_corpora_agree_with_the_reference(void **state)
{
    const uint64_t n = support_rounds(150);

    (void)state;
    for (uint64_t seed = 1; seed <= n; seed++)
        corpus_life(seed, 1 + (size_t)seed * 2, 30, 40 + (uint32_t)seed * 3, 4, ask_twelve);
    print_message("  %llu background mergings taken over\n", (unsigned long long)corpus_adopted);
    assert_true(corpus_adopted > (n < 150 ? 0 : 10));
}

static void test_middling_corpora_agree_with_the_reference(void **state)
{
    (void)state;
    for (uint64_t seed = 1000; seed < 1000 + support_rounds(8); seed++)
        corpus_life(seed, 3000, 60, 400, 2, ask_twenty);
}

/* More passages than one window of the search, short ones so that the reference keeps up. */
static void test_many_windows_agree_with_the_reference(void **state)
{
    (void)state;
    corpus_life(2000, 70000, 6, 300, 1, ask_twelve);
    corpus_life(2001, 40000, 12, 5000, 1, ask_twelve);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_small_corpora_agree_with_the_reference),
        cmocka_unit_test(test_middling_corpora_agree_with_the_reference),
        cmocka_unit_test(test_many_windows_agree_with_the_reference),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
