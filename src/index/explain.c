/* explain.c: every term's part in the score of one passage, by the same arithmetic as the search,
 * found on another road: the passage by its id, then one look-up a term. */
#include <math.h>

#include "index/locate.h"
#include "index/score.h"

/* The levels of a term's posting for a passage; false where the passage has it not. */
static bool find_posting(struct zd_index__segment *s, uint64_t term, uint32_t doc,
                         const uint8_t **ret_level)
{
    struct zd_index__list list;
    uint16_t code = ZD_INDEX__NO_CODE;

    if (!zd_index__segment_find(s, term, &list) ||
        !zd_index__probe(&list, s->shape.n_docs, &doc, 1, &code) || code >= s->shape.n_codes)
        return false;
    *ret_level = s->codebook[code].level;
    return true;
}

enum zd_status zd_index_explain(const struct zd_index *index, const struct zd_index_query *query,
                                int64_t id, float *parts, struct zd_error *err)
{
    struct zd_index__weights weights = {0};
    struct zd_index__segment *segment = NULL;
    uint64_t *frequencies = NULL;
    struct zd_index__place place;
    uint8_t lengths[ZD_FIELD_COUNT];
    size_t n_places = 0;
    enum zd_status st;

    if (!zd_index__locate(index, &id, 1, &place, &n_places))
        return ZD_FAIL(err, ZD_NOMEM, 0, "out of memory for explaining a hit");
    if (n_places == 0)
        return ZD_FAIL(err, ZD_NOT_FOUND, 0, "passage %lld is not in the index", (long long)id);
    segment = index->manifest.parts[place.part].segment;
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
        lengths[f] = zd_index__lengths(segment, f)[place.doc];
    for (size_t t = 0; t < query->n_terms; t++) {
        const uint8_t *level = NULL;
        int32_t part = 0;

        if (find_posting(segment, query->terms[t], place.doc, &level))
            part = zd_index__part_of(weights.w[t], weights.k1,
                                     zd_index__x_of(&weights, level, lengths));
        parts[t] = ldexpf((float)part, -weights.shift);
    }
out:
    zd_free(weights.w);
    zd_free(frequencies);
    return st;
}
