/* ingest: opening and closing, batches, removal, and the reports. */
#include "ingest/ingest.h"

#include "base/caps.h"
#include "base/date.h"
#include "base/durable.h"
#include "index/merging.h"
#include "index/vectors.h"
#include "ingest/ingest_private.h"
#include "ingest/learnt.h"
#include "ingest/validity.h"

#define BATCH_DOCUMENTS 16384u
#define BATCH_BYTES ((size_t)24 << 20)
#define BATCH_MS 4000u
#define PATH_MAX_BYTES 4096

const char *zd_ingest_outcome_word(enum zd_ingest_outcome outcome)
{
    static const char *const words[] = {
        [ZD_INGEST_ADDED] = "added",
        [ZD_INGEST_UNCHANGED] = "unchanged",
        [ZD_INGEST_REPLACED] = "replaced",
        [ZD_INGEST_FAILED] = "failed",
        [ZD_INGEST_QUARANTINED] = "quarantined",
    };

    return (size_t)outcome < ZD_COUNT(words) ? words[outcome] : "";
}

static enum zd_status join_path(const char *dir, const char *name, struct zd_buf *out,
                                struct zd_error *err)
{
    out->max = PATH_MAX_BYTES;
    zd_buf_clear(out);
    zd_buf_printf(out, "%s/%s", dir, name);
    if (!zd_buf_cstr(out))
        return zd_buf_check(out, "the path of the office", err);
    return ZD_OK;
}

/* Folders, lock and database. */
static enum zd_status open_parts(struct zd_ingest *ingest, const char *office, struct zd_error *err)
{
    struct zd_buf path = {0};
    enum zd_status st = zd_durable_mkdir(office, err);

    if (st == ZD_OK)
        st = join_path(office, "zhidian.lock", &path, err);
    if (st == ZD_OK)
        st = zd_durable_lock(zd_buf_cstr(&path), &ingest->lock, err);
    if (st == ZD_OK)
        st = join_path(office, "index", &ingest->index_dir, err);
    if (st == ZD_OK)
        st = zd_durable_mkdir(zd_buf_cstr(&ingest->index_dir), err);
    if (st == ZD_OK)
        st = zd_durable_sweep(zd_buf_cstr(&ingest->index_dir), err);
    if (st == ZD_OK)
        st = join_path(office, "zhidian.db", &path, err);
    if (st == ZD_OK)
        st = zd_store_open(zd_buf_cstr(&path), ZD_STORE_WRITE, &ingest->store, err);
    if (st == ZD_OK) {
        ingest->dir.max = PATH_MAX_BYTES;
        zd_buf_c(&ingest->dir, office);
        st = zd_buf_check(&ingest->dir, "the path of the office", err);
    }
    if (st == ZD_OK)
        st = zd_learnt_open(ingest->store, office, &ingest->own_model, NULL, err);
    ingest->model = ingest->own_model;
    zd_buf_done(&path);
    return st;
}

enum zd_status zd_ingest_open(const char *office, const struct zd_ingest_options *options,
                              struct zd_ingest **ret_ingest, struct zd_error *err)
{
    struct zd_ingest *ingest = zd_alloc(sizeof *ingest);
    enum zd_status st = ZD_OK;

    if (!ingest)
        return ZD_FAIL(err, ZD_NOMEM, 0, "no memory left to open the office");
    ingest->lock = -1;
    if (options)
        ingest->options = *options;
    if (!ingest->options.subject)
        ingest->options.subject = zd_subject_owner();
    if (!ingest->options.who)
        ingest->options.who = "owner";
    if (!ingest->options.access)
        ingest->options.access = ZD_ACCESS_PUBLIC | ZD_ACCESS_STAFF;
    if (!ingest->options.batch_documents)
        ingest->options.batch_documents = BATCH_DOCUMENTS;
    if (!ingest->options.batch_bytes)
        ingest->options.batch_bytes = BATCH_BYTES;
    if (!ingest->options.batch_ms)
        ingest->options.batch_ms = BATCH_MS;
    ingest->arena = zd_arena_new(ZD_DOCUMENT_MAX_ARENA_BYTES);
    ingest->postings = zd_postings_new();
    if (!ingest->arena || !ingest->postings)
        st = ZD_FAIL(err, ZD_NOMEM, 0, "no memory left to open the office");
    if (st == ZD_OK && ingest->options.subject->role != ZD_ROLE_OWNER)
        st = ZD_FAIL(err, ZD_DENIED, 0, "only the owner of the office may change documents");
    if (st == ZD_OK)
        st = zd_parser_open(NULL, &ingest->parser, err);
    if (st == ZD_OK)
        st = open_parts(ingest, office, err);
    if (st != ZD_OK) {
        zd_ingest_close(ingest);
        return st;
    }
    *ret_ingest = ingest;
    return ZD_OK;
}

void zd_ingest_close(struct zd_ingest *ingest)
{
    if (!ingest)
        return;
    zd_ingest__merging_stop(ingest);
    zd_ingest__abort(ingest);
    zd_index_writer_close(ingest->idle, false);
    zd_store_close(ingest->store);
    if (ingest->lock >= 0)
        zd_durable_unlock(ingest->lock);
    zd_parser_close(ingest->parser);
    zd_postings_free(ingest->postings);
    zd_arena_free(ingest->arena);
    zd_buf_done(&ingest->index_dir);
    zd_buf_done(&ingest->dir);
    zd_model_close(ingest->own_model);
    zd_encoder_work_done(&ingest->encoder);
    zd_free(ingest);
}

void zd_ingest__abort(struct zd_ingest *ingest)
{
    zd_index_writer_close(ingest->writer, false);
    ingest->writer = NULL;
    if (ingest->store)
        zd_store_abort(ingest->store);
    ingest->batch_documents = 0;
    ingest->batch_bytes = 0;
    ingest->counts = ingest->flushed;
}

/* Of the encoder whose vectors the index gets; 0 for none. */
static uint64_t fingerprint_of(const struct zd_ingest *ingest)
{
    const struct zd_encoder *encoder = zd_model_encoder(ingest->model);

    return encoder ? zd_encoder_fingerprint(encoder) : 0;
}

enum zd_status zd_ingest__open_writer(struct zd_ingest *ingest, uint64_t generation,
                                      struct zd_error *err)
{
    const struct zd_encoder *encoder = zd_model_encoder(ingest->model);
    enum zd_status st;

    zd_index_writer_close(ingest->idle, false);
    ingest->idle = NULL;
    st = zd_index_writer_open(zd_buf_cstr(&ingest->index_dir), generation, &ingest->writer, err);
    if (st == ZD_OK)
        st = zd_index_writer_set_vectors(ingest->writer, encoder ? zd_encoder_dims(encoder) : 0,
                                         fingerprint_of(ingest), err);
    return st;
}

/* Goes on with the writer of the last batch, or opens one on the generation that the database
 * names; an index that is missing or damaged, or has another model's vectors, is made anew from
 * the database within the same batch. */
static enum zd_status open_writer(struct zd_ingest *ingest, struct zd_error *err)
{
    uint64_t generation = 0, vectors = 0;
    enum zd_status st = zd_store_generation(ingest->store, &generation, err);

    if (st == ZD_OK)
        st = zd_learnt_vectors(ingest->store, &vectors, err);
    if (st != ZD_OK)
        return st;
    if (ingest->idle && zd_index_writer_stands(ingest->idle)) {
        ingest->writer = ingest->idle;
        ingest->idle = NULL;
        return ZD_OK;
    }
    if (generation == 0 || vectors == fingerprint_of(ingest)) {
        st = zd_ingest__open_writer(ingest, generation, err);
        if (st == ZD_OK && ingest->options.merges != ZD_INGEST_MERGE_IN_COMMIT)
            zd_index_writer_merge_little(ingest->writer);
        if (st != ZD_CORRUPT && st != ZD_NOT_FOUND)
            return st;
    }
    st = zd_ingest__open_writer(ingest, 0, err);
    if (st == ZD_OK)
        st = zd_ingest__index_all(ingest, err);
    return st;
}

enum zd_status zd_ingest__begin(struct zd_ingest *ingest, struct zd_error *err)
{
    enum zd_status st;

    if (ingest->failed)
        return ZD_FAIL(err, ZD_IO, 0, "the last batch was lost; open the office again");
    if (ingest->writer)
        return ZD_OK;
    st = zd_store_begin(ingest->store, err);
    if (st == ZD_OK)
        st = open_writer(ingest, err);
    if (st != ZD_OK) {
        zd_ingest__abort(ingest);
        return st;
    }
    ingest->batch_since_us = zd_clock_mono_us();
    return ZD_OK;
}

enum zd_status zd_ingest_flush(struct zd_ingest *ingest, struct zd_error *err)
{
    uint64_t generation = 0;
    enum zd_status st;

    if (!ingest->writer)
        return ZD_OK;
    st = zd_ingest__merging_take(ingest, err);
    if (st == ZD_OK)
        st = zd_index_writer_prepare(ingest->writer, &generation, err);
    if (st == ZD_OK)
        st = zd_store_set_generation(ingest->store, generation, err);
    if (st == ZD_OK)
        st = zd_learnt_set_vectors(ingest->store, fingerprint_of(ingest), err);
    if (st == ZD_OK) {
        st = zd_store_commit(ingest->store, err);
        if (st != ZD_OK) { /* the commit may have reached the disk: keep what it would name */
            zd_index_writer_leave(ingest->writer);
            ingest->writer = NULL;
        }
    }
    if (st != ZD_OK) {
        zd_ingest__abort(ingest);
        ingest->failed = true;
        return st;
    }
    if (zd_index_writer_continue(ingest->writer, NULL) == ZD_OK)
        ingest->idle = ingest->writer;
    else
        zd_index_writer_close(ingest->writer, true);
    ingest->writer = NULL;
    ingest->batch_documents = 0;
    ingest->batch_bytes = 0;
    ingest->flushed = ingest->counts;
    zd_ingest__merging_settle(ingest);
    if (ingest->options.merges == ZD_INGEST_MERGE_BESIDE)
        zd_ingest__merging_start(ingest, generation);
    return ZD_OK;
}

enum zd_status zd_ingest_adopt(struct zd_ingest *ingest, struct zd_index_merging *merging,
                               struct zd_error *err)
{
    enum zd_status st = zd_ingest__begin(ingest, err);

    if (st == ZD_OK)
        st = zd_index_writer_adopt(ingest->writer, merging, err);
    if (st == ZD_OK)
        return zd_ingest_flush(ingest, err);
    zd_ingest__abort(ingest);
    return st;
}

enum zd_status zd_ingest__flush_if_due(struct zd_ingest *ingest, struct zd_error *err)
{
    uint64_t age_us;

    if (!ingest->writer)
        return ZD_OK;
    age_us = zd_clock_mono_us() - ingest->batch_since_us;
    if (ingest->batch_documents < ingest->options.batch_documents &&
        ingest->batch_bytes < ingest->options.batch_bytes &&
        age_us < (uint64_t)ingest->options.batch_ms * 1000)
        return ZD_OK;
    return zd_ingest_flush(ingest, err);
}

bool zd_ingest__is_of_input(enum zd_status st)
{
    return st == ZD_INVALID || st == ZD_LIMIT || st == ZD_NOT_FOUND || st == ZD_DENIED;
}

void zd_ingest__report(struct zd_ingest *ingest, const struct zd_ingest_report *report)
{
    uint64_t *const counts[] = {
        [ZD_INGEST_ADDED] = &ingest->counts.n_added,
        [ZD_INGEST_UNCHANGED] = &ingest->counts.n_unchanged,
        [ZD_INGEST_REPLACED] = &ingest->counts.n_replaced,
        [ZD_INGEST_FAILED] = &ingest->counts.n_failed,
        [ZD_INGEST_QUARANTINED] = &ingest->counts.n_quarantined,
    };

    ++*counts[report->outcome];
    if (report->outcome != ZD_INGEST_UNCHANGED)
        ingest->counts.n_passages += report->n_passages;
    if (report->outcome == ZD_INGEST_UNCHANGED || report->outcome == ZD_INGEST_FAILED) {
        /* these are true whatever becomes of the batch */
        if (report->outcome == ZD_INGEST_UNCHANGED)
            ingest->flushed.n_unchanged++;
        else
            ingest->flushed.n_failed++;
    }
    if (ingest->options.report)
        ingest->options.report(ingest->options.report_context, report);
}

void zd_ingest__report_failed(struct zd_ingest *ingest, struct zd_str name,
                              const struct zd_error *why)
{
    zd_ingest__report(ingest, &(struct zd_ingest_report){
                                  .name = name, .outcome = ZD_INGEST_FAILED, .error = why});
}

void zd_ingest_counts(const struct zd_ingest *ingest, struct zd_ingest_counts *ret_counts)
{
    *ret_counts = ingest->counts;
}

static enum zd_status tell_index(void *context, int64_t version, int32_t valid_from,
                                 int32_t valid_to, struct zd_error *err)
{
    struct zd_ingest *ingest = context;

    return zd_index_writer_set_validity(ingest->writer, (uint32_t)version, valid_from, valid_to,
                                        err);
}

/* Rows, postings, and what the removed text had ended. */
static enum zd_status remove_all(struct zd_ingest *ingest, int64_t document,
                                 const struct zd_version_list *versions, struct zd_error *err)
{
    const struct zd_subject *subject = ingest->options.subject;
    struct zd_touched touched = {0};
    enum zd_status st = ZD_OK;

    for (size_t i = 0; st == ZD_OK && i < versions->n; i++)
        st = zd_validity_touch(ingest->store, subject, versions->p[i].key, ingest->arena, &touched,
                               err);
    if (st == ZD_OK)
        st = zd_document_remove(ingest->store, subject, document, err);
    for (size_t i = 0; st == ZD_OK && i < versions->n; i++)
        st = zd_index_writer_delete_group(ingest->writer, (uint32_t)versions->p[i].key, err);
    if (st == ZD_OK)
        st = zd_validity_settle(ingest->store, subject, &touched, ingest->arena, tell_index, ingest,
                                err);
    return st;
}

enum zd_status zd_ingest_remove(struct zd_ingest *ingest, struct zd_str id, struct zd_error *err)
{
    struct zd_document document = {0};
    struct zd_version_list versions = {0};
    enum zd_status st;

    zd_arena_reset(ingest->arena);
    st =
        zd_document_find(ingest->store, ingest->options.subject, id, ingest->arena, &document, err);
    if (st == ZD_OK)
        st = zd_version_of_document(ingest->store, ingest->options.subject, document.key,
                                    ingest->arena, &versions, err);
    if (st == ZD_OK)
        st = zd_ingest__begin(ingest, err);
    if (st != ZD_OK)
        return st;
    st = remove_all(ingest, document.key, &versions, err);
    if (st != ZD_OK) {
        zd_ingest__abort(ingest);
        ingest->failed = true;
        return st;
    }
    ingest->counts.n_removed++;
    ingest->batch_documents++;
    return zd_ingest__flush_if_due(ingest, err);
}

/* The line behind those that are there; *ret_new false where it is one of them. */
static enum zd_status longer_warnings(struct zd_ingest *ingest, const struct zd_version *version,
                                      struct zd_str line, struct zd_str *ret_warnings,
                                      bool *ret_new, struct zd_error *err)
{
    *ret_new = zd_str_find(version->warnings, line, 0) == SIZE_MAX;
    *ret_warnings =
        zd_arena_printf(ingest->arena, "%.*s%s%.*s", (int)version->warnings.n, version->warnings.p,
                        version->warnings.n > 0 ? "\n" : "", (int)line.n, line.p);
    return ret_warnings->p ? ZD_OK : ZD_FAIL(err, ZD_NOMEM, 0, "no memory left for a warning");
}

enum zd_status zd_ingest_warn(struct zd_ingest *ingest, struct zd_str id, struct zd_str line,
                              struct zd_error *err)
{
    const struct zd_subject *subject = ingest->options.subject;
    struct zd_version_list versions = {0};
    struct zd_document document = {0};
    struct zd_str warnings = {"", 0};
    bool is_new = false;
    enum zd_status st;

    zd_arena_reset(ingest->arena);
    st = zd_store_begin(ingest->store, err);
    if (st != ZD_OK)
        return st;
    st = zd_document_find(ingest->store, subject, id, ingest->arena, &document, err);
    if (st == ZD_OK)
        st = zd_version_of_document(ingest->store, subject, document.key, ingest->arena, &versions,
                                    err);
    if (st == ZD_OK && versions.n > 0)
        st = longer_warnings(ingest, &versions.p[versions.n - 1], line, &warnings, &is_new, err);
    if (st == ZD_OK && is_new)
        st = zd_version_set_warnings(ingest->store, subject, versions.p[versions.n - 1].key,
                                     warnings, err);
    if (st == ZD_OK)
        return zd_store_commit(ingest->store, err);
    zd_store_abort(ingest->store);
    return st;
}
