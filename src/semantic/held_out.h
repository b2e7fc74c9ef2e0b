/* held_out: a part of the pairs that training does not see, and how well the model finds them.
 *
 * Held out is about a twentieth of one kind of pairs, all of one text together: the questions where
 * a stage learns from enough of them, else the pairs from files, else sentences of the texts. A
 * look gives the mean reciprocal rank of each held-out pair's text among the texts of the others
 * and a few thousand passages, in one fixed order: the same model gives the same number with any
 * number of threads.
 */
#ifndef ZD_SEMANTIC_HELD_OUT_H
#define ZD_SEMANTIC_HELD_OUT_H

#include "semantic/team.h"
#include "semantic/train.h"

#define ZD_HELD_OUT_MIN 30 /* pairs; fewer tell nothing, and none are held out */
#define ZD_HELD_OUT_MAX 400

struct zd_held_out;

/* Chooses by the stage's seed, to look with vectors of n_dims. The corpus is borrowed. Errors: ZD_NOMEM. */
enum zd_status zd_held_out_new(const struct zd_corpus_view *corpus,
                               const struct zd_stage_options *options, uint32_t n_dims,
                               struct zd_held_out **ret, struct zd_error *err) ZD_MUST_USE;
void zd_held_out_free(struct zd_held_out *held); /* NULL is fine */

/* Pairs held out; 0 where there are too few of any kind. */
size_t zd_held_out_count(const struct zd_held_out *held);

/* True where pair `number` of a kind may not be trained on: a question, a pair from files, or
 * (ZD_PAIR_SELF) a passage. NULL holds nothing. */
bool zd_held_out_holds(const struct zd_held_out *held, enum zd_pair_kind kind, uint32_t number);

/* The mean reciprocal rank, 0 … 1. */
float zd_held_out_look(struct zd_held_out *held, const struct zd_parameters *p,
                       struct zd_team *team);

#endif
