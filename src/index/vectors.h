/* vectors: one small vector a passage, stored beside its postings, and the search for the nearest.
 *
 * A vector is n_dims signed bytes, made from the passage's text by some model that this room knows
 * nothing of but a fingerprint. All vectors of an index are of one model: the one last told to a
 * writer. Segments written for another model keep their bytes and count as having no vectors, until
 * their passages are added again. Two vectors are as near as their dot product is large; a model
 * whose vectors are of about equal length gives the order of cosines.
 *
 * Beside each vector stand the signs of its numbers, an eighth of the bytes. A search over many
 * vectors reads the signs of all of them first, and the vectors of those only whose signs suit the
 * query best (how often that misses one of the best is in docs/performance.md). `exact` reads every
 * vector.
 */
#ifndef ZD_INDEX_VECTORS_H
#define ZD_INDEX_VECTORS_H

#include "index/index.h"

#define ZD_INDEX_DIMS_STEP 32u
#define ZD_INDEX_DIMS_MAX 1024u

/* Says what the vectors of the passages added from now on are: n_dims numbers each, made by the
 * model of this fingerprint. Before the first passage of a batch. n_dims 0: the index has no
 * vectors from now on. A writer that is not told adds passages without vectors and leaves those
 * that are there. Errors: ZD_INVALID n_dims is no multiple of 32 or above 1,024, or passages were
 * added before. */
enum zd_status zd_index_writer_set_vectors(struct zd_index_writer *writer, uint32_t n_dims,
                                           uint64_t model, struct zd_error *err) ZD_MUST_USE;

struct zd_index_vectors {
    uint32_t n_dims;    /* 0: the index has none */
    uint64_t model;     /* fingerprint */
    uint64_t n_vectors; /* passages that have one; those deleted count until a merge */
};
void zd_index_vectors_info(const struct zd_index *index, struct zd_index_vectors *ret_vectors);

struct zd_index_vector_query {
    const int8_t *vector; /* [n_dims] */
    uint32_t n_dims;
    uint64_t model; /* of the query's vector: passages of another model are never found */
    size_t top;     /* hits wanted, 1 … ZD_TOP_MAX */
    struct zd_index_filter filter;
    bool exact; /* read every vector */
};

/* Writes at most query->top hits, best first (ties: lower id first), into hits[top] and their
 * number into *ret_n; a hit's score is the dot product. Without `exact` the result is the same on
 * every processor too. Errors: ZD_INVALID (a query out of its ranges), ZD_NOMEM.
 * Cost: exact, one pass over the vectors that pass the filter, at the speed of memory; else one
 * over the signs. */
enum zd_status zd_index_search_vectors(const struct zd_index *index,
                                       const struct zd_index_vector_query *query,
                                       struct zd_index_hit *hits, size_t *ret_n,
                                       struct zd_error *err) ZD_MUST_USE;

/* The dot product of two vectors, n_dims a multiple of 32 up to 1,024, by the fastest road this
 * processor has; exact. */
int32_t zd_index_dot(const int8_t *a, const int8_t *b, uint32_t n_dims);

#endif
