/* Training: it learns that two words mean one thing, gives the same bytes with any number of threads
 * and however often it was stopped, and stops where a held-out part gets no better. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <unistd.h>

#include "base/mapping.h"
#include "semantic/checkpoint.h"
#include "semantic/held_out.h"
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
    struct zd_stage_end end;

    assert_int_equal(zd_parameters_init(p, view, N_DIMS, 5, NULL), ZD_OK);
    assert_int_equal(zd_train_stage(p, view, &options, &end, NULL), ZD_OK);
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
    struct zd_stage_end end;
    atomic_bool cancel = true;

    (void)state;
    assert_int_equal(zd_corpus_close(corpus, NULL, 0, 10000, NULL), ZD_OK);
    view = zd_corpus_view(corpus);
    assert_int_equal(zd_parameters_init(&p, &view, N_DIMS, 5, NULL), ZD_OK);
    assert_int_equal(zd_train_stage(&p, &view, &options, &end, NULL), ZD_INVALID);
    options.shares[ZD_PAIR_GIVEN] = 1.0F;
    options.cancel = &cancel;
    assert_int_equal(zd_train_stage(&p, &view, &options, &end, NULL), ZD_INVALID);
    zd_parameters_done(&p);
    zd_corpus_free(corpus);
}

/* ---- stopped, and gone on with ---- */

/* The file that is kept, in a folder of its own. */
static char kept_folder[] = "/tmp/zd-train-XXXXXX", kept_path[64];

struct watcher {
    atomic_bool cancel;
    uint32_t cancel_at; /* step; 0: never */
    enum zd_stage_note note;
    uint32_t n_notes, note_step;
};

static void on_progress(void *context, const struct zd_train_progress *progress)
{
    struct watcher *w = context;

    if (progress->step == w->cancel_at)
        atomic_store(&w->cancel, true);
}

static void on_note(void *context, enum zd_stage_note note, uint32_t step)
{
    struct watcher *w = context;

    w->note = note;
    w->note_step = step;
    w->n_notes++;
}

/* 60 steps with hard negatives, from the first vectors, into p; perhaps kept. */
static enum zd_status run(const struct zd_corpus_view *view, const char *path, uint64_t seed,
                          struct watcher *w, struct zd_parameters *p)
{
    const struct zd_stage_options options = {
        .n_steps = 60,
        .batch = 64,
        .shares = {[ZD_PAIR_QUESTION] = 0.8F, [ZD_PAIR_GIVEN] = 0.2F},
        .rate = 0.1F,
        .drop = 0.2F,
        .n_hard = 16,
        .mine_every = 30,
        .left_out = UINT32_MAX,
        .keep = path,
        .keep_every = 10,
        .seed = seed,
        .n_threads = 2,
        .cancel = &w->cancel,
        .on_progress = on_progress,
        .on_note = on_note,
        .context = w};
    struct zd_stage_end end;

    zd_parameters_done(p);
    assert_int_equal(zd_parameters_init(p, view, N_DIMS, 5, NULL), ZD_OK);
    return zd_train_stage(p, view, &options, &end, NULL);
}

static void assert_same(const struct zd_parameters *a, const struct zd_parameters *b)
{
    assert_memory_equal(a->e, b->e, (size_t)a->n_rows * N_DIMS * sizeof *a->e);
    assert_memory_equal(a->w, b->w, a->n_rows * sizeof *a->w);
}

static void test_goes_on_to_the_same_bytes_after_a_stop(void **state)
{
    struct zd_corpus *corpus = make_corpus();
    struct zd_corpus_view view;
    struct zd_parameters whole = {0}, p = {0};
    struct watcher quiet = {.cancel = false};

    (void)state;
    (void)unlink(kept_path);
    assert_int_equal(zd_corpus_close(corpus, NULL, 0, 10000, NULL), ZD_OK);
    view = zd_corpus_view(corpus);
    assert_int_equal(run(&view, NULL, 3, &quiet, &whole), ZD_OK);
    for (uint32_t at = 20; at <= 40; at += 20) { /* once before, once after the second mining */
        struct watcher w = {.cancel = false, .cancel_at = at};

        assert_int_equal(run(&view, kept_path, 3, &w, &p), ZD_INVALID);
    }
    assert_int_equal(run(&view, kept_path, 3, &quiet, &p), ZD_OK);
    assert_int_equal(quiet.n_notes, 1);
    assert_int_equal(quiet.note, ZD_STAGE_RESUMED);
    assert_int_equal(quiet.note_step, 40);
    assert_same(&whole, &p);
    /* finished, it is not trained again */
    assert_int_equal(run(&view, kept_path, 3, &quiet, &p), ZD_OK);
    assert_int_equal(quiet.note_step, 60);
    assert_same(&whole, &p);
    (void)unlink(kept_path);
    zd_parameters_done(&whole);
    zd_parameters_done(&p);
    zd_corpus_free(corpus);
}

static void test_never_goes_on_from_something_else_or_damage(void **state)
{
    struct zd_corpus *corpus = make_corpus();
    struct zd_corpus_view view;
    struct zd_parameters whole = {0}, p = {0};
    struct watcher w = {.cancel = false, .cancel_at = 20}, quiet = {.cancel = false};
    struct zd_owned_bytes bytes = {0};
    FILE *file;

    (void)state;
    (void)unlink(kept_path);
    assert_int_equal(zd_corpus_close(corpus, NULL, 0, 10000, NULL), ZD_OK);
    view = zd_corpus_view(corpus);
    assert_int_equal(run(&view, NULL, 4, &quiet, &whole), ZD_OK);
    assert_int_equal(run(&view, kept_path, 3, &w, &p), ZD_INVALID); /* another seed */
    assert_int_equal(run(&view, kept_path, 4, &quiet, &p), ZD_OK);
    assert_int_equal(quiet.note, ZD_STAGE_ANEW);
    assert_same(&whole, &p);
    for (int cut = 0; cut < 2; cut++) { /* a byte changed, the last ones missing */
        atomic_store(&w.cancel, false);
        (void)unlink(kept_path);
        assert_int_equal(run(&view, kept_path, 4, &w, &p), ZD_INVALID);
        assert_int_equal(zd_file_read(kept_path, (size_t)1 << 30, &bytes, NULL), ZD_OK);
        bytes.p[bytes.n / 2] ^= cut ? 0 : 1;
        file = fopen(kept_path, "wb");
        assert_non_null(file);
        assert_int_equal(fwrite(bytes.p, 1, bytes.n - (cut ? 9 : 0), file),
                         bytes.n - (cut ? 9 : 0));
        assert_int_equal(fclose(file), 0);
        zd_free(bytes.p);
        quiet.note = ZD_STAGE_RESUMED;
        assert_int_equal(run(&view, kept_path, 4, &quiet, &p), ZD_OK);
        assert_int_equal(quiet.note, ZD_STAGE_ANEW);
        assert_same(&whole, &p);
    }
    (void)unlink(kept_path);
    zd_parameters_done(&whole);
    zd_parameters_done(&p);
    zd_corpus_free(corpus);
}

/* ---- a held-out part ---- */

#define N_MANY 2000

/* Many pairs of the same few words, so that those held out can be learnt from the others. */
static struct zd_corpus *make_many(void)
{
    struct zd_corpus *corpus = zd_corpus_new();
    char left[64], right[64];

    assert_non_null(corpus);
    for (unsigned i = 0; i < N_MANY; i++) {
        (void)snprintf(left, sizeof left, "ask%u say%u", i % 50, i / 50);
        (void)snprintf(right, sizeof right, "rule%u law%u", i % 50, i / 50);
        assert_int_equal(zd_corpus_add_pair(corpus, zd_str_c(left), zd_str_c(right), NULL), ZD_OK);
    }
    return corpus;
}

static void test_stops_where_the_held_out_part_gets_no_better(void **state)
{
    struct zd_corpus *corpus = make_many();
    struct zd_corpus_view view;
    struct zd_parameters p = {0}, again = {0};
    struct watcher w = {.cancel = false};
    struct zd_held_out *held = NULL;
    struct zd_team *team = NULL;
    struct zd_stage_options options = {.n_steps = 400,
                                       .batch = 64,
                                       .shares = {[ZD_PAIR_GIVEN] = 1.0F},
                                       .rate = 0.1F,
                                       .left_out = UINT32_MAX,
                                       .look_every = 10,
                                       .patience = 2,
                                       .seed = 3,
                                       .n_threads = 2,
                                       .on_note = on_note,
                                       .context = &w};
    struct zd_stage_end end = {0};

    (void)state;
    assert_int_equal(zd_corpus_close(corpus, NULL, 0, 10000, NULL), ZD_OK);
    view = zd_corpus_view(corpus);
    assert_int_equal(zd_parameters_init(&p, &view, N_DIMS, 5, NULL), ZD_OK);
    assert_int_equal(zd_train_stage(&p, &view, &options, &end, NULL), ZD_OK);
    print_message("  best after step %u: %.3f\n", end.step, (double)end.found);
    assert_true(end.step % 10 == 0 && end.step < 380);
    assert_true(end.found > 0.5F); /* chance is 0.03 */
    assert_int_equal(w.note, ZD_STAGE_ENOUGH);
    assert_int_equal(w.note_step, end.step);

    /* what was kept is the state that the best look saw, which as many steps give again */
    assert_int_equal(zd_held_out_new(&view, &options, N_DIMS, &held, NULL), ZD_OK);
    assert_int_equal(zd_team_new(1, &team, NULL), ZD_OK);
    assert_true(zd_held_out_count(held) >= ZD_HELD_OUT_MIN);
    assert_true(zd_held_out_look(held, &p, team) == end.found);
    assert_int_equal(zd_parameters_init(&again, &view, N_DIMS, 5, NULL), ZD_OK);
    options.stop_at = end.step;
    assert_int_equal(zd_train_stage(&again, &view, &options, &end, NULL), ZD_OK);
    assert_same(&p, &again);
    zd_team_free(team);
    zd_held_out_free(held);
    zd_parameters_done(&p);
    zd_parameters_done(&again);
    zd_corpus_free(corpus);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_learns_that_two_words_mean_one_thing),
        cmocka_unit_test(test_gives_the_same_bytes_with_any_number_of_threads),
        cmocka_unit_test(test_a_stage_without_its_pairs_is_refused),
        cmocka_unit_test(test_goes_on_to_the_same_bytes_after_a_stop),
        cmocka_unit_test(test_never_goes_on_from_something_else_or_damage),
        cmocka_unit_test(test_stops_where_the_held_out_part_gets_no_better),
    };

    int failed;

    if (!mkdtemp(kept_folder))
        return 1;
    (void)snprintf(kept_path, sizeof kept_path, "%s/stage", kept_folder);
    failed = cmocka_run_group_tests(tests, NULL, NULL);
    (void)unlink(kept_path);
    (void)rmdir(kept_folder);
    return failed;
}
