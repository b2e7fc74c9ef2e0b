/* features.c: what speaks for a clause being part of the answer (see feature_table.h).
 *
 * Every clause and every sentence gets the set of question terms it holds, as bits; shares are
 * weights of such sets. */
#include "answer/answer_private.h"
#include "base/utf8.h"

struct judge {
    const struct zd_question *question;
    const struct zd_ranking *ranking;
    const struct zd_answer__source *sources;
    const struct zd_answer__clauses *clauses;
    struct zd_arena *arena;
    size_t n_words;        /* of 64 bits a set */
    uint64_t *clause_sets; /* [n clauses][n_words] */
    uint64_t *scratch;     /* [n_words] */
    float *sentence_share; /* [n sentences] */
    uint32_t *sentence_source;
    bool *sentence_mark;
    float *source_best; /* [n sources] largest sentence share */
    uint32_t n_sentences;
    float top, total;
    uint32_t asked;
    bool fact;
};

static float share_of(const struct judge *j, const uint64_t *set)
{
    float sum = 0.0F;

    for (size_t i = 0; i < j->question->n_terms; i++)
        if (set[i / 64] >> (i % 64) & 1)
            sum += j->ranking->term_weights[i];
    return sum / j->total;
}

struct marker {
    const struct zd_question *question;
    uint64_t *set;
};

static bool mark_token(void *context, const struct zd_token *token)
{
    const struct marker *m = context;

    for (size_t i = 0; i < m->question->n_terms; i++)
        if (m->question->terms[i] == token->term)
            m->set[i / 64] |= UINT64_C(1) << (i % 64);
    return true;
}

static uint64_t *set_of(const struct judge *j, size_t clause)
{
    return j->clause_sets + clause * j->n_words;
}

/* The union of the sets of clauses [from, to). */
static float share_of_run(const struct judge *j, size_t from, size_t to)
{
    for (size_t w = 0; w < j->n_words; w++)
        j->scratch[w] = 0;
    for (size_t i = from; i < to; i++)
        for (size_t w = 0; w < j->n_words; w++)
            j->scratch[w] |= set_of(j, i)[w];
    return share_of(j, j->scratch);
}

static size_t sentence_end(const struct zd_answer__clauses *c, size_t from)
{
    size_t to = from + 1;

    while (to < c->n && c->p[to].sentence == c->p[from].sentence)
        to++;
    return to;
}

static void judge_sentences(struct judge *j)
{
    const struct zd_answer__clauses *c = j->clauses;

    for (size_t from = 0, to; from < c->n; from = to) {
        const uint32_t s = c->p[from].sentence, source = c->p[from].source;
        float share;

        to = sentence_end(c, from);
        share = share_of_run(j, from, to);
        j->sentence_share[s] = share;
        j->sentence_source[s] = source;
        j->sentence_mark[s] = zd_answer__begins_with_mark(c->p[from].folded);
        if (share > j->source_best[source])
            j->source_best[source] = share;
        if (share > j->top)
            j->top = share;
    }
}

static float letters_new(struct zd_str clause, struct zd_str question)
{
    uint32_t n = 0, n_new = 0;

    for (size_t at = 0; at < clause.n;) {
        size_t from = at;
        uint32_t c = zd_utf8_next(clause, &at);

        if (!zd_is_han(c) && !(c >= '0' && c <= '9') && !(c >= 'a' && c <= 'z'))
            continue;
        n++;
        if (zd_str_find(question, zd_str_cut(clause, from, at), 0) == SIZE_MAX)
            n_new++;
    }
    return n ? (float)n_new / (float)n : 0.0F;
}

/* Share of the sentence `back` places away in the same source; 0 where there is none. */
static float near_share(const struct judge *j, uint32_t sentence, int back)
{
    int64_t at = (int64_t)sentence + back;

    if (at < 0 || at >= (int64_t)j->n_sentences ||
        j->sentence_source[at] != j->sentence_source[sentence])
        return 0.0F;
    return j->sentence_share[at];
}

static bool reaches(float share, float best)
{
    return share >= best - 1e-6F;
}

static float flag(bool b)
{
    return b ? 1.0F : 0.0F;
}

static void set_types(const struct judge *j, const struct zd_answer__clause *clause, bool best,
                      float *f)
{
    const uint32_t asked = j->asked, both = asked & zd_answer__types_given(clause->folded);

    f[ZD_ANSWER__F_HAS_WHEN] = flag(both >> ZD_ANSWER__WHEN & 1);
    f[ZD_ANSWER__F_HAS_NUMBER] = flag(both >> ZD_ANSWER__NUMBER & 1);
    f[ZD_ANSWER__F_HAS_PHONE] = flag(both >> ZD_ANSWER__PHONE & 1);
    f[ZD_ANSWER__F_HAS_WHO] = flag(both >> ZD_ANSWER__WHO & 1);
    f[ZD_ANSWER__F_HAS_WHY] = flag(both >> ZD_ANSWER__WHY & 1);
    f[ZD_ANSWER__F_HAS_LIST] = flag(both >> ZD_ANSWER__LIST & 1);
    f[ZD_ANSWER__F_BEST_WHEN] = flag(best && (both >> ZD_ANSWER__WHEN & 1));
    f[ZD_ANSWER__F_BEST_WHO] = flag(best && (both >> ZD_ANSWER__WHO & 1));
    f[ZD_ANSWER__F_WANTS_WHEN] = flag(asked >> ZD_ANSWER__WHEN & 1);
    f[ZD_ANSWER__F_WANTS_NUMBER] = flag(asked >> ZD_ANSWER__NUMBER & 1);
    f[ZD_ANSWER__F_WANTS_PHONE] = flag(asked >> ZD_ANSWER__PHONE & 1);
    f[ZD_ANSWER__F_WANTS_WHERE] = flag(asked >> ZD_ANSWER__WHERE & 1);
    f[ZD_ANSWER__F_WANTS_WHO] = flag(asked >> ZD_ANSWER__WHO & 1);
    f[ZD_ANSWER__F_WANTS_NAME] = flag(asked >> ZD_ANSWER__NAME & 1);
    f[ZD_ANSWER__F_WANTS_LIST] = flag(asked >> ZD_ANSWER__LIST & 1);
}

static void set_place(const struct judge *j, const struct zd_answer__clause *clause, float *f)
{
    const struct zd_answer__source *source = &j->sources[clause->source];
    const float best = j->ranking->p[0].score;
    const uint32_t s = clause->sentence;

    f[ZD_ANSWER__F_ONE] = 1.0F;
    f[ZD_ANSWER__F_RATIO] = best > 0.0F ? source->ranked->score / best : 0.0F;
    f[ZD_ANSWER__F_BEST_PASSAGE] = flag(clause->source == 0);
    f[ZD_ANSWER__F_SENTENCE] = j->sentence_share[s];
    f[ZD_ANSWER__F_TOP] = flag(reaches(j->sentence_share[s], j->top));
    f[ZD_ANSWER__F_BELOW_TOP] = j->sentence_share[s] - j->top;
    f[ZD_ANSWER__F_BELOW_BEST] = j->sentence_share[s] - j->source_best[clause->source];
    f[ZD_ANSWER__F_PREVIOUS] = near_share(j, s, -1);
    f[ZD_ANSWER__F_PREVIOUS_2] = near_share(j, s, -2);
    f[ZD_ANSWER__F_FOLLOWING] = near_share(j, s, 1);
    f[ZD_ANSWER__F_BEHIND_BEST] =
        flag(f[ZD_ANSWER__F_PREVIOUS] > 0.0F &&
             reaches(f[ZD_ANSWER__F_PREVIOUS], j->source_best[clause->source]));
    f[ZD_ANSWER__F_MARK] = flag(zd_answer__begins_with_mark(clause->folded));
    f[ZD_ANSWER__F_SENTENCE_MARK] = flag(j->sentence_mark[s]);
    f[ZD_ANSWER__F_QUESTION] = flag(zd_str_find(clause->folded, ZD_STR("?"), 0) != SIZE_MAX);
    f[ZD_ANSWER__F_OPENS] = flag(clause->start == 0 && source->passage.ordinal == 0);
}

static void set_words(const struct judge *j, size_t at, size_t from, size_t to, float *f)
{
    const struct zd_answer__clause *clause = &j->clauses->p[at];

    f[ZD_ANSWER__F_OWN] = share_of(j, set_of(j, at));
    f[ZD_ANSWER__F_NEW] = letters_new(clause->folded, j->question->folded);
    f[ZD_ANSWER__F_OWN_NEW] = f[ZD_ANSWER__F_OWN] * f[ZD_ANSWER__F_NEW];
    f[ZD_ANSWER__F_SENTENCE_NEW] = f[ZD_ANSWER__F_SENTENCE] * f[ZD_ANSWER__F_NEW];
    f[ZD_ANSWER__F_BEFORE] = share_of_run(j, from, at);
    f[ZD_ANSWER__F_AFTER] = share_of_run(j, at + 1, to);
    f[ZD_ANSWER__F_FACT] = flag(j->fact);
    if (j->fact)
        return;
    f[ZD_ANSWER__F_DESCRIPTION_BEFORE] = f[ZD_ANSWER__F_BEFORE];
    f[ZD_ANSWER__F_DESCRIPTION_AFTER] = f[ZD_ANSWER__F_AFTER];
    f[ZD_ANSWER__F_DESCRIPTION_OWN] = f[ZD_ANSWER__F_OWN];
    f[ZD_ANSWER__F_DESCRIPTION_NEW] = f[ZD_ANSWER__F_NEW];
    f[ZD_ANSWER__F_DESCRIPTION_TOP] = f[ZD_ANSWER__F_TOP];
    f[ZD_ANSWER__F_DESCRIPTION_MARK] = f[ZD_ANSWER__F_SENTENCE_MARK];
}

static enum zd_status make_room(struct judge *j, struct zd_error *err)
{
    const size_t n = j->clauses->n;
    const uint32_t n_sources = j->clauses->p[n - 1].source + 1;

    j->n_sentences = j->clauses->p[n - 1].sentence + 1;
    j->n_words = j->question->n_terms / 64 + 1;
    j->clause_sets = zd_arena_array(j->arena, n * j->n_words, sizeof *j->clause_sets);
    j->scratch = zd_arena_array(j->arena, j->n_words, sizeof *j->scratch);
    j->sentence_share = zd_arena_array(j->arena, j->n_sentences, sizeof *j->sentence_share);
    j->sentence_source = zd_arena_array(j->arena, j->n_sentences, sizeof *j->sentence_source);
    j->sentence_mark = zd_arena_array(j->arena, j->n_sentences, sizeof *j->sentence_mark);
    j->source_best = zd_arena_array(j->arena, n_sources, sizeof *j->source_best);
    return zd_arena_overflowed(j->arena) ? ZD_FAIL(err, ZD_NOMEM, 0, "no memory left for an answer")
                                         : ZD_OK;
}

enum zd_status zd_answer__features(const struct zd_question *question,
                                   const struct zd_ranking *ranking,
                                   const struct zd_answer__source *sources,
                                   const struct zd_answer__clauses *clauses, struct zd_arena *arena,
                                   float **ret_features, struct zd_error *err)
{
    struct judge j = {.question = question,
                      .ranking = ranking,
                      .sources = sources,
                      .clauses = clauses,
                      .arena = arena,
                      .asked = zd_answer__types_asked(question->folded),
                      .fact = zd_answer__asks_for_fact(question->folded)};
    float *features = zd_arena_array(arena, clauses->n + 1, ZD_ANSWER__FEATURES * sizeof *features);
    enum zd_status st = ZD_OK;

    if (!features)
        return ZD_FAIL(err, ZD_NOMEM, 0, "no memory left for an answer");
    *ret_features = features;
    if (clauses->n == 0)
        return ZD_OK;
    st = make_room(&j, err);
    if (st != ZD_OK)
        return st;
    for (size_t i = 0; i < question->n_terms; i++)
        j.total += ranking->term_weights[i];
    if (!(j.total > 0.0F))
        j.total = 1.0F;
    for (size_t i = 0; i < clauses->n; i++)
        zd_tokens(clauses->p[i].folded, mark_token, &(struct marker){question, set_of(&j, i)});
    judge_sentences(&j);
    for (size_t from = 0, to; from < clauses->n; from = to) {
        to = sentence_end(clauses, from);
        for (size_t i = from; i < to; i++) {
            const struct zd_answer__clause *clause = &clauses->p[i];
            float *f = features + i * ZD_ANSWER__FEATURES;

            set_place(&j, clause, f);
            set_words(&j, i, from, to, f);
            set_types(&j, clause, f[ZD_ANSWER__F_BELOW_BEST] >= -1e-6F, f);
        }
    }
    return ZD_OK;
}
