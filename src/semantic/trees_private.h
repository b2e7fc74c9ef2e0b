/* What the files of the trees share. */
#ifndef ZD_TREES_PRIVATE_H
#define ZD_TREES_PRIVATE_H

#include "base/arena.h"
#include "semantic/trees.h"

#define ZD_TREES__BINS 255 /* values a feature is told apart by; one byte a row */

/* In memory a leaf asks feature 0 for more than infinity and leads to itself, so that every walk
 * through a tree takes the same steps: no branch to guess wrong. */
struct zd_trees__node {
    float threshold, value;
    uint16_t feature;
    uint16_t left; /* within the tree; right is left + 1; itself for a leaf */
};
struct zd_trees__tree {
    uint32_t first;                 /* its root in nodes */
    uint16_t n_nodes;               /* at most 2 × ZD_TREES_MAX_LEAVES - 1 */
    uint16_t depth;                 /* steps from the root to its deepest leaf */
    uint32_t first_ask, first_leaf; /* its inner nodes in asks, its leaves in leaves … */
    bool is_wide;                   /* … where it stands there: few enough leaves */
};
/* An inner node as trees_rows.c puts it to many rows: who is above the threshold loses the leaves to
 * the left, numbered within the tree from left to right, a bit each. */
struct zd_trees__ask {
    float threshold;
    uint32_t left_leaves;
    uint32_t feature;
};
struct zd_trees {
    float base;
    size_t n_features, n_trees, n_nodes;
    size_t trees_cap, nodes_cap;
    struct zd_trees__tree *trees;
    struct zd_trees__node *nodes;
    float *gains; /* [n_features] */
    size_t n_asks, n_leaves, asks_cap, leaves_cap;
    struct zd_trees__ask *asks; /* [n_asks] of the wide trees, one after the other */
    float *leaves;              /* [n_leaves] their values, from left to right */
};

/* An empty model, without trees. NULL when memory ends. */
struct zd_trees *zd_trees__new(size_t n_features) ZD_MUST_USE;
/* Copies a tree behind the others. Errors: ZD_NOMEM, ZD_LIMIT. */
enum zd_status zd_trees__add(struct zd_trees *trees, const struct zd_trees__node *nodes,
                             size_t n_nodes, struct zd_error *err) ZD_MUST_USE;
/* Writes a tree's asks and leaves behind the others' and says so in *tree. False when memory ends
 * (trees_rows.c). */
bool zd_trees__add_asks(struct zd_trees *trees, const struct zd_trees__node *nodes, size_t n_nodes,
                        struct zd_trees__tree *tree) ZD_MUST_USE;
bool zd_trees__is_leaf(const struct zd_trees__node *tree, size_t at);
/* The value of the leaf of one tree that x falls into. */
float zd_trees__leaf(const struct zd_trees *trees, size_t tree, const float *x);

/* First and second derivative of the loss at the scores, summed for each row. */
struct zd_trees__slope {
    double g, h;
};
/* Scratch for a ranking's groups: rows in order of score. */
struct zd_trees__order {
    uint32_t *rows; /* [largest group] */
    double *ideal;  /* [n_groups] best possible DCG@k */
};
/* The start of every score: the best constant. */
double zd_trees__base(const struct zd_trees_rows *rows, const struct zd_trees_options *options);
/* Errors: ZD_NOMEM. */
enum zd_status zd_trees__order_make(const struct zd_trees_rows *rows,
                                    const struct zd_trees_options *options, struct zd_arena *arena,
                                    struct zd_trees__order *ret_order,
                                    struct zd_error *err) ZD_MUST_USE;
void zd_trees__slopes(const struct zd_trees_rows *rows, const struct zd_trees_options *options,
                      const double *scores, const struct zd_trees__order *order,
                      struct zd_trees__slope *slopes);
double zd_trees__loss(const struct zd_trees_rows *rows, const struct zd_trees_options *options,
                      const double *scores, const struct zd_trees__order *order);

/* Rows as bins: a value is in the first bin whose cut is not below it. */
struct zd_trees__bins {
    uint8_t *p;       /* [n][n_features] */
    float *cuts;      /* [n_features][ZD_TREES__BINS], the last one +infinity */
    uint16_t *n_bins; /* [n_features] */
};
/* Errors: ZD_NOMEM. */
enum zd_status zd_trees__bin(const struct zd_trees_rows *rows, size_t n_features,
                             struct zd_arena *arena, struct zd_trees__bins *ret_bins,
                             struct zd_error *err) ZD_MUST_USE;

/* What growing one tree after the other needs; made once. */
struct zd_trees__grower;
struct zd_trees__grower *zd_trees__grower_new(const struct zd_trees__bins *bins,
                                              const struct zd_trees_options *options, size_t n_rows,
                                              struct zd_arena *arena) ZD_MUST_USE;
/* Grows a tree on rows[n_rows], which it reorders, over the features that are `used`. Gains are added
 * to gains[n_features]. Returns the nodes and how many; they live until the next call. */
const struct zd_trees__node *zd_trees__grow(struct zd_trees__grower *grower,
                                            const struct zd_trees__slope *slopes, uint32_t *rows,
                                            size_t n_rows, const bool *used, double *gains,
                                            size_t *ret_n_nodes);

#endif
