/* rebuild: the index from the database. The same postings as when a document is added, read from
 * the stored text: what rebuilding gives is what adding gave. */
#include "base/caps.h"
#include "ingest/ingest_private.h"
#include "ingest/learnt.h"

#define PAGE_DOCUMENTS 256
#define PATH_MAX_BYTES 4096

/* The passage's vector by the office's model; none where that has no encoder. */
static enum zd_status encode(struct zd_ingest *ingest, struct zd_index_passage *passage,
                             int8_t *vector, struct zd_error *err)
{
    const struct zd_encoder *encoder = ingest->model ? zd_model_encoder(ingest->model) : NULL;
    struct zd_encoder_terms parts[ZD_FIELD_COUNT];

    passage->vector = encoder ? vector : NULL;
    if (!encoder)
        return ZD_OK;
    for (int f = 0; f < ZD_FIELD_COUNT; f++)
        parts[f] = (struct zd_encoder_terms){passage->terms[f], passage->n_terms[f]};
    return zd_encoder_encode(encoder, &ingest->encoder, parts, ZD_FIELD_COUNT, vector, err);
}

enum zd_status zd_ingest__index_version(struct zd_ingest *ingest,
                                        const struct zd_document *document,
                                        const struct zd_version *version,
                                        const struct zd_stored_passage_list *passages,
                                        struct zd_error *err)
{
    struct zd_index_passage passage = {
        .attributes = {.effective = version->valid_from,
                       .expires = version->valid_to,
                       .region = document->region,
                       .access = document->access,
                       .group = (uint32_t)version->key},
    };

    for (size_t i = 0; i < passages->n; i++) {
        int8_t vector[ZD_ENCODER_MAX_DIMS];
        enum zd_status st =
            zd_postings_of(ingest->postings, version->title, &passages->p[i], &passage, err);

        passage.id = passages->p[i].key;
        if (st == ZD_OK)
            st = encode(ingest, &passage, vector, err);
        if (st == ZD_OK)
            st = zd_index_writer_add(ingest->writer, &passage, err);
        if (st != ZD_OK)
            return st;
    }
    return ZD_OK;
}

/* Reads a version's text once and cuts the passages from it. */
static enum zd_status index_stored(struct zd_ingest *ingest, const struct zd_document *document,
                                   const struct zd_version *version, struct zd_error *err)
{
    const struct zd_subject *subject = ingest->options.subject;
    struct zd_stored_passage_list passages = {0};
    struct zd_str text = {0};
    enum zd_status st = zd_version_text(ingest->store, subject, version->key, 0, version->n_bytes,
                                        ingest->arena, &text, err);

    if (st == ZD_OK)
        st = zd_passage_of_version(ingest->store, subject, version->key, 0,
                                   ZD_DOCUMENT_MAX_PASSAGES, false, ingest->arena, &passages, err);
    if (st != ZD_OK)
        return st;
    for (size_t i = 0; i < passages.n; i++) {
        if (passages.p[i].end > text.n)
            return ZD_FAIL(err, ZD_CORRUPT, (uint64_t)passages.p[i].key,
                           "the database is damaged: a passage lies outside its text");
        passages.p[i].text = zd_str_cut(text, passages.p[i].start, passages.p[i].end);
    }
    return zd_ingest__index_version(ingest, document, version, &passages, err);
}

/* All versions of one page of documents; *after moves on, 0 at the end. */
static enum zd_status index_page(struct zd_ingest *ingest, struct zd_arena *page, int64_t *after,
                                 struct zd_error *err)
{
    const struct zd_subject *subject = ingest->options.subject;
    struct zd_document_list documents = {0};
    enum zd_status st;

    zd_arena_reset(page);
    st = zd_document_page(ingest->store, subject, *after, PAGE_DOCUMENTS, page, &documents, err);
    for (size_t i = 0; st == ZD_OK && i < documents.n; i++) {
        struct zd_version_list versions = {0};

        st = zd_version_of_document(ingest->store, subject, documents.p[i].key, page, &versions,
                                    err);
        for (size_t k = 0; st == ZD_OK && k < versions.n; k++) {
            zd_arena_reset(ingest->arena);
            st = index_stored(ingest, &documents.p[i], &versions.p[k], err);
        }
    }
    if (st == ZD_OK)
        *after = documents.n > 0 ? documents.p[documents.n - 1].key : 0;
    return st;
}

enum zd_status zd_ingest__index_all(struct zd_ingest *ingest, struct zd_error *err)
{
    struct zd_arena *page = zd_arena_new(ZD_DOCUMENT_MAX_ARENA_BYTES), *own = ingest->arena;
    struct zd_arena *scratch = zd_arena_new(ZD_DOCUMENT_MAX_ARENA_BYTES);
    int64_t after = 0;
    enum zd_status st = ZD_OK;

    if (!page || !scratch)
        st = ZD_FAIL(err, ZD_NOMEM, 0, "no memory left to rebuild the index");
    ingest->arena = scratch; /* what is being added right now stays in its own arena */
    while (st == ZD_OK) {
        st = index_page(ingest, page, &after, err);
        if (after == 0)
            break;
    }
    ingest->arena = own;
    zd_arena_free(scratch);
    zd_arena_free(page);
    return st;
}

enum zd_status zd_ingest_rebuild_index(struct zd_ingest *ingest, struct zd_error *err)
{
    enum zd_status st;

    if (ingest->writer)
        return ZD_FAIL(err, ZD_INVALID, 0, "flush before rebuilding the index");
    zd_ingest__merging_stop(ingest);
    zd_index_writer_close(ingest->idle, false);
    ingest->idle = NULL;
    st = zd_store_begin(ingest->store, err);
    if (st == ZD_OK)
        st = zd_ingest__open_writer(ingest, 0, err);
    if (st == ZD_OK)
        st = zd_ingest__index_all(ingest, err);
    if (st != ZD_OK) {
        zd_ingest__abort(ingest);
        return st;
    }
    return zd_ingest_flush(ingest, err);
}

enum zd_status zd_ingest_use_model(struct zd_ingest *ingest, const char *name, struct zd_error *err)
{
    struct zd_model *model = NULL;
    bool fallback = false;
    enum zd_status st;

    if (ingest->writer)
        return ZD_FAIL(err, ZD_INVALID, 0, "flush before another model is used");
    st = zd_store_begin(ingest->store, err);
    if (st == ZD_OK)
        st = zd_learnt_set_name(ingest->store, name, err);
    if (st == ZD_OK)
        st = zd_learnt_open(ingest->store, zd_buf_cstr(&ingest->dir), &model, &fallback, err);
    if (st == ZD_OK && fallback) {
        zd_model_close(model);
        st = ZD_FAIL(err, ZD_NOT_FOUND, 0, "no usable model %s in the office", name);
    }
    if (st != ZD_OK) {
        zd_ingest__abort(ingest);
        return st;
    }
    zd_model_close(ingest->own_model);
    ingest->own_model = model;
    ingest->model = model;
    st = zd_ingest__open_writer(ingest, 0, err);
    if (st == ZD_OK)
        st = zd_ingest__index_all(ingest, err);
    if (st != ZD_OK) {
        zd_ingest__abort(ingest);
        ingest->failed = true; /* its model is not the office's: open anew */
        return st;
    }
    return zd_ingest_flush(ingest, err);
}

enum zd_status zd_ingest_index_into(struct zd_store *store, const struct zd_model *model,
                                    const char *dir, uint64_t *ret_generation, struct zd_error *err)
{
    struct zd_ingest ingest = {
        .options = {.subject = zd_subject_owner()}, .lock = -1, .store = store, .model = model};
    enum zd_status st = ZD_OK;

    ingest.index_dir.max = PATH_MAX_BYTES;
    zd_buf_c(&ingest.index_dir, dir);
    ingest.postings = zd_postings_new();
    if (!ingest.postings || !zd_buf_cstr(&ingest.index_dir))
        st = ZD_FAIL(err, ZD_NOMEM, 0, "no memory left for an index");
    if (st == ZD_OK)
        st = zd_ingest__open_writer(&ingest, 0, err);
    if (st == ZD_OK)
        st = zd_ingest__index_all(&ingest, err);
    if (st == ZD_OK)
        st = zd_index_writer_prepare(ingest.writer, ret_generation, err);
    zd_index_writer_close(ingest.writer, st == ZD_OK);
    zd_postings_free(ingest.postings);
    zd_encoder_work_done(&ingest.encoder);
    zd_buf_done(&ingest.index_dir);
    return st;
}
