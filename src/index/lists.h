/* lists: the posting lists of a question's terms, found once.
 *
 * A ranker searches with the same terms, weighs them, and looks at passages and documents by them.
 * Each of those would walk the dictionary of every segment; with the lists at hand it is walked once
 * (a search through a dictionary costs 0.2 to 0.4 µs a term and segment).
 */
#ifndef ZD_INDEX_LISTS_H
#define ZD_INDEX_LISTS_H

#include "index/index.h"

/* Lists of one snapshot, to be freed before it is closed; any number of threads may read them. */
struct zd_index_lists;

/* Finds the lists of terms [n_terms]. Segments known to be damaged are passed over. Errors:
 * ZD_NOMEM. */
enum zd_status zd_index_lists_find(const struct zd_index *index, const uint64_t *terms,
                                   size_t n_terms, struct zd_index_lists **ret_lists,
                                   struct zd_error *err) ZD_MUST_USE;
void zd_index_lists_free(struct zd_index_lists *lists); /* NULL is fine */

/* In how many passages terms[term] stands: as zd_index_document_frequency. */
uint32_t zd_index_lists_frequency(const struct zd_index_lists *lists, size_t term);

#endif
