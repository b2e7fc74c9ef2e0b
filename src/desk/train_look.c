/* train_look.c: see train_look.h.
 *
 * It learns from the heads of all rankings by the scores of the folds, which are heads as new questions
 * will have them. Again a ranker for each fold from the others, which scores it, and one from all,
 * which is kept. The first ranker's scores are no features: with them the trees lean on them (drcd right
 * first 0.951 with, 0.962 without). */
#include "desk/train_look.h"

#include <math.h>
#include <string.h>

#include "retrieve/look.h"
#include "semantic/team.h"

#define ALL_FOLDS UINT32_MAX

/* The heads of the rankings: [n_asked][ZD_LOOK_HEAD]. */
struct heads {
    const struct zd_train_rows *rows;
    const struct zd_train_options *options;
    size_t *row;                                     /* of the candidate */
    float *x;                                        /* … [zd_look_row_features()] */
    size_t *n;                                       /* [n_asked] */
    struct zd_trees *rankers[ZD_TRAINING_FOLDS + 1]; /* the last from all folds */
    enum zd_status fitted[ZD_TRAINING_FOLDS + 1];
    struct zd_error errors[ZD_TRAINING_FOLDS + 1];
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

static enum zd_status on_trees(void *context, const struct zd_trees_progress *now,
                               struct zd_error *err)
{
    const struct heads *h = context;
    const struct zd_train_options *o = h->options;

    (void)now;
    if (o->cancel && atomic_load(o->cancel))
        return ZD_FAIL(err, ZD_INVALID, 0, "cancelled");
    return ZD_OK;
}

struct lesson {
    float *x, *y;
    uint32_t *groups; /* [n_groups + 1] */
    size_t n, n_groups;
};

/* The heads of own questions outside `left_out`. */
static enum zd_status gather(const struct heads *h, uint32_t left_out, struct lesson *lesson,
                             struct zd_error *err)
{
    const size_t n_places = (h->rows->n_asked + 1) * ZD_LOOK_HEAD, wide = zd_look_row_features();

    lesson->x = zd_alloc(n_places * wide * sizeof *lesson->x);
    lesson->y = zd_alloc(n_places * sizeof *lesson->y);
    lesson->groups = zd_alloc((h->rows->n_asked + 1) * sizeof *lesson->groups);
    if (!lesson->x || !lesson->y || !lesson->groups)
        return no_memory(err);
    for (size_t i = 0; i < h->rows->n_asked; i++) {
        const struct zd_train_asked *a = &h->rows->asked[i];
        const size_t before = lesson->n;

        if (a->as != ZD_ASKED_OWN || a->fold == left_out)
            continue;
        for (size_t k = 0; k < h->n[i]; k++) {
            const struct zd_train_row *row = &h->rows->rows[h->row[i * ZD_LOOK_HEAD + k]];

            if (row->ambiguous)
                continue;
            memcpy(lesson->x + lesson->n * wide, h->x + (i * ZD_LOOK_HEAD + k) * wide,
                   wide * sizeof *lesson->x);
            lesson->y[lesson->n++] = row->grade;
        }
        if (lesson->n > before)
            lesson->groups[lesson->n_groups++] = (uint32_t)before;
    }
    lesson->groups[lesson->n_groups] = (uint32_t)lesson->n;
    return ZD_OK;
}

static void fit_part(void *context, size_t part)
{
    struct heads *h = context;
    struct lesson lesson = {0};
    const struct zd_trees_options options = {.objective = ZD_TREES_RANK,
                                             .n_features = zd_look_row_features(),
                                             .max_trees = 150,
                                             .max_leaves = 15,
                                             .min_rows = 40,
                                             .learning_rate = 0.1,
                                             .seed = h->options->seed + 3,
                                             .progress = on_trees,
                                             .context = h};
    enum zd_status st =
        gather(h, part < ZD_TRAINING_FOLDS ? (uint32_t)part : ALL_FOLDS, &lesson, &h->errors[part]);

    if (st == ZD_OK) {
        const struct zd_trees_rows rows = {.x = lesson.x,
                                           .y = lesson.y,
                                           .n = lesson.n,
                                           .groups = lesson.groups,
                                           .n_groups = lesson.n_groups};

        st = zd_trees_train(&rows, NULL, &options, &h->rankers[part], &h->errors[part]);
        if (st == ZD_OK)
            zd_trees_to_odds(h->rankers[part], &rows);
    }
    zd_free(lesson.x);
    zd_free(lesson.y);
    zd_free(lesson.groups);
    h->fitted[part] = st;
}

static enum zd_status fit_all(struct heads *h, struct zd_error *err)
{
    struct zd_team *team = NULL;
    enum zd_status st = zd_team_new(h->options->n_threads, &team, err);

    if (h->options->on_stage)
        h->options->on_stage(h->options->context, "second look", 0, 1, 0.0);
    if (st == ZD_OK)
        zd_team_run(team, fit_part, h, ZD_COUNT(h->rankers));
    zd_team_free(team);
    for (size_t i = 0; st == ZD_OK && i < ZD_COUNT(h->fitted); i++) {
        st = h->fitted[i];
        if (st != ZD_OK)
            *err = h->errors[i];
    }
    return st;
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
    struct heads h = {.rows = rows, .options = options};
    enum zd_status st = take_heads(&h, odds, err);

    if (st == ZD_OK)
        st = fit_all(&h, err);
    for (size_t i = 0; st == ZD_OK && i < rows->n_asked; i++)
        look_at_ranking(&h, i, h.rankers[rows->asked[i].fold], odds);
    if (st == ZD_OK)
        zd_trees_write(h.rankers[ZD_TRAINING_FOLDS], ret_look);
    heads_done(&h);
    return st;
}
