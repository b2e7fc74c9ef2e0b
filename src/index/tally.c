/* tally.c: facts of given passages (tally.h): located once, then one forward walk a term. */
#include "index/tally.h"

#include <math.h>
#include <string.h>

#include "index/locate.h"
#include "index/score.h"

/* What a walk over given passages works with. */
struct tally {
    const struct zd_index *index;
    struct zd_index__place *places; /* [n_places] by part and passage */
    size_t n_places;
    uint32_t *docs;  /* [n] of the places of one part */
    uint16_t *codes; /* [n] */
    bool damaged;    /* a segment was lost: begin again without it */
};

static enum zd_status no_memory(struct zd_error *err)
{
    return ZD_FAIL(err, ZD_NOMEM, 0, "out of memory for looking at given passages");
}

static enum zd_status check_size(size_t n_terms, size_t n, struct zd_error *err)
{
    if (n > ZD_INDEX_TALLY_MAX_CELLS || n_terms > ZD_INDEX_TALLY_MAX_CELLS / (n > 0 ? n : 1))
        return ZD_FAIL(err, ZD_INVALID, 0, "%zu terms of %zu passages are too many for one look",
                       n_terms, n);
    return ZD_OK;
}

static void tally_done(struct tally *t)
{
    zd_free(t->places);
    zd_free(t->docs);
    zd_free(t->codes);
}

static bool tally_begin(struct tally *t, const struct zd_index *index, const int64_t *ids, size_t n)
{
    *t = (struct tally){.index = index};
    t->places = zd_alloc(n * sizeof *t->places);
    t->docs = zd_alloc(n * sizeof *t->docs);
    t->codes = zd_alloc(n * sizeof *t->codes);
    return t->places && t->docs && t->codes &&
           zd_index__locate(index, ids, n, t->places, &t->n_places);
}

/* The places [from, *ret_to) of the part of place `from`; their passages go to docs. */
static struct zd_index__segment *tally_part(struct tally *t, size_t from, size_t *ret_to)
{
    const uint32_t part = t->places[from].part;
    size_t to = from;

    for (; to < t->n_places && t->places[to].part == part; to++)
        t->docs[to - from] = t->places[to].doc;
    *ret_to = to;
    return t->index->manifest.parts[part].segment;
}

static void tally_damage(struct tally *t, struct zd_index__segment *s)
{
    atomic_store(&s->bad, true);
    t->damaged = true;
}

/* The codes of a term for the n passages in docs; false where the segment has it not, or is
 * damaged. Codes that are none of the codebook's count as damage. */
static bool tally_codes(struct tally *t, struct zd_index__segment *s,
                        const struct zd_index__list *list, size_t n)
{
    if (list->df == 0)
        return false;
    if (!zd_index__probe(list, s->shape.n_docs, t->docs, n, t->codes)) {
        tally_damage(t, s);
        return false;
    }
    for (size_t i = 0; i < n; i++)
        if (t->codes[i] != ZD_INDEX__NO_CODE && t->codes[i] >= s->shape.n_codes) {
            tally_damage(t, s);
            return false;
        }
    return true;
}

static bool find_list(struct tally *t, struct zd_index__segment *s, uint64_t term,
                      struct zd_index__list *ret_list)
{
    ret_list->df = 0;
    if (zd_index__segment_find(s, term, ret_list))
        return true;
    t->damaged = t->damaged || atomic_load(&s->bad);
    return false;
}

/* After the last look at a part: bytes that vanished meanwhile may have been read as zeros. */
static void tally_leave(struct tally *t, struct zd_index__segment *s)
{
    if (zd_mapping_is_lost(&s->file) && !atomic_load(&s->bad))
        tally_damage(t, s);
}

/* ---- facts and frequencies ---- */

static void fill_facts(struct tally *t, const struct zd_index__place *p,
                       struct zd_index_facts *facts)
{
    const struct zd_index__part *part = &t->index->manifest.parts[p->part];
    struct zd_index__segment *s = part->segment;
    const uint32_t run = zd_index__run_of(s, p->doc);
    const struct zd_index__class class = zd_index__part_class(part, run);

    *facts = (struct zd_index_facts){.found = true,
                                     .attributes = {class.effective, class.expires, class.region,
                                                    class.access, zd_index__run_group(s, run)}};
    for (int f = 0; f < ZD_FIELD_COUNT; f++)
        facts->n_tokens[f] = zd_index__length_of(zd_index__lengths(s, f)[p->doc]);
    if (!zd_index__counts_vectors(&t->index->manifest, s) || !zd_index__has_vector(s, p->doc))
        return;
    facts->vector = zd_index__segment_vector(s, p->doc);
    t->damaged = t->damaged || !facts->vector;
}

static void fill_term(struct tally *t, const struct zd_index_tally *asked, size_t from, size_t to,
                      struct zd_index__segment *s, size_t term)
{
    struct zd_index__list list;

    if (!find_list(t, s, asked->terms[term], &list) || !tally_codes(t, s, &list, to - from))
        return;
    for (size_t i = from; i < to; i++) {
        uint16_t *tf;
        const uint8_t *level;

        if (t->codes[i - from] == ZD_INDEX__NO_CODE)
            continue;
        tf = asked->tf[t->places[i].at * asked->n_terms + term];
        level = s->codebook[t->codes[i - from]].level;
        for (int f = 0; f < ZD_FIELD_COUNT; f++)
            tf[f] = (uint16_t)zd_index__tf_of(level[f]);
    }
}

static void tally_once(struct tally *t, const struct zd_index_tally *asked)
{
    memset(asked->facts, 0, asked->n * sizeof *asked->facts);
    if (asked->tf && asked->n_terms > 0)
        memset(asked->tf, 0, asked->n * asked->n_terms * sizeof *asked->tf);
    for (size_t from = 0, to; from < t->n_places && !t->damaged; from = to) {
        struct zd_index__segment *s = tally_part(t, from, &to);

        for (size_t i = from; i < to; i++)
            fill_facts(t, &t->places[i], &asked->facts[t->places[i].at]);
        for (size_t term = 0; asked->tf && term < asked->n_terms && !t->damaged; term++)
            fill_term(t, asked, from, to, s, term);
        tally_leave(t, s);
    }
}

enum zd_status zd_index_tally(const struct zd_index *index, const struct zd_index_tally *asked,
                              struct zd_error *err)
{
    struct tally t = {0};
    enum zd_status st = check_size(asked->n_terms, asked->n, err);
    bool again = st == ZD_OK && asked->n > 0;

    while (again) { /* each repetition has lost a segment, so this ends */
        if (!tally_begin(&t, index, asked->ids, asked->n)) {
            tally_done(&t);
            return no_memory(err);
        }
        tally_once(&t, asked);
        again = t.damaged;
        tally_done(&t);
    }
    return st;
}

/* ---- scores ---- */

struct scoring {
    struct tally tally;
    const struct zd_index_query *query;
    struct zd_index__list *lists; /* [n_parts][n_terms] */
    uint64_t *frequencies;        /* [n_terms] */
    struct zd_index__weights weights;
    int32_t *sums; /* [n] */
};

/* Every term's list in every usable segment, and the sums of their lengths. */
static void find_all(struct scoring *c)
{
    const struct zd_index_query *q = c->query;

    memset(c->frequencies, 0, q->n_terms * sizeof *c->frequencies);
    for (size_t i = 0; i < c->tally.index->manifest.n_parts && !c->tally.damaged; i++) {
        struct zd_index__segment *s = c->tally.index->manifest.parts[i].segment;

        for (size_t k = 0; k < q->n_terms && !c->tally.damaged; k++) {
            struct zd_index__list *list = &c->lists[i * q->n_terms + k];

            list->df = 0;
            if (!atomic_load(&s->bad) && find_list(&c->tally, s, q->terms[k], list))
                c->frequencies[k] += list->df;
        }
    }
}

/* Adds the parts of one term to the sums of the places [from, to). */
static void add_term(struct scoring *c, size_t term, size_t from, size_t to,
                     struct zd_index__segment *s)
{
    const struct zd_index__weights *weights = &c->weights;
    struct tally *t = &c->tally;
    const struct zd_index__list *list = &c->lists[t->places[from].part * c->query->n_terms + term];

    if (weights->w[term] <= 0.0F || !tally_codes(t, s, list, to - from))
        return;
    for (size_t i = from; i < to; i++) {
        const uint8_t *level;
        float x[ZD_FIELD_COUNT];

        if (t->codes[i - from] == ZD_INDEX__NO_CODE)
            continue;
        level = s->codebook[t->codes[i - from]].level;
        for (int f = 0; f < ZD_FIELD_COUNT; f++)
            x[f] =
                weights->a[f][level[f]] * weights->r[f][zd_index__lengths(s, f)[t->places[i].doc]];
        c->sums[t->places[i].at] +=
            zd_index__part_of(weights->w[term], weights->k1,
                              (x[ZD_FIELD_TITLE] + x[ZD_FIELD_HEADINGS]) + x[ZD_FIELD_BODY]);
    }
}

static enum zd_status score_once(struct scoring *c, size_t n, float *scores, struct zd_error *err)
{
    struct tally *t = &c->tally;
    enum zd_status st = ZD_OK;

    memset(c->sums, 0, n * sizeof *c->sums);
    find_all(c);
    if (!t->damaged)
        st = zd_index__weights_of(t->index, c->query, c->frequencies, &c->weights, err);
    for (size_t from = 0, to; st == ZD_OK && from < t->n_places && !t->damaged; from = to) {
        struct zd_index__segment *s = tally_part(t, from, &to);

        for (size_t k = 0; k < c->query->n_terms && !t->damaged; k++)
            add_term(c, k, from, to, s);
        tally_leave(t, s);
    }
    for (size_t i = 0; st == ZD_OK && !t->damaged && i < n; i++)
        scores[i] = ldexpf((float)c->sums[i], -c->weights.shift);
    return st;
}

enum zd_status zd_index_score_ids(const struct zd_index *index, const struct zd_index_query *q,
                                  const int64_t *ids, size_t n, float *scores, struct zd_error *err)
{
    struct scoring c = {.query = q};
    enum zd_status st = check_size(q->n_terms, n, err);
    bool again = true;

    if (st != ZD_OK || n == 0)
        return st;
    if (q->n_terms > ZD_INDEX__QUERY_MAX_TERMS)
        return ZD_FAIL(err, ZD_INVALID, 0, "a query of more than %u terms",
                       ZD_INDEX__QUERY_MAX_TERMS);
    c.lists = zd_alloc(index->manifest.n_parts * q->n_terms * sizeof *c.lists);
    c.frequencies = zd_alloc(q->n_terms * sizeof *c.frequencies);
    c.weights.w = zd_alloc(q->n_terms * sizeof *c.weights.w);
    c.sums = zd_alloc(n * sizeof *c.sums);
    if (!c.lists || !c.frequencies || !c.weights.w || !c.sums)
        st = no_memory(err);
    while (st == ZD_OK && again) {
        if (tally_begin(&c.tally, index, ids, n))
            st = score_once(&c, n, scores, err);
        else
            st = no_memory(err);
        again = c.tally.damaged;
        tally_done(&c.tally);
    }
    zd_free(c.lists);
    zd_free(c.frequencies);
    zd_free(c.weights.w);
    zd_free(c.sums);
    return st;
}
