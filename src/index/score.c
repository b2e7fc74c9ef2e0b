/* score.c: see score.h. Compiled without contraction of a × b + c, so that every compiler and
 * processor rounds at the same places. */
#include "index/score.h"

#include <math.h>

#include "index/snapshot.h"

#define SUM_MAX (16777216.0 - ZD_INDEX__QUERY_MAX_TERMS) /* parts round up by a half each */

static enum zd_status check_ranges(const struct zd_index_query *q, struct zd_error *err)
{
    if (!(q->k1 >= 0.001F && q->k1 <= 1000.0F))
        return ZD_FAIL(err, ZD_INVALID, 0, "k1 must be between 0.001 and 1000");
    for (int f = 0; f < ZD_FIELD_COUNT; f++) {
        if (!(q->field_b[f] >= 0.0F && q->field_b[f] <= 1.0F))
            return ZD_FAIL(err, ZD_INVALID, 0, "b must be between 0 and 1");
        if (!(q->field_weights[f] >= 0.0F && q->field_weights[f] <= 1e6F))
            return ZD_FAIL(err, ZD_INVALID, 0, "a field weight must be between 0 and 1000000");
    }
    if (q->n_terms > ZD_INDEX__QUERY_MAX_TERMS)
        return ZD_FAIL(err, ZD_INVALID, 0, "a query of more than %u terms",
                       ZD_INDEX__QUERY_MAX_TERMS);
    for (size_t t = 0; t < q->n_terms; t++)
        if (!(q->weights[t] >= 0.0F && q->weights[t] <= 1e6F))
            return ZD_FAIL(err, ZD_INVALID, t, "a term weight must be between 0 and 1000000");
    return ZD_OK;
}

static void set_tables(const struct zd_index *index, const struct zd_index_query *q,
                       struct zd_index__weights *ret)
{
    for (int f = 0; f < ZD_FIELD_COUNT; f++) {
        float b = q->field_b[f], mean = (float)index->figures.mean_length[f];

        if (!(mean > 0.0F))
            mean = 1.0F;
        ret->field_weight[f] = q->field_weights[f];
        for (unsigned l = 0; l < ZD_COUNT(ret->a[f]); l++)
            ret->a[f][l] =
                ret->field_weight[f] *
                (float)zd_index__tf_of((uint8_t)(l < ZD_INDEX__TFS ? l : ZD_INDEX__TFS - 1));
        for (unsigned l = 0; l < ZD_INDEX__LENGTHS; l++) {
            float length = (float)zd_index__length_of((uint8_t)(l > 0 ? l : 1));

            ret->r[f][l] = 1.0F / (1.0F - b + b * length / mean);
        }
    }
    ret->k1 = q->k1;
}

enum zd_status zd_index__weights_of(const struct zd_index *index, const struct zd_index_query *q,
                                    const uint64_t *frequencies, struct zd_index__weights *ret,
                                    struct zd_error *err)
{
    const double n_docs = (double)index->figures.n_passages;
    double sum = 0.0;
    enum zd_status st = check_ranges(q, err);

    if (st != ZD_OK)
        return st;
    set_tables(index, q, ret);
    ret->shift = 0;
    for (size_t t = 0; t < q->n_terms; t++) {
        double df = (double)frequencies[t];

        ret->w[t] = (float)(q->weights[t] * log(1.0 + (n_docs - df + 0.5) / (df + 0.5)));
        if (frequencies[t] == 0)
            ret->w[t] = 0.0F;
        sum += (double)ret->w[t];
    }
    if (sum > 0.0) {
        int exponent;

        (void)frexp(SUM_MAX / sum, &exponent); /* SUM_MAX / sum >= 2^(exponent - 1) */
        ret->shift = exponent - 1;
    }
    for (size_t t = 0; t < q->n_terms; t++)
        ret->w[t] = ldexpf(ret->w[t], ret->shift);
    return ZD_OK;
}

static inline float better(const struct zd_index__weights *q, int field, const uint8_t *point,
                           float best)
{
    float x = q->a[field][point[0]] * q->r[field][point[1]];

    return x > best ? x : best;
}

/* x is at least that of every posting; the division rounds, which may cost a few units of the last
 * place (w < 2^24, a unit is 1 at most). */
static int32_t bound_of_x(const struct zd_index__weights *q, float w, float title, float headings,
                          float body)
{
    return zd_index__part_of(w, q->k1, (title + headings) + body) + 8;
}

int32_t zd_index__bound_of(const struct zd_index__weights *q, float w, const uint8_t *points,
                           size_t n_points)
{
    float body = 0.0F;

    for (size_t i = 0; i < n_points; i++)
        body = better(q, ZD_FIELD_BODY, points + 2 * i, body);
    return bound_of_x(q, w, better(q, ZD_FIELD_TITLE, points + 2 * n_points, 0.0F),
                      better(q, ZD_FIELD_HEADINGS, points + 2 * n_points + 2, 0.0F), body);
}

int32_t zd_index__bound_of_blocks(const struct zd_index__weights *q, float w, const uint8_t *skips,
                                  size_t n_blocks)
{
    float title = 0.0F, headings = 0.0F, body = 0.0F;

    for (size_t b = 0; b < n_blocks; b++) {
        const uint8_t *p = skips + ZD_INDEX__SKIP_BYTES * b + 8;

        body = better(q, ZD_FIELD_BODY, p, better(q, ZD_FIELD_BODY, p + 2, body));
        title = better(q, ZD_FIELD_TITLE, p + 4, title);
        headings = better(q, ZD_FIELD_HEADINGS, p + 6, headings);
    }
    return bound_of_x(q, w, title, headings, body);
}
