/* rank_documents.c: the ranking of passages as a ranking of documents (see retrieve.h).
 *
 * A document stands where its best passage stands; the passage's score already holds what the rest
 * of the document says. A law that is about the matter has many good passages: where the candidates
 * are of too few documents, more are taken. */
#include "base/caps.h"
#include "retrieve/retrieve_private.h"

#define DEEPER 4

static bool is_listed(const struct zd_document_ranking *ranking, int64_t document)
{
    for (size_t i = 0; i < ranking->n; i++)
        if (ranking->p[i].document == document)
            return true;
    return false;
}

static void list_documents(const struct zd_ranking *passages, size_t top,
                           struct zd_document_ranking *documents)
{
    for (size_t i = 0; i < passages->n_candidates && documents->n < top; i++)
        if (!is_listed(documents, passages->p[i].document))
            documents->p[documents->n++] = (struct zd_ranked_document){
                passages->p[i].document, passages->p[i].passage, passages->p[i].score};
}

enum zd_status zd_rank_documents(const struct zd_question *question, const struct zd_reader *reader,
                                 size_t top, struct zd_arena *arena,
                                 struct zd_document_ranking *ret_ranking, struct zd_error *err)
{
    struct zd_document_ranking documents = {0};

    documents.p = zd_arena_array(arena, top + 1, sizeof *documents.p);
    if (!documents.p)
        return ZD_FAIL(err, ZD_NOMEM, 0, "no memory left for ranking");
    for (size_t depth = top;; depth *= DEEPER) {
        struct zd_ranking passages = {0};
        enum zd_status st = zd_rank(question, reader, depth < ZD_TOP_MAX ? depth : ZD_TOP_MAX,
                                    arena, &passages, err);

        if (st != ZD_OK)
            return st;
        documents.n = 0;
        list_documents(&passages, top, &documents);
        if (documents.n == top || depth >= ZD_TOP_MAX || passages.n_candidates < depth)
            break;
    }
    *ret_ranking = documents;
    return ZD_OK;
}
