/* weigh: times what a ranker asks of the index after a search (index/tally.h). */
#ifndef ZD_BENCH_WEIGH_H
#define ZD_BENCH_WEIGH_H

#include "index/index.h"

#define ZD_BENCH_WEIGH_GROUPS 24u

/* Microseconds of each look at the hits of one query. */
struct zd_bench_weighing {
    double passages_us, groups_us;
};

/* Facts, frequencies and scores of all hits, and the documents of the first 24 among them. Errors: ZD_NOMEM;
 * ZD_CORRUPT where a score differs from that of the search. */
enum zd_status zd_bench_weigh(const struct zd_index *index, const struct zd_index_query *query,
                              const struct zd_index_hit *hits, size_t n,
                              struct zd_bench_weighing *ret, struct zd_error *err) ZD_MUST_USE;

#endif
