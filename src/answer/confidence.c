/* confidence.c: how sure it is that the ranking answers the question.
 *
 *     best      the best passage's lexical score
 *     all       the score of a passage that would hold every word of the question very often: the
 *               sum of count × IDF, where a word that stands nowhere counts with the largest IDF, u
 *     covered   best ÷ all                 falls with the length of a question
 *     strength  best ÷ √(all × u)          does not, and does not grow with the office
 *     unknown   the share of `all` that stands nowhere in the office
 *     shared    characters of the longest string that question and title share, at most 5
 *
 *     confidence = logistic(A + B strength + C covered + D unknown + E shared)
 *
 * Words that only make it a question do not count (retrieve/frame.c). Fitted once on five offices
 * (60,386 articles, 599 notices, two encyclopaedias, the invented city), the questions of each
 * against those of the others, so that one setting holds for small and large offices;
 * docs/quality.md has the figures. Tried and left out: the share of question words in the best
 * passage (AUC 0.93 on statutes against 0.97), the mean of the five best passages (an office
 * often has one passage that answers), how probable the question is in the office's language, the
 * margin to the next passage, the evidence of the document: no gain over these four. */
#include <math.h>

#include "answer/answer_private.h"

#define A (-4.40)
#define B 3.22
#define C 15.15
#define D (-2.92)
#define E 0.46
#define SHARED_MAX 5

double zd_answer__confidence(const struct zd_question *question, const struct zd_ranking *ranking)
{
    const double u = (double)ranking->unknown_idf;
    double best = 0.0, all = 0.0, unknown = 0.0, shared, z;

    if (ranking->n == 0)
        return 0.0; /* an office without an index has no weights either */
    for (size_t i = 0; i < ranking->n; i++)
        if ((double)ranking->p[i].lexical > best)
            best = (double)ranking->p[i].lexical;
    for (size_t i = 0; i < question->n_said; i++) {
        const double weight = (double)ranking->term_weights[i];

        all += weight;
        if (weight >= (u - 1e-3) * (double)question->weights[i])
            unknown += weight;
    }
    if (best <= 0.0 || all <= 0.0 || u <= 0.0)
        return 0.0;
    shared = ranking->p[0].shared < SHARED_MAX ? ranking->p[0].shared : SHARED_MAX;
    z = A + B * best / sqrt(all * u) + C * best / all + D * unknown / all + E * shared;
    return 1.0 / (1.0 + exp(-z));
}
