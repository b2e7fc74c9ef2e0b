/* tally: what the index knows of given passages and documents, without their texts.
 *
 * For a ranker that has candidates and wants to weigh them: how often each term of the question
 * stands in each field, how long the fields are, who may see the passage and when it holds. All
 * numbers are those the search scores by: frequencies and lengths on the grids of quantise.h.
 * Terms, passages and documents may be in any order and may repeat.
 *
 * A call sorts what is asked for and walks every posting list forwards once; a few hundred
 * passages and dozens of terms take some tens of microseconds. A segment found damaged on the way
 * is dropped, as in a search: its passages then count as not found.
 */
#ifndef ZD_INDEX_TALLY_H
#define ZD_INDEX_TALLY_H

#include "index/index.h"

#define ZD_INDEX_TALLY_MAX_CELLS                                                                   \
    ((size_t)1 << 24) /* terms × passages, or × documents, of one call */

/* What is known of one passage. */
struct zd_index_facts {
    bool found; /* false: not in this snapshot; all else is then zero */
    struct zd_index_attributes attributes;
    uint32_t n_tokens[ZD_FIELD_COUNT];
    const int8_t *vector; /* [n_dims] of the index's model (vectors.h), or NULL; valid until the
                             index is closed */
};

/* What is asked of passages; each kind of result may be NULL where nobody wants it. */
struct zd_index_tally {
    const uint64_t *terms; /* [n_terms] */
    size_t n_terms;
    const struct zd_index_lists *lists; /* of these terms (lists.h), or NULL: looked up anew */
    const int64_t *ids;                 /* [n] */
    size_t n;
    const struct zd_index_query *query; /* for scores: one of these very terms; its filter, `top`
                                           and `exhaustive` are not looked at */
    /* written: */
    struct zd_index_facts *facts;   /* [n] */
    uint16_t (*tf)[ZD_FIELD_COUNT]; /* [n][n_terms]: of ids[i] and terms[t] at i × n_terms + t */
    float *scores; /* [n] exactly what zd_index_search would give ids[i]; 0 for a passage that has
                      none of the terms or is not in this snapshot */
};

/* Errors: ZD_INVALID more than ZD_INDEX_TALLY_MAX_CELLS, or as zd_index_search; ZD_NOMEM. */
enum zd_status zd_index_tally(const struct zd_index *index, const struct zd_index_tally *asked,
                              struct zd_error *err) ZD_MUST_USE;

/* What is known of one document (a group of passages). */
struct zd_index_group_facts {
    uint32_t n_passages;               /* that are in this snapshot; 0: no such document */
    uint64_t n_tokens[ZD_FIELD_COUNT]; /* of all of them together */
};

struct zd_index_group_tally {
    const uint64_t *terms; /* [n_terms] */
    size_t n_terms;
    const struct zd_index_lists *lists; /* as above */
    const uint32_t *groups;             /* [n] */
    size_t n;
    /* written: */
    struct zd_index_group_facts *facts; /* [n] */
    uint32_t *tf;       /* [n][n_terms]: how often the term stands in the bodies of the document */
    uint32_t *passages; /* [n][n_terms]: in how many of its passages, in any field; NULL where
                           nobody asks */
};

/* Errors: as zd_index_tally. Cost: the blocks of the documents' own passages are decoded, so it
 * grows with their number. */
enum zd_status zd_index_tally_groups(const struct zd_index *index,
                                     const struct zd_index_group_tally *asked,
                                     struct zd_error *err) ZD_MUST_USE;

#endif
