/* gate: how sure it is that the ranking answers the question.
 *
 *     confidence = P(the question is about a matter that the office's texts answer)
 *                × P(the best passage is the right one, if it is)
 *
 * each from a sum of small trees over what is known of the question and of its best passage
 * (gate_feature_table.h and rank_feature_table.h), fitted by `train` to questions that were not used
 * to fit the ranking: answered ones, questions of other offices, and answered ones asked of the
 * office without the documents that answer them. So it can be read as a share: of the answers given
 * at 0.9, nine in ten are right. Where the question names a code (D2050), which no
 * questions taught, the best passage's having it or not moves the odds: the remedy for another code is
 * worse than none.
 */
#ifndef ZD_ANSWER_GATE_H
#define ZD_ANSWER_GATE_H

#include "retrieve/retrieve.h"

/* 0 … 1; 0 for an empty ranking. Without a gate in the model: the best passage's score. */
double zd_gate_confidence(const struct zd_question *question, const struct zd_ranking *ranking,
                          const struct zd_model *model);

/* What is known of a question but for its best passage. */
struct zd_gate_question {
    float best_cosine, best_share, best_strength; /* of any candidate (rank_feature_table.h) */
    float unknown; /* share of the question's weight that stands nowhere in the office */
    float words, weight;
};
struct zd_gate_question zd_gate_question_of(const struct zd_question *question,
                                            const struct zd_ranking *ranking);

/* What the gate looks at: ret_features [zd_gate_features()]. Of the ranking it reads the documents,
 * odds, rules, scores and features of its candidates. False for an empty ranking. */
size_t zd_gate_features(void);
bool zd_gate_describe(const struct zd_gate_question *question, const struct zd_ranking *ranking,
                      float *ret_features);
const char *zd_gate_feature_name(size_t feature);

#endif
