/* Ranking on a real office of a few documents: what comes first and why. */
#include <math.h>

#include "../answer/office_support.h"

#include "base/caps.h"
#include "store/passage.h"

static struct zd_stored_passage first_passage(struct fixture *f, const char *question)
{
    struct zd_question q = fixture_understand(f, question, 0);
    struct zd_ranking ranking = fixture_rank(f, &q);
    struct zd_stored_passage passage = {0};
    struct zd_error err = {0};

    if (ranking.n == 0)
        fail_msg("%s: nothing found", question);
    if (zd_passage_get(zd_view_store(f->view), zd_subject_visitor(), ranking.p[0].passage, f->arena,
                       &passage, &err) != ZD_OK)
        fail_msg("%s", err.what);
    return passage;
}

static void test_the_passage_that_answers_comes_first(void **state)
{
    static const struct {
        const char *question, *words;
    } rows[] = {
        {"补办居住证收多少钱", "工本费十元"}, {"居住证要带什么材料", "租赁合同"},
        {"办居住证的地点", "听泉路60号"},     {"居住证咨询电话", "0999-80100812"},
        {"养了狗多少天内要登记", "三十日内"}, {"云岫市养犬管理条例第三条", "一点五米"},
        {"云发改价格〔2025〕41号", "立方米"}, {"低保家庭水费免几立方米", "八立方米"},
        {"養犬人申請登記的期限", "三十日内"},
    };
    struct fixture *f = *state;

    for (size_t i = 0; i < ZD_COUNT(rows); i++) {
        struct zd_stored_passage passage = first_passage(f, rows[i].question);

        if (!contains(passage.text, rows[i].words))
            fail_msg("%s: %.*s", rows[i].question, (int)passage.text.n, passage.text.p);
    }
}

static void test_what_is_not_in_force_is_not_ranked(void **state)
{
    struct fixture *f = *state;
    struct zd_question today = fixture_understand(f, "高温津贴标准", 0);
    struct zd_question then = fixture_understand(f, "高温津贴标准", 20200701);
    struct zd_ranking now = fixture_rank(f, &today), past = fixture_rank(f, &then);
    struct zd_stored_passage passage = {0};

    assert_true(past.n > 0);
    assert_int_equal(zd_passage_get(zd_view_store(f->view), zd_subject_visitor(), past.p[0].passage,
                                    f->arena, &passage, NULL),
                     ZD_OK);
    assert_true(contains(passage.text, "高温津贴"));
    for (size_t i = 0; i < now.n; i++)
        assert_int_not_equal(now.p[i].document, past.p[0].document);
}

/* The feature of this name in a ranked passage. */
static float feature(const struct zd_ranked *ranked, const char *name)
{
    for (size_t i = 0; i < zd_rank_features(); i++)
        if (strcmp(zd_rank_feature_name(i), name) == 0)
            return ranked->features[i];
    fail_msg("no feature %s", name);
    return 0.0F;
}

static void test_a_law_that_others_rest_on_has_authority(void **state)
{
    struct fixture *f = *state;
    struct zd_question q = fixture_understand(f, "养犬登记", 0);
    struct zd_ranking ranking = fixture_rank(f, &q);
    float law = -1.0F, rules = -1.0F;

    for (size_t i = 0; i < ranking.n; i++) {
        struct zd_document document = {0};

        assert_int_equal(zd_document_get(zd_view_store(f->view), zd_subject_visitor(),
                                         ranking.p[i].document, f->arena, &document, NULL),
                         ZD_OK);
        if (contains(document.title, "条例"))
            law = feature(&ranking.p[i], "被其他文件引用");
        if (contains(document.title, "细则"))
            rules = feature(&ranking.p[i], "被其他文件引用");
    }
    assert_true(law > 0.0F);
    assert_true(rules >= 0.0F && rules <= 0.0F);
}

static void test_other_regions_rank_behind(void **state)
{
    struct fixture *f = *state;
    struct zd_question q = fixture_understand(f, "西浦区加装电梯补贴", 0);
    struct zd_ranking ranking = fixture_rank(f, &q);
    size_t n_elsewhere = 0;

    assert_true(q.region_from_question);
    assert_str(q.region, "云岫市西浦区");
    for (size_t i = 0; i < ranking.n; i++) {
        const struct zd_ranked *p = &ranking.p[i];

        n_elsewhere += p->elsewhere;
        assert_true(p->elsewhere ? p->rules < 0.0F : p->rules >= 0.0F);
    }
    assert_true(n_elsewhere >= 2);
}

static void test_the_parts_of_an_explanation_add_up(void **state)
{
    struct fixture *f = *state;
    struct zd_question q = fixture_understand(f, "居住证补领收费多少钱", 0);
    struct zd_ranking ranking = fixture_rank(f, &q);

    assert_true(ranking.n > 1);
    for (size_t i = 0; i < ranking.n; i++) {
        struct zd_explanation e = {0};
        float lexical = 0.0F, odds = 0.0F;

        assert_int_equal(zd_explain(&q, &f->reader, &ranking.p[i], f->arena, &e, NULL), ZD_OK);
        for (size_t k = 0; k < e.n_words; k++)
            lexical += e.words[k].part;
        for (size_t k = 0; k < e.n_features; k++) {
            odds += e.features[k].part;
            assert_true(k == 0 || fabsf(e.features[k].part) <= fabsf(e.features[k - 1].part));
        }
        assert_float_equal(lexical, ranking.p[i].lexical, 0.01F * ranking.p[i].lexical + 1e-3F);
        assert_float_equal(odds, ranking.p[i].odds + ranking.p[i].rules, 0.01F);
    }
}

static void test_documents_stand_once_each_in_the_order_of_their_best_passage(void **state)
{
    struct fixture *f = *state;
    struct zd_question q = fixture_understand(f, "养犬登记和居住证", 0);
    struct zd_document_ranking documents = {0};

    assert_int_equal(zd_rank_documents(&q, &f->reader, 3, f->arena, &documents, NULL), ZD_OK);
    assert_int_equal(documents.n, 3);
    for (size_t i = 1; i < documents.n; i++) {
        assert_true(documents.p[i].score <= documents.p[i - 1].score);
        for (size_t k = 0; k < i; k++)
            assert_int_not_equal(documents.p[i].document, documents.p[k].document);
    }
}

static void test_questions_have_limits(void **state)
{
    static char longest[ZD_QUESTION_MAX_BYTES + 1];
    struct fixture *f = *state;
    const struct zd_scope scope = {.today = TODAY};
    const struct {
        struct zd_str text;
        enum zd_status status;
    } rows[] = {
        {ZD_STR(""), ZD_INVALID},
        {ZD_STR(" \t　"), ZD_INVALID},
        {ZD_STR("\xE5\xB1"), ZD_INVALID},
        {ZD_STR("a\xFF"), ZD_INVALID},
        {{longest, ZD_QUESTION_MAX_BYTES}, ZD_OK},
        {{longest, ZD_QUESTION_MAX_BYTES + 1}, ZD_LIMIT},
        {ZD_STR("请问怎么办"), ZD_OK}, /* nothing but a question keeps its words */
    };

    memset(longest, 'a', sizeof longest);
    for (size_t i = 0; i < ZD_COUNT(rows); i++) {
        struct zd_question q = {0};

        assert_int_equal(
            zd_understand(rows[i].text, &scope, zd_view_store(f->view), f->arena, &q, NULL),
            rows[i].status);
        assert_true(rows[i].status != ZD_OK || q.n_terms > 0);
    }
}

static void test_the_scope_is_shown(void **state)
{
    struct fixture *f = *state;
    struct zd_question plain = fixture_understand(f, "高温津贴多少", 0);
    struct zd_question dated = fixture_understand(f, "2020年的时候高温津贴多少", 0);

    assert_str(plain.understood, "高温津贴多少");
    assert_int_equal(plain.on, TODAY);
    assert_int_equal(dated.on, 20201231);
    assert_true(dated.on_from_question);
    assert_true(contains(dated.understood, "2020-12-31"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_passage_that_answers_comes_first),
        cmocka_unit_test(test_what_is_not_in_force_is_not_ranked),
        cmocka_unit_test(test_a_law_that_others_rest_on_has_authority),
        cmocka_unit_test(test_other_regions_rank_behind),
        cmocka_unit_test(test_the_parts_of_an_explanation_add_up),
        cmocka_unit_test(test_documents_stand_once_each_in_the_order_of_their_best_passage),
        cmocka_unit_test(test_questions_have_limits),
        cmocka_unit_test(test_the_scope_is_shown),
    };

    return cmocka_run_group_tests(tests, fixture_open, fixture_close);
}
