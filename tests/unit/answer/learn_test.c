/* Learning answers from examples, and keeping what was learnt. */
#include "answer/learn.h"

#include "answer/answer_private.h"
#include "office_support.h"

/* What the office of the fixture is asked, and the exact words that answer. */
static const struct {
    const char *question, *answer;
    int32_t on;
} golds[] = {
    {"第一阶梯水价为每立方米多少", "三元二角", 0},
    {"第二阶梯水价为每立方米多少", "四元八角", 0},
    {"低保家庭每月免收多少水费", "八立方米", 0},
    {"高温津贴标准为每人每月多少", "二百元", 20200701},
    {"高温津贴由谁按月发放", "用人单位", 20200701},
    {"停车场、学校等用水怎么规定", "另行规定", 0},
};

static void teach(struct fixture *f, struct zd_answer_learner *learner, size_t times)
{
    for (size_t i = 0; i < times * ZD_COUNT(golds); i++) {
        const size_t at = i % ZD_COUNT(golds);
        const struct zd_str answer = zd_str_c(golds[at].answer);
        const struct zd_answer_gold gold = {
            .answers = &answer, .n_answers = 1, .fold = (uint32_t)(i % 3)};
        struct zd_question q = fixture_understand(f, golds[at].question, golds[at].on);
        struct zd_ranking ranking = fixture_rank(f, &q);

        assert_int_equal(zd_answer_learner_add(learner, &q, &ranking, zd_view_store(f->view),
                                               zd_subject_visitor(), &gold, NULL),
                         ZD_OK);
    }
}

static void learn(struct fixture *f, size_t times, struct zd_buf *out)
{
    const struct zd_answer_learning options = {.seed = 1};
    struct zd_answer_learner *learner = NULL;
    struct zd_error err = {0};

    assert_int_equal(zd_answer_learner_new(&learner, NULL), ZD_OK);
    teach(f, learner, times);
    *out = (struct zd_buf){.max = (size_t)1 << 22};
    if (zd_answer_learn(learner, &options, out, &err) != ZD_OK)
        fail_msg("%s", err.what);
    zd_answer_learner_free(learner);
}

static struct zd_answer ask(struct fixture *f, size_t at, const struct zd_answer_model *model)
{
    const struct zd_answer_options options = {.threshold = 0.001, .model = model};
    struct zd_question q = fixture_understand(f, golds[at].question, golds[at].on);
    struct zd_ranking ranking = fixture_rank(f, &q);
    struct zd_answer answer = {0};

    assert_int_equal(zd_answer_make(&q, &ranking, &f->reader, &options, f->arena, &answer, NULL),
                     ZD_OK);
    return answer;
}

/* Most of what was taught is answered, in fewer words than without having been taught. */
static void test_answers_as_it_was_taught(void **state)
{
    struct fixture *f = *state;
    struct zd_answer_model *model = NULL;
    struct zd_buf bytes;
    size_t rough = 0, taught = 0, right = 0;

    learn(f, 16, &bytes);
    assert_int_equal(zd_answer_model_read((struct zd_bytes){bytes.p, bytes.n}, &model, NULL),
                     ZD_OK);
    for (size_t i = 0; i < ZD_COUNT(golds); i++) {
        struct zd_answer answer = ask(f, i, model);

        print_message("  %s: %.*s\n", golds[i].question, (int)answer.answer.n, answer.answer.p);
        rough += ask(f, i, NULL).answer.n;
        taught += answer.answer.n;
        right += zd_str_find(answer.answer, zd_str_c(golds[i].answer), 0) != SIZE_MAX;
    }
    print_message("  %zu bytes of answers, %zu without a model\n", taught, rough);
    assert_true(right >= 3);
    assert_true(taught < rough / 2);
    zd_answer_model_free(model);
    zd_buf_done(&bytes);
}

static void test_the_same_examples_give_the_same_bytes(void **state)
{
    struct zd_buf a, b;

    learn(*state, 4, &a);
    learn(*state, 4, &b);
    assert_int_equal(a.n, b.n);
    assert_memory_equal(a.p, b.p, a.n);
    zd_buf_done(&a);
    zd_buf_done(&b);
}

static void test_refuses_a_damaged_model(void **state)
{
    struct zd_answer_model *model = NULL;
    struct zd_buf bytes;

    learn(*state, 4, &bytes);
    for (size_t i = 0; i < bytes.n; i += 1 + i / 64) {
        bytes.p[i] ^= 0x20;
        assert_int_equal(zd_answer_model_read((struct zd_bytes){bytes.p, bytes.n}, &model, NULL),
                         ZD_CORRUPT);
        bytes.p[i] ^= 0x20;
        assert_int_equal(zd_answer_model_read((struct zd_bytes){bytes.p, i}, &model, NULL),
                         ZD_CORRUPT);
    }
    assert_null(model);
    zd_buf_done(&bytes);
}

static void test_refuses_to_learn_from_nothing(void **state)
{
    const struct zd_answer_learning options = {.leave_out = true, .fold = 0};
    struct zd_answer_learner *learner = NULL;
    struct zd_buf bytes = {.max = (size_t)1 << 22};

    (void)state;
    assert_int_equal(zd_answer_learner_new(&learner, NULL), ZD_OK);
    assert_int_equal(zd_answer_learn(learner, &options, &bytes, NULL), ZD_INVALID);
    assert_int_equal(bytes.n, 0);
    zd_answer_learner_free(learner);
    zd_buf_done(&bytes);
}

static bool stop(void *context, size_t done, size_t of)
{
    size_t *calls = context;

    assert_true(done <= of);
    return ++*calls < 3;
}

static void test_stops_when_told(void **state)
{
    size_t calls = 0;
    const struct zd_answer_learning options = {.progress = stop, .context = &calls};
    struct zd_answer_learner *learner = NULL;
    struct zd_buf bytes = {.max = (size_t)1 << 22};

    assert_int_equal(zd_answer_learner_new(&learner, NULL), ZD_OK);
    teach(*state, learner, 4);
    assert_int_equal(zd_answer_learn(learner, &options, &bytes, NULL), ZD_BUSY);
    assert_int_equal(calls, 3);
    zd_answer_learner_free(learner);
    zd_buf_done(&bytes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_answers_as_it_was_taught),
        cmocka_unit_test(test_the_same_examples_give_the_same_bytes),
        cmocka_unit_test(test_refuses_a_damaged_model),
        cmocka_unit_test(test_refuses_to_learn_from_nothing),
        cmocka_unit_test(test_stops_when_told),
    };

    return cmocka_run_group_tests(tests, fixture_open, fixture_close);
}
