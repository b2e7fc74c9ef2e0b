/* catalogue: what the ranking needs to know of documents, remembered from question to question.
 *
 * A question's candidates belong to hundreds of document versions, and each would be two look-ups
 * in the database; most are the same from question to question. The catalogue holds what was
 * looked up for one generation of the index and one subject, and forgets it with the next, or when
 * it is full.
 *
 * Threads: one at a time.
 */
#ifndef ZD_RETRIEVE_CATALOGUE_H
#define ZD_RETRIEVE_CATALOGUE_H

#include "index/index.h"
#include "semantic/model.h"
#include "store/store.h"
#include "text/text.h"

struct zd_catalogue;

/* One version of a document. Views are the catalogue's, until its next generation. */
struct zd_catalogue_entry {
    uint32_t group; /* the version */
    int64_t document;
    struct zd_str title_key;
    zd_term title;         /* zd_title_term of title_key; 0 for a text without a title */
    uint32_t *title_chars; /* [n_title_chars] title_key as code points */
    uint32_t n_title_chars;
    uint32_t region;
    float authority;               /* ln(1 + passages of the office that name the text) */
    float prior;                   /* zd_model_prior */
    struct zd_memory_run answered; /* of zd_model_memory */
    uint32_t n_passages;           /* of the version; counted in the index where not 1 */
};

struct zd_catalogue *zd_catalogue_new(void) ZD_MUST_USE; /* NULL when memory ends */
void zd_catalogue_free(struct zd_catalogue *catalogue);  /* NULL is fine */

/* From here on entries are of this generation and for this subject; views of others end. */
void zd_catalogue_begin(struct zd_catalogue *catalogue, uint64_t generation,
                        const struct zd_subject *subject);

/* The entry of a group. Valid until the next _begin. Errors: ZD_NOT_FOUND no such version, or one
 * that the subject may not see; those of the store. */
enum zd_status zd_catalogue_get(struct zd_catalogue *catalogue, struct zd_store *store,
                                const struct zd_subject *subject, const struct zd_index *index,
                                const struct zd_model *model, uint32_t group,
                                struct zd_catalogue_entry **ret_entry,
                                struct zd_error *err) ZD_MUST_USE;

#endif
