/* Reading sources with a question in mind: matches, pieces, and the runs that could answer. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "answer/answer_private.h"

#define SOURCES 2

/* A question and its sources, as the ranking would hand them over: every term weighs one. */
struct scene {
    struct zd_arena *arena;
    struct zd_question question;
    struct zd_ranking ranking;
    struct zd_ranked ranked[SOURCES];
    struct zd_answer__source sources[SOURCES];
    struct zd_answer__reading reading;
};

static void scene_open(struct scene *s, const char *question, const char *first, const char *second)
{
    struct zd_token_list tokens = {0};
    float *weights;

    *s = (struct scene){.arena = zd_arena_new((size_t)1 << 24)};
    assert_int_equal(zd_tokens_of(zd_str_c(question), s->arena, &s->question.folded, &tokens, NULL),
                     ZD_OK);
    s->question.terms = zd_arena_array(s->arena, tokens.n, sizeof(uint64_t));
    weights = zd_arena_array(s->arena, tokens.n, sizeof *weights);
    for (size_t i = 0; i < tokens.n; i++)
        if (tokens.p[i].kind != ZD_TOKEN_CHAR) {
            weights[s->question.n_terms] = 1.0F;
            s->question.terms[s->question.n_terms++] = tokens.p[i].term;
        }
    s->question.n_said = s->question.n_terms;
    s->ranking = (struct zd_ranking){.p = s->ranked, .n = SOURCES, .term_weights = weights};
    for (size_t i = 0; i < SOURCES; i++) {
        s->ranked[i].score = 2.0F - (float)i;
        s->sources[i] = (struct zd_answer__source){
            &s->ranked[i], {.text = zd_str_c(i ? second : first), .ordinal = 1}};
    }
    assert_int_equal(zd_answer__read(&s->question, &s->ranking, s->sources, SOURCES, s->arena,
                                     &s->reading, NULL),
                     ZD_OK);
}

static struct zd_str words_of(const struct scene *s, const struct zd_answer__run *run)
{
    uint32_t source, start, end;

    zd_answer__run_bytes(&s->reading, run, &source, &start, &end);
    return zd_str_cut(s->sources[source].passage.text, start, end);
}

/* Whether some run of pieces is exactly these words. */
static bool can_say(const struct scene *s, const char *words)
{
    for (size_t from = 0; from < s->reading.n_pieces; from++)
        for (size_t to = from + 1; to <= s->reading.n_pieces; to++)
            if (s->reading.pieces[to - 1].source == s->reading.pieces[from].source &&
                zd_str_eq(
                    zd_str_trim(words_of(s, &(struct zd_answer__run){.from = from, .to = to})),
                    zd_str_c(words)))
                return true;
    return false;
}

static void test_pieces_begin_and_end_where_answers_do(void **state)
{
    static const struct {
        const char *question, *text, *answer;
    } rows[] = {
        {"保障哪些物资优先通行", "恢复开通出口，保障应急物资、医护人员等优先通行。",
         "应急物资、医护人员等"},
        {"工作时间到几点", "每日工作时间为9时至17时30分，周末除外。", "17时30分"},
        {"推出什么活动让市民看讲座", "科技馆推出“网游科技馆”活动，市民可看讲座。", "网游科技馆"},
        {"按上年额度的多少提前拨付", "按上年额度的50%提前拨付补助资金。", "50%"},
        {"開放了幾個方艙醫院", "目前，已經開放了9個方艙醫院。", "9個"},
        {"印发了什么文件", "卫生部门编制印发了《人群防护指南》，并已公布。", "《人群防护指南》"},
    };

    (void)state;
    for (size_t i = 0; i < ZD_COUNT(rows); i++) {
        struct scene s;

        scene_open(&s, rows[i].question, rows[i].text, "无关的话。");
        if (!can_say(&s, rows[i].answer))
            fail_msg("%s: no run is %s", rows[i].text, rows[i].answer);
        zd_arena_free(s.arena);
    }
}

static void test_knows_what_stands_beside_the_question_word(void **state)
{
    struct scene s;
    bool found = false;

    (void)state;
    scene_open(&s, "贷款用于哪些项目", "六亿元应急贷款专项用于防护用品生产。", "其他贷款。");
    for (size_t i = 0; i < s.reading.n_pieces; i++) {
        const float *f = s.reading.features + i * ZD_ANSWER__FEATURES;

        if (s.reading.signs[s.reading.pieces[i].from].folded != 0x9632) /* 防 */
            continue;
        found = true;
        assert_float_equal(f[ZD_ANSWER__F_MATCH_LEFT], 0, 1e-6);
        assert_float_equal(f[ZD_ANSWER__F_WORD_LEFT], 0, 1e-6); /* 于 stands right before 哪些 */
        assert_float_equal(f[ZD_ANSWER__F_LEAD_LEFT], 0, 1e-6);
        assert_float_equal(f[ZD_ANSWER__F_MATCHED], 0, 1e-6);
    }
    assert_true(found);
    zd_arena_free(s.arena);
}

static size_t clause_last(const struct zd_answer__reading *r, size_t piece)
{
    size_t last = piece;

    for (size_t i = piece; i < r->n_pieces && r->pieces[i].clause == r->pieces[piece].clause; i++)
        if (r->pieces[i].n_letters > 0)
            last = i;
    return last;
}

/* The first run found is the best of all by the definition of F1. */
static void test_the_first_run_is_the_best_of_all(void **state)
{
    uint32_t seed = 7;

    (void)state;
    for (int round = 0; round < 100; round++) {
        struct scene s;
        struct zd_answer__runs runs = {.n = 0};
        const struct zd_answer__piece *p;
        double best = -1.0;

        scene_open(&s, "保障哪些物资", "应急物资、医护人员等优先，保障供应。价格稳定，数量充足。",
                   "保障3类物资，其中生活物资5项。");
        p = s.reading.pieces;
        for (size_t i = 0; i < s.reading.n_pieces; i++) {
            seed = seed * 1664525u + 1013904223u;
            s.reading.pieces[i].p = (float)((seed >> 16) % 100) / 100.0F;
        }
        zd_answer__find_runs(&s.reading, &runs);
        assert_true(runs.n > 0 && runs.n <= ZD_ANSWER__RUNS);
        for (size_t from = 0; from < s.reading.n_pieces; from++) {
            double e = 0, letters = 0, all = 0;

            for (size_t i = 0; i < s.reading.n_pieces; i++)
                if (p[i].source == p[from].source)
                    all += (double)p[i].p * p[i].n_letters;
            for (size_t i = from; i < s.reading.n_pieces && p[i].source == p[from].source; i++) {
                e += (double)p[i].p * p[i].n_letters;
                letters += p[i].n_letters;
                if (p[i].clause == p[from].clause || clause_last(&s.reading, i) == i)
                    best = fmax(best, letters > 0 ? 2 * e / (letters + fmax(all, 1.0)) : 0);
            }
        }
        assert_float_equal((double)runs.p[0].f, best, 1e-4);
        zd_arena_free(s.arena);
    }
}

static void test_runs_over_clauses_end_with_one(void **state)
{
    struct scene s;
    struct zd_answer__runs runs = {.n = 0};

    (void)state;
    scene_open(&s, "保障哪些物资", "应急物资、医护人员等优先，保障供应。价格稳定，数量充足。",
               "无。");
    zd_answer__judge(&s.reading, NULL);
    zd_answer__find_runs(&s.reading, &runs);
    for (size_t i = 0; i < runs.n; i++)
        if (s.reading.pieces[runs.p[i].from].clause != s.reading.pieces[runs.p[i].to - 1].clause)
            assert_int_equal(clause_last(&s.reading, runs.p[i].to - 1), runs.p[i].to - 1);
    zd_arena_free(s.arena);
}

static void test_without_a_model_a_fact_is_a_whole_sentence(void **state)
{
    struct scene s;
    struct zd_answer__run run;

    (void)state;
    scene_open(&s, "窗口每天几点关门",
               "大厅设在一楼。每天九时开门，窗口每天五时关门。电话另行公布。", "停车场收费。");
    assert_true(zd_answer__choose(&s.reading, NULL, &run));
    assert_true(zd_str_find(words_of(&s, &run), ZD_STR("每天九时开门，窗口每天五时关门"), 0) !=
                SIZE_MAX);
    zd_arena_free(s.arena);
}

/* The run of pieces that is exactly these words. */
static struct zd_answer__run run_of(const struct scene *s, const char *words)
{
    for (size_t from = 0; from < s->reading.n_pieces; from++)
        for (size_t to = from + 1; to <= s->reading.n_pieces; to++) {
            const struct zd_answer__run run = {.from = from, .to = to};

            if (zd_str_eq(zd_str_trim(words_of(s, &run)), zd_str_c(words)))
                return run;
        }
    fail_msg("no run is %s", words);
    return (struct zd_answer__run){0};
}

static void test_prose_is_begun_where_its_sentence_or_its_clause_begins(void **state)
{
    static const char near[] = "他生于南京。6月任市委书记，后来退休。";
    static const char far[] = "大厅在这一年里经过多次修缮并且增加了许多窗口和座位，还为老人和残疾人"
                              "开辟了专门的通道并配备了人员，"
                              "窗口每天五时关门。";
    struct scene s;
    struct zd_answer__run run;

    (void)state;
    scene_open(&s, "市委书记是什么时候任的", near, "");
    run = run_of(&s, "市委书记，后来退休。");
    zd_answer__begin_whole(&s.reading, &run);
    assert_true(zd_str_eq(words_of(&s, &run), ZD_STR("6月任市委书记，后来退休。")));
    zd_arena_free(s.arena);

    scene_open(&s, "窗口每天几点关门", far, "");
    run = run_of(&s, "五时关门。");
    zd_answer__begin_whole(&s.reading, &run);
    assert_true(zd_str_eq(zd_str_trim(words_of(&s, &run)), ZD_STR("窗口每天五时关门。")));
    zd_arena_free(s.arena);
}

static void test_an_empty_source_answers_nothing(void **state)
{
    struct scene s;
    struct zd_answer__run run;

    (void)state;
    scene_open(&s, "保障哪些物资", "。。！", "");
    assert_false(zd_answer__choose(&s.reading, NULL, &run));
    zd_arena_free(s.arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pieces_begin_and_end_where_answers_do),
        cmocka_unit_test(test_knows_what_stands_beside_the_question_word),
        cmocka_unit_test(test_the_first_run_is_the_best_of_all),
        cmocka_unit_test(test_runs_over_clauses_end_with_one),
        cmocka_unit_test(test_without_a_model_a_fact_is_a_whole_sentence),
        cmocka_unit_test(test_prose_is_begun_where_its_sentence_or_its_clause_begins),
        cmocka_unit_test(test_an_empty_source_answers_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
