/* check_align.c: whether the clauses of a sentence stand in a unit of evidence (check.h).
 *
 * For each clause of the sentence a table over (its tokens) × (tokens of the unit) holds the fewest
 * runs that cover the clause up to there, where a run is a stretch of equal tokens in both:
 *
 *     extend   s[i] = e[j], in the run of s[i-1] = e[j-1]
 *     begin    s[i] = e[j] and s[i+1] = e[j+1] (or both clauses begin there), behind a cell of s[..i) further left, where neither
 *              what the run before leaves of its clause nor what this one skips of its clause
 *              holds polarity, and the run before ends neither in polarity nor in a number
 *     add      s[i] is a filler that the unit does not have
 *
 * The clause stands where the fewest runs are few enough. The clauses of the unit that were used
 * are then known by going back through the table, and conditions and exceptions are looked at.
 */
#include <string.h>

#include "answer/check_private.h"

#define FEW_RUNS 2     /* always allowed, and … */
#define TOKENS_A_RUN 4 /* … one more for each so many tokens */
#define NO UINT16_MAX

/* cell (i, j): s[0..i) covered, s[i-1] last matched with e[j-1]; column 0: nothing matched yet. */
struct table {
    const struct zd_check__token *s;
    size_t n_s;
    const struct zd_check__unit *e;
    uint16_t *runs; /* [n_s + 1][n_e + 1] */
    uint16_t *back; /* [n_s + 1][n_e + 1] column that the cell's run or filler came from */
};

static uint16_t *runs_at(const struct table *t, size_t i, size_t j)
{
    return &t->runs[i * (t->e->n + 1) + j];
}

static uint16_t *back_at(const struct table *t, size_t i, size_t j)
{
    return &t->back[i * (t->e->n + 1) + j];
}

static bool has_polarity(const struct zd_check__unit *e, size_t from, size_t to)
{
    for (size_t k = from; k < to; k++)
        if (e->tokens[k].polarity)
            return true;
    return false;
}

static const struct zd_check__clause *clause_of(const struct zd_check__unit *e, size_t token)
{
    return &e->clauses[e->tokens[token].clause];
}

/* A run may end behind e[j-1]: what is left of its clause says nothing against. `next` is where the
 * next run begins, or the unit's length. */
static bool may_leave(const struct zd_check__unit *e, size_t j, size_t next)
{
    const struct zd_check__token *last = &e->tokens[j - 1];
    const size_t end = clause_of(e, j - 1)->last;

    if ((last->polarity || last->number) && j < end && j != next)
        return false;
    return !has_polarity(e, j, next < end ? next : end);
}

/* A run may begin at e[j] behind one that ended at `left` (0: none). */
static bool may_enter(const struct zd_check__unit *e, size_t left, size_t j)
{
    const size_t first = clause_of(e, j)->first;

    return !has_polarity(e, left > first ? left : first, j);
}

static bool equal_pair(const struct table *t, size_t i, size_t j)
{
    if (t->s[i].id != t->e->tokens[j].id)
        return false;
    if (i + 1 == t->n_s) /* the last token: alone only where its neighbour in the unit ends too */
        return t->n_s == 1 && clause_of(t->e, j)->last - clause_of(t->e, j)->first <= 2;
    if (i == 0 && j == clause_of(t->e, j)->first && !t->s[i].polarity && !t->s[i].number)
        return true; /* both clauses begin with it: 应〔及时〕作出 */
    return j + 1 < t->e->n && t->s[i + 1].id == t->e->tokens[j + 1].id;
}

/* The sense of a skipped run of e: whether a cell at column `left` may be followed by a run at j. */
static bool may_jump(const struct table *t, size_t left, size_t j)
{
    if (left == 0)
        return may_enter(t->e, 0, j);
    return may_leave(t->e, left, j) && may_enter(t->e, left, j);
}

static void set(const struct table *t, size_t i, size_t j, uint16_t runs, size_t from)
{
    if (runs < *runs_at(t, i, j)) {
        *runs_at(t, i, j) = runs;
        *back_at(t, i, j) = (uint16_t)from;
    }
}

/* From every cell of row i onwards. */
static void fill_row(const struct table *t, size_t i)
{
    const size_t n_e = t->e->n;

    for (size_t left = 0; left <= n_e; left++) {
        const uint16_t runs = *runs_at(t, i, left);

        if (runs == NO)
            continue;
        if (left > 0 && left < n_e && t->s[i].id == t->e->tokens[left].id)
            set(t, i + 1, left + 1, runs, left);
        if (t->s[i].filler)
            set(t, i + 1, left, runs, left);
        for (size_t j = left; j < n_e; j++) {
            if (j == left && left > 0) /* the same run goes on: above */
                continue;
            if (!equal_pair(t, i, j) || !may_jump(t, left, j))
                continue;
            set(t, i + 1, j + 1, (uint16_t)(runs + 1), left);
        }
    }
}

/* The best end of the table, or 0 columns where the clause does not stand here. */
static size_t best_end(const struct table *t, size_t n_content)
{
    uint16_t best = (uint16_t)(FEW_RUNS + n_content / TOKENS_A_RUN + 1);
    size_t column = 0;

    for (size_t j = 1; j <= t->e->n; j++)
        if (*runs_at(t, t->n_s, j) < best && may_leave(t->e, j, t->e->n)) {
            best = *runs_at(t, t->n_s, j);
            column = j;
        }
    return column;
}

/* Marks the clauses of the unit that the path to column j of the last row went through. */
static void mark_used(const struct table *t, size_t j, bool *used)
{
    for (size_t i = t->n_s; i > 0 && j > 0; i--) {
        used[t->e->tokens[j - 1].clause] = true;
        j = *back_at(t, i, j);
    }
}

static enum zd_status align_clause(const struct zd_check__token *s, size_t n_s,
                                   const struct zd_check__unit *unit, struct zd_arena *arena,
                                   bool *used, bool *ret_stands, struct zd_error *err)
{
    const size_t n_cells = (n_s + 1) * (unit->n + 1);
    struct table t = {.s = s, .n_s = n_s, .e = unit};
    size_t n_content = 0, column;

    *ret_stands = false;
    for (size_t i = 0; i < n_s; i++)
        n_content += !s[i].filler;
    if (n_content == 0) {
        *ret_stands = true;
        return ZD_OK;
    }
    t.runs = zd_arena_array(arena, n_cells, sizeof *t.runs);
    t.back = zd_arena_array(arena, n_cells, sizeof *t.back);
    if (!t.runs || !t.back)
        return ZD_FAIL(err, ZD_NOMEM, 0, "out of memory for the sentence check");
    memset(t.runs, 0xFF, n_cells * sizeof *t.runs);
    *runs_at(&t, 0, 0) = 0;
    for (size_t i = 0; i < n_s; i++)
        fill_row(&t, i);
    column = best_end(&t, n_content);
    *ret_stands = column > 0;
    if (column > 0)
        mark_used(&t, column, used);
    return ZD_OK;
}

/* Whether the unit has the tokens at all: cheap, and false for almost every unit. */
static bool may_hold(const struct zd_check__token *s, size_t n_s, const struct zd_check__unit *unit)
{
    size_t missing = 0;

    for (size_t i = 0; i < n_s; i++) {
        bool found = s[i].filler;

        for (size_t j = 0; j < unit->n && !found; j++)
            found = unit->tokens[j].id == s[i].id;
        missing += !found;
        if (missing > 0)
            return false;
    }
    return true;
}

/* Conditions before and exceptions behind what is used must be used too. */
static bool keeps_sense(const struct zd_check__unit *unit, const bool *used)
{
    bool any = false; /* of the same part */

    for (size_t k = 0; k < unit->n_clauses; k++) {
        const struct zd_check__clause *c = &unit->clauses[k];
        const bool next = k + 1 < unit->n_clauses && c[1].part == c->part && used[k + 1];

        if (k > 0 && c->part != c[-1].part)
            any = false;
        if (!used[k] && ((c->condition && next) || (c->exception && any)))
            return false;
        any = any || used[k];
    }
    return true;
}

/* Of a list, parts that are used together are used whole: the lead-in always, and the items where
 * there are several. Else the beginning of one item could go on with the end of another. */
static bool keeps_parts(const struct zd_check__unit *unit, const bool *used)
{
    size_t n_parts = 0, n_cut = 0;
    bool lead_cut = false;

    for (size_t k = 0; k < unit->n_clauses;) {
        const uint32_t part = unit->clauses[k].part;
        size_t n = 0, n_used = 0;

        for (; k < unit->n_clauses && unit->clauses[k].part == part; k++) {
            n++;
            n_used += used[k];
        }
        n_parts += n_used > 0;
        n_cut += n_used > 0 && n_used < n;
        lead_cut = lead_cut || (part == 0 && n_used > 0 && n_used < n);
    }
    return n_parts < 2 || (!lead_cut && (n_cut == 0 || (n_parts == 2 && used[0])));
}

enum zd_status zd_check__align(const struct zd_check__unit *sentence,
                               const struct zd_check__unit *unit, struct zd_arena *arena,
                               enum zd_unsupported *ret_why, uint64_t *ret_clauses,
                               struct zd_error *err)
{
    bool *used = zd_arena_alloc(arena, unit->n_clauses + 1);
    bool all = true;

    if (!used)
        return ZD_FAIL(err, ZD_NOMEM, 0, "out of memory for the sentence check");
    *ret_clauses = 0;
    for (size_t k = 0; k < sentence->n_clauses; k++) {
        const struct zd_check__clause *c = &sentence->clauses[k];
        const struct zd_check__token *s = sentence->tokens + c->first;
        const size_t n_s = c->last - c->first;
        bool stands = false;
        enum zd_status st;

        if (may_hold(s, n_s, unit)) {
            st = align_clause(s, n_s, unit, arena, used, &stands, err);
            if (st != ZD_OK)
                return st;
        }
        if (stands && k < 64)
            *ret_clauses |= (uint64_t)1 << k;
        all = all && stands;
    }
    if (!all)
        *ret_why = ZD_UNSUPPORTED_WORDS;
    else if (!keeps_parts(unit, used))
        *ret_why = ZD_UNSUPPORTED_MERGED;
    else
        *ret_why = keeps_sense(unit, used) ? ZD_SUPPORTED : ZD_UNSUPPORTED_SENSE;
    return ZD_OK;
}
