/* batch.c: see batch.h. */
#include "semantic/batch.h"

#include "semantic/held_out.h"

enum { KEY_PASSAGE, KEY_PAIR, KEY_QUESTION };

struct zd_batcher {
    const struct zd_corpus_view *corpus;
    const struct zd_stage_options *options;
    struct zd_bagger bagger;
    struct zd_batch batch;
    uint32_t counts[ZD_PAIR_KINDS]; /* pairs of a kind in a batch */
    uint32_t *passages;             /* [n_passages] */
    size_t n_passages;
    uint32_t *long_passages; /* [n_long] with at least two sentences */
    size_t n_long;
    uint32_t *pairs; /* [n_pairs] */
    size_t n_pairs;
    uint32_t *questions; /* [n_questions] that may be trained on */
    size_t n_questions;
    uint32_t *drawn; /* [n_drawn] the same, as often as they are to be drawn */
    size_t n_drawn;
    uint32_t *hard; /* [n_questions][n_hard_each] */
    uint32_t n_hard_each;
    struct zd_bag_list second; /* the ys, until the xs are all there */
    uint64_t random;
};

bool zd_batch_answers(const struct zd_corpus_view *corpus, uint32_t question, uint32_t passage)
{
    const struct zd_corpus_question *q = &corpus->questions[question];

    for (uint32_t i = 0; i < q->n; i++)
        if (corpus->relevant[q->first_relevant + i] == passage)
            return true;
    return false;
}

static uint64_t key_of(int kind, uint32_t number)
{
    return (uint64_t)kind << 32 | number;
}

static uint32_t draw(struct zd_batcher *b, size_t below)
{
    return (uint32_t)(((zd_semantic__random(&b->random) >> 32) * (uint64_t)below) >> 32);
}

/* How many pairs there are to draw a kind from. */
static size_t available(const struct zd_batcher *b, int kind)
{
    switch (kind) {
    case ZD_PAIR_SELF:
        return b->n_long;
    case ZD_PAIR_HEADING:
        return b->n_passages;
    case ZD_PAIR_GIVEN:
        return b->n_pairs;
    default:
        return b->n_questions;
    }
}

/* The batch divided among the kinds that there are, as the shares say. */
static enum zd_status share_out(struct zd_batcher *b, struct zd_error *err)
{
    float total = 0.0F, before = 0.0F;
    uint32_t given = 0;

    for (int k = 0; k < ZD_PAIR_KINDS; k++)
        if (available(b, k) > 0)
            total += b->options->shares[k];
    if (!(total > 0.0F))
        return ZD_FAIL(err, ZD_INVALID, 0, "nothing to train on");
    for (int k = 0; k < ZD_PAIR_KINDS; k++) {
        if (available(b, k) > 0)
            before += b->options->shares[k];
        b->counts[k] = (uint32_t)((float)b->options->batch * before / total) - given;
        given += b->counts[k];
    }
    return ZD_OK;
}

static enum zd_status list_members(struct zd_batcher *b, const struct zd_held_out *held,
                                   struct zd_error *err)
{
    const struct zd_corpus_view *c = b->corpus;
    size_t n_drawn = 0;

    b->passages = zd_alloc((c->n_passages + 1) * sizeof *b->passages);
    b->pairs = zd_alloc((c->n_pairs + 1) * sizeof *b->pairs);
    b->long_passages = zd_alloc((c->n_passages + 1) * sizeof *b->long_passages);
    b->questions = zd_alloc((c->n_questions + 1) * sizeof *b->questions);
    for (size_t i = 0; i < c->n_questions; i++)
        n_drawn += c->questions[i].repeat;
    b->drawn = zd_alloc((n_drawn + 1) * sizeof *b->drawn);
    if (!b->passages || !b->pairs || !b->long_passages || !b->questions || !b->drawn)
        return ZD_FAIL(err, ZD_NOMEM, 0, "no memory left for training");
    for (uint32_t i = 0; i < c->n_passages; i++) {
        if (zd_held_out_holds(held, ZD_PAIR_SELF, i))
            continue;
        b->passages[b->n_passages++] = i;
        if (c->passages[i].n >= 2)
            b->long_passages[b->n_long++] = i;
    }
    for (uint32_t i = 0; i < c->n_pairs; i++)
        if (!zd_held_out_holds(held, ZD_PAIR_GIVEN, i))
            b->pairs[b->n_pairs++] = i;
    for (uint32_t i = 0; i < c->n_questions; i++) {
        if (c->questions[i].fold == b->options->left_out || c->questions[i].n == 0 ||
            zd_held_out_holds(held, ZD_PAIR_QUESTION, i))
            continue;
        b->questions[b->n_questions++] = i;
        for (uint32_t k = 0; k < c->questions[i].repeat; k++)
            b->drawn[b->n_drawn++] = i;
    }
    return ZD_OK;
}

enum zd_status zd_batcher_new(const struct zd_corpus_view *corpus,
                              const struct zd_stage_options *options,
                              const struct zd_held_out *held, struct zd_batcher **ret,
                              struct zd_error *err)
{
    struct zd_batcher *b = zd_alloc(sizeof *b);
    enum zd_status st;

    if (!b)
        return ZD_FAIL(err, ZD_NOMEM, 0, "no memory left for training");
    b->corpus = corpus;
    b->options = options;
    b->random = options->seed;
    st = zd_bagger_init(&b->bagger, corpus, err);
    if (st == ZD_OK)
        st = list_members(b, held, err);
    if (st == ZD_OK)
        st = share_out(b, err);
    if (st == ZD_OK) {
        b->batch.of =
            zd_alloc((2 * (size_t)options->batch + options->n_hard + 1) * sizeof *b->batch.of);
        if (!b->batch.of)
            st = ZD_FAIL(err, ZD_NOMEM, 0, "no memory left for training");
    }
    if (st != ZD_OK) {
        zd_batcher_free(b);
        return st;
    }
    *ret = b;
    return ZD_OK;
}

void zd_batcher_free(struct zd_batcher *b)
{
    if (!b)
        return;
    zd_bagger_done(&b->bagger);
    zd_bag_list_done(&b->batch.bags);
    zd_bag_list_done(&b->second);
    zd_free(b->batch.of);
    zd_free(b->passages);
    zd_free(b->long_passages);
    zd_free(b->pairs);
    zd_free(b->questions);
    zd_free(b->drawn);
    zd_free(b->hard);
    zd_free(b);
}

const uint32_t *zd_batcher_questions(const struct zd_batcher *b, size_t *ret_n)
{
    *ret_n = b->n_questions;
    return b->questions;
}

uint32_t *zd_batcher_hard(struct zd_batcher *b, uint32_t n_each)
{
    zd_free(b->hard);
    b->hard = zd_alloc(((size_t)n_each * b->n_questions + 1) * sizeof *b->hard);
    b->n_hard_each = b->hard ? n_each : 0;
    return b->hard;
}

uint32_t *zd_batcher_mined(const struct zd_batcher *b)
{
    return b->hard;
}

uint64_t zd_batcher_state(const struct zd_batcher *b)
{
    return b->random;
}

void zd_batcher_go_on(struct zd_batcher *b, uint64_t state)
{
    b->random = state;
}

/* Counts what belongs to each side of a pair and says what the pair is of. */
struct pair {
    struct zd_batch_text x, y;
};

static enum zd_status put(struct zd_batcher *b, struct zd_bag_list *list, struct zd_error *err)
{
    return zd_bagger_put(&b->bagger, b->options->drop, &b->random, list, err);
}

static enum zd_status put_self(struct zd_batcher *b, struct pair *p, struct zd_error *err)
{
    const uint32_t passage = b->long_passages[draw(b, b->n_long)];
    const struct zd_corpus_passage *of = &b->corpus->passages[passage];
    const uint32_t sentence = draw(b, of->n);
    enum zd_status st;

    p->x.key = p->y.key = key_of(KEY_PASSAGE, passage);
    zd_bagger_text(&b->bagger, of->first + sentence);
    st = put(b, &b->batch.bags, err);
    zd_bagger_passage(&b->bagger, passage, sentence);
    return st == ZD_OK ? put(b, &b->second, err) : st;
}

static enum zd_status put_heading(struct zd_batcher *b, struct pair *p, struct zd_error *err)
{
    const uint32_t passage = b->passages[draw(b, b->n_passages)];
    enum zd_status st;

    p->x.key = p->y.key = key_of(KEY_PASSAGE, passage);
    zd_bagger_headings(&b->bagger, passage);
    st = put(b, &b->batch.bags, err);
    zd_bagger_body(&b->bagger, passage);
    return st == ZD_OK ? put(b, &b->second, err) : st;
}

static enum zd_status put_given(struct zd_batcher *b, struct pair *p, struct zd_error *err)
{
    const uint32_t number = b->pairs[draw(b, b->n_pairs)];
    enum zd_status st;

    p->x.key = p->y.key = key_of(KEY_PAIR, b->corpus->pairs[number].same);
    zd_bagger_text(&b->bagger, b->corpus->pairs[number].question);
    st = put(b, &b->batch.bags, err);
    zd_bagger_text(&b->bagger, b->corpus->pairs[number].text);
    return st == ZD_OK ? put(b, &b->second, err) : st;
}

static enum zd_status put_question(struct zd_batcher *b, struct pair *p, struct zd_error *err)
{
    const uint32_t number = b->drawn[draw(b, b->n_drawn)];
    const struct zd_corpus_question *q = &b->corpus->questions[number];
    const uint32_t passage = b->corpus->relevant[q->first_relevant + draw(b, q->n)];
    enum zd_status st;

    p->x = (struct zd_batch_text){key_of(KEY_PASSAGE, passage), number, ZD_BATCH_NONE};
    p->y = (struct zd_batch_text){key_of(KEY_PASSAGE, passage), ZD_BATCH_NONE, passage};
    zd_bagger_text(&b->bagger, q->question);
    st = put(b, &b->batch.bags, err);
    zd_bagger_passage(&b->bagger, passage, UINT32_MAX);
    return st == ZD_OK ? put(b, &b->second, err) : st;
}

/* The question and its answer, or that answer and the passage; as a question where there is no
 * answer. */
static enum zd_status put_answer(struct zd_batcher *b, struct pair *p, struct zd_error *err)
{
    const uint32_t number = b->drawn[draw(b, b->n_drawn)];
    const struct zd_corpus_question *q = &b->corpus->questions[number];
    const uint32_t passage = b->corpus->relevant[q->first_relevant + draw(b, q->n)];
    const bool to_passage = q->answer == ZD_CORPUS_NO_ANSWER || draw(b, 2) == 0;
    enum zd_status st;

    p->x = (struct zd_batch_text){key_of(KEY_QUESTION, number), number, ZD_BATCH_NONE};
    p->y = (struct zd_batch_text){to_passage ? key_of(KEY_PASSAGE, passage) : p->x.key,
                                  ZD_BATCH_NONE, to_passage ? passage : ZD_BATCH_NONE};
    if (to_passage)
        p->x.key = p->y.key;
    zd_bagger_text(&b->bagger,
                   to_passage && q->answer != ZD_CORPUS_NO_ANSWER ? q->answer : q->question);
    st = put(b, &b->batch.bags, err);
    if (to_passage)
        zd_bagger_passage(&b->bagger, passage, UINT32_MAX);
    else
        zd_bagger_text(&b->bagger, q->answer);
    return st == ZD_OK ? put(b, &b->second, err) : st;
}

static enum zd_status (*const put_pair[ZD_PAIR_KINDS])(struct zd_batcher *, struct pair *,
                                                       struct zd_error *) = {
    [ZD_PAIR_SELF] = put_self,         [ZD_PAIR_HEADING] = put_heading, [ZD_PAIR_GIVEN] = put_given,
    [ZD_PAIR_QUESTION] = put_question, [ZD_PAIR_ANSWER] = put_answer,
};

/* Hard negatives behind the ys: for questions drawn anew, since all xs see all ys. */
static enum zd_status put_hard(struct zd_batcher *b, struct zd_batch_text *of, struct zd_error *err)
{
    struct zd_batch *batch = &b->batch;
    enum zd_status st = ZD_OK;

    if (b->n_hard_each == 0 || b->n_questions == 0)
        return ZD_OK;
    for (uint32_t i = 0; st == ZD_OK && i < b->options->n_hard; i++) {
        const size_t place = draw(b, (size_t)b->n_questions * b->n_hard_each);
        const uint32_t passage = b->hard[place];

        if (passage == ZD_BATCH_NONE)
            continue;
        of[batch->n_y++] =
            (struct zd_batch_text){key_of(KEY_PASSAGE, passage), ZD_BATCH_NONE, passage};
        zd_bagger_passage(&b->bagger, passage, UINT32_MAX);
        st = put(b, &b->second, err);
    }
    return st;
}

/* Moves the bags of `from` behind those of `to`. */
static enum zd_status append(struct zd_bag_list *to, const struct zd_bag_list *from,
                             struct zd_error *err)
{
    const size_t shift = to->n_rows;

    if (!zd_grow(&to->p, &to->cap, to->n + from->n, sizeof *to->p, SIZE_MAX) ||
        !zd_grow(&to->rows, &to->rows_cap, shift + from->n_rows, sizeof *to->rows, SIZE_MAX) ||
        !zd_grow(&to->weights, &to->weights_cap, shift + from->n_rows, sizeof *to->weights,
                 SIZE_MAX))
        return ZD_FAIL(err, ZD_NOMEM, 0, "no memory left for training");
    for (size_t i = 0; i < from->n; i++)
        to->p[to->n++] = (struct zd_bag){(uint32_t)(from->p[i].from + shift), from->p[i].n};
    for (size_t i = 0; i < from->n_rows; i++) {
        to->rows[shift + i] = from->rows[i];
        to->weights[shift + i] = from->weights[i];
    }
    to->n_rows += from->n_rows;
    return ZD_OK;
}

enum zd_status zd_batcher_next(struct zd_batcher *b, const struct zd_batch **ret_batch,
                               struct zd_error *err)
{
    struct zd_batch *batch = &b->batch;
    struct zd_batch_text *y_of;
    enum zd_status st = ZD_OK;

    zd_bag_list_clear(&batch->bags);
    zd_bag_list_clear(&b->second);
    batch->n_x = batch->n_y = b->options->batch;
    y_of = batch->of + batch->n_x;
    for (size_t k = 0, i = 0; k < ZD_PAIR_KINDS; k++)
        for (uint32_t n = 0; st == ZD_OK && n < b->counts[k]; n++, i++) {
            struct pair pair = {{0, ZD_BATCH_NONE, ZD_BATCH_NONE},
                                {0, ZD_BATCH_NONE, ZD_BATCH_NONE}};

            st = put_pair[k](b, &pair, err);
            batch->of[i] = pair.x;
            y_of[i] = pair.y;
        }
    if (st == ZD_OK)
        st = put_hard(b, y_of, err);
    if (st == ZD_OK)
        st = append(&batch->bags, &b->second, err);
    if (st == ZD_OK)
        *ret_batch = batch;
    return st;
}
