/* query.c: from a query to its best passages.
 *
 * Questions are long (20 to 80 terms) and most of their terms are frequent characters. Document at
 * a time (WAND, block-max WAND: Ding & Suel 2011) spends its time on choosing the next passage
 * among dozens of lists; term at a time touches every posting. What is done here is term at a
 * time within windows of passages, with MaxScore's cut (Turtle & Flood 1995), as Lucene's
 * MaxScoreBulkScorer does for a few terms, arranged for many. For each window of a segment:
 *
 *   1. every term gets a bound on its part in this window (bound.h) and a count of its postings
 *   2. terms are taken in the order of bound per posting, best first: rare words before 的. The
 *      postings of the term taken are streamed into an array of scores, one a passage
 *   3. from time to time the k-th largest score so far is taken as the threshold: at least k
 *      passages reach it. Once the bounds of the terms not yet taken sum to less, no passage
 *      outside the array can win: stop taking
 *   4. the passages whose score and remaining bound reach the threshold are the candidates; the
 *      remaining terms are looked up for them only, largest bound first, and after each term the
 *      candidates that fell below leave
 *   5. who is left is complete and goes to the heap
 *
 * On questions about statutes 12 of 100 postings are streamed. Scores are integers (score.h), so
 * the order in which terms are added changes nothing, and a passage is left out only when bounds
 * prove that it cannot be among the best, ties by id included: the result is that of scoring
 * everything. Filters come first: a passage that does not pass starts at FAILED, far below zero.
 *
 * A segment in which damage shows up is dropped and the search starts anew without it.
 */
#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "index/kernel.h"
#include "index/score.h"
#include "index/segment_format.h"
#include "index/snapshot.h"
#include "index/topk.h"

#define WINDOW 65536u
#define FAILED (-(1 << 30)) /* parts sum to less than 2^24 */
#define NONE UINT32_MAX
#define LOOK_UP_FACTOR 8 /* from this many candidates in a block on it is streamed */
#define ESTIMATE_AFTER 16384u
#define ESTIMATE_AGAIN 16u /* windows */

/* One term of the query in the segment being searched. */
struct term {
    struct zd_index__walk walk;
    float w;
    int32_t list_bound; /* of any posting of the list */
    uint32_t next; /* blocks before it end before the window; for a bare list: posting number */
    /* in the window: */
    int32_t bound;
    uint32_t from, to;   /* blocks [from, to), or postings of a bare list */
    uint32_t n_postings; /* at most */
    uint32_t decoded;    /* number of the block in `block`, NONE */
    struct zd_index__block *block;
};

struct zd_index__scratch {
    struct term *terms; /* [terms_cap] */
    struct zd_index__block *blocks;
    uint32_t *order; /* [terms_cap] */
    float *w;        /* [terms_cap] */
    uint64_t *frequencies;
    size_t terms_cap;
    struct zd_index__list *lists; /* [n_parts][n_terms] as found by count_frequencies */
    size_t lists_cap;
    float *a; /* [3][codes_cap] */
    size_t codes_cap;
    struct zd_index__found *heap; /* [heap_cap] */
    size_t heap_cap;
    int32_t scores[WINDOW];
    int32_t room[WINDOW];
    uint16_t candidates[WINDOW];
};

struct search {
    const struct zd_index_query *query;
    struct zd_index__scratch *scratch;
    struct zd_index__weights weights;
    struct zd_index__topk topk;

    /* of the segment being searched */
    struct zd_index__segment *segment;
    uint32_t part;
    const uint64_t *bits; /* NULL: all pass */
    struct zd_index__scoring scoring;
    const struct zd_index__kernel *kernel;
    struct term *terms; /* [n_terms] that the segment has */
    size_t n_terms;
    bool damaged;
    /* Whether thresholds are estimated from the scores of the window: not for some windows after
     * one in which the best found before were the better estimate, as they are from the second or
     * third window on (a quarter of the time with ten million passages). */
    bool estimate;
    uint32_t n_windows, estimate_from;
};

/* ---- scratch ---- */

void zd_index__scratch_free(struct zd_index__scratch *s)
{
    if (!s)
        return;
    zd_free(s->terms);
    zd_free(s->blocks);
    zd_free(s->order);
    zd_free(s->w);
    zd_free(s->frequencies);
    zd_free(s->lists);
    zd_free(s->a);
    zd_free(s->heap);
    zd_free(s);
}

static bool scratch_fit_terms(struct zd_index__scratch *s, size_t n)
{
    size_t cap = n < 64 ? 64 : n;

    if (n <= s->terms_cap)
        return true;
    zd_free(s->terms);
    zd_free(s->blocks);
    zd_free(s->order);
    zd_free(s->w);
    zd_free(s->frequencies);
    s->terms_cap = 0;
    s->terms = zd_alloc(cap * sizeof *s->terms);
    s->blocks = zd_alloc(cap * sizeof *s->blocks);
    s->order = zd_alloc(cap * sizeof *s->order);
    s->w = zd_alloc(cap * sizeof *s->w);
    s->frequencies = zd_alloc(cap * sizeof *s->frequencies);
    if (!s->terms || !s->blocks || !s->order || !s->w || !s->frequencies)
        return false;
    s->terms_cap = cap;
    return true;
}

static bool scratch_fit(struct zd_index__scratch *s, const struct zd_index *index, size_t n_terms,
                        size_t top)
{
    size_t n_codes = 0;

    for (size_t i = 0; i < index->manifest.n_parts; i++)
        if (index->manifest.parts[i].segment->shape.n_codes + 1 > n_codes)
            n_codes = index->manifest.parts[i].segment->shape.n_codes + 1;
    if (n_codes > s->codes_cap) {
        zd_free(s->a);
        s->codes_cap = 0;
        s->a = zd_alloc(ZD_FIELD_COUNT * n_codes * sizeof *s->a);
        if (!s->a)
            return false;
        s->codes_cap = n_codes;
    }
    if (top > s->heap_cap) {
        zd_free(s->heap);
        s->heap_cap = 0;
        s->heap = zd_alloc(top * sizeof *s->heap);
        if (!s->heap)
            return false;
        s->heap_cap = top;
    }
    if (n_terms * index->manifest.n_parts > s->lists_cap) {
        zd_free(s->lists);
        s->lists_cap = 0;
        s->lists = zd_alloc(n_terms * index->manifest.n_parts * sizeof *s->lists);
        if (!s->lists)
            return false;
        s->lists_cap = n_terms * index->manifest.n_parts;
    }
    return scratch_fit_terms(s, n_terms);
}

/* Takes scratch that an earlier search left, or makes some. */
static struct zd_index__scratch *scratch_take(struct zd_index *index)
{
    struct zd_index__scratch *s = NULL;

    pthread_mutex_lock(&index->lock);
    for (size_t i = 0; i < ZD_COUNT(index->scratch) && !s; i++) {
        s = index->scratch[i];
        index->scratch[i] = NULL;
    }
    pthread_mutex_unlock(&index->lock);
    return s ? s : zd_alloc(sizeof *s);
}

static void scratch_give_back(struct zd_index *index, struct zd_index__scratch *s)
{
    pthread_mutex_lock(&index->lock);
    for (size_t i = 0; i < ZD_COUNT(index->scratch) && s; i++)
        if (!index->scratch[i]) {
            index->scratch[i] = s;
            s = NULL;
        }
    pthread_mutex_unlock(&index->lock);
    zd_index__scratch_free(s);
}

/* ---- terms in a segment ---- */

/* Decodes block `number` of a term unless it is there; NULL where the segment is damaged. */
static const struct zd_index__block *term_block(struct search *s, struct term *t, uint32_t number)
{
    if (t->decoded == number)
        return t->block;
    t->decoded = NONE;
    if (!zd_index__walk_block(&t->walk, number, t->block)) {
        atomic_store(&s->segment->bad, true);
        s->damaged = true;
        return NULL;
    }
    t->decoded = number;
    return t->block;
}

static int32_t best_of_block(struct search *s, const struct term *t)
{
    int32_t best = 0;

    s->scoring.w = t->w;
    for (uint32_t i = 0; i < t->block->n; i++) {
        int32_t part = zd_index__part(&s->scoring, t->block->docs[i], t->block->codes[i]);

        best = part > best ? part : best;
    }
    return best;
}

/* Makes ready the terms that the segment has. */
static void find_terms(struct search *s)
{
    s->n_terms = 0;
    s->terms = s->scratch->terms;
    for (size_t i = 0; i < s->query->n_terms && !s->damaged; i++) {
        struct term *t = &s->terms[s->n_terms];
        const struct zd_index__list *list = &s->scratch->lists[s->part * s->query->n_terms + i];

        if (s->weights.w[i] <= 0.0F || list->df == 0)
            continue;
        *t = (struct term){
            .w = s->weights.w[i], .decoded = NONE, .block = &s->scratch->blocks[s->n_terms]};
        if (!zd_index__walk_begin(list, s->segment->shape.n_docs, &t->walk)) {
            atomic_store(&s->segment->bad, true);
            break;
        }
        if (t->walk.skips)
            t->list_bound =
                zd_index__bound_of(&s->weights, t->w, t->walk.points, ZD_INDEX__LIST_POINTS);
        else if (term_block(s, t, 0))
            t->list_bound = best_of_block(s, t);
        s->n_terms++;
    }
    s->damaged = s->damaged || atomic_load(&s->segment->bad);
}

static void set_codes(struct search *s)
{
    const uint32_t n = s->segment->shape.n_codes;
    bool flat[ZD_FIELD_COUNT];

    for (int f = 0; f < ZD_FIELD_COUNT; f++) {
        float *a = s->scratch->a + (size_t)f * s->scratch->codes_cap;

        for (uint32_t c = 0; c < n; c++)
            a[c] = s->weights.field_weight[f] *
                   (float)zd_index__tf_of(s->segment->codebook[c].level[f]);
        a[n] = 0.0F;
        s->scoring.a[f] = a;
        s->scoring.r[f] = s->weights.r[f];
        flat[f] = s->query->field_b[f] <= 0.0F; /* then r is 1 exactly */
    }
    zd_index__scoring_common(&s->scoring, flat, s->segment->longest_body);
}

/* ---- a window ---- */

struct window {
    uint32_t base, span;
    uint32_t *order; /* [n] places in terms, best bound per posting first */
    size_t n;
    int32_t rest;      /* sum of the bounds of the terms not yet added */
    int32_t threshold; /* at least k passages reach it, or 1 */
};

/* Finds what a term has in the window; false where that is nothing. */
static bool term_enter(struct search *s, struct term *t, const struct window *w)
{
    const uint32_t end = w->base + w->span;

    if (!t->walk.skips) {
        const uint32_t *docs = t->block->docs;

        assert(docs); /* a term without skips is one decoded block */
        while (t->next < t->walk.df && docs[t->next] < w->base)
            t->next++;
        t->from = t->to = t->next;
        while (t->to < t->walk.df && docs[t->to] < end)
            t->to++;
        t->n_postings = t->to - t->from;
        t->bound = t->list_bound;
        return t->to > t->from;
    }
    while (t->next < t->walk.n_blocks && zd_index__walk_last(&t->walk, t->next) < w->base)
        t->next++;
    if (t->next == t->walk.n_blocks)
        return false;
    t->from = t->to = t->next;
    while (t->to < t->walk.n_blocks && zd_index__walk_last(&t->walk, t->to) < end)
        t->to++;
    if (t->to < t->walk.n_blocks)
        t->to++; /* the block that reaches past the window */
    t->n_postings = (t->to - t->from) * ZD_INDEX__BLOCK;
    if (t->n_postings > t->walk.df)
        t->n_postings = t->walk.df;
    t->bound = t->list_bound;
    if (t->to - t->from < t->walk.n_blocks) {
        int32_t bound = zd_index__bound_of_blocks(
            &s->weights, t->w, t->walk.skips + (size_t)ZD_INDEX__SKIP_BYTES * t->from,
            t->to - t->from);

        t->bound = bound < t->bound ? bound : t->bound;
    }
    return true;
}

static bool is_better(const struct term *a, const struct term *b)
{
    return (int64_t)a->bound * b->n_postings > (int64_t)b->bound * a->n_postings;
}

/* Insertion sort: a few dozen terms, in nearly the same order as in the last window. */
static void order_terms(const struct search *s, struct window *w)
{
    for (size_t i = 1; i < w->n; i++) {
        uint32_t moving = w->order[i];
        size_t k = i;

        for (; k > 0 && is_better(&s->terms[moving], &s->terms[w->order[k - 1]]); k--)
            w->order[k] = w->order[k - 1];
        w->order[k] = moving;
    }
}

static void clear_scores(const struct search *s, const struct window *w)
{
    int32_t *scores = s->scratch->scores;

    if (!s->bits) {
        memset(scores, 0, w->span * sizeof *scores);
        return;
    }
    for (uint32_t i = 0; i < w->span; i++) {
        uint32_t doc = w->base + i;

        scores[i] = s->bits[doc / 64] >> (doc % 64) & 1 ? 0 : FAILED;
    }
}

/* Sets what scoring postings of this term in this window needs. */
static void scoring_for(struct search *s, const struct window *w, const struct term *t)
{
    s->scoring.w = t->w;
    s->scoring.base = w->base;
    s->scoring.span = w->span;
}

/* Adds postings [from, from + n) of the decoded block to the scores. */
static void add_postings(struct search *s, const struct term *t, uint32_t from, uint32_t n)
{
    s->kernel->add(&s->scoring, t->block->docs + from, t->block->codes + from, n);
}

/* Streams a whole term into the scores. */
static void stream_term(struct search *s, const struct window *w, struct term *t)
{
    scoring_for(s, w, t);
    if (!t->walk.skips) {
        add_postings(s, t, t->from, t->to - t->from);
        return;
    }
    for (uint32_t b = t->from; b < t->to; b++) {
        if (!term_block(s, t, b))
            return;
        add_postings(s, t, 0, t->block->n);
    }
}

static void damage(struct search *s)
{
    atomic_store(&s->segment->bad, true);
    s->damaged = true;
}

/* Adds a term to the candidates [from, to) that may lie in its block. */
static void look_up_block(struct search *s, const struct window *w, struct term *t, uint32_t block,
                          const uint16_t *from, const uint16_t *to)
{
    struct zd_index__block_view view;
    bool bitmap;

    if (to - from >= LOOK_UP_FACTOR || t->decoded == block) {
        if (term_block(s, t, block))
            add_postings(s, t, 0, t->block->n);
        return;
    }
    if (!zd_index__walk_open(&t->walk, block, &view)) {
        damage(s);
        return;
    }
    bitmap = zd_index__block_is_bitmap(&view);
    if (!bitmap) {
        t->decoded = NONE;
        if (view.n < ZD_INDEX__BLOCK) {
            if (term_block(s, t, block))
                add_postings(s, t, 0, t->block->n);
            return;
        }
        if (!zd_index__block_docs(&view, t->block)) {
            damage(s);
            return;
        }
    }
    for (; from < to; from++) {
        const uint32_t doc = w->base + *from;
        uint32_t code;

        if (bitmap) {
            if (!zd_index__bitmap_find(&view, doc, &code))
                continue;
        } else {
            const unsigned position = zd_index__block_position(t->block, doc);

            if (position == ZD_INDEX__BLOCK)
                continue;
            code = zd_index__block_code(&view, position);
        }
        s->scratch->scores[*from] += zd_index__part(&s->scoring, doc, code);
    }
}

/* Adds a term to the candidates' scores (and perhaps to others', which nobody reads any more). */
static void look_up_term(struct search *s, const struct window *w, struct term *t,
                         const uint16_t *candidates, size_t n)
{
    size_t at = 0;

    scoring_for(s, w, t);
    if (!t->walk.skips) {
        add_postings(s, t, t->from, t->to - t->from);
        return;
    }
    for (uint32_t b = t->from; b < t->to && at < n && !s->damaged; b++) {
        const uint32_t last = zd_index__walk_last(&t->walk, b);
        size_t end = at;

        while (end < n && w->base + candidates[end] <= last)
            end++;
        if (end > at)
            look_up_block(s, w, t, b, candidates + at, candidates + end);
        at = end;
    }
}

/* A threshold that the scores so far prove. */
static void raise_threshold(struct search *s, struct window *w)
{
    int32_t proved = zd_index__kth_at_least(s->kernel, s->scratch->scores, w->span, s->topk.k,
                                            w->threshold, s->scratch->room);

    if (proved > w->threshold)
        w->threshold = proved;
}

/* Whether the rest is worth looking up for few candidates. It would be right from rest < threshold
 * on, but there the candidates are many: stopping somewhat later is faster (docs/performance.md). */
static bool may_stop(const struct window *w)
{
    return w->rest < w->threshold - w->threshold / 2;
}

/* Steps 2 and 3: returns the number of terms streamed. */
static size_t stream_terms(struct search *s, struct window *w)
{
    size_t i = 0;
    uint64_t since = 0;

    for (; i < w->n && !s->damaged; i++) {
        struct term *t = &s->terms[w->order[i]];

        if (!s->query->exhaustive) {
            if (may_stop(w))
                break;
            if (since >= ESTIMATE_AFTER && s->estimate) {
                since = 0;
                raise_threshold(s, w);
                if (may_stop(w))
                    break;
            }
        }
        stream_term(s, w, t);
        since += t->n_postings;
        w->rest -= t->bound;
    }
    return i;
}

static size_t collect(const struct search *s, const struct window *w)
{
    return s->kernel->collect(s->scratch->scores, w->span, w->threshold - w->rest,
                              s->scratch->candidates);
}

static size_t keep_promising(const struct search *s, const struct window *w, size_t n)
{
    const int32_t least = w->threshold - w->rest;
    uint16_t *candidates = s->scratch->candidates;
    size_t kept = 0;

    for (size_t i = 0; i < n; i++) {
        uint16_t c = candidates[i];

        candidates[kept] = c;
        kept += s->scratch->scores[c] >= least;
    }
    return kept;
}

static void raise_by_candidates(struct search *s, struct window *w, size_t n)
{
    int32_t *gathered = s->scratch->room;
    int32_t *room = s->scratch->room + WINDOW / 2;
    int32_t proved;

    if (n < s->topk.k || n > WINDOW / 2)
        return;
    for (size_t i = 0; i < n; i++)
        gathered[i] = s->scratch->scores[s->scratch->candidates[i]];
    proved = zd_index__kth_at_least(s->kernel, gathered, n, s->topk.k, w->threshold, room);
    if (proved > w->threshold)
        w->threshold = proved;
}

/* Step 4: completes the candidates by the terms from `streamed` on; returns how many are left. */
static size_t complete(struct search *s, struct window *w, size_t streamed, size_t n)
{
    /* largest bound first: the rest of the bounds shrinks soonest */
    for (size_t i = streamed + 1; i < w->n; i++) {
        uint32_t moving = w->order[i];
        size_t k = i;

        for (; k > streamed && s->terms[moving].bound > s->terms[w->order[k - 1]].bound; k--)
            w->order[k] = w->order[k - 1];
        w->order[k] = moving;
    }
    for (size_t i = streamed; i < w->n && n > 0 && !s->damaged; i++) {
        struct term *t = &s->terms[w->order[i]];

        look_up_term(s, w, t, s->scratch->candidates, n);
        w->rest -= t->bound;
        raise_by_candidates(s, w, n);
        n = keep_promising(s, w, n);
    }
    return n;
}

static void offer(struct search *s, const struct window *w, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        const uint16_t c = s->scratch->candidates[i];
        struct zd_index__found found = {
            .score = s->scratch->scores[c], .doc = w->base + c, .part = s->part};

        if (found.score < zd_index__topk_least(&s->topk))
            continue;
        if (!zd_index__segment_id(s->segment, found.doc, &found.id)) {
            s->damaged = true;
            return;
        }
        zd_index__topk_offer(&s->topk, found);
    }
}

static void search_window(struct search *s, uint32_t base)
{
    const uint32_t left = s->segment->shape.n_docs - base;
    struct window w = {.base = base,
                       .span = left < WINDOW ? left : WINDOW,
                       .order = s->scratch->order,
                       .threshold = zd_index__topk_least(&s->topk)};
    size_t streamed, n;

    for (size_t i = 0; i < s->n_terms; i++)
        if (term_enter(s, &s->terms[i], &w)) {
            w.order[w.n++] = (uint32_t)i;
            w.rest += s->terms[i].bound;
        }
    if (w.rest < w.threshold && !s->query->exhaustive)
        return;
    s->estimate = ++s->n_windows >= s->estimate_from;
    order_terms(s, &w);
    clear_scores(s, &w);
    streamed = stream_terms(s, &w);
    if (s->damaged)
        return;
    if (!s->query->exhaustive && s->estimate) {
        raise_threshold(s, &w);
        if (w.threshold == zd_index__topk_least(&s->topk))
            s->estimate_from = s->n_windows + ESTIMATE_AGAIN;
    }
    n = collect(s, &w);
    n = complete(s, &w, streamed, n);
    if (!s->damaged)
        offer(s, &w, n);
}

/* ---- segments ---- */

static void search_segment(struct search *s, struct zd_index__segment *segment, uint32_t part,
                           const uint64_t *bits)
{
    s->segment = segment;
    s->part = part;
    s->bits = bits;
    s->scoring.n_codes = segment->shape.n_codes;
    s->scoring.k1 = s->weights.k1;
    s->scoring.scores = s->scratch->scores;
    for (int f = 0; f < ZD_FIELD_COUNT; f++)
        s->scoring.lengths[f] = zd_index__lengths(segment, f);
    set_codes(s);
    find_terms(s);
    for (uint32_t base = 0; base < segment->shape.n_docs && s->n_terms > 0 && !s->damaged;
         base += WINDOW)
        search_window(s, base);
}

/* One try over the segments that are usable now; *ret_damaged says that one was lost meanwhile. */
static enum zd_status search_once(struct zd_index *index, const struct zd_index_query *query,
                                  const struct zd_index__mask *mask,
                                  struct zd_index__scratch *scratch, struct search *s,
                                  bool *ret_damaged, struct zd_error *err)
{
    enum zd_status st;

    *s = (struct search){.query = query, .scratch = scratch};
    s->weights.w = scratch->w;
    s->kernel = zd_index__kernel();
    s->topk = (struct zd_index__topk){.heap = scratch->heap, .k = query->top};
    *ret_damaged = !zd_index__lists_of(index, query->terms, query->n_terms, query->lists,
                                       scratch->lists, scratch->frequencies);
    if (*ret_damaged)
        return ZD_OK;
    st = zd_index__weights_of(index, query, scratch->frequencies, &s->weights, err);
    for (size_t i = 0; st == ZD_OK && i < index->manifest.n_parts && !s->damaged; i++) {
        struct zd_index__segment *segment = index->manifest.parts[i].segment;

        if (!atomic_load(&segment->bad) && mask->n_pass[i] > 0)
            search_segment(s, segment, (uint32_t)i, mask->bits[i]);
        if (zd_mapping_is_lost(&segment->file)) { /* what was read may have been zeros */
            s->damaged = s->damaged || !atomic_load(&segment->bad);
            atomic_store(&segment->bad, true);
        }
    }
    *ret_damaged = s->damaged;
    return st;
}

static void write_hits(const struct zd_index *index, struct search *s, struct zd_index_hit *hits,
                       size_t *ret_n)
{
    zd_index__topk_sort(&s->topk);
    for (size_t i = 0; i < s->topk.n; i++) {
        const struct zd_index__found *f = &s->topk.heap[i];
        const struct zd_index__segment *segment = index->manifest.parts[f->part].segment;

        hits[i].id = f->id;
        hits[i].group = zd_index__run_group(segment, zd_index__run_of(segment, f->doc));
        hits[i].score = ldexpf((float)f->score, -s->weights.shift);
    }
    *ret_n = s->topk.n;
}

enum zd_status zd_index_search(const struct zd_index *index, const struct zd_index_query *query,
                               struct zd_index_hit *hits, size_t *ret_n, struct zd_error *err)
{
    struct zd_index *own = zd_index__unconst(index); /* for its cache and lock (snapshot.h) */
    struct zd_index__scratch *scratch = NULL;
    struct zd_index__mask *mask = NULL;
    struct search s;
    bool damaged = true;
    enum zd_status st;

    if (query->top == 0 || query->top > ZD_TOP_MAX)
        return ZD_FAIL(err, ZD_INVALID, 0, "between 1 and %d hits can be asked for", ZD_TOP_MAX);
    if (query->n_terms > ZD_INDEX__QUERY_MAX_TERMS)
        return ZD_FAIL(err, ZD_INVALID, 0, "a query of more than %u terms",
                       ZD_INDEX__QUERY_MAX_TERMS);
    st = zd_index__mask_of(own, &query->filter, &mask, err);
    if (st != ZD_OK)
        return st;
    scratch = scratch_take(own);
    if (!scratch || !scratch_fit(scratch, own, query->n_terms, query->top)) {
        st = ZD_FAIL(err, ZD_NOMEM, 0, "out of memory for a search");
        goto out;
    }
    /* each repetition has lost a segment, so this ends */
    while (st == ZD_OK && damaged)
        st = search_once(own, query, mask, scratch, &s, &damaged, err);
    if (st == ZD_OK)
        write_hits(own, &s, hits, ret_n);
out:
    if (scratch)
        scratch_give_back(own, scratch);
    zd_index__mask_unref(mask);
    return st;
}
