/* Answers and refusals of a real office of a few documents. */
#include "office_support.h"

#include "base/utf8.h"
#include "store/version.h"

static struct zd_answer ask(struct fixture *f, const char *text, int32_t on, double threshold)
{
    struct zd_question q = fixture_understand(f, text, on);
    struct zd_ranking ranking = fixture_rank(f, &q);
    const struct zd_answer_options options = {.threshold = threshold,
                                              .contact = ZD_STR("0999-12345")};
    struct zd_answer answer = {0};
    struct zd_error err = {0};

    if (zd_answer_make(&q, &ranking, &f->reader, &options, f->arena, &answer, &err) != ZD_OK)
        fail_msg("%s: %s", text, err.what);
    return answer;
}

static void test_answers_in_the_documents_words(void **state)
{
    static const struct {
        const char *question, *words;
    } rows[] = {
        {"补领居住证收多少钱", "补领每证收取工本费十元"},
        {"居住证要带什么材料", "租赁合同"},
        {"办居住证要多久", "十个工作日"},
        {"居住证在哪里办", "听泉路60号一楼大厅"},
        {"居住证咨询电话", "0999-80100812"},
        {"居住证的受理条件", "满半年"},
        {"养犬多少天内申请登记", "三十日内"},
        {"低保家庭每月免收多少水费", "八立方米"},
    };
    struct fixture *f = *state;

    for (size_t i = 0; i < ZD_COUNT(rows); i++) {
        struct zd_answer answer = ask(f, rows[i].question, 0, 0.001);

        if (answer.refused || !contains(answer.answer, rows[i].words))
            fail_msg("%s: %.*s", rows[i].question, (int)answer.answer.n, answer.answer.p);
        assert_true(answer.n_citations >= 1);
        assert_true(contains(answer.citations[0].text, rows[i].words));
    }
}

static void test_a_citation_points_at_its_words(void **state)
{
    struct fixture *f = *state;
    struct zd_answer answer = ask(f, "养犬多少天内申请登记", 0, 0.001);

    for (size_t i = 0; i < answer.n_citations; i++) {
        const struct zd_citation *c = &answer.citations[i];
        struct zd_document document = {0};
        struct zd_version version = {0};
        struct zd_str text = {0};
        struct zd_store *store = zd_view_store(f->view);

        assert_int_equal(
            zd_document_find(store, zd_subject_visitor(), c->document, f->arena, &document, NULL),
            ZD_OK);
        assert_int_equal(zd_version_find(store, zd_subject_visitor(), document.key, c->version,
                                         f->arena, &version, NULL),
                         ZD_OK);
        assert_int_equal(zd_version_text(store, zd_subject_visitor(), version.key, 0, UINT64_MAX,
                                         f->arena, &text, NULL),
                         ZD_OK);
        assert_true(zd_str_eq(
            zd_str_cut(text, zd_utf8_byte_of(text, c->start), zd_utf8_byte_of(text, c->end)),
            c->text));
    }
    assert_true(contains(answer.citations[0].path, "第二条"));
    assert_int_equal(answer.citations[0].status, ZD_IN_FORCE);
    assert_int_equal(answer.citations[0].effective, 20240101);
}

static void test_refuses_what_it_does_not_know(void **state)
{
    struct fixture *f = *state;
    struct zd_answer answer = ask(f, "火星上有没有恐龙化石博物馆", 0, 0);

    assert_true(answer.refused);
    assert_int_equal(answer.refusal, ZD_REFUSAL_NOTHING);
    assert_int_equal(answer.answer.n, 0);
    assert_int_equal(answer.n_citations, 0);
    assert_true(contains(answer.reason, "0999-12345"));
}

static void test_says_when_only_dead_texts_speak(void **state)
{
    struct fixture *f = *state;
    struct zd_answer today = ask(f, "高温津贴每人每月多少元", 0, 0.6);
    struct zd_answer then = ask(f, "高温津贴每人每月多少元", 20200701, 0.6);

    assert_true(today.refused);
    assert_int_equal(today.refusal, ZD_REFUSAL_NOT_IN_FORCE);
    assert_true(contains(today.reason, "2026-11-24"));
    assert_false(then.refused);
    assert_true(contains(then.answer, "二百元"));
}

static void test_a_neighbours_rule_is_no_answer(void **state)
{
    struct fixture *f = *state;
    struct zd_answer here = ask(f, "东屏区加装电梯每台补贴多少", 0, 0.001);
    struct zd_answer there = ask(f, "西浦区加装电梯每台补贴多少", 0, 0.001);

    assert_false(here.refused);
    assert_true(contains(here.answer, "二十万元"));
    assert_true(contains(here.question.understood, "云岫市东屏区"));
    assert_true(there.refused);
    assert_int_equal(there.refusal, ZD_REFUSAL_OTHER_REGION);
    assert_true(contains(there.reason, "西浦区"));
}

static void test_a_row_is_given_with_the_names_of_its_columns(void **state)
{
    struct fixture *f = *state;
    struct zd_answer answer = ask(f, "公共停车场包月收费标准", 0, 0.001);

    assert_str(answer.answer, "项目：公共停车场包月；标准：三百元");
}

static void test_the_threshold_is_the_gate(void **state)
{
    struct fixture *f = *state;
    struct zd_answer open = ask(f, "补领居住证收多少钱", 0, 0.001);
    struct zd_answer shut = ask(f, "补领居住证收多少钱", 0, 0.9999999);

    assert_false(open.refused);
    assert_true(shut.refused);
    assert_float_equal(open.confidence, shut.confidence, 1e-12);
    assert_true(open.confidence > 0.0 && open.confidence < 1.0);
}

static void test_citations_are_as_many_as_allowed(void **state)
{
    struct fixture *f = *state;
    struct zd_question q = fixture_understand(f, "养犬登记", 0);
    struct zd_ranking ranking = fixture_rank(f, &q);
    const struct zd_answer_options options = {.threshold = 0.001, .max_citations = 1};
    struct zd_answer answer = {0};

    assert_int_equal(zd_answer_make(&q, &ranking, &f->reader, &options, f->arena, &answer, NULL),
                     ZD_OK);
    assert_int_equal(answer.n_citations, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_answers_in_the_documents_words),
        cmocka_unit_test(test_a_citation_points_at_its_words),
        cmocka_unit_test(test_refuses_what_it_does_not_know),
        cmocka_unit_test(test_says_when_only_dead_texts_speak),
        cmocka_unit_test(test_a_neighbours_rule_is_no_answer),
        cmocka_unit_test(test_a_row_is_given_with_the_names_of_its_columns),
        cmocka_unit_test(test_the_threshold_is_the_gate),
        cmocka_unit_test(test_citations_are_as_many_as_allowed),
    };

    return cmocka_run_group_tests(tests, fixture_open, fixture_close);
}
