/* run.c: which run of pieces is the answer.
 *
 *  1. Each piece has a probability p that its letters belong to the answer.
 *  2. A run is worth the F-measure expected of it against the answer of its source: with
 *     e = Σ p × letters over the run, L its letters and E the same sum over the source,
 *         F = (1 + β²) e ÷ (L + β² E)
 *     The best few by β = 1 and, of runs of whole clauses, by β = 3 go on.
 *  3. A second model looks at where those begin and end: one part orders them by F1, another
 *     says how probably nothing of the answer is missing.
 *  4. The best one is chosen (zd_answer__choose); prose is begun where its sentence begins.
 */
#include <math.h>

#include "answer/answer_private.h"
#include "base/utf8.h"

#define RUN_MAX_LETTERS 400
#define FINE_RUNS 40 /* of ZD_ANSWER__RUNS; the others are of whole clauses */
#define WIDE_BETA2 9.0F
#define OFFICIAL 1.2F  /* official words a hundred letters, see features.c */
#define BIAS (-13.03F) /* with the weights of feature_table.h */
#define KIND_ENDS 1.0F /* of zd_answer__kind_of: 。！？ */
#define FACT_BETA2 16.0F
#define LETTER_PRICE 0.002F
#define LEAD_LETTERS 6 /* that prose is begun before the run, where its sentence or clause begins */

static const float weights[ZD_ANSWER__FEATURES] = {
#define WEIGHT(name, weight) (float)(weight),
    ZD_ANSWER__FEATURE_TABLE(WEIGHT)
#undef WEIGHT
};

void zd_answer__judge(struct zd_answer__reading *r, const struct zd_answer_model *model)
{
    for (size_t i = 0; i < r->n_pieces; i++) {
        const float *f = r->features + i * ZD_ANSWER__FEATURES;
        float z = BIAS;

        if (model)
            z = (float)zd_trees_score(model->pieces, f);
        else
            for (int k = 0; k < ZD_ANSWER__FEATURES; k++)
                z += weights[k] * f[k];
        r->pieces[i].p = 1.0F / (1.0F + expf(-z));
    }
}

static size_t source_end(const struct zd_answer__reading *r, size_t from)
{
    size_t to = from + 1;

    while (to < r->n_pieces && r->pieces[to].source == r->pieces[from].source)
        to++;
    return to;
}

static float expected_of(const struct zd_answer__reading *r, size_t from, size_t to)
{
    float sum = 0.0F;

    for (size_t i = from; i < to; i++)
        sum += r->pieces[i].p * (float)r->pieces[i].n_letters;
    return sum;
}

/* The best runs so far by one measure, best first. */
struct best {
    struct zd_answer__run *p;
    float *values;
    size_t n, max;
};

static void keep(struct best *best, const struct zd_answer__run *run, float value)
{
    size_t at = best->n < best->max ? best->n : best->max - 1;

    if (best->n == best->max && value <= best->values[at])
        return;
    for (; at > 0 && best->values[at - 1] < value; at--) {
        best->p[at] = best->p[at - 1];
        best->values[at] = best->values[at - 1];
    }
    best->p[at] = *run;
    best->values[at] = value;
    if (best->n < best->max)
        best->n++;
}

/* Whether no letter of its clause stands before a piece. */
static bool starts_clause(const struct zd_answer__reading *r, size_t piece)
{
    const uint32_t clause = r->pieces[piece].clause;

    while (piece > 0 && r->pieces[piece - 1].clause == clause)
        if (r->pieces[--piece].n_letters > 0)
            return false;
    return true;
}

/* … or behind it. */
static bool ends_clause(const struct zd_answer__reading *r, size_t piece)
{
    const uint32_t clause = r->pieces[piece].clause;

    while (++piece < r->n_pieces && r->pieces[piece].clause == clause)
        if (r->pieces[piece].n_letters > 0)
            return false;
    return true;
}

/* Tries every run that begins at `from` within [from, end) of one source. */
static void try_runs(const struct zd_answer__reading *r, size_t from, size_t end, float expected,
                     struct best *fine, struct best *wide)
{
    struct zd_answer__run run = {.from = from};
    const bool starts = starts_clause(r, from);

    expected = fmaxf(expected, 1.0F);
    for (size_t i = from; i < end; i++) {
        const struct zd_answer__piece *p = &r->pieces[i];

        run.to = i + 1;
        run.n_letters += p->n_letters;
        run.expected += p->p * (float)p->n_letters;
        if (run.n_letters > RUN_MAX_LETTERS && i > from)
            return;
        if (run.n_letters == 0 || p->n_letters == 0)
            continue;
        if (p->clause != r->pieces[from].clause && !ends_clause(r, i))
            continue;
        run.f = 2.0F * run.expected / ((float)run.n_letters + expected);
        keep(fine, &run, run.f);
        if (starts && ends_clause(r, i))
            keep(wide, &run,
                 (1.0F + WIDE_BETA2) * run.expected /
                     ((float)run.n_letters + WIDE_BETA2 * expected));
    }
}

static bool is_known(const struct zd_answer__runs *runs, const struct zd_answer__run *run)
{
    for (size_t i = 0; i < runs->n; i++)
        if (runs->p[i].from == run->from && runs->p[i].to == run->to)
            return true;
    return false;
}

void zd_answer__find_runs(const struct zd_answer__reading *r, struct zd_answer__runs *ret_runs)
{
    float fine_values[FINE_RUNS], wide_values[ZD_ANSWER__RUNS - FINE_RUNS];
    struct zd_answer__run wide_runs[ZD_ANSWER__RUNS - FINE_RUNS];
    struct best fine = {ret_runs->p, fine_values, 0, FINE_RUNS};
    struct best wide = {wide_runs, wide_values, 0, ZD_ANSWER__RUNS - FINE_RUNS};

    for (size_t first = 0, end; first < r->n_pieces; first = end) {
        float expected;

        end = source_end(r, first);
        expected = expected_of(r, first, end);
        for (size_t from = first; from < end; from++)
            if (r->pieces[from].n_letters > 0)
                try_runs(r, from, end, expected, &fine, &wide);
    }
    ret_runs->n = fine.n;
    for (size_t i = 0; i < wide.n; i++)
        if (!is_known(ret_runs, &wide_runs[i]))
            ret_runs->p[ret_runs->n++] = wide_runs[i];
}

/* Brackets and quotes that a run opens without closing them, or the reverse. */
static float open_in(const struct zd_answer__reading *r, uint32_t from, uint32_t to)
{
    static const struct {
        uint32_t open, close;
    } pairs[] = {
        {0x201C, 0x201D}, {0x300A, 0x300B}, {'(', ')'}, {0x300C, 0x300D}, {0x3010, 0x3011}};
    float n = 0.0F;

    for (size_t k = 0; k < ZD_COUNT(pairs); k++) {
        int depth = 0, lowest = 0;

        for (uint32_t i = from; i < to; i++) {
            depth += r->signs[i].folded == pairs[k].open;
            depth -= r->signs[i].folded == pairs[k].close;
            lowest = depth < lowest ? depth : lowest;
        }
        n += (float)(depth - 2 * lowest);
    }
    return n;
}

static float flag(bool b)
{
    return b ? 1.0F : 0.0F;
}

#define COPY(name, of) f[ZD_ANSWER__R_##name] = (of)[ZD_ANSWER__F_##name]

/* What the pieces of the run say together. */
static void set_sums(const struct zd_answer__reading *r, const struct zd_answer__run *run, float *f)
{
    const struct zd_answer__piece *first = &r->pieces[run->from], *last = &r->pieces[run->to - 1];
    float matched = 0.0F, least = 1.0F, most = 0.0F, here = 0.0F, noun = 0.0F, digits = 0.0F;

    for (size_t i = run->from; i < run->to; i++) {
        const float *own = r->features + i * ZD_ANSWER__FEATURES;

        matched += own[ZD_ANSWER__F_MATCHED] * (float)r->pieces[i].n_letters;
        here = fmaxf(here, own[ZD_ANSWER__F_HAS_HERE]);
        noun = fmaxf(noun, own[ZD_ANSWER__F_NOUN_IN]);
        digits = fmaxf(digits, own[ZD_ANSWER__F_DIGITS]);
        if (r->pieces[i].n_letters == 0)
            continue;
        least = fminf(least, r->pieces[i].p);
        most = fmaxf(most, r->pieces[i].p);
    }
    f[ZD_ANSWER__R_MATCHED] = matched / (float)run->n_letters;
    f[ZD_ANSWER__R_P_LEAST] = least;
    f[ZD_ANSWER__R_P_MOST] = most;
    f[ZD_ANSWER__R_HAS_HERE] = here;
    f[ZD_ANSWER__R_NOUN_IN] = noun;
    f[ZD_ANSWER__R_DIGITS] = digits;
    f[ZD_ANSWER__R_CLAUSES] = (float)(last->clause - first->clause + 1);
    f[ZD_ANSWER__R_SENTENCES] = (float)(last->sentence - first->sentence + 1);
    f[ZD_ANSWER__R_PIECES] = (float)(run->to - run->from);
    f[ZD_ANSWER__R_OPEN] = open_in(r, first->from, last->to);
}

static float mean_p(const struct zd_answer__reading *r, size_t from, size_t to)
{
    float letters = 0.0F;

    for (size_t i = from; i < to; i++)
        letters += (float)r->pieces[i].n_letters;
    return letters > 0.0F ? expected_of(r, from, to) / letters : 0.0F;
}

/* The clauses around: what the run leaves out of its own, and what lies beside them. */
static void set_around(const struct zd_answer__reading *r, const struct zd_answer__run *run,
                       float *f)
{
    const struct zd_answer__piece *p = r->pieces;
    size_t left = run->from, right = run->to, from, to;

    while (left > 0 && p[left - 1].clause == p[run->from].clause)
        left--;
    while (right < r->n_pieces && p[right].clause == p[run->to - 1].clause)
        right++;
    f[ZD_ANSWER__R_OUT_LEFT] = expected_of(r, left, run->from);
    f[ZD_ANSWER__R_OUT_RIGHT] = expected_of(r, run->to, right);
    f[ZD_ANSWER__R_LETTERS_LEFT] = f[ZD_ANSWER__R_LETTERS_RIGHT] = 0.0F;
    for (size_t i = left; i < run->from; i++)
        f[ZD_ANSWER__R_LETTERS_LEFT] += (float)p[i].n_letters;
    for (size_t i = run->to; i < right; i++)
        f[ZD_ANSWER__R_LETTERS_RIGHT] += (float)p[i].n_letters;
    for (from = left; from > 0 && p[from - 1].source == p[left].source &&
                      p[from - 1].clause + 1 == p[left].clause;)
        from--;
    for (to = right; to < r->n_pieces && p[to].source == p[run->from].source &&
                     p[to].clause == p[right - 1].clause + 1;)
        to++;
    f[ZD_ANSWER__R_CLAUSE_BEFORE_P] = mean_p(r, from, left);
    f[ZD_ANSWER__R_CLAUSE_BEHIND_P] = mean_p(r, right, to);
    for (from = left; from > 0 && p[from - 1].sentence == p[left].sentence;)
        from--;
    for (to = left; to < r->n_pieces && p[to].sentence == p[left].sentence;)
        to++;
    f[ZD_ANSWER__R_SENTENCE_P] = mean_p(r, from, to);
}

/* Whether the run ends with the noun behind the question word. */
static bool ends_with_noun(const struct zd_answer__reading *r, uint32_t to)
{
    const uint32_t *noun = r->asked.signs + r->asked.noun_from;

    return r->asked.noun_to > r->asked.noun_from && to >= 2 && r->signs[to - 2].folded == noun[0] &&
           r->signs[to - 1].folded == noun[1];
}

static void set_ends(const struct zd_answer__reading *r, const struct zd_answer__run *run, float *f)
{
    const float *first = r->features + run->from * ZD_ANSWER__FEATURES;
    const float *last = r->features + (run->to - 1) * ZD_ANSWER__FEATURES;
    const bool starts = starts_clause(r, run->from), ends = ends_clause(r, run->to - 1);
    const struct zd_answer__piece *p = r->pieces;
    const bool before = run->from > 0 && p[run->from - 1].source == p[run->from].source;
    const bool behind = run->to < r->n_pieces && p[run->to].source == p[run->from].source;

    f[ZD_ANSWER__R_P_FIRST] = p[run->from].p;
    f[ZD_ANSWER__R_P_LAST] = p[run->to - 1].p;
    f[ZD_ANSWER__R_P_BEFORE] = before ? p[run->from - 1].p : 0.0F;
    f[ZD_ANSWER__R_P_BEHIND] = behind ? p[run->to].p : 0.0F;
    f[ZD_ANSWER__R_CLAUSE_START] = flag(starts);
    f[ZD_ANSWER__R_CLAUSE_END] = flag(ends);
    f[ZD_ANSWER__R_SENTENCE_START] =
        flag(!before || p[run->from - 1].sentence != p[run->from].sentence);
    f[ZD_ANSWER__R_SENTENCE_END] = flag(!behind || p[run->to].sentence != p[run->to - 1].sentence);
    COPY(MATCH_BEFORE, first);
    COPY(MATCH_BEHIND, last);
    COPY(SIGN_BEFORE, first);
    COPY(SIGN_BEHIND, last);
    COPY(FIRST, first);
    f[ZD_ANSWER__R_LAST] =
        zd_answer__kind_of(r, p[run->from].source, (int64_t)p[run->to - 1].to - 1);
    f[ZD_ANSWER__R_NOUN_END] = flag(ends_with_noun(r, p[run->to - 1].to));
    COPY(MATCH_LEFT, first);
    COPY(WORD_LEFT, first);
    COPY(LEAD_LEFT, first);
    COPY(MATCH_RIGHT, last);
    COPY(WORD_RIGHT, last);
    COPY(TAIL_RIGHT, last);
    COPY(NOUN_NEAR, last);
    COPY(MARK, first);
    COPY(ENDS_COLON, first);
    COPY(BEHIND_COLON, first);
    COPY(PLACE, first);
    COPY(RATIO, first);
    COPY(BELOW_TOP, first);
    COPY(SENTENCE, first);
    COPY(OWN, first);
    COPY(REGISTER, first);
    COPY(FACT, first);
    COPY(WANTS_WHEN, first);
    COPY(WANTS_NUMBER, first);
    COPY(WANTS_WHO, first);
    COPY(WANTS_WHERE, first);
    COPY(WANTS_NAME, first);
    COPY(WANTS_LIST, first);
    COPY(ASKED_WORD, first);
    COPY(ASKED_LETTERS, first);
    COPY(ASKED_AT, first);
}

void zd_answer__run_features(const struct zd_answer__reading *r, const struct zd_answer__runs *runs,
                             size_t at, float f[ZD_ANSWER__RUN_FEATURES])
{
    const struct zd_answer__run *run = &runs->p[at];
    size_t from = run->from;
    float source;

    while (from > 0 && r->pieces[from - 1].source == r->pieces[run->from].source)
        from--;
    source = expected_of(r, from, source_end(r, from));
    f[ZD_ANSWER__R_F] = run->f;
    f[ZD_ANSWER__R_F_SHARE] = runs->p[0].f > 0.0F ? run->f / runs->p[0].f : 1.0F;
    f[ZD_ANSWER__R_EXPECTED] = run->expected;
    f[ZD_ANSWER__R_MEAN_P] = run->expected / (float)run->n_letters;
    f[ZD_ANSWER__R_RECALL] = source > 0.0F ? run->expected / source : 0.0F;
    f[ZD_ANSWER__R_SOURCE_P] = source;
    f[ZD_ANSWER__R_LETTERS] = (float)run->n_letters;
    set_sums(r, run, f);
    set_ends(r, run, f);
    set_around(r, run, f);
}

/* How official the sources sound, the better ones before the others. */
static float register_of(const struct zd_answer__reading *r)
{
    float sum = 0.0F, all = 0.0F;

    for (size_t i = 0; i < r->n_pieces; i++) {
        const float weight = (float)r->pieces[i].n_letters;

        sum += weight * r->features[i * ZD_ANSWER__FEATURES + ZD_ANSWER__F_REGISTER];
        all += weight;
    }
    return all > 0.0F ? sum / all : 0.0F;
}

/* How good a run is. Of official texts the shortest words that answer; of other prose, where a
 * name or a number alone tells a reader little, those that leave nothing of the answer out, at a
 * price a letter. */
static float worth(const struct zd_answer__run *run, bool official)
{
    return official ? run->fit : run->holds - LETTER_PRICE * (float)run->n_letters;
}

/* Without a model: expected F-measure, and whole sentences where one fact is asked for, because a
 * clause alone often leaves out who or what it speaks of. */
static float rough_worth(const struct zd_answer__reading *r, const struct zd_answer__run *run,
                         const float *f)
{
    const bool fact = r->asked.fact;
    const float beta2 = fact ? FACT_BETA2 : 1.0F;

    if (fact && !(f[ZD_ANSWER__R_SENTENCE_START] > 0.0F && f[ZD_ANSWER__R_SENTENCE_END] > 0.0F))
        return run->f / 1000.0F;
    return (1.0F + beta2) * run->expected /
           ((float)run->n_letters + beta2 * fmaxf(f[ZD_ANSWER__R_SOURCE_P], 1.0F));
}

/* Letters between a piece and the beginning of its sentence, or of its clause; *ret_first is the
 * piece that stands there. */
static uint32_t letters_before(const struct zd_answer__reading *r, size_t piece, bool sentence,
                               size_t *ret_first)
{
    const struct zd_answer__piece *p = r->pieces;
    uint32_t n = 0;
    size_t i = piece;

    while (i > 0 && p[i - 1].source == p[piece].source &&
           (sentence ? p[i - 1].sentence == p[piece].sentence : p[i - 1].clause == p[piece].clause))
        n += p[--i].n_letters;
    *ret_first = i;
    return n;
}

void zd_answer__begin_whole(const struct zd_answer__reading *r, struct zd_answer__run *run)
{
    size_t first;
    uint32_t n = letters_before(r, run->from, true, &first);

    if (n > LEAD_LETTERS)
        n = letters_before(r, run->from, false, &first);
    if (n > LEAD_LETTERS)
        return;
    run->from = first;
    run->n_letters += n;
}

bool zd_answer__choose(struct zd_answer__reading *r, const struct zd_answer_model *model,
                       struct zd_answer__run *ret_run)
{
    struct zd_answer__runs runs = {.n = 0};
    const bool official = register_of(r) > OFFICIAL;
    float best = 0.0F;

    zd_answer__judge(r, model);
    zd_answer__find_runs(r, &runs);
    for (size_t i = 0; i < runs.n; i++) {
        float f[ZD_ANSWER__RUN_FEATURES], value;

        zd_answer__run_features(r, &runs, i, f);
        if (model) {
            runs.p[i].fit = (float)zd_trees_score(model->fit, f);
            runs.p[i].holds = 1.0F / (1.0F + expf(-(float)zd_trees_score(model->holds, f)));
            value = worth(&runs.p[i], official);
        } else {
            value = rough_worth(r, &runs.p[i], f);
        }
        if (i == 0 || value > best) {
            best = value;
            *ret_run = runs.p[i];
        }
    }
    if (runs.n > 0 && model && !official)
        zd_answer__begin_whole(r, ret_run);
    return runs.n > 0;
}

/* Signs behind a run that belong to it: what ends its sentence, and closes what it opened. */
static uint32_t end_of(const struct zd_answer__reading *r, const struct zd_answer__run *run)
{
    const struct zd_answer__piece *first = &r->pieces[run->from], *last = &r->pieces[run->to - 1];
    uint32_t to = last->to;

    while (to < r->first_sign[first->source + 1] && r->signs[to].clause == last->clause &&
           !r->signs[to].letter &&
           (zd_answer__kind_of(r, first->source, to) <= KIND_ENDS ||
            open_in(r, first->from, to + 1) < open_in(r, first->from, to)))
        to++;
    return to;
}

void zd_answer__run_bytes(const struct zd_answer__reading *r, const struct zd_answer__run *run,
                          uint32_t *ret_source, uint32_t *ret_start, uint32_t *ret_end)
{
    const uint32_t source = r->pieces[run->from].source, to = end_of(r, run);

    *ret_source = source;
    *ret_start = r->signs[r->pieces[run->from].from].at;
    *ret_end = to < r->first_sign[source + 1] ? r->signs[to].at
                                              : (uint32_t)r->sources[source].passage.text.n;
}
