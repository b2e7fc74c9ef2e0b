/* server.c: the door and the clock: listening, accepting within the caps, signals, and the loop
 * (see server.h). */
#include "http/server.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/date.h"
#include "http/server_private.h"

#define FILES_FOR_OTHERS 64u /* descriptors left for the database, the index and the logs */
#define ACCEPTS_IN_A_ROW 64

static void take_default(uint32_t *value, uint32_t standard)
{
    if (*value == 0)
        *value = standard;
}

static void config_complete(struct zd_http_config *config)
{
    if (!config->listen)
        config->listen = "127.0.0.1:8080";
    take_default(&config->head_ms, 10000);
    take_default(&config->idle_ms, 60000);
    take_default(&config->body_grace_ms, 5000);
    take_default(&config->min_rate, 1024);
    take_default(&config->linger_ms, 2000);
    take_default(&config->drain_ms, 10000);
    take_default(&config->quiet_ms, 15000);
    take_default(&config->max_per_address, 100);
    take_default(&config->max_connections, 10240);
    take_default(&config->reserve, 32);
    if (config->max_body_total == 0)
        config->max_body_total = 256 * ZD_MiB;
    if (config->max_reply_total == 0)
        config->max_reply_total = 256 * ZD_MiB;
    if (config->reserve >= config->max_connections)
        config->reserve = config->max_connections / 2;
}

/* Asks for as many descriptors as allowed and keeps the connections below them. */
static void fit_files(struct zd_http_config *config)
{
    struct rlimit limit;

    if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
        return;
    limit.rlim_cur = limit.rlim_max;
    (void)setrlimit(RLIMIT_NOFILE, &limit);
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur <= (rlim_t)FILES_FOR_OTHERS * 2)
        return;
    if (config->max_connections > limit.rlim_cur - FILES_FOR_OTHERS)
        config->max_connections = (uint32_t)(limit.rlim_cur - FILES_FOR_OTHERS);
}

/* "host:port" or "[host]:port" into its parts. */
static enum zd_status split_address(const char *listen, char host[64], char port[8],
                                    struct zd_error *err)
{
    const char *colon = strrchr(listen, ':');
    size_t n;

    if (!colon || strlen(colon + 1) == 0 || strlen(colon + 1) > 5 ||
        strspn(colon + 1, "0123456789") != strlen(colon + 1))
        return ZD_FAIL(err, ZD_INVALID, 0, "'%s' is not ADDRESS:PORT", listen);
    n = (size_t)(colon - listen);
    if (n >= 2 && listen[0] == '[' && listen[n - 1] == ']') {
        listen++;
        n -= 2;
    }
    if (n >= 64)
        return ZD_FAIL(err, ZD_INVALID, 0, "the address to listen on is too long");
    memcpy(host, listen, n);
    host[n] = '\0';
    memcpy(port, colon + 1, strlen(colon + 1) + 1);
    return ZD_OK;
}

static enum zd_status bind_listener(struct zd_http_server *server, struct zd_error *err)
{
    const char *listen_on = server->config.listen;
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_PASSIVE | AI_NUMERICSERV};
    struct addrinfo *found = NULL;
    struct sockaddr_storage bound = {0};
    socklen_t n_bound = sizeof bound;
    char host[64], port[8], text[48];
    enum zd_status st;
    int one = 1;

    st = split_address(listen_on, host, port, err);
    if (st != ZD_OK)
        return st;
    if (getaddrinfo(host[0] ? host : NULL, port, &hints, &found) != 0 || !found)
        return ZD_FAIL(err, ZD_INVALID, 0, "'%s' is not an address of this machine", listen_on);
    server->listener =
        socket(found->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, found->ai_protocol);
    if (server->listener < 0 ||
        setsockopt(server->listener, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one) != 0 ||
        bind(server->listener, found->ai_addr, found->ai_addrlen) != 0 ||
        listen(server->listener, 1024) != 0)
        st = ZD_FAIL(err, ZD_IO, 0, "cannot listen on %s: %s", listen_on, strerror(errno));
    freeaddrinfo(found);
    if (st != ZD_OK)
        return st;
    if (getsockname(server->listener, (struct sockaddr *)&bound, &n_bound) != 0 ||
        getnameinfo((struct sockaddr *)&bound, n_bound, text, sizeof text, port, sizeof port,
                    NI_NUMERICHOST | NI_NUMERICSERV) != 0)
        return ZD_FAIL(err, ZD_IO, 0, "the address of the listener cannot be read");
    (void)snprintf(server->address, sizeof server->address,
                   bound.ss_family == AF_INET6 ? "[%s]:%s" : "%s:%s", text, port);
    return ZD_OK;
}

static bool is_local(const struct sockaddr_storage *address)
{
    if (address->ss_family == AF_INET) {
        const struct sockaddr_in *v4 = (const void *)address;

        return (ntohl(v4->sin_addr.s_addr) >> 24) == 127;
    }
    if (address->ss_family == AF_INET6) {
        const struct sockaddr_in6 *v6 = (const void *)address;

        return IN6_IS_ADDR_LOOPBACK(&v6->sin6_addr) ||
               (IN6_IS_ADDR_V4MAPPED(&v6->sin6_addr) && v6->sin6_addr.s6_addr[12] == 127);
    }
    return false;
}

/* Tells a client without a place so, as far as the socket takes it at once. */
static void turn_away(struct zd_http_server *server, int fd, const char *status_line)
{
    char reply[256];
    int n = snprintf(reply, sizeof reply,
                     "HTTP/1.1 %s\r\nRetry-After: 5\r\nContent-Length: 0\r\nConnection: close\r\n"
                     "Cache-Control: no-store\r\n\r\n",
                     status_line);

    server->gauges.n_turned_away++;
    (void)send(fd, reply, (size_t)n, MSG_NOSIGNAL | MSG_DONTWAIT);
    (void)shutdown(fd, SHUT_WR);
    (void)recv(fd, server->scratch, sizeof server->scratch, MSG_DONTWAIT);
    (void)close(fd);
}

static void admit(struct zd_http_server *server, int fd, const struct sockaddr_storage *address)
{
    uint32_t room = server->config.max_connections;
    struct zd_http_guest *guest;
    char peer[48] = "-";
    bool is_full = false;
    int one = 1;

    if (!is_local(address))
        room -= server->config.reserve;
    server->gauges.n_accepted++;
    if (server->gauges.n_open >= room) {
        turn_away(server, fd, "503 Service Unavailable");
        return;
    }
    guest = zd_http__guest_enter(server, address, &is_full);
    if (!guest) {
        turn_away(server, fd, is_full ? "429 Too Many Requests" : "503 Service Unavailable");
        return;
    }
    if (address->ss_family == AF_INET)
        (void)inet_ntop(AF_INET, &((const struct sockaddr_in *)(const void *)address)->sin_addr,
                        peer, sizeof peer);
    else if (address->ss_family == AF_INET6)
        (void)inet_ntop(AF_INET6, &((const struct sockaddr_in6 *)(const void *)address)->sin6_addr,
                        peer, sizeof peer);
    (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    zd_http__conn_new(server, fd, guest, peer);
}

static void on_accept(evutil_socket_t listener, short what, void *argument)
{
    static const struct timeval pause = {.tv_usec = 100000};
    struct zd_http_server *server = argument;

    (void)what;
    for (int i = 0; i < ACCEPTS_IN_A_ROW; i++) {
        struct sockaddr_storage address = {0};
        socklen_t n = sizeof address;
        int fd = accept4(listener, (struct sockaddr *)&address, &n, SOCK_NONBLOCK | SOCK_CLOEXEC);

        if (fd >= 0) {
            admit(server, fd, &address);
            if (zd_http__turn_spent(server))
                return;
        } else if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM) {
            (void)event_del(server->on_accept); /* no descriptor: look again later, do not spin */
            (void)event_add(server->on_retry, &pause);
            return;
        } else if (errno != EINTR && errno != ECONNABORTED) {
            return;
        }
    }
}

static void on_retry(evutil_socket_t fd, short what, void *argument)
{
    struct zd_http_server *server = argument;

    (void)fd;
    (void)what;
    if (!atomic_load(&server->stopping))
        (void)event_add(server->on_accept, NULL);
}

static void on_tick(evutil_socket_t fd, short what, void *argument)
{
    struct zd_http_server *server = argument;
    uint64_t now = zd_clock_mono_us();

    (void)fd;
    (void)what;
    if (!zd_http__conn_tick(server, now))
        event_active(server->on_tick, EV_TIMEOUT, 0);
    if (atomic_load(&server->stopping) &&
        now - server->stop_us >= server->config.drain_ms * 1000ull)
        zd_http__turn_last(server);
}

static void begin_stop(struct zd_http_server *server)
{
    if (server->stop_us != 0) {
        zd_http__turn_last(server); /* asked twice */
        return;
    }
    server->stop_us = zd_clock_mono_us();
    atomic_store(&server->stopping, true);
    (void)event_del(server->on_accept);
    (void)event_del(server->on_retry);
    (void)close(server->listener);
    server->listener = -1;
    zd_http__conn_drain(server);
}

/* Takes what the lanes have finished, and puts it behind what was not yet replied to. */
static void take_done(struct zd_http_server *server)
{
    struct zd_http_request *done, *first = NULL, *last;

    (void)pthread_mutex_lock(&server->done_lock);
    last = done = server->done;
    server->done = NULL;
    (void)pthread_mutex_unlock(&server->done_lock);
    while (done) {
        struct zd_http_request *next = done->next;

        done->next = first;
        first = done;
        done = next;
    }
    if (!first)
        return;
    if (server->done_last)
        server->done_last->next = first;
    else
        server->done_first = first;
    server->done_last = last;
}

/* Lanes have finished requests, or somebody asked to stop. */
static void on_done(evutil_socket_t fd, short what, void *argument)
{
    struct zd_http_server *server = argument;
    struct zd_http_request *request;
    uint64_t count;

    if ((what & EV_READ) && read(fd, &count, sizeof count) < 0 && errno != EAGAIN)
        return;
    take_done(server);
    while ((request = server->done_first)) {
        server->done_first = request->next;
        if (!server->done_first)
            server->done_last = NULL;
        request->next = NULL;
        if (request->conn)
            zd_http__conn_done(request->conn);
        else
            zd_http__request_free(server, request);
        if (server->done_first && zd_http__turn_spent(server)) {
            event_active(server->on_done, EV_TIMEOUT, 0); /* the rest in the next turn */
            break;
        }
    }
    if (atomic_load(&server->stopping) && server->stop_us == 0)
        begin_stop(server);
}

static void on_signal(evutil_socket_t number, short what, void *argument)
{
    (void)number;
    (void)what;
    begin_stop(argument);
}

/* A quarter of the shortest limit, between 5 and 250 ms. */
static struct timeval tick_of(const struct zd_http_config *config)
{
    const uint32_t limits[] = {config->head_ms,   config->idle_ms,  config->body_grace_ms,
                               config->linger_ms, config->drain_ms, config->quiet_ms};
    uint32_t ms = 1000;

    for (size_t i = 0; i < ZD_COUNT(limits); i++)
        if (limits[i] < ms)
            ms = limits[i];
    ms = ms / 4 < 5 ? 5 : ms / 4;
    return (struct timeval){.tv_usec = (suseconds_t)ms * 1000};
}

static enum zd_status make_events(struct zd_http_server *server, struct zd_error *err)
{
    struct timeval tick = tick_of(&server->config);

    server->base = event_base_new();
    server->done_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    if (!server->base || server->done_fd < 0)
        return ZD_FAIL(err, ZD_IO, 0, "the event loop cannot be made");
    server->on_accept =
        event_new(server->base, server->listener, EV_READ | EV_PERSIST, on_accept, server);
    server->on_done =
        event_new(server->base, server->done_fd, EV_READ | EV_PERSIST, on_done, server);
    server->on_tick = event_new(server->base, -1, EV_PERSIST, on_tick, server);
    server->on_retry = event_new(server->base, -1, 0, on_retry, server);
    server->on_term = evsignal_new(server->base, SIGTERM, on_signal, server);
    server->on_int = evsignal_new(server->base, SIGINT, on_signal, server);
    if (!server->on_accept || !server->on_done || !server->on_tick || !server->on_retry ||
        !server->on_term || !server->on_int || event_add(server->on_accept, NULL) != 0 ||
        event_add(server->on_done, NULL) != 0 || event_add(server->on_tick, &tick) != 0 ||
        event_add(server->on_term, NULL) != 0 || event_add(server->on_int, NULL) != 0)
        return ZD_FAIL(err, ZD_NOMEM, 0, "no memory for the events of the server");
    return ZD_OK;
}

enum zd_status zd_http_server_open(const struct zd_http_config *config,
                                   const struct zd_http_app *app,
                                   struct zd_http_server **ret_server, struct zd_error *err)
{
    struct zd_http_server *server = zd_alloc(sizeof *server);
    uint64_t seeds[2];
    enum zd_status st;

    if (!server)
        return ZD_FAIL(err, ZD_NOMEM, 0, "no memory for the server");
    server->config = *config;
    server->app = *app;
    server->listener = server->done_fd = -1;
    (void)pthread_mutex_init(&server->done_lock, NULL);
    config_complete(&server->config);
    fit_files(&server->config);
    st = zd_random(seeds, sizeof seeds, err);
    if (st != ZD_OK)
        goto out;
    server->guest_seed = seeds[0];
    server->id_seed = seeds[1];
    st = bind_listener(server, err);
    if (st != ZD_OK)
        goto out;
    st = make_events(server, err);
    for (int i = 0; st == ZD_OK && i < ZD_HTTP_MAX_LANES; i++)
        st = zd_http__lane_start(server, i, &config->lanes[i], err);
    if (st != ZD_OK)
        goto out;
    *ret_server = server;
    server = NULL;
out:
    zd_http_server_close(server);
    return st;
}

const char *zd_http_server_address(const struct zd_http_server *server)
{
    return server->address;
}

enum zd_status zd_http_server_run(struct zd_http_server *server, struct zd_error *err)
{
    return zd_http__turn_all(server) ? ZD_OK : ZD_FAIL(err, ZD_IO, 0, "the event loop failed");
}

void zd_http_server_stop(struct zd_http_server *server)
{
    uint64_t one = 1;

    atomic_store(&server->stopping, true);
    while (write(server->done_fd, &one, sizeof one) < 0 && errno == EINTR)
        ;
}

struct event_base *zd_http_server_loop(struct zd_http_server *server)
{
    return server->base;
}

const atomic_bool *zd_http_server_stopping(const struct zd_http_server *server)
{
    return &server->stopping;
}

static void free_events(struct zd_http_server *server)
{
    struct event *events[] = {server->on_accept, server->on_done, server->on_tick,
                              server->on_retry,  server->on_term, server->on_int};

    for (size_t i = 0; i < ZD_COUNT(events); i++)
        if (events[i])
            event_free(events[i]);
    if (server->base)
        event_base_free(server->base);
}

void zd_http_server_halt(struct zd_http_server *server)
{
    if (server->halted)
        return;
    server->halted = true;
    atomic_store(&server->stopping, true);
    for (int i = 0; i < ZD_HTTP_N_STATES; i++)
        while (server->lists[i].first && i != ZD_HTTP_DEAD)
            zd_http__conn_kill(server->lists[i].first);
    for (int i = 0; i < ZD_HTTP_MAX_LANES; i++)
        zd_http__lane_stop(&server->lanes[i]);
    take_done(server);
    while (server->done_first) {
        struct zd_http_request *next = server->done_first->next;

        zd_http__request_free(server, server->done_first);
        server->done_first = next;
    }
    server->done_last = NULL;
    if (server->base)
        zd_http__conn_drain(server);
}

void zd_http_server_close(struct zd_http_server *server)
{
    if (!server)
        return;
    zd_http_server_halt(server);
    while (server->spare) {
        struct zd_http_request *next = server->spare->next;

        zd_http__request_free(server, server->spare);
        server->spare = next;
    }
    free_events(server);
    if (server->listener >= 0)
        (void)close(server->listener);
    if (server->done_fd >= 0)
        (void)close(server->done_fd);
    (void)pthread_mutex_destroy(&server->done_lock);
    zd_free(server);
}

void zd_http_server_gauges(struct zd_http_server *server, struct zd_http_gauges *ret_gauges)
{
    *ret_gauges = server->gauges;
    ret_gauges->n_waiting = 0;
    for (int i = 0; i < ZD_HTTP_MAX_LANES; i++)
        ret_gauges->n_waiting += (uint32_t)zd_http__lane_waiting(&server->lanes[i]);
}
