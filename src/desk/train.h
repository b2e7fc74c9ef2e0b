/* train: fits a model to offices and their questions: the face of training for the command line.
 *
 *     1. encoder   texts and pairs, then the questions; once without each fifth of the questions, and
 *                  once with all of them (semantic/train.h)
 *     2. ranker    each fifth is asked of an index made with the encoder that has not seen it; small
 *                  trees learn from what the candidates look like
 *     3. gate      likewise, with questions of other offices, and questions asked without the
 *                  documents that answer them
 *     4. figures   everything is measured on questions that nothing was fitted to: the encoder's
 *                  fifths for all of it, and the ranker's and gate's own fifths within
 *
 * Fewer than ZD_TRAIN_QUESTIONS_MIN questions fit the encoder only; ranker and gate are then those
 * of the model that training starts from.
 */
#ifndef ZD_DESK_TRAIN_H
#define ZD_DESK_TRAIN_H

#include <stdatomic.h>

#include "base/base.h"
#include "semantic/model.h"
#include "semantic/train.h"

#define ZD_TRAIN_QUESTIONS_MIN 200
#define ZD_TRAIN_SETS_MAX 16

struct zd_train_set {
    const char *office;      /* folder */
    struct zd_str questions; /* JSON lines, or empty */
};

/* What stands at the end of each stage, for people. */
typedef void (*zd_train_stage_fn)(void *context, const char *what, uint64_t done, uint64_t total,
                                  double loss);

/* What a stage of the encoder tells besides: `what` as in the line of its progress. */
typedef void (*zd_train_note_fn)(void *context, const char *what, enum zd_stage_note note,
                                 uint32_t step);

struct zd_train_options {
    const struct zd_train_set *sets; /* [n_sets] */
    size_t n_sets;
    struct zd_str pairs;           /* JSON lines of {"query", "passage"}, or empty */
    const struct zd_model *before; /* start from its vectors; NULL: from nothing */
    const char *folder;            /* an empty folder to work in */
    const char *steps;             /* a folder that keeps how far the encoder has come, from where
                                    * the same training goes on; NULL: nothing is kept */
    uint32_t n_dims, n_rows;       /* 0: 256, 60,000 (or what `before` has) */
    uint32_t text_steps, question_steps;
    uint64_t seed;
    unsigned n_threads; /* 0: one a processor */
    bool quick;         /* no folds: encoder alone */
    const atomic_bool *cancel;
    zd_train_stage_fn on_stage;
    zd_train_note_fn on_note;
    void *context;
};

/* Questions whose confidence fell into one part of 0 … 1: what it said, and what came true. */
#define ZD_TRAIN_BINS 20
struct zd_train_bin {
    uint64_t n;
    double said, right; /* sums of the confidences, and of right answers */
};

/* Measured on what was left out of fitting: documents by their best passage, and the gate. */
struct zd_train_measure {
    uint64_t n_questions; /* 0: nothing was measured */
    double ndcg10, mrr10, recall10, recall100, hit1, hit5;
    double auc, refused_at_95, calibration_error;
    struct zd_train_bin bins[ZD_TRAIN_BINS];
};
struct zd_train_figures {
    uint64_t n_passages, n_pairs;
    struct zd_train_measure all, sets[ZD_TRAIN_SETS_MAX];
    struct zd_train_measure as_new; /* half of all, as if nothing had been answered before */
};

/* Appends a whole model file to ret_model. Errors: ZD_INVALID nothing to train on, or cancelled;
 * those of the offices; ZD_NOMEM. */
enum zd_status zd_train(const struct zd_train_options *options, struct zd_buf *ret_model,
                        struct zd_train_figures *ret_figures, struct zd_error *err) ZD_MUST_USE;

#endif
