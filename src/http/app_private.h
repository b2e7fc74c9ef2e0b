/* app_private: what the routes' handlers share: the site, one thread's handles, one call. */
#ifndef ZD_HTTP_APP_PRIVATE_H
#define ZD_HTTP_APP_PRIVATE_H

#include <jansson.h>

#include "desk/chat.h"
#include "desk/desk.h"
#include "http/http.h"
#include "http/log.h"
#include "http/metrics.h"
#include "http/url.h"
#include "ingest/ingest.h"
#include "ingest/office.h"
#include "ingest/queue.h"
#include "store/document.h"
#include "store/version.h"

enum { ZD_HTTP_LANE_ASK, ZD_HTTP_LANE_WRITE };

enum zd_http_role { ZD_HTTP_VISITOR, ZD_HTTP_OWNER, ZD_HTTP_KEY };

enum zd_http_lang { ZD_HTTP_ZH, ZD_HTTP_EN };

/* One for the program; unchanged while it serves, but for what the loop alone counts. */
struct zd_http_site {
    struct zd_office *office;
    struct zd_http_server *server;
    struct zd_queue *queue; /* NULL: nothing is read in the background */
    struct zd_str contact;
    uint8_t token_hash[ZD_SHA256_BYTES];
    struct zd_gateway *gateway; /* the loop's; NULL: another process has it, or it has ended */
    struct zd_chat_guard *guard;
    struct zd_http_log *log; /* NULL: nobody reads it */
    struct zd_http_metrics metrics;
};

/* One lane thread's own. A part is NULL where it could not be opened; the call then says 503. */
struct zd_http_worker {
    struct zd_desk *desk;
    struct zd_view *view;
};

struct zd_http_call {
    struct zd_http_site *site;
    struct zd_http_worker *worker; /* NULL on the loop */
    struct zd_http_request *request;
    struct zd_http_reply *reply;
    struct zd_arena *arena;
    const struct zd_subject *subject;
    struct zd_caller caller; /* of a key; empty texts otherwise */
    bool on_lane;
    struct zd_url_query query;
    struct zd_str id; /* decoded, of the path */
    enum zd_http_lang lang;
    bool is_page; /* errors are shown to a person */
};

typedef void (*zd_http_handler)(struct zd_http_call *call);

struct zd_http_route {
    enum zd_http_method method;
    const char *path;
    enum zd_http_role role;
    int lane; /* -1: the loop */
    size_t max_body;
    const char *operation;
    zd_http_handler handler;
};

/* The handlers, one for each row of route_table.h. */
void zd_http__page_ask(struct zd_http_call *call);
void zd_http__page_document(struct zd_http_call *call);
void zd_http__asset(struct zd_http_call *call);
void zd_http__ask_post(struct zd_http_call *call);
void zd_http__ask_get(struct zd_http_call *call);
void zd_http__search(struct zd_http_call *call);
void zd_http__documents_list(struct zd_http_call *call);
void zd_http__documents_add(struct zd_http_call *call);
void zd_http__documents_show(struct zd_http_call *call);
void zd_http__documents_remove(struct zd_http_call *call);
void zd_http__documents_text(struct zd_http_call *call);
void zd_http__jobs_list(struct zd_http_call *call);
void zd_http__jobs_show(struct zd_http_call *call);
void zd_http__jobs_cancel(struct zd_http_call *call);
void zd_http__jobs_retry(struct zd_http_call *call);
void zd_http__quarantine_list(struct zd_http_call *call);
void zd_http__lessons_list(struct zd_http_call *call);
void zd_http__lessons_add(struct zd_http_call *call);
void zd_http__parse_preview(struct zd_http_call *call);
void zd_http__parse_page(struct zd_http_call *call);
void zd_http__chat_completions(struct zd_http_call *call);
void zd_http__embeddings(struct zd_http_call *call);
void zd_http__models_list(struct zd_http_call *call);
void zd_http__models_show(struct zd_http_call *call);
void zd_http__mcp(struct zd_http_call *call);
void zd_http__healthz(struct zd_http_call *call);
void zd_http__readyz(struct zd_http_call *call);
void zd_http__metrics(struct zd_http_call *call);

/* api_ask.c: the address of a document's page at the cited words; `rest` ("&lang=en") stands behind
 * its parameters. In the arena. */
struct zd_str zd_http__link_of(struct zd_http_call *call, const struct zd_citation *c,
                               struct zd_str rest);

/* api_documents.c: the document named by the path and one version of it: the ordinal, or for 0 the
 * newest in force today, else the newest. Errors: as zd_document_find. */
enum zd_status zd_http__version_of(struct zd_http_call *call, struct zd_store *store,
                                   uint64_t ordinal, struct zd_document *ret_document,
                                   struct zd_version *ret_version, struct zd_error *err);

/* api_lessons.c: keeps a question that nothing in the office answers, without personal data. */
void zd_http__note_unanswered(struct zd_http_call *call, const struct zd_ask *ask,
                              const struct zd_answer *found);

/* api_ask.c: what leaves the house: an address to open, and the file's name without its folders. */
void zd_http__publish(struct zd_http_call *call, struct zd_citation *citation);
bool zd_http__is_json(struct zd_str type); /* Content-Type */

/* api_ask.c: the body as JSON, which the caller ends with json_decref; and a member of it that must be
 * a string where it is there. False: the reply says why. */
bool zd_http__read_json(struct zd_http_call *call, json_t **ret_body);
bool zd_http__member(struct zd_http_call *call, const json_t *object, const char *name,
                     struct zd_str *ret_text);

/* api_openai.c: an error in the OpenAI form, as the reply. */
void zd_http__openai_error(struct zd_http_request *request, int status, const char *code,
                           const char *message);

/* routes.c */
size_t zd_http__route_count(void);
const struct zd_http_route *zd_http__route_at(size_t i);
/* The route of a method and path, or NULL with *ret_allow naming the methods that the path has
 * ("GET, HEAD"; empty: no such path). */
const struct zd_http_route *zd_http__route_find(enum zd_http_method method, struct zd_str path,
                                                struct zd_str *ret_id, char ret_allow[48]);

/* errors.c: {"error":{…}} or a page, as the call asks. Returns the status it set. */
void zd_http__fail(struct zd_http_call *call, int status, const char *code, const char *message);
/* The same for what a lower room said. Only ZD_INVALID, ZD_LIMIT and ZD_NOT_FOUND pass their
 * sentence on; the rest is for the log of the operator. */
void zd_http__fail_with(struct zd_http_call *call, const struct zd_error *err);
void zd_http__error_json(struct zd_http_request *request, int status, const char *code,
                         const char *message);

/* Writes value to the reply and ends it with json_decref; NULL gives 503. */
void zd_http__reply_json(struct zd_http_call *call, int status, json_t *value);

/* params.c: what several routes read the same way. False: the reply says why. */
bool zd_http__param_date(struct zd_http_call *call, const char *name, int32_t *ret_date);
bool zd_http__param_number(struct zd_http_call *call, const char *name, uint64_t standard,
                           uint64_t min, uint64_t max, uint64_t *ret_number);
enum zd_http_lang zd_http__lang_of(struct zd_http_call *call);

/* token.c: the owner's secret. */
enum zd_status zd_http__token_ready(const char *office_dir, uint8_t ret_hash[ZD_SHA256_BYTES],
                                    char ret_new_token[ZD_HTTP_TOKEN_BYTES], struct zd_error *err);
bool zd_http__token_is_right(const uint8_t hash[ZD_SHA256_BYTES],
                             const struct zd_http_request *request);

/* Puts the body of an upload in the queue and answers 202 with its job (api_jobs.c). */
void zd_http__queue_upload(struct zd_http_call *call, struct zd_str name,
                           const struct zd_ingest_facts *facts);

#endif
