/* Random corpora: passages as plain lists of terms, which go through the lives of an office. */
#ifndef ZD_TESTS_INDEX_CORPUS_H
#define ZD_TESTS_INDEX_CORPUS_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <math.h>
#include <stdlib.h>

#include "index/index_private.h"
#include "index/merging.h"
#include "index_support.h"

struct passage {
    struct zd_index_attributes a;
    int64_t id;
    uint64_t *terms[ZD_FIELD_COUNT];
    size_t n[ZD_FIELD_COUNT];
    int8_t *vector; /* [n_dims] or NULL */
    uint64_t model; /* what made it */
    bool deleted;
};

struct corpus {
    struct passage *p; /* [n] */
    size_t n, cap;
    uint64_t vocabulary;
    uint32_t n_dims;   /* of every vector; 0: nobody speaks of vectors */
    uint64_t model;    /* the writers' of late */
    uint64_t scramble; /* ids do not ascend: exclusive or with a passage's number */
    bool lagging;      /* deletions: frequencies and lengths come from the index */
};

static uint64_t random_term(struct support_random *r, uint64_t vocabulary)
{
    /* roughly Zipf: most draws hit few terms */
    double u = (double)(support_next(r) % 1000000 + 1) / 1000001.0;

    return 1 + (uint64_t)((double)vocabulary * pow(u, 3.0)) * 7919;
}

static void corpus_free(struct corpus *c)
{
    for (size_t i = 0; i < c->n; i++) {
        free(c->p[i].vector);
        for (int f = 0; f < ZD_FIELD_COUNT; f++)
            free(c->p[i].terms[f]);
    }
    free(c->p);
}

static struct passage *corpus_add(struct corpus *c, struct support_random *r, uint32_t group,
                                  size_t body_max)
{
    static const size_t max_terms[ZD_FIELD_COUNT] = {8, 5, 0};
    struct passage *p;

    if (c->n == c->cap) {
        c->cap = c->cap ? c->cap * 2 : 64;
        c->p = realloc(c->p, c->cap * sizeof *c->p);
        assert_non_null(c->p);
    }
    p = &c->p[c->n];
    *p = (struct passage){
        .id = (int64_t)(c->n ^ c->scramble) * 3 + 1,
        .model = c->model,
        .a = {.effective =
                  support_below(r, 3) ? (int32_t)(20200101 + support_below(r, 5) * 10000) : 0,
              .expires =
                  support_below(r, 3) ? 0 : (int32_t)(20230101 + support_below(r, 5) * 10000),
              .region = (uint32_t)support_below(r, 4),
              .access = 1u << support_below(r, 3),
              .group = group},
    };
    for (int f = 0; f < ZD_FIELD_COUNT; f++) {
        p->n[f] = (size_t)support_below(r, (f == ZD_FIELD_BODY ? body_max : max_terms[f]) + 1);
        p->terms[f] = calloc(p->n[f] + 1, sizeof **p->terms);
        assert_non_null(p->terms[f]);
        for (size_t i = 0; i < p->n[f]; i++)
            p->terms[f][i] = random_term(r, c->vocabulary);
    }
    if (c->n_dims > 0 && support_below(r, 8)) {
        p->vector = malloc(c->n_dims);
        assert_non_null(p->vector);
        for (uint32_t k = 0; k < c->n_dims; k++) /* some alike, so that ties occur */
            p->vector[k] = (int8_t)(support_below(r, 256) & (c->n % 7 ? 0xFF : 0x81));
    }
    c->n++;
    return p;
}

static void index_passage(struct zd_index_writer *w, const struct passage *p)
{
    struct zd_index_passage x = {.id = p->id, .attributes = p->a, .vector = p->vector};

    for (int f = 0; f < ZD_FIELD_COUNT; f++) {
        x.terms[f] = p->terms[f];
        x.n_terms[f] = p->n[f];
    }
    support_ok(zd_index_writer_add(w, &x, &support_err));
}

/* ---- the reference ---- */

static inline uint32_t count_in(const struct passage *p, int f, uint64_t term)
{
    uint32_t n = 0;

    for (size_t i = 0; i < p->n[f]; i++)
        n += p->terms[f][i] == term;
    return n;
}

static inline bool passes(const struct passage *p, const struct zd_index_filter *f)
{
    bool in = f->n_regions == 0 || p->a.region == 0;

    if (p->deleted)
        return false;
    if (f->on && (p->a.effective > f->on || (p->a.expires && p->a.expires < f->on)))
        return false;
    if (f->access && !(p->a.access & f->access))
        return false;
    for (size_t i = 0; i < f->n_regions; i++)
        in = in || f->regions[i] == p->a.region;
    if (!in)
        return false;
    in = f->n_groups == 0;
    for (size_t i = 0; i < f->n_groups; i++)
        in = in || f->groups[i] == p->a.group;
    return in;
}

/* ---- a life ---- */

/* What is done after each generation. */
typedef void (*corpus_look_fn)(const struct corpus *c, const struct zd_index *index,
                               struct support_random *r, uint32_t n_groups);

/* Mergings that were taken over, in all lives. */
static uint64_t corpus_adopted;

/* Takes over what was merged, or begins and runs a merging of what is there. */
static inline void corpus_merge(struct zd_index_merging **merging, struct zd_index_writer *w,
                                const char *dir, uint64_t generation, uint64_t *n_adopted)
{
    enum zd_status st;

    if (w && *merging) {
        st = zd_index_writer_adopt(w, *merging, &support_err);
        if (st != ZD_NOT_FOUND) /* another model meanwhile, or merged away */
            support_ok(st);
        *n_adopted += st == ZD_OK;
        zd_index_merging_end(*merging);
        *merging = NULL;
    } else if (!w && !*merging) {
        st = zd_index_merging_begin(dir, generation, merging, &support_err);
        if (st == ZD_NOT_FOUND)
            return;
        support_ok(st);
        support_ok(
            zd_index_merging_run(*merging, &(struct zd_index_merging_options){0}, &support_err));
    }
}

/* One office's life: batches of passages, deletions, changed validity, several generations and
 * segments, a look after each. In one of four lives segments are merged in the background, a
 * merging being taken over some generations after it began. */
static void corpus_life(uint64_t seed, size_t n_first, size_t body_max, uint64_t vocabulary,
                        int n_generations, corpus_look_fn look)
{
    static const uint32_t dims[] = {0, 32, 96, 256};
    struct support_random r = {seed};
    struct corpus c = {.vocabulary = vocabulary,
                       .n_dims = dims[seed % ZD_COUNT(dims)],
                       .scramble = seed % 3 ? 0 : 37};
    const bool background = seed % 4 == 3;
    struct zd_index_merging *merging = NULL;
    char dir[64];
    uint64_t generation = 0, n_adopted = 0;
    uint32_t n_groups = 0;

    support_folder(dir);
    for (int g = 0; g < (background ? 4 : 1) * n_generations; g++) {
        size_t n_new =
            g == 0 ? n_first : (size_t)support_below(&r, n_first / (background ? 8 : 2) + 2);
        struct zd_index_writer *w = NULL;
        struct zd_index *index = NULL;

        if (background && support_below(&r, 2))
            corpus_merge(&merging, NULL, dir, generation, &n_adopted);
        support_ok(zd_index_writer_open(dir, generation, &w, &support_err));
        if (background)
            zd_index__writer_limit_merges(w, 0);
        if (support_below(&r, 3) == 0)
            zd_index__writer_limit_memory(w, 60000);
        if (c.n_dims > 0) {
            c.model += c.model == 0 || support_below(&r, 5) == 0 /* none comes back */;
            support_ok(zd_index_writer_set_vectors(w, c.n_dims, c.model, &support_err));
        }
        for (size_t i = 0; i < n_new; i++) {
            if (support_below(&r, 3) == 0 || n_groups == 0)
                n_groups++;
            index_passage(w, corpus_add(&c, &r,
                                        support_below(&r, 20)
                                            ? n_groups
                                            : 1 + (uint32_t)support_below(&r, n_groups),
                                        body_max));
            if (background && support_below(&r, 30) == 0)
                corpus_merge(&merging, w, dir, generation, &n_adopted);
            if (support_below(&r, 40) == 0) {
                uint32_t group = 1 + (uint32_t)support_below(&r, n_groups);

                support_ok(zd_index_writer_delete_group(w, group, &support_err));
                c.lagging = true;
                for (size_t k = 0; k < c.n; k++)
                    c.p[k].deleted = c.p[k].deleted || c.p[k].a.group == group;
            }
            if (support_below(&r, 40) == 0) {
                uint32_t group = 1 + (uint32_t)support_below(&r, n_groups);
                int32_t expires = (int32_t)(20210101 + support_below(&r, 9) * 10000);

                support_ok(zd_index_writer_set_validity(w, group, 20200101, expires, &support_err));
                for (size_t k = 0; k < c.n; k++)
                    if (c.p[k].a.group == group) {
                        c.p[k].a.effective = 20200101;
                        c.p[k].a.expires = expires;
                    }
            }
        }
        support_ok(zd_index_writer_prepare(w, &generation, &support_err));
        zd_index_writer_close(w, true);
        support_ok(zd_index_check(dir, generation, &support_err));
        support_ok(zd_index_open(dir, generation, &index, &support_err));
        assert_false(zd_index_is_partial(index));
        if (!background || g % 4 == 3)
            look(&c, index, &r, n_groups);
        zd_index_close(index);
    }
    zd_index_merging_end(merging);
    corpus_adopted += n_adopted;
    corpus_free(&c);
    support_remove(dir);
}

#endif
