/* train_fit: ranker and gate from rows, and what they are worth on folds left out. */
#ifndef ZD_DESK_TRAIN_FIT_H
#define ZD_DESK_TRAIN_FIT_H

#include "desk/train.h"
#include "desk/train_rows.h"

/* Appends the sections RANK, LOOK, TOPC and SURE; figures are measured fold by fold. Errors: ZD_INVALID
 * cancelled; ZD_NOMEM. */
enum zd_status zd_train_fit(const struct zd_train_rows *rows,
                            const struct zd_train_options *options, struct zd_buf *ret_ranker,
                            struct zd_buf *ret_look, struct zd_buf *ret_topic,
                            struct zd_buf *ret_sure, struct zd_train_figures *figures,
                            struct zd_error *err) ZD_MUST_USE;

#endif
