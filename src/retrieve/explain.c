/* explain.c: the score of a passage taken apart (see retrieve.h). Parts that multiply are shown as
 * what they add to the product of those before them. */
#include <stdlib.h>

#include "retrieve/retrieve_private.h"

#define FEATURES 5

static int order_parts(const void *a, const void *b)
{
    const struct zd_score_part *x = a, *y = b;

    if (x->part != y->part)
        return x->part > y->part ? -1 : 1;
    return zd_str_cmp(x->what, y->what);
}

/* Rounding leaves parts that are none. */
static void add_part(struct zd_explanation *e, struct zd_str what, float part)
{
    if (part > 1e-4F || part < -1e-4F)
        e->p[e->n++] = (struct zd_score_part){what, part};
}

static void add_features(struct zd_explanation *e, const struct zd_ranked *ranked)
{
    float sum = ranked->lexical + ranked->evidence;

    add_part(e, ZD_STR("整篇文件"), ranked->evidence);
    add_part(e, ZD_STR("被其他文件引用"), sum * ranked->authority);
    sum *= 1.0F + ranked->authority;
    add_part(e, ZD_STR("问题点名"), sum * (ranked->named - 1.0F));
    sum *= ranked->named;
    add_part(e, ZD_STR("所问栏目"), sum * (ranked->field - 1.0F));
    sum *= ranked->field;
    add_part(e, ZD_STR("适用于其他地区"), ranked->score - sum);
}

enum zd_status zd_explain(const struct zd_question *question, const struct zd_index *index,
                          const struct zd_ranked *ranked, struct zd_arena *arena,
                          struct zd_explanation *ret_explanation, struct zd_error *err)
{
    struct zd_index_query query;
    struct zd_explanation e = {0};
    float *parts = zd_arena_array(arena, question->n_terms + 1, sizeof *parts);
    float *factors = zd_arena_array(arena, question->n_terms + 1, sizeof *factors);
    float unknown;
    enum zd_status st;

    e.p = zd_arena_array(arena, question->n_terms + FEATURES, sizeof *e.p);
    if (!parts || !factors || !e.p)
        return ZD_FAIL(err, ZD_NOMEM, 0, "no memory left for the explanation");
    zd_retrieve__weigh(question, index, factors, parts, &unknown); /* parts is filled anew below */
    query = zd_retrieve__query(question, factors, 1);
    st = zd_index_explain(index, &query, ranked->passage, parts, err);
    if (st != ZD_OK)
        return st;
    for (size_t i = 0; i < question->n_terms; i++)
        add_part(&e, question->words[i], parts[i]);
    add_features(&e, ranked);
    qsort(e.p, e.n, sizeof *e.p, order_parts);
    *ret_explanation = e;
    return ZD_OK;
}
