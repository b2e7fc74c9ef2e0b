/* route_table: every route once. The compiled table, `serve --print-routes`, the OpenAPI file and
 * their tests hold each other.
 *
 *     X(method, path, role, lane, max_body, operation, handler)
 *
 * role: who may call it. VISITOR anybody; OWNER the bearer of the admin token; KEY the bearer of an
 * API key, whose errors are in the OpenAI form.
 * lane: LOOP at once on the event loop; ASK on the readers' threads; WRITE on the one thread that
 * changes the office. max_body in bytes. A GET answers HEAD too.
 */
#ifndef ZD_HTTP_ROUTE_TABLE_H
#define ZD_HTTP_ROUTE_TABLE_H

// clang-format off
#define ZD_HTTP_ROUTE_TABLE(X)                                                                     \
    X(GET,    "/",                            VISITOR, ASK,   0, "citizenPage",    page_ask)       \
    X(GET,    "/doc/{id}",                    VISITOR, ASK,   0, "documentPage",   page_document)  \
    X(GET,    "/assets/{id}",                 VISITOR, LOOP,  0, "asset",          asset)          \
    X(POST,   "/api/v1/ask",                  VISITOR, ASK,   ZD_HTTP_JSON_MAX_BYTES,              \
                                                                 "ask",            ask_post)       \
    X(GET,    "/api/v1/ask",                  VISITOR, ASK,   0, "askByQuery",     ask_get)        \
    X(GET,    "/api/v1/search",               VISITOR, ASK,   0, "search",         search)         \
    X(GET,    "/api/v1/documents",            VISITOR, ASK,   0, "listDocuments",  documents_list) \
    X(POST,   "/api/v1/documents",            OWNER,   WRITE, ZD_UPLOAD_MAX_BYTES,                 \
                                                                 "addDocument",    documents_add)  \
    X(GET,    "/api/v1/documents/{id}",       VISITOR, ASK,   0, "showDocument",   documents_show) \
    X(DELETE, "/api/v1/documents/{id}",       OWNER,   WRITE, 0, "removeDocument",                 \
                                                                             documents_remove)     \
    X(GET,    "/api/v1/documents/{id}/text",  VISITOR, ASK,   0, "documentText",   documents_text) \
    X(POST,   "/v1/chat/completions",         KEY,     LOOP,  ZD_CHAT_BODY_MAX_BYTES,              \
                                            "createChatCompletion",          chat_completions)     \
    X(POST,   "/v1/embeddings",               KEY,     LOOP,  ZD_CHAT_BODY_MAX_BYTES,              \
                                            "createEmbedding",               embeddings)           \
    X(GET,    "/v1/models",                   KEY,     LOOP,  0, "listModels",     models_list)    \
    X(GET,    "/v1/models/{id}",              KEY,     LOOP,  0, "retrieveModel",  models_show)    \
    X(POST,   "/mcp",                         VISITOR, ASK,   ZD_HTTP_JSON_MAX_BYTES,              \
                                                                 "mcp",            mcp)            \
    X(GET,    "/api/v1/jobs",                 OWNER,   ASK,   0, "listJobs",       jobs_list)      \
    X(GET,    "/api/v1/jobs/{id}",            OWNER,   ASK,   0, "showJob",        jobs_show)      \
    X(POST,   "/api/v1/jobs/{id}/cancel",     OWNER,   WRITE, 0, "cancelJob",      jobs_cancel)    \
    X(POST,   "/api/v1/jobs/{id}/retry",      OWNER,   WRITE, 0, "retryJob",       jobs_retry)     \
    X(GET,    "/api/v1/quarantine",           OWNER,   ASK,   0, "listQuarantined",                   \
                                                                             quarantine_list)      \
    X(GET,    "/api/v1/lessons",              OWNER,   ASK,   0, "listLessons",    lessons_list)   \
    X(POST,   "/api/v1/lessons",              OWNER,   ASK,   ZD_HTTP_JSON_MAX_BYTES,              \
                                                                 "addLesson",      lessons_add)    \
    X(POST,   "/api/v1/parse",                OWNER,   ASK,   ZD_UPLOAD_MAX_BYTES,                 \
                                                                 "parseDocument",  parse_preview)  \
    X(POST,   "/api/v1/parse/page",           OWNER,   ASK,   ZD_UPLOAD_MAX_BYTES,                 \
                                                                 "renderPage",     parse_page)     \
    X(GET,    "/healthz",                     VISITOR, LOOP,  0, "healthz",        healthz)        \
    X(GET,    "/readyz",                      VISITOR, ASK,   0, "readyz",         readyz)         \
    X(GET,    "/metrics",                     VISITOR, LOOP,  0, "metrics",        metrics)
// clang-format on

#endif
