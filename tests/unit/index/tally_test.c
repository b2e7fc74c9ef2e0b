/* Facts of given passages and documents against a slow obvious count over random corpora
 * (corpus.h), and scores against those of the search. */
#include "index/lists.h"
#include "index/tally.h"

#include "base/caps.h"
#include "corpus.h"

#define ASKED 40
#define TERMS 30

struct question {
    uint64_t terms[TERMS];
    float weights[TERMS];
    int64_t ids[ASKED];
    uint32_t groups[ASKED];
};

/* Some terms and ids that are nowhere, some twice, in no order. */
static void random_question(struct question *a, struct support_random *r, const struct corpus *c,
                            uint32_t n_groups)
{
    for (size_t t = 0; t < TERMS; t++) {
        a->terms[t] = random_term(r, c->vocabulary + 3) + (uint64_t)t * 7919 % 3;
        a->weights[t] = (float)(1 + support_below(r, 3));
    }
    for (size_t i = 0; i < ASKED; i++) {
        a->ids[i] = (int64_t)support_below(r, 3 * c->n + 9) - 2;
        if (support_below(r, 3))
            a->ids[i] = c->p[support_below(r, c->n)].id;
        a->groups[i] = (uint32_t)support_below(r, n_groups + 3);
    }
}

static uint32_t on_grid(uint32_t tf)
{
    return zd_index__tf_of(zd_index__tf_level(tf));
}

static uint32_t length_on_grid(size_t n)
{
    return zd_index__length_of(zd_index__length_level(n));
}

static const struct passage *live(const struct corpus *c, int64_t id)
{
    for (size_t i = 0; i < c->n; i++)
        if (c->p[i].id == id && !c->p[i].deleted)
            return &c->p[i];
    return NULL;
}

static void check_tally(const struct corpus *c, const struct zd_index *index,
                        const struct zd_index_lists *lists, const struct question *a)
{
    static uint16_t tf[ASKED * TERMS][ZD_FIELD_COUNT];
    struct zd_index_facts facts[ASKED];
    const struct zd_index_tally asked = {.terms = a->terms,
                                         .n_terms = TERMS,
                                         .lists = lists,
                                         .ids = a->ids,
                                         .n = ASKED,
                                         .facts = facts,
                                         .tf = tf};

    support_ok(zd_index_tally(index, &asked, &support_err));
    for (size_t i = 0; i < ASKED; i++) {
        const struct passage *p = live(c, a->ids[i]);
        const bool has = p && p->vector && p->model == c->model;

        assert_int_equal(facts[i].found, p != NULL);
        assert_int_equal(facts[i].vector != NULL, has);
        if (has)
            assert_memory_equal(facts[i].vector, p->vector, c->n_dims);
        for (size_t t = 0; t < TERMS; t++)
            for (int f = 0; f < ZD_FIELD_COUNT; f++)
                assert_int_equal(tf[i * TERMS + t][f],
                                 p ? on_grid(count_in(p, f, a->terms[t])) : 0);
        if (!p)
            continue;
        assert_memory_equal(&facts[i].attributes, &p->a, sizeof p->a);
        for (int f = 0; f < ZD_FIELD_COUNT; f++)
            assert_int_equal(facts[i].n_tokens[f], length_on_grid(p->n[f]));
    }
}

static void check_groups(const struct corpus *c, const struct zd_index *index,
                         const struct zd_index_lists *lists, const struct question *a)
{
    static uint32_t tf[ASKED * TERMS], passages[ASKED * TERMS];
    struct zd_index_group_facts facts[ASKED];
    const struct zd_index_group_tally asked = {.terms = a->terms,
                                               .n_terms = TERMS,
                                               .lists = lists,
                                               .groups = a->groups,
                                               .n = ASKED,
                                               .facts = facts,
                                               .tf = tf,
                                               .passages = passages};

    support_ok(zd_index_tally_groups(index, &asked, &support_err));
    for (size_t g = 0; g < ASKED; g++) {
        struct zd_index_group_facts want = {0};
        uint32_t want_tf[TERMS] = {0}, want_passages[TERMS] = {0};

        for (size_t i = 0; i < c->n; i++) {
            const struct passage *p = &c->p[i];

            if (p->deleted || p->a.group != a->groups[g])
                continue;
            want.n_passages++;
            for (int f = 0; f < ZD_FIELD_COUNT; f++)
                want.n_tokens[f] += length_on_grid(p->n[f]);
            for (size_t t = 0; t < TERMS; t++) {
                want_tf[t] += on_grid(count_in(p, ZD_FIELD_BODY, a->terms[t]));
                want_passages[t] += count_in(p, 0, a->terms[t]) || count_in(p, 1, a->terms[t]) ||
                                    count_in(p, 2, a->terms[t]);
            }
        }
        assert_int_equal(facts[g].n_passages, want.n_passages);
        for (int f = 0; f < ZD_FIELD_COUNT; f++)
            assert_int_equal(facts[g].n_tokens[f], want.n_tokens[f]);
        assert_memory_equal(tf + g * TERMS, want_tf, sizeof want_tf);
        assert_memory_equal(passages + g * TERMS, want_passages, sizeof want_passages);
    }
}

/* A search says the same with lists that were found before. */
static void check_search_with_lists(const struct zd_index *index, const struct zd_index_query *q,
                                    const struct zd_index_hit *hits, size_t n)
{
    static struct zd_index_hit again[ZD_TOP_MAX];
    struct zd_index_query with = *q;
    struct zd_index_lists *lists = NULL;
    size_t n_again = 0;

    support_ok(zd_index_lists_find(index, q->terms, q->n_terms, &lists, &support_err));
    with.lists = lists;
    support_ok(zd_index_search(index, &with, again, &n_again, &support_err));
    for (size_t t = 0; t < q->n_terms; t++)
        assert_int_equal(zd_index_lists_frequency(lists, t),
                         zd_index_document_frequency(index, q->terms[t]));
    assert_int_equal(n_again, n);
    for (size_t i = 0; i < n; i++) {
        assert_int_equal(again[i].id, hits[i].id);
        assert_true(again[i].score == hits[i].score);
    }
    zd_index_lists_free(lists);
}

/* Scores are those of the search itself, bit for bit. */
static void check_scores(const struct corpus *c, const struct zd_index *index,
                         const struct question *a, struct support_random *r)
{
    static struct zd_index_hit hits[ZD_TOP_MAX];
    struct zd_index_query q = {.terms = a->terms,
                               .weights = a->weights,
                               .field_weights = {1.5F, 1.0F, (float)support_below(r, 3)},
                               .field_b = {0, (float)support_below(r, 2) / 2, 0.75F},
                               .k1 = 0.9F,
                               .top = ZD_TOP_MAX};
    static uint16_t tf[ASKED * TERMS][ZD_FIELD_COUNT]; /* taken in the same walk */
    float scores[ASKED];
    size_t n = 0;

    while (q.n_terms < TERMS) { /* a query's terms are distinct: the first run that is */
        bool twice = false;

        for (size_t k = 0; k < q.n_terms; k++)
            twice = twice || a->terms[k] == a->terms[q.n_terms];
        if (twice)
            break;
        q.n_terms++;
    }
    support_ok(zd_index_search(index, &q, hits, &n, &support_err));
    check_search_with_lists(index, &q, hits, n);
    support_ok(zd_index_tally(index,
                              &(struct zd_index_tally){.terms = a->terms,
                                                       .n_terms = q.n_terms,
                                                       .ids = a->ids,
                                                       .n = ASKED,
                                                       .query = &q,
                                                       .tf = tf,
                                                       .scores = scores},
                              &support_err));
    for (size_t i = 0; i < ASKED; i++) {
        float want = 0.0F;

        for (size_t k = 0; k < n; k++)
            if (hits[k].id == a->ids[i])
                want = hits[k].score;
        if (n < ZD_TOP_MAX) /* all that have any of the terms are among the hits */
            assert_true(scores[i] == want);
        else if (want > 0.0F)
            assert_true(scores[i] == want);
        if (!live(c, a->ids[i]))
            assert_true(scores[i] == 0.0F);
    }
}

static void look(const struct corpus *c, const struct zd_index *index, struct support_random *r,
                 uint32_t n_groups)
{
    struct question a;

    if (c->n == 0)
        return;
    for (int round = 0; round < 6; round++) {
        struct zd_index_lists *lists = NULL;

        random_question(&a, r, c, n_groups);
        if (round % 2 == 0)
            support_ok(zd_index_lists_find(index, a.terms, TERMS, &lists, &support_err));
        check_tally(c, index, lists, &a);
        check_groups(c, index, lists, &a);
        zd_index_lists_free(lists);
        check_scores(c, index, &a, r);
    }
}

static void test_small_corpora_agree_with_the_reference(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 80; seed++)
        corpus_life(seed, 1 + (size_t)seed * 3, 30, 40 + (uint32_t)seed * 3, 4, look);
}

/* Lists of many blocks, packed ones and bitmaps. */
static void test_long_lists_agree_with_the_reference(void **state)
{
    (void)state;
    corpus_life(3000, 20000, 12, 400, 2, look);
    corpus_life(3001, 8000, 40, 3000, 1, look);
}

static void test_refuses_more_than_its_limit(void **state)
{
    struct zd_index *index = NULL;
    const struct zd_index_tally asked = {.n = (size_t)1 << 23, .n_terms = 3};
    const struct zd_index_group_tally groups = {.n = (size_t)1 << 23, .n_terms = 3};

    (void)state;
    support_ok(zd_index_open("/nowhere", 0, &index, &support_err));
    assert_int_equal(zd_index_tally(index, &asked, &support_err), ZD_INVALID);
    assert_int_equal(zd_index_tally_groups(index, &groups, &support_err), ZD_INVALID);
    zd_index_close(index);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_small_corpora_agree_with_the_reference),
        cmocka_unit_test(test_long_lists_agree_with_the_reference),
        cmocka_unit_test(test_refuses_more_than_its_limit),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
