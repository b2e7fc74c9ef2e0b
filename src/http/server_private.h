/* server_private: what server.c, conn.c, reply.c, lane.c and guest.c share. */
#ifndef ZD_HTTP_SERVER_PRIVATE_H
#define ZD_HTTP_SERVER_PRIVATE_H

#include <event2/event.h>
#include <event2/event_struct.h>
#include <netinet/in.h>
#include <pthread.h>
#include <sys/socket.h>

#include "http/server.h"

/* Where a connection stands. Every state but BUSY has a list and a clock. */
enum zd_http_state {
    ZD_HTTP_IDLE,    /* no byte of a request yet: idle_ms */
    ZD_HTTP_IN_HEAD, /* head_ms in total */
    ZD_HTTP_IN_BODY, /* body_grace_ms, then min_rate */
    ZD_HTTP_BUSY,    /* the request is with a lane */
    ZD_HTTP_LATER,   /* the request is with the app: quiet_ms, and min_rate for what waits */
    ZD_HTTP_SENDING, /* body_grace_ms, then min_rate */
    ZD_HTTP_LINGER,  /* everything is said; reads on so that the client can hear it: linger_ms */
    ZD_HTTP_DEAD,    /* freed when the callback ends */
    ZD_HTTP_N_STATES,
};

/* Connections in one state, oldest first: with one duration a state, the first is due first. */
struct zd_http_list {
    struct zd_http_conn *first, *last;
};

struct zd_http_guest; /* an address with connections (guest.c) */

struct zd_http_conn {
    struct zd_http_server *server;
    struct zd_http_conn *prev, *next;
    struct zd_http_guest *guest;
    struct zd_http_request *request; /* from the first byte of a head to the end of its reply */
    struct event on_read, on_write;
    struct zd_buf pending; /* bytes that came while busy */
    struct zd_buf out;     /* head of the reply being sent */
    struct zd_http_body body;
    uint64_t since_us; /* when this state began */
    uint64_t sent;     /* bytes of out and content sent */
    uint64_t n_lingered;
    int fd;
    enum zd_http_state state;
    bool keep, reading, peer_done;
    /* A stream's own. */
    uint64_t quiet_since_us; /* the last piece */
    uint64_t waits_since_us; /* since when something waits for the client; 0: nothing does */
    uint64_t n_waited;       /* bytes that it has read since then */
    uint64_t n_streamed;     /* bytes of content */
    bool streaming, chunked, ending, was_full, broken, told_stop;
    char peer[48];
};

struct zd_http_lane {
    struct zd_http_server *server;
    int number, n_threads, max_queue;
    pthread_t *threads; /* [n_threads] */
    pthread_mutex_t lock;
    pthread_cond_t wake;
    struct zd_http_request *first, *last; /* under lock */
    int n_waiting;                        /* under lock */
    bool stop;                            /* under lock */
};

#define ZD_HTTP_GUEST_BUCKETS 4096
#define ZD_HTTP_SCRATCH_BYTES 65536
#define ZD_HTTP_PENDING_MAX_BYTES 65536
#define ZD_HTTP_SPARE_REQUESTS 64

struct zd_http_server {
    struct zd_http_config config;
    struct zd_http_app app;
    struct event_base *base;
    struct event *on_accept, *on_tick, *on_done, *on_term, *on_int, *on_retry;
    int listener, done_fd;
    char address[64];
    struct zd_http_list lists[ZD_HTTP_N_STATES];
    struct zd_http_guest *guests[ZD_HTTP_GUEST_BUCKETS];
    struct zd_http_request *spare;
    int n_spare;
    uint64_t n_body_held;  /* bytes of bodies that have come */
    uint64_t n_reply_held; /* bytes of replies that wait for their clients */
    uint64_t guest_seed, id_seed, n_ids;
    struct zd_http_gauges gauges;
    struct zd_http_lane lanes[ZD_HTTP_MAX_LANES];
    pthread_mutex_t done_lock;
    struct zd_http_request *done;                   /* under done_lock; newest first */
    struct zd_http_request *done_first, *done_last; /* taken from there; oldest first */
    uint64_t turn_us;                               /* when this turn of the loop began */
    bool over;                                      /* no further turn */
    atomic_bool stopping;
    uint64_t stop_us;
    bool halted;
    int depth; /* inside a connection's callback: the dead are buried when it ends */
    time_t date_at;
    char date[32];
    uint8_t scratch[ZD_HTTP_SCRATCH_BYTES];
};

/* conn.c: all on the loop. */
void zd_http__conn_new(struct zd_http_server *server, int fd, struct zd_http_guest *guest,
                       const char *peer);
void zd_http__conn_done(struct zd_http_conn *conn); /* a lane has filled the reply */
void zd_http__conn_kill(struct zd_http_conn *conn); /* closes and frees at once */
/* What is due by the clock; false where the turn was spent before all was done. */
bool zd_http__conn_tick(struct zd_http_server *server, uint64_t now_us);
void zd_http__conn_drain(struct zd_http_server *server); /* ends what waits for a request */

/* turn.c: the loop. */
bool zd_http__turn_all(struct zd_http_server *server);  /* runs it; false where it fails */
void zd_http__turn_last(struct zd_http_server *server); /* this turn is the last */
/* True when this turn has taken long enough: it then ends with the callback that runs. */
bool zd_http__turn_spent(struct zd_http_server *server);

/* request.c */
struct zd_http_request *zd_http__request_new(struct zd_http_server *server);
void zd_http__request_free(struct zd_http_server *server, struct zd_http_request *request);

/* reply.c: writes the reply's head to out. `with_content` false for HEAD. */
enum zd_http_framing { ZD_HTTP_LENGTH, ZD_HTTP_CHUNKED, ZD_HTTP_UNTIL_CLOSE };
void zd_http__reply_head(struct zd_http_server *server, const struct zd_http_request *request,
                         bool keep, enum zd_http_framing framing, struct zd_buf *out);
struct zd_str zd_http__reply_content(const struct zd_http_request *request);

/* lane.c */
enum zd_status zd_http__lane_start(struct zd_http_server *server, int number,
                                   const struct zd_http_lane_config *config, struct zd_error *err);
void zd_http__lane_stop(struct zd_http_lane *lane);
bool zd_http__lane_push(struct zd_http_lane *lane, struct zd_http_request *request);
int zd_http__lane_waiting(struct zd_http_lane *lane);

/* guest.c: counts connections by address. NULL when the address has max_per_address already
 * (*ret_full is then set) or memory ended. */
struct zd_http_guest *zd_http__guest_enter(struct zd_http_server *server,
                                           const struct sockaddr_storage *address, bool *ret_full);
void zd_http__guest_leave(struct zd_http_server *server, struct zd_http_guest *guest);

#endif
