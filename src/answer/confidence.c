/* confidence.c: how sure it is that the ranking answers the question.
 *
 *     covered     lexical score of the best passage ÷ the score of a passage that would
 *                 hold every word of the question very often (the sum of weight × IDF, where a word
 *                 that stands nowhere counts with the largest IDF)
 *     confidence  logistic(A + B × covered + C × ln(1 + tokens of the question))
 *
 * A long question is never covered as well as a short one, hence the third term. Both quantities
 * are relative to the office's own texts, so one setting serves offices of any size. Words that
 * only make it a question do not count (retrieve/frame.c).
 *
 * Fitted on 1,233 questions to statutes against as many encyclopaedic ones, on one half each and
 * measured on the other: AUC 0.973; 0.86 of the foreign ones refused where 0.95 of the others are
 * kept. The best passage's share of the question's words instead: 0.93 and 0.60; more features
 * (language model of the office, words unknown to it, margin to the next passage, trigrams): at
 * most 0.975 and 0.87. The mean of the five best passages is as good there, but an office of few
 * documents often has only one that answers. */
#include <math.h>

#include "answer/answer_private.h"

#define A (-18.2)
#define B 41.4
#define C 3.1

double zd_answer__confidence(const struct zd_question *question, const struct zd_ranking *ranking)
{
    double best = 0.0, all = 0.0;

    for (size_t i = 0; i < ranking->n; i++)
        if ((double)ranking->p[i].lexical > best)
            best = (double)ranking->p[i].lexical;
    if (ranking->n == 0)
        return 0.0; /* an office without an index has no weights either */
    for (size_t i = 0; i < question->n_terms; i++)
        all += (double)ranking->term_weights[i];
    if (all <= 0.0)
        return 0.0;
    return 1.0 / (1.0 + exp(-(A + B * best / all + C * log(1.0 + question->n_tokens))));
}
