/* measure: how fast this machine reads this index. */
#ifndef ZD_INDEX_MEASURE_H
#define ZD_INDEX_MEASURE_H

#include "index/index.h"

struct zd_index_measure {
    uint64_t n_postings, n_bytes; /* decoded: postings, and the bytes they stand in */
    uint64_t us;
};

/* Decodes every posting of the snapshot's lists of at least min_passages once, as a search would,
 * one thread. Lists come in the order of the file, so memory is read forwards. Errors: ZD_CORRUPT
 * where a segment is damaged. Cost: a pass over the index. */
enum zd_status zd_index_measure(const struct zd_index *index, uint32_t min_passages,
                                struct zd_index_measure *ret_measure,
                                struct zd_error *err) ZD_MUST_USE;

#endif
