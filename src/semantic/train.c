/* train.c: see train.h. */
#include "semantic/train.h"

#include <math.h>
#include <string.h>

#include "semantic/batch.h"
#include "semantic/checkpoint.h"
#include "semantic/held_out.h"
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

struct stage {
    struct zd_parameters *p;
    const struct zd_corpus_view *corpus;
    struct zd_stage_options o;
    struct zd_team *team;
    struct zd_held_out *held;
    struct zd_batcher *batcher;
    struct zd_stepper *stepper;
    struct zd_training_state state;
    uint8_t binding[ZD_SHA256_BYTES];
    uint32_t last; /* the step to stop behind */
};

static bool is_cancelled(const struct zd_stage_options *o)
{
    return o->cancel && atomic_load(o->cancel);
}

static void note(const struct stage *s, enum zd_stage_note what, uint32_t step)
{
    if (s->o.on_note)
        s->o.on_note(s->o.context, what, step);
}

static void report(struct stage *s)
{
    struct zd_training_state *now = &s->state;

    if (s->o.on_progress)
        s->o.on_progress(s->o.context, &(struct zd_train_progress){
                                           now->step, s->last,
                                           now->n_losses ? now->loss / (float)now->n_losses : 0});
    now->loss = 0.0F;
    now->n_losses = 0;
}

static enum zd_status keep(struct stage *s, struct zd_error *err)
{
    if (!s->o.keep)
        return ZD_OK;
    s->state.random = zd_batcher_state(s->batcher);
    return zd_checkpoint_write(s->o.keep, s->binding, &s->state, s->p, err);
}

static void copy_vectors(const struct zd_parameters *p, float *to_e, const float *e, float *to_w,
                         const float *w)
{
    memcpy(to_e, e, (size_t)p->n_rows * p->n_dims * sizeof *e);
    memcpy(to_w, w, p->n_rows * sizeof *w);
}

/* Looks at the held-out part and keeps the state that finds it best, the later one of equals. */
static void look(struct stage *s)
{
    struct zd_training_state *now = &s->state;
    const float found = zd_held_out_look(s->held, s->p, s->team);
    const bool is_first = now->best_step == 0;

    now->n_looks = is_first || found > now->best ? 0 : now->n_looks + 1;
    if (!is_first && found < now->best)
        return;
    now->best = found;
    now->best_step = now->step;
    copy_vectors(s->p, now->best_e, s->p->e, now->best_w, s->p->w);
}

/* True where the held-out part has not been found better for as many looks as patience has. */
static bool is_enough(const struct stage *s)
{
    return s->held && s->o.patience > 0 && s->state.n_looks >= s->o.patience;
}

static bool is_due(uint32_t step, uint32_t every)
{
    return every > 0 && step % every == 0;
}

static enum zd_status mine_anew(struct stage *s, struct zd_error *err)
{
    enum zd_status st = mine(s->p, s->corpus, s->batcher, s->team, err);
    size_t n = 0;

    (void)zd_batcher_questions(s->batcher, &n);
    s->state.hard = zd_batcher_mined(s->batcher);
    s->state.n_hard = (uint32_t)(n * HARD_EACH);
    return st;
}

static enum zd_status take_step(struct stage *s, struct zd_error *err)
{
    struct zd_training_state *now = &s->state;
    const float left = 1.0F - (float)now->step / (float)s->o.n_steps;
    const struct zd_batch *batch = NULL;
    float loss = 0.0F;
    enum zd_status st = ZD_OK;

    if (s->o.n_hard > 0 && (now->step == 0 || is_due(now->step, s->o.mine_every)))
        st = mine_anew(s, err);
    if (st == ZD_OK)
        st = zd_batcher_next(s->batcher, &batch, err);
    if (st == ZD_OK)
        st = zd_stepper_step(s->stepper, batch, s->o.temperature,
                             s->o.rate * (left > LAST_RATE ? left : LAST_RATE), &loss, err);
    now->loss += loss;
    now->n_losses++;
    now->step++;
    return st;
}

static enum zd_status run_steps(struct stage *s, struct zd_error *err)
{
    enum zd_status st = ZD_OK;

    while (st == ZD_OK && s->state.step < s->last && !is_enough(s)) {
        if (is_cancelled(&s->o)) {
            st = s->state.step > 0 ? keep(s, err) : ZD_OK;
            if (st == ZD_OK)
                st = ZD_FAIL(err, ZD_INVALID, 0, "cancelled");
            return st;
        }
        st = take_step(s, err);
        if (st == ZD_OK && s->held &&
            (is_due(s->state.step, s->o.look_every) || s->state.step == s->last))
            look(s);
        if (st == ZD_OK && is_due(s->state.step, REPORT_EVERY))
            report(s);
        if (st == ZD_OK && is_due(s->state.step, s->o.keep_every))
            st = keep(s, err);
    }
    return st;
}

/* Back to the best state, where one was looked for, and the sums to 0. */
static enum zd_status finish(struct stage *s, struct zd_error *err)
{
    struct zd_training_state *now = &s->state;
    struct zd_parameters *p = s->p;

    if (s->held && now->step < s->last)
        note(s, ZD_STAGE_ENOUGH, now->best_step);
    if (s->held && now->best_step > 0)
        copy_vectors(p, p->e, now->best_e, p->w, now->best_w);
    else
        now->best_step = now->step;
    now->step = s->last;
    report(s);
    now->is_finished = true;
    return keep(s, err);
}

/* Goes on from the kept file where there is one of this very stage. */
static enum zd_status go_on(struct stage *s, struct zd_error *err)
{
    struct zd_error why = {0};
    enum zd_status st = zd_checkpoint_bind(s->p, s->corpus, &s->o, s->binding, err);

    if (st != ZD_OK)
        return st;
    if (s->o.n_hard > 0) {
        size_t n = 0;

        (void)zd_batcher_questions(s->batcher, &n);
        s->state.hard = zd_batcher_hard(s->batcher, HARD_EACH);
        s->state.n_hard = (uint32_t)(n * HARD_EACH);
        if (!s->state.hard)
            return no_memory(err);
    }
    st = zd_checkpoint_read(s->o.keep, s->binding, &s->state, s->p, &why);
    if (st == ZD_OK) {
        zd_batcher_go_on(s->batcher, s->state.random);
        note(s, ZD_STAGE_RESUMED, s->state.step);
    } else if (st == ZD_CORRUPT) {
        note(s, ZD_STAGE_ANEW, 0);
    } else if (st != ZD_NOT_FOUND) {
        *err = why;
        return st;
    }
    return ZD_OK;
}

/* The part to watch; none where it is not wanted or there is too little to hold out. */
static enum zd_status begin_held_out(struct stage *s, struct zd_error *err)
{
    struct zd_training_state *now = &s->state;
    const size_t n = (size_t)s->p->n_rows * s->p->n_dims;
    enum zd_status st = ZD_OK;

    if (s->o.look_every == 0)
        return ZD_OK;
    st = zd_held_out_new(s->corpus, &s->o, s->p->n_dims, &s->held, err);
    if (st != ZD_OK)
        return st;
    if (zd_held_out_count(s->held) == 0) {
        zd_held_out_free(s->held);
        s->held = NULL;
        return ZD_OK;
    }
    now->best_e = zd_alloc(n * sizeof *now->best_e);
    now->best_w = zd_alloc(s->p->n_rows * sizeof *now->best_w);
    return now->best_e && now->best_w ? ZD_OK : no_memory(err);
}

static enum zd_status begin(struct stage *s, struct zd_error *err)
{
    enum zd_status st = begin_held_out(s, err);

    if (st == ZD_OK)
        st = zd_team_new(s->o.n_threads, &s->team, err);
    if (st == ZD_OK)
        st = zd_batcher_new(s->corpus, &s->o, s->held, &s->batcher, err);
    if (st == ZD_OK)
        st = zd_stepper_new(s->p, s->corpus, s->team, s->o.batch, (size_t)s->o.batch + s->o.n_hard,
                            &s->stepper, err);
    if (st == ZD_OK && s->o.keep)
        st = go_on(s, err);
    return st;
}

static void clear_sums(struct zd_parameters *p)
{
    memset(p->h, 0, (size_t)p->n_rows * p->n_dims * sizeof *p->h);
    memset(p->v, 0, p->n_rows * sizeof *p->v);
}

enum zd_status zd_train_stage(struct zd_parameters *p, const struct zd_corpus_view *corpus,
                              const struct zd_stage_options *options, struct zd_stage_end *ret_end,
                              struct zd_error *err)
{
    struct stage s = {.p = p, .corpus = corpus, .o = *options};
    enum zd_status st;

    s.o.batch = s.o.batch ? s.o.batch : BATCH;
    s.o.temperature = s.o.temperature > 0.0F ? s.o.temperature : TEMPERATURE;
    s.o.rate = s.o.rate > 0.0F ? s.o.rate : RATE;
    s.last = s.o.stop_at > 0 && s.o.stop_at < s.o.n_steps ? s.o.stop_at : s.o.n_steps;
    clear_sums(p);
    st = begin(&s, err);
    if (st == ZD_OK && !s.state.is_finished) {
        st = run_steps(&s, err);
        if (st == ZD_OK)
            st = finish(&s, err);
    }
    clear_sums(p);
    if (st == ZD_OK)
        *ret_end = (struct zd_stage_end){s.state.best_step, s.state.best};
    zd_free(s.state.best_e);
    zd_free(s.state.best_w);
    zd_stepper_free(s.stepper);
    zd_batcher_free(s.batcher);
    zd_team_free(s.team);
    zd_held_out_free(s.held);
    return st;
}
