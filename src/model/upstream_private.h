/* upstream_private: what the files of upstream.h share.
 *
 *     upstream.c        a call's life, its clocks, what a reply's head means
 *     upstream_curl.c   the way over libcurl: names, TLS
 *     upstream_wire.c   the way to a plain address, over connections of our own
 *
 * A call goes one way or the other, decided by its url. Either way says call_end when it is over; the
 * owner is told from _settle, when neither libcurl nor a callback is on the stack. */
#ifndef ZD_MODEL_UPSTREAM_PRIVATE_H
#define ZD_MODEL_UPSTREAM_PRIVATE_H

#include <curl/curl.h>
#include <event2/event.h>

#include "model/upstream.h"
#include "model/wire_reply.h"

struct zd_upstream__line; /* a connection of ours */
struct zd_upstream__wire; /* all of them */

struct zd_upstream_call {
    struct zd_upstream *upstream;
    struct zd_upstream_call *prev, *next;
    struct zd_upstream_request request;
    struct zd_upstream_head head;
    uint64_t begun_us, heard_us; /* heard: the last piece */
    uint64_t n_bytes, n_head;
    bool is_paused, wants_pause;
    bool has_head;             /* told to the owner */
    bool is_coded, is_stopped; /* stopped: by a callback */
    bool forbidden;
    bool ended; /* on the list of the ended: on_end comes next */
    bool cancelled;
    bool is_connecting;
    enum zd_upstream_result result;
    /* Over libcurl: */
    CURL *curl;
    struct curl_slist *fields;
    bool is_added;
    /* Over a connection of ours: */
    struct zd_upstream__line *line;
    struct zd_buf asks; /* the head of the request */
    size_t n_sent;      /* of asks and body */
    struct zd_wire_reply reply;
    bool is_whole; /* the reply has come, and nothing behind it */
    bool is_again; /* sent once more, because a kept connection had gone */
};

struct zd_upstream {
    struct event_base *base;
    struct event *on_tick;
    struct event *on_soon;                   /* a call that ended while it was being started */
    struct zd_upstream_call *running, *over; /* over: to be taken apart */
    const char *ca_file;
    int depth; /* inside libcurl, or a callback */
    bool ticking;
    struct zd_upstream__wire *wire;
    /* libcurl's: */
    struct event *on_timer;
    CURLM *multi;
    CURL *spare[256];
    size_t n_spare;
};

/* upstream.c. The call is over: its owner is told by the next _settle. */
void zd_upstream__call_end(struct zd_upstream_call *call, enum zd_upstream_result result);
/* Tells the owners of what has ended. An owner may start and cancel calls meanwhile. */
void zd_upstream__settle(struct zd_upstream *upstream);
/* A line of a reply's head. False: too much of it, or the call has ended. */
bool zd_upstream__take_line(struct zd_upstream_call *call, struct zd_str line);
/* A piece of the content. False: the call is to be stopped. */
bool zd_upstream__take_content(struct zd_upstream_call *call, struct zd_bytes piece);
void zd_upstream__tell_head(struct zd_upstream_call *call);
/* What comes first: why we stopped it ourselves, else `otherwise`. */
enum zd_upstream_result zd_upstream__result(const struct zd_upstream_call *call,
                                            enum zd_upstream_result otherwise);

/* upstream_curl.c */
enum zd_status zd_upstream__curl_open(struct zd_upstream *upstream, struct zd_error *err);
void zd_upstream__curl_close(struct zd_upstream *upstream);
bool zd_upstream__curl_start(struct zd_upstream_call *call); /* false when memory ends */
void zd_upstream__curl_resume(struct zd_upstream_call *call);
void zd_upstream__curl_leave(struct zd_upstream_call *call); /* the call is being freed */

/* upstream_wire.c */
enum zd_status zd_upstream__wire_open(struct zd_upstream *upstream, struct zd_error *err);
void zd_upstream__wire_close(struct zd_upstream *upstream);
/* Whether the url is "http://" and an address as it is usually spelt. */
bool zd_upstream__wire_takes(const struct zd_upstream_request *request);
bool zd_upstream__wire_start(struct zd_upstream_call *call); /* false when memory ends */
void zd_upstream__wire_resume(struct zd_upstream_call *call);
void zd_upstream__wire_leave(struct zd_upstream_call *call);

#endif
