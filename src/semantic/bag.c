/* bag.c: see bag.h. */
#include "semantic/bag.h"

#include <math.h>

#define ROWS_MAX (1u << 28)

uint64_t zd_semantic__random(uint64_t *state)
{
    uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);

    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return z ^ z >> 31;
}

void zd_bag_list_clear(struct zd_bag_list *list)
{
    list->n = list->n_rows = 0;
}

void zd_bag_list_done(struct zd_bag_list *list)
{
    zd_free(list->p);
    zd_free(list->rows);
    zd_free(list->weights);
    *list = (struct zd_bag_list){0};
}

enum zd_status zd_bagger_init(struct zd_bagger *b, const struct zd_corpus_view *corpus,
                              struct zd_error *err)
{
    *b = (struct zd_bagger){.corpus = corpus};
    b->counts = zd_alloc(((size_t)corpus->n_rows + 1) * sizeof *b->counts);
    b->touched = zd_alloc(((size_t)corpus->n_rows + 1) * sizeof *b->touched);
    if (b->counts && b->touched)
        return ZD_OK;
    zd_bagger_done(b);
    return ZD_FAIL(err, ZD_NOMEM, 0, "no memory left for training");
}

void zd_bagger_done(struct zd_bagger *b)
{
    zd_free(b->counts);
    zd_free(b->touched);
    *b = (struct zd_bagger){0};
}

void zd_bagger_text(struct zd_bagger *b, uint32_t text)
{
    const struct zd_corpus_text *t = &b->corpus->texts[text];
    const uint32_t *tokens = b->corpus->tokens + t->from;

    for (uint32_t i = 0; i < t->n; i++) {
        if (tokens[i] >= b->corpus->n_rows)
            continue; /* a token without a row */
        if (b->counts[tokens[i]]++ == 0)
            b->touched[b->n_touched++] = tokens[i];
    }
}

void zd_bagger_headings(struct zd_bagger *b, uint32_t passage)
{
    const struct zd_corpus_passage *p = &b->corpus->passages[passage];

    zd_bagger_text(b, p->title);
    zd_bagger_text(b, p->headings);
}

void zd_bagger_body(struct zd_bagger *b, uint32_t passage)
{
    const struct zd_corpus_passage *p = &b->corpus->passages[passage];

    for (uint32_t i = 0; i < p->n; i++)
        zd_bagger_text(b, p->first + i);
}

void zd_bagger_passage(struct zd_bagger *b, uint32_t passage, uint32_t but)
{
    const struct zd_corpus_passage *p = &b->corpus->passages[passage];

    zd_bagger_headings(b, passage);
    for (uint32_t i = 0; i < p->n; i++)
        if (i != but)
            zd_bagger_text(b, p->first + i);
}

enum zd_status zd_bagger_put(struct zd_bagger *b, float drop, uint64_t *random,
                             struct zd_bag_list *list, struct zd_error *err)
{
    const size_t from = list->n_rows;
    const uint64_t below = (uint64_t)((double)drop * 18446744073709551616.0);

    if (!zd_grow(&list->p, &list->cap, list->n + 1, sizeof *list->p, ROWS_MAX) ||
        !zd_grow(&list->rows, &list->rows_cap, from + b->n_touched, sizeof *list->rows, ROWS_MAX) ||
        !zd_grow(&list->weights, &list->weights_cap, from + b->n_touched, sizeof *list->weights,
                 ROWS_MAX))
        return ZD_FAIL(err, ZD_NOMEM, 0, "no memory left for training");
    for (size_t i = 0; i < b->n_touched; i++) {
        const uint32_t row = b->touched[i];
        const bool last_chance = i + 1 == b->n_touched && list->n_rows == from;

        if (last_chance || drop <= 0.0F || zd_semantic__random(random) >= below) {
            list->rows[list->n_rows] = row;
            list->weights[list->n_rows++] = sqrtf((float)b->counts[row]);
        }
        b->counts[row] = 0;
    }
    b->n_touched = 0;
    list->p[list->n++] = (struct zd_bag){(uint32_t)from, (uint32_t)(list->n_rows - from)};
    return ZD_OK;
}
