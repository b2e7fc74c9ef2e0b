/* batch: the pairs of texts of one training step. */
#ifndef ZD_SEMANTIC_BATCH_H
#define ZD_SEMANTIC_BATCH_H

#include "semantic/bag.h"
#include "semantic/train.h"

#define ZD_BATCH_NONE UINT32_MAX

/* What a text is of. */
struct zd_batch_text {
    uint64_t key;      /* equal keys are no negatives of each other */
    uint32_t question; /* x: whose question it is, or NONE */
    uint32_t passage;  /* y: which passage it is of, or NONE */
};

/* x[i] and y[i] belong together; y goes on with hard negatives. */
struct zd_batch {
    size_t n_x, n_y;
    struct zd_bag_list bags;  /* x, then y */
    struct zd_batch_text *of; /* [n_x + n_y] */
};

struct zd_batcher;
struct zd_held_out;

/* Draws for one stage, but for what `held` (may be NULL) holds. All borrowed. Errors: ZD_INVALID no pairs of the kinds wanted;
 * ZD_NOMEM. */
enum zd_status zd_batcher_new(const struct zd_corpus_view *corpus,
                              const struct zd_stage_options *options,
                              const struct zd_held_out *held, struct zd_batcher **ret,
                              struct zd_error *err) ZD_MUST_USE;
void zd_batcher_free(struct zd_batcher *batcher); /* NULL is fine */

/* The questions that the stage may train on: [*ret_n], borrowed. */
const uint32_t *zd_batcher_questions(const struct zd_batcher *batcher, size_t *ret_n);

/* Where the passages stand that are hard for each of those questions: [n questions][n_each], to
 * be filled; ZD_BATCH_NONE where there are fewer. NULL when memory ends. */
uint32_t *zd_batcher_hard(struct zd_batcher *batcher, uint32_t n_each) ZD_MUST_USE;
uint32_t *zd_batcher_mined(const struct zd_batcher *batcher); /* the same place again, or NULL */

/* The state of the random numbers, from which the same batches follow. */
uint64_t zd_batcher_state(const struct zd_batcher *batcher);
void zd_batcher_go_on(struct zd_batcher *batcher, uint64_t state);

/* The next batch, borrowed until the next call. Errors: ZD_NOMEM. */
enum zd_status zd_batcher_next(struct zd_batcher *batcher, const struct zd_batch **ret_batch,
                               struct zd_error *err) ZD_MUST_USE;

/* True where the passage answers the question. */
bool zd_batch_answers(const struct zd_corpus_view *corpus, uint32_t question, uint32_t passage);

#endif
