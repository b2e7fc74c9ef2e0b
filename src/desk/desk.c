/* desk.c: ask and search (see desk.h). */
#include "desk/desk.h"
#include "desk/desk_private.h"

#include "base/caps.h"
#include "base/date.h"
#include "base/hash.h"
#include "parse/parse.h"
#include "retrieve/catalogue.h"
#include "store/document.h"
#include "store/passage.h"
#include "store/version.h"

/* Passages that an answer may choose from: enough for the evidence of several documents. */
#define ZD_ASK_CANDIDATES 64

struct zd_desk {
    struct zd_view *view;
    struct zd_catalogue *catalogue;
    struct zd_model *learnt;       /* the model that `words` is of */
    struct zd_answer_model *words; /* which words answer; NULL where the model does not say */
};

enum zd_status zd_desk_open(struct zd_office *office, struct zd_desk **ret_desk,
                            struct zd_error *err)
{
    struct zd_desk *desk = zd_alloc(sizeof *desk);
    enum zd_status st;

    if (!desk)
        return ZD_FAIL(err, ZD_NOMEM, 0, "out of memory for a desk");
    desk->catalogue = zd_catalogue_new();
    st = desk->catalogue ? zd_view_open(office, &desk->view, err)
                         : (enum zd_status)ZD_FAIL(err, ZD_NOMEM, 0, "out of memory for a desk");
    if (st != ZD_OK) {
        zd_desk_close(desk);
        return st;
    }
    *ret_desk = desk;
    return ZD_OK;
}

void zd_desk_close(struct zd_desk *desk)
{
    if (!desk)
        return;
    zd_view_close(desk->view);
    zd_catalogue_free(desk->catalogue);
    zd_answer_model_free(desk->words);
    zd_model_close(desk->learnt);
    zd_free(desk);
}

enum zd_sureness zd_sureness_of(double confidence)
{
    if (confidence >= 0.8)
        return ZD_SURE_HIGH;
    return confidence >= 0.5 ? ZD_SURE_MIDDLE : ZD_SURE_LITTLE;
}

struct zd_scope zd_desk__scope(const struct zd_ask *ask)
{
    return (struct zd_scope){.on = ask->as_of, .today = zd_date_today(), .region = ask->region};
}

/* What ranks within the view that has begun. */
static struct zd_reader reader_of(struct zd_desk *desk, const struct zd_subject *subject)
{
    zd_catalogue_begin(desk->catalogue, zd_view_generation(desk->view), subject);
    return (struct zd_reader){.store = zd_view_store(desk->view),
                              .subject = subject,
                              .index = zd_view_index(desk->view),
                              .model = zd_view_model(desk->view),
                              .catalogue = desk->catalogue};
}

/* Reads which words answer, when the view's model is another than the last one. */
static enum zd_status read_words(struct zd_desk *desk, struct zd_error *err)
{
    struct zd_model *model = zd_view_model(desk->view);
    struct zd_bytes section;
    struct zd_answer_model *words = NULL;
    enum zd_status st = ZD_OK;

    if (model == desk->learnt)
        return ZD_OK;
    section = zd_model_section(model, ZD_MODEL_TAG("SPAN"));
    if (section.n > 0)
        st = zd_answer_model_read(section, &words, err);
    if (st == ZD_CORRUPT)
        st = ZD_OK; /* another program's: the built-in one does */
    if (st != ZD_OK)
        return st;
    zd_answer_model_free(desk->words);
    zd_model_close(desk->learnt);
    desk->words = words;
    desk->learnt = zd_model_ref(model);
    return ZD_OK;
}

/* The question as it stands alone, where it leans on those before it. */
static enum zd_status follow_up(const struct zd_reader *reader, const struct zd_ask *ask,
                                struct zd_arena *arena, struct zd_ask *ret_alone,
                                struct zd_follow *ret_follow, struct zd_error *err)
{
    const struct zd_scope scope = zd_desk__scope(ask);
    enum zd_status st = zd_follow(ask->history, ask->n_history, ask->question, &scope, reader,
                                  arena, ret_follow, err);

    if (st != ZD_OK)
        return st;
    *ret_alone = *ask;
    ret_alone->question = ret_follow->question;
    return ZD_OK;
}

enum zd_status zd_desk__rank(const struct zd_reader *reader, const struct zd_ask *ask, size_t top,
                             struct zd_arena *arena, struct zd_question *ret_question,
                             struct zd_ranking *ret_ranking, struct zd_error *err)
{
    const struct zd_scope scope = zd_desk__scope(ask);
    enum zd_status st =
        zd_understand(ask->question, &scope, reader->store, arena, ret_question, err);

    if (st != ZD_OK)
        return st;
    *ret_ranking = (struct zd_ranking){0};
    if (reader->index)
        st = zd_rank(ret_question, reader, top, arena, ret_ranking, err);
    return st;
}

enum zd_status zd_desk__add_place(struct zd_str words, struct zd_citation *citation,
                                  struct zd_arena *arena, struct zd_error *err)
{
    struct zd_str from, to;
    size_t at;

    if (!zd_str_eq(citation->kind, ZD_STR("clause")))
        return ZD_OK;
    at = zd_str_find(citation->text, words, 0);
    if (at == SIZE_MAX || words.n == 0 || words.n == citation->text.n)
        return ZD_OK;
    from = zd_clause_place(citation->text, (uint32_t)at, arena);
    to = zd_clause_place(citation->text, (uint32_t)(at + words.n - 1), arena);
    if (from.n == 0 || !zd_str_eq(from, to))
        return ZD_OK;
    citation->path = zd_arena_printf(arena, "%.*s%.*s", (int)citation->path.n, citation->path.p,
                                     (int)from.n, from.p);
    return citation->path.p ? ZD_OK : ZD_FAIL(err, ZD_NOMEM, 0, "out of memory for the answer");
}

/* An answer in the documents' words, perhaps in parts. */
static enum zd_status answer_words(const struct zd_reader *reader, const struct zd_ask *ask,
                                   const struct zd_answer_options *options,
                                   const struct zd_question *question,
                                   const struct zd_ranking *ranking, struct zd_arena *arena,
                                   struct zd_answer *answer, struct zd_error *err)
{
    struct zd_ask with = *ask;
    enum zd_status st = zd_answer_make(question, ranking, reader, options, arena, answer, err);

    with.options = *options;
    if (st == ZD_OK)
        st = zd_desk__answer_parts(reader, &with, arena, answer, err);
    if (st == ZD_OK && !answer->refused && answer->n_parts == 0 && answer->n_citations > 0)
        st = zd_desk__add_place(answer->answer, &answer->citations[0], arena, err);
    return st;
}

enum zd_status zd_desk_ask(struct zd_desk *desk, const struct zd_subject *subject,
                           const struct zd_ask *ask, struct zd_arena *arena,
                           struct zd_answer *ret_answer, struct zd_error *err)
{
    const uint64_t begun = zd_clock_mono_us();
    struct zd_question question = {0};
    struct zd_ranking ranking = {0};
    struct zd_answer answer = {0};
    struct zd_follow follow = {0};
    struct zd_ask alone = *ask;
    struct zd_answer_options options = ask->options;
    struct zd_reader reader;
    bool counted = false;
    char id[ZD_ID_TEXT_BYTES];
    enum zd_status st = zd_id_new(id, err);

    if (st != ZD_OK)
        return st;
    st = zd_view_begin(desk->view, err);
    if (st != ZD_OK)
        return st;
    reader = reader_of(desk, subject);
    st = follow_up(&reader, ask, arena, &alone, &follow, err);
    if (st == ZD_OK)
        st = zd_desk__rank(&reader, &alone, ZD_ASK_CANDIDATES, arena, &question, &ranking, err);
    ranking.partial |= zd_view_is_partial(desk->view);
    if (st == ZD_OK)
        zd_follow_prefer(&follow, &ranking);
    if (st == ZD_OK)
        st = read_words(desk, err);
    if (!options.model)
        options.model = desk->words;
    if (st == ZD_OK && follow.n_choices > 0)
        st = zd_desk__ask_back(&follow, &question, arena, &answer, err);
    else if (st == ZD_OK)
        st = zd_desk__count(&question, &ranking, &reader, arena, &answer, &counted, err);
    if (st == ZD_OK && follow.n_choices == 0 && !counted)
        st = answer_words(&reader, &alone, &options, &question, &ranking, arena, &answer, err);
    zd_view_end(desk->view);
    if (st != ZD_OK)
        return st;
    if (ask->n_history > 0)
        answer.question.text = zd_str_trim(ask->question);
    answer.id = zd_arena_str(arena, zd_str_c(id));
    if (!answer.id.p)
        return ZD_FAIL(err, ZD_NOMEM, 0, "out of memory for the answer");
    answer.took_us = zd_clock_mono_us() - begun;
    *ret_answer = answer;
    return ZD_OK;
}

enum zd_status zd_desk_learn(struct zd_desk *desk, const struct zd_subject *subject,
                             const struct zd_ask *ask, const struct zd_answer_gold *gold,
                             struct zd_arena *arena, struct zd_answer_learner *learner,
                             struct zd_error *err)
{
    struct zd_question question = {0};
    struct zd_ranking ranking = {0};
    struct zd_reader reader;
    enum zd_status st = zd_view_begin(desk->view, err);

    if (st != ZD_OK)
        return st;
    reader = reader_of(desk, subject);
    st = zd_desk__rank(&reader, ask, ZD_ASK_CANDIDATES, arena, &question, &ranking, err);
    if (st == ZD_OK)
        st = zd_answer_learner_add(learner, &question, &ranking, reader.store, subject, gold, err);
    zd_view_end(desk->view);
    return st;
}

/* Turns ranked passages into what is shown. */
static enum zd_status found_of(struct zd_desk *desk, const struct zd_subject *subject,
                               const struct zd_ranking *ranking, int32_t on, struct zd_arena *arena,
                               struct zd_search *search, struct zd_error *err)
{
    struct zd_store *store = zd_view_store(desk->view);

    search->p = zd_arena_array(arena, ranking->n ? ranking->n : 1, sizeof *search->p);
    if (!search->p)
        return ZD_FAIL(err, ZD_NOMEM, 0, "out of memory for %zu hits", ranking->n);
    for (size_t i = 0; i < ranking->n; i++) {
        const struct zd_ranked *ranked = &ranking->p[i];
        struct zd_found *found = &search->p[i];
        enum zd_status st =
            zd_cite(store, subject, ranked->passage, on, arena, &found->citation, err);

        if (st != ZD_OK)
            return st;
        found->ranked = *ranked;
    }
    search->n = ranking->n;
    return ZD_OK;
}

static enum zd_status explain_all(const struct zd_reader *reader, struct zd_arena *arena,
                                  struct zd_search *search, struct zd_error *err)
{
    enum zd_status st = ZD_OK;

    for (size_t i = 0; i < search->n && st == ZD_OK; i++)
        st = zd_explain(&search->question, reader, &search->p[i].ranked, arena,
                        &search->p[i].explanation, err);
    return st;
}

enum zd_status zd_desk_search(struct zd_desk *desk, const struct zd_subject *subject,
                              const struct zd_ask *ask, size_t top, struct zd_arena *arena,
                              struct zd_search *ret_search, struct zd_error *err)
{
    const uint64_t begun = zd_clock_mono_us();
    struct zd_search search = {0};
    struct zd_ranking ranking = {0};
    struct zd_follow follow = {0};
    struct zd_ask alone = *ask;
    struct zd_reader reader;
    enum zd_status st;

    if (top < 1 || top > ZD_TOP_MAX)
        return ZD_FAIL(err, ZD_LIMIT, 0, "top is %zu, allowed are 1 to %d", top, ZD_TOP_MAX);
    st = zd_view_begin(desk->view, err);
    if (st != ZD_OK)
        return st;
    reader = reader_of(desk, subject);
    st = follow_up(&reader, ask, arena, &alone, &follow, err);
    if (st == ZD_OK)
        st = zd_desk__rank(&reader, &alone,
                           follow.carried && top < ZD_ASK_CANDIDATES ? ZD_ASK_CANDIDATES : top,
                           arena, &search.question, &ranking, err);
    ranking.partial |= zd_view_is_partial(desk->view);
    if (st == ZD_OK)
        zd_follow_prefer(&follow, &ranking);
    ranking.n = ranking.n < top ? ranking.n : top;
    if (st == ZD_OK)
        st = found_of(desk, subject, &ranking, search.question.on, arena, &search, err);
    if (st == ZD_OK && ask->explain)
        st = explain_all(&reader, arena, &search, err);
    zd_view_end(desk->view);
    if (st != ZD_OK)
        return st;
    search.partial = ranking.partial;
    search.took_us = zd_clock_mono_us() - begun;
    *ret_search = search;
    return ZD_OK;
}

/* The public id of a document, and the path that the version of its best passage came from. */
static enum zd_status document_hit(struct zd_store *store, const struct zd_subject *subject,
                                   const struct zd_ranked_document *ranked, struct zd_arena *arena,
                                   struct zd_document_hit *hit, struct zd_error *err)
{
    struct zd_document document = {0};
    struct zd_version version = {0};
    enum zd_status st = zd_document_get(store, subject, ranked->document, arena, &document, err);

    if (st == ZD_OK)
        st = zd_version_get(store, subject, zd_passage_version(ranked->passage), arena, &version,
                            err);
    if (st != ZD_OK)
        return st;
    *hit = (struct zd_document_hit){document.id, version.source, (double)ranked->score};
    return ZD_OK;
}

enum zd_status zd_desk_search_documents(struct zd_desk *desk, const struct zd_subject *subject,
                                        const struct zd_ask *ask, size_t top,
                                        struct zd_arena *arena, struct zd_document_hits *ret_hits,
                                        struct zd_error *err)
{
    const struct zd_scope scope = zd_desk__scope(ask);
    struct zd_document_ranking ranking = {0};
    struct zd_document_hits hits = {0};
    struct zd_question question = {0};
    struct zd_reader reader;
    enum zd_status st = zd_view_begin(desk->view, err);

    if (st != ZD_OK)
        return st;
    reader = reader_of(desk, subject);
    st = zd_understand(ask->question, &scope, reader.store, arena, &question, err);
    if (st == ZD_OK && reader.index)
        st = zd_rank_documents(&question, &reader, top, arena, &ranking, err);
    hits.p = zd_arena_array(arena, ranking.n ? ranking.n : 1, sizeof *hits.p);
    if (st == ZD_OK && !hits.p)
        st = ZD_FAIL(err, ZD_NOMEM, 0, "out of memory for %zu documents", ranking.n);
    for (; st == ZD_OK && hits.n < ranking.n; hits.n++)
        st = document_hit(reader.store, subject, &ranking.p[hits.n], arena, &hits.p[hits.n], err);
    zd_view_end(desk->view);
    if (st == ZD_OK)
        *ret_hits = hits;
    return st;
}
