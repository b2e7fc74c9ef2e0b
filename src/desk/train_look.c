/* train_look.c: see train_look.h.
 *
 * It learns from the heads of all rankings by the scores of the folds, which are heads as new questions
 * will have them. The first ranker's scores are no features: with them the trees lean on them (drcd right
 * first 0.951 with, 0.962 without). */
#include "desk/train_look.h"

#include <math.h>
#include <string.h>

#include "desk/train_ranker.h"
#include "retrieve/look.h"

/* The heads of the rankings: [n_asked][ZD_LOOK_HEAD]. */
struct heads {
    const struct zd_train_rows *rows;
    size_t *row; /* of the candidate */
    float *x;    /* … [zd_look_row_features()] */
    size_t *n;   /* [n_asked] */
    struct zd_trees *rankers[ZD_TRAIN_RANKERS];
};

static enum zd_status no_memory(struct zd_error *err)
{
    return ZD_FAIL(err, ZD_NOMEM, 0, "no memory left for training");
}

/* ---- heads ---- */

/* The head of ranking i; scored [n] has room for all of its candidates. */
static void take_head(struct heads *h, size_t i, const float *odds, struct zd_train_scored *scored)
{
    const struct zd_train_asked *a = &h->rows->asked[i];
    const size_t n = a->n < ZD_LOOK_HEAD ? a->n : ZD_LOOK_HEAD, wide = zd_look_row_features();
    float *looks[ZD_LOOK_HEAD] = {NULL};
    int64_t documents[ZD_LOOK_HEAD] = {0};

    zd_train_order(h->rows, a, odds, scored);
    for (size_t k = 0; k < n; k++) {
        looks[k] = h->rows->looks + scored[k].row * zd_look_features();
        documents[k] = h->rows->rows[scored[k].row].document;
    }
    zd_look_compare(looks, documents, n);
    for (size_t k = 0; k < n; k++) {
        zd_look_row(h->rows->features + scored[k].row * zd_rank_features(), looks[k],
                    h->x + (i * ZD_LOOK_HEAD + k) * wide);
        h->row[i * ZD_LOOK_HEAD + k] = scored[k].row;
    }
    h->n[i] = n;
}

static enum zd_status take_heads(struct heads *h, const float *odds, struct zd_error *err)
{
    const size_t n_places = (h->rows->n_asked + 1) * ZD_LOOK_HEAD;
    struct zd_train_scored *scored;
    size_t most = 1;

    for (size_t i = 0; i < h->rows->n_asked; i++)
        most = h->rows->asked[i].n > most ? h->rows->asked[i].n : most;
    scored = zd_alloc(most * sizeof *scored);
    h->row = zd_alloc(n_places * sizeof *h->row);
    h->x = zd_alloc(n_places * zd_look_row_features() * sizeof *h->x);
    h->n = zd_alloc((h->rows->n_asked + 1) * sizeof *h->n);
    if (scored && h->row && h->x && h->n)
        for (size_t i = 0; i < h->rows->n_asked; i++)
            take_head(h, i, odds, scored);
    zd_free(scored);
    return scored && h->row && h->x && h->n ? ZD_OK : no_memory(err);
}

static void heads_done(struct heads *h)
{
    for (size_t i = 0; i < ZD_COUNT(h->rankers); i++)
        zd_trees_free(h->rankers[i]);
    zd_free(h->row);
    zd_free(h->x);
    zd_free(h->n);
}

/* ---- fitting ---- */

static void teach_head(const void *context, const struct zd_train_rows *rows, size_t asked,
                       struct zd_train_lesson *lesson)
{
    const struct heads *h = context;

    for (size_t k = 0; k < h->n[asked]; k++) {
        const size_t place = asked * ZD_LOOK_HEAD + k;
        const struct zd_train_row *row = &rows->rows[h->row[place]];

        if (!row->ambiguous)
            zd_train_lesson_add(lesson, h->x + place * lesson->n_features, row->grade);
    }
}

/* ---- scoring ---- */

/* The odds of ranking i after the look of a ranker. */
static void look_at_ranking(const struct heads *h, size_t i, const struct zd_trees *ranker,
                            float *odds)
{
    const struct zd_train_asked *a = &h->rows->asked[i];
    const size_t *row = h->row + i * ZD_LOOK_HEAD;
    double scores[ZD_LOOK_HEAD];
    float last = INFINITY;

    zd_trees_add_scores(ranker, 0, zd_trees_n_trees(ranker),
                        h->x + i * ZD_LOOK_HEAD * zd_look_row_features(), NULL, h->n[i], scores);
    for (size_t k = 0; k < h->n[i]; k++)
        last = fminf(last, (float)scores[k] + h->rows->rows[row[k]].rules);
    for (size_t k = a->first; k < a->first + a->n; k++)
        odds[k] = fminf(odds[k], last - h->rows->rows[k].rules);
    for (size_t k = 0; k < h->n[i]; k++)
        odds[row[k]] = (float)scores[k];
}

enum zd_status zd_train_look_with(const struct zd_trees *ranker, const struct zd_train_rows *rows,
                                  float *odds, struct zd_error *err)
{
    struct heads h = {.rows = rows};
    enum zd_status st = take_heads(&h, odds, err);

    for (size_t i = 0; st == ZD_OK && i < rows->n_asked; i++)
        look_at_ranking(&h, i, ranker, odds);
    heads_done(&h);
    return st;
}

enum zd_status zd_train_fit_look(const struct zd_train_rows *rows,
                                 const struct zd_train_options *options, float *odds,
                                 struct zd_buf *ret_look, struct zd_error *err)
{
    struct heads h = {.rows = rows};
    const struct zd_train_task task = {.stage = "second look",
                                       .n_features = zd_look_row_features(),
                                       .n_rows_max = rows->n_asked * ZD_LOOK_HEAD,
                                       .seed = options->seed + 3,
                                       .teach = teach_head,
                                       .context = &h};
    enum zd_status st = take_heads(&h, odds, err);

    if (st == ZD_OK)
        st = zd_train_rankers(rows, options, &task, h.rankers, err);
    for (size_t i = 0; st == ZD_OK && i < rows->n_asked; i++)
        look_at_ranking(&h, i, h.rankers[rows->asked[i].fold], odds);
    if (st == ZD_OK)
        zd_trees_write(h.rankers[ZD_TRAINING_FOLDS], ret_look);
    heads_done(&h);
    return st;
}
