/* score: what one posting is worth, in whole numbers.
 *
 * BM25F, simple form (Robertson & Zaragoza 2009). With the levels of quantise.h as frequencies and
 * lengths, and every operation a single-precision one, rounded to nearest, in this order:
 *
 *     r[f]  = 1 / (1 - b[f] + b[f] × length[f] / mean[f])           a table of 256 a field
 *     a[f]  = field_weight[f] × tf[f]
 *     x     = (a[title] × r[title] + a[headings] × r[headings]) + a[body] × r[body]
 *     part  = (int) (w × (x / (k1 + x)) + 0.5)
 *     w     = weight of the term × ln(1 + (N - df + 0.5) / (df + 0.5)) × 2^shift
 *
 * Parts are integers and the shift keeps the sum of all w below 2^24: additions are exact in any
 * order, so pruned, exhaustive, windowed and merged scoring agree bit for bit by construction, and
 * the sum is exact as a float too. (With float sums every road would have to keep one order of
 * additions, or score its hits twice.)
 */
#ifndef ZD_INDEX_SCORE_H
#define ZD_INDEX_SCORE_H

#include "index/index_private.h"

#define ZD_INDEX__QUERY_MAX_TERMS 8192u

/* What of a query does not depend on the segment. */
struct zd_index__weights {
    float r[ZD_FIELD_COUNT][ZD_INDEX__LENGTHS];
    float a[ZD_FIELD_COUNT][256]; /* by level of the frequency; levels there are not: the last */
    float field_weight[ZD_FIELD_COUNT];
    float k1;
    float *w;  /* [n_terms] */
    int shift; /* score = sum × 2^-shift */
};

/* ret->w has room for n_terms. Errors: ZD_INVALID. */
enum zd_status zd_index__weights_of(const struct zd_index *index,
                                    const struct zd_index_query *query,
                                    const uint64_t *document_frequencies /* [n_terms] */,
                                    struct zd_index__weights *ret,
                                    struct zd_error *err) ZD_MUST_USE;

static inline int32_t zd_index__part_of(float w, float k1, float x)
{
    return (int32_t)(w * (x / (k1 + x)) + 0.5F);
}

/* The part of a posting given by levels. */
static inline float zd_index__x_of(const struct zd_index__weights *q,
                                   const uint8_t level[ZD_FIELD_COUNT], const uint8_t *lengths)
{
    float x[ZD_FIELD_COUNT];

    for (int f = 0; f < ZD_FIELD_COUNT; f++)
        x[f] = q->field_weight[f] * (float)zd_index__tf_of(level[f]) * q->r[f][lengths[f]];
    return (x[ZD_FIELD_TITLE] + x[ZD_FIELD_HEADINGS]) + x[ZD_FIELD_BODY];
}

/* No posting that the points stand for is worth more. n_points of the body, title, headings. */
int32_t zd_index__bound_of(const struct zd_index__weights *q, float w, const uint8_t *points,
                           size_t n_points);

/* The same for n_blocks consecutive skip entries of a list. */
int32_t zd_index__bound_of_blocks(const struct zd_index__weights *q, float w, const uint8_t *skips,
                                  size_t n_blocks);

#endif
