/* held_out.c: see held_out.h. */
#include "semantic/held_out.h"

#include "semantic/batch.h"
#include "semantic/kernel.h"
#include "semantic/step.h"

#define ONE_IN 20
#define OTHERS_MAX 3000 /* passages that a text has to stand out from */
#define TEXTS_A_PART 16

struct zd_held_out {
    const struct zd_corpus_view *corpus;
    enum zd_pair_kind kind;
    uint32_t *members; /* [n] ascending */
    size_t n;
    uint32_t *others; /* [n_others] passages */
    size_t n_others;
    struct zd_bag_list bags;       /* n questions, n texts, n_others passages */
    float *vectors;                /* [bags.n][n_dims] */
    float *found;                  /* [n] 1 ÷ rank */
    const struct zd_parameters *p; /* of the look */
};

static enum zd_status no_memory(struct zd_error *err)
{
    return ZD_FAIL(err, ZD_NOMEM, 0, "no memory left for training");
}

/* How many of a kind there are at all. */
static size_t count_of(const struct zd_corpus_view *c, enum zd_pair_kind kind)
{
    return kind == ZD_PAIR_QUESTION ? c->n_questions
           : kind == ZD_PAIR_GIVEN  ? c->n_pairs
                                    : c->n_passages;
}

/* True where a stage may learn from pair i of a kind; *ret_key is equal for pairs of one text. */
static bool is_learnt(const struct zd_corpus_view *c, const struct zd_stage_options *o,
                      enum zd_pair_kind kind, uint32_t i, uint64_t *ret_key)
{
    *ret_key = i;
    if (kind == ZD_PAIR_GIVEN)
        *ret_key = c->pairs[i].same;
    if (kind == ZD_PAIR_SELF)
        return c->passages[i].n >= 2;
    if (kind == ZD_PAIR_QUESTION) {
        const struct zd_corpus_question *q = &c->questions[i];

        if (q->n == 0 || q->fold == o->left_out)
            return false;
        *ret_key = c->relevant[q->first_relevant];
    }
    return true;
}

static bool is_chosen(uint64_t key, uint64_t seed)
{
    uint64_t random = seed ^ key * UINT64_C(0xd1342543de82ef95);

    return zd_semantic__random(&random) % ONE_IN == 0;
}

/* The members of a kind; fewer than enough are none. */
static void choose(struct zd_held_out *held, const struct zd_stage_options *o,
                   enum zd_pair_kind kind)
{
    const size_t n = count_of(held->corpus, kind);
    uint64_t key;

    held->kind = kind;
    held->n = 0;
    if (!(o->shares[kind] > 0.0F))
        return;
    for (uint32_t i = 0; i < n && held->n < ZD_HELD_OUT_MAX; i++)
        if (is_learnt(held->corpus, o, kind, i, &key) && is_chosen(key, o->seed))
            held->members[held->n++] = i;
    if (held->n < ZD_HELD_OUT_MIN)
        held->n = 0;
}

/* The question of a member, or (second) its text. */
static void gather(const struct zd_held_out *held, struct zd_bagger *bagger, uint32_t member,
                   bool second)
{
    const struct zd_corpus_view *c = held->corpus;

    if (held->kind == ZD_PAIR_GIVEN)
        zd_bagger_text(bagger, second ? c->pairs[member].text : c->pairs[member].question);
    else if (held->kind == ZD_PAIR_QUESTION && second)
        zd_bagger_passage(bagger, c->relevant[c->questions[member].first_relevant], UINT32_MAX);
    else if (held->kind == ZD_PAIR_QUESTION)
        zd_bagger_text(bagger, c->questions[member].question);
    else if (second)
        zd_bagger_passage(bagger, member, 0);
    else
        zd_bagger_text(bagger, c->passages[member].first);
}

static enum zd_status fill_bags(struct zd_held_out *held, uint32_t n_dims, struct zd_error *err)
{
    const size_t n = held->n, all = n > 0 ? 2 * n + held->n_others : 0;
    struct zd_bagger bagger;
    uint64_t random = 0;
    enum zd_status st = zd_bagger_init(&bagger, held->corpus, err);

    for (size_t i = 0; st == ZD_OK && i < all; i++) {
        if (i < 2 * n)
            gather(held, &bagger, held->members[i % n], i >= n);
        else
            zd_bagger_passage(&bagger, held->others[i - 2 * n], UINT32_MAX);
        st = zd_bagger_put(&bagger, 0.0F, &random, &held->bags, err);
    }
    zd_bagger_done(&bagger);
    if (st != ZD_OK)
        return st;
    held->vectors = zd_alloc(all * n_dims * sizeof *held->vectors);
    return held->vectors ? ZD_OK : no_memory(err);
}

/* Passages from all over the corpus. */
static void choose_others(struct zd_held_out *held)
{
    const size_t n = held->corpus->n_passages;

    held->n_others = n < OTHERS_MAX ? n : OTHERS_MAX;
    for (size_t i = 0; i < held->n_others; i++)
        held->others[i] = (uint32_t)(i * n / held->n_others);
}

enum zd_status zd_held_out_new(const struct zd_corpus_view *corpus,
                               const struct zd_stage_options *options, uint32_t n_dims,
                               struct zd_held_out **ret, struct zd_error *err)
{
    static const enum zd_pair_kind kinds[] = {ZD_PAIR_QUESTION, ZD_PAIR_GIVEN, ZD_PAIR_SELF};
    struct zd_held_out *held = zd_alloc(sizeof *held);
    enum zd_status st = ZD_OK;

    if (!held)
        return no_memory(err);
    held->corpus = corpus;
    held->members = zd_alloc(ZD_HELD_OUT_MAX * sizeof *held->members);
    held->others = zd_alloc(OTHERS_MAX * sizeof *held->others);
    held->found = zd_alloc(ZD_HELD_OUT_MAX * sizeof *held->found);
    if (!held->members || !held->others || !held->found) {
        zd_held_out_free(held);
        return no_memory(err);
    }
    for (size_t i = 0; i < ZD_COUNT(kinds) && held->n == 0; i++)
        choose(held, options, kinds[i]);
    if (held->n > 0) {
        choose_others(held);
        st = fill_bags(held, n_dims, err);
    }
    if (st != ZD_OK) {
        zd_held_out_free(held);
        return st;
    }
    *ret = held;
    return ZD_OK;
}

void zd_held_out_free(struct zd_held_out *held)
{
    if (!held)
        return;
    zd_bag_list_done(&held->bags);
    zd_free(held->members);
    zd_free(held->others);
    zd_free(held->found);
    zd_free(held->vectors);
    zd_free(held);
}

size_t zd_held_out_count(const struct zd_held_out *held)
{
    return held->n;
}

bool zd_held_out_holds(const struct zd_held_out *held, enum zd_pair_kind kind, uint32_t number)
{
    size_t low = 0, high = held && held->kind == kind ? held->n : 0;

    while (low < high) {
        const size_t middle = low + (high - low) / 2;

        if (held->members[middle] < number)
            low = middle + 1;
        else
            high = middle;
    }
    return held && held->kind == kind && low < held->n && held->members[low] == number;
}

static void embed_part(void *context, size_t part)
{
    const struct zd_held_out *held = context;

    for (size_t i = part * TEXTS_A_PART; i < held->bags.n && i < (part + 1) * TEXTS_A_PART; i++)
        (void)zd_step_embed(held->p, &held->bags, i, held->vectors + i * held->p->n_dims);
}

/* True where text k (of the members, then of the others) is no wrong answer to member i. */
static bool is_excused(const struct zd_held_out *held, size_t i, size_t k)
{
    const struct zd_corpus_view *c = held->corpus;
    const uint32_t member = held->members[i];

    if (held->kind == ZD_PAIR_GIVEN)
        return k < held->n && c->pairs[held->members[k]].same == c->pairs[member].same;
    if (held->kind == ZD_PAIR_SELF)
        return (k < held->n ? held->members[k] : held->others[k - held->n]) == member;
    return zd_batch_answers(c, member,
                            k < held->n ? c->relevant[c->questions[held->members[k]].first_relevant]
                                        : held->others[k - held->n]);
}

static void rank_part(void *context, size_t part)
{
    struct zd_held_out *held = context;
    const size_t d = held->p->n_dims;
    const float *texts = held->vectors + held->n * d;

    for (size_t i = part * TEXTS_A_PART; i < held->n && i < (part + 1) * TEXTS_A_PART; i++) {
        const float *question = held->vectors + i * d;
        const float own = zd_semantic__dot(question, texts + i * d, d);
        size_t rank = 1;

        for (size_t k = 0; k < held->n + held->n_others; k++)
            rank += zd_semantic__dot(question, texts + k * d, d) > own && !is_excused(held, i, k);
        held->found[i] = 1.0F / (float)rank;
    }
}

float zd_held_out_look(struct zd_held_out *held, const struct zd_parameters *p,
                       struct zd_team *team)
{
    float sum = 0.0F;

    held->p = p;
    zd_team_run(team, embed_part, held, (held->bags.n + TEXTS_A_PART - 1) / TEXTS_A_PART);
    zd_team_run(team, rank_part, held, (held->n + TEXTS_A_PART - 1) / TEXTS_A_PART);
    for (size_t i = 0; i < held->n; i++)
        sum += held->found[i];
    return held->n ? sum / (float)held->n : 0.0F;
}
