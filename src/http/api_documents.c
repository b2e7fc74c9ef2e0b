/* api_documents.c: the documents of the office over the API: list, show, text, add, remove. */
#include <stdio.h>
#include <time.h>

#include "base/date.h"
#include "base/json.h"
#include "desk/document_json.h"
#include "http/app_private.h"
#include "parse/spawn.h"
#include "store/document.h"
#include "store/region.h"
#include "store/version.h"

/* A consistent view for this call; the caller ends it. False: the reply says why. */
static bool begin_view(struct zd_http_call *call, struct zd_store **ret_store)
{
    struct zd_error err = {.status = ZD_BUSY};

    if (!call->worker || zd_view_begin(call->worker->view, &err) != ZD_OK) {
        zd_http__fail_with(call, &err);
        return false;
    }
    *ret_store = zd_view_store(call->worker->view);
    return true;
}

/* NULL when memory ends. */
static json_t *document_json(struct zd_http_call *call, struct zd_store *store,
                             const struct zd_document *document)
{
    json_t *o = json_object();
    struct zd_str region = {"", 0};
    bool ok = zd_region_name(store, document->region, call->arena, &region, NULL) == ZD_OK &&
              zd_json_set_str(o, "id", document->id) &&
              zd_json_set_str(o, "title", document->title) &&
              zd_json_set_str(o, "region", region) &&
              zd_json_set_count(o, "versions", document->n_versions);

    if (ok)
        return o;
    json_decref(o);
    return NULL;
}

static bool list_page(struct zd_http_call *call, struct zd_store *store, int64_t after,
                      uint64_t limit, json_t *array, struct zd_str *ret_next, struct zd_error *err)
{
    struct zd_document_list list = {0};

    if (zd_document_page(store, call->subject, after, (size_t)limit + 1, call->arena, &list, err) !=
        ZD_OK)
        return false;
    for (size_t i = 0; i < list.n && i < limit; i++)
        if (json_array_append_new(array, document_json(call, store, &list.p[i])) != 0) {
            zd_error_set(err, ZD_NOMEM, 0, "out of memory for the list");
            return false;
        }
    if (list.n > limit)
        *ret_next = list.p[limit - 1].id;
    return true;
}

/* ?limit= (50, at most 500), ?after= the id that the last page named as `next`. */
void zd_http__documents_list(struct zd_http_call *call)
{
    struct zd_str after = zd_url_param(&call->query, "after"), next = {NULL, 0};
    struct zd_document last = {0};
    struct zd_error err = {0};
    struct zd_store *store;
    json_t *array, *o;
    uint64_t limit;

    if (!zd_http__param_number(call, "limit", 50, 1, 500, &limit) || !begin_view(call, &store))
        return;
    array = json_array();
    o = json_object();
    if (after.n > 0 &&
        zd_document_find(store, call->subject, after, call->arena, &last, &err) != ZD_OK)
        goto failed;
    if (!list_page(call, store, last.key, limit, array, &next, &err))
        goto failed;
    zd_view_end(call->worker->view);
    if (!zd_json_set_new(o, "documents", array) ||
        (next.p ? !zd_json_set_str(o, "next", next) : !zd_json_set_new(o, "next", json_null()))) {
        json_decref(o);
        o = NULL;
    }
    zd_http__reply_json(call, 200, o);
    return;
failed:
    zd_view_end(call->worker->view);
    json_decref(array);
    json_decref(o);
    zd_http__fail_with(call, &err);
}

/* NULL when memory ends. What only the owner needs stays with the owner. */
static json_t *version_json(struct zd_http_call *call, const struct zd_version *v)
{
    json_t *o = json_object();
    bool is_owner = call->subject->role == ZD_ROLE_OWNER;
    struct zd_str status = zd_str_c(zd_validity_word(zd_version_validity(v, zd_date_today())));
    bool ok = zd_json_set_count(o, "version", v->ordinal) &&
              zd_json_set_str(o, "title", v->title) && zd_json_set_str(o, "issuer", v->issuer) &&
              zd_json_set_str(o, "number", v->number) && zd_json_set_date(o, "issued", v->issued) &&
              zd_json_set_date(o, "effective", v->effective) &&
              zd_json_set_date(o, "expires", v->expires) &&
              zd_json_set_date(o, "valid_from", v->valid_from) &&
              zd_json_set_date(o, "valid_to", v->valid_to) &&
              zd_json_set_str(o, "status", status) && zd_json_set_str(o, "format", v->format) &&
              zd_json_set_count(o, "chars", v->n_chars) &&
              (!is_owner || (zd_json_set_str(o, "source", v->source) &&
                             zd_json_set_str(o, "encoding", v->encoding) &&
                             zd_json_set_str(o, "warnings", v->warnings) &&
                             zd_json_set_new(o, "reading", zd_reading_json(v))));

    if (ok)
        return o;
    json_decref(o);
    return NULL;
}

void zd_http__documents_show(struct zd_http_call *call)
{
    struct zd_version_list versions = {0};
    struct zd_document document = {0};
    json_t *o = NULL, *array = NULL;
    struct zd_error err = {0};
    struct zd_store *store;
    enum zd_status st;

    if (!begin_view(call, &store))
        return;
    st = zd_document_find(store, call->subject, call->id, call->arena, &document, &err);
    if (st == ZD_OK)
        st = zd_version_of_document(store, call->subject, document.key, call->arena, &versions,
                                    &err);
    if (st == ZD_OK)
        o = document_json(call, store, &document);
    zd_view_end(call->worker->view);
    if (st != ZD_OK) {
        zd_http__fail_with(call, &err);
        return;
    }
    array = json_array();
    for (size_t i = 0; array && i < versions.n; i++)
        if (json_array_append_new(array, version_json(call, &versions.p[i])) != 0) {
            json_decref(array);
            array = NULL;
        }
    if (!zd_json_set_new(o, "versions", array)) {
        json_decref(o);
        o = NULL;
    }
    zd_http__reply_json(call, 200, o);
}

enum zd_status zd_http__version_of(struct zd_http_call *call, struct zd_store *store,
                                   uint64_t ordinal, struct zd_document *ret_document,
                                   struct zd_version *ret_version, struct zd_error *err)
{
    struct zd_version_list versions = {0};
    const struct zd_version *standing;
    enum zd_status st;

    st = zd_document_find(store, call->subject, call->id, call->arena, ret_document, err);
    if (st != ZD_OK)
        return st;
    if (ordinal > 0)
        return zd_version_find(store, call->subject, ret_document->key, (uint32_t)ordinal,
                               call->arena, ret_version, err);
    st = zd_version_of_document(store, call->subject, ret_document->key, call->arena, &versions,
                                err);
    if (st != ZD_OK)
        return st;
    standing = zd_document_standing(&versions, zd_date_today());
    if (!standing)
        return ZD_FAIL(err, ZD_NOT_FOUND, 0, "the document has no version");
    *ret_version = *standing;
    return ZD_OK;
}

void zd_http__documents_text(struct zd_http_call *call)
{
    struct zd_document document = {0};
    struct zd_version version = {0};
    struct zd_str text = {"", 0};
    struct zd_error err = {0};
    struct zd_store *store;
    uint64_t ordinal;
    enum zd_status st;
    json_t *o;

    if (!zd_http__param_number(call, "version", 0, 1, 1000000, &ordinal) ||
        !begin_view(call, &store))
        return;
    st = zd_http__version_of(call, store, ordinal, &document, &version, &err);
    if (st == ZD_OK)
        st = zd_version_text(store, call->subject, version.key, 0, version.n_bytes, call->arena,
                             &text, &err);
    zd_view_end(call->worker->view);
    if (st != ZD_OK) {
        zd_http__fail_with(call, &err);
        return;
    }
    o = json_object();
    if (!zd_json_set_str(o, "document", document.id) ||
        !zd_json_set_count(o, "version", version.ordinal) ||
        !zd_json_set_count(o, "chars", version.n_chars) || !zd_json_set_str(o, "text", text)) {
        json_decref(o);
        o = NULL;
    }
    zd_http__reply_json(call, 200, o);
}

/* What ingest said of the one input, kept past its callback. */
struct outcome {
    struct zd_arena *arena;
    enum zd_ingest_outcome outcome;
    struct zd_str document, warnings, why;
    uint32_t version, n_passages;
    bool said;
};

static void on_report(void *context, const struct zd_ingest_report *report)
{
    struct outcome *o = context;

    o->said = true;
    o->outcome = report->outcome;
    o->version = report->version;
    o->n_passages = report->n_passages;
    o->document = zd_arena_str(o->arena, report->document);
    o->warnings = zd_arena_str(o->arena, report->warnings);
    if (report->error)
        o->why = zd_arena_str(o->arena, zd_str_c(report->error->what));
}

#define RETRIES 100
#define RETRY_NS 20000000L /* 20 ms: two seconds in all */

static enum zd_status open_ingest(struct zd_http_call *call, struct outcome *outcome,
                                  struct zd_ingest **ret_ingest, struct zd_error *err)
{
    const struct zd_ingest_options options = {
        .subject = call->subject,
        .report = on_report,
        .report_context = outcome,
        .who = "api",
        .cancel = zd_http_server_stopping(call->site->server),
        .merges = ZD_INGEST_MERGE_ELSEWHERE, /* by the keeper of the one who serves */
    };

    const struct timespec rest = {.tv_nsec = RETRY_NS};
    enum zd_status st = ZD_BUSY;

    /* the server's own queue and keeper hold the office for moments; others are waited for as long */
    for (int i = 0; st == ZD_BUSY && i < RETRIES; i++) {
        if (i > 0)
            (void)nanosleep(&rest, NULL);
        st = zd_ingest_open(zd_office_dir(call->site->office), &options, ret_ingest, err);
    }
    return st;
}

static bool read_facts(struct zd_http_call *call, struct zd_ingest_facts *facts)
{
    facts->id = zd_url_param(&call->query, "id");
    facts->title = zd_url_param(&call->query, "title");
    facts->issuer = zd_url_param(&call->query, "issuer");
    facts->number = zd_url_param(&call->query, "number");
    facts->region = zd_url_param(&call->query, "region");
    return zd_http__param_date(call, "issued", &facts->issued) &&
           zd_http__param_date(call, "effective", &facts->effective) &&
           zd_http__param_date(call, "expires", &facts->expires);
}

static void reply_outcome(struct zd_http_call *call, const struct outcome *outcome)
{
    json_t *o;

    if (!outcome->said || outcome->outcome == ZD_INGEST_FAILED ||
        outcome->outcome == ZD_INGEST_QUARANTINED) {
        const bool set_aside = outcome->said && outcome->outcome == ZD_INGEST_QUARANTINED;
        char why[240];
        struct zd_error err = {0};

        zd_error_set(&err, ZD_INVALID, 0, "%.*s", (int)outcome->why.n,
                     outcome->why.p ? outcome->why.p : "");
        (void)snprintf(why, sizeof why, "%s", err.what);
        zd_http__fail(call, 422, set_aside ? "quarantined" : "not_added", why);
        return;
    }
    o = json_object();
    if (!zd_json_set_str(o, "outcome", zd_str_c(zd_ingest_outcome_word(outcome->outcome))) ||
        !zd_json_set_str(o, "document", outcome->document) ||
        !zd_json_set_count(o, "version", outcome->version) ||
        !zd_json_set_count(o, "passages", outcome->n_passages) ||
        !zd_json_set_str(o, "warnings", outcome->warnings)) {
        json_decref(o);
        o = NULL;
    }
    zd_http__reply_json(call, outcome->outcome == ZD_INGEST_UNCHANGED ? 200 : 201, o);
}

/* Whether what was refused as a document is an archive of files. */
static bool is_archive(struct zd_http_call *call, struct zd_str body)
{
    const struct zd_parser_options options = {.cancel =
                                                  zd_http_server_stopping(call->site->server)};
    struct zd_parser *parser = NULL;
    struct zd_archive archive = {.input = -1};
    bool is = false;

    if (zd_str_starts(body, ZD_STR("PK\3\4")) && zd_parser_open(&options, &parser, NULL) == ZD_OK)
        is = zd_parser_archive_open(parser, zd_str_bytes(body), call->arena, &archive, NULL) ==
             ZD_OK;
    if (is)
        zd_parser_archive_close(&archive);
    zd_parser_close(parser);
    return is;
}

/* The body is the file; ?name= its name, and what the person says of it stands in the query. The
 * reply is sent after the commit. An archive of many files goes to the queue: reading them all takes
 * longer than a caller waits. */
void zd_http__documents_add(struct zd_http_call *call)
{
    struct outcome outcome = {.arena = call->arena};
    struct zd_ingest_facts facts = {0};
    struct zd_ingest *ingest = NULL;
    struct zd_error err = {0};
    struct zd_str name = zd_url_param(&call->query, "name");
    struct zd_str body = zd_buf_view(&call->request->body);
    enum zd_status st;

    if (name.n == 0) {
        zd_http__fail(call, 400, "invalid", "the parameter name is missing");
        return;
    }
    if (!read_facts(call, &facts))
        return;
    if (zd_str_eq(zd_url_param(&call->query, "queue"), ZD_STR("1"))) {
        zd_http__queue_upload(call, name, &facts);
        return;
    }
    st = open_ingest(call, &outcome, &ingest, &err);
    if (st == ZD_OK)
        st = zd_ingest_bytes(ingest, name, zd_str_bytes(body), &facts, &err);
    if (st == ZD_OK)
        st = zd_ingest_flush(ingest, &err);
    zd_ingest_close(ingest);
    if (st != ZD_OK)
        zd_http__fail_with(call, &err);
    else if (outcome.said && outcome.outcome == ZD_INGEST_FAILED && is_archive(call, body))
        zd_http__queue_upload(call, name, &facts);
    else
        reply_outcome(call, &outcome);
}

void zd_http__documents_remove(struct zd_http_call *call)
{
    struct outcome outcome = {.arena = call->arena};
    struct zd_ingest *ingest = NULL;
    struct zd_error err = {0};
    enum zd_status st = open_ingest(call, &outcome, &ingest, &err);

    if (st == ZD_OK)
        st = zd_ingest_remove(ingest, call->id, &err);
    if (st == ZD_OK)
        st = zd_ingest_flush(ingest, &err);
    zd_ingest_close(ingest);
    if (st != ZD_OK)
        zd_http__fail_with(call, &err);
    else
        call->reply->status = 204;
}
