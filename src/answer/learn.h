/* learn: which words of a passage answer, learnt from questions with known answers.
 *
 * An example is a question as it was ranked, with the words that answer it, as they stand in one of
 * the best passages. Where they stand there is found by comparing letters and numbers only. Three
 * models of trees come of it: the chance of a piece to belong to the answer, and of a run of pieces
 * its rank by F1 and the chance that it holds all of the answer. The last two learn from what the first says
 * of questions that it has not seen: it is trained on each half for the other.
 *
 * Memory: some 100 KB an example. Cost: about a minute for 3,000 examples. One thread at a time.
 */
#ifndef ZD_ANSWER_LEARN_H
#define ZD_ANSWER_LEARN_H

#include "answer/answer.h"
#include "base/buf.h"

#define ZD_ANSWER_EXAMPLES_MAX 20000

struct zd_answer_learner;

/* Errors: ZD_NOMEM. */
enum zd_status zd_answer_learner_new(struct zd_answer_learner **ret_learner,
                                     struct zd_error *err) ZD_MUST_USE;
void zd_answer_learner_free(struct zd_answer_learner *learner); /* NULL is fine */

/* A question with its answer. */
struct zd_answer_gold {
    const struct zd_str *answers; /* [n_answers] any of them is right */
    size_t n_answers;
    const int64_t *documents; /* [n_documents] keys of those that answer it; none: any may */
    size_t n_documents;
    uint32_t fold; /* a part of the examples that can be left out of the training */
};

/* Copies what it needs. Errors: those of the store; ZD_LIMIT; ZD_NOMEM. */
enum zd_status zd_answer_learner_add(struct zd_answer_learner *learner,
                                     const struct zd_question *question,
                                     const struct zd_ranking *ranking, struct zd_store *store,
                                     const struct zd_subject *subject,
                                     const struct zd_answer_gold *gold,
                                     struct zd_error *err) ZD_MUST_USE;

struct zd_answer_learning {
    bool leave_out; /* the examples of `fold` */
    uint32_t fold;
    uint64_t seed;
    bool (*progress)(void *context, size_t done, size_t of); /* false stops; may be NULL */
    void *context;
};

/* Appends the written model to out. The same examples and options give the same bytes. Errors:
 * ZD_INVALID too few examples; ZD_NOMEM; ZD_BUSY stopped by progress. */
enum zd_status zd_answer_learn(const struct zd_answer_learner *learner,
                               const struct zd_answer_learning *options, struct zd_buf *out,
                               struct zd_error *err) ZD_MUST_USE;

#endif
