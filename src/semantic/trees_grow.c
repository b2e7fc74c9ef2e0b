/* trees_grow.c: one tree, grown leaf by leaf where a split gains most (see trees.h).
 *
 *  1. The slopes of the rows are summed up by feature and bin: a histogram of the root.
 *  2. Each leaf knows its best split: the cut with the largest
 *         GL² ÷ (HL + λ) + GR² ÷ (HR + λ) - G² ÷ (H + λ)
 *  3. The leaf whose split gains most is split; the histogram of its smaller side is summed anew, that
 *     of the larger one is its parent's less the smaller's.
 *  4. Until there are max_leaves, or no split gains.
 *
 * A node's value is -G ÷ (H + λ) × learning rate. Rows keep their order within a leaf. */
#include <math.h>
#include <string.h>

#include "semantic/trees_private.h"

struct bin {
    double g, h;
    uint32_t n;
};

/* A leaf that may still be split. */
struct leaf {
    size_t from, to; /* its rows */
    struct bin *histogram;
    struct zd_trees__slope sum;
    double gain; /* of its best split, ≤ min_gain for none */
    size_t feature;
    uint8_t cut; /* bins ≤ cut go left */
    uint16_t node;
};

struct zd_trees__grower {
    const struct zd_trees__bins *bins;
    const struct zd_trees_options *options;
    size_t n_features;
    struct bin *histograms; /* [max_leaves][n_features][ZD_TREES__BINS] */
    struct leaf *leaves;    /* [max_leaves] */
    size_t n_leaves;
    struct zd_trees__node *nodes; /* [2 × max_leaves - 1] */
    size_t n_nodes;
    uint32_t *right; /* [n_rows] rows set aside while a leaf is split */
    const struct zd_trees__slope *slopes;
    const bool *used;
};

struct zd_trees__grower *zd_trees__grower_new(const struct zd_trees__bins *bins,
                                              const struct zd_trees_options *options, size_t n_rows,
                                              struct zd_arena *arena)
{
    struct zd_trees__grower *g = zd_arena_alloc(arena, sizeof *g);
    const size_t bins_a_leaf = options->n_features * ZD_TREES__BINS;

    if (!g)
        return NULL;
    *g = (struct zd_trees__grower){
        .bins = bins,
        .options = options,
        .n_features = options->n_features,
        .histograms = zd_arena_array(arena, options->max_leaves * bins_a_leaf, sizeof(struct bin)),
        .leaves = zd_arena_array(arena, options->max_leaves, sizeof(struct leaf)),
        .nodes = zd_arena_array(arena, 2 * options->max_leaves, sizeof(struct zd_trees__node)),
        .right = zd_arena_array(arena, n_rows, sizeof(uint32_t))};
    return g->histograms && g->leaves && g->nodes && g->right ? g : NULL;
}

static void sum_histogram(const struct zd_trees__grower *g, const uint32_t *rows, size_t n,
                          struct bin *histogram)
{
    for (size_t f = 0; f < g->n_features; f++)
        memset(histogram + f * ZD_TREES__BINS, 0, g->bins->n_bins[f] * sizeof *histogram);
    for (size_t i = 0; i < n; i++) {
        const uint8_t *bins = g->bins->p + rows[i] * g->n_features;
        const struct zd_trees__slope s = g->slopes[rows[i]];

        for (size_t f = 0; f < g->n_features; f++) {
            struct bin *b = &histogram[f * ZD_TREES__BINS + bins[f]];

            b->g += s.g;
            b->h += s.h;
            b->n++;
        }
    }
}

static void subtract(const struct zd_trees__grower *g, struct bin *from, const struct bin *part)
{
    for (size_t f = 0; f < g->n_features; f++)
        for (size_t i = f * ZD_TREES__BINS; i < f * ZD_TREES__BINS + g->bins->n_bins[f]; i++) {
            from[i].g -= part[i].g;
            from[i].h -= part[i].h;
            from[i].n -= part[i].n;
        }
}

static double worth(double g, double h, double l2)
{
    return g * g / (h + l2);
}

/* The best cut of one feature, where it beats what the leaf has. */
static void try_feature(const struct zd_trees__grower *g, struct leaf *leaf, size_t feature)
{
    const struct zd_trees_options *o = g->options;
    const struct bin *bins = leaf->histogram + feature * ZD_TREES__BINS;
    const size_t n = leaf->to - leaf->from, n_bins = g->bins->n_bins[feature];
    const double before = worth(leaf->sum.g, leaf->sum.h, o->l2);
    double gl = 0.0, hl = 0.0;
    size_t nl = 0;

    for (size_t b = 0; b + 1 < n_bins; b++) {
        const double gr = leaf->sum.g - (gl += bins[b].g);
        const double hr = leaf->sum.h - (hl += bins[b].h);
        double gain;

        nl += bins[b].n;
        if (nl < o->min_rows || hl < o->min_weight)
            continue;
        if (n - nl < o->min_rows || hr < o->min_weight)
            break;
        gain = worth(gl, hl, o->l2) + worth(gr, hr, o->l2) - before;
        if (gain > leaf->gain) {
            leaf->gain = gain;
            leaf->feature = feature;
            leaf->cut = (uint8_t)b;
        }
    }
}

static void find_split(const struct zd_trees__grower *g, struct leaf *leaf)
{
    leaf->gain = g->options->min_gain;
    for (size_t f = 0; f < g->n_features; f++)
        if (g->used[f])
            try_feature(g, leaf, f);
    if (leaf->gain <= g->options->min_gain)
        leaf->gain = 0.0;
}

static struct zd_trees__slope sum_slopes(const struct zd_trees__grower *g, const uint32_t *rows,
                                         size_t n)
{
    struct zd_trees__slope sum = {0.0, 0.0};

    for (size_t i = 0; i < n; i++) {
        sum.g += g->slopes[rows[i]].g;
        sum.h += g->slopes[rows[i]].h;
    }
    return sum;
}

static void node_make(struct zd_trees__grower *g, struct leaf *leaf)
{
    const double value = -leaf->sum.g / (leaf->sum.h + g->options->l2) * g->options->learning_rate;

    leaf->node = (uint16_t)g->n_nodes;
    g->nodes[g->n_nodes++] = (struct zd_trees__node){INFINITY, (float)value, 0, leaf->node};
}

/* Rows of the left side first, both sides in their order; returns where the right side begins. */
static size_t part_rows(struct zd_trees__grower *g, const struct leaf *leaf, uint32_t *rows)
{
    size_t left = leaf->from, n_right = 0;

    for (size_t i = leaf->from; i < leaf->to; i++) {
        if (g->bins->p[rows[i] * g->n_features + leaf->feature] <= leaf->cut)
            rows[left++] = rows[i];
        else
            g->right[n_right++] = rows[i];
    }
    memcpy(rows + left, g->right, n_right * sizeof *rows);
    return left;
}

static void split(struct zd_trees__grower *g, struct leaf *leaf, uint32_t *rows, double *gains)
{
    struct leaf *other = &g->leaves[g->n_leaves];
    struct zd_trees__node *node = &g->nodes[leaf->node];
    const size_t n_bins = g->n_features * ZD_TREES__BINS;
    const size_t middle = part_rows(g, leaf, rows);
    struct bin *spare = g->histograms + g->n_leaves * n_bins, *whole = leaf->histogram;
    const bool left_is_small = middle - leaf->from <= leaf->to - middle;

    node->feature = (uint16_t)leaf->feature;
    node->threshold = g->bins->cuts[leaf->feature * ZD_TREES__BINS + leaf->cut];
    node->left = (uint16_t)g->n_nodes;
    gains[leaf->feature] += leaf->gain;
    *other = (struct leaf){.from = middle, .to = leaf->to};
    *leaf = (struct leaf){.from = leaf->from, .to = middle};
    leaf->sum = sum_slopes(g, rows + leaf->from, leaf->to - leaf->from);
    other->sum = sum_slopes(g, rows + other->from, other->to - other->from);
    node_make(g, leaf);
    node_make(g, other);
    if (left_is_small)
        sum_histogram(g, rows + leaf->from, leaf->to - leaf->from, spare);
    else
        sum_histogram(g, rows + other->from, other->to - other->from, spare);
    subtract(g, whole, spare);
    leaf->histogram = left_is_small ? spare : whole;
    other->histogram = left_is_small ? whole : spare;
    g->n_leaves++;
    find_split(g, leaf);
    find_split(g, other);
}

const struct zd_trees__node *zd_trees__grow(struct zd_trees__grower *g,
                                            const struct zd_trees__slope *slopes, uint32_t *rows,
                                            size_t n_rows, const bool *used, double *gains,
                                            size_t *ret_n_nodes)
{
    struct leaf *root = &g->leaves[0];

    g->slopes = slopes;
    g->used = used;
    g->n_nodes = 0;
    g->n_leaves = 1;
    *root = (struct leaf){.to = n_rows, .histogram = g->histograms};
    root->sum = sum_slopes(g, rows, n_rows);
    node_make(g, root);
    sum_histogram(g, rows, n_rows, root->histogram);
    find_split(g, root);
    while (g->n_leaves < g->options->max_leaves) {
        struct leaf *best = root;

        for (size_t i = 1; i < g->n_leaves; i++)
            if (g->leaves[i].gain > best->gain)
                best = &g->leaves[i];
        if (best->gain <= 0.0)
            break;
        split(g, best, rows, gains);
    }
    *ret_n_nodes = g->n_nodes;
    return g->nodes;
}
