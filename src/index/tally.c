/* tally.c: facts and scores of given passages (tally.h): located once, then one forward walk a
 * term, of which frequencies and scores both take what they need. */
#include "index/tally.h"

#include <math.h>
#include <string.h>

#include "index/locate.h"
#include "index/score.h"

/* What a walk over given passages works with. */
struct tally {
    const struct zd_index *index;
    const struct zd_index_tally *asked;
    struct zd_index__place *places; /* [n_places] by part and passage */
    size_t n_places;
    uint32_t *docs;               /* [n] of the places of one part */
    uint16_t *codes;              /* [n] */
    struct zd_index__list *lists; /* [n_parts][n_terms] */
    uint64_t *frequencies;        /* [n_terms] */
    struct zd_index__weights weights;
    int32_t *sums; /* [n] */
    bool damaged;  /* a segment was lost: begin again without it */
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
    zd_free(t->lists);
    zd_free(t->frequencies);
    zd_free(t->weights.w);
    zd_free(t->sums);
}

static bool tally_begin(struct tally *t)
{
    const size_t n = t->asked->n, n_terms = t->asked->n_terms;

    t->places = zd_alloc(n * sizeof *t->places);
    t->docs = zd_alloc(n * sizeof *t->docs);
    t->codes = zd_alloc(n * sizeof *t->codes);
    t->lists = zd_alloc(t->index->manifest.n_parts * n_terms * sizeof *t->lists);
    t->frequencies = zd_alloc(n_terms * sizeof *t->frequencies);
    t->weights.w = zd_alloc(n_terms * sizeof *t->weights.w);
    t->sums = zd_alloc(n * sizeof *t->sums);
    return t->places && t->docs && t->codes && t->lists && t->frequencies && t->weights.w &&
           t->sums;
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

/* After the last look at a part: bytes that vanished meanwhile may have been read as zeros. */
static void tally_leave(struct tally *t, struct zd_index__segment *s)
{
    if (zd_mapping_is_lost(&s->file) && !atomic_load(&s->bad))
        tally_damage(t, s);
}

/* ---- what is asked of a passage ---- */

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

static void count_term(const struct tally *t, size_t term, size_t from, size_t to,
                       const struct zd_index__segment *s)
{
    for (size_t i = from; i < to; i++) {
        uint16_t *tf;
        const uint8_t *level;

        if (t->codes[i - from] == ZD_INDEX__NO_CODE)
            continue;
        tf = t->asked->tf[t->places[i].at * t->asked->n_terms + term];
        level = s->codebook[t->codes[i - from]].level;
        for (int f = 0; f < ZD_FIELD_COUNT; f++)
            tf[f] = (uint16_t)zd_index__tf_of(level[f]);
    }
}

/* Adds the parts of one term to the sums of the places [from, to). */
static void add_term(struct tally *t, size_t term, size_t from, size_t to,
                     const struct zd_index__segment *s)
{
    const struct zd_index__weights *weights = &t->weights;

    for (size_t i = from; i < to; i++) {
        const uint8_t *level;
        float x[ZD_FIELD_COUNT];

        if (t->codes[i - from] == ZD_INDEX__NO_CODE)
            continue;
        level = s->codebook[t->codes[i - from]].level;
        for (int f = 0; f < ZD_FIELD_COUNT; f++)
            x[f] =
                weights->a[f][level[f]] * weights->r[f][zd_index__lengths(s, f)[t->places[i].doc]];
        t->sums[t->places[i].at] +=
            zd_index__part_of(weights->w[term], weights->k1,
                              (x[ZD_FIELD_TITLE] + x[ZD_FIELD_HEADINGS]) + x[ZD_FIELD_BODY]);
    }
}

/* ---- all of it ---- */

static void look_at_part(struct tally *t, size_t from, size_t to, struct zd_index__segment *s)
{
    const struct zd_index_tally *asked = t->asked;
    const struct zd_index__list *lists = t->lists + t->places[from].part * asked->n_terms;

    for (size_t i = from; asked->facts && i < to; i++)
        fill_facts(t, &t->places[i], &asked->facts[t->places[i].at]);
    for (size_t term = 0; term < asked->n_terms && !t->damaged; term++) {
        const bool weighs = asked->scores && t->weights.w[term] > 0.0F;

        if ((!asked->tf && !weighs) || !tally_codes(t, s, &lists[term], to - from))
            continue;
        if (asked->tf)
            count_term(t, term, from, to, s);
        if (weighs)
            add_term(t, term, from, to, s);
    }
    tally_leave(t, s);
}

static void clear(const struct tally *t)
{
    const struct zd_index_tally *asked = t->asked;

    if (asked->facts)
        memset(asked->facts, 0, asked->n * sizeof *asked->facts);
    if (asked->tf && asked->n_terms > 0)
        memset(asked->tf, 0, asked->n * asked->n_terms * sizeof *asked->tf);
    memset(t->sums, 0, asked->n * sizeof *t->sums);
}

static enum zd_status tally_once(struct tally *t, struct zd_error *err)
{
    const struct zd_index_tally *asked = t->asked;
    enum zd_status st = ZD_OK;

    clear(t);
    if (!zd_index__locate(t->index, asked->ids, asked->n, t->places, &t->n_places))
        return no_memory(err);
    t->damaged = !zd_index__lists_of(t->index, asked->terms, asked->n_terms, asked->lists, t->lists,
                                     t->frequencies);
    if (asked->scores && !t->damaged)
        st = zd_index__weights_of(t->index, asked->query, t->frequencies, &t->weights, err);
    for (size_t from = 0, to; st == ZD_OK && from < t->n_places && !t->damaged; from = to) {
        struct zd_index__segment *s = tally_part(t, from, &to);

        look_at_part(t, from, to, s);
    }
    for (size_t i = 0; asked->scores && st == ZD_OK && i < asked->n; i++)
        asked->scores[i] = ldexpf((float)t->sums[i], -t->weights.shift);
    return st;
}

enum zd_status zd_index_tally(const struct zd_index *index, const struct zd_index_tally *asked,
                              struct zd_error *err)
{
    struct tally t = {.index = index, .asked = asked, .damaged = true};
    enum zd_status st = check_size(asked->n_terms, asked->n, err);

    if (st != ZD_OK || asked->n == 0)
        return st;
    if (!tally_begin(&t))
        st = no_memory(err);
    while (st == ZD_OK && t.damaged) /* each repetition has lost a segment, so this ends */
        st = tally_once(&t, err);
    tally_done(&t);
    return st;
}
