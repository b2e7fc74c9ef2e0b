/* train_rows.c: see train_rows.h. */
#include "desk/train_rows.h"

#include <stdlib.h>
#include <string.h>

#include "answer/learn.h"
#include "base/date.h"
#include "desk/score.h"
#include "retrieve/look.h"
#include "store/passage.h"

#define TOP 100
#define ANSWERED_FROM 64    /* passages, as when a citizen asks */
#define SEEN_OTHERS 50      /* candidates kept of rankings that cannot answer */
#define RIGHT_DOCUMENT 0.3F /* grade of a passage whose document answers with another passage */
#define GOLD_MIN_CHARS 4    /* shorter words stand in many texts by chance */
#define ROWS_MAX ((size_t)1 << 26)

void zd_train_rows_done(struct zd_train_rows *rows)
{
    zd_free(rows->rows);
    zd_free(rows->features);
    zd_free(rows->looks);
    zd_free(rows->asked);
    *rows = (struct zd_train_rows){0};
}

static int order_scored(const void *a, const void *b)
{
    const struct zd_train_scored *x = a, *y = b;

    if (x->odds != y->odds)
        return x->odds > y->odds ? -1 : 1;
    return (x->row > y->row) - (x->row < y->row);
}

void zd_train_order(const struct zd_train_rows *rows, const struct zd_train_asked *asked,
                    const float *odds, struct zd_train_scored *scored)
{
    for (size_t k = 0; k < asked->n; k++) {
        const size_t row = asked->first + k;

        scored[k] = (struct zd_train_scored){odds[row] + rows->rows[row].rules, row};
    }
    qsort(scored, asked->n, sizeof *scored, order_scored);
}

static bool answers(const struct zd_train_office *office, const struct zd_training_question *q,
                    int64_t document)
{
    for (size_t i = 0; i < q->n_documents; i++)
        if (office->set->documents[q->documents[i]].key == document)
            return true;
    return false;
}

/* Whether the passage's text holds words of the answer that are long enough to be no accident. */
static enum zd_status holds_words(const struct zd_train_office *office,
                                  const struct zd_training_question *q, int64_t passage,
                                  bool *ret_holds, struct zd_error *err)
{
    struct zd_stored_passage stored = {0};
    struct zd_score_text text = {0}, gold = {0};
    enum zd_status st = zd_passage_get(zd_view_store(office->set->view), zd_subject_owner(),
                                       passage, office->arena, &stored, err);

    if (st == ZD_OK)
        st = zd_score_text_of(stored.text, office->arena, &text, err);
    for (size_t i = 0; st == ZD_OK && i < q->n_golds && !*ret_holds; i++) {
        st = zd_score_text_of(q->golds[i], office->arena, &gold, err);
        *ret_holds = st == ZD_OK && gold.n >= GOLD_MIN_CHARS && zd_score_contains(&text, &gold);
    }
    return st;
}

static bool is_passage(const struct zd_training_question *q, int64_t passage)
{
    for (size_t i = 0; i < q->n_passages; i++)
        if (q->passages[i] == passage)
            return true;
    return false;
}

/* What a candidate is to a question that its office answers. */
static enum zd_status grade(const struct zd_train_office *office,
                            const struct zd_training_question *q, const struct zd_ranked *ranked,
                            struct zd_train_row *row, struct zd_error *err)
{
    if (answers(office, q, ranked->document)) {
        row->grade = !q->holds_words || is_passage(q, ranked->passage) ? 1.0F : RIGHT_DOCUMENT;
        return ZD_OK;
    }
    return q->holds_words ? holds_words(office, q, ranked->passage, &row->ambiguous, err) : ZD_OK;
}

static bool make_room(struct zd_train_rows *rows, size_t n)
{
    const size_t n_features = zd_rank_features(), n_looks = zd_look_features();

    return zd_grow(&rows->rows, &rows->rows_cap, rows->n_rows + n, sizeof *rows->rows, ROWS_MAX) &&
           zd_grow(&rows->features, &rows->features_cap, (rows->n_rows + n) * n_features,
                   sizeof *rows->features, ROWS_MAX * n_features) &&
           zd_grow(&rows->looks, &rows->looks_cap, (rows->n_rows + n) * n_looks,
                   sizeof *rows->looks, ROWS_MAX * n_looks) &&
           zd_grow(&rows->asked, &rows->asked_cap, rows->n_asked + 1, sizeof *rows->asked,
                   ROWS_MAX);
}

static enum zd_status keep(struct zd_train_rows *rows, const struct zd_train_office *office,
                           const struct zd_training_question *q, enum zd_asked_as as,
                           const struct zd_ranking *ranking, struct zd_train_asked *asked,
                           struct zd_error *err)
{
    const size_t n_features = zd_rank_features(), n_looks = zd_look_features();
    const size_t most = as == ZD_ASKED_OWN ? ranking->n_candidates : SEEN_OTHERS;
    const size_t n = ranking->n_candidates < most ? ranking->n_candidates : most;
    enum zd_status st = ZD_OK;

    if (!make_room(rows, n))
        return ZD_FAIL(err, ZD_NOMEM, 0, "no memory left for training");
    asked->first = rows->n_rows;
    asked->n = n;
    for (size_t i = 0; st == ZD_OK && i < n; i++) {
        const struct zd_ranked *ranked = &ranking->p[i];
        struct zd_train_row *row = &rows->rows[rows->n_rows];

        *row = (struct zd_train_row){.document = ranked->document, .rules = ranked->rules};
        if (as == ZD_ASKED_OWN)
            st = grade(office, q, ranked, row, err);
        memcpy(rows->features + rows->n_rows * n_features, ranked->features,
               n_features * sizeof *rows->features);
        memset(rows->looks + rows->n_rows * n_looks, 0, n_looks * sizeof *rows->looks);
        if (ranked->look)
            memcpy(rows->looks + rows->n_rows * n_looks, ranked->look,
                   n_looks * sizeof *rows->looks);
        rows->n_rows++;
    }
    return st;
}

enum zd_status zd_train_ask(struct zd_train_rows *rows, const struct zd_train_office *office,
                            const struct zd_training_question *q, enum zd_asked_as as, bool as_new,
                            struct zd_error *err)
{
    const struct zd_scope scope = {.on = q->on, .today = zd_date_today(), .region = q->region};
    struct zd_train_asked asked = {.as = as,
                                   .fold = q->fold,
                                   .set = office->number,
                                   .n_relevant = (uint32_t)q->n_documents,
                                   .as_new = as_new};
    struct zd_reader reader = {.store = zd_view_store(office->set->view),
                               .subject = zd_subject_owner(),
                               .index = office->index,
                               .model = office->model,
                               .catalogue = office->catalogue,
                               .forgets = as_new,
                               .is_training = true};
    struct zd_question question = {0};
    struct zd_ranking ranking = {0};
    int64_t *without;
    enum zd_status st;

    zd_arena_reset(office->arena);
    without = zd_arena_array(office->arena, q->n_documents + 1, sizeof *without);
    if (!without)
        return ZD_FAIL(err, ZD_NOMEM, 0, "no memory left for training");
    for (size_t i = 0; as == ZD_ASKED_WITHOUT && i < q->n_documents; i++)
        without[reader.n_without++] = office->set->documents[q->documents[i]].key;
    reader.without = without;
    st = zd_understand(q->text, &scope, reader.store, office->arena, &question, err);
    if (st == ZD_OK)
        st = zd_rank(&question, &reader, TOP, office->arena, &ranking, err);
    if (st != ZD_OK)
        return st == ZD_INVALID ? ZD_OK : st;
    asked.question = zd_gate_question_of(&question, &ranking);
    st = keep(rows, office, q, as, &ranking, &asked, err);
    if (st == ZD_OK)
        rows->asked[rows->n_asked++] = asked;
    return st;
}

enum zd_status zd_train_ask_words(struct zd_answer_learner *learner,
                                  const struct zd_train_office *office,
                                  const struct zd_training_question *q, struct zd_error *err)
{
    const struct zd_scope scope = {.on = q->on, .today = zd_date_today(), .region = q->region};
    const struct zd_reader reader = {.store = zd_view_store(office->set->view),
                                     .subject = zd_subject_owner(),
                                     .index = office->index,
                                     .model = office->model,
                                     .catalogue = office->catalogue,
                                     .is_training = true};
    struct zd_question question = {0};
    struct zd_ranking ranking = {0};
    struct zd_answer_gold gold = {.answers = q->golds,
                                  .n_answers = q->n_golds,
                                  .n_documents = q->n_documents,
                                  .fold = q->fold};
    int64_t *documents;
    enum zd_status st;

    zd_arena_reset(office->arena);
    documents = zd_arena_array(office->arena, q->n_documents + 1, sizeof *documents);
    if (!documents)
        return ZD_FAIL(err, ZD_NOMEM, 0, "no memory left for training");
    for (size_t i = 0; i < q->n_documents; i++)
        documents[i] = office->set->documents[q->documents[i]].key;
    gold.documents = documents;
    st = zd_understand(q->text, &scope, reader.store, office->arena, &question, err);
    if (st == ZD_OK)
        st = zd_rank(&question, &reader, ANSWERED_FROM, office->arena, &ranking, err);
    if (st == ZD_INVALID)
        return ZD_OK;
    if (st == ZD_OK)
        st = zd_answer_learner_add(learner, &question, &ranking, reader.store, reader.subject,
                                   &gold, err);
    return st;
}
