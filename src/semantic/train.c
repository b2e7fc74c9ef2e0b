/* train.c: see train.h. */
#include "semantic/train.h"

#include <math.h>
#include <string.h>

#include "semantic/batch.h"
#include "semantic/kernel.h"
#include "semantic/step.h"

#define BATCH 512
#define TEMPERATURE 0.05F
#define RATE 0.05F
#define LAST_RATE 0.02F /* of the first */
#define REPORT_EVERY 20
#define HARD_EACH 16 /* kept a question */
#define HARD_FROM 3  /* the very first may answer without having been marked */
#define PASSAGES_A_PART 64

static enum zd_status no_memory(struct zd_error *err)
{
    return ZD_FAIL(err, ZD_NOMEM, 0, "no memory left for training");
}

void zd_parameters_done(struct zd_parameters *p)
{
    zd_free(p->e);
    zd_free(p->h);
    zd_free(p->w);
    zd_free(p->v);
    *p = (struct zd_parameters){0};
}

static enum zd_status make_room(struct zd_parameters *p, uint32_t n_rows, uint32_t n_dims,
                                struct zd_error *err)
{
    const size_t n = (size_t)n_rows * n_dims;

    *p = (struct zd_parameters){.n_rows = n_rows, .n_dims = n_dims};
    p->e = zd_alloc(n * sizeof *p->e);
    p->h = zd_alloc(n * sizeof *p->h);
    p->w = zd_alloc(n_rows * sizeof *p->w);
    p->v = zd_alloc(n_rows * sizeof *p->v);
    if (p->e && p->h && p->w && p->v)
        return ZD_OK;
    zd_parameters_done(p);
    return no_memory(err);
}

/* About normal, mean 0 and deviation 1: twelve even numbers added up. */
static float normal(uint64_t *random)
{
    float sum = -6.0F;

    for (int i = 0; i < 6; i++) {
        const uint64_t r = zd_semantic__random(random);

        sum += (float)(r >> 40) * 0x1p-24F + (float)(r >> 8 & 0xffffff) * 0x1p-24F;
    }
    return sum;
}

enum zd_status zd_parameters_init(struct zd_parameters *p, const struct zd_corpus_view *corpus,
                                  uint32_t n_dims, uint64_t seed, struct zd_error *err)
{
    const float deviation = 1.0F / sqrtf((float)n_dims);
    enum zd_status st = make_room(p, corpus->n_rows, n_dims, err);

    if (st != ZD_OK)
        return st;
    for (size_t i = 0; i < (size_t)p->n_rows * n_dims; i++)
        p->e[i] = deviation * normal(&seed);
    for (size_t row = 0; row < p->n_rows; row++)
        p->w[row] = logf(corpus->idf[row] + 1e-3F);
    return ZD_OK;
}

enum zd_status zd_parameters_copy(struct zd_parameters *to, const struct zd_parameters *from,
                                  struct zd_error *err)
{
    const size_t n = (size_t)from->n_rows * from->n_dims;

    if (to->e == NULL) {
        enum zd_status st = make_room(to, from->n_rows, from->n_dims, err);

        if (st != ZD_OK)
            return st;
    }
    memcpy(to->e, from->e, n * sizeof *to->e);
    memcpy(to->h, from->h, n * sizeof *to->h);
    memcpy(to->w, from->w, from->n_rows * sizeof *to->w);
    memcpy(to->v, from->v, from->n_rows * sizeof *to->v);
    return ZD_OK;
}

/* ---- vectors of everything ---- */

enum zd_status zd_train_passages(const struct zd_parameters *p, const struct zd_corpus_view *corpus,
                                 float *out, struct zd_error *err)
{
    struct zd_bag_list bags = {0};
    struct zd_bagger bagger;
    enum zd_status st = zd_bagger_init(&bagger, corpus, err);
    uint64_t random = 0;

    for (uint32_t i = 0; st == ZD_OK && i < corpus->n_passages; i++) {
        zd_bag_list_clear(&bags);
        zd_bagger_passage(&bagger, i, UINT32_MAX);
        st = zd_bagger_put(&bagger, 0.0F, &random, &bags, err);
        if (st == ZD_OK)
            (void)zd_step_embed(p, &bags, 0, out + (size_t)i * p->n_dims);
    }
    zd_bag_list_done(&bags);
    zd_bagger_done(&bagger);
    return st;
}

enum zd_status zd_train_questions(const struct zd_parameters *p,
                                  const struct zd_corpus_view *corpus, float *out,
                                  struct zd_error *err)
{
    struct zd_bag_list bags = {0};
    struct zd_bagger bagger;
    enum zd_status st = zd_bagger_init(&bagger, corpus, err);
    uint64_t random = 0;

    for (uint32_t i = 0; st == ZD_OK && i < corpus->n_questions; i++) {
        zd_bag_list_clear(&bags);
        zd_bagger_text(&bagger, corpus->questions[i].question);
        st = zd_bagger_put(&bagger, 0.0F, &random, &bags, err);
        if (st == ZD_OK)
            (void)zd_step_embed(p, &bags, 0, out + (size_t)i * p->n_dims);
    }
    zd_bag_list_done(&bags);
    zd_bagger_done(&bagger);
    return st;
}

/* ---- hard negatives ---- */

struct mining {
    const struct zd_corpus_view *corpus;
    const float *passages, *questions; /* unit vectors */
    const uint32_t *numbers;           /* of the questions to mine for */
    size_t n_dims;
    uint32_t *hard; /* [n][HARD_EACH] */
};

struct candidate {
    float score;
    uint32_t passage;
};

/* Puts a candidate into the list of the best, best first. */
static void insert(struct candidate *best, size_t n, struct candidate one)
{
    size_t at = n;

    if (one.score <= best[n - 1].score)
        return;
    for (at = n - 1; at > 0 && best[at - 1].score < one.score; at--)
        best[at] = best[at - 1];
    best[at] = one;
}

static void mine_part(void *context, size_t part)
{
    const struct mining *m = context;
    const uint32_t number = m->numbers[part];
    const float *q = m->questions + (size_t)number * m->n_dims;
    struct candidate best[HARD_EACH + HARD_FROM];

    for (size_t i = 0; i < ZD_COUNT(best); i++)
        best[i] = (struct candidate){-2.0F, ZD_BATCH_NONE};
    for (size_t i = 0; i < m->corpus->n_passages; i++) {
        const float score = zd_semantic__dot(q, m->passages + i * m->n_dims, m->n_dims);

        if (score > best[ZD_COUNT(best) - 1].score &&
            !zd_batch_answers(m->corpus, number, (uint32_t)i))
            insert(best, ZD_COUNT(best), (struct candidate){score, (uint32_t)i});
    }
    for (size_t i = 0; i < HARD_EACH; i++)
        m->hard[part * HARD_EACH + i] = best[HARD_FROM + i].passage;
}

/* The passages that the model ranks behind the first few for each question and that do not
 * answer it. */
static enum zd_status mine(const struct zd_parameters *p, const struct zd_corpus_view *corpus,
                           struct zd_batcher *batcher, struct zd_team *team, struct zd_error *err)
{
    struct mining m = {.corpus = corpus, .n_dims = p->n_dims};
    size_t n = 0;
    float *passages = zd_alloc(corpus->n_passages * p->n_dims * sizeof *passages);
    float *questions = zd_alloc(corpus->n_questions * p->n_dims * sizeof *questions);
    enum zd_status st = passages && questions ? ZD_OK : no_memory(err);

    m.numbers = zd_batcher_questions(batcher, &n);
    m.hard = zd_batcher_hard(batcher, HARD_EACH);
    if (st == ZD_OK && !m.hard)
        st = no_memory(err);
    if (st == ZD_OK)
        st = zd_train_passages(p, corpus, passages, err);
    if (st == ZD_OK)
        st = zd_train_questions(p, corpus, questions, err);
    if (st == ZD_OK) {
        m.passages = passages;
        m.questions = questions;
        zd_team_run(team, mine_part, &m, n);
    }
    zd_free(passages);
    zd_free(questions);
    return st;
}

/* ---- a stage ---- */

static bool is_cancelled(const struct zd_stage_options *o)
{
    return o->cancel && atomic_load(o->cancel);
}

static void report(const struct zd_stage_options *o, uint32_t step, float *loss, uint32_t *n)
{
    if (o->on_progress)
        o->on_progress(o->context, &(struct zd_train_progress){step, o->n_steps,
                                                               *n ? *loss / (float)*n : 0.0F});
    *loss = 0.0F;
    *n = 0;
}

static enum zd_status run_steps(struct zd_parameters *p, const struct zd_corpus_view *corpus,
                                const struct zd_stage_options *o, struct zd_batcher *batcher,
                                struct zd_stepper *stepper, struct zd_team *team,
                                struct zd_error *err)
{
    float sum = 0.0F;
    uint32_t n = 0;
    enum zd_status st = ZD_OK;

    for (uint32_t step = 0; st == ZD_OK && step < o->n_steps; step++) {
        const float left = 1.0F - (float)step / (float)o->n_steps;
        const struct zd_batch *batch = NULL;
        float loss = 0.0F;

        if (is_cancelled(o))
            return ZD_FAIL(err, ZD_INVALID, 0, "cancelled");
        if (o->n_hard > 0 && (step == 0 || (o->mine_every > 0 && step % o->mine_every == 0)))
            st = mine(p, corpus, batcher, team, err);
        if (st == ZD_OK)
            st = zd_batcher_next(batcher, &batch, err);
        if (st == ZD_OK)
            st = zd_stepper_step(stepper, batch, o->temperature,
                                 o->rate * (left > LAST_RATE ? left : LAST_RATE), &loss, err);
        sum += loss;
        n++;
        if ((step + 1) % REPORT_EVERY == 0 || step + 1 == o->n_steps)
            report(o, step + 1, &sum, &n);
    }
    return st;
}

enum zd_status zd_train_stage(struct zd_parameters *p, const struct zd_corpus_view *corpus,
                              const struct zd_stage_options *options, struct zd_error *err)
{
    struct zd_stage_options o = *options;
    struct zd_batcher *batcher = NULL;
    struct zd_stepper *stepper = NULL;
    struct zd_team *team = NULL;
    enum zd_status st;

    o.batch = o.batch ? o.batch : BATCH;
    o.temperature = o.temperature > 0.0F ? o.temperature : TEMPERATURE;
    o.rate = o.rate > 0.0F ? o.rate : RATE;
    st = zd_team_new(o.n_threads, &team, err);
    if (st == ZD_OK)
        st = zd_batcher_new(corpus, &o, &batcher, err);
    if (st == ZD_OK)
        st = zd_stepper_new(p, corpus, team, o.batch, (size_t)o.batch + o.n_hard, &stepper, err);
    if (st == ZD_OK)
        st = run_steps(p, corpus, &o, batcher, stepper, team, err);
    zd_stepper_free(stepper);
    zd_batcher_free(batcher);
    zd_team_free(team);
    return st;
}
