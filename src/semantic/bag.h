/* bag: texts as distinct rows with the square roots of their counts, which is all the model sees
 * of them. */
#ifndef ZD_SEMANTIC_BAG_H
#define ZD_SEMANTIC_BAG_H

#include "semantic/corpus.h"

/* One text: [n] from rows[from] of its list. */
struct zd_bag {
    uint32_t from, n;
};

/* A growing list of bags; zero is an empty one. */
struct zd_bag_list {
    struct zd_bag *p; /* [n] */
    size_t n, cap;
    uint32_t *rows; /* [n_rows] of all bags, in a row */
    float *weights; /* [n_rows] √count */
    size_t n_rows, rows_cap, weights_cap;
};

void zd_bag_list_clear(struct zd_bag_list *list); /* empty, memory kept */
void zd_bag_list_done(struct zd_bag_list *list);

/* Counts rows for the next bag. */
struct zd_bagger {
    const struct zd_corpus_view *corpus;
    uint32_t *counts;  /* [corpus->n_rows] */
    uint32_t *touched; /* [n_touched] rows with a count, in the order in which they came */
    size_t n_touched;
};

/* Errors: ZD_NOMEM. */
enum zd_status zd_bagger_init(struct zd_bagger *bagger, const struct zd_corpus_view *corpus,
                              struct zd_error *err) ZD_MUST_USE;
void zd_bagger_done(struct zd_bagger *bagger);

/* Counts the tokens of a text, or of a passage but for its sentence number `but` (UINT32_MAX: of
 * all of it). */
void zd_bagger_text(struct zd_bagger *bagger, uint32_t text);
void zd_bagger_passage(struct zd_bagger *bagger, uint32_t passage, uint32_t but);
/* … its title and headings, and its body. */
void zd_bagger_headings(struct zd_bagger *bagger, uint32_t passage);
void zd_bagger_body(struct zd_bagger *bagger, uint32_t passage);

/* Appends what was counted as one bag, each row kept with a chance of 1 − drop (at least one
 * stays), and counts anew. `random` is advanced. Errors: ZD_NOMEM. */
enum zd_status zd_bagger_put(struct zd_bagger *bagger, float drop, uint64_t *random,
                             struct zd_bag_list *list, struct zd_error *err) ZD_MUST_USE;

/* The next number of a sequence (splitmix64: Steele, Lea & Flood 2014). */
uint64_t zd_semantic__random(uint64_t *state);

#endif
