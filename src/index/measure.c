/* measure.c: see measure.h. Only the decoding is inside the clock: finding the lists comes first,
 * which also checks and touches every page, so that the disk is not what is measured. */
#include "index/measure.h"

#include "base/date.h"
#include "index/snapshot.h"

struct list_array {
    struct zd_index__list *p; /* [n] */
    size_t n, cap;
};

static enum zd_status gather(struct zd_index__segment *segment, uint32_t min_passages,
                             struct list_array *lists, struct zd_error *err)
{
    struct zd_index__terms terms;

    zd_index__terms_begin(segment, &terms);
    while (zd_index__terms_next(&terms)) {
        if (terms.list.df < min_passages)
            continue;
        if (lists->n == lists->cap &&
            !zd_grow(&lists->p, &lists->cap, lists->n + 1, sizeof *lists->p, UINT32_MAX))
            return ZD_FAIL(err, ZD_NOMEM, 0, "out of memory for a measurement");
        lists->p[lists->n++] = terms.list;
    }
    return atomic_load(&segment->bad)
               ? ZD_FAIL(err, ZD_CORRUPT, 0, "a segment of the index is damaged")
               : ZD_OK;
}

static enum zd_status decode(const struct zd_index__segment *segment,
                             const struct list_array *lists, struct zd_index_measure *sum,
                             struct zd_error *err)
{
    struct zd_index__walk walk;
    struct zd_index__block block;
    volatile uint32_t seen = 0; /* so that decoding cannot be left out */

    for (size_t i = 0; i < lists->n; i++) {
        if (!zd_index__walk_begin(&lists->p[i], segment->shape.n_docs, &walk))
            return ZD_FAIL(err, ZD_CORRUPT, 0, "a posting list of the index is damaged");
        for (uint32_t b = 0; b < walk.n_blocks; b++) {
            if (!zd_index__walk_block(&walk, b, &block))
                return ZD_FAIL(err, ZD_CORRUPT, 0, "a posting block of the index is damaged");
            seen = seen + block.docs[block.n - 1] + block.codes[0];
        }
        sum->n_postings += walk.df;
        sum->n_bytes += lists->p[i].bytes.n;
    }
    return ZD_OK;
}

enum zd_status zd_index_measure(const struct zd_index *index, uint32_t min_passages,
                                struct zd_index_measure *ret_measure, struct zd_error *err)
{
    struct zd_index_measure sum = {0};
    struct list_array lists = {0};
    enum zd_status st = ZD_OK;

    for (size_t i = 0; i < index->manifest.n_parts && st == ZD_OK; i++) {
        struct zd_index__segment *segment = index->manifest.parts[i].segment;
        uint64_t begun;

        lists.n = 0;
        st = gather(segment, min_passages, &lists, err);
        begun = zd_clock_mono_us();
        if (st == ZD_OK)
            st = decode(segment, &lists, &sum, err);
        sum.us += zd_clock_mono_us() - begun;
    }
    zd_free(lists.p);
    if (st == ZD_OK)
        *ret_measure = sum;
    return st;
}
