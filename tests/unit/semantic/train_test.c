/* Training: it learns that two words mean one thing, and gives the same bytes with any number of
 * threads. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "semantic/kernel.h"
#include "semantic/train.h"

#define N_MATTERS 40
#define N_DIMS 32

/* A passage a matter in official words, and a question for it in others: only the pairs join them. */
static struct zd_corpus *make_corpus(void)
{
    struct zd_corpus *corpus = zd_corpus_new();
    char official[64], everyday[64];

    assert_non_null(corpus);
    for (uint32_t i = 0; i < N_MATTERS; i++) {
        (void)snprintf(official, sizeof official, "official%u rule%u。 rule%u official%u。", i, i,
                       i, i);
        assert_int_equal(zd_corpus_add_passage(corpus, ZD_STR("title"), ZD_STR("heading"),
                                               zd_str_c(official), NULL, NULL),
                         ZD_OK);
    }
    for (uint32_t i = 0; i < N_MATTERS; i++) {
        (void)snprintf(everyday, sizeof everyday, "everyday%u word%u", i, i);
        assert_int_equal(
            zd_corpus_add_question(corpus,
                                   &(struct zd_corpus_asked){.question = zd_str_c(everyday),
                                                             .relevant = &i,
                                                             .n = 1,
                                                             .fold = i % 5,
                                                             .repeat = 1},
                                   NULL),
            ZD_OK);
        assert_int_equal(zd_corpus_add_pair(corpus, zd_str_c(everyday), zd_str_c(everyday), NULL),
                         ZD_OK);
    }
    for (uint32_t i = 0; i < N_MATTERS; i++) /* a word that stands once gets no row */
        assert_int_equal(zd_corpus_add_passage(corpus, ZD_STR("t"), ZD_STR("h"),
                                               zd_str_c("official rule second part"), NULL, NULL),
                         ZD_OK);
    return corpus;
}

static void train(const struct zd_corpus_view *view, unsigned n_threads, struct zd_parameters *p)
{
    const struct zd_stage_options options = {
        .n_steps = 60,
        .batch = 64,
        .shares = {[ZD_PAIR_QUESTION] = 0.8F, [ZD_PAIR_GIVEN] = 0.2F},
        .rate = 0.1F,
        .n_hard = 16,
        .mine_every = 30,
        .left_out = UINT32_MAX,
        .seed = 3,
        .n_threads = n_threads};

    assert_int_equal(zd_parameters_init(p, view, N_DIMS, 5, NULL), ZD_OK);
    assert_int_equal(zd_train_stage(p, view, &options, NULL), ZD_OK);
}

static void test_learns_that_two_words_mean_one_thing(void **state)
{
    struct zd_corpus *corpus = make_corpus();
    struct zd_corpus_view view;
    struct zd_parameters p = {0};
    float *passages, *questions;
    size_t right = 0;

    (void)state;
    assert_int_equal(zd_corpus_close(corpus, NULL, 0, 10000, NULL), ZD_OK);
    view = zd_corpus_view(corpus);
    train(&view, 2, &p);
    passages = calloc(view.n_passages * N_DIMS, sizeof *passages);
    questions = calloc(view.n_questions * N_DIMS, sizeof *questions);
    assert_true(passages && questions);
    assert_int_equal(zd_train_passages(&p, &view, passages, NULL), ZD_OK);
    assert_int_equal(zd_train_questions(&p, &view, questions, NULL), ZD_OK);
    for (size_t q = 0; q < N_MATTERS; q++) {
        size_t best = 0;

        for (size_t i = 0; i < N_MATTERS; i++)
            if (zd_semantic__dot(questions + q * N_DIMS, passages + i * N_DIMS, N_DIMS) >
                zd_semantic__dot(questions + q * N_DIMS, passages + best * N_DIMS, N_DIMS))
                best = i;
        right += best == q;
    }
    print_message("  %zu of %d right\n", right, N_MATTERS);
    assert_true(right >= N_MATTERS * 9 / 10);
    free(passages);
    free(questions);
    zd_parameters_done(&p);
    zd_corpus_free(corpus);
}

static void test_gives_the_same_bytes_with_any_number_of_threads(void **state)
{
    struct zd_corpus *corpus = make_corpus();
    struct zd_corpus_view view;
    struct zd_parameters one = {0}, three = {0};

    (void)state;
    assert_int_equal(zd_corpus_close(corpus, NULL, 0, 10000, NULL), ZD_OK);
    view = zd_corpus_view(corpus);
    train(&view, 1, &one);
    train(&view, 3, &three);
    assert_memory_equal(one.e, three.e, (size_t)one.n_rows * N_DIMS * sizeof *one.e);
    assert_memory_equal(one.w, three.w, one.n_rows * sizeof *one.w);
    zd_parameters_done(&one);
    zd_parameters_done(&three);
    zd_corpus_free(corpus);
}

static void test_a_stage_without_its_pairs_is_refused(void **state)
{
    struct zd_corpus *corpus = make_corpus();
    struct zd_corpus_view view;
    struct zd_parameters p = {0};
    struct zd_stage_options options = {.n_steps = 1, .left_out = UINT32_MAX};
    atomic_bool cancel = true;

    (void)state;
    assert_int_equal(zd_corpus_close(corpus, NULL, 0, 10000, NULL), ZD_OK);
    view = zd_corpus_view(corpus);
    assert_int_equal(zd_parameters_init(&p, &view, N_DIMS, 5, NULL), ZD_OK);
    assert_int_equal(zd_train_stage(&p, &view, &options, NULL), ZD_INVALID);
    options.shares[ZD_PAIR_GIVEN] = 1.0F;
    options.cancel = &cancel;
    assert_int_equal(zd_train_stage(&p, &view, &options, NULL), ZD_INVALID);
    zd_parameters_done(&p);
    zd_corpus_free(corpus);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_learns_that_two_words_mean_one_thing),
        cmocka_unit_test(test_gives_the_same_bytes_with_any_number_of_threads),
        cmocka_unit_test(test_a_stage_without_its_pairs_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
