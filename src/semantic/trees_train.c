/* trees_train.c: tree after tree, each on the slopes that the ones before it left (see trees.h).
 *
 * Features are cut into at most 255 bins first: at the middle between values where there are few,
 * else at quantiles of up to 100,000 rows taken at even distances. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "semantic/trees_private.h"

#define SAMPLE_MAX 100000
#define ARENA_MAX_BYTES ((size_t)8 << 30)
#define GRADE_MAX 16.0F

static int compare_floats(const void *a, const void *b)
{
    float x, y;

    memcpy(&x, a, sizeof x);
    memcpy(&y, b, sizeof y);
    return (x > y) - (x < y);
}

/* A number with a ≤ it < b. */
static float between(float a, float b)
{
    const float middle = a / 2.0F + b / 2.0F;

    return middle >= a && middle < b ? middle : a;
}

/* Cuts sorted values; returns the number of bins. */
static uint16_t cut_values(const float *sorted, size_t n, float *cuts)
{
    size_t n_distinct = n > 0, n_cuts = 0, last = 0;

    for (size_t i = 1; i < n; i++)
        n_distinct += sorted[i] > sorted[i - 1];
    for (size_t i = 1; i < n && n_cuts + 1 < ZD_TREES__BINS; i++) {
        if (!(sorted[i] > sorted[i - 1]))
            continue;
        if (n_distinct > ZD_TREES__BINS && (i - last) * ZD_TREES__BINS < n)
            continue;
        cuts[n_cuts++] = between(sorted[i - 1], sorted[i]);
        last = i;
    }
    cuts[n_cuts] = INFINITY;
    return (uint16_t)(n_cuts + 1);
}

static uint8_t bin_of(float x, const float *cuts, size_t n_bins)
{
    size_t low = 0, high = n_bins - 1;

    while (low < high) {
        const size_t middle = (low + high) / 2;

        if (x > cuts[middle])
            low = middle + 1;
        else
            high = middle;
    }
    return (uint8_t)low;
}

enum zd_status zd_trees__bin(const struct zd_trees_rows *rows, size_t n_features,
                             struct zd_arena *arena, struct zd_trees__bins *ret_bins,
                             struct zd_error *err)
{
    const size_t step = (rows->n + SAMPLE_MAX - 1) / SAMPLE_MAX, n = rows->n / step;
    float *values = zd_arena_array(arena, n, sizeof *values);
    struct zd_trees__bins bins = {
        .p = zd_arena_array(arena, rows->n, n_features),
        .cuts = zd_arena_array(arena, n_features * ZD_TREES__BINS, sizeof(float)),
        .n_bins = zd_arena_array(arena, n_features, sizeof(uint16_t))};

    if (!values || !bins.p || !bins.cuts || !bins.n_bins)
        return ZD_FAIL(err, ZD_NOMEM, 0, "no memory left for training");
    for (size_t f = 0; f < n_features; f++) {
        float *cuts = bins.cuts + f * ZD_TREES__BINS;

        for (size_t i = 0; i < n; i++)
            values[i] = rows->x[i * step * n_features + f];
        qsort(values, n, sizeof *values, compare_floats);
        bins.n_bins[f] = cut_values(values, n, cuts);
        for (size_t i = 0; i < rows->n; i++)
            bins.p[i * n_features + f] = bin_of(rows->x[i * n_features + f], cuts, bins.n_bins[f]);
    }
    *ret_bins = bins;
    return ZD_OK;
}

/* Rows and what is known of them while trees are added. */
struct side {
    const struct zd_trees_rows *rows;
    double *scores; /* [n] */
    struct zd_trees__order order;
};

struct trainer {
    struct zd_trees_options options; /* with the defaults filled in */
    struct zd_arena *arena;
    struct side train, held_out; /* held_out.rows NULL: none */
    struct zd_trees__bins bins;
    struct zd_trees__slope *slopes; /* [n] */
    uint32_t *drawn;                /* [n] */
    bool *used;                     /* [n_features] */
    double *gains;                  /* [n_features] */
    uint64_t random;
    double best_loss;
    size_t best; /* trees */
};

/* splitmix64 (Steele et al. 2014): 0 ≤ it < 1. */
static double draw(uint64_t *state)
{
    uint64_t z = (*state += UINT64_C(0x9E3779B97F4A7C15));

    z = (z ^ (z >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94D049BB133111EB);
    return (double)((z ^ (z >> 31)) >> 11) * 0x1p-53;
}

static struct zd_trees_options with_defaults(const struct zd_trees_options *given)
{
    struct zd_trees_options o = *given;

#define DEFAULT(name, value) o.name = o.name > 0 ? o.name : (value)
    DEFAULT(max_trees, 200);
    DEFAULT(max_leaves, 16);
    DEFAULT(min_rows, 20);
    DEFAULT(learning_rate, 0.1);
    DEFAULT(l2, 1.0);
    DEFAULT(min_weight, 1e-3);
    DEFAULT(min_gain, 1e-9);
    DEFAULT(row_share, 1.0);
    DEFAULT(feature_share, 1.0);
    DEFAULT(ndcg_at, 10);
    DEFAULT(stop_after, 30);
#undef DEFAULT
    return o;
}

static enum zd_status check_options(const struct zd_trees_options *o, struct zd_error *err)
{
    if (o->n_features == 0 || o->n_features > ZD_TREES_MAX_FEATURES ||
        o->max_trees > ZD_TREES_MAX_TREES || o->max_leaves > ZD_TREES_MAX_LEAVES)
        return ZD_FAIL(err, ZD_LIMIT, 0, "1 to %d features, at most %d trees of %d leaves",
                       ZD_TREES_MAX_FEATURES, ZD_TREES_MAX_TREES, ZD_TREES_MAX_LEAVES);
    if (o->max_leaves < 2 || !(o->row_share <= 1.0) || !(o->feature_share <= 1.0) ||
        !isfinite(o->learning_rate) || !isfinite(o->l2))
        return ZD_FAIL(err, ZD_INVALID, 0, "at least two leaves, shares of at most 1");
    return ZD_OK;
}

/* What a label may be. */
static bool label_fits(float y, enum zd_trees_objective objective)
{
    if (objective == ZD_TREES_SQUARED)
        return isfinite(y);
    return y >= 0.0F && y <= (objective == ZD_TREES_RANK ? GRADE_MAX : 1.0F);
}

static bool groups_fit(const struct zd_trees_rows *rows)
{
    if (!rows->groups || rows->n_groups == 0 || rows->groups[0] != 0 ||
        rows->groups[rows->n_groups] != rows->n)
        return false;
    for (size_t g = 0; g < rows->n_groups; g++)
        if (rows->groups[g] > rows->groups[g + 1])
            return false;
    return true;
}

static enum zd_status check_rows(const struct zd_trees_rows *rows, const struct zd_trees_options *o,
                                 struct zd_error *err)
{
    if (rows->n == 0 || rows->n > ZD_TREES_MAX_ROWS)
        return ZD_FAIL(err, rows->n == 0 ? ZD_INVALID : ZD_LIMIT, 0, "%zu rows to learn from",
                       rows->n);
    for (size_t i = 0; i < rows->n * o->n_features; i++)
        if (!isfinite(rows->x[i]))
            return ZD_FAIL(err, ZD_INVALID, i / o->n_features, "feature %zu is no number",
                           i % o->n_features);
    for (size_t i = 0; i < rows->n; i++)
        if (!label_fits(rows->y[i], o->objective) ||
            (rows->weights && !(rows->weights[i] >= 0.0F && isfinite(rows->weights[i]))))
            return ZD_FAIL(err, ZD_INVALID, i, "a label or weight that cannot be");
    if (o->objective == ZD_TREES_RANK && !groups_fit(rows))
        return ZD_FAIL(err, ZD_INVALID, 0, "groups that do not follow each other");
    return ZD_OK;
}

static enum zd_status side_make(const struct zd_trees_rows *rows, const struct trainer *t,
                                double base, struct side *ret_side, struct zd_error *err)
{
    struct side side = {.rows = rows, .scores = zd_arena_array(t->arena, rows->n, sizeof(double))};

    if (!side.scores)
        return ZD_FAIL(err, ZD_NOMEM, 0, "no memory left for training");
    for (size_t i = 0; i < rows->n; i++)
        side.scores[i] = base;
    *ret_side = side;
    return zd_trees__order_make(rows, &t->options, t->arena, &ret_side->order, err);
}

/* Each row with the chance of its share, in order; all of them for a share of one. */
static size_t draw_rows(struct trainer *t)
{
    size_t n = 0;

    for (size_t i = 0; i < t->train.rows->n; i++)
        if (t->options.row_share >= 1.0 || draw(&t->random) < t->options.row_share)
            t->drawn[n++] = (uint32_t)i;
    return n;
}

static void draw_features(struct trainer *t)
{
    for (size_t f = 0; f < t->options.n_features; f++)
        t->used[f] = t->options.feature_share >= 1.0 || draw(&t->random) < t->options.feature_share;
}

static void add_last_tree(const struct zd_trees *trees, struct side *side)
{
    for (size_t i = 0; side->rows && i < side->rows->n; i++)
        side->scores[i] += (double)zd_trees__leaf(trees, trees->n_trees - 1,
                                                  side->rows->x + i * trees->n_features);
}

/* Grows up to max_trees; the model keeps all of them. */
static enum zd_status boost(struct trainer *t, struct zd_trees__grower *grower,
                            struct zd_trees *trees, struct zd_error *err)
{
    enum zd_status st = ZD_OK;

    while (st == ZD_OK && trees->n_trees < t->options.max_trees &&
           (!t->held_out.rows || trees->n_trees - t->best < t->options.stop_after)) {
        const struct zd_trees__node *nodes;
        struct zd_trees_progress now = {.of = t->options.max_trees};
        size_t n_nodes = 0;

        zd_trees__slopes(t->train.rows, &t->options, t->train.scores, &t->train.order, t->slopes);
        draw_features(t);
        nodes =
            zd_trees__grow(grower, t->slopes, t->drawn, draw_rows(t), t->used, t->gains, &n_nodes);
        st = zd_trees__add(trees, nodes, n_nodes, err);
        if (st != ZD_OK)
            return st;
        add_last_tree(trees, &t->train);
        add_last_tree(trees, &t->held_out);
        if (t->held_out.rows)
            now.loss = zd_trees__loss(t->held_out.rows, &t->options, t->held_out.scores,
                                      &t->held_out.order);
        if (now.loss < t->best_loss || !t->held_out.rows) {
            t->best_loss = now.loss;
            t->best = trees->n_trees;
        }
        now.n_trees = trees->n_trees;
        now.best = t->best;
        if (t->options.progress)
            st = t->options.progress(t->options.context, &now, err);
    }
    return st;
}

/* Keeps the best number of trees and turns gains into shares. */
static void finish(const struct trainer *t, struct zd_trees *trees)
{
    double all = 0.0;

    trees->n_trees = t->best;
    trees->n_nodes =
        t->best == 0 ? 0
                     : trees->trees[t->best - 1].first + (size_t)trees->trees[t->best - 1].n_nodes;
    for (size_t f = 0; f < trees->n_features; f++)
        all += t->gains[f];
    for (size_t f = 0; f < trees->n_features; f++)
        trees->gains[f] = all > 0.0 ? (float)fmin(t->gains[f] / all, 1.0) : 0.0F;
}

static enum zd_status prepare(struct trainer *t, const struct zd_trees_rows *rows,
                              const struct zd_trees_rows *held_out, double base,
                              struct zd_trees__grower **ret_grower, struct zd_error *err)
{
    enum zd_status st = side_make(rows, t, base, &t->train, err);

    if (st == ZD_OK && held_out)
        st = side_make(held_out, t, base, &t->held_out, err);
    if (st == ZD_OK)
        st = zd_trees__bin(rows, t->options.n_features, t->arena, &t->bins, err);
    if (st != ZD_OK)
        return st;
    t->slopes = zd_arena_array(t->arena, rows->n, sizeof *t->slopes);
    t->drawn = zd_arena_array(t->arena, rows->n, sizeof *t->drawn);
    t->used = zd_arena_array(t->arena, t->options.n_features, sizeof *t->used);
    t->gains = zd_arena_array(t->arena, t->options.n_features, sizeof *t->gains);
    *ret_grower = zd_trees__grower_new(&t->bins, &t->options, rows->n, t->arena);
    if (!t->slopes || !t->drawn || !t->used || !t->gains || !*ret_grower)
        return ZD_FAIL(err, ZD_NOMEM, 0, "no memory left for training");
    t->random = t->options.seed;
    t->best_loss =
        held_out ? zd_trees__loss(held_out, &t->options, t->held_out.scores, &t->held_out.order)
                 : 0.0;
    return ZD_OK;
}

enum zd_status zd_trees_train(const struct zd_trees_rows *rows,
                              const struct zd_trees_rows *held_out,
                              const struct zd_trees_options *options, struct zd_trees **ret_trees,
                              struct zd_error *err)
{
    struct trainer t = {.options = with_defaults(options)};
    struct zd_trees__grower *grower = NULL;
    struct zd_trees *trees = NULL;
    enum zd_status st = check_options(&t.options, err);

    if (st == ZD_OK)
        st = check_rows(rows, &t.options, err);
    if (st == ZD_OK && held_out)
        st = check_rows(held_out, &t.options, err);
    if (st != ZD_OK)
        return st;
    t.arena = zd_arena_new(ARENA_MAX_BYTES);
    trees = zd_trees__new(t.options.n_features);
    if (!t.arena || !trees) {
        st = ZD_FAIL(err, ZD_NOMEM, 0, "no memory left for training");
        goto out;
    }
    trees->base = (float)zd_trees__base(rows, &t.options);
    st = prepare(&t, rows, held_out, (double)trees->base, &grower, err);
    if (st == ZD_OK)
        st = boost(&t, grower, trees, err);
    if (st != ZD_OK)
        goto out;
    finish(&t, trees);
    *ret_trees = trees;
    trees = NULL;
out:
    zd_trees_free(trees);
    zd_arena_free(t.arena);
    return st;
}
