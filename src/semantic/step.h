/* step: one step of training: the loss of a batch and its gradient, applied. */
#ifndef ZD_SEMANTIC_STEP_H
#define ZD_SEMANTIC_STEP_H

#include "semantic/batch.h"
#include "semantic/team.h"

struct zd_stepper;

/* For batches of at most max_x pairs and max_y texts on their right side. All borrowed.
 * Errors: ZD_NOMEM. */
enum zd_status zd_stepper_new(struct zd_parameters *p, const struct zd_corpus_view *corpus,
                              struct zd_team *team, size_t max_x, size_t max_y,
                              struct zd_stepper **ret, struct zd_error *err) ZD_MUST_USE;
void zd_stepper_free(struct zd_stepper *stepper); /* NULL is fine */

/* Takes a step downhill; *ret_loss is the mean loss before it, in nats. Errors: ZD_NOMEM. */
enum zd_status zd_stepper_step(struct zd_stepper *stepper, const struct zd_batch *batch,
                               float temperature, float rate, float *ret_loss,
                               struct zd_error *err) ZD_MUST_USE;

/* The unit vector of one bag: out[n_dims]. An empty bag gives zeros. Returns its length before. */
float zd_step_embed(const struct zd_parameters *p, const struct zd_bag_list *bags, size_t bag,
                    float *out);

#endif
