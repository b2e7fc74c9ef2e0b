/* api_jobs.c: files in the queue over the API, files that a secrecy mark kept out, and a file read
 * without being stored. */
#include <stdio.h>

#include "base/caps.h"
#include "base/json.h"
#include "desk/parsed_json.h"
#include "desk/quarantine_json.h"
#include "http/app_private.h"
#include "parse/spawn.h"

/* NULL when memory ends. */
static json_t *job_json(const struct zd_job *job)
{
    json_t *o = json_object();
    bool ok = zd_json_set_str(o, "job", job->id) && zd_json_set_str(o, "name", job->name) &&
              zd_json_set_str(o, "state", zd_str_c(zd_job_state_word(job->state))) &&
              zd_json_set_count(o, "priority", (uint64_t)job->priority) &&
              zd_json_set_count(o, "attempts", job->attempts) &&
              zd_json_set_count(o, "leased_until", (uint64_t)job->leased_until_us) &&
              zd_json_set_str(o, "outcome", job->outcome) &&
              zd_json_set_str(o, "reason", job->reason) &&
              zd_json_set_str(o, "document", job->document) &&
              zd_json_set_count(o, "version", job->version) &&
              zd_json_set_count(o, "passages", job->n_passages) &&
              zd_json_set_count(o, "created", (uint64_t)job->created_us) &&
              zd_json_set_count(o, "finished", (uint64_t)job->finished_us);

    if (ok)
        return o;
    json_decref(o);
    return NULL;
}

void zd_http__queue_upload(struct zd_http_call *call, struct zd_str name,
                           const struct zd_ingest_facts *facts)
{
    struct zd_str body = zd_buf_view(&call->request->body);
    struct zd_job job = {
        .name = name, .outcome = ZD_STR(""), .reason = ZD_STR(""), .document = ZD_STR("")};
    struct zd_error err = {0};
    char id[33] = "";
    uint64_t priority;

    if (!zd_http__param_number(call, "priority", 0, 0, ZD_JOB_MAX_PRIORITY, &priority))
        return;
    if (zd_queue_add(zd_office_dir(call->site->office), call->subject, name, zd_str_bytes(body),
                     facts, (int32_t)priority, id, &err) != ZD_OK) {
        zd_http__fail_with(call, &err);
        return;
    }
    zd_queue_wake(call->site->queue);
    job.id = zd_str_c(id);
    job.priority = (int32_t)priority;
    zd_http__reply_json(call, 202, job_json(&job));
}

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

static json_t *list_json(const struct zd_job_list *list, const uint64_t counts[ZD_JOB_STATE_COUNT])
{
    json_t *o = json_object(), *jobs = json_array(), *states = json_object();
    bool ok = true;

    for (size_t i = 0; i < list->n && ok; i++)
        ok = json_array_append_new(jobs, job_json(&list->p[i])) == 0;
    for (int i = 0; i < ZD_JOB_STATE_COUNT && ok; i++)
        ok = zd_json_set_count(states, zd_job_state_word((enum zd_job_state)i), counts[i]);
    ok = zd_json_set_new(o, "jobs", jobs) && ok;
    ok = zd_json_set_new(o, "counts", states) && ok;
    if (ok)
        return o;
    json_decref(o);
    return NULL;
}

void zd_http__jobs_list(struct zd_http_call *call)
{
    uint64_t counts[ZD_JOB_STATE_COUNT], limit;
    struct zd_job_list list = {0};
    struct zd_error err = {0};
    struct zd_store *store;
    enum zd_status st;

    if (!zd_http__param_number(call, "limit", 50, 1, 500, &limit) || !begin_view(call, &store))
        return;
    st = zd_job_page(store, call->subject, (size_t)limit, call->arena, &list, &err);
    if (st == ZD_OK)
        st = zd_job_counts(store, call->subject, counts, &err);
    zd_view_end(call->worker->view);
    if (st != ZD_OK)
        zd_http__fail_with(call, &err);
    else
        zd_http__reply_json(call, 200, list_json(&list, counts));
}

void zd_http__jobs_show(struct zd_http_call *call)
{
    struct zd_error err = {0};
    struct zd_store *store;
    struct zd_job job = {0};
    enum zd_status st;

    if (!begin_view(call, &store))
        return;
    st = zd_job_find(store, call->subject, call->id, call->arena, &job, &err);
    zd_view_end(call->worker->view);
    if (st != ZD_OK)
        zd_http__fail_with(call, &err);
    else
        zd_http__reply_json(call, 200, job_json(&job));
}

/* A change of one job; one that its state does not allow is 409. */
static void change_job(struct zd_http_call *call,
                       enum zd_status (*change)(const char *, const struct zd_subject *,
                                                struct zd_str, struct zd_error *))
{
    struct zd_error err = {0};
    enum zd_status st = change(zd_office_dir(call->site->office), call->subject, call->id, &err);

    if (st == ZD_INVALID) {
        zd_http__fail(call, 409, "conflict", err.what);
        return;
    }
    if (st != ZD_OK) {
        zd_http__fail_with(call, &err);
        return;
    }
    zd_queue_wake(call->site->queue);
    call->reply->status = 204;
}

void zd_http__jobs_cancel(struct zd_http_call *call)
{
    change_job(call, zd_queue_cancel);
}

void zd_http__jobs_retry(struct zd_http_call *call)
{
    change_job(call, zd_queue_retry);
}

static json_t *quarantine_json(const struct zd_quarantine_list *list, uint64_t n)
{
    json_t *o = json_object(), *files = json_array();
    bool ok = zd_json_set_count(o, "count", n);

    for (size_t i = 0; i < list->n && ok; i++)
        ok = json_array_append_new(files, zd_quarantined_json(&list->p[i])) == 0;
    ok = zd_json_set_new(o, "files", files) && ok;
    if (ok)
        return o;
    json_decref(o);
    return NULL;
}

void zd_http__quarantine_list(struct zd_http_call *call)
{
    struct zd_quarantine_list list = {0};
    struct zd_error err = {0};
    struct zd_store *store;
    uint64_t limit, n = 0;
    enum zd_status st;

    if (!zd_http__param_number(call, "limit", 50, 1, 500, &limit) || !begin_view(call, &store))
        return;
    st = zd_quarantine_page(store, call->subject, (size_t)limit, call->arena, &list, &err);
    if (st == ZD_OK)
        st = zd_quarantine_count(store, call->subject, &n, &err);
    zd_view_end(call->worker->view);
    if (st != ZD_OK)
        zd_http__fail_with(call, &err);
    else
        zd_http__reply_json(call, 200, quarantine_json(&list, n));
}

static json_t *preview_json(const struct zd_parsed *parsed, size_t limit)
{
    struct zd_char_counter counter = {.text = parsed->blocks.text};
    json_t *o = json_object(), *passages = json_array();
    bool ok = zd_json_set_new(o, "document", zd_parsed_document_json(parsed));

    for (size_t i = 0; i < parsed->passages.n && i < limit && ok; i++)
        ok = json_array_append_new(passages,
                                   zd_parsed_passage_json(&parsed->passages.p[i], &counter)) == 0;
    ok = zd_json_set_new(o, "passages", passages) && ok;
    if (ok)
        return o;
    json_decref(o);
    return NULL;
}

static void fail_reading(struct zd_http_call *call, const struct zd_error *err)
{
    if (err->status == ZD_INVALID || err->status == ZD_LIMIT || err->status == ZD_DENIED)
        zd_http__fail(call, 422, "not_read", err->what);
    else
        zd_http__fail_with(call, err);
}

/* The body is a PDF; ?page= the page that is drawn, to be seen beside its preview. */
void zd_http__parse_page(struct zd_http_call *call)
{
    const struct zd_parser_options options = {.cancel =
                                                  zd_http_server_stopping(call->site->server)};
    struct zd_bytes raw = zd_str_bytes(zd_buf_view(&call->request->body));
    struct zd_owned_bytes png = {0};
    struct zd_parser *parser = NULL;
    struct zd_error err = {0};
    uint64_t page;
    enum zd_status st;

    if (!zd_http__param_number(call, "page", 1, 1, ZD_PAGES_MAX, &page))
        return;
    st = zd_parser_open(&options, &parser, &err);
    if (st == ZD_OK)
        st = zd_parser_page_image(parser, raw, (uint32_t)page, &png, &err);
    if (st == ZD_OK) {
        call->reply->status = 200;
        call->reply->type = "image/png";
        zd_buf_add(&call->reply->body, png.p, png.n);
    } else {
        fail_reading(call, &err);
    }
    zd_parser_close(parser);
    zd_free(png.p);
}

/* The body is the file; ?name= its name, ?limit= passages at most. */
void zd_http__parse_preview(struct zd_http_call *call)
{
    const struct zd_parser_options options = {.cancel =
                                                  zd_http_server_stopping(call->site->server)};
    struct zd_arena *arena = zd_arena_new(ZD_DOCUMENT_MAX_ARENA_BYTES);
    struct zd_str name = zd_url_param(&call->query, "name");
    struct zd_bytes raw = zd_str_bytes(zd_buf_view(&call->request->body));
    struct zd_parser *parser = NULL;
    struct zd_parsed parsed = {0};
    struct zd_error err = {0};
    uint64_t limit;
    enum zd_status st = ZD_OK;

    if (name.n == 0) {
        zd_http__fail(call, 400, "invalid", "the parameter name is missing");
        goto out;
    }
    if (!zd_http__param_number(call, "limit", 500, 1, 5000, &limit))
        goto out;
    if (!arena)
        st = ZD_FAIL(&err, ZD_NOMEM, 0, "no memory for reading a file");
    if (st == ZD_OK)
        st = zd_parser_open(&options, &parser, &err);
    if (st == ZD_OK)
        st = zd_parser_file(parser, raw, name, arena, &parsed, &err);
    if (st == ZD_OK)
        zd_http__reply_json(call, 200, preview_json(&parsed, (size_t)limit));
    else
        fail_reading(call, &err);
out:
    zd_parser_close(parser);
    zd_arena_free(arena);
}
