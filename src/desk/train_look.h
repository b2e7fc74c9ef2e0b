/* train_look: the ranker of the second look (retrieve/look.h), from rows and the first one's scores. */
#ifndef ZD_DESK_TRAIN_LOOK_H
#define ZD_DESK_TRAIN_LOOK_H

#include "desk/train.h"
#include "desk/train_rows.h"

/* Fits it, and appends the section LOOK. odds [n_rows]: log-odds of the first ranker that has not seen
 * the row's fold; they become those after a second look that has not seen it either. Errors:
 * ZD_INVALID cancelled; ZD_NOMEM. */
enum zd_status zd_train_fit_look(const struct zd_train_rows *rows,
                                 const struct zd_train_options *options, float *odds,
                                 struct zd_buf *ret_look, struct zd_error *err) ZD_MUST_USE;

/* The odds after the second look of a ranker that is there. Errors: ZD_NOMEM. */
enum zd_status zd_train_look_with(const struct zd_trees *ranker, const struct zd_train_rows *rows,
                                  float *odds, struct zd_error *err) ZD_MUST_USE;

#endif
