/* rank.c: from candidates to ranked passages (see retrieve.h).
 *
 *     score = logistic(ranker(features) + rules)
 *
 * The ranker is a sum of small trees over the features of rank_feature_table.h, fitted by `train`
 * to questions whose answers are known: the chance that the passage answers. What those questions
 * cannot teach, because nobody in them asks so, are rules, in log-odds: a document whose number the
 * question names, a clause that it names, a title that it holds whole, the field of a service guide
 * that it asks for, a text of another region than it names, a passage without a code (D2050) that it
 * names, and a document that is known to answer this very question (memory.h).
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
#define CODE_RULE (-4.0F)
#define CODE_MAX_BYTES 24
#define HEAD_MIN 160  /* candidates that are judged to the end; more where more are asked for */
#define FIRST_TREES 4 /* … of the others this part of the trees */
#define JUDGED_AT_ONCE 64
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

void zd_rank__sort(struct zd_ranked *p, size_t n)
{
    qsort(p, n, sizeof *p, order_ranked);
}

static const struct zd_trees *ranker_of(const struct zd_reader *reader)
{
    const struct zd_trees *trees = reader->model ? zd_model_ranker(reader->model) : NULL;

    return trees && zd_trees_n_features(trees) == ZD_RANK__FEATURES ? trees : NULL;
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
    }
    return ZD_OK;
}

/* D2050, GB50016: letters and at least two digits. What such a word names nothing near it stands for. */
static bool is_code(struct zd_str word)
{
    size_t n_letters = 0, n_digits = 0;

    for (size_t i = 0; i < word.n; i++) {
        const char c = word.p[i];

        n_letters += c >= 'a' && c <= 'z';
        n_digits += c >= '0' && c <= '9';
    }
    return n_letters > 0 && n_digits >= 2 && n_letters + n_digits == word.n &&
           word.n <= CODE_MAX_BYTES;
}

static void find_codes(struct zd_rank__state *s)
{
    for (size_t t = 0; t < s->question->n_said && s->n_codes < ZD_RANK__CODES_MAX; t++)
        if (is_code(s->question->words[t]))
            s->codes[s->n_codes++] = (uint32_t)t;
}

/* 1 where all codes that the question names stand in the passage, its headings or its title, -1 where
 * one does not, 0 where none is named. */
static int code_of(const struct zd_rank__state *s, const struct zd_rank__candidate *c)
{
    for (size_t i = 0; i < s->n_codes; i++) {
        const uint16_t *tf = s->tf[c->told * s->question->n_terms + s->codes[i]];

        if (tf[ZD_FIELD_TITLE] == 0 && tf[ZD_FIELD_HEADINGS] == 0 && tf[ZD_FIELD_BODY] == 0)
            return -1;
    }
    return s->n_codes > 0;
}

static float rules_of(const struct zd_rank__state *s, const struct zd_rank__candidate *c)
{
    const struct zd_rank__document *d = &s->documents[c->document];
    float rules = 0.0F;

    if (zd_rank__is_named(s, d->entry->group))
        rules += NUMBER_RULE;
    if (s->families[c->family].named)
        rules += TITLE_RULE;
    if (d->answered.same)
        rules += KNOWN_RULE;
    if (d->elsewhere)
        rules += ELSEWHERE_RULE;
    if (code_of(s, c) < 0)
        rules += CODE_RULE;
    return rules;
}

/* A candidate on its way through the ranker. */
struct judged {
    double odds; /* by the trees so far */
    float rules;
    uint32_t candidate;
};

static int order_judged(const void *a, const void *b)
{
    const struct judged *x = a, *y = b;
    const double p = x->odds + (double)x->rules, q = y->odds + (double)y->rules;

    if (p != q)
        return p > q ? -1 : 1;
    return (x->candidate > y->candidate) - (x->candidate < y->candidate);
}

/* Scores by trees [from, to) of the candidates that judged [n] are of. */
static void add_trees(const struct zd_trees *ranker, size_t from, size_t to, const float *features,
                      struct judged *judged, size_t n)
{
    uint32_t rows[JUDGED_AT_ONCE];
    double odds[JUDGED_AT_ONCE];

    for (size_t i = 0, here; i < n; i += here) {
        here = n - i < JUDGED_AT_ONCE ? n - i : JUDGED_AT_ONCE;
        for (size_t k = 0; k < here; k++) {
            rows[k] = judged[i + k].candidate;
            odds[k] = judged[i + k].odds;
        }
        zd_trees_add_scores(ranker, from, to, features, rows, here, odds);
        for (size_t k = 0; k < here; k++)
            judged[i + k].odds = odds[k];
    }
}

/* Judges all candidates, those that a part of the trees puts far behind by that part alone: the
 * first *ret_n of `judged` [n] are left, in no order. */
static void judge(const struct zd_rank__state *s, const float *features, size_t keep,
                  struct judged *judged, size_t *ret_n)
{
    const struct zd_trees *ranker = ranker_of(s->reader);
    size_t part;

    for (size_t i = 0; i < s->n; i++) {
        const float share = features[i * ZD_RANK__FEATURES + ZD_RANK__WORDS_SHARE];

        judged[i] = (struct judged){.odds = (double)(BARE_SLOPE * (share - BARE_MIDDLE)),
                                    .rules = rules_of(s, &s->candidates[i]),
                                    .candidate = (uint32_t)i};
    }
    *ret_n = s->n;
    if (!ranker)
        return; /* without a ranker nobody is left out */
    part = s->n > keep ? zd_trees_first_part(ranker, FIRST_TREES) : zd_trees_n_trees(ranker);
    add_trees(ranker, 0, part, features, judged, s->n);
    if (s->n <= keep)
        return;
    qsort(judged, s->n, sizeof *judged, order_judged);
    add_trees(ranker, part, zd_trees_n_trees(ranker), features, judged, keep);
    *ret_n = keep;
}

static struct zd_ranked ranked_of(const struct zd_rank__state *s, const struct judged *judged,
                                  const float *features)
{
    const struct zd_rank__candidate *c = &s->candidates[judged->candidate];
    const struct zd_rank__document *d = &s->documents[c->document];
    struct zd_ranked p = {.passage = c->id,
                          .group = d->entry->group,
                          .document = d->entry->document,
                          .lexical = c->lexical,
                          .cosine = c->cosine,
                          .features = features + (size_t)judged->candidate * ZD_RANK__FEATURES,
                          .shared = s->families[c->family].shared,
                          .region = d->entry->region,
                          .elsewhere = d->elsewhere,
                          .code = code_of(s, c),
                          .odds = (float)judged->odds,
                          .rules = judged->rules};

    return p;
}

/* The best `keep` candidates, best first; all of them where there is no ranker, in training, which
 * learns from the others too, and where a clause is named, which any of them may be. */
static enum zd_status rank_all(struct zd_rank__state *s, size_t keep, struct zd_ranked **ret_p,
                               size_t *ret_n, struct zd_error *err)
{
    const bool wants_clause = s->question->clause.n > 0;
    const bool all = wants_clause || s->reader->is_training || !ranker_of(s->reader);
    struct judged *judged = zd_arena_array(s->arena, s->n + 1, sizeof *judged);
    struct zd_ranked *p;
    float *features = NULL;
    enum zd_status st = judged ? zd_rank__features(s, &features, err) : no_memory(err);
    size_t n;

    if (st != ZD_OK)
        return st;
    judge(s, features, all ? s->n : keep, judged, &n);
    *ret_p = p = zd_arena_array(s->arena, n + 1, sizeof *p);
    if (!p)
        return no_memory(err);
    for (size_t i = 0; i < n; i++)
        p[i] = ranked_of(s, &judged[i], features);
    *ret_n = n;
    zd_rank__sort(p, n);
    if (s->question->field != ZD_GUIDE_NONE || wants_clause) {
        st = look_at_passages(s, p, wants_clause || n < PASSAGES_LOOKED_AT ? n : PASSAGES_LOOKED_AT,
                              err);
        zd_rank__sort(p, n);
    }
    if (st == ZD_OK)
        st = zd_rank__look_again(s, p, n, err);
    for (size_t i = 0; i < n; i++)
        set_score(&p[i]);
    return st;
}

/* What the question weighs. */
static enum zd_status weigh_question(struct zd_rank__state *s, struct zd_error *err)
{
    const struct zd_question *q = s->question;
    enum zd_status st = zd_index_lists_find(s->reader->index, q->terms, q->n_terms, &s->lists, err);

    if (st != ZD_OK)
        return st;
    s->weights = zd_arena_array(s->arena, q->n_terms + 1, sizeof *s->weights);
    s->factors = zd_arena_array(s->arena, q->n_terms + 1, sizeof *s->factors);
    s->question_key = zd_retrieve__key_of(q->text, s->arena);
    if (!s->weights || !s->factors || !s->question_key.p)
        return no_memory(err);
    zd_retrieve__weigh(q, s->reader->index, s->lists, s->factors, s->weights, &s->unknown_idf);
    find_codes(s);
    for (size_t t = 0; t < q->n_said; t++)
        s->all += s->weights[t];
    s->all = s->all > 1e-3F ? s->all : 1e-3F;
    return ZD_OK;
}

static float best_lexical_of(const struct zd_rank__state *s)
{
    float best = 0.0F;

    for (size_t i = 0; i < s->n; i++)
        best = fmaxf(best, s->candidates[i].lexical);
    return best;
}

static float best_cosine_of(const struct zd_rank__state *s)
{
    float best = -1.0F;

    for (size_t i = 0; i < s->n; i++)
        best = fmaxf(best, s->candidates[i].cosine);
    return best;
}

static enum zd_status rank(struct zd_rank__state *s, size_t top, struct zd_ranking *ret_ranking,
                           struct zd_error *err)
{
    const size_t depth = top > DEPTH_MIN ? top : DEPTH_MIN;
    struct zd_ranked *p;
    size_t n;
    enum zd_status st = weigh_question(s, err);

    if (st == ZD_OK)
        st = zd_rank__candidates(s, depth < ZD_TOP_MAX ? depth : ZD_TOP_MAX, err);
    if (st == ZD_OK)
        st = rank_all(s, top > HEAD_MIN ? top : HEAD_MIN, &p, &n, err);
    if (st == ZD_OK)
        *ret_ranking = (struct zd_ranking){.p = p,
                                           .n = n < top ? n : top,
                                           .n_candidates = n,
                                           .best_lexical = best_lexical_of(s),
                                           .best_cosine = best_cosine_of(s),
                                           .term_weights = s->weights,
                                           .unknown_idf = s->unknown_idf,
                                           .partial = zd_index_is_partial(s->reader->index)};
    return st;
}

enum zd_status zd_rank(const struct zd_question *question, const struct zd_reader *reader,
                       size_t top, struct zd_arena *arena, struct zd_ranking *ret_ranking,
                       struct zd_error *err)
{
    struct zd_rank__state s = {.question = question, .reader = reader, .arena = arena};
    const enum zd_status st = rank(&s, top, ret_ranking, err);

    zd_index_lists_free(s.lists);
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
