/* rank_documents.c: the ranking of passages as a ranking of documents (see retrieve.h).
 *
 * A document stands where its best passage stands; the passage's score already holds what the rest
 * of the document says. Several passages are ranked for each document wanted, because a law that
 * is about the matter has many good ones. */
#include "base/caps.h"
#include "retrieve/retrieve_private.h"

#define PASSAGES_PER_DOCUMENT 8

static bool is_listed(const struct zd_document_ranking *ranking, int64_t document)
{
    for (size_t i = 0; i < ranking->n; i++)
        if (ranking->p[i].document == document)
            return true;
    return false;
}

enum zd_status zd_rank_documents(const struct zd_question *question, struct zd_store *store,
                                 const struct zd_subject *subject, const struct zd_index *index,
                                 size_t top, struct zd_arena *arena,
                                 struct zd_document_ranking *ret_ranking, struct zd_error *err)
{
    struct zd_document_ranking documents = {0};
    struct zd_ranking passages = {0};
    size_t wanted =
        top < ZD_TOP_MAX / PASSAGES_PER_DOCUMENT ? top * PASSAGES_PER_DOCUMENT : ZD_TOP_MAX;
    enum zd_status st = zd_rank(question, store, subject, index, wanted, arena, &passages, err);

    if (st != ZD_OK)
        return st;
    documents.p = zd_arena_array(arena, top + 1, sizeof *documents.p);
    if (!documents.p)
        return ZD_FAIL(err, ZD_NOMEM, 0, "no memory left for ranking");
    for (size_t i = 0; i < passages.n && documents.n < top; i++)
        if (!is_listed(&documents, passages.p[i].document))
            documents.p[documents.n++] = (struct zd_ranked_document){
                passages.p[i].document, passages.p[i].passage, passages.p[i].score};
    *ret_ranking = documents;
    return ZD_OK;
}
