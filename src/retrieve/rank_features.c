/* rank_features.c: what is known of each candidate, as numbers (rank_feature_table.h). */
#include <math.h>
#include <stdlib.h>

#include "retrieve/rank_private.h"

#define SHARED_MAX 8U
#define FUSION_K 60.0F /* Cormack et al., "Reciprocal Rank Fusion", 2009 */
#define LEADING 3      /* weightiest words of the question */

/* BM25 over whole documents, a document of MEAN_TOKENS tokens counting as of mean length; inverse
 * document frequencies are those of passages: one scale with the passages' own scores. */
#define DOCUMENT_K1 1.2F
#define DOCUMENT_B 0.75F
#define DOCUMENT_MEAN_TOKENS 4000.0F

static enum zd_status no_memory(struct zd_error *err)
{
    return ZD_FAIL(err, ZD_NOMEM, 0, "no memory left for ranking");
}

/* ---- places in the two orders ---- */

struct placed {
    float value;
    uint32_t candidate;
};

static int order_placed(const void *a, const void *b)
{
    const struct placed *x = a, *y = b;

    if (x->value != y->value)
        return x->value > y->value ? -1 : 1;
    return (x->candidate > y->candidate) - (x->candidate < y->candidate);
}

static void place_all(struct zd_rank__state *s, struct placed *placed)
{
    for (size_t i = 0; i < s->n; i++)
        placed[i] = (struct placed){s->candidates[i].lexical, (uint32_t)i};
    qsort(placed, s->n, sizeof *placed, order_placed);
    for (size_t i = 0; i < s->n; i++)
        s->candidates[placed[i].candidate].words_place = (uint32_t)i;
    for (size_t i = 0; i < s->n; i++)
        placed[i].value = s->candidates[placed[i].candidate].cosine;
    qsort(placed, s->n, sizeof *placed, order_placed);
    for (size_t i = 0; i < s->n; i++)
        s->candidates[placed[i].candidate].cosine_place = (uint32_t)i;
}

/* ---- whole documents ---- */

static float document_score(const struct zd_rank__state *s,
                            const struct zd_index_group_facts *facts, const uint32_t *tf)
{
    const float k =
        DOCUMENT_K1 * (1.0F - DOCUMENT_B +
                       DOCUMENT_B * (float)facts->n_tokens[ZD_FIELD_BODY] / DOCUMENT_MEAN_TOKENS);
    float sum = 0.0F;

    for (size_t t = 0; t < s->question->n_terms; t++)
        sum += s->weights[t] * (float)tf[t] / ((float)tf[t] + k);
    return sum;
}

/* The evidence of documents of several passages; a single passage says what it says itself. */
static enum zd_status weigh_documents(struct zd_rank__state *s, struct zd_error *err)
{
    const size_t n_terms = s->question->n_terms;
    uint32_t *groups = zd_arena_array(s->arena, s->n_documents + 1, sizeof *groups);
    uint32_t *places = zd_arena_array(s->arena, s->n_documents + 1, sizeof *places);
    struct zd_index_group_tally tally = {
        .terms = s->question->terms, .n_terms = n_terms, .lists = s->lists};
    enum zd_status st;

    if (!groups || !places)
        return no_memory(err);
    for (size_t i = 0; i < s->n_documents; i++)
        if (s->documents[i].entry->n_passages != 1) {
            places[tally.n] = (uint32_t)i;
            groups[tally.n++] = s->documents[i].entry->group;
        }
    tally.groups = groups;
    tally.facts = zd_arena_array(s->arena, tally.n + 1, sizeof *tally.facts);
    tally.tf = zd_arena_array(s->arena, tally.n * n_terms + 1, sizeof *tally.tf);
    if (!tally.facts || !tally.tf)
        return no_memory(err);
    st = zd_index_tally_groups(s->reader->index, &tally, err);
    for (size_t i = 0; st == ZD_OK && i < tally.n; i++) {
        struct zd_rank__document *document = &s->documents[places[i]];

        document->entry->n_passages = tally.facts[i].n_passages;
        if (tally.facts[i].n_passages > 1)
            document->evidence = document_score(s, &tally.facts[i], tally.tf + i * n_terms);
    }
    return st;
}

/* ---- the question's words in a passage ---- */

/* The weightiest words: ret_leading [LEADING], their sum returned. */
static float find_leading(const struct zd_rank__state *s, size_t *ret_leading, size_t *ret_n)
{
    size_t n = 0;
    float sum = 0.0F;

    for (size_t t = 0; t < s->question->n_said; t++) {
        size_t at = n;

        while (at > 0 && s->weights[ret_leading[at - 1]] < s->weights[t])
            at--;
        if (at == LEADING)
            continue;
        n = n < LEADING ? n + 1 : n;
        for (size_t k = n - 1; k > at; k--)
            ret_leading[k] = ret_leading[k - 1];
        ret_leading[at] = t;
    }
    for (size_t i = 0; i < n; i++)
        sum += s->weights[ret_leading[i]];
    *ret_n = n;
    return sum;
}

struct word_shares {
    size_t leading[LEADING], n_leading;
    float leading_weight;
};

static void set_words(const struct zd_rank__state *s, const struct word_shares *w,
                      const uint16_t (*tf)[ZD_FIELD_COUNT], float *f)
{
    float field[ZD_FIELD_COUNT] = {0}, any = 0.0F, leading = 0.0F;

    for (size_t t = 0; t < s->question->n_said; t++) {
        bool there = false;

        for (int k = 0; k < ZD_FIELD_COUNT; k++)
            if (tf[t][k] > 0) {
                field[k] += s->weights[t];
                there = true;
            }
        any += there ? s->weights[t] : 0.0F;
    }
    for (size_t i = 0; i < w->n_leading; i++) {
        const uint16_t *there = tf[w->leading[i]];

        if (there[ZD_FIELD_TITLE] || there[ZD_FIELD_HEADINGS] || there[ZD_FIELD_BODY])
            leading += s->weights[w->leading[i]];
    }
    f[ZD_RANK__IN_TITLE] = field[ZD_FIELD_TITLE] / s->all;
    f[ZD_RANK__IN_HEADINGS] = field[ZD_FIELD_HEADINGS] / s->all;
    f[ZD_RANK__IN_BODY] = field[ZD_FIELD_BODY] / s->all;
    f[ZD_RANK__IN_ANY] = any / s->all;
    f[ZD_RANK__IN_LEADING] = w->leading_weight > 0.0F ? leading / w->leading_weight : 0.0F;
}

/* ---- everything ---- */

/* The best of anything among the candidates. */
struct best {
    float lexical, cosine, family_cosine, evidence;
};

static float mean_of(const float *best, size_t n)
{
    float sum = 0.0F;

    for (size_t i = 0; i < n; i++)
        sum += best[i];
    return sum / (float)n;
}

static struct best best_of(const struct zd_rank__state *s)
{
    struct best best = {1e-6F, -1.0F, -1.0F, 1e-6F};

    for (size_t i = 0; i < s->n; i++) {
        best.lexical = fmaxf(best.lexical, s->candidates[i].lexical);
        best.cosine = fmaxf(best.cosine, s->candidates[i].cosine);
    }
    for (size_t i = 0; i < s->n_families; i++)
        best.family_cosine =
            fmaxf(best.family_cosine, mean_of(s->families[i].best_cosine, ZD_RANK__FAMILY_BEST));
    for (size_t i = 0; i < s->n_documents; i++)
        best.evidence = fmaxf(best.evidence, s->documents[i].evidence);
    return best;
}

static void set_scores(const struct zd_rank__state *s, const struct zd_rank__candidate *c,
                       const struct best *best, float *f)
{
    f[ZD_RANK__COSINE] = c->cosine;
    f[ZD_RANK__COSINE_BELOW] = c->cosine - best->cosine;
    f[ZD_RANK__COSINE_RANK] = 1.0F / (1.0F + (float)c->cosine_place);
    f[ZD_RANK__WORDS_SHARE] = c->lexical / s->all;
    f[ZD_RANK__WORDS_RATIO] = c->lexical / best->lexical;
    f[ZD_RANK__WORDS_RANK] = 1.0F / (1.0F + (float)c->words_place);
    f[ZD_RANK__BOTH_RANKS] =
        0.5F * FUSION_K *
        (1.0F / (FUSION_K + (float)c->cosine_place) + 1.0F / (FUSION_K + (float)c->words_place));
    f[ZD_RANK__WORDS_STRENGTH] = c->lexical / sqrtf(s->all * s->unknown_idf);
}

static void set_document(const struct zd_rank__state *s, const struct zd_rank__candidate *c,
                         const struct best *best, float *f)
{
    const struct zd_rank__document *d = &s->documents[c->document];
    const struct zd_rank__family *family = &s->families[c->family];
    const float family_cosine = mean_of(family->best_cosine, ZD_RANK__FAMILY_BEST);

    f[ZD_RANK__FAMILY_COSINE] = family_cosine;
    f[ZD_RANK__FAMILY_COSINE_BELOW] = family_cosine - best->family_cosine;
    f[ZD_RANK__FAMILY_WORDS] = mean_of(family->best_lexical, ZD_RANK__FAMILY_BEST) / best->lexical;
    f[ZD_RANK__FAMILY_COUNT] = log1pf((float)family->n);
    f[ZD_RANK__DOCUMENT_SHARE] = d->evidence / s->all;
    f[ZD_RANK__DOCUMENT_RATIO] = d->evidence / best->evidence;
    f[ZD_RANK__DOCUMENT_COSINE] = mean_of(d->best_cosine, ZD_RANK__DOCUMENT_BEST);
    f[ZD_RANK__DOCUMENT_BELOW] = d->best_cosine[0] - best->cosine;
    f[ZD_RANK__DOCUMENT_LENGTH] = log1pf((float)d->entry->n_passages);
    f[ZD_RANK__AUTHORITY] = d->entry->authority;
    f[ZD_RANK__ANSWERED] = s->reader->forgets ? 0.0F : d->entry->prior;
    f[ZD_RANK__TEXT_ANSWERED] = log1pf((float)d->answered.n);
    f[ZD_RANK__ALIKE] = d->answered.alike;
    f[ZD_RANK__TITLE_SHARED] = (float)(family->shared < SHARED_MAX ? family->shared : SHARED_MAX);
}

enum zd_status zd_rank__features(struct zd_rank__state *s, float **ret_features,
                                 struct zd_error *err)
{
    const size_t n_terms = s->question->n_terms;
    struct placed *placed = zd_arena_array(s->arena, s->n + 1, sizeof *placed);
    float *features = zd_arena_array(s->arena, s->n + 1, ZD_RANK__FEATURES * sizeof *features);
    struct word_shares words = {0};
    struct best best;
    enum zd_status st;

    if (!placed || !features)
        return no_memory(err);
    st = weigh_documents(s, err);
    if (st != ZD_OK)
        return st;
    place_all(s, placed);
    best = best_of(s);
    words.leading_weight = find_leading(s, words.leading, &words.n_leading);
    for (size_t i = 0; i < s->n; i++) {
        float *f = features + i * ZD_RANK__FEATURES;

        const struct zd_rank__candidate *c = &s->candidates[i];

        set_scores(s, c, &best, f);
        set_document(s, c, &best, f);
        set_words(s, &words, (const uint16_t(*)[ZD_FIELD_COUNT])(s->tf + c->told * n_terms), f);
        f[ZD_RANK__LENGTH] = log1pf((float)s->facts[c->told].n_tokens[ZD_FIELD_BODY]);
    }
    *ret_features = features;
    return ZD_OK;
}
