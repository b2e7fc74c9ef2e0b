/* candidates.c: the passages that may answer a question (see rank_private.h).
 *
 * By words (BM25F, k1 0.9, b 0.6 of the body; the title counts 1.5 times, headings once), by
 * vectors, and every passage of a document whose number the question names. What one road found
 * and the other did not is scored by the other as well, so that every candidate has both. */
#include <stdlib.h>
#include <string.h>

#include "base/caps.h"
#include "base/utf8.h"
#include "index/vectors.h"
#include "retrieve/rank_private.h"
#include "store/version.h"

#define NAMED_VERSIONS 8
#define NAMED_PASSAGES 200

static enum zd_status no_memory(struct zd_error *err)
{
    return ZD_FAIL(err, ZD_NOMEM, 0, "no memory left for ranking");
}

struct zd_index_query zd_retrieve__query(const struct zd_question *q, const float *factors,
                                         size_t top)
{
    return (struct zd_index_query){
        .terms = q->terms,
        .weights = factors,
        .n_terms = q->n_terms,
        .field_weights = {1.5F, 1.0F, 1.0F},
        .field_b = {0.0F, 0.0F, 0.6F},
        .k1 = 0.9F,
        .top = top,
        .filter = {.on = q->any_time ? 0 : q->on,
                   .regions = q->regions.p,
                   .n_regions = q->region_from_question ? 0 : q->regions.n},
    };
}

static struct zd_index_query query_of(const struct zd_rank__state *s, size_t top)
{
    const struct zd_subject *subject = s->reader->subject;
    struct zd_index_query query = zd_retrieve__query(s->question, s->factors, top);

    query.lists = s->lists;
    query.filter.access = subject->role == ZD_ROLE_OWNER ? 0 : subject->access;
    return query;
}

static int order_u32(const void *a, const void *b)
{
    const uint32_t *x = a, *y = b;

    return (*x > *y) - (*x < *y);
}

bool zd_rank__is_named(const struct zd_rank__state *s, uint32_t group)
{
    return s->n_named > 0 &&
           bsearch(&group, s->named, s->n_named, sizeof s->named[0], order_u32) != NULL;
}

/* ---- the vector of the question ---- */

/* NULL where the model and the index have no vectors in common. */
static enum zd_status encode_question(struct zd_rank__state *s, int8_t **ret_vector,
                                      struct zd_error *err)
{
    const struct zd_encoder *encoder = s->reader->model ? zd_model_encoder(s->reader->model) : NULL;
    struct zd_index_vectors info = {0};

    *ret_vector = NULL;
    zd_index_vectors_info(s->reader->index, &info);
    if (!encoder || info.n_dims != zd_encoder_dims(encoder) ||
        info.model != zd_encoder_fingerprint(encoder))
        return ZD_OK;
    *ret_vector = zd_arena_array(s->arena, info.n_dims, 1);
    if (!*ret_vector)
        return no_memory(err);
    return zd_encoder_encode_text(encoder, s->question->folded, s->arena, *ret_vector, err);
}

/* ---- who is a candidate ---- */

static int order_candidates(const void *a, const void *b)
{
    const struct zd_rank__candidate *x = a, *y = b;

    return (x->id > y->id) - (x->id < y->id);
}

static void add_hits(struct zd_rank__state *s, const struct zd_index_hit *hits, size_t n)
{
    for (size_t i = 0; i < n; i++)
        s->candidates[s->n++] = (struct zd_rank__candidate){.id = hits[i].id};
}

/* Each passage once, by id. */
static void drop_repeats(struct zd_rank__state *s)
{
    size_t n = 0;

    qsort(s->candidates, s->n, sizeof *s->candidates, order_candidates);
    for (size_t i = 0; i < s->n; i++)
        if (n == 0 || s->candidates[n - 1].id != s->candidates[i].id)
            s->candidates[n++] = s->candidates[i];
    s->n = n;
}

/* The versions whose number (文号) the question names. */
static enum zd_status find_named(struct zd_rank__state *s, struct zd_error *err)
{
    struct zd_version_list list = {0};
    struct zd_str key;
    enum zd_status st;

    if (s->question->number.n == 0)
        return ZD_OK;
    key = zd_retrieve__key_of(s->question->number, s->arena);
    s->named = zd_arena_array(s->arena, NAMED_VERSIONS, sizeof *s->named);
    if (!key.p || !s->named)
        return no_memory(err);
    st = zd_version_with_number(s->reader->store, s->reader->subject, key, s->arena, &list, err);
    for (size_t i = 0; st == ZD_OK && i < list.n && s->n_named < NAMED_VERSIONS; i++)
        s->named[s->n_named++] = (uint32_t)list.p[i].key;
    qsort(s->named, s->n_named, sizeof s->named[0], order_u32);
    return st;
}

static enum zd_status search_all(struct zd_rank__state *s, size_t depth, const int8_t *vector,
                                 struct zd_error *err)
{
    const struct zd_index *index = s->reader->index;
    struct zd_index_query query = query_of(s, depth);
    struct zd_index_hit *hits = zd_arena_array(s->arena, depth + NAMED_PASSAGES, sizeof *hits);
    size_t n = 0;
    enum zd_status st;

    if (!hits)
        return no_memory(err);
    st = zd_index_search(index, &query, hits, &n, err);
    add_hits(s, hits, st == ZD_OK ? n : 0);
    if (st == ZD_OK && s->n_named > 0) {
        query.top = NAMED_PASSAGES;
        query.filter.groups = s->named;
        query.filter.n_groups = s->n_named;
        st = zd_index_search(index, &query, hits, &n, err);
        add_hits(s, hits, st == ZD_OK ? n : 0);
    }
    if (st == ZD_OK && vector) {
        struct zd_index_vector_query nearest = {
            .vector = vector, .top = depth, .filter = query_of(s, depth).filter};
        nearest.n_dims = zd_encoder_dims(zd_model_encoder(s->reader->model));
        nearest.model = zd_encoder_fingerprint(zd_model_encoder(s->reader->model));
        st = zd_index_search_vectors(index, &nearest, hits, &n, err);
        add_hits(s, hits, st == ZD_OK ? n : 0);
    }
    drop_repeats(s);
    return st;
}

/* ---- what is known of them ---- */

static void compare_vectors(struct zd_rank__state *s, const int8_t *vector)
{
    const struct zd_encoder *encoder = zd_model_encoder(s->reader->model);

    for (size_t i = 0; i < s->n; i++)
        if (s->facts[i].vector)
            s->candidates[i].cosine = zd_encoder_cosine(
                encoder, zd_index_dot(vector, s->facts[i].vector, zd_encoder_dims(encoder)));
}

/* Facts, frequencies and scores of all candidates, by words and by vectors. */
static enum zd_status tell_all(struct zd_rank__state *s, const int8_t *vector, struct zd_error *err)
{
    const struct zd_index_query query = query_of(s, 1);
    struct zd_index_tally tally = {.terms = query.terms,
                                   .n_terms = query.n_terms,
                                   .lists = s->lists,
                                   .n = s->n,
                                   .query = &query};
    int64_t *ids = zd_arena_array(s->arena, s->n + 1, sizeof *ids);
    enum zd_status st;

    s->facts = tally.facts = zd_arena_array(s->arena, s->n + 1, sizeof *tally.facts);
    s->tf = tally.tf = zd_arena_array(s->arena, s->n * query.n_terms + 1, sizeof *tally.tf);
    tally.scores = zd_arena_array(s->arena, s->n + 1, sizeof *tally.scores);
    if (!ids || !tally.facts || !tally.tf || !tally.scores)
        return no_memory(err);
    for (size_t i = 0; i < s->n; i++)
        ids[i] = s->candidates[i].id;
    tally.ids = ids;
    st = zd_index_tally(s->reader->index, &tally, err);
    for (size_t i = 0; st == ZD_OK && i < s->n; i++) {
        s->candidates[i].lexical = tally.scores[i];
        s->candidates[i].told = (uint32_t)i;
    }
    if (st == ZD_OK && vector)
        compare_vectors(s, vector);
    return st;
}

/* Puts a value among the best [n], best first. */
static void keep_best(float *best, size_t n, float value)
{
    size_t at = n;

    while (at > 0 && best[at - 1] < value) {
        if (at < n)
            best[at] = best[at - 1];
        at--;
    }
    if (at < n)
        best[at] = value;
}

/* A region that was read from a text may be wrong, and so may one read from a question: it ranks,
 * it does not exclude. */
static bool is_elsewhere(const struct zd_question *q, uint32_t region)
{
    if (region == 0 || q->regions.n == 0)
        return false;
    for (size_t i = 0; i < q->regions.n; i++)
        if (q->regions.p[i] == region)
            return false;
    return true;
}

/* Characters of the longest common substring (dynamic programming over one row). */
static uint32_t shared_chars(const uint32_t *a, size_t n_a, const uint32_t *b, size_t n_b,
                             uint32_t *row)
{
    uint32_t best = 0;

    memset(row, 0, (n_b + 1) * sizeof *row);
    for (size_t i = 0; i < n_a; i++)
        for (size_t j = n_b; j > 0; j--) {
            row[j] = a[i] == b[j - 1] ? row[j - 1] + 1 : 0;
            best = row[j] > best ? row[j] : best;
        }
    return best;
}

/* The question's key as code points, and a row of work for shared_chars. */
struct title_work {
    uint32_t *question;
    size_t n_question;
    uint32_t *row; /* [ZD_TITLE_MAX_BYTES + 1] */
};

static enum zd_status title_work_init(struct zd_rank__state *s, struct title_work *w,
                                      struct zd_error *err)
{
    w->question = zd_arena_array(s->arena, s->question_key.n + 1, sizeof *w->question);
    w->row = zd_arena_array(s->arena, ZD_TITLE_MAX_BYTES + 2, sizeof *w->row);
    if (!w->question || !w->row)
        return no_memory(err);
    w->n_question = 0;
    for (size_t at = 0; at < s->question_key.n;)
        w->question[w->n_question++] = zd_utf8_next(s->question_key, &at);
    return ZD_OK;
}

#define NAMED_TITLE_MIN_BYTES 9

/* A few dozen titles a question. A text without a title is a family of its own. */
static uint32_t family_of(struct zd_rank__state *s, const struct zd_catalogue_entry *entry,
                          const struct title_work *w)
{
    struct zd_rank__family *family;

    for (size_t i = 0; entry->title != 0 && i < s->n_families; i++)
        if (s->families[i].title == entry->title)
            return (uint32_t)i;
    family = &s->families[s->n_families];
    *family = (struct zd_rank__family){.title = entry->title};
    if (entry->n_title_chars <= ZD_TITLE_MAX_BYTES)
        family->shared = shared_chars(w->question, w->n_question, entry->title_chars,
                                      entry->n_title_chars, w->row);
    family->named =
        entry->title_key.n >= NAMED_TITLE_MIN_BYTES && family->shared == entry->n_title_chars;
    return (uint32_t)s->n_families++;
}

/* The questions that each document's text has answered, against this one. */
static void recall_documents(struct zd_rank__state *s, const int8_t *vector)
{
    const struct zd_memory *memory = s->reader->model ? zd_model_memory(s->reader->model) : NULL;
    uint8_t sketch[ZD_MEMORY_SKETCH_MAX];

    if (!vector || !memory || memory->n_questions == 0 || s->reader->forgets)
        return;
    zd_memory_sketch(vector, 8 * memory->sketch_bytes, sketch);
    for (size_t i = 0; i < s->n_documents; i++)
        s->documents[i].answered = zd_memory_match(memory, s->documents[i].entry->answered, sketch,
                                                   s->reader->is_training);
}

/* Group numbers to places in documents: open addressing for one question. */
struct group_table {
    uint32_t *slots; /* [n_slots] place + 1 */
    size_t n_slots;
};

static size_t group_slot(const struct zd_rank__state *s, const struct group_table *t,
                         uint32_t group)
{
    size_t at = (size_t)(group * UINT32_C(0x9e3779b1)) & (t->n_slots - 1);

    while (t->slots[at] != 0 && s->documents[t->slots[at] - 1].entry->group != group)
        at = (at + 1) & (t->n_slots - 1);
    return at;
}

static enum zd_status document_of(struct zd_rank__state *s, struct group_table *t,
                                  const struct title_work *w, uint32_t group, uint32_t *ret_place,
                                  struct zd_error *err)
{
    const struct zd_reader *r = s->reader;
    const size_t slot = group_slot(s, t, group);
    struct zd_rank__document *document = &s->documents[s->n_documents];
    enum zd_status st;

    if (t->slots[slot] != 0) {
        *ret_place = t->slots[slot] - 1;
        return ZD_OK;
    }
    *document = (struct zd_rank__document){0};
    st = zd_catalogue_get(r->catalogue, r->store, r->subject, r->index, r->model, group,
                          &document->entry, err);
    if (st != ZD_OK)
        return st;
    document->elsewhere = is_elsewhere(s->question, document->entry->region);
    document->family = family_of(s, document->entry, w);
    t->slots[slot] = (uint32_t)++s->n_documents;
    *ret_place = t->slots[slot] - 1;
    return ZD_OK;
}

static bool is_left_out(const struct zd_reader *reader, int64_t document)
{
    for (size_t i = 0; i < reader->n_without; i++)
        if (reader->without[i] == document)
            return true;
    return false;
}

/* Documents and families of all candidates; passages of versions that vanished drop out. */
static enum zd_status group_candidates(struct zd_rank__state *s, struct zd_error *err)
{
    struct group_table table = {.n_slots = 64};
    struct title_work work = {0};
    size_t n = 0;
    enum zd_status st = title_work_init(s, &work, err);

    while (table.n_slots < 2 * s->n)
        table.n_slots *= 2;
    table.slots = zd_arena_array(s->arena, table.n_slots, sizeof *table.slots);
    s->documents = zd_arena_array(s->arena, s->n + 1, sizeof *s->documents);
    s->families = zd_arena_array(s->arena, s->n + 1, sizeof *s->families);
    if (st == ZD_OK && (!table.slots || !s->documents || !s->families))
        st = no_memory(err);
    for (size_t i = 0; st == ZD_OK && i < s->n; i++) {
        struct zd_rank__candidate c = s->candidates[i];

        if (!s->facts[i].found)
            continue;
        st = document_of(s, &table, &work, s->facts[i].attributes.group, &c.document, err);
        if (st == ZD_NOT_FOUND) {
            st = ZD_OK;
            continue;
        }
        if (st != ZD_OK)
            break;
        if (is_left_out(s->reader, s->documents[c.document].entry->document))
            continue;
        c.family = s->documents[c.document].family;
        keep_best(s->documents[c.document].best_cosine, ZD_RANK__DOCUMENT_BEST, c.cosine);
        keep_best(s->families[c.family].best_cosine, ZD_RANK__FAMILY_BEST, c.cosine);
        keep_best(s->families[c.family].best_lexical, ZD_RANK__FAMILY_BEST, c.lexical);
        s->families[c.family].n++;
        s->candidates[n++] = c;
    }
    s->n = n;
    return st;
}

enum zd_status zd_rank__candidates(struct zd_rank__state *s, size_t depth, struct zd_error *err)
{
    int8_t *vector = NULL;
    enum zd_status st = find_named(s, err);

    s->candidates = zd_arena_array(s->arena, 2 * depth + NAMED_PASSAGES + 1, sizeof *s->candidates);
    if (st == ZD_OK && !s->candidates)
        st = no_memory(err);
    if (st == ZD_OK)
        st = encode_question(s, &vector, err);
    if (st == ZD_OK)
        st = search_all(s, depth, vector, err);
    if (st == ZD_OK)
        st = tell_all(s, vector, err);
    if (st == ZD_OK)
        st = group_candidates(s, err);
    if (st == ZD_OK)
        recall_documents(s, vector);
    return st;
}
