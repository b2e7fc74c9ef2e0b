/* train_ranker.c: see train_ranker.h. For statutes nDCG@10 was 0.553 by log-odds of single rows and
 * 0.571 by the order; of notices 0.820 and 0.855 were right first. */
#include "desk/train_ranker.h"

#include <string.h>

#include "semantic/team.h"

#define ALL_FOLDS UINT32_MAX

struct fit {
    const struct zd_train_rows *rows;
    const struct zd_train_task *task;
    struct zd_train_options options; /* a copy, which progress may be told */
    struct zd_trees **rankers;
    enum zd_status fitted[ZD_TRAIN_RANKERS];
    struct zd_error errors[ZD_TRAIN_RANKERS];
};

enum zd_status zd_train_on_trees(void *context, const struct zd_trees_progress *now,
                                 struct zd_error *err)
{
    const struct zd_train_options *o = context;

    (void)now;
    if (o->cancel && atomic_load(o->cancel))
        return ZD_FAIL(err, ZD_INVALID, 0, "cancelled");
    return ZD_OK;
}

void zd_train_lesson_add(struct zd_train_lesson *lesson, const float *features, float grade)
{
    memcpy(lesson->x + lesson->n * lesson->n_features, features,
           lesson->n_features * sizeof *lesson->x);
    lesson->y[lesson->n++] = grade;
}

/* The rows of the questions outside `left_out` that answers are known of. */
static enum zd_status gather(const struct fit *f, uint32_t left_out, struct zd_train_lesson *lesson,
                             struct zd_error *err)
{
    const size_t n = f->task->n_rows_max + 1;

    lesson->n_features = f->task->n_features;
    lesson->x = zd_alloc(n * lesson->n_features * sizeof *lesson->x);
    lesson->y = zd_alloc(n * sizeof *lesson->y);
    lesson->groups = zd_alloc((f->rows->n_asked + 1) * sizeof *lesson->groups);
    if (!lesson->x || !lesson->y || !lesson->groups)
        return ZD_FAIL(err, ZD_NOMEM, 0, "no memory left for training");
    for (size_t i = 0; i < f->rows->n_asked; i++) {
        const size_t before = lesson->n;

        if (f->rows->asked[i].as != ZD_ASKED_OWN || f->rows->asked[i].fold == left_out)
            continue;
        f->task->teach(f->task->context, f->rows, i, lesson);
        if (lesson->n > before)
            lesson->groups[lesson->n_groups++] = (uint32_t)before;
    }
    lesson->groups[lesson->n_groups] = (uint32_t)lesson->n;
    return ZD_OK;
}

/* A part of the team's job: the ranker without fold `part`, or the one from all. */
static void fit_part(void *context, size_t part)
{
    struct fit *f = context;
    struct zd_train_lesson lesson = {0};
    const struct zd_trees_options options = {.objective = ZD_TREES_RANK,
                                             .n_features = f->task->n_features,
                                             .max_trees = 150,
                                             .max_leaves = 15,
                                             .min_rows = 40,
                                             .learning_rate = 0.1,
                                             .seed = f->task->seed,
                                             .progress = zd_train_on_trees,
                                             .context = &f->options};
    enum zd_status st =
        gather(f, part < ZD_TRAINING_FOLDS ? (uint32_t)part : ALL_FOLDS, &lesson, &f->errors[part]);

    if (st == ZD_OK) {
        const struct zd_trees_rows rows = {.x = lesson.x,
                                           .y = lesson.y,
                                           .n = lesson.n,
                                           .groups = lesson.groups,
                                           .n_groups = lesson.n_groups};

        st = zd_trees_train(&rows, NULL, &options, &f->rankers[part], &f->errors[part]);
        if (st == ZD_OK)
            zd_trees_to_odds(f->rankers[part], &rows);
    }
    zd_free(lesson.x);
    zd_free(lesson.y);
    zd_free(lesson.groups);
    f->fitted[part] = st;
}

enum zd_status zd_train_rankers(const struct zd_train_rows *rows,
                                const struct zd_train_options *options,
                                const struct zd_train_task *task,
                                struct zd_trees *ret_rankers[ZD_TRAIN_RANKERS],
                                struct zd_error *err)
{
    struct fit f = {.rows = rows, .task = task, .options = *options, .rankers = ret_rankers};
    struct zd_team *team = NULL;
    enum zd_status st = zd_team_new(options->n_threads, &team, err);

    if (options->on_stage)
        options->on_stage(options->context, task->stage, 0, 1, 0.0);
    if (st == ZD_OK)
        zd_team_run(team, fit_part, &f, ZD_TRAIN_RANKERS);
    zd_team_free(team);
    for (size_t i = 0; st == ZD_OK && i < ZD_TRAIN_RANKERS; i++) {
        st = f.fitted[i];
        if (st != ZD_OK)
            *err = f.errors[i];
    }
    return st;
}
