/* rank.c: from candidates to ranked passages (see retrieve.h).
 *
 *     score = logistic(ranker(features) + rules)
 *
 * The ranker is a sum of small trees over the features of rank_feature_table.h, fitted by `train`
 * to questions whose answers are known: the chance that the passage answers. What those questions
 * cannot teach, because nobody in them asks so, are rules, in log-odds: a document whose number the
 * question names, a clause that it names, a title that it holds whole, the field of a service guide
 * that it asks for, a text of another region than it names, and a document that is known to answer
 * this very question (memory.h).
 *
 * Without a ranker the share of the question's words takes its place. Figures and trials stand in
 * docs/quality.md. */
#include <math.h>
#include <stdlib.h>

#include "base/caps.h"
#include "retrieve/rank_private.h"
#include "store/passage.h"

#define DEPTH_MIN 200 /* candidates of each kind */
#define NUMBER_RULE 6.0F
#define CLAUSE_RULE 3.0F
#define TITLE_RULE 0.7F
#define KNOWN_RULE 6.0F
#define FIELD_RULE 5.0F
#define ELSEWHERE_RULE (-1.0F)
#define PASSAGES_LOOKED_AT 96 /* best candidates whose field and number are read when asked for */

/* Without a ranker: log-odds from the share of the words. */
#define BARE_SLOPE 12.0F
#define BARE_MIDDLE 0.35F

static enum zd_status no_memory(struct zd_error *err)
{
    return ZD_FAIL(err, ZD_NOMEM, 0, "no memory left for ranking");
}

static int order_ranked(const void *a, const void *b)
{
    const struct zd_ranked *x = a, *y = b;

    if (x->odds + x->rules != y->odds + y->rules)
        return x->odds + x->rules > y->odds + y->rules ? -1 : 1;
    return (x->passage > y->passage) - (x->passage < y->passage);
}

static const struct zd_trees *ranker_of(const struct zd_reader *reader)
{
    const struct zd_trees *trees = reader->model ? zd_model_ranker(reader->model) : NULL;

    return trees && zd_trees_n_features(trees) == ZD_RANK__FEATURES ? trees : NULL;
}

static float odds_of(const struct zd_trees *ranker, const float *features)
{
    if (ranker)
        return (float)zd_trees_score(ranker, features);
    return BARE_SLOPE * (features[ZD_RANK__WORDS_SHARE] - BARE_MIDDLE);
}

static void set_score(struct zd_ranked *p)
{
    p->score = 1.0F / (1.0F + expf(-(p->odds + p->rules)));
}

/* Raises passages of the field asked for and of the clause named. */
static enum zd_status look_at_passages(struct zd_rank__state *s, struct zd_ranked *p, size_t n,
                                       struct zd_error *err)
{
    struct zd_str clause = zd_retrieve__key_of(s->question->clause, s->arena);

    if (!clause.p && s->question->clause.n > 0)
        return no_memory(err);
    for (size_t i = 0; i < n; i++) {
        struct zd_stored_passage passage = {0};
        enum zd_status st = zd_passage_get(s->reader->store, s->reader->subject, p[i].passage,
                                           s->arena, &passage, err);

        if (st == ZD_NOT_FOUND)
            continue;
        if (st != ZD_OK)
            return st;
        if (passage.field != ZD_GUIDE_NONE && passage.field == s->question->field)
            p[i].rules += FIELD_RULE;
        if (clause.n > 0 && zd_str_eq(zd_retrieve__key_of(passage.number, s->arena), clause))
            p[i].rules += CLAUSE_RULE;
        set_score(&p[i]);
    }
    return ZD_OK;
}

static void rank_one(const struct zd_rank__state *s, const struct zd_trees *ranker, size_t i,
                     const float *features, struct zd_ranked *p)
{
    const struct zd_rank__candidate *c = &s->candidates[i];
    const struct zd_rank__document *d = &s->documents[c->document];

    *p = (struct zd_ranked){.passage = c->id,
                            .group = d->entry->group,
                            .document = d->entry->document,
                            .lexical = c->lexical,
                            .cosine = c->cosine,
                            .features = features,
                            .shared = s->families[c->family].shared,
                            .region = d->entry->region,
                            .elsewhere = d->elsewhere};
    p->odds = odds_of(ranker, features);
    if (zd_rank__is_named(s, d->entry->group))
        p->rules += NUMBER_RULE;
    if (s->families[c->family].named)
        p->rules += TITLE_RULE;
    if (d->answered.same)
        p->rules += KNOWN_RULE;
    if (d->elsewhere)
        p->rules += ELSEWHERE_RULE;
    set_score(p);
}

static enum zd_status rank_all(struct zd_rank__state *s, struct zd_ranked *p, struct zd_error *err)
{
    const struct zd_trees *ranker = ranker_of(s->reader);
    const bool wants_clause = s->question->clause.n > 0;
    float *features = NULL;
    size_t n = wants_clause || s->n < PASSAGES_LOOKED_AT ? s->n : PASSAGES_LOOKED_AT;
    enum zd_status st = zd_rank__features(s, &features, err);

    if (st != ZD_OK)
        return st;
    for (size_t i = 0; i < s->n; i++)
        rank_one(s, ranker, i, features + i * ZD_RANK__FEATURES, &p[i]);
    qsort(p, s->n, sizeof *p, order_ranked);
    if (s->question->field == ZD_GUIDE_NONE && !wants_clause)
        return ZD_OK;
    st = look_at_passages(s, p, n, err);
    qsort(p, s->n, sizeof *p, order_ranked);
    return st;
}

/* What the question weighs. */
static enum zd_status weigh_question(struct zd_rank__state *s, struct zd_error *err)
{
    const struct zd_question *q = s->question;

    s->weights = zd_arena_array(s->arena, q->n_terms + 1, sizeof *s->weights);
    s->factors = zd_arena_array(s->arena, q->n_terms + 1, sizeof *s->factors);
    s->question_key = zd_retrieve__key_of(q->text, s->arena);
    if (!s->weights || !s->factors || !s->question_key.p)
        return no_memory(err);
    zd_retrieve__weigh(q, s->reader->index, s->factors, s->weights, &s->unknown_idf);
    for (size_t t = 0; t < q->n_said; t++)
        s->all += s->weights[t];
    s->all = s->all > 1e-3F ? s->all : 1e-3F;
    return ZD_OK;
}

enum zd_status zd_rank(const struct zd_question *question, const struct zd_reader *reader,
                       size_t top, struct zd_arena *arena, struct zd_ranking *ret_ranking,
                       struct zd_error *err)
{
    struct zd_rank__state s = {.question = question, .reader = reader, .arena = arena};
    size_t depth = top > DEPTH_MIN ? top : DEPTH_MIN;
    struct zd_ranked *p;
    enum zd_status st = weigh_question(&s, err);

    depth = depth < ZD_TOP_MAX ? depth : ZD_TOP_MAX;
    if (st == ZD_OK)
        st = zd_rank__candidates(&s, depth, err);
    if (st != ZD_OK)
        return st;
    p = zd_arena_array(arena, s.n + 1, sizeof *p);
    if (!p)
        return no_memory(err);
    st = rank_all(&s, p, err);
    if (st == ZD_OK)
        *ret_ranking = (struct zd_ranking){.p = p,
                                           .n = s.n < top ? s.n : top,
                                           .n_candidates = s.n,
                                           .term_weights = s.weights,
                                           .unknown_idf = s.unknown_idf,
                                           .partial = zd_index_is_partial(reader->index)};
    return st;
}

size_t zd_rank_features(void)
{
    return ZD_RANK__FEATURES;
}

float zd_rank_best_place(const float *features)
{
    return fmaxf(features[ZD_RANK__WORDS_RANK], features[ZD_RANK__COSINE_RANK]);
}

const char *zd_rank_feature_name(size_t feature)
{
    static const char *const names[] = {
#define NAME(name, words) words,
        ZD_RANK_FEATURE_TABLE(NAME)
#undef NAME
    };

    return feature < ZD_COUNT(names) ? names[feature] : "";
}
