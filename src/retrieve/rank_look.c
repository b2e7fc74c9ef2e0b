/* rank_look.c: the head of a ranking looked at again (look.h). */
#include <math.h>

#include "retrieve/look.h"
#include "retrieve/rank_private.h"
#include "store/passage.h"

#define ROW_MAX 128
#define LEARNT_PLACES 48 /* in training texts are looked at that words or vectors put so far */

static enum zd_status no_memory(struct zd_error *err)
{
    return ZD_FAIL(err, ZD_NOMEM, 0, "no memory left for ranking");
}

static const struct zd_trees *second_ranker_of(const struct zd_reader *reader)
{
    const struct zd_trees *trees = reader->model ? zd_model_look(reader->model) : NULL;

    return trees && zd_trees_n_features(trees) == zd_look_row_features() ? trees : NULL;
}

/* Reads the passage; its features go to the ranking's arena. A passage that vanished has none. */
static enum zd_status look_at(const struct zd_rank__state *s, const struct zd_look *look,
                              struct zd_ranked *p, struct zd_error *err)
{
    struct zd_stored_passage passage = {0};
    float *features = zd_arena_array(s->arena, zd_look_features(), sizeof *features);
    enum zd_status st;

    if (!features)
        return no_memory(err);
    st = zd_passage_get(s->reader->store, s->reader->subject, p->passage, s->arena, &passage, err);
    if (st == ZD_NOT_FOUND)
        st = ZD_OK;
    if (st == ZD_OK)
        st = zd_look_at(look, passage.text, features, err);
    p->look = features;
    return st;
}

/* Scores of the head by the second ranker, in its order; nobody behind it stands above its last. */
static void judge_again(const struct zd_trees *ranker, struct zd_ranked *p, size_t n_head, size_t n)
{
    float rows[ZD_LOOK_HEAD * ROW_MAX];
    double odds[ZD_LOOK_HEAD];
    float *looks[ZD_LOOK_HEAD] = {NULL}, last;
    int64_t documents[ZD_LOOK_HEAD] = {0};

    for (size_t i = 0; i < n_head; i++) {
        looks[i] = p[i].look;
        documents[i] = p[i].document;
    }
    zd_look_compare(looks, documents, n_head);
    for (size_t i = 0; i < n_head; i++)
        zd_look_row(p[i].features, p[i].look, rows + i * zd_look_row_features());
    zd_trees_add_scores(ranker, 0, zd_trees_n_trees(ranker), rows, NULL, n_head, odds);
    for (size_t i = 0; i < n_head; i++)
        p[i].odds = (float)odds[i];
    zd_rank__sort(p, n_head);
    last = p[n_head - 1].odds + p[n_head - 1].rules;
    for (size_t i = n_head; i < n; i++)
        p[i].odds = fminf(p[i].odds, last - p[i].rules);
}

enum zd_status zd_rank__look_again(const struct zd_rank__state *s, struct zd_ranked *p, size_t n,
                                   struct zd_error *err)
{
    const struct zd_trees *ranker = second_ranker_of(s->reader);
    const bool learns = s->reader->is_training;
    const size_t n_head = n < ZD_LOOK_HEAD ? n : ZD_LOOK_HEAD;
    struct zd_look *look;
    enum zd_status st = ZD_OK;

    if (n == 0 || (!learns && !ranker))
        return ZD_OK;
    look = zd_look_new(s->question, s->weights, s->arena);
    if (!look)
        return no_memory(err);
    for (size_t i = 0; st == ZD_OK && i < (learns ? n : n_head); i++)
        if (!learns || zd_rank_best_place(p[i].features) > 1.0F / (1.0F + LEARNT_PLACES))
            st = look_at(s, look, &p[i], err);
    if (st == ZD_OK && !learns)
        judge_again(ranker, p, n_head, n);
    return st;
}
