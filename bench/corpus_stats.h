/* corpus_stats: what of a body of passages decides the size and speed of an index over it. */
#ifndef ZD_BENCH_CORPUS_STATS_H
#define ZD_BENCH_CORPUS_STATS_H

#include "base/base.h"

#define ZD_BENCH_RANKS 6

struct zd_bench_stats {
    uint64_t n_passages, n_chars, n_tokens, n_postings, n_terms;
    uint32_t chars_at[3]; /* length in characters at the median, 90th, 99th of a hundred */
    double
        share_at[ZD_BENCH_RANKS]; /* share of passages that hold the term of rank 1, 10, … 10^5 */
    double tf_share[4];           /* share of postings with tf 1, 2, 3, more */
    double terms_at_half;         /* distinct terms in the first half of the passages */
};

/* Reads "text" (or "query") of each line; folds and cuts into tokens as the program does.
 * max_passages 0: all. Errors: ZD_NOT_FOUND, ZD_INVALID, ZD_NOMEM. */
enum zd_status zd_bench_stats_of(const char *path, uint64_t max_passages,
                                 struct zd_bench_stats *ret_stats,
                                 struct zd_error *err) ZD_MUST_USE;

#endif
