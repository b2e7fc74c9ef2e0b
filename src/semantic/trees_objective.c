/* trees_objective.c: what the trees are to make small, with its slopes (see trees.h).
 *
 *     logistic   g = w (p - y)         h = w p (1 - p)         p = 1 ÷ (1 + exp(-s))
 *     squared    g = w (s - y)         h = w
 *     rank       for each pair of a group with y_i > y_j, of which one stands among the first k:
 *                ρ = 1 ÷ (1 + exp(s_i - s_j)),  Δ = what exchanging the two would change of NDCG@k,
 *                g_i -= ρΔ, g_j += ρΔ, and both h += ρ (1 - ρ) Δ      (Burges 2010, LambdaMART)
 *
 * A pair with both rows behind rank k changes nothing of NDCG@k and has no slope; its better row
 * is drawn forward by the pairs with those in front. */
#include <math.h>

#include "semantic/trees_private.h"

#define PROBABILITY_MIN 1e-6
#define CURVATURE_MIN 1e-12

static double weight_of(const struct zd_trees_rows *rows, size_t i)
{
    return rows->weights ? (double)rows->weights[i] : 1.0;
}

double zd_trees__base(const struct zd_trees_rows *rows, const struct zd_trees_options *options)
{
    double sum = 0.0, all = 0.0, mean;

    if (options->objective == ZD_TREES_RANK)
        return 0.0;
    for (size_t i = 0; i < rows->n; i++) {
        sum += weight_of(rows, i) * (double)rows->y[i];
        all += weight_of(rows, i);
    }
    mean = all > 0.0 ? sum / all : 0.0;
    if (options->objective == ZD_TREES_SQUARED)
        return mean;
    mean = fmin(fmax(mean, PROBABILITY_MIN), 1.0 - PROBABILITY_MIN);
    return log(mean / (1.0 - mean));
}

static double gain_of(float y)
{
    return exp2((double)y) - 1.0;
}

static double discount_of(size_t rank, size_t k)
{
    return rank < k ? 1.0 / log2((double)rank + 2.0) : 0.0;
}

/* Puts a group's rows in falling order of a value, equal ones in reading order. Shell sort: it needs
 * no memory, and groups are small. */
static void sort_rows(uint32_t *rows, size_t n, const double *scores, const float *grades)
{
    static const size_t gaps[] = {1750, 701, 301, 132, 57, 23, 10, 4, 1};

    for (size_t k = 0; k < ZD_COUNT(gaps); k++)
        for (size_t i = gaps[k]; i < n; i++) {
            const uint32_t row = rows[i];
            const double value = scores ? scores[row] : (double)grades[row];
            size_t at = i;

            for (; at >= gaps[k]; at -= gaps[k]) {
                const uint32_t other = rows[at - gaps[k]];
                const double its = scores ? scores[other] : (double)grades[other];

                if (its > value || (its == value && other < row))
                    break;
                rows[at] = other;
            }
            rows[at] = row;
        }
}

/* A group's rows by score, or by grade where scores is NULL. */
static size_t order_group(const struct zd_trees_rows *rows, size_t group, const double *scores,
                          uint32_t *order)
{
    const uint32_t from = rows->groups[group];
    const size_t n = rows->groups[group + 1] - from;

    for (size_t i = 0; i < n; i++)
        order[i] = from + (uint32_t)i;
    sort_rows(order, n, scores, rows->y);
    return n;
}

static double dcg(const struct zd_trees_rows *rows, const uint32_t *order, size_t n, size_t k)
{
    double sum = 0.0;

    for (size_t i = 0; i < n && i < k; i++)
        sum += gain_of(rows->y[order[i]]) * discount_of(i, k);
    return sum;
}

enum zd_status zd_trees__order_make(const struct zd_trees_rows *rows,
                                    const struct zd_trees_options *options, struct zd_arena *arena,
                                    struct zd_trees__order *ret_order, struct zd_error *err)
{
    struct zd_trees__order order = {0};
    size_t most = 1;

    if (options->objective != ZD_TREES_RANK)
        return ZD_OK;
    for (size_t g = 0; g < rows->n_groups; g++)
        if (rows->groups[g + 1] - rows->groups[g] > most)
            most = rows->groups[g + 1] - rows->groups[g];
    order.rows = zd_arena_array(arena, most, sizeof *order.rows);
    order.ideal = zd_arena_array(arena, rows->n_groups, sizeof *order.ideal);
    if (!order.rows || !order.ideal)
        return ZD_FAIL(err, ZD_NOMEM, 0, "no memory left for training");
    for (size_t g = 0; g < rows->n_groups; g++) {
        const size_t n = order_group(rows, g, NULL, order.rows);

        order.ideal[g] = dcg(rows, order.rows, n, options->ndcg_at);
    }
    *ret_order = order;
    return ZD_OK;
}

static void slope_pair(double change, uint32_t better, uint32_t worse, const double *scores,
                       struct zd_trees__slope *slopes)
{
    const double rho = 1.0 / (1.0 + exp(scores[better] - scores[worse]));
    const double g = rho * change, h = rho * (1.0 - rho) * change;

    slopes[better].g -= g;
    slopes[worse].g += g;
    slopes[better].h += h;
    slopes[worse].h += h;
}

static void slope_group(const struct zd_trees_rows *rows, size_t k, const double *scores,
                        const uint32_t *order, size_t n, double scale,
                        struct zd_trees__slope *slopes)
{
    for (size_t i = 0; i < n && i < k; i++)
        for (size_t j = i + 1; j < n; j++) {
            const float y_i = rows->y[order[i]], y_j = rows->y[order[j]];
            const double change =
                fabs(gain_of(y_i) - gain_of(y_j)) * (discount_of(i, k) - discount_of(j, k)) * scale;

            if (y_i > y_j)
                slope_pair(change, order[i], order[j], scores, slopes);
            else if (y_j > y_i)
                slope_pair(change, order[j], order[i], scores, slopes);
        }
}

static void rank_slopes(const struct zd_trees_rows *rows, const struct zd_trees_options *options,
                        const double *scores, const struct zd_trees__order *order,
                        struct zd_trees__slope *slopes)
{
    for (size_t i = 0; i < rows->n; i++)
        slopes[i] = (struct zd_trees__slope){0.0, CURVATURE_MIN};
    for (size_t g = 0; g < rows->n_groups; g++) {
        size_t n;

        if (order->ideal[g] <= 0.0)
            continue;
        n = order_group(rows, g, scores, order->rows);
        slope_group(rows, options->ndcg_at, scores, order->rows, n,
                    weight_of(rows, rows->groups[g]) / order->ideal[g], slopes);
    }
}

void zd_trees__slopes(const struct zd_trees_rows *rows, const struct zd_trees_options *options,
                      const double *scores, const struct zd_trees__order *order,
                      struct zd_trees__slope *slopes)
{
    if (options->objective == ZD_TREES_RANK) {
        rank_slopes(rows, options, scores, order, slopes);
        return;
    }
    for (size_t i = 0; i < rows->n; i++) {
        const double w = weight_of(rows, i), y = (double)rows->y[i];

        if (options->objective == ZD_TREES_SQUARED) {
            slopes[i] = (struct zd_trees__slope){w * (scores[i] - y), w};
        } else {
            const double p = 1.0 / (1.0 + exp(-scores[i]));

            slopes[i] = (struct zd_trees__slope){w * (p - y), w * fmax(p * (1.0 - p), 1e-9)};
        }
    }
}

static double rank_loss(const struct zd_trees_rows *rows, const struct zd_trees_options *options,
                        const double *scores, const struct zd_trees__order *order)
{
    double sum = 0.0, all = 0.0;

    for (size_t g = 0; g < rows->n_groups; g++) {
        size_t n;

        if (order->ideal[g] <= 0.0)
            continue;
        n = order_group(rows, g, scores, order->rows);
        sum += weight_of(rows, rows->groups[g]) * dcg(rows, order->rows, n, options->ndcg_at) /
               order->ideal[g];
        all += weight_of(rows, rows->groups[g]);
    }
    return all > 0.0 ? 1.0 - sum / all : 0.0;
}

double zd_trees__loss(const struct zd_trees_rows *rows, const struct zd_trees_options *options,
                      const double *scores, const struct zd_trees__order *order)
{
    double sum = 0.0, all = 0.0;

    if (options->objective == ZD_TREES_RANK)
        return rank_loss(rows, options, scores, order);
    for (size_t i = 0; i < rows->n; i++) {
        const double w = weight_of(rows, i), y = (double)rows->y[i], s = scores[i];

        all += w;
        if (options->objective == ZD_TREES_SQUARED)
            sum += w * (s - y) * (s - y);
        else /* log(1 + exp(s)) - y s, without overflow */
            sum += w * (fmax(s, 0.0) + log1p(exp(-fabs(s))) - y * s);
    }
    return all > 0.0 ? sum / all : 0.0;
}
