#include "http/server.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <arpa/inet.h>
#include <cmocka.h>
#include <netinet/in.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/date.h"

#define LARGE_BYTES (32 * ZD_MiB) /* more than the sockets of one connection hold */

#define BUSY_CLIENTS 40
#define BUSY_US 1000

/* A site with five paths: /now, /large, /busy and /slow are answered on the loop, /wait on a lane whose
 * thread says that it has begun and then waits to be let go. */
struct site {
    struct zd_http_server *server;
    pthread_t loop;
    sem_t begun, go;
};

static struct zd_http_plan on_begin(void *context, struct zd_http_request *request)
{
    struct zd_str path = zd_http_head_str(&request->head, request->head.path);
    bool waits = zd_str_eq(path, ZD_STR("/wait"));

    (void)context;
    return (struct zd_http_plan){.way = waits ? ZD_HTTP_LANE : ZD_HTTP_LOOP, .max_body = 100};
}

/* Keeps the thread at work for so much processor time. */
static void work(uint64_t us)
{
    const uint64_t end = zd_clock_thread_us() + us;

    while (zd_clock_thread_us() < end)
        ;
}

static void on_handle(void *context, void *worker, struct zd_http_request *request)
{
    struct site *site = context;

    (void)worker;
    if (request->lane >= 0) {
        (void)sem_post(&site->begun);
        (void)sem_wait(&site->go);
    }
    if (zd_str_eq(zd_http_head_str(&request->head, request->head.path), ZD_STR("/large")))
        while (request->reply.body.n < LARGE_BYTES)
            zd_buf_u64(&request->reply.body, 0);
    if (zd_str_eq(zd_http_head_str(&request->head, request->head.path), ZD_STR("/slow")))
        work(2 * ZD_HTTP_TURN_MAX_US);
    if (zd_str_eq(zd_http_head_str(&request->head, request->head.path), ZD_STR("/busy")))
        work(BUSY_US);
    zd_buf_printf(&request->reply.body, "%zu", request->body.n);
    request->reply.type = "text/plain";
}

static void on_refuse(void *context, struct zd_http_request *request, int status, const char *why)
{
    (void)context;
    request->reply.status = status;
    request->reply.fixed = zd_str_c(why);
}

static void *loop_main(void *argument)
{
    struct site *site = argument;

    return zd_http_server_run(site->server, NULL) == ZD_OK ? site : NULL;
}

static void site_open(struct site *site, int max_queue, uint64_t max_reply_total)
{
    const struct zd_http_config config = {.listen = "127.0.0.1:0",
                                          .linger_ms = 100,
                                          .max_reply_total = max_reply_total,
                                          .lanes = {{.n_threads = 1, .max_queue = max_queue}}};
    const struct zd_http_app app = {
        .context = site, .begin = on_begin, .handle = on_handle, .refuse = on_refuse};

    memset(site, 0, sizeof *site);
    assert_int_equal(sem_init(&site->begun, 0, 0), 0);
    assert_int_equal(sem_init(&site->go, 0, 0), 0);
    assert_int_equal(zd_http_server_open(&config, &app, &site->server, NULL), ZD_OK);
    assert_int_equal(pthread_create(&site->loop, NULL, loop_main, site), 0);
}

static void site_close(struct site *site)
{
    void *result;

    zd_http_server_stop(site->server);
    assert_int_equal(pthread_join(site->loop, &result), 0);
    assert_ptr_equal(result, site);
    zd_http_server_close(site->server);
    (void)sem_destroy(&site->begun);
    (void)sem_destroy(&site->go);
}

static int client(const struct site *site)
{
    const char *address = zd_http_server_address(site->server);
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int fd = socket(AF_INET, SOCK_STREAM, 0);

    to.sin_port = htons((uint16_t)strtol(strrchr(address, ':') + 1, NULL, 10));
    assert_int_equal(connect(fd, (struct sockaddr *)&to, sizeof to), 0);
    return fd;
}

static void say(int fd, const char *text)
{
    assert_int_equal(send(fd, text, strlen(text), MSG_NOSIGNAL), strlen(text));
}

/* The status of the next reply, whose content is at most a few bytes; 0 where there is none. */
static int status_of(int fd)
{
    char text[2048];
    size_t n = 0;

    while (n < sizeof text - 1) {
        ssize_t got = recv(fd, text + n, sizeof text - 1 - n, 0);

        if (got <= 0)
            return 0;
        n += (size_t)got;
        text[n] = '\0';
        if (strstr(text, "\r\n\r\n"))
            break;
    }
    return (int)strtol(text + strlen("HTTP/1.1 "), NULL, 10);
}

#define GET(path) "GET " path " HTTP/1.1\r\nHost: a\r\n\r\n"

static void test_counts_the_turns_that_work_too_long(void **state)
{
    struct zd_http_gauges gauges;
    struct site site;
    int fd;

    (void)state;
    site_open(&site, 1, 0);
    fd = client(&site);
    for (int i = 0; i < 3; i++) {
        say(fd, GET("/now"));
        assert_int_equal(status_of(fd), 200);
        say(fd, GET("/slow"));
        assert_int_equal(status_of(fd), 200);
    }
    (void)close(fd);
    zd_http_server_stop(site.server);
    assert_int_equal(pthread_join(site.loop, NULL), 0);
    zd_http_server_gauges(site.server, &gauges);
    assert_true(gauges.n_turns >= 6);
    assert_true(gauges.n_slow_turns >= 3); /* what a hypervisor takes may count as work too */
    assert_true(gauges.n_slow_turns <= gauges.n_turns - 3);
    assert_true(gauges.slowest_turn_us >= 2 * ZD_HTTP_TURN_MAX_US);
    zd_http_server_close(site.server);
    (void)sem_destroy(&site.begun);
    (void)sem_destroy(&site.go);
}

/* Forty requests are ready at once, which is work for forty milliseconds: not in one turn. */
static void test_much_that_is_ready_at_once_takes_many_turns(void **state)
{
    struct zd_http_gauges gauges;
    struct site site;
    int blocker, fds[BUSY_CLIENTS];

    (void)state;
    site_open(&site, 1, 0);
    blocker = client(&site);
    for (int i = 0; i < BUSY_CLIENTS; i++) {
        fds[i] = client(&site);
        say(fds[i], GET("/now"));
        assert_int_equal(status_of(fds[i]), 200);
    }
    say(blocker, GET("/slow")); /* the others become ready while the loop is at it */
    for (int i = 0; i < BUSY_CLIENTS; i++)
        say(fds[i], GET("/busy"));
    for (int i = 0; i < BUSY_CLIENTS; i++) {
        assert_int_equal(status_of(fds[i]), 200);
        (void)close(fds[i]);
    }
    (void)close(blocker);
    zd_http_server_stop(site.server);
    assert_int_equal(pthread_join(site.loop, NULL), 0);
    zd_http_server_gauges(site.server, &gauges);
    assert_in_range(gauges.slowest_turn_us, 1, BUSY_CLIENTS * BUSY_US / 2);
    zd_http_server_close(site.server);
    (void)sem_destroy(&site.begun);
    (void)sem_destroy(&site.go);
}

static void test_a_full_lane_answers_503_and_the_loop_goes_on(void **state)
{
    struct site site;
    int fds[3], other;

    (void)state;
    site_open(&site, 1, 0);
    fds[0] = client(&site);
    say(fds[0], GET("/wait"));
    assert_int_equal(sem_wait(&site.begun), 0); /* the thread is taken … */
    fds[1] = client(&site);
    other = client(&site);
    say(fds[1], GET("/wait")); /* … and so is the one place in its queue */
    say(other, GET("/now"));
    assert_int_equal(status_of(other), 200);
    fds[2] = client(&site);
    say(fds[2], GET("/wait"));
    assert_int_equal(status_of(fds[2]), 503);
    say(fds[2], GET("/now")); /* a busy lane ends no connection */
    assert_int_equal(status_of(fds[2]), 200);
    (void)sem_post(&site.go);
    (void)sem_post(&site.go);
    assert_int_equal(status_of(fds[0]), 200);
    assert_int_equal(status_of(fds[1]), 200);
    for (int i = 0; i < 3; i++)
        (void)close(fds[i]);
    (void)close(other);
    site_close(&site);
}

static void test_a_client_that_leaves_while_its_request_is_with_a_lane(void **state)
{
    const struct linger reset = {.l_onoff = 1};
    struct site site;
    int fd, other;

    (void)state;
    site_open(&site, 8, 0);
    fd = client(&site);
    say(fd, GET("/wait"));
    assert_int_equal(sem_wait(&site.begun), 0);
    assert_int_equal(setsockopt(fd, SOL_SOCKET, SO_LINGER, &reset, sizeof reset), 0);
    (void)close(fd);
    other = client(&site);
    say(other, GET("/now"));
    assert_int_equal(status_of(other), 200);
    (void)sem_post(&site.go); /* its reply has nobody left to read it */
    say(other, GET("/wait"));
    assert_int_equal(sem_wait(&site.begun), 0);
    (void)sem_post(&site.go);
    assert_int_equal(status_of(other), 200);
    (void)close(other);
    site_close(&site);
}

static void test_stops_while_requests_wait_in_a_queue(void **state)
{
    struct site site;
    int a, b;

    (void)state;
    site_open(&site, 8, 0);
    a = client(&site);
    say(a, GET("/wait"));
    assert_int_equal(sem_wait(&site.begun), 0);
    b = client(&site);
    say(b, GET("/wait"));
    zd_http_server_stop(site.server);
    (void)sem_post(&site.go);
    (void)sem_post(&site.go);
    assert_int_equal(status_of(a), 200); /* what had begun is finished */
    (void)close(a);
    (void)close(b);
    site_close(&site);
}

/* Memory fails at the 1st, 2nd, … allocation of a conversation: the client sees a whole reply or
 * the end of the connection, and the server serves the next one. */
static void test_survives_every_failing_allocation(void **state)
{
    struct site site;
    int served = 0;

    (void)state;
    for (uint64_t nth = 1; served < 3; nth++) {
        int fd, status;

        assert_true(nth < 200);
        site_open(&site, 8, 0);
        (void)sem_post(&site.go);
        fd = client(&site);
        zd_alloc_fail_at(nth);
        say(fd, "POST /wait HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc");
        status = status_of(fd);
        zd_alloc_fail_at(0);
        if (status != 200 && status != 503 && status != 0)
            fail_msg("status %d at allocation %d", status, (int)nth);
        served = status == 200 ? served + 1 : 0;
        (void)close(fd);
        fd = client(&site);
        say(fd, GET("/now"));
        assert_int_equal(status_of(fd), 200);
        (void)close(fd);
        site_close(&site);
    }
}

static void test_says_why_it_cannot_listen(void **state)
{
    static const char *const wrong[] = {"",
                                        "8080",
                                        "127.0.0.1:",
                                        "127.0.0.1:99999999",
                                        "127.0.0.1:x",
                                        "no such name:80",
                                        "192.0.2.1:80"};
    const struct zd_http_app app = {.begin = on_begin};
    struct zd_http_server *server = NULL;

    (void)state;
    for (size_t i = 0; i < ZD_COUNT(wrong); i++) {
        const struct zd_http_config config = {.listen = wrong[i]};
        struct zd_error err = {0};

        assert_int_not_equal(zd_http_server_open(&config, &app, &server, &err), ZD_OK);
        assert_true(strlen(err.what) > 10);
        assert_null(server);
    }
}

static size_t bytes_until_the_end(int fd)
{
    static char chunk[65536];
    size_t all = 0;
    ssize_t n;

    while ((n = recv(fd, chunk, sizeof chunk, 0)) > 0)
        all += (size_t)n;
    (void)close(fd);
    return all;
}

#define GET_AND_CLOSE(path) "GET " path " HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"

static void test_replies_that_wait_for_clients_are_bounded(void **state)
{
    struct site site;
    int fd, other;

    (void)state;
    site_open(&site, 1, 0); /* the default holds one such reply … */
    fd = client(&site);
    say(fd, GET_AND_CLOSE("/large"));
    assert_true(bytes_until_the_end(fd) > LARGE_BYTES);
    site_close(&site);
    site_open(&site, 1, LARGE_BYTES); /* … and less than it needs does not */
    fd = client(&site);
    say(fd, GET_AND_CLOSE("/large"));
    /* the loop handles both kinds itself: behind the second reply it has tried to send the large
     * one, of which nothing has been read */
    for (int i = 0; i < 2; i++) {
        other = client(&site);
        say(other, GET("/now"));
        assert_int_equal(status_of(other), 200);
        (void)close(other);
    }
    assert_true(bytes_until_the_end(fd) < LARGE_BYTES);
    site_close(&site);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_counts_the_turns_that_work_too_long),
        cmocka_unit_test(test_much_that_is_ready_at_once_takes_many_turns),
        cmocka_unit_test(test_a_full_lane_answers_503_and_the_loop_goes_on),
        cmocka_unit_test(test_a_client_that_leaves_while_its_request_is_with_a_lane),
        cmocka_unit_test(test_stops_while_requests_wait_in_a_queue),
        cmocka_unit_test(test_survives_every_failing_allocation),
        cmocka_unit_test(test_says_why_it_cannot_listen),
        cmocka_unit_test(test_replies_that_wait_for_clients_are_bounded),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
