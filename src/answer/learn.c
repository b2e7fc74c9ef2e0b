/* learn.c: examples, and the models that come of them (see learn.h). */
#include "answer/learn.h"

#include <string.h>

#include "answer/answer_private.h"
#include "base/utf8.h"

#define LEARN_SOURCES 3
#define ARENA_MAX_BYTES ((size_t)3 << 30)
#define SURE_LETTERS 8 /* an answer this long is found anywhere; a shorter one where it fits best */
#define PART_LETTERS 12 /* of an answer's end that runs over the end of a passage */
#define GRADES 4.0F     /* the grade of a run with F1 1, for ranking */
#define FAR_PIECES 3    /* see add_pieces */
#define SKIPPED (-1.0F) /* a piece of a source where a short answer may stand by chance */

struct example {
    struct zd_answer__reading reading;
    float *gold;        /* [n_pieces] share of its letters in the answer, or SKIPPED */
    uint32_t n_letters; /* of the answer */
    uint32_t fold, half;
};

struct zd_answer_learner {
    struct zd_arena *arena;
    struct example *p; /* [n] */
    size_t n, cap;
};

enum zd_status zd_answer_learner_new(struct zd_answer_learner **ret_learner, struct zd_error *err)
{
    struct zd_answer_learner *learner = zd_alloc(sizeof *learner);

    if (learner)
        learner->arena = zd_arena_new(ARENA_MAX_BYTES);
    if (!learner || !learner->arena) {
        zd_answer_learner_free(learner);
        return ZD_FAIL(err, ZD_NOMEM, 0, "no memory left for learning");
    }
    *ret_learner = learner;
    return ZD_OK;
}

void zd_answer_learner_free(struct zd_answer_learner *learner)
{
    if (!learner)
        return;
    zd_free(learner->p);
    zd_arena_free(learner->arena);
    zd_free(learner);
}

/* Where an answer stands in a source: its letters among the source's. */
struct place {
    uint32_t source, from, to; /* signs */
};

/* The letters of a text as signs are folded. */
static uint32_t letters_of(struct zd_str text, uint32_t *letters)
{
    uint32_t n = 0;

    for (size_t at = 0; at < text.n;) {
        const uint32_t c = zd_answer__fold(zd_utf8_next(text, &at));

        if (zd_answer__is_letter(c))
            letters[n++] = c;
    }
    return n;
}

/* True where the letters from signs[at] on, up to `end`, begin with letters[n]; *ret_to is behind. */
static bool stands_at(const struct zd_answer__sign *signs, uint32_t at, uint32_t end,
                      const uint32_t *letters, uint32_t n, uint32_t *ret_to)
{
    uint32_t k = 0;

    for (; at < end && k < n; at++) {
        if (!signs[at].letter)
            continue;
        if (signs[at].folded != letters[k])
            return false;
        k++;
    }
    *ret_to = at;
    return k == n;
}

static void mark(const struct zd_answer__reading *r, const struct place *place, float *gold)
{
    for (size_t i = 0; i < r->n_pieces; i++) {
        const struct zd_answer__piece *p = &r->pieces[i];
        uint32_t n = 0;

        if (p->source != place->source || p->n_letters == 0)
            continue;
        for (uint32_t s = p->from; s < p->to; s++)
            n += r->signs[s].letter && s >= place->from && s < place->to;
        if (n > 0)
            gold[i] = (float)n / (float)p->n_letters;
    }
}

static void skip(const struct zd_answer__reading *r, uint32_t source, float *gold)
{
    for (size_t i = 0; i < r->n_pieces; i++)
        if (r->pieces[i].source == source)
            gold[i] = SKIPPED;
}

static bool may_answer(const struct zd_answer_gold *gold, int64_t document)
{
    for (size_t i = 0; i < gold->n_documents; i++)
        if (gold->documents[i] == document)
            return true;
    return gold->n_documents == 0;
}

/* The share of the question in the sentence around a sign, for choosing between places. */
static float share_at(const struct zd_answer__reading *r, uint32_t sign)
{
    const uint32_t clause = r->signs[sign].clause;

    for (size_t i = 0; i < r->n_pieces; i++)
        if (clause != ZD_ANSWER__NOWHERE && r->pieces[i].clause == clause)
            return r->features[i * ZD_ANSWER__FEATURES + ZD_ANSWER__F_SENTENCE] +
                   r->features[i * ZD_ANSWER__FEATURES + ZD_ANSWER__F_OWN];
    return 0.0F;
}

/* Marks where an answer of n letters stands. False where it stands nowhere. */
static bool find_answer(const struct zd_answer__reading *r, const struct zd_answer_gold *about,
                        const uint32_t *letters, uint32_t n, float *gold)
{
    struct place best = {0};
    float best_share = -1.0F;
    bool found = false;

    for (uint32_t s = 0; s < r->n_sources; s++) {
        const bool may = may_answer(about, r->sources[s].passage.document);
        bool here = false;

        for (uint32_t at = r->first_sign[s]; at < r->first_sign[s + 1]; at++) {
            struct place place = {s, at, 0};

            if (!r->signs[at].letter ||
                !stands_at(r->signs, at, r->first_sign[s + 1], letters, n, &place.to))
                continue;
            here = true;
            if (n >= SURE_LETTERS)
                mark(r, &place, gold);
            else if (may && share_at(r, at) > best_share) {
                best = place;
                best_share = share_at(r, at);
            }
        }
        found |= here && (may || n >= SURE_LETTERS);
        if (here && n < SURE_LETTERS)
            skip(r, s, gold);
    }
    if (best_share >= 0.0F) {
        for (size_t i = 0; i < r->n_pieces; i++)
            if (r->pieces[i].source == best.source)
                gold[i] = 0.0F;
        mark(r, &best, gold);
    }
    return found;
}

/* An answer that runs over the end of a passage: its beginning at the end of one, or the reverse. */
static void find_part(const struct zd_answer__reading *r, const uint32_t *letters, uint32_t n,
                      float *gold)
{
    if (n < 2 * PART_LETTERS)
        return;
    for (uint32_t s = 0; s < r->n_sources; s++)
        for (uint32_t at = r->first_sign[s]; at < r->first_sign[s + 1]; at++) {
            struct place place = {s, at, r->first_sign[s + 1]};
            uint32_t to;

            if (!r->signs[at].letter)
                continue;
            if (stands_at(r->signs, at, place.to, letters, PART_LETTERS, &to)) {
                mark(r, &place, gold);
            } else if (stands_at(r->signs, at, place.to, letters + n - PART_LETTERS, PART_LETTERS,
                                 &to)) {
                place = (struct place){s, r->first_sign[s], to};
                mark(r, &place, gold);
            }
        }
}

static enum zd_status label(struct zd_answer_learner *learner, const struct zd_answer_gold *about,
                            struct example *example, struct zd_error *err)
{
    const struct zd_answer__reading *r = &example->reading;
    bool found = false;

    example->gold = zd_arena_array(learner->arena, r->n_pieces, sizeof *example->gold);
    if (!example->gold)
        return ZD_FAIL(err, ZD_NOMEM, 0, "no memory left for learning");
    for (size_t i = 0; i < about->n_answers && !found; i++) {
        uint32_t *letters = zd_alloc((about->answers[i].n + 1) * sizeof *letters);
        uint32_t n;

        if (!letters)
            return ZD_FAIL(err, ZD_NOMEM, 0, "no memory left for learning");
        n = letters_of(about->answers[i], letters);
        if (n > 0) {
            example->n_letters = n;
            found = find_answer(r, about, letters, n, example->gold);
            if (!found)
                find_part(r, letters, n, example->gold);
        }
        zd_free(letters);
    }
    return ZD_OK;
}

/* Copies what a reading borrows. */
static enum zd_status keep_question(struct zd_answer_learner *learner,
                                    const struct zd_question *question,
                                    const struct zd_ranking *ranking,
                                    const struct zd_question **ret_question,
                                    const struct zd_ranking **ret_ranking, struct zd_error *err)
{
    const size_t n = question->n_terms;
    struct zd_question *q = zd_arena_alloc(learner->arena, sizeof *q);
    struct zd_ranking *r = zd_arena_alloc(learner->arena, sizeof *r);
    uint64_t *terms = zd_arena_array(learner->arena, n + 1, sizeof *terms);
    float *weights = zd_arena_array(learner->arena, n + 1, sizeof *weights);
    struct zd_ranked *ranked = zd_arena_array(learner->arena, ranking->n + 1, sizeof *ranked);

    if (!q || !r || !terms || !weights || !ranked)
        return ZD_FAIL(err, ZD_NOMEM, 0, "no memory left for learning");
    memcpy(terms, question->terms, n * sizeof *terms);
    memcpy(weights, ranking->term_weights, n * sizeof *weights);
    memcpy(ranked, ranking->p, ranking->n * sizeof *ranked);
    *q = (struct zd_question){.folded = zd_arena_str(learner->arena, question->folded),
                              .terms = terms,
                              .n_terms = n,
                              .n_said = question->n_said};
    *r = (struct zd_ranking){.p = ranked, .n = ranking->n, .term_weights = weights};
    *ret_question = q;
    *ret_ranking = r;
    return q->folded.p ? ZD_OK : ZD_FAIL(err, ZD_NOMEM, 0, "no memory left for learning");
}

enum zd_status zd_answer_learner_add(struct zd_answer_learner *learner,
                                     const struct zd_question *question,
                                     const struct zd_ranking *ranking, struct zd_store *store,
                                     const struct zd_subject *subject,
                                     const struct zd_answer_gold *gold, struct zd_error *err)
{
    struct zd_answer__source *sources =
        zd_arena_array(learner->arena, LEARN_SOURCES, sizeof *sources);
    struct example example = {.fold = gold->fold, .half = (uint32_t)(learner->n % 2)};
    const struct zd_question *q = NULL;
    const struct zd_ranking *r = NULL;
    size_t n = 0;
    enum zd_status st;

    if (ranking->n == 0 || gold->n_answers == 0)
        return ZD_OK;
    if (!sources || !zd_grow(&learner->p, &learner->cap, learner->n + 1, sizeof *learner->p,
                             ZD_ANSWER_EXAMPLES_MAX))
        return ZD_FAIL(err, ZD_NOMEM, 0, "no memory left for learning");
    st = keep_question(learner, question, ranking, &q, &r, err);
    if (st == ZD_OK)
        st = zd_answer__sources(r, store, subject, LEARN_SOURCES, learner->arena, sources, &n, err);
    if (st == ZD_OK)
        st = zd_answer__read(q, r, sources, n, learner->arena, &example.reading, err);
    if (st == ZD_OK)
        st = label(learner, gold, &example, err);
    if (st == ZD_OK)
        learner->p[learner->n++] = example;
    return st;
}

/* Rows for the trees, gathered and freed together. */
struct rows {
    float *x, *y, *weights;
    size_t n, cap, n_features;
    uint32_t *groups;
    size_t n_groups, groups_cap;
};

static bool widen(float **array, size_t n, size_t size)
{
    float *more = zd_realloc(*array, n * size * sizeof *more);

    if (more)
        *array = more;
    return more != NULL;
}

static bool rows_add(struct rows *rows, const float *x, float y, float weight)
{
    if (rows->n == rows->cap) {
        const size_t cap = rows->cap ? 2 * rows->cap : 4096;

        if (!widen(&rows->x, cap, rows->n_features) || !widen(&rows->y, cap, 1) ||
            !widen(&rows->weights, cap, 1))
            return false;
        rows->cap = cap;
    }
    memcpy(rows->x + rows->n * rows->n_features, x, rows->n_features * sizeof *x);
    rows->y[rows->n] = y;
    rows->weights[rows->n++] = weight;
    return true;
}

static void rows_free(struct rows *rows)
{
    zd_free(rows->x);
    zd_free(rows->y);
    zd_free(rows->weights);
    zd_free(rows->groups);
}

#define EITHER 2 /* both halves */

static bool takes_part(const struct zd_answer_learning *o, const struct example *e, uint32_t half)
{
    return !(o->leave_out && e->fold == o->fold) && (half == EITHER || e->half == half);
}

struct stage {
    const struct zd_answer_learning *options;
    size_t done, of; /* trees of all models */
};

static enum zd_status on_tree(void *context, const struct zd_trees_progress *now,
                              struct zd_error *err)
{
    struct stage *stage = context;

    (void)now;
    stage->done++;
    if (stage->options->progress &&
        !stage->options->progress(stage->options->context, stage->done, stage->of))
        return ZD_FAIL(err, ZD_BUSY, 0, "training was stopped");
    return ZD_OK;
}

#define PIECE_TREES 300
#define RUN_TREES 220
#define LEARNING_RATE 0.05

static enum zd_status train(struct stage *stage, const struct rows *rows,
                            enum zd_trees_objective objective, size_t n_trees,
                            struct zd_trees **ret_trees, struct zd_error *err)
{
    const struct zd_trees_rows in = {.x = rows->x,
                                     .y = rows->y,
                                     .weights = rows->groups ? NULL : rows->weights,
                                     .n = rows->n,
                                     .groups = rows->groups,
                                     .n_groups = rows->n_groups};
    const struct zd_trees_options o = {.objective = objective,
                                       .n_features = rows->n_features,
                                       .max_trees = n_trees,
                                       .learning_rate = LEARNING_RATE,
                                       .max_leaves = 16,
                                       .min_rows = 40,
                                       .l2 = 5.0,
                                       .row_share = 0.7,
                                       .feature_share = 0.6,
                                       .ndcg_at = 5,
                                       .seed = stage->options->seed,
                                       .progress = on_tree,
                                       .context = stage};

    return zd_trees_train(&in, NULL, &o, ret_trees, err);
}

/* Adds the pieces of an example; of the sentences without a letter of the answer one piece in
 * FAR_PIECES, which then stands for all. */
static bool add_pieces(const struct example *e, struct rows *rows)
{
    const struct zd_answer__reading *r = &e->reading;
    bool ok = true;

    for (size_t from = 0, to; ok && from < r->n_pieces; from = to) {
        bool near = false;

        for (to = from; to < r->n_pieces && r->pieces[to].sentence == r->pieces[from].sentence;
             to++)
            near |= e->gold[to] > 0.0F;
        for (size_t i = from; ok && i < to; i++)
            if (r->pieces[i].n_letters > 0 && e->gold[i] != SKIPPED &&
                (near || (i + r->n_pieces) % FAR_PIECES == 0))
                ok = rows_add(rows, r->features + i * ZD_ANSWER__FEATURES, e->gold[i],
                              near ? 1.0F : (float)FAR_PIECES);
    }
    return ok;
}

static enum zd_status train_pieces(const struct zd_answer_learner *learner, struct stage *stage,
                                   uint32_t half, struct zd_trees **ret_trees, struct zd_error *err)
{
    struct rows rows = {.n_features = ZD_ANSWER__FEATURES};
    bool ok = true;
    enum zd_status st;

    for (size_t e = 0; ok && e < learner->n; e++) {
        if (takes_part(stage->options, &learner->p[e], half))
            ok = add_pieces(&learner->p[e], &rows);
    }
    if (ok)
        st = train(stage, &rows, ZD_TREES_LOGISTIC, PIECE_TREES, ret_trees, err);
    else
        st = ZD_FAIL(err, ZD_NOMEM, 0, "no memory left for learning");
    rows_free(&rows);
    return st;
}

/* The letters of a run that belong to the answer; false where that is not known. */
static bool overlap_of(const struct example *e, const struct zd_answer__run *run, float *ret_n)
{
    float n = 0.0F;

    for (size_t i = run->from; i < run->to; i++) {
        if (e->gold[i] == SKIPPED)
            return false;
        n += e->gold[i] * (float)e->reading.pieces[i].n_letters;
    }
    *ret_n = n;
    return true;
}

static bool add_runs(const struct example *e, struct rows *fit, struct rows *holds)
{
    struct zd_answer__runs runs = {.n = 0};
    bool ok = true;

    zd_answer__find_runs(&e->reading, &runs);
    for (size_t i = 0; ok && i < runs.n; i++) {
        float f[ZD_ANSWER__RUN_FEATURES], n = 0.0F;

        if (!overlap_of(e, &runs.p[i], &n))
            continue;
        zd_answer__run_features(&e->reading, &runs, i, f);
        ok = rows_add(fit, f, GRADES * 2.0F * n / (float)(runs.p[i].n_letters + e->n_letters),
                      1.0F) &&
             rows_add(holds, f, n > (float)e->n_letters - 0.5F ? 1.0F : 0.0F, 1.0F);
    }
    if (!zd_grow(&fit->groups, &fit->groups_cap, fit->n_groups + 2, sizeof *fit->groups, 1000000))
        return false;
    if (fit->n_groups == 0)
        fit->groups[0] = 0;
    fit->groups[++fit->n_groups] = (uint32_t)fit->n;
    return ok;
}

static enum zd_status train_runs(const struct zd_answer_learner *learner, struct stage *stage,
                                 struct zd_answer_model *halves, struct zd_answer_model *model,
                                 struct zd_error *err)
{
    struct rows fit = {.n_features = ZD_ANSWER__RUN_FEATURES}, holds = fit;
    bool ok = true;
    enum zd_status st;

    for (size_t e = 0; ok && e < learner->n; e++) {
        struct example *example = &learner->p[e];

        if (!takes_part(stage->options, example, EITHER))
            continue;
        zd_answer__judge(&example->reading, &halves[1 - example->half]);
        ok = add_runs(example, &fit, &holds);
    }
    if (ok)
        st = train(stage, &fit, ZD_TREES_RANK, RUN_TREES, &model->fit, err);
    else
        st = ZD_FAIL(err, ZD_NOMEM, 0, "no memory left for learning");
    if (st == ZD_OK)
        st = train(stage, &holds, ZD_TREES_LOGISTIC, RUN_TREES, &model->holds, err);
    rows_free(&fit);
    rows_free(&holds);
    return st;
}

enum zd_status zd_answer_learn(const struct zd_answer_learner *learner,
                               const struct zd_answer_learning *options, struct zd_buf *out,
                               struct zd_error *err)
{
    struct stage stage = {options, 0, 3 * PIECE_TREES + 2 * RUN_TREES};
    struct zd_answer_model *model = zd_alloc(sizeof *model), halves[2] = {{0}};
    enum zd_status st = ZD_OK;

    if (!model)
        return ZD_FAIL(err, ZD_NOMEM, 0, "no memory left for learning");
    for (uint32_t half = 0; st == ZD_OK && half < 2; half++)
        st = train_pieces(learner, &stage, half, &halves[half].pieces, err);
    if (st == ZD_OK)
        st = train_runs(learner, &stage, halves, model, err);
    if (st == ZD_OK)
        st = train_pieces(learner, &stage, EITHER, &model->pieces, err);
    if (st == ZD_OK) {
        zd_answer__model_write(model, out);
        st = zd_buf_check(out, "a model of answers", err);
    }
    zd_trees_free(halves[0].pieces);
    zd_trees_free(halves[1].pieces);
    zd_answer_model_free(model);
    return st;
}
