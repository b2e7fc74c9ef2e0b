/* snapshot: an open index. Immutable but for two things that only save work: filters computed
 * before and scratch memory of searches that ended, both behind one lock that is held for a few
 * instructions. */
#ifndef ZD_INDEX_SNAPSHOT_H
#define ZD_INDEX_SNAPSHOT_H

#include <pthread.h>

#include "index/index_private.h"
#include "index/lists.h"

#define ZD_INDEX__MASKS_KEPT 8
#define ZD_INDEX__MASK_REGIONS_KEPT 16 /* filters of more regions are not kept */
#define ZD_INDEX__SCRATCH_KEPT 8

struct zd_index__scratch;

struct zd_index__kept_mask {
    struct zd_index__mask *mask; /* one reference is ours; NULL: empty place */
    int32_t on;
    uint32_t access;
    size_t n_regions;
    uint32_t regions[ZD_INDEX__MASK_REGIONS_KEPT];
    uint64_t used; /* when it was last wanted */
};

struct zd_index {
    struct zd_index__manifest manifest; /* only parts that could be opened */
    bool partial;                       /* some could not */
    struct zd_index_figures figures;
    pthread_mutex_t lock; /* guards what follows; nothing else is locked while it is held */
    struct zd_index__kept_mask masks[ZD_INDEX__MASKS_KEPT];
    uint64_t n_wanted;
    struct zd_index__scratch *scratch[ZD_INDEX__SCRATCH_KEPT];
};

/* Every term's list in every usable segment (lists [n_parts][n_terms], df 0 where there is none) and
 * the sums of their lengths (frequencies [n_terms]); from `found` where that is not NULL. False where
 * a segment turned out to be damaged. */
bool zd_index__lists_of(const struct zd_index *index, const uint64_t *terms, size_t n_terms,
                        const struct zd_index_lists *found, struct zd_index__list *lists,
                        uint64_t *frequencies) ZD_MUST_USE;

/* Frees what a search worked with. */
void zd_index__scratch_free(struct zd_index__scratch *scratch);

#endif
