/* topk: the best hits so far, and lower bounds on the k-th best of an array. */
#ifndef ZD_INDEX_TOPK_H
#define ZD_INDEX_TOPK_H

#include "index/kernel.h"

struct zd_index__found {
    int64_t id;
    int32_t score;
    uint32_t doc, part;
};

/* A heap with the worst of the kept at the root: lower scores are worse, then higher ids. */
struct zd_index__topk {
    struct zd_index__found *heap; /* [k], owned by the caller */
    size_t n, k;
};

/* A score below this cannot enter (1 while there is room). */
static inline int32_t zd_index__topk_least(const struct zd_index__topk *t)
{
    return t->n < t->k ? 1 : t->heap[0].score;
}

void zd_index__topk_offer(struct zd_index__topk *topk, struct zd_index__found found);
/* Sorts what is kept, best first; the heap is then no heap any more. */
void zd_index__topk_sort(struct zd_index__topk *topk);

/* A value above `known` that at least k of the n scores reach, or 0 where none was found. It is
 * the k-th largest of the maxima of groups of scores, so it is exact or a little low, and costs
 * one pass. `room` holds at least n values. */
int32_t zd_index__kth_at_least(const struct zd_index__kernel *kernel, const int32_t *scores,
                               size_t n, size_t k, int32_t known, int32_t *room);

#endif
