/* postings: the term lists of a passage, as the index takes them.
 *
 *     title      the version's title
 *     headings   path and context
 *     body       number and text, and the titles it names in 《》 (zd_title_term)
 *
 * Buffers are kept from passage to passage; title and headings are not computed again while they
 * stay the same. One thread at a time.
 */
#ifndef ZD_INGEST_POSTINGS_H
#define ZD_INGEST_POSTINGS_H

#include "index/index.h"
#include "store/passage.h"

struct zd_postings;

struct zd_postings *zd_postings_new(void) ZD_MUST_USE; /* NULL when memory ends */
void zd_postings_free(struct zd_postings *postings);   /* NULL is fine */

/* Fills terms and n_terms of *ret_passage with the terms of `passage` (its text filled), borrowed
 * until the next call; id and attributes are not touched. Errors: ZD_NOMEM, ZD_LIMIT. */
enum zd_status zd_postings_of(struct zd_postings *postings, struct zd_str title,
                              const struct zd_stored_passage *passage,
                              struct zd_index_passage *ret_passage,
                              struct zd_error *err) ZD_MUST_USE;

#endif
