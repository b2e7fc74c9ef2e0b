/* merging_private: what a writer must know of a merging. */
#ifndef ZD_INDEX_MERGING_PRIVATE_H
#define ZD_INDEX_MERGING_PRIVATE_H

#include "index/index_private.h"
#include "index/merging.h"

struct zd_index_merging {
    int lock;
    struct zd_index__manifest manifest; /* the generation it began from */
    struct zd_index__part **sources;    /* [n_sources], in the manifest */
    size_t n_sources;
    uint32_t n_dims;
    uint64_t model, n_passages;
    char folder[ZD_INDEX__PATH_BYTES], path[ZD_INDEX__PATH_BYTES];
    bool finished, empty; /* empty: nothing lived in the sources, there is no file */
};

#endif
