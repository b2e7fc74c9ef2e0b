/* train_ranker: rankers of candidates, one for each fold from the others and one from all.
 *
 * LambdaMART over the questions that an office answers: what counts is the order of a question's
 * candidates; then the scores are made log-odds, which rules and gate add to. */
#ifndef ZD_DESK_TRAIN_RANKER_H
#define ZD_DESK_TRAIN_RANKER_H

#include "desk/train.h"
#include "desk/train_rows.h"

/* The rows that a ranker learns from, question by question. */
struct zd_train_lesson {
    float *x, *y;
    uint32_t *groups; /* [n_groups + 1] */
    size_t n, n_groups, n_features;
};
void zd_train_lesson_add(struct zd_train_lesson *lesson, const float *features, float grade);

/* What is to be learnt. */
struct zd_train_task {
    const char *stage; /* for people */
    size_t n_features;
    size_t n_rows_max; /* of all questions together */
    uint64_t seed;
    /* Adds the rows of a question. */
    void (*teach)(const void *context, const struct zd_train_rows *rows, size_t asked,
                  struct zd_train_lesson *lesson);
    const void *context;
};

#define ZD_TRAIN_RANKERS (ZD_TRAINING_FOLDS + 1) /* the last one is from all folds */

/* Fits all of them, on the processors there are; the caller frees ret_rankers, also after an error.
 * Errors: ZD_INVALID cancelled; ZD_NOMEM. */
enum zd_status zd_train_rankers(const struct zd_train_rows *rows,
                                const struct zd_train_options *options,
                                const struct zd_train_task *task,
                                struct zd_trees *ret_rankers[ZD_TRAIN_RANKERS],
                                struct zd_error *err) ZD_MUST_USE;

/* What the trees of a training call to see whether somebody cancelled: context is its options. */
enum zd_status zd_train_on_trees(void *context, const struct zd_trees_progress *now,
                                 struct zd_error *err);

#endif
