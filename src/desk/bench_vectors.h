/* bench_vectors: the part of bench.h about vectors. */
#ifndef ZD_DESK_BENCH_VECTORS_H
#define ZD_DESK_BENCH_VECTORS_H

#include "desk/bench.h"

struct zd_bench_vector_run;

/* For an index and the model of its vectors, both borrowed. *ret_run is NULL where the two have
 * none in common. Errors: ZD_NOMEM. */
enum zd_status zd_bench_vectors_begin(const struct zd_index *index, const struct zd_model *model,
                                      struct zd_bench_vector_run **ret_run,
                                      struct zd_error *err) ZD_MUST_USE;

/* Asks exactly and by signs, by turns, the best of three of each. Errors: those of the search. */
enum zd_status zd_bench_vectors_ask(struct zd_bench_vector_run *run,
                                    const struct zd_token_list *tokens,
                                    struct zd_error *err) ZD_MUST_USE;

/* Medians over what was asked; exact_of_read is left to who knows the bandwidth. */
void zd_bench_vectors_end(struct zd_bench_vector_run *run, struct zd_bench_vectors *ret_figures);

#endif
