/* explain.c: the score of a passage taken apart (see retrieve.h): the words that it matched, each
 * with its part of the lexical score, and what each feature adds to the log-odds. */
#include <stdlib.h>

#include "retrieve/look.h"
#include "retrieve/rank_private.h"

#define RULES_WORDS "点名、栏目与地区规则"
#define REST_WORDS "起点"

static int order_parts(const void *a, const void *b)
{
    const struct zd_score_part *x = a, *y = b;
    const float p = x->part < 0.0F ? -x->part : x->part, q = y->part < 0.0F ? -y->part : y->part;

    if (p != q)
        return p > q ? -1 : 1;
    return zd_str_cmp(x->what, y->what);
}

/* Rounding leaves parts that are none. */
static void add_part(struct zd_score_part *parts, size_t *n, struct zd_str what, float part)
{
    if (part > 1e-4F || part < -1e-4F)
        parts[(*n)++] = (struct zd_score_part){what, part};
}

static enum zd_status explain_words(const struct zd_question *question,
                                    const struct zd_reader *reader, const struct zd_ranked *ranked,
                                    struct zd_arena *arena, struct zd_explanation *e,
                                    struct zd_error *err)
{
    struct zd_index_query query;
    struct zd_index_lists *lists = NULL;
    float *parts = zd_arena_array(arena, question->n_terms + 1, sizeof *parts);
    float *factors = zd_arena_array(arena, question->n_terms + 1, sizeof *factors);
    float unknown;
    enum zd_status st;

    e->words = zd_arena_array(arena, question->n_terms + 1, sizeof *e->words);
    if (!parts || !factors || !e->words)
        return ZD_FAIL(err, ZD_NOMEM, 0, "no memory left for the explanation");
    st = zd_index_lists_find(reader->index, question->terms, question->n_terms, &lists, err);
    if (st != ZD_OK)
        return st;
    zd_retrieve__weigh(question, reader->index, lists, factors, parts, &unknown);
    zd_index_lists_free(lists);
    query = zd_retrieve__query(question, factors, 1); /* parts: filled anew */
    st = zd_index_explain(reader->index, &query, ranked->passage, parts, err);
    if (st != ZD_OK)
        return st;
    for (size_t i = 0; i < question->n_terms; i++)
        add_part(e->words, &e->n_words, question->words[i], parts[i]);
    qsort(e->words, e->n_words, sizeof *e->words, order_parts);
    return ZD_OK;
}

/* What each feature adds, by the ranker that had the last word. */
static enum zd_status explain_features(const struct zd_reader *reader,
                                       const struct zd_ranked *ranked, struct zd_arena *arena,
                                       struct zd_explanation *e, struct zd_error *err)
{
    const struct zd_model *model = reader->model;
    const struct zd_trees *first = model ? zd_model_ranker(model) : NULL;
    const struct zd_trees *second = model && ranked->look ? zd_model_look(model) : NULL;
    const size_t n_all = zd_look_row_features();
    float *row = zd_arena_array(arena, n_all, sizeof *row);
    double *parts = zd_arena_array(arena, n_all, sizeof *parts), rest = (double)ranked->odds;

    e->features = zd_arena_array(arena, n_all + 2, sizeof *e->features);
    if (!row || !parts || !e->features)
        return ZD_FAIL(err, ZD_NOMEM, 0, "no memory left for the explanation");
    if (second && zd_trees_n_features(second) == n_all) {
        zd_look_row(ranked->features, ranked->look, row);
        rest = zd_trees_explain(second, row, parts);
    } else if (first && ranked->features && zd_trees_n_features(first) == ZD_RANK__FEATURES) {
        rest = zd_trees_explain(first, ranked->features, parts);
    }
    for (size_t i = 0; i < n_all; i++)
        add_part(e->features, &e->n_features, zd_str_c(zd_look_row_feature_name(i)),
                 (float)parts[i]);
    add_part(e->features, &e->n_features, ZD_STR(RULES_WORDS), ranked->rules);
    add_part(e->features, &e->n_features, ZD_STR(REST_WORDS), (float)rest);
    qsort(e->features, e->n_features, sizeof *e->features, order_parts);
    return ZD_OK;
}

enum zd_status zd_explain(const struct zd_question *question, const struct zd_reader *reader,
                          const struct zd_ranked *ranked, struct zd_arena *arena,
                          struct zd_explanation *ret_explanation, struct zd_error *err)
{
    struct zd_explanation e = {0};
    enum zd_status st = explain_words(question, reader, ranked, arena, &e, err);

    if (st == ZD_OK)
        st = explain_features(reader, ranked, arena, &e, err);
    if (st == ZD_OK)
        *ret_explanation = e;
    return st;
}
