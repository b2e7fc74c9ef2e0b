/* gateway.c: both ends of the gateway's measures (bench/gateway.py runs it).
 *
 *     gateway stub PORT                          a model service: whole replies at once, streams of
 *                                                20 tokens a second up to max_tokens, each token
 *                                                with its number and the time it was sent at
 *     gateway rate PORT KEY MODEL RATE SECONDS [CONNECTIONS]
 *                                                requests at a fixed rate over 32 connections; the
 *                                                time is counted from when each was due, so that a
 *                                                stall is not hidden (no coordinated omission)
 *     gateway streams PORT KEY MODEL N SECONDS   N streams at once, a new one where one has ended;
 *                                                each token's time on the way, and that none is
 *                                                lost, doubled or out of order
 *
 * One thread and epoll at either end; what is printed is one line of NAME=VALUE. */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define MAX_FILES 16384
#define BUFFER 16384
#define TOKEN_US 50000
#define RATE_CONNECTIONS 32
#define MAX_RATE_CONNECTIONS 256
#define STREAM_TOKENS 400 /* of one stream: 20 s */

struct end {
    char in[BUFFER];
    size_t n;
    bool streaming, busy, done, failed;
    uint64_t due_us; /* of the request, or of the next token */
    uint32_t token;  /* the next */
    uint32_t last;   /* the stub's: how many were asked for */
    uint32_t ended;  /* the client's: streams that came whole */
};

static struct end *ends[MAX_FILES];

static uint64_t now_us(void)
{
    struct timespec ts;

    clock_gettime(CLOCK_MONOTONIC, &ts);
    return (uint64_t)ts.tv_sec * 1000000 + (uint64_t)ts.tv_nsec / 1000;
}

static void die(const char *what)
{
    perror(what);
    exit(1);
}

static struct end *end_of(int fd)
{
    if (fd < 0 || fd >= MAX_FILES)
        die("too many files");
    if (!ends[fd])
        ends[fd] = calloc(1, sizeof *ends[fd]);
    if (!ends[fd])
        die("memory");
    return ends[fd];
}

static void no_delay(int fd)
{
    int one = 1;

    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
}

static void watch(int poll, int fd)
{
    struct epoll_event event = {.events = EPOLLIN, .data.fd = fd};

    if (epoll_ctl(poll, EPOLL_CTL_ADD, fd, &event) != 0)
        die("epoll_ctl");
}

static void say(int fd, const char *text, size_t n)
{
    if (send(fd, text, n, MSG_NOSIGNAL) != (ssize_t)n && ends[fd])
        ends[fd]->failed = true;
}

/* --- stub -------------------------------------------------------------------------------------- */

static const char whole[] =
    "{\"id\":\"a\",\"object\":\"chat.completion\",\"created\":1,\"model\":\"m\",\"choices\":[{"
    "\"index\":0,\"message\":{\"role\":\"assistant\",\"content\":"
    "\"办理居住证的，应当在三十日内。\"},"
    "\"finish_reason\":\"stop\"}],\"usage\":{\"prompt_tokens\":9,\"completion_tokens\":9,"
    "\"total_tokens\":18}}";

static void send_chunk(int fd, const char *text)
{
    char out[1024];
    int n = snprintf(out, sizeof out, "%zx\r\n%s\r\n", strlen(text), text);

    say(fd, out, (size_t)n);
}

/* The end of a stream as the services have it: the reason, the mark, the last chunk. */
static void send_end(int fd, struct end *end)
{
    send_chunk(fd, "data: {\"id\":\"a\",\"object\":\"chat.completion.chunk\",\"created\":1,"
                   "\"model\":\"m\",\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":"
                   "\"length\"}]}\n\ndata: [DONE]\n\n");
    say(fd, "0\r\n\r\n", 5);
    end->streaming = false;
}

static void send_token(int fd, struct end *end)
{
    char text[400];

    if (end->token == end->last) {
        send_end(fd, end);
        return;
    }
    snprintf(
        text, sizeof text,
        "data: {\"id\":\"a\",\"object\":\"chat.completion.chunk\",\"created\":1,\"model\":\"m\","
        "\"choices\":[{\"index\":0,\"delta\":{\"content\":\"#%u@%llu \"},"
        "\"finish_reason\":null}]}\n\n",
        end->token++, (unsigned long long)now_us());
    send_chunk(fd, text);
    end->due_us += TOKEN_US;
}

/* Answers the requests that are whole. */
static void stub_take(int fd, struct end *end)
{
    static const char head[] = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n"
                               "Transfer-Encoding: chunked\r\n\r\n";
    char reply[1024];

    for (;;) {
        char *body, *length;
        size_t size;

        end->in[end->n] = '\0';
        body = strstr(end->in, "\r\n\r\n");
        length = strcasestr(end->in, "content-length:");
        if (!body || !length)
            return;
        body += 4;
        size = (size_t)(body - end->in) + strtoul(length + 15, NULL, 10);
        if (end->n < size)
            return;
        if (strstr(body, "\"stream\":true")) {
            const char *most = strstr(body, "\"max_tokens\":");

            end->streaming = true;
            end->token = 0;
            end->last = most ? (uint32_t)strtoul(most + 13, NULL, 10) : UINT32_MAX;
            end->due_us = now_us() + (uint64_t)(fd % 50) * 1000; /* not all in one millisecond */
            say(fd, head, sizeof head - 1);
        } else {
            int n = snprintf(reply, sizeof reply,
                             "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
                             "Content-Length: %zu\r\n\r\n%s",
                             sizeof whole - 1, whole);

            say(fd, reply, (size_t)n);
        }
        memmove(end->in, end->in + size, end->n - size);
        end->n -= size;
    }
}

static void stub(int port)
{
    struct sockaddr_in at = {.sin_family = AF_INET,
                             .sin_port = htons((uint16_t)port),
                             .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0), poll = epoll_create1(0),
        one = 1;
    int highest = 0;

    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    if (bind(listener, (struct sockaddr *)&at, sizeof at) != 0 || listen(listener, 4096) != 0)
        die("listen");
    watch(poll, listener);
    for (;;) {
        struct epoll_event events[256];
        int n = epoll_wait(poll, events, 256, 1);
        uint64_t now = now_us();

        for (int i = 0; i < n; i++) {
            int fd = events[i].data.fd;
            ssize_t got;

            if (fd == listener) {
                while ((fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK)) >= 0) {
                    no_delay(fd);
                    *end_of(fd) = (struct end){0};
                    watch(poll, fd);
                    highest = fd > highest ? fd : highest;
                }
                continue;
            }
            got = recv(fd, ends[fd]->in + ends[fd]->n, BUFFER - 1 - ends[fd]->n, 0);
            if (got <= 0 && !(got < 0 && errno == EAGAIN)) {
                ends[fd]->streaming = false;
                close(fd);
                continue;
            }
            ends[fd]->n += got > 0 ? (size_t)got : 0;
            stub_take(fd, ends[fd]);
        }
        for (int fd = 0; fd <= highest; fd++)
            if (ends[fd] && ends[fd]->streaming && now >= ends[fd]->due_us)
                send_token(fd, ends[fd]);
    }
}

/* --- clients ----------------------------------------------------------------------------------- */

static int dial(int port)
{
    struct sockaddr_in to = {.sin_family = AF_INET,
                             .sin_port = htons((uint16_t)port),
                             .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int fd = socket(AF_INET, SOCK_STREAM, 0);

    if (fd < 0 || connect(fd, (struct sockaddr *)&to, sizeof to) != 0)
        die("connect");
    no_delay(fd);
    fcntl(fd, F_SETFL, O_NONBLOCK);
    *end_of(fd) = (struct end){0};
    return fd;
}

static size_t request_of(char *out, size_t room, const char *key, const char *model, bool stream)
{
    char body[512];
    int n = snprintf(body, sizeof body,
                     "{\"model\":\"%s\",\"stream\":%s,\"max_tokens\":%d,\"messages\":[{\"role\":"
                     "\"user\",\"content\":\"办理居住证需要哪些材料？请逐条列出。\"}]}",
                     model, stream ? "true" : "false", STREAM_TOKENS);

    return (size_t)snprintf(out, room,
                            "POST /v1/chat/completions HTTP/1.1\r\nHost: a\r\nContent-Type: "
                            "application/json\r\nAuthorization: Bearer %s\r\nContent-Length: "
                            "%d\r\n\r\n%s",
                            key, n, body);
}

static int by_value(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

    return x < y ? -1 : x > y;
}

static void print_times(const char *name, uint32_t *times, size_t n)
{
    qsort(times, n, sizeof *times, by_value);
    if (n > 0)
        printf("%s=%zu p50_us=%u p90_us=%u p99_us=%u max_us=%u", name, n, times[n / 2],
               times[n * 9 / 10], times[n * 99 / 100], times[n - 1]);
}

/* True when a whole reply is there; sets failed unless it is a 200. */
static bool reply_is_whole(struct end *end)
{
    char *body, *length;

    end->in[end->n] = '\0';
    body = strstr(end->in, "\r\n\r\n");
    length = strcasestr(end->in, "content-length:");
    if (!body || !length || end->n < (size_t)(body + 4 - end->in) + strtoul(length + 15, NULL, 10))
        return false;
    end->failed = end->failed || strncmp(end->in, "HTTP/1.1 200", 12) != 0;
    end->n = 0;
    return true;
}

static void rate(int port, const char *key, const char *model, uint32_t per_s, uint32_t seconds,
                 int connections)
{
    char request[2048];
    size_t size = request_of(request, sizeof request, key, model, false), n = 0, sent = 0, bad = 0;
    const size_t total = (size_t)per_s * seconds;
    uint32_t *times = calloc(total, sizeof *times);
    int fds[MAX_RATE_CONNECTIONS], poll = epoll_create1(0);
    uint64_t begun, due;

    for (int i = 0; i < connections; i++) {
        fds[i] = dial(port);
        watch(poll, fds[i]);
    }
    begun = now_us();
    while (n < total && now_us() < begun + (uint64_t)(seconds + 20) * 1000000) {
        struct epoll_event events[MAX_RATE_CONNECTIONS];
        int got;

        for (int i = 0; i < connections && sent < total; i++) {
            due = begun + sent * 1000000ull / per_s;
            if (now_us() < due)
                break;
            if (ends[fds[i]]->busy)
                continue;
            ends[fds[i]]->busy = true;
            ends[fds[i]]->due_us = due;
            say(fds[i], request, size);
            sent++;
        }
        got = epoll_wait(poll, events, MAX_RATE_CONNECTIONS, 0);
        for (int i = 0; i < got; i++) {
            struct end *end = ends[events[i].data.fd];
            ssize_t read_n = recv(events[i].data.fd, end->in + end->n, BUFFER - 1 - end->n, 0);

            if (read_n == 0)
                die("the connection ended");
            end->n += read_n > 0 ? (size_t)read_n : 0;
            if (end->busy && reply_is_whole(end)) {
                times[n++] = (uint32_t)(now_us() - end->due_us);
                end->busy = false;
                bad += end->failed;
                end->failed = false;
            }
        }
    }
    print_times("requests", times, n);
    printf(" errors=%zu\n", bad + (total - n));
}

/* Drops what has been read: what begins a token or the mark of the end stays until it is whole. */
static void keep_rest(struct end *end, char *at)
{
    char *from = strchr(at, '#');

    if (!from)
        from = strstr(at, "[DONE]");
    if (!from && (size_t)(end->in + end->n - at) > 8)
        from = end->in + end->n - 8;
    if (from) {
        end->n = (size_t)(end->in + end->n - from);
        memmove(end->in, from, end->n);
    }
}

/* Reads the tokens "#number@time " that came; each must be the next. True when the stream has come
 * to its end, and another may be asked for. */
static bool take_tokens(struct end *end, uint32_t *times, size_t *n, size_t room)
{
    char *at = end->in, *mark, *stop;

    end->in[end->n] = '\0';
    while ((mark = strchr(at, '#')) && (stop = strchr(mark, ' '))) {
        char *time;
        unsigned long number = strtoul(mark + 1, &time, 10);

        if (*time == '@') {
            uint64_t sent = strtoull(time + 1, NULL, 10);

            end->failed = end->failed || number != end->token;
            end->token++;
            if (*n < room)
                times[(*n)++] = (uint32_t)(now_us() - sent);
        }
        at = stop;
    }
    if (strstr(end->in, "\"error\""))
        end->failed = true;
    if ((mark = strstr(at, "[DONE]")) && strstr(mark, "\r\n0\r\n\r\n")) {
        end->failed = end->failed || end->token != STREAM_TOKENS;
        end->token = 0;
        end->ended++;
        end->n = 0;
        return true;
    }
    keep_rest(end, at);
    return false;
}

static void streams(int port, const char *key, const char *model, uint32_t n_streams,
                    uint32_t seconds)
{
    char request[2048];
    size_t size = request_of(request, sizeof request, key, model, true), n = 0, bad = 0;
    const size_t room = (size_t)n_streams * seconds * 22;
    uint32_t *times = calloc(room, sizeof *times), least = UINT32_MAX, whole_streams = 0;
    int *fds = calloc(n_streams, sizeof *fds), poll = epoll_create1(0);
    uint64_t until;

    for (uint32_t i = 0; i < n_streams; i++) {
        fds[i] = dial(port);
        watch(poll, fds[i]);
        say(fds[i], request, size);
        if (i % 50 == 49)
            usleep(20000);
    }
    until = now_us() + seconds * 1000000ull;
    while (now_us() < until) {
        struct epoll_event events[256];
        int got = epoll_wait(poll, events, 256, 100);

        for (int i = 0; i < got; i++) {
            struct end *end = ends[events[i].data.fd];
            ssize_t read_n = recv(events[i].data.fd, end->in + end->n, BUFFER - 1 - end->n, 0);

            if (read_n == 0) {
                end->failed = true;
                epoll_ctl(poll, EPOLL_CTL_DEL, events[i].data.fd, NULL);
            }
            end->n += read_n > 0 ? (size_t)read_n : 0;
            if (take_tokens(end, times, &n, room))
                say(events[i].data.fd, request, size);
        }
    }
    for (uint32_t i = 0; i < n_streams; i++) {
        const uint32_t had = ends[fds[i]]->ended * STREAM_TOKENS + ends[fds[i]]->token;

        bad += ends[fds[i]]->failed;
        whole_streams += ends[fds[i]]->ended;
        least = had < least ? had : least;
    }
    print_times("tokens", times, n);
    printf(" streams=%u whole=%u broken=%zu least_tokens=%u\n", n_streams, whole_streams, bad,
           least);
}

static int clamped(const char *number, int most)
{
    const long n = strtol(number, NULL, 10);

    return n < 1 ? 1 : n > most ? most : (int)n;
}

int main(int argc, char **argv)
{
    struct rlimit files = {MAX_FILES, MAX_FILES};

    setrlimit(RLIMIT_NOFILE, &files);
    if (argc == 3 && strcmp(argv[1], "stub") == 0)
        stub((int)strtol(argv[2], NULL, 10));
    else if ((argc == 7 || argc == 8) && strcmp(argv[1], "rate") == 0)
        rate((int)strtol(argv[2], NULL, 10), argv[3], argv[4], (uint32_t)strtoul(argv[5], NULL, 10),
             (uint32_t)strtoul(argv[6], NULL, 10),
             argc == 8 ? clamped(argv[7], MAX_RATE_CONNECTIONS) : RATE_CONNECTIONS);
    else if (argc == 7 && strcmp(argv[1], "streams") == 0)
        streams((int)strtol(argv[2], NULL, 10), argv[3], argv[4],
                (uint32_t)strtoul(argv[5], NULL, 10), (uint32_t)strtoul(argv[6], NULL, 10));
    else
        return 2;
    return 0;
}
