/* weigh.c: see weigh.h. */
#include "weigh.h"

#include <string.h>

#include "base/date.h"
#include "index/tally.h"

struct room {
    int64_t *ids;
    float *scores;
    struct zd_index_facts *facts;
    uint16_t (*tf)[ZD_FIELD_COUNT];
    uint32_t *group_tf;
};

static void room_done(struct room *r)
{
    zd_free(r->ids);
    zd_free(r->scores);
    zd_free(r->facts);
    zd_free(r->tf);
    zd_free(r->group_tf);
}

static bool room_make(struct room *r, size_t n, size_t n_terms)
{
    r->ids = zd_alloc(n * sizeof *r->ids);
    r->scores = zd_alloc(n * sizeof *r->scores);
    r->facts = zd_alloc(n * sizeof *r->facts);
    r->tf = zd_alloc(n * n_terms * sizeof *r->tf);
    r->group_tf = zd_alloc(ZD_BENCH_WEIGH_GROUPS * n_terms * sizeof *r->group_tf);
    return r->ids && r->scores && r->facts && r->tf && r->group_tf;
}

static size_t distinct_groups(const struct zd_index_hit *hits, size_t n,
                              uint32_t groups[ZD_BENCH_WEIGH_GROUPS])
{
    size_t n_groups = 0;

    for (size_t i = 0; i < n && n_groups < ZD_BENCH_WEIGH_GROUPS; i++) {
        size_t k = 0;

        while (k < n_groups && groups[k] != hits[i].group)
            k++;
        if (k == n_groups)
            groups[n_groups++] = hits[i].group;
    }
    return n_groups;
}

static double since_us(uint64_t begun_us)
{
    return (double)(zd_clock_mono_us() - begun_us);
}

enum zd_status zd_bench_weigh(const struct zd_index *index, const struct zd_index_query *query,
                              const struct zd_index_hit *hits, size_t n,
                              struct zd_bench_weighing *ret, struct zd_error *err)
{
    struct room r = {0};
    struct zd_index_group_facts group_facts[ZD_BENCH_WEIGH_GROUPS];
    uint32_t groups[ZD_BENCH_WEIGH_GROUPS];
    enum zd_status st = ZD_OK;
    uint64_t begun;

    if (!room_make(&r, n, query->n_terms))
        st = ZD_FAIL(err, ZD_NOMEM, 0, "no memory for weighing");
    for (size_t i = 0; st == ZD_OK && i < n; i++)
        r.ids[i] = hits[i].id;
    begun = zd_clock_mono_us();
    if (st == ZD_OK)
        st = zd_index_tally(index,
                            &(struct zd_index_tally){.terms = query->terms,
                                                     .n_terms = query->n_terms,
                                                     .ids = r.ids,
                                                     .n = n,
                                                     .query = query,
                                                     .facts = r.facts,
                                                     .tf = r.tf,
                                                     .scores = r.scores},
                            err);
    ret->passages_us = since_us(begun);
    begun = zd_clock_mono_us();
    if (st == ZD_OK)
        st = zd_index_tally_groups(
            index,
            &(struct zd_index_group_tally){.terms = query->terms,
                                           .n_terms = query->n_terms,
                                           .groups = groups,
                                           .n = distinct_groups(hits, n, groups),
                                           .facts = group_facts,
                                           .tf = r.group_tf},
            err);
    ret->groups_us = since_us(begun);
    for (size_t i = 0; st == ZD_OK && i < n; i++)
        if (r.scores[i] != hits[i].score)
            st = ZD_FAIL(err, ZD_CORRUPT, i, "a score differs from the search's");
    room_done(&r);
    return st;
}
