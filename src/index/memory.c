/* memory.c: passages gathered in memory until they become a segment.
 *
 * One hash table from term to an entry; each entry owns a chain of slices in one big pool (8, 16,
 * 32, … bytes, as in Lucene's byte slices), to which a posting is appended as two varints: the gap
 * to the term's last passage and the triple of frequencies. So a posting costs 2 to 4 bytes while
 * it waits, nothing is sorted but the terms at the end, and memory is what the pool says.
 *
 * The frequencies of the passage being added are counted in the entries themselves (`stamp` says
 * whose they are), so that a token costs one look-up in the table and nothing else.
 *
 * Deleting and dating a group touch only the runs of that group, found through a second small
 * table; deleted passages are left out when the segment is written.
 * One thread at a time.
 */
#include <stdlib.h>
#include <string.h>

#include "index/index_private.h"

#define POOL_MAX_BYTES ((size_t)1 << 31)
#define FIRST_SLICE 8u
#define LAST_SLICE 4096u
#define LINK_BYTES 4u
#define NONE UINT32_MAX
#define ENTRIES_MAX ((size_t)1 << 28)

struct entry {
    uint64_t term;
    uint32_t head;     /* first slice */
    uint32_t at, end;  /* where the next byte goes, and the link of its slice */
    uint32_t slice;    /* size of the last slice */
    uint32_t last, df; /* last passage */
    uint32_t stamp;    /* passage whose frequencies stand in tf, plus 1 */
    uint16_t tf[ZD_FIELD_COUNT];
};

struct memory_run {
    struct zd_index__run run;
    uint32_t previous; /* run of the same group, NONE */
    bool deleted;
};

struct zd_index__memory {
    struct entry *entries; /* [n_entries] */
    size_t n_entries, entries_cap;
    uint32_t *table; /* [table_size] entry + 1 */
    size_t table_size;
    uint8_t *pool; /* [n_pool] */
    size_t n_pool, pool_cap;
    uint32_t *touched; /* [n_touched] entries of the passage being added */
    size_t touched_cap;

    uint8_t (*lengths)[4]; /* [n_docs] */
    int64_t *ids;
    size_t n_docs, lengths_cap, ids_cap;
    uint32_t n_dims; /* of a vector, 0: passages have none */
    uint64_t model;
    int8_t *vectors;     /* [n_vectors][n_dims] */
    uint32_t *vector_at; /* [n_docs] number of the vector, NONE; not made while there is none */
    size_t n_vectors, vectors_cap, vector_at_cap;
    uint32_t n_deleted;
    struct memory_run *runs; /* [n_runs] */
    size_t n_runs, runs_cap;
    uint32_t *group_table; /* [group_table_size] last run of a group + 1 */
    size_t group_table_size;
    uint32_t *triple_counts; /* [CODES_MAX] */
};

struct zd_index__memory *zd_index__memory_new(void)
{
    struct zd_index__memory *m = zd_alloc(sizeof *m);

    if (!m)
        return NULL;
    m->table_size = 1024;
    m->group_table_size = 256;
    m->table = zd_alloc(m->table_size * sizeof *m->table);
    m->group_table = zd_alloc(m->group_table_size * sizeof *m->group_table);
    m->triple_counts = zd_alloc(ZD_INDEX__CODES_MAX * sizeof *m->triple_counts);
    if (!m->table || !m->group_table || !m->triple_counts) {
        zd_index__memory_free(m);
        return NULL;
    }
    return m;
}

void zd_index__memory_free(struct zd_index__memory *m)
{
    if (!m)
        return;
    zd_free(m->entries);
    zd_free(m->table);
    zd_free(m->pool);
    zd_free(m->touched);
    zd_free(m->lengths);
    zd_free(m->ids);
    zd_free(m->vectors);
    zd_free(m->vector_at);
    zd_free(m->runs);
    zd_free(m->group_table);
    zd_free(m->triple_counts);
    zd_free(m);
}

size_t zd_index__memory_bytes(const struct zd_index__memory *m)
{
    return m->entries_cap * sizeof *m->entries + m->table_size * sizeof *m->table + m->pool_cap +
           m->lengths_cap * sizeof *m->lengths + m->ids_cap * sizeof *m->ids +
           m->vectors_cap * m->n_dims + m->vector_at_cap * sizeof *m->vector_at +
           m->runs_cap * sizeof *m->runs + m->group_table_size * sizeof *m->group_table;
}

void zd_index__memory_set_vectors(struct zd_index__memory *m, uint32_t n_dims, uint64_t model)
{
    m->n_dims = n_dims;
    m->model = model;
}

uint32_t zd_index__memory_docs(const struct zd_index__memory *m)
{
    return (uint32_t)m->n_docs;
}

uint32_t zd_index__memory_live(const struct zd_index__memory *m)
{
    return (uint32_t)m->n_docs - m->n_deleted;
}

/* ---- terms ---- */

static inline size_t hash_of(uint64_t v, size_t size)
{
    return (size_t)((v * UINT64_C(0x9E3779B97F4A7C15)) >> 32) & (size - 1);
}

static bool table_double(struct zd_index__memory *m)
{
    size_t size = m->table_size * 2;
    uint32_t *table = zd_alloc(size * sizeof *table);

    if (!table)
        return false;
    for (size_t e = 0; e < m->n_entries; e++) {
        size_t i = hash_of(m->entries[e].term, size);

        while (table[i])
            i = (i + 1) & (size - 1);
        table[i] = (uint32_t)e + 1;
    }
    zd_free(m->table);
    m->table = table;
    m->table_size = size;
    return true;
}

/* The entry of a term, made where missing; NONE when memory ends. */
static uint32_t entry_of(struct zd_index__memory *m, uint64_t term)
{
    size_t i = hash_of(term, m->table_size);

    for (; m->table[i]; i = (i + 1) & (m->table_size - 1))
        if (m->entries[m->table[i] - 1].term == term)
            return m->table[i] - 1;
    if (!zd_grow(&m->entries, &m->entries_cap, m->n_entries + 1, sizeof *m->entries, ENTRIES_MAX))
        return NONE;
    if ((m->n_entries + 1) * 2 > m->table_size) {
        if (!table_double(m))
            return NONE;
        i = hash_of(term, m->table_size);
        while (m->table[i])
            i = (i + 1) & (m->table_size - 1);
    }
    m->entries[m->n_entries] = (struct entry){.term = term, .head = NONE};
    m->table[i] = (uint32_t)++m->n_entries;
    return (uint32_t)m->n_entries - 1;
}

/* ---- slices ---- */

/* Room for the 8 bytes of a posting: a slice may be entered that its bytes do not fill. */
static bool slice_add(struct zd_index__memory *m, struct entry *e)
{
    uint32_t size = e->head == NONE         ? FIRST_SLICE
                    : e->slice < LAST_SLICE ? e->slice * 2
                                            : LAST_SLICE;
    uint32_t at = (uint32_t)m->n_pool;

    if (!zd_grow(&m->pool, &m->pool_cap, m->n_pool + size + LINK_BYTES, 1, POOL_MAX_BYTES))
        return false;
    m->n_pool += size + LINK_BYTES;
    if (e->head == NONE)
        e->head = at;
    else
        memcpy(m->pool + e->end, &at, LINK_BYTES);
    e->slice = size;
    e->at = at;
    e->end = at + size;
    return true;
}

static bool slice_put(struct zd_index__memory *m, struct entry *e, uint32_t v)
{
    for (;; v >>= 7) {
        if (e->at == e->end || e->head == NONE)
            if (!slice_add(m, e))
                return false;
        m->pool[e->at++] = (uint8_t)(v < 128 ? v : v | 128);
        if (v < 128)
            return true;
    }
}

struct slice_reader {
    const uint8_t *pool;
    uint32_t at, end, slice;
};

static uint32_t slice_get(struct slice_reader *r)
{
    uint32_t v = 0;

    for (unsigned shift = 0;; shift += 7) {
        uint8_t byte;

        if (r->at == r->end) {
            r->at = zd_index__load_u32(r->pool + r->end);
            r->slice = r->slice < LAST_SLICE ? r->slice * 2 : LAST_SLICE;
            r->end = r->at + r->slice;
        }
        byte = r->pool[r->at++];
        v |= (uint32_t)(byte & 127) << shift;
        if (byte < 128)
            return v;
    }
}

/* ---- documents ---- */

static bool group_table_double(struct zd_index__memory *m)
{
    size_t size = m->group_table_size * 2;
    uint32_t *table = zd_alloc(size * sizeof *table);

    if (!table)
        return false;
    for (size_t old = 0; old < m->group_table_size; old++) {
        size_t i;

        if (!m->group_table[old])
            continue;
        i = hash_of(m->runs[m->group_table[old] - 1].run.group, size);
        while (table[i])
            i = (i + 1) & (size - 1);
        table[i] = m->group_table[old];
    }
    zd_free(m->group_table);
    m->group_table = table;
    m->group_table_size = size;
    return true;
}

static size_t group_place(const struct zd_index__memory *m, uint32_t group)
{
    size_t i = hash_of(group, m->group_table_size);

    while (m->group_table[i] && m->runs[m->group_table[i] - 1].run.group != group)
        i = (i + 1) & (m->group_table_size - 1);
    return i;
}

static bool class_eq(struct zd_index__class a, struct zd_index__class b)
{
    return a.effective == b.effective && a.expires == b.expires && a.region == b.region &&
           a.access == b.access;
}

/* Puts passage number n_docs into the last run or a new one. */
static bool run_add(struct zd_index__memory *m, const struct zd_index_attributes *a)
{
    struct zd_index__class class = {a->effective, a->expires, a->region, a->access};
    const struct memory_run *last = m->n_runs ? &m->runs[m->n_runs - 1] : NULL;
    size_t place;

    if (last && last->run.group == a->group && !last->deleted && class_eq(last->run.class, class))
        return true;
    if (!zd_grow(&m->runs, &m->runs_cap, m->n_runs + 1, sizeof *m->runs, NONE))
        return false;
    if ((m->n_runs + 1) * 2 > m->group_table_size && !group_table_double(m))
        return false;
    place = group_place(m, a->group);
    m->runs[m->n_runs] = (struct memory_run){
        .run = {.first = (uint32_t)m->n_docs, .group = a->group, .class = class},
        .previous = m->group_table[place] ? m->group_table[place] - 1 : NONE,
    };
    m->group_table[place] = (uint32_t)++m->n_runs;
    return true;
}

static uint32_t run_end(const struct zd_index__memory *m, uint32_t run)
{
    return run + 1 < m->n_runs ? m->runs[run + 1].run.first : (uint32_t)m->n_docs;
}

void zd_index__memory_delete(struct zd_index__memory *m, uint32_t group)
{
    uint32_t found = m->group_table[group_place(m, group)];

    for (uint32_t r = found ? found - 1 : NONE; r != NONE; r = m->runs[r].previous)
        if (!m->runs[r].deleted) {
            m->runs[r].deleted = true;
            m->n_deleted += run_end(m, r) - m->runs[r].run.first;
        }
}

void zd_index__memory_set_validity(struct zd_index__memory *m, uint32_t group, int32_t effective,
                                   int32_t expires)
{
    uint32_t found = m->group_table[group_place(m, group)];

    for (uint32_t r = found ? found - 1 : NONE; r != NONE; r = m->runs[r].previous) {
        m->runs[r].run.class.effective = effective;
        m->runs[r].run.class.expires = expires;
    }
}

/* ---- passages ---- */

/* Counts the tokens of one field in the entries; false when memory ends. */
static bool count_field(struct zd_index__memory *m, int field, const uint64_t *terms, size_t n,
                        size_t *n_touched)
{
    const uint32_t stamp = (uint32_t)m->n_docs + 1;

    for (size_t i = 0; i < n; i++) {
        uint32_t number;
        struct entry *e;

        if (terms[i] == 0)
            continue;
        number = entry_of(m, terms[i]);
        if (number == NONE)
            return false;
        e = &m->entries[number];
        if (e->stamp != stamp) {
            e->stamp = stamp;
            memset(e->tf, 0, sizeof e->tf);
            m->touched[(*n_touched)++] = number;
        }
        if (e->tf[field] < UINT16_MAX)
            e->tf[field]++;
    }
    return true;
}

static bool put_posting(struct zd_index__memory *m, struct entry *e)
{
    const uint32_t doc = (uint32_t)m->n_docs;
    uint8_t level[ZD_FIELD_COUNT];
    uint32_t triple;

    for (int f = 0; f < ZD_FIELD_COUNT; f++)
        level[f] = zd_index__tf_level(e->tf[f]);
    triple = zd_index__triple(level);
    if (!slice_put(m, e, doc - e->last) || !slice_put(m, e, triple))
        return false;
    m->triple_counts[triple]++;
    e->last = doc;
    e->df++;
    return true;
}

/* Keeps the vector of passage number n_docs; false when memory ends. */
static bool put_vector(struct zd_index__memory *m, const int8_t *vector)
{
    if (m->n_dims == 0)
        return true;
    if (!zd_grow(&m->vector_at, &m->vector_at_cap, m->n_docs + 1, sizeof *m->vector_at, NONE))
        return false;
    m->vector_at[m->n_docs] = NONE;
    if (!vector)
        return true;
    if (!zd_grow(&m->vectors, &m->vectors_cap, m->n_vectors + 1, m->n_dims, NONE))
        return false;
    memcpy(m->vectors + m->n_vectors * m->n_dims, vector, m->n_dims);
    m->vector_at[m->n_docs] = (uint32_t)m->n_vectors++;
    return true;
}

enum zd_status zd_index__memory_add(struct zd_index__memory *m,
                                    const struct zd_index_passage *passage, struct zd_error *err)
{
    size_t n_tokens = 0, n_touched = 0;
    uint8_t lengths[4] = {0};

    for (int f = 0; f < ZD_FIELD_COUNT; f++) {
        if (!zd_size_add(n_tokens, passage->n_terms[f], &n_tokens))
            return ZD_FAIL(err, ZD_LIMIT, 0, "a passage of too many tokens");
        lengths[f] = zd_index__length_level(passage->n_terms[f]);
    }
    if (!zd_grow(&m->touched, &m->touched_cap, n_tokens, sizeof *m->touched, SIZE_MAX / 8) ||
        !zd_grow(&m->lengths, &m->lengths_cap, m->n_docs + 1, sizeof *m->lengths, NONE) ||
        !zd_grow(&m->ids, &m->ids_cap, m->n_docs + 1, sizeof *m->ids, NONE))
        goto nomem;
    for (int f = 0; f < ZD_FIELD_COUNT; f++)
        if (!count_field(m, f, passage->terms[f], passage->n_terms[f], &n_touched))
            goto nomem;
    if (!run_add(m, &passage->attributes) || !put_vector(m, passage->vector))
        goto nomem;
    for (size_t i = 0; i < n_touched; i++)
        if (!put_posting(m, &m->entries[m->touched[i]]))
            goto nomem;
    memcpy(m->lengths[m->n_docs], lengths, sizeof lengths);
    m->ids[m->n_docs] = passage->id;
    m->n_docs++;
    return ZD_OK;
nomem:
    return ZD_FAIL(err, ZD_NOMEM, 0, "out of memory while indexing passage %lld",
                   (long long)passage->id);
}

/* ---- writing ---- */

struct term_place {
    uint64_t term;
    uint32_t entry;
};

static int compare_terms(const void *a, const void *b)
{
    uint64_t x = ((const struct term_place *)a)->term, y = ((const struct term_place *)b)->term;

    return x < y ? -1 : x > y;
}

/* What is written: the live passages, renumbered. */
struct selection {
    uint32_t *number;      /* [n_docs] new number or NONE; NULL where nothing was deleted */
    uint8_t (*lengths)[4]; /* [n_live] */
    int64_t *ids;          /* [n_live] */
    uint32_t *vector_at;   /* [n_live]; NULL without vectors */
    const struct zd_index__memory *memory;
    struct zd_index__run *runs;
    size_t n_runs;
    uint32_t n_live;
};

static void selection_done(struct selection *s)
{
    zd_free(s->number);
    zd_free(s->lengths);
    zd_free(s->ids);
    zd_free(s->vector_at);
    zd_free(s->runs);
}

static bool selection_make(const struct zd_index__memory *m, struct selection *s)
{
    s->number = zd_alloc(m->n_docs * sizeof *s->number);
    s->lengths = zd_alloc(m->n_docs * sizeof *s->lengths);
    s->ids = zd_alloc(m->n_docs * sizeof *s->ids);
    s->runs = zd_alloc(m->n_runs * sizeof *s->runs);
    if (m->n_dims > 0)
        s->vector_at = zd_alloc(m->n_docs * sizeof *s->vector_at);
    if (!s->number || !s->lengths || !s->ids || !s->runs || (m->n_dims > 0 && !s->vector_at))
        return false;
    s->memory = m;
    for (uint32_t r = 0; r < m->n_runs; r++) {
        uint32_t first = m->runs[r].run.first, end = run_end(m, r);

        if (m->runs[r].deleted) {
            memset(s->number + first, 0xFF, (end - first) * sizeof *s->number);
            continue;
        }
        s->runs[s->n_runs] = m->runs[r].run;
        s->runs[s->n_runs++].first = s->n_live;
        for (uint32_t d = first; d < end; d++) {
            s->number[d] = s->n_live;
            memcpy(s->lengths[s->n_live], m->lengths[d], 4);
            if (s->vector_at)
                s->vector_at[s->n_live] = m->vector_at[d];
            s->ids[s->n_live++] = m->ids[d];
        }
    }
    return true;
}

static void write_term(const struct zd_index__memory *m, const struct entry *e,
                       const struct selection *s, struct zd_index__segment_writer *w)
{
    struct slice_reader r = {m->pool, e->head, e->head + FIRST_SLICE, FIRST_SLICE};
    uint32_t doc = 0;

    for (uint32_t i = 0; i < e->df; i++) {
        uint32_t triple;

        doc += slice_get(&r);
        triple = slice_get(&r);
        if (s->number[doc] != NONE)
            zd_index__segment_put(w, s->number[doc], triple);
    }
    zd_index__segment_term(w, e->term);
}

static bool selected_id(void *context, uint32_t doc, int64_t *ret_id)
{
    *ret_id = ((const struct selection *)context)->ids[doc];
    return true;
}

static bool selected_vector(void *context, uint32_t doc, const int8_t **ret_vector)
{
    const struct selection *s = context;
    const uint32_t at = s->vector_at[doc];

    *ret_vector = at == NONE ? NULL : s->memory->vectors + (size_t)at * s->memory->n_dims;
    return true;
}

enum zd_status zd_index__memory_write(struct zd_index__memory *m, const char *path,
                                      struct zd_error *err)
{
    struct zd_index__segment_writer *w = NULL;
    struct selection s = {0};
    const struct zd_index__rows rows = {.id_of = selected_id,
                                        .vector_of = selected_vector,
                                        .context = &s,
                                        .n_dims = m->n_vectors > 0 ? m->n_dims : 0,
                                        .model = m->model};
    struct term_place *order = zd_alloc(m->n_entries * sizeof *order);
    enum zd_status st;

    if (!order || !selection_make(m, &s)) {
        st = ZD_FAIL(err, ZD_NOMEM, 0, "out of memory for writing %zu passages", m->n_docs);
        goto out;
    }
    for (size_t e = 0; e < m->n_entries; e++)
        order[e] = (struct term_place){m->entries[e].term, (uint32_t)e};
    qsort(order, m->n_entries, sizeof *order, compare_terms);
    st = zd_index__segment_begin(path, m->triple_counts, (const uint8_t(*)[4])s.lengths, s.n_live,
                                 &w, err);
    if (st != ZD_OK)
        goto out;
    for (size_t i = 0; i < m->n_entries; i++)
        write_term(m, &m->entries[order[i].entry], &s, w);
    st = zd_index__segment_commit(w, s.runs, s.n_runs, &rows, err);
out:
    zd_free(order);
    selection_done(&s);
    return st;
}
