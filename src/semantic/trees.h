/* trees: gradient-boosted regression trees over a row of floats.
 *
 * The one learner of the program: what ranks passages, judges clauses or says how sure an answer
 * is starts from a few dozen quantities that a person can read, and a few hundred small trees over
 * them. Training follows Friedman 2001 with the second-order gains of Chen and Guestrin 2016 (XGBoost)
 * and the histograms and best-leaf-first growth of Ke et al. 2017 (LightGBM); ranking is LambdaMART
 * (Burges 2010). A model is a sum:
 *
 *     score(x) = base + Σ over trees of the value of the leaf that x falls into
 *
 * where a node sends x[feature] > threshold to the right and everything else, NaN too, to the left.
 * Every node has a value, so that the way through a tree splits its part among the features it
 * asked (Saabas 2014): base and parts add up to the score.
 *
 * Written form, little-endian:
 *
 *     u32 magic "ZDTR", u32 version, u32 n_features, u32 n_trees, u32 n_nodes, f32 base
 *     f32 gains[n_features]          the share of all gains, for reading
 *     u16 n_nodes of each tree
 *     n_nodes × { u16 feature, 0xFFFF for a leaf; u16 left; f32 threshold; f32 value }
 *     u32 CRC-32C of every byte before it
 *
 * `left` counts within the tree and is larger than the node's own place; right is left + 1.
 *
 * The same rows, options and seed give the same bytes on one build: one thread, sums in a fixed
 * order. Threads: a model is immutable; any number of threads may read it.
 * Rejected: linking LightGBM or XGBoost (25 MB and 3 MB of C++ for these few hundred lines, and no
 * promise of the same bytes).
 */
#ifndef ZD_TREES_H
#define ZD_TREES_H

#include "base/base.h"
#include "base/buf.h"

#define ZD_TREES_MAX_FEATURES 1024
#define ZD_TREES_MAX_TREES 4096
#define ZD_TREES_MAX_LEAVES 256
#define ZD_TREES_MAX_ROWS (1u << 26)

struct zd_trees;

enum zd_trees_objective {
    ZD_TREES_LOGISTIC, /* y in 0 … 1: scores are log-odds */
    ZD_TREES_RANK,     /* y is a grade 0 … 16, gain 2^y - 1: scores order the rows of a group */
    ZD_TREES_SQUARED,  /* y is any number: scores are its mean */
};

/* Rows to learn from or to be measured on; all borrowed. */
struct zd_trees_rows {
    const float *x;       /* [n][n_features], finite */
    const float *y;       /* [n] */
    const float *weights; /* [n], ≥ 0, or NULL for ones; in ranking a group's is its first row's */
    size_t n;
    const uint32_t *groups; /* [n_groups + 1] first rows of the groups, then n; only for ranking */
    size_t n_groups;
};

/* After each tree. Anything but ZD_OK ends the training and is what the training returns. */
struct zd_trees_progress {
    size_t n_trees, of; /* grown, and the most that will be */
    double loss;        /* on the held-out rows (for ranking 1 - NDCG@k); 0 without them */
    size_t best;        /* trees at which it was smallest */
};
typedef enum zd_status (*zd_trees_progress_fn)(void *context, const struct zd_trees_progress *now,
                                               struct zd_error *err);

/* Zero means the default that stands behind. */
struct zd_trees_options {
    enum zd_trees_objective objective;
    size_t n_features;
    size_t max_trees;     /* 200 */
    size_t max_leaves;    /* 16 a tree */
    size_t min_rows;      /* 20 a leaf */
    double learning_rate; /* 0.1 */
    double l2;            /* 1: added to the curvature of a leaf */
    double min_weight;    /* 1e-3: curvature a leaf must have */
    double min_gain;      /* 1e-9: a split must bring more */
    double row_share;     /* 1: of the rows, drawn anew for each tree */
    double feature_share; /* 1: of the features, drawn anew for each tree */
    size_t ndcg_at;       /* 10: ranks that count */
    size_t stop_after;    /* 30: trees without gain on the held-out rows */
    uint64_t seed;        /* of the draws */
    zd_trees_progress_fn progress;
    void *context; /* of progress */
};

/* Learns a model. held_out may be NULL: then all max_trees are grown; otherwise as many are kept as
 * were best on it. The caller ends *ret_trees with zd_trees_free.
 * Errors: ZD_INVALID rows or options that make no sense; ZD_LIMIT more than the caps; ZD_NOMEM; what
 * progress says. Cost: about n × n_features × log₂(max_leaves) ÷ 2 additions a tree. */
enum zd_status zd_trees_train(const struct zd_trees_rows *rows,
                              const struct zd_trees_rows *held_out,
                              const struct zd_trees_options *options, struct zd_trees **ret_trees,
                              struct zd_error *err) ZD_MUST_USE;
void zd_trees_free(struct zd_trees *trees); /* NULL is fine */

/* Stretches and shifts every score so that it is the log-odds of y (0 … 1, parts of it too) on these
 * rows (Platt 1999): what a ranking learnt as an order becomes a chance, the order stays. Scores
 * that say nothing are left as they are. */
void zd_trees_to_odds(struct zd_trees *trees, const struct zd_trees_rows *rows);

size_t zd_trees_n_features(const struct zd_trees *trees);
size_t zd_trees_n_trees(const struct zd_trees *trees);

/* The score of x[n_features]: 1.5 µs for 200 trees of 8 leaves, 2.5 for 16 (EPYC, both cores busy). */
double zd_trees_score(const struct zd_trees *trees, const float *x);

/* Of many rows, and by a part of the trees: adds trees [from, to) to scores[i] of the row x + rows[i] ×
 * n_features (rows NULL: the i-th), i below n. With `from` 0 scores begin anew; `from` and `to` are
 * multiples of four, or `to` is the number of trees: then the score is that of zd_trees_score to the
 * bit. A fifth of its cost a row from sixteen rows on. */
void zd_trees_add_scores(const struct zd_trees *trees, size_t from, size_t to, const float *x,
                         const uint32_t *rows, size_t n, double *scores);

/* One part in `of` of the trees, as a multiple of four. Of a boosted ranker the first part says most
 * (Cambazoglu et al., "Early exit optimizations", 2010). */
size_t zd_trees_first_part(const struct zd_trees *trees, size_t of);

/* What each feature adds to the score: parts[n_features]; returns the rest, which is the same for
 * every x. Rest and parts add up to the score but for rounding. */
double zd_trees_explain(const struct zd_trees *trees, const float *x, double *parts);

/* Appends the written form. Errors show in the buffer. */
void zd_trees_write(const struct zd_trees *trees, struct zd_buf *out);
/* Reads one whole written form; everything is checked. Errors: ZD_CORRUPT with the place; ZD_NOMEM. */
enum zd_status zd_trees_read(struct zd_bytes bytes, struct zd_trees **ret_trees,
                             struct zd_error *err) ZD_MUST_USE;

/* Appends, as lines of text, the features by their share of all gains and every tree; names
 * [n_features] may be NULL. Errors show in the buffer. */
void zd_trees_dump(const struct zd_trees *trees, const char *const *names, struct zd_buf *out);

#endif
