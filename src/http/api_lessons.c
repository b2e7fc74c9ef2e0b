/* api_lessons.c: what use teaches, over the API: answers approved and put right, and questions that
 * nothing answered, which the server notes itself. */
#include "base/json.h"
#include "desk/lessons.h"
#include "http/app_private.h"
#include "store/document.h"

static json_t *list_json(const struct zd_lesson_list *list)
{
    json_t *o = json_object(), *lessons = json_array();
    bool ok = true;

    for (size_t i = 0; i < list->n && ok; i++)
        ok = json_array_append_new(lessons, zd_lesson_json(&list->p[i])) == 0;
    if (zd_json_set_new(o, "lessons", lessons) && ok)
        return o;
    json_decref(o);
    return NULL;
}

void zd_http__lessons_list(struct zd_http_call *call)
{
    const struct zd_str word = zd_url_param(&call->query, "kind");
    const enum zd_lesson_kind kind =
        word.n > 0 ? zd_lesson_kind_of(word) : (enum zd_lesson_kind)ZD_N_LESSON_KINDS;
    struct zd_lesson_list list = {0};
    struct zd_error err = {0};
    uint64_t limit;

    if (word.n > 0 && kind == ZD_N_LESSON_KINDS) {
        zd_http__fail(call, 400, "invalid", "kind is approved, corrected or unanswered");
        return;
    }
    if (!zd_http__param_number(call, "limit", 50, 1, 500, &limit))
        return;
    if (zd_lessons_read(zd_office_dir(call->site->office), call->subject, kind, (size_t)limit,
                        call->arena, &list, &err) != ZD_OK)
        zd_http__fail_with(call, &err);
    else
        zd_http__reply_json(call, 200, list_json(&list));
}

/* The document must be one that the office has. */
static enum zd_status check_document(struct zd_http_call *call, struct zd_str id,
                                     struct zd_error *err)
{
    struct zd_document document = {0};
    enum zd_status st;

    if (!call->worker)
        return ZD_FAIL(err, ZD_BUSY, 0, "no reader is free");
    st = zd_view_begin(call->worker->view, err);
    if (st != ZD_OK)
        return st;
    st = zd_document_find(zd_view_store(call->worker->view), call->subject, id, call->arena,
                          &document, err);
    zd_view_end(call->worker->view);
    return st;
}

void zd_http__lessons_add(struct zd_http_call *call)
{
    struct zd_lesson lesson = {.who = ZD_STR("api")};
    struct zd_str kind = {0};
    struct zd_error err = {0};
    json_t *body = NULL;
    enum zd_status st;

    if (!zd_http__read_json(call, &body))
        return;
    if (!zd_http__member(call, body, "kind", &kind) ||
        !zd_http__member(call, body, "question", &lesson.question) ||
        !zd_http__member(call, body, "document", &lesson.document) ||
        !zd_http__member(call, body, "answer", &lesson.answer) ||
        !zd_http__member(call, body, "region", &lesson.region)) {
        json_decref(body);
        return;
    }
    lesson.kind = zd_lesson_kind_of(kind);
    if (lesson.kind == ZD_N_LESSON_KINDS)
        st = ZD_FAIL(&err, ZD_INVALID, 0, "kind is approved, corrected or unanswered");
    else
        st = lesson.document.n > 0 ? check_document(call, lesson.document, &err) : ZD_OK;
    if (st == ZD_OK)
        st = zd_lessons_keep(zd_office_dir(call->site->office), call->subject, &lesson, call->arena,
                             &err);
    if (st != ZD_OK)
        zd_http__fail_with(call, &err);
    else
        zd_http__reply_json(call, 201,
                            json_pack("{s:s}", "kind", zd_lesson_kind_word(lesson.kind)));
    json_decref(body);
}

void zd_http__note_unanswered(struct zd_http_call *call, const struct zd_ask *ask,
                              const struct zd_answer *found)
{
    const struct zd_lesson lesson = {.kind = ZD_LESSON_UNANSWERED,
                                     .question = ask->question,
                                     .region = ask->region,
                                     .who = ZD_STR("serve")};
    struct zd_error err = {0};

    if (!found->refused || found->refusal != ZD_REFUSAL_NOTHING)
        return;
    if (zd_lessons_keep(zd_office_dir(call->site->office), zd_subject_owner(), &lesson, call->arena,
                        &err) != ZD_OK)
        zd_http_log_line(call->site->log, zd_str_c(err.what));
}
