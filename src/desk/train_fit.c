/* train_fit.c: see train_fit.h.
 *
 *   1. for each fold: a ranker from the other folds (train_ranker.h); it scores the fold's rankings
 *   2. a ranker from all of them: the one that is kept
 *   3. the ranker of the second look, from the scores of 1 (train_look.h)
 *   4. the gate's rows from the scores of 3, so that it sees the ranker as new questions will;
 *      again fold by fold for the figures, and once from all
 */
#include "desk/train_fit.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "desk/score.h"
#include "desk/train_look.h"
#include "desk/train_ranker.h"
#include "retrieve/look.h"

#define GATE_TOP 50 /* candidates that the gate looks at */
#define ALL_FOLDS UINT32_MAX
#define ALL_SETS UINT32_MAX
#define LEARNT_PLACES 100 /* of the two orders of candidates */
#define NEAR_WEIGHT 0.5F  /* of questions asked without their documents */
#define RIGHT_GRADE 0.25F /* from here on the best passage counts as right */

struct fit {
    const struct zd_train_rows *rows;
    const struct zd_train_options *options;
    float *odds; /* [n_rows] by a ranker that has not seen the fold */
    struct zd_trees *rankers[ZD_TRAIN_RANKERS];
    float *x, *y, *weights; /* rows of the gate's trees */
    float *gate_x;          /* [n_asked][gate features] */
    bool *has_gate;         /* [n_asked] */
    bool *right;            /* [n_asked] the best passage answers */
    double *topic, *sure;   /* [n_asked] by a gate that has not seen the fold */
};

static enum zd_status no_memory(struct zd_error *err)
{
    return ZD_FAIL(err, ZD_NOMEM, 0, "no memory left for training");
}

/* ---- ranker ---- */

/* Words or vectors put it among the first LEARNT_PLACES: what stands further back never wins, and
 * makes fitting three times as slow. */
static bool is_learnt_from(const struct zd_train_row *row, const float *features)
{
    const float last = 1.0F / (1.0F + (float)LEARNT_PLACES);

    return !row->ambiguous && zd_rank_best_place(features) > last;
}

static void teach(const void *context, const struct zd_train_rows *rows, size_t asked,
                  struct zd_train_lesson *lesson)
{
    const struct zd_train_asked *a = &rows->asked[asked];

    (void)context;
    for (size_t k = a->first; k < a->first + a->n; k++) {
        const float *features = rows->features + k * zd_rank_features();

        if (is_learnt_from(&rows->rows[k], features))
            zd_train_lesson_add(lesson, features, rows->rows[k].grade);
    }
}

static enum zd_status fit_rankers(struct fit *f, struct zd_error *err)
{
    const struct zd_train_task task = {.stage = "ranker",
                                       .n_features = zd_rank_features(),
                                       .n_rows_max = f->rows->n_rows,
                                       .seed = f->options->seed + 1,
                                       .teach = teach};

    return zd_train_rankers(f->rows, f->options, &task, f->rankers, err);
}

static void score_folds(struct fit *f)
{
    const size_t n_features = zd_rank_features();

    for (size_t i = 0; i < f->rows->n_asked; i++) {
        const struct zd_train_asked *a = &f->rows->asked[i];

        for (size_t k = a->first; k < a->first + a->n; k++)
            f->odds[k] =
                (float)zd_trees_score(f->rankers[a->fold], f->rows->features + k * n_features);
    }
}

/* ---- rankings by the scores of the folds ---- */

static void add_ranks(struct zd_train_measure *m, const struct zd_score_ranks *ranks)
{
    m->n_questions++;
    m->ndcg10 += zd_score_ndcg10(ranks);
    m->mrr10 += zd_score_mrr10(ranks);
    m->recall10 += zd_score_recall(ranks, 10);
    m->recall100 += zd_score_recall(ranks, 100);
    m->hit1 += zd_score_hit(ranks, 1);
    m->hit5 += zd_score_hit(ranks, 5);
}

/* Adds a question to the figures: documents by their best passage. */
static void add_figures(const struct fit *f, const struct zd_train_asked *a,
                        const struct zd_train_scored *scored, struct zd_train_figures *figures)
{
    int64_t seen[100];
    uint32_t found[100];
    size_t n_seen = 0, n_found = 0;
    struct zd_score_ranks ranks;

    for (size_t k = 0; k < a->n && n_seen < ZD_COUNT(seen); k++) {
        const struct zd_train_row *row = &f->rows->rows[scored[k].row];
        bool known = false;

        for (size_t i = 0; i < n_seen && !known; i++)
            known = seen[i] == row->document;
        if (known)
            continue;
        if (row->grade > 0.0F)
            found[n_found++] = (uint32_t)n_seen;
        seen[n_seen++] = row->document;
    }
    ranks = (struct zd_score_ranks){found, n_found, a->n_relevant};
    if (a->as_new) {
        add_ranks(&figures->as_new, &ranks);
        return;
    }
    add_ranks(&figures->all, &ranks);
    add_ranks(&figures->sets[a->set], &ranks);
}

/* What the gate sees of a ranking. */
static void describe(struct fit *f, size_t i, const struct zd_train_scored *scored)
{
    const struct zd_train_asked *a = &f->rows->asked[i];
    const size_t n_features = zd_rank_features(), n = a->n < GATE_TOP ? a->n : GATE_TOP;
    struct zd_ranked p[GATE_TOP];
    const struct zd_ranking ranking = {.p = p, .n = n, .n_candidates = n};

    for (size_t k = 0; k < n; k++) {
        const size_t row = scored[k].row;

        p[k] = (struct zd_ranked){
            .document = f->rows->rows[row].document,
            .odds = f->odds[row],
            .rules = f->rows->rows[row].rules,
            .score = 1.0F / (1.0F + expf(-scored[k].odds)),
            .features = f->rows->features + row * n_features,
            .look = k < ZD_LOOK_HEAD ? f->rows->looks + row * zd_look_features() : NULL};
    }
    f->has_gate[i] = zd_gate_describe(&a->question, &ranking, f->gate_x + i * zd_gate_features());
    f->right[i] = n > 0 && f->rows->rows[scored[0].row].grade >= RIGHT_GRADE;
}

static enum zd_status rank_all(struct fit *f, struct zd_train_figures *figures,
                               struct zd_error *err)
{
    size_t most = 1;
    struct zd_train_scored *scored;

    for (size_t i = 0; i < f->rows->n_asked; i++)
        most = f->rows->asked[i].n > most ? f->rows->asked[i].n : most;
    scored = zd_alloc(most * sizeof *scored);
    if (!scored)
        return no_memory(err);
    for (size_t i = 0; i < f->rows->n_asked; i++) {
        zd_train_order(f->rows, &f->rows->asked[i], f->odds, scored);
        describe(f, i, scored);
        if (f->rows->asked[i].as == ZD_ASKED_OWN)
            add_figures(f, &f->rows->asked[i], scored, figures);
    }
    zd_free(scored);
    return ZD_OK;
}

/* ---- gate ---- */

/* Fits one half of the gate on everything outside `left_out`. */
static enum zd_status fit_gate(struct fit *f, bool topic, uint32_t left_out, struct zd_trees **ret,
                               struct zd_error *err)
{
    const size_t n_features = zd_gate_features();
    struct zd_trees_rows rows = {.x = f->x, .y = f->y, .weights = f->weights};
    struct zd_train_options own = *f->options;
    const struct zd_trees_options options = {.objective = ZD_TREES_LOGISTIC,
                                             .n_features = n_features,
                                             .max_trees = 80,
                                             .max_leaves = 8,
                                             .min_rows = 30,
                                             .learning_rate = 0.07,
                                             .seed = f->options->seed + 2,
                                             .progress = zd_train_on_trees,
                                             .context = &own};

    for (size_t i = 0; i < f->rows->n_asked; i++) {
        const struct zd_train_asked *a = &f->rows->asked[i];

        if (a->fold == left_out || !f->has_gate[i] || (!topic && a->as != ZD_ASKED_OWN))
            continue;
        memcpy(f->x + rows.n * n_features, f->gate_x + i * n_features, n_features * sizeof *f->x);
        f->weights[rows.n] = a->as == ZD_ASKED_WITHOUT ? NEAR_WEIGHT : 1.0F;
        f->y[rows.n++] = (topic ? a->as == ZD_ASKED_OWN : f->right[i]) ? 1.0F : 0.0F;
    }
    return zd_trees_train(&rows, NULL, &options, ret, err);
}

static double chance(const struct zd_trees *trees, const float *x)
{
    return 1.0 / (1.0 + exp(-zd_trees_score(trees, x)));
}

static enum zd_status gate_folds(struct fit *f, struct zd_error *err)
{
    enum zd_status st = ZD_OK;

    for (uint32_t fold = 0; st == ZD_OK && fold < ZD_TRAINING_FOLDS; fold++) {
        struct zd_trees *topic = NULL, *sure = NULL;

        st = fit_gate(f, true, fold, &topic, err);
        if (st == ZD_OK)
            st = fit_gate(f, false, fold, &sure, err);
        for (size_t i = 0; st == ZD_OK && i < f->rows->n_asked; i++) {
            const float *x = f->gate_x + i * zd_gate_features();

            if (f->rows->asked[i].fold != fold || !f->has_gate[i])
                continue;
            f->topic[i] = chance(topic, x);
            f->sure[i] = chance(sure, x);
        }
        zd_trees_free(topic);
        zd_trees_free(sure);
    }
    return st;
}

/* How well confidence tells own questions from foreign ones, and how far it is from the share of
 * right answers (expected calibration error, equal bins; near misses count as not right), in one
 * set or in all of them. */
static enum zd_status gate_figures(const struct fit *f, uint32_t set, bool as_new,
                                   struct zd_train_measure *m, struct zd_error *err)
{
    double *yes = zd_alloc((f->rows->n_asked + 1) * sizeof *yes);
    double *no = zd_alloc((f->rows->n_asked + 1) * sizeof *no);
    size_t n_yes = 0, n_no = 0, n = 0;

    for (size_t i = 0; yes && no && i < f->rows->n_asked; i++) {
        const struct zd_train_asked *a = &f->rows->asked[i];
        const double confidence = f->has_gate[i] ? f->topic[i] * f->sure[i] : 0.0;
        struct zd_train_bin *bin =
            &m->bins[confidence >= 1.0 ? ZD_TRAIN_BINS - 1 : (size_t)(confidence * ZD_TRAIN_BINS)];

        if ((set != ALL_SETS && a->set != set) || a->as_new != as_new)
            continue;
        if (a->as == ZD_ASKED_OWN)
            yes[n_yes++] = confidence;
        else if (a->as == ZD_ASKED_FOREIGN)
            no[n_no++] = confidence;
        bin->said += confidence;
        bin->right += a->as == ZD_ASKED_OWN && f->right[i];
        bin->n++;
        n++;
    }
    if (n_yes > 0 && n_no > 0)
        zd_score_refusal(yes, n_yes, no, n_no, &m->auc, &m->refused_at_95);
    for (size_t i = 0; n > 0 && i < ZD_TRAIN_BINS; i++)
        m->calibration_error += fabs(m->bins[i].said - m->bins[i].right) / (double)n;
    zd_free(yes);
    zd_free(no);
    return yes && no ? ZD_OK : no_memory(err);
}

static void divide(struct zd_train_measure *m)
{
    const double n = m->n_questions ? (double)m->n_questions : 1.0;

    m->ndcg10 /= n;
    m->mrr10 /= n;
    m->recall10 /= n;
    m->recall100 /= n;
    m->hit1 /= n;
    m->hit5 /= n;
}

/* Sums to means, and the gate's figures. */
static enum zd_status finish(const struct fit *f, struct zd_train_figures *figures,
                             struct zd_error *err)
{
    enum zd_status st = gate_figures(f, ALL_SETS, false, &figures->all, err);

    if (st == ZD_OK)
        st = gate_figures(f, ALL_SETS, true, &figures->as_new, err);
    divide(&figures->all);
    divide(&figures->as_new);
    for (uint32_t set = 0; st == ZD_OK && set < f->options->n_sets; set++) {
        st = gate_figures(f, set, false, &figures->sets[set], err);
        divide(&figures->sets[set]);
    }
    return st;
}

/* ---- all ---- */

static enum zd_status make_room(struct fit *f, struct zd_error *err)
{
    const size_t n = f->rows->n_rows + f->rows->n_asked + 1, n_asked = f->rows->n_asked + 1;
    const size_t wide = zd_gate_features();

    f->odds = zd_alloc(n * sizeof *f->odds);
    f->y = zd_alloc(n_asked * sizeof *f->y);
    f->weights = zd_alloc(n_asked * sizeof *f->weights);
    f->x = zd_alloc(n_asked * wide * sizeof *f->x);
    f->gate_x = zd_alloc(n_asked * wide * sizeof *f->gate_x);
    f->has_gate = zd_alloc(n_asked * sizeof *f->has_gate);
    f->right = zd_alloc(n_asked * sizeof *f->right);
    f->topic = zd_alloc(n_asked * sizeof *f->topic);
    f->sure = zd_alloc(n_asked * sizeof *f->sure);
    return f->odds && f->y && f->weights && f->x && f->gate_x && f->has_gate && f->right &&
                   f->topic && f->sure
               ? ZD_OK
               : no_memory(err);
}

static void fit_done(struct fit *f)
{
    for (size_t i = 0; i < ZD_COUNT(f->rankers); i++)
        zd_trees_free(f->rankers[i]);
    zd_free(f->odds);
    zd_free(f->y);
    zd_free(f->weights);
    zd_free(f->x);
    zd_free(f->gate_x);
    zd_free(f->has_gate);
    zd_free(f->right);
    zd_free(f->topic);
    zd_free(f->sure);
}

/* Few questions: the ranker and gate of the model before judge them. */
static enum zd_status judge_by_before(struct fit *f, struct zd_train_figures *figures,
                                      struct zd_error *err)
{
    const struct zd_model *before = f->options->before;
    const struct zd_trees *ranker = zd_model_ranker(before), *topic = zd_model_topic(before),
                          *sure = zd_model_sure(before), *look = zd_model_look(before);
    enum zd_status st = ZD_OK;

    for (size_t k = 0; k < f->rows->n_rows; k++)
        f->odds[k] = (float)zd_trees_score(ranker, f->rows->features + k * zd_rank_features());
    if (look && zd_trees_n_features(look) == zd_look_row_features())
        st = zd_train_look_with(look, f->rows, f->odds, err);
    if (st == ZD_OK)
        st = rank_all(f, figures, err);
    for (size_t i = 0; st == ZD_OK && topic && sure && i < f->rows->n_asked; i++)
        if (f->has_gate[i]) {
            f->topic[i] = chance(topic, f->gate_x + i * zd_gate_features());
            f->sure[i] = chance(sure, f->gate_x + i * zd_gate_features());
        }
    return st == ZD_OK ? finish(f, figures, err) : st;
}

/* Own questions among the rows. */
static size_t n_own(const struct zd_train_rows *rows)
{
    size_t n = 0;

    for (size_t i = 0; i < rows->n_asked; i++)
        n += rows->asked[i].as == ZD_ASKED_OWN && !rows->asked[i].as_new;
    return n;
}

enum zd_status zd_train_fit(const struct zd_train_rows *rows,
                            const struct zd_train_options *options, struct zd_buf *ret_ranker,
                            struct zd_buf *ret_look, struct zd_buf *ret_topic,
                            struct zd_buf *ret_sure, struct zd_train_figures *figures,
                            struct zd_error *err)
{
    struct fit f = {.rows = rows, .options = options};
    struct zd_trees *topic = NULL, *sure = NULL;
    enum zd_status st = make_room(&f, err);

    if (st == ZD_OK && n_own(rows) < ZD_TRAIN_QUESTIONS_MIN && options->before &&
        zd_model_ranker(options->before)) {
        st = judge_by_before(&f, figures, err);
        fit_done(&f);
        return st;
    }
    if (st == ZD_OK)
        st = fit_rankers(&f, err);
    if (st == ZD_OK)
        score_folds(&f);
    if (st == ZD_OK)
        st = zd_train_fit_look(rows, options, f.odds, ret_look, err);
    if (st == ZD_OK)
        st = rank_all(&f, figures, err);
    if (st == ZD_OK)
        st = gate_folds(&f, err);
    if (st == ZD_OK)
        st = finish(&f, figures, err);
    if (st == ZD_OK)
        st = fit_gate(&f, true, ALL_FOLDS, &topic, err);
    if (st == ZD_OK)
        st = fit_gate(&f, false, ALL_FOLDS, &sure, err);
    if (st == ZD_OK) {
        zd_trees_write(f.rankers[ZD_TRAINING_FOLDS], ret_ranker);
        zd_trees_write(topic, ret_topic);
        zd_trees_write(sure, ret_sure);
        st = zd_buf_check(ret_ranker, "the ranker", err);
    }
    zd_trees_free(topic);
    zd_trees_free(sure);
    fit_done(&f);
    return st;
}
