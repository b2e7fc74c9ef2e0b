/* tally_groups.c: facts of whole documents (tally.h).
 *
 * The passages of a document stand together, so a document is a few ranges of passage numbers in a
 * segment (nearly always one). For each term the ranges are walked in order: the skip entries lead
 * to the block that may reach into a range, blocks between ranges are never read, and one that
 * several ranges share is decoded once.
 */
#include "index/tally.h"

#include <stdlib.h>
#include <string.h>

#include "index/locate.h"

/* Passages [first, end) of a segment belong to groups[at]. */
struct range {
    uint32_t first, end, at;
};

struct group_tally {
    const struct zd_index *index;
    const struct zd_index_group_tally *asked;
    struct range *ranges; /* [n_ranges] of one part, by first */
    size_t n_ranges, ranges_cap;
    struct zd_index__list *lists; /* [n_parts][n_terms] */
    uint64_t *frequencies;        /* [n_terms] */
    bool damaged;
};

/* The block last decoded, its postings in the order of passages. */
struct decoded {
    uint32_t number, n;
    uint32_t docs[ZD_INDEX__BLOCK];
    uint16_t codes[ZD_INDEX__BLOCK];
    struct zd_index__block block;
};

static void damage(struct group_tally *t, struct zd_index__segment *s)
{
    atomic_store(&s->bad, true);
    t->damaged = true;
}

static int compare_ranges(const void *a, const void *b)
{
    const struct range *x = a, *y = b;

    if (x->first != y->first)
        return x->first < y->first ? -1 : 1;
    return x->at < y->at ? -1 : x->at > y->at;
}

/* ---- where the documents are ---- */

static void count_passages(const struct zd_index__segment *s, const struct range *r,
                           struct zd_index_group_facts *facts)
{
    facts->n_passages += r->end - r->first;
    for (int f = 0; f < ZD_FIELD_COUNT; f++) {
        const uint8_t *lengths = zd_index__lengths(s, f);

        for (uint32_t d = r->first; d < r->end; d++)
            facts->n_tokens[f] += zd_index__length_of(lengths[d]);
    }
}

/* The live ranges of all groups in one part; false when memory ends. */
static bool find_ranges(struct group_tally *t, const struct zd_index__part *part)
{
    const struct zd_index__segment *s = part->segment;

    t->n_ranges = 0;
    for (size_t g = 0; g < t->asked->n; g++) {
        uint32_t from, to;

        zd_index__runs_of_group(s, t->asked->groups[g], &from, &to);
        for (; from < to; from++) {
            const uint32_t run = zd_index__run_in_order(s, from);
            const struct range r = {zd_index__run_first(s, run), zd_index__run_first(s, run + 1),
                                    (uint32_t)g};

            if (zd_index__part_run_is_gone(part, run))
                continue;
            if (!zd_grow(&t->ranges, &t->ranges_cap, t->n_ranges + 1, sizeof *t->ranges,
                         SIZE_MAX / sizeof *t->ranges))
                return false;
            t->ranges[t->n_ranges++] = r;
            count_passages(s, &r, &t->asked->facts[g]);
        }
    }
    if (t->n_ranges > 0)
        qsort(t->ranges, t->n_ranges, sizeof *t->ranges, compare_ranges);
    return true;
}

/* ---- how often a term stands in them ---- */

static bool decode(const struct zd_index__walk *walk, uint32_t number, struct decoded *d)
{
    if (d->number == number)
        return true;
    if (!zd_index__walk_block(walk, number, &d->block))
        return false;
    zd_index__block_sort(&d->block, d->docs, d->codes);
    d->n = d->block.n;
    d->number = number;
    return true;
}

/* The first posting at or after passage `doc`. */
static uint32_t posting_from(const struct decoded *d, uint32_t doc)
{
    uint32_t low = 0, high = d->n;

    while (low < high) {
        const uint32_t middle = low + (high - low) / 2;

        if (d->docs[middle] < doc)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* Adds the postings of one decoded block that lie in a range. False: a code of no codebook. */
static bool add_block(struct group_tally *t, const struct zd_index__segment *s,
                      const struct decoded *d, const struct range *r, size_t term)
{
    const size_t cell = (size_t)r->at * t->asked->n_terms + term;

    for (uint32_t i = posting_from(d, r->first); i < d->n && d->docs[i] < r->end; i++) {
        if (d->codes[i] >= s->shape.n_codes)
            return false;
        t->asked->tf[cell] += zd_index__tf_of(s->codebook[d->codes[i]].level[ZD_FIELD_BODY]);
        if (t->asked->passages)
            t->asked->passages[cell]++;
    }
    return true;
}

static bool add_term(struct group_tally *t, const struct zd_index__segment *s,
                     const struct zd_index__list *list, size_t term)
{
    struct decoded d;
    struct zd_index__walk walk;
    uint32_t b = 0;

    d.number = ZD_INDEX__NONE; /* the rest is large, and written before it is read */
    if (!zd_index__walk_begin(list, s->shape.n_docs, &walk))
        return false;
    for (size_t i = 0; i < t->n_ranges; i++) {
        const struct range *r = &t->ranges[i];

        if (walk.skips)
            b = zd_index__walk_seek(&walk, b, r->first);
        if (b == walk.n_blocks)
            break;
        for (uint32_t k = b; k < walk.n_blocks; k++) {
            if (!decode(&walk, k, &d) || !add_block(t, s, &d, r, term))
                return false;
            if (!walk.skips || zd_index__walk_last(&walk, k) >= r->end - 1)
                break;
        }
    }
    return true;
}

static bool tally_part(struct group_tally *t, size_t number)
{
    const struct zd_index__part *part = &t->index->manifest.parts[number];
    const struct zd_index__list *lists = t->lists + number * t->asked->n_terms;
    struct zd_index__segment *s = part->segment;

    if (atomic_load(&s->bad))
        return true;
    if (!find_ranges(t, part))
        return false;
    for (size_t term = 0; term < t->asked->n_terms && t->n_ranges > 0; term++) {
        if (lists[term].df > 0 && !add_term(t, s, &lists[term], term)) {
            damage(t, s);
            break;
        }
    }
    if (zd_mapping_is_lost(&s->file) && !atomic_load(&s->bad))
        damage(t, s);
    return true;
}

static void clear(const struct zd_index_group_tally *asked)
{
    memset(asked->facts, 0, asked->n * sizeof *asked->facts);
    if (asked->n_terms == 0)
        return;
    memset(asked->tf, 0, asked->n * asked->n_terms * sizeof *asked->tf);
    if (asked->passages)
        memset(asked->passages, 0, asked->n * asked->n_terms * sizeof *asked->passages);
}

static enum zd_status no_memory(struct zd_error *err)
{
    return ZD_FAIL(err, ZD_NOMEM, 0, "out of memory for looking at documents");
}

static enum zd_status tally_once(struct group_tally *t, struct zd_error *err)
{
    const struct zd_index_group_tally *asked = t->asked;

    clear(asked);
    t->damaged = !zd_index__lists_of(t->index, asked->terms, asked->n_terms, asked->lists, t->lists,
                                     t->frequencies);
    for (size_t i = 0; i < t->index->manifest.n_parts && !t->damaged; i++)
        if (!tally_part(t, i))
            return no_memory(err);
    return ZD_OK;
}

enum zd_status zd_index_tally_groups(const struct zd_index *index,
                                     const struct zd_index_group_tally *asked, struct zd_error *err)
{
    struct group_tally t = {.index = index, .asked = asked, .damaged = true};
    enum zd_status st = ZD_OK;

    if (asked->n > ZD_INDEX_TALLY_MAX_CELLS ||
        asked->n_terms > ZD_INDEX_TALLY_MAX_CELLS / (asked->n > 0 ? asked->n : 1))
        return ZD_FAIL(err, ZD_INVALID, 0, "%zu terms of %zu documents are too many for one look",
                       asked->n_terms, asked->n);
    if (asked->n == 0)
        return ZD_OK;
    t.lists = zd_alloc(index->manifest.n_parts * asked->n_terms * sizeof *t.lists);
    t.frequencies = zd_alloc(asked->n_terms * sizeof *t.frequencies);
    if (!t.lists || !t.frequencies)
        st = no_memory(err);
    while (t.damaged && st == ZD_OK) /* each repetition has lost a segment, so this ends */
        st = tally_once(&t, err);
    zd_free(t.lists);
    zd_free(t.frequencies);
    zd_free(t.ranges);
    return st;
}
