/* run.c: which clauses make the answer.
 *
 * Each clause has a probability that its characters belong to the answer (logistic regression over
 * features.c). A run of clauses is as good as the F-measure expected of it against the true
 * answer of its passage: with e = Σ p × letters over the run, L its letters and E the same sum over
 * the passage, F = (1 + β²) e / (L + β² E). A larger β prefers to have all of the answer over having
 * nothing else; whole sentences are chosen from where one fact is asked for, since a clause
 * alone often leaves out who or what it speaks of.
 *
 * Tried and left out for no gain: a second model for where answers begin and end, re-ranking the
 * 40 best runs by a regression on their overlap (0.416 and 0.417 against 0.417), trigrams. */
#include <math.h>

#include "answer/answer_private.h"

#define RUN_MAX_LETTERS 400
#define CLAUSES_MAX 2000
#define ANNOUNCED_SHARE 0.1F

static const float weights[ZD_ANSWER__FEATURES] = {
#define WEIGHT(name, weight) (float)(weight),
    ZD_ANSWER__FEATURE_TABLE(WEIGHT)
#undef WEIGHT
};

/* "现将有关事项通知如下：" announces an answer and is none, however many words it shares. */
static bool announces(struct zd_str folded)
{
    folded = zd_str_trim(folded);
    return zd_str_ends(folded, ZD_STR("如下:")) || zd_str_ends(folded, ZD_STR("如下。"));
}

enum zd_status zd_answer__judge(const struct zd_question *question,
                                const struct zd_ranking *ranking,
                                const struct zd_answer__source *sources, size_t n_sources,
                                struct zd_arena *arena, struct zd_answer__clauses *ret_clauses,
                                struct zd_error *err)
{
    struct zd_answer__clauses clauses = {.cap = CLAUSES_MAX};
    uint32_t sentence = 0;
    float *features = NULL;
    enum zd_status st = ZD_OK;

    clauses.p = zd_arena_array(arena, clauses.cap, sizeof *clauses.p);
    if (!clauses.p)
        return ZD_FAIL(err, ZD_NOMEM, 0, "no memory left for an answer");
    for (size_t i = 0; st == ZD_OK && i < n_sources; i++)
        st = zd_answer__cut(&sources[i], (uint32_t)i, &sentence, arena, &clauses, err);
    if (st == ZD_OK)
        st = zd_answer__features(question, ranking, sources, &clauses, arena, &features, err);
    if (st != ZD_OK)
        return st;
    for (size_t i = 0; i < clauses.n; i++) {
        float z = 0.0F;

        for (int k = 0; k < ZD_ANSWER__FEATURES; k++)
            z += weights[k] * features[i * ZD_ANSWER__FEATURES + (size_t)k];
        clauses.p[i].p = 1.0F / (1.0F + expf(-z));
        if (announces(clauses.p[i].folded))
            clauses.p[i].p *= ANNOUNCED_SHARE;
    }
    *ret_clauses = clauses;
    return ZD_OK;
}

struct best {
    double f;
    size_t from, to;
};

/* Tries every run that starts at `from` within [from, end) of one source. */
static void try_runs(const struct zd_answer__clauses *c, size_t from, size_t end, bool whole,
                     double beta2, double expected, struct best *best)
{
    double e = 0.0, letters = 0.0;

    for (size_t i = from; i < end; i++) {
        double f;

        e += (double)c->p[i].p * c->p[i].n_letters;
        letters += c->p[i].n_letters;
        if (letters > RUN_MAX_LETTERS && i > from &&
            !(whole && c->p[i].sentence == c->p[from].sentence))
            return;
        if (letters <= 0.0 || (whole && i + 1 < end && c->p[i + 1].sentence == c->p[i].sentence))
            continue;
        f = (1.0 + beta2) * e / (letters + beta2 * (expected > 1.0 ? expected : 1.0));
        if (f > best->f)
            *best = (struct best){f, from, i + 1};
    }
}

bool zd_answer__best_run(const struct zd_answer__clauses *c, bool whole, double beta,
                         uint32_t *ret_source, uint32_t *ret_start, uint32_t *ret_end)
{
    struct best best = {-1.0, 0, 0};

    for (size_t first = 0, end; first < c->n; first = end) {
        double expected = 0.0;

        for (end = first; end < c->n && c->p[end].source == c->p[first].source; end++)
            expected += (double)c->p[end].p * c->p[end].n_letters;
        for (size_t from = first; from < end; from++)
            if (!whole || from == first || c->p[from].sentence != c->p[from - 1].sentence)
                try_runs(c, from, end, whole, beta * beta, expected, &best);
    }
    if (best.to == 0)
        return false;
    *ret_source = c->p[best.from].source;
    *ret_start = c->p[best.from].start;
    *ret_end = c->p[best.to - 1].end;
    return true;
}
