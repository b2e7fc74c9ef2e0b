/* weights.c: how much each word of a question counts: its count × inverse document frequency.
 *
 *     idf(n, df) = ln(1 + (n − df + ½) / (df + ½)), at least 0
 *
 * An office of a handful of passages says nothing about how common a word is: one notice about
 * door plates would make "door plate" weigh nothing. Below SMALL_OFFICE passages a word therefore
 * weighs as if the office had that many and the word stood nowhere in the rest. The index counts
 * with its own n; the factor that it multiplies with makes up the difference.
 */
#include <math.h>

#include "retrieve/retrieve_private.h"

#define SMALL_OFFICE 500.0

static float idf_of(double n_passages, double df)
{
    float idf = (float)log(1.0 + (n_passages - df + 0.5) / (df + 0.5));

    return idf > 0.0F ? idf : 0.0F;
}

void zd_retrieve__weigh(const struct zd_question *question, const struct zd_index *index,
                        const struct zd_index_lists *lists, float *ret_factors, float *ret_weights,
                        float *ret_unknown)
{
    struct zd_index_figures figures = {0};
    double n, floor_n;

    zd_index_figures(index, &figures);
    n = (double)figures.n_passages;
    floor_n = n < SMALL_OFFICE ? SMALL_OFFICE : n;
    *ret_unknown = idf_of(floor_n, 0.0);
    for (size_t i = 0; i < question->n_terms; i++) {
        double df = (double)zd_index_lists_frequency(lists, i);
        float own, idf;

        df = df < n ? df : n;
        own = idf_of(n, df);
        idf = idf_of(floor_n, df);
        ret_weights[i] = question->weights[i] * idf;
        ret_factors[i] = own > 0.0F ? question->weights[i] * (idf / own) : question->weights[i];
    }
}
