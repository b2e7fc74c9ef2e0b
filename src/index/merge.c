/* merge.c: several segments become one; deleted passages go, changed validity becomes plain.
 *
 * The passages of the sources follow one another, so numbers stay ascending inside each source
 * and postings are copied source by source, without a heap: for each term, in order, the live
 * postings of source 0, then of source 1, … The sources come in the order of their first ids, so
 * that ids that ascend in each, one after the other, ascend in the whole. Memory: the lengths and,
 * for sources with deletions, the new numbers (4 bytes a passage each), one block per source; ids
 * and vectors are streamed. What has been read of a mapped source is given back, so that the
 * process does not grow by the size of the index.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/date.h"
#include "index/index_private.h"

#define NONE UINT32_MAX
#define GIVE_BACK_BYTES (4 * ZD_MiB)
#define GIVE_BACK_VECTORS 16384u
#define REST_US 20000

struct source {
    struct zd_index__part *part;
    struct zd_index__segment *segment;
    struct zd_index__terms terms;
    bool more;
    int64_t first_id;
    const uint8_t *kept_from; /* postings before it have been given back */
    uint32_t base;            /* new number of its first live passage */
    uint32_t *number;         /* [n_docs] new numbers or NONE; NULL where nothing is deleted */
    uint32_t n_live;
};

struct merge {
    const struct zd_index__merge_options *options;
    struct source *sources; /* [n_sources] */
    size_t n_sources;
    uint32_t n_docs;
    uint8_t (*lengths)[4];
    uint32_t *triple_counts;
    struct zd_index__run *runs;
    size_t n_runs;
};

static void merge_done(struct merge *m)
{
    for (size_t i = 0; m->sources && i < m->n_sources; i++)
        zd_free(m->sources[i].number);
    zd_free(m->sources);
    zd_free(m->lengths);
    zd_free(m->triple_counts);
    zd_free(m->runs);
}

/* The order of the sources; a damaged first id shows up again when it is copied. */
static int compare_sources(const void *a, const void *b)
{
    const struct source *x = a, *y = b;

    return x->first_id < y->first_id ? -1 : x->first_id > y->first_id;
}

/* Numbers the live passages of a source from its base on. */
static bool number_source(struct source *s)
{
    const struct zd_index__segment *g = s->segment;
    size_t next = 0;
    uint32_t live = 0;

    s->n_live = g->shape.n_docs;
    if (s->part->n_deleted == 0)
        return true;
    s->number = zd_alloc((size_t)g->shape.n_docs * sizeof *s->number);
    if (!s->number)
        return false;
    for (uint32_t r = 0; r < g->shape.n_runs; r++) {
        uint32_t end = zd_index__run_first(g, r + 1);
        bool gone = next < s->part->n_deleted && s->part->deleted[next] == r;

        next += gone;
        for (uint32_t d = zd_index__run_first(g, r); d < end; d++)
            s->number[d] = gone ? NONE : s->base + live++;
    }
    s->n_live = live;
    return true;
}

static uint32_t new_number(const struct source *s, uint32_t doc)
{
    return s->number ? s->number[doc] : s->base + doc;
}

/* Appends the live runs of a source, with their changed validity; joins equal neighbours. */
static void add_runs(struct merge *m, const struct source *s)
{
    const struct zd_index__segment *g = s->segment;
    size_t changed = 0;

    for (uint32_t r = 0; r < g->shape.n_runs; r++) {
        uint32_t first = new_number(s, zd_index__run_first(g, r));
        struct zd_index__run run = {first, zd_index__run_group(g, r), zd_index__run_class(g, r)};
        const struct zd_index__run *last = m->n_runs ? &m->runs[m->n_runs - 1] : NULL;

        if (changed < s->part->n_overrides && s->part->overrides[changed].run == r) {
            run.class.effective = s->part->overrides[changed].effective;
            run.class.expires = s->part->overrides[changed].expires;
            changed++;
        }
        if (first == NONE)
            continue;
        if (last && last->group == run.group &&
            memcmp(&last->class, &run.class, sizeof run.class) == 0)
            continue;
        assert(m->runs); /* room for the runs of all sources was made before */
        m->runs[m->n_runs++] = run;
    }
}

static void add_lengths(struct merge *m, const struct source *s)
{
    for (int f = 0; f < ZD_FIELD_COUNT; f++) {
        const uint8_t *from = zd_index__lengths(s->segment, f);

        for (uint32_t d = 0; d < s->segment->shape.n_docs; d++)
            if (new_number(s, d) != NONE)
                m->lengths[new_number(s, d)][f] = from[d];
    }
}

static void add_counts(struct merge *m, const struct source *s)
{
    const uint8_t *entry = s->segment->section[ZD_INDEX__CODEBOOK];

    for (uint32_t i = 0; i < s->segment->shape.n_codes; i++, entry += 8) {
        uint32_t *count = &m->triple_counts[zd_index__triple(s->segment->codebook[i].level)];
        uint32_t more = zd_index__load_u32(entry + 4);

        /* a lying count may not wrap to 0, which would take the triple out of the codebook */
        *count = more > UINT32_MAX - 1 - *count ? UINT32_MAX - 1 : *count + more;
        if (*count == 0)
            *count = 1;
    }
}

static enum zd_status merge_prepare(struct merge *m, struct zd_index__part *const *parts,
                                    size_t n_parts, struct zd_error *err)
{
    uint64_t n_docs = 0, n_runs = 0;

    m->sources = zd_alloc(n_parts * sizeof *m->sources);
    m->triple_counts = zd_alloc(ZD_INDEX__CODES_MAX * sizeof *m->triple_counts);
    if (!m->sources || !m->triple_counts)
        goto nomem;
    m->n_sources = n_parts;
    for (size_t i = 0; i < n_parts; i++) {
        struct source *s = &m->sources[i];

        s->part = parts[i];
        s->segment = s->part->segment;
        if (!zd_index__segment_id(s->segment, 0, &s->first_id))
            s->first_id = 0;
    }
    qsort(m->sources, n_parts, sizeof *m->sources, compare_sources);
    for (size_t i = 0; i < n_parts; i++) {
        struct source *s = &m->sources[i];

        s->base = (uint32_t)n_docs;
        if (!number_source(s))
            goto nomem;
        n_docs += s->n_live;
        n_runs += s->segment->shape.n_runs;
        add_counts(m, s);
    }
    if (n_docs > ZD_INDEX__SEGMENT_MAX_DOCS)
        return ZD_FAIL(err, ZD_LIMIT, 0, "a merged segment of %llu passages",
                       (unsigned long long)n_docs);
    m->n_docs = (uint32_t)n_docs;
    m->lengths = zd_alloc((size_t)n_docs * sizeof *m->lengths);
    m->runs = zd_alloc((size_t)n_runs * sizeof *m->runs);
    if (!m->lengths || !m->runs)
        goto nomem;
    for (size_t i = 0; i < n_parts; i++) {
        add_lengths(m, &m->sources[i]);
        add_runs(m, &m->sources[i]);
    }
    return ZD_OK;
nomem:
    return ZD_FAIL(err, ZD_NOMEM, 0, "out of memory for merging index segments");
}

/* Copies the live postings of the source's current term. */
static bool copy_postings(const struct source *s, struct zd_index__segment_writer *w)
{
    struct zd_index__walk walk;
    struct zd_index__block block;
    uint32_t docs[ZD_INDEX__BLOCK];
    uint16_t codes[ZD_INDEX__BLOCK];

    if (!zd_index__walk_begin(&s->terms.list, s->segment->shape.n_docs, &walk))
        return false;
    for (uint32_t b = 0; b < walk.n_blocks; b++) {
        if (!zd_index__walk_block(&walk, b, &block))
            return false;
        zd_index__block_sort(&block, docs, codes);
        for (uint32_t i = 0; i < block.n; i++) {
            uint32_t to = new_number(s, docs[i]);

            if (codes[i] >= s->segment->shape.n_codes)
                return false;
            if (to != NONE)
                zd_index__segment_put(w, to,
                                      zd_index__triple(s->segment->codebook[codes[i]].level));
        }
    }
    return true;
}

/* Gives back what was read of the postings; they are read front to back. */
static void give_back(struct source *s)
{
    const uint8_t *now = s->terms.list.bytes.p;

    if (!s->kept_from)
        s->kept_from = s->segment->section[ZD_INDEX__POSTINGS];
    if ((size_t)(now - s->kept_from) < GIVE_BACK_BYTES)
        return;
    zd_mapping_forget(&s->segment->file, s->kept_from, (size_t)(now - s->kept_from));
    s->kept_from = now;
}

/* Waits while more was written than the pace allows; false where it was cancelled. */
static bool keep_pace(const struct zd_index__pace *pace, uint64_t n_bytes)
{
    const struct timespec rest = {.tv_nsec = REST_US * 1000};

    while (pace && !(pace->cancel && atomic_load(pace->cancel))) {
        const uint64_t us = zd_clock_mono_us() - pace->begun_us;

        if (pace->n_bytes_per_second == 0 ||
            n_bytes / pace->n_bytes_per_second * 1000000 +
                    n_bytes % pace->n_bytes_per_second * 1000000 / pace->n_bytes_per_second <=
                us)
            return true;
        (void)nanosleep(&rest, NULL);
    }
    return !pace;
}

/* Goes to the source's next term; false where the segment is damaged. */
static bool advance(struct source *s)
{
    s->more = zd_index__terms_next(&s->terms);
    return !atomic_load(&s->segment->bad);
}

static enum zd_status merge_terms(struct merge *m, struct zd_index__segment_writer *w,
                                  struct zd_error *err)
{
    size_t at = 0;

    for (size_t i = 0; i < m->n_sources; i++) {
        zd_index__terms_begin(m->sources[i].segment, &m->sources[i].terms);
        if (!advance(&m->sources[at = i]))
            goto damaged;
    }
    for (;;) {
        uint64_t term = UINT64_MAX;
        bool any = false;

        for (size_t i = 0; i < m->n_sources; i++)
            if (m->sources[i].more && m->sources[i].terms.term <= term) {
                term = m->sources[i].terms.term;
                any = true;
            }
        if (!any)
            return ZD_OK;
        for (size_t i = 0; i < m->n_sources; i++) {
            struct source *s = &m->sources[i];

            at = i;
            if (s->more && s->terms.term == term && (!copy_postings(s, w) || !advance(s)))
                goto damaged;
            give_back(s);
        }
        zd_index__segment_term(w, term);
        if (!keep_pace(m->options->pace, zd_index__segment_offset(w)))
            return ZD_FAIL(err, ZD_INVALID, 0, "cancelled");
    }
damaged:
    return ZD_FAIL(err, ZD_CORRUPT, 0, "index segment %llu-%u is damaged",
                   (unsigned long long)m->sources[at].part->made_in, m->sources[at].part->ordinal);
}

/* Passages are asked for in ascending order of new numbers, so the walk only goes forward, but for
 * passage 0, which begins anew. `doc` is the last one found. */
struct row_walk {
    const struct merge *m;
    size_t source;
    uint32_t doc;
};

static const struct source *row_seek(struct row_walk *walk, uint32_t number)
{
    if (number == 0) {
        walk->source = 0;
        walk->doc = 0;
    }
    for (; walk->source < walk->m->n_sources; walk->source++, walk->doc = 0) {
        const struct source *s = &walk->m->sources[walk->source];

        for (; walk->doc < s->segment->shape.n_docs; walk->doc++)
            if (new_number(s, walk->doc) == number)
                return s;
    }
    return NULL;
}

static bool merged_id(void *context, uint32_t number, int64_t *ret_id)
{
    struct row_walk *walk = context;
    const struct source *s = row_seek(walk, number);

    return s && zd_index__segment_id(s->segment, walk->doc, ret_id);
}

static bool merged_vector(void *context, uint32_t number, const int8_t **ret_vector)
{
    struct row_walk *walk = context;
    const struct source *s = row_seek(walk, number);

    if (!s)
        return false;
    *ret_vector = NULL;
    if (s->segment->shape.n_dims != walk->m->options->n_dims ||
        s->segment->shape.model != walk->m->options->model ||
        !zd_index__has_vector(s->segment, walk->doc))
        return true;
    *ret_vector = zd_index__segment_vector(s->segment, walk->doc);
    if (walk->doc % GIVE_BACK_VECTORS == 0 && walk->doc > 0 && *ret_vector)
        zd_mapping_forget(&s->segment->file,
                          (const uint8_t *)*ret_vector -
                              (size_t)GIVE_BACK_VECTORS * s->segment->shape.n_dims,
                          (size_t)GIVE_BACK_VECTORS * s->segment->shape.n_dims);
    return *ret_vector != NULL;
}

enum zd_status zd_index__merge(struct zd_index__part *const *parts, size_t n_parts,
                               const struct zd_index__merge_options *options, const char *path,
                               bool *ret_empty, struct zd_error *err)
{
    struct merge m = {.options = options};
    struct row_walk walk = {.m = &m};
    const struct zd_index__rows rows = {.id_of = merged_id,
                                        .vector_of = merged_vector,
                                        .context = &walk,
                                        .n_dims = options->n_dims,
                                        .model = options->model};
    struct zd_index__segment_writer *w = NULL;
    enum zd_status st = merge_prepare(&m, parts, n_parts, err);

    if (st != ZD_OK)
        goto out;
    if (m.n_docs == 0) {
        *ret_empty = true;
        goto out;
    }
    st = zd_index__segment_begin(path, m.triple_counts, (const uint8_t(*)[4])m.lengths, m.n_docs,
                                 &w, err);
    if (st == ZD_OK && options->pace)
        zd_index__segment_sync_every(w, options->pace->sync_bytes);
    if (st == ZD_OK)
        st = merge_terms(&m, w, err);
    if (st == ZD_OK) {
        st = zd_index__segment_commit(w, m.runs, m.n_runs, &rows, err);
        w = NULL;
        *ret_empty = false;
    }
out:
    zd_index__segment_abort(w);
    merge_done(&m);
    return st;
}
