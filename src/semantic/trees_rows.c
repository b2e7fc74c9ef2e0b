/* trees_rows.c: the scores of many rows at once (see trees.h).
 *
 * A walk through a tree waits at every step for the one before it. Here no row walks: every question
 * of a tree is put to sixteen rows at a time, and one that a row answers with "right" strikes out
 * the leaves to the left of it; of the leaves that are left, which are numbered from left to right,
 * the first is the one that the walk would have reached (Lucchese et al., "QuickScorer", SIGIR 2015;
 * rows side by side: Ye et al., "RapidScorer", KDD 2018). A set of leaves is a word of 32 bits; trees of
 * more leaves are walked. Sums are made in the order of zd_trees_score, so they are the same to the
 * bit. */
#include <string.h>

#include "semantic/trees_private.h"

#define LANES 16
#define GROUP 4 /* trees whose values are added up before the score */
#define LEAVES_MAX 32

typedef float four_floats __attribute__((vector_size(16)));
typedef uint32_t four_words __attribute__((vector_size(16)));

#define QUARTERS (LANES / 4)

/* ---- the form of a tree that rows are put to ---- */

/* How many leaves are below each node, and the first of them: children stand behind parents. */
static void number_leaves(const struct zd_trees__node *nodes, size_t n, uint8_t *count,
                          uint8_t *first)
{
    for (size_t i = n; i-- > 0;)
        count[i] = zd_trees__is_leaf(nodes, i)
                       ? 1
                       : (uint8_t)(count[nodes[i].left] + count[nodes[i].left + 1]);
    first[0] = 0;
    for (size_t i = 0; i < n; i++) {
        if (zd_trees__is_leaf(nodes, i))
            continue;
        first[nodes[i].left] = first[i];
        first[nodes[i].left + 1] = (uint8_t)(first[i] + count[nodes[i].left]);
    }
}

bool zd_trees__add_asks(struct zd_trees *trees, const struct zd_trees__node *nodes, size_t n,
                        struct zd_trees__tree *tree)
{
    uint8_t count[2 * LEAVES_MAX - 1] = {0}, first[2 * LEAVES_MAX - 1] = {0};
    const size_t n_leaves = (n + 1) / 2;

    tree->first_ask = (uint32_t)trees->n_asks;
    tree->first_leaf = (uint32_t)trees->n_leaves;
    tree->is_wide = n_leaves <= LEAVES_MAX;
    if (!tree->is_wide)
        return true;
    if (!zd_grow(&trees->asks, &trees->asks_cap, trees->n_asks + n_leaves, sizeof *trees->asks,
                 (size_t)LEAVES_MAX * ZD_TREES_MAX_TREES) ||
        !zd_grow(&trees->leaves, &trees->leaves_cap, trees->n_leaves + n_leaves,
                 sizeof *trees->leaves, (size_t)LEAVES_MAX * ZD_TREES_MAX_TREES))
        return false;
    number_leaves(nodes, n, count, first);
    for (size_t i = 0; i < n; i++) {
        if (zd_trees__is_leaf(nodes, i)) {
            trees->leaves[tree->first_leaf + first[i]] = nodes[i].value;
            continue;
        }
        trees->asks[trees->n_asks++] = (struct zd_trees__ask){
            .threshold = nodes[i].threshold,
            .left_leaves = (uint32_t)(((UINT64_C(1) << count[nodes[i].left]) - 1) << first[i]),
            .feature = nodes[i].feature};
    }
    trees->n_leaves += n_leaves;
    return true;
}

/* ---- sixteen rows ---- */

/* The rows of a block, feature by feature. */
struct block {
    four_floats x[ZD_TREES_MAX_FEATURES][QUARTERS];
};

static void ask_block(const struct zd_trees *trees, const struct zd_trees__tree *tree,
                      const struct block *block, float *values)
{
    const struct zd_trees__ask *asks = trees->asks + tree->first_ask;
    const float *leaves = trees->leaves + tree->first_leaf;
    const size_t n_asks = (size_t)tree->n_nodes / 2;
    four_words left[QUARTERS];

    memset(left, 0xff, sizeof left);
    for (size_t i = 0; i < n_asks; i++) {
        const float t = asks[i].threshold;
        const uint32_t w = asks[i].left_leaves;
        const four_floats threshold = {t, t, t, t};
        const four_words struck = {w, w, w, w};
        const four_floats *x = block->x[asks[i].feature];

        for (int k = 0; k < QUARTERS; k++)
            left[k] &= ~((four_words)(x[k] > threshold) & struck);
    }
    for (int k = 0; k < LANES; k++)
        values[k] = leaves[__builtin_ctz(left[k / 4][k % 4])];
}

static void walk_block(const struct zd_trees *trees, size_t tree, const float *const rows[LANES],
                       size_t n, float *values)
{
    for (size_t k = 0; k < n; k++)
        values[k] = zd_trees__leaf(trees, tree, rows[k]);
}

/* Adds trees [from, to) to the scores of the first n rows of a block. */
static void add_to_block(const struct zd_trees *trees, size_t from, size_t to,
                         const float *const rows[LANES], size_t n, const struct block *block,
                         double scores[LANES])
{
    float values[GROUP][LANES];

    while (from < to) {
        const size_t group = to - from < GROUP ? 1 : GROUP;

        for (size_t i = 0; i < group; i++) {
            if (trees->trees[from + i].is_wide)
                ask_block(trees, &trees->trees[from + i], block, values[i]);
            else
                walk_block(trees, from + i, rows, n, values[i]);
        }
        for (size_t k = 0; k < n; k++) {
            double sum = (double)values[0][k];

            for (size_t i = 1; i < group; i++)
                sum += (double)values[i][k];
            scores[k] += sum;
        }
        from += group;
    }
}

static void fill_block(const float *const rows[LANES], size_t n, size_t n_features,
                       struct block *block)
{
    for (size_t f = 0; f < n_features; f++) {
        float x[LANES] = {0};

        for (size_t k = 0; k < n; k++)
            x[k] = rows[k][f];
        memcpy(block->x[f], x, sizeof x);
    }
}

void zd_trees_add_scores(const struct zd_trees *trees, size_t from, size_t to, const float *x,
                         const uint32_t *rows, size_t n, double *scores)
{
    struct block block;

    for (size_t i = 0; i < n; i += LANES) {
        const size_t n_here = n - i < LANES ? n - i : LANES;
        const float *here[LANES] = {NULL};

        for (size_t k = 0; k < n_here; k++)
            here[k] = x + (rows ? rows[i + k] : i + k) * trees->n_features;
        fill_block(here, n_here, trees->n_features, &block);
        for (size_t k = 0; from == 0 && k < n_here; k++)
            scores[i + k] = (double)trees->base;
        add_to_block(trees, from, to, here, n_here, &block, scores + i);
    }
}

size_t zd_trees_first_part(const struct zd_trees *trees, size_t of)
{
    return trees->n_trees / of / GROUP * GROUP;
}
