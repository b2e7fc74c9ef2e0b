/* locate: where given passages stand, and what their postings are. */
#ifndef ZD_INDEX_LOCATE_H
#define ZD_INDEX_LOCATE_H

#include "index/snapshot.h"

/* A live passage that was asked for. */
struct zd_index__place {
    uint32_t part, doc;
    uint32_t at; /* its place among what was asked */
};

/* Finds the live ones of n ids in any order; places[n] are sorted by part, then passage; ids that
 * were asked for twice stand there twice. Segments known to be bad are passed over; one that turns
 * out to be damaged is marked. False where memory ends. */
bool zd_index__locate(const struct zd_index *index, const int64_t *ids, size_t n,
                      struct zd_index__place *places, size_t *ret_n) ZD_MUST_USE;

#define ZD_INDEX__NO_CODE UINT16_MAX

/* codes[i] is the code of docs[i] (ascending, may repeat) in a posting list, or NO_CODE. False
 * where the list is damaged. */
bool zd_index__probe(const struct zd_index__list *list, uint32_t n_docs, const uint32_t *docs,
                     size_t n, uint16_t *codes) ZD_MUST_USE;

/* The first block at or after `from` whose last passage is `doc` or above; n_blocks where there is
 * none. Only for lists with skips. Gallops, so a walk over all of a list stays linear. */
uint32_t zd_index__walk_seek(const struct zd_index__walk *walk, uint32_t from, uint32_t doc);

#endif
