/* rank_private: what the files of the ranking share: candidates, their documents and families. */
#ifndef ZD_RETRIEVE_RANK_PRIVATE_H
#define ZD_RETRIEVE_RANK_PRIVATE_H

#include "index/tally.h"
#include "retrieve/catalogue.h"
#include "retrieve/rank_feature_table.h"
#include "retrieve/retrieve_private.h"

#define ZD_RANK_FEATURE_ENUM(name, words) ZD_RANK__##name,
enum zd_rank__feature { ZD_RANK_FEATURE_TABLE(ZD_RANK_FEATURE_ENUM) ZD_RANK__FEATURES };
#undef ZD_RANK_FEATURE_ENUM

#define ZD_RANK__CODES_MAX 8
#define ZD_RANK__FAMILY_BEST 5
#define ZD_RANK__DOCUMENT_BEST 3

/* A passage that may answer. */
struct zd_rank__candidate {
    int64_t id;
    uint32_t document, family; /* places in the ranking's lists */
    uint32_t told;             /* its row in what the index tells */
    float lexical, cosine;
    uint32_t words_place, cosine_place; /* 0 is the best */
};

/* The version of a document that candidates are of. */
struct zd_rank__document {
    struct zd_catalogue_entry *entry;
    float best_cosine[ZD_RANK__DOCUMENT_BEST]; /* best first, 0 where there are fewer */
    float evidence;                            /* BM25 of the whole text */
    struct zd_memory_match answered;           /* questions that it has answered */
    uint32_t family;
    bool elsewhere; /* it applies in another region than the question names */
};

/* Candidates of one title. */
struct zd_rank__family {
    zd_term title;
    float best_cosine[ZD_RANK__FAMILY_BEST], best_lexical[ZD_RANK__FAMILY_BEST];
    uint32_t n;
    uint32_t shared; /* characters of the longest string that question and title share */
    bool named;      /* the question holds the whole title */
};

struct zd_rank__state {
    const struct zd_question *question;
    const struct zd_reader *reader;
    struct zd_arena *arena;
    struct zd_index_lists *lists; /* of the question's terms; zd_rank frees them */
    float *weights, *factors;     /* [n_terms] weights.c */
    float unknown_idf;
    float all; /* the question's whole weight: Σ weights of the words that were said */
    struct zd_str question_key;
    struct zd_rank__candidate *candidates; /* [n] */
    size_t n;
    struct zd_index_facts *facts;   /* of the candidates that were found: one has place `told` */
    uint16_t (*tf)[ZD_FIELD_COUNT]; /* … and of the question's term t told × n_terms + t */
    struct zd_rank__document *documents; /* [n_documents] */
    size_t n_documents;
    struct zd_rank__family *families; /* [n_families] */
    size_t n_families;
    uint32_t codes[ZD_RANK__CODES_MAX]; /* [n_codes] its terms that are codes (is_code in rank.c) */
    size_t n_codes;
    uint32_t *named; /* [n_named] versions that the question names by number, sorted */
    size_t n_named;
};

/* Finds candidates by words, by vectors and by number, `depth` of each, and what index and
 * catalogue know of them and of their documents (candidates.c). */
enum zd_status zd_rank__candidates(struct zd_rank__state *state, size_t depth,
                                   struct zd_error *err) ZD_MUST_USE;

/* Features of every candidate: ret_features [n][ZD_RANK__FEATURES] (rank_features.c). */
enum zd_status zd_rank__features(struct zd_rank__state *state, float **ret_features,
                                 struct zd_error *err) ZD_MUST_USE;

/* Puts p [n] in order, the highest odds with rules first. */
void zd_rank__sort(struct zd_ranked *p, size_t n);

/* Looks at the texts of the head of p [n], which is in its order, and orders it anew; in training only
 * looks (rank_look.c). Scores become stale. */
enum zd_status zd_rank__look_again(const struct zd_rank__state *state, struct zd_ranked *p,
                                   size_t n, struct zd_error *err) ZD_MUST_USE;

/* True where a group is among those that the question names by number. */
bool zd_rank__is_named(const struct zd_rank__state *state, uint32_t group);

#endif
