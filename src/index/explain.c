/* explain.c: every term's part in the score of one passage, by the same arithmetic as the search,
 * found on another road: the passage by its id, then one look-up a term. */
#include <math.h>

#include "index/score.h"
#include "index/snapshot.h"

/* The passage with the id in a segment; false where it has none. */
static bool find_doc(struct zd_index__segment *s, int64_t id, uint32_t *ret_doc)
{
    uint32_t low = 0, high = s->shape.n_docs;
    int64_t got;

    if (!s->shape.ids_ascend) {
        for (uint32_t d = 0; d < s->shape.n_docs; d++)
            if (zd_index__segment_id(s, d, &got) && got == id) {
                *ret_doc = d;
                return true;
            }
        return false;
    }
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;

        if (!zd_index__segment_id(s, middle, &got))
            return false;
        if (got == id) {
            *ret_doc = middle;
            return true;
        }
        if (got < id)
            low = middle + 1;
        else
            high = middle;
    }
    return false;
}

static bool is_deleted(const struct zd_index__part *part, uint32_t run)
{
    for (size_t i = 0; i < part->n_deleted; i++)
        if (part->deleted[i] == run)
            return true;
    return false;
}

/* The segment and number of a live passage. */
static bool locate(const struct zd_index *index, int64_t id, struct zd_index__segment **ret_segment,
                   uint32_t *ret_doc)
{
    for (size_t i = 0; i < index->manifest.n_parts; i++) {
        const struct zd_index__part *part = &index->manifest.parts[i];

        if (!atomic_load(&part->segment->bad) && find_doc(part->segment, id, ret_doc) &&
            !is_deleted(part, zd_index__run_of(part->segment, *ret_doc))) {
            *ret_segment = part->segment;
            return true;
        }
    }
    return false;
}

/* The levels of a term's posting for a passage; false where the passage has it not. */
static bool find_posting(struct zd_index__segment *s, uint64_t term, uint32_t doc,
                         const uint8_t **ret_level)
{
    struct zd_index__list list;
    struct zd_index__walk walk;
    struct zd_index__block block;
    uint32_t b = 0;

    if (!zd_index__segment_find(s, term, &list) ||
        !zd_index__walk_begin(&list, s->shape.n_docs, &walk))
        return false;
    while (walk.skips && b + 1 < walk.n_blocks && zd_index__walk_last(&walk, b) < doc)
        b++;
    if (!zd_index__walk_block(&walk, b, &block))
        return false;
    for (uint32_t i = 0; i < block.n; i++)
        if (block.docs[i] == doc && block.codes[i] < s->shape.n_codes) {
            *ret_level = s->codebook[block.codes[i]].level;
            return true;
        }
    return false;
}

enum zd_status zd_index_explain(const struct zd_index *index, const struct zd_index_query *query,
                                int64_t id, float *parts, struct zd_error *err)
{
    struct zd_index__weights weights = {0};
    struct zd_index__segment *segment = NULL;
    uint64_t *frequencies = NULL;
    uint8_t lengths[ZD_FIELD_COUNT];
    uint32_t doc = 0;
    enum zd_status st;

    if (!locate(index, id, &segment, &doc))
        return ZD_FAIL(err, ZD_NOT_FOUND, 0, "passage %lld is not in the index", (long long)id);
    weights.w = zd_alloc(query->n_terms * sizeof *weights.w);
    frequencies = zd_alloc(query->n_terms * sizeof *frequencies);
    if (!weights.w || !frequencies) {
        st = ZD_FAIL(err, ZD_NOMEM, 0, "out of memory for explaining a hit");
        goto out;
    }
    for (size_t t = 0; t < query->n_terms; t++)
        frequencies[t] = zd_index_document_frequency(index, query->terms[t]);
    st = zd_index__weights_of(index, query, frequencies, &weights, err);
    if (st != ZD_OK)
        goto out;
    for (int f = 0; f < ZD_FIELD_COUNT; f++)
        lengths[f] = zd_index__lengths(segment, f)[doc];
    for (size_t t = 0; t < query->n_terms; t++) {
        const uint8_t *level = NULL;
        int32_t part = 0;

        if (find_posting(segment, query->terms[t], doc, &level))
            part = zd_index__part_of(weights.w[t], weights.k1,
                                     zd_index__x_of(&weights, level, lengths));
        parts[t] = ldexpf((float)part, -weights.shift);
    }
out:
    zd_free(weights.w);
    zd_free(frequencies);
    return st;
}
