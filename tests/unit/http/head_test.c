#include "http/head.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "http/body.h"
#include "vectors.h"

/* What the two parsers say of a run of bytes: a status of refusal, 0 incomplete, 1 complete. */
struct verdict {
    int status;
    size_t at; /* bytes taken until then */
};

struct reader {
    struct zd_http_head head;
    struct zd_http_body body;
    struct verdict verdict;
    bool in_body;
};

static void reader_feed(struct reader *r, const char *p, size_t n)
{
    while (n > 0 && r->verdict.status == 0) {
        struct zd_bytes content;
        enum zd_http_parse verdict;
        size_t used = 0;

        if (r->in_body) {
            verdict = zd_http_body_feed(&r->body, p, n, &used, &content);
        } else {
            verdict = zd_http_head_feed(&r->head, p, n, &used);
            if (verdict == ZD_HTTP_DONE) {
                zd_http_body_begin(&r->body, &r->head,
                                   r->head.method == ZD_HTTP_POST ? 1048576 : 0);
                r->in_body = true;
                verdict = r->body.refusal.status         ? ZD_HTTP_REFUSED
                          : zd_http_body_empty(&r->body) ? ZD_HTTP_DONE
                                                         : ZD_HTTP_MORE;
            }
        }
        r->verdict.at += used;
        if (verdict == ZD_HTTP_REFUSED)
            r->verdict.status = r->in_body ? r->body.refusal.status : r->head.refusal.status;
        else if (verdict == ZD_HTTP_DONE)
            r->verdict.status = 1;
        else
            assert_true(used > 0);
        p += used;
        n -= used;
    }
}

static struct verdict read_in_pieces(const struct vector *v, size_t split, size_t step)
{
    struct reader r = {0};

    reader_feed(&r, v->bytes, split);
    for (size_t at = split; at < v->n; at += step)
        reader_feed(&r, v->bytes + at, v->n - at < step ? v->n - at : step);
    zd_http_head_done(&r.head);
    return r.verdict;
}

static void expect_row(const struct vector *v, void *context)
{
    struct verdict whole = read_in_pieces(v, 0, v->n + 1);
    int wanted = v->refused ? v->status : v->status == 0 ? 0 : 1;
    size_t stride = v->n > 2000 ? 97 : 1; /* long rows repeat one byte */
    int *failed = context;

    /* a body that the route would refuse unread is still read here */
    if (whole.status != wanted) {
        print_error("%s: %d instead of %d\n", v->name, whole.status, wanted);
        ++*failed;
    }
    for (size_t split = 1; split < v->n; split += stride) {
        struct verdict halves = read_in_pieces(v, split, v->n);

        if (halves.status != whole.status || halves.at != whole.at) {
            print_error("%s split at %zu: %d after %zu bytes, whole: %d after %zu\n", v->name,
                        split, halves.status, halves.at, whole.status, whole.at);
            ++*failed;
            break;
        }
    }
    if (read_in_pieces(v, 0, 1).at != whole.at) {
        print_error("%s byte by byte takes another number of bytes\n", v->name);
        ++*failed;
    }
}

static void test_gives_every_request_its_verdict_however_it_is_cut(void **state)
{
    int failed = 0;

    (void)state;
    assert_true(vectors_each(expect_row, &failed) >= 250);
    assert_int_equal(failed, 0);
}

static void test_reads_what_the_server_needs(void **state)
{
    static const char text[] = "POST /a/%20b?q=1&r HTTP/1.1\r\nHost: h:1\r\nX-A:  v \t\r\n"
                               "Content-Length: 12\r\nExpect: 100-continue\r\n\r\nrest";
    struct zd_http_head head = {0};
    size_t used;

    (void)state;
    assert_int_equal(zd_http_head_feed(&head, text, sizeof text - 1, &used), ZD_HTTP_DONE);
    assert_int_equal(used, sizeof text - 1 - 4);
    assert_int_equal(head.method, ZD_HTTP_POST);
    assert_true(zd_str_eq(zd_http_head_str(&head, head.path), ZD_STR("/a/%20b")));
    assert_true(zd_str_eq(zd_http_head_str(&head, head.query), ZD_STR("q=1&r")));
    assert_true(zd_str_eq(zd_http_head_find(&head, "x-a"), ZD_STR("v")));
    assert_null(zd_http_head_find(&head, "x").p);
    assert_int_equal(head.length, 12);
    assert_true(head.has_length && head.keep_alive && head.expects_continue && !head.chunked);
    zd_http_head_done(&head);
}

static void test_takes_the_path_of_an_absolute_target(void **state)
{
    static const char text[] = "GET http://h/p?q HTTP/1.1\r\nHost: h\r\n\r\n";
    struct zd_http_head head = {0};
    size_t used;

    (void)state;
    assert_int_equal(zd_http_head_feed(&head, text, sizeof text - 1, &used), ZD_HTTP_DONE);
    assert_true(zd_str_eq(zd_http_head_str(&head, head.path), ZD_STR("/p")));
    assert_true(zd_str_eq(zd_http_head_str(&head, head.query), ZD_STR("q")));
    zd_http_head_done(&head);
}

static void test_joins_the_content_of_chunks(void **state)
{
    static const char text[] = "3\r\nabc\r\nA;x=y\r\n0123456789\r\n0\r\nT: 1\r\n\r\nNEXT";
    struct zd_http_head head = {.chunked = true};
    struct zd_http_body body;
    char joined[32] = "";
    size_t at = 0, used;
    struct zd_bytes content;
    enum zd_http_parse verdict = ZD_HTTP_MORE;

    (void)state;
    zd_http_body_begin(&body, &head, 13);
    while (verdict == ZD_HTTP_MORE) {
        verdict = zd_http_body_feed(&body, text + at, sizeof text - 1 - at, &used, &content);
        if (content.n > 0)
            (void)strncat(joined, (const char *)content.p, content.n);
        at += used;
    }
    assert_int_equal(verdict, ZD_HTTP_DONE);
    assert_string_equal(joined, "abc0123456789");
    assert_string_equal(text + at, "NEXT");
}

static void test_refuses_a_body_one_byte_over_its_limit(void **state)
{
    struct zd_http_head chunked = {.chunked = true}, sized = {.has_length = true, .length = 13};
    struct zd_http_body body;
    struct zd_bytes content;
    size_t used;

    (void)state;
    zd_http_body_begin(&body, &sized, 13);
    assert_int_equal(body.refusal.status, 0);
    zd_http_body_begin(&body, &sized, 12);
    assert_int_equal(body.refusal.status, 413);
    zd_http_body_begin(&body, &chunked, 12);
    assert_int_equal(zd_http_body_feed(&body, "c\r\n", 3, &used, &content), ZD_HTTP_MORE);
    zd_http_body_begin(&body, &chunked, 12);
    assert_int_equal(zd_http_body_feed(&body, "d\r\n", 3, &used, &content), ZD_HTTP_REFUSED);
    assert_int_equal(body.refusal.status, 413);
    zd_http_body_begin(&body, &chunked, 12); /* two chunks that only together are too large */
    assert_int_equal(zd_http_body_feed(&body, "8\r\n01234567", 11, &used, &content), ZD_HTTP_MORE);
    assert_int_equal(zd_http_body_feed(&body, "\r\n5\r\n", 5, &used, &content), ZD_HTTP_REFUSED);
    assert_int_equal(body.refusal.status, 413);
}

static void test_answers_503_when_memory_ends(void **state)
{
    static const char text[] = "GET / HTTP/1.1\r\nHost: h\r\n\r\n";
    struct zd_http_head head = {0};
    size_t used;

    (void)state;
    zd_alloc_fail_at(1);
    assert_int_equal(zd_http_head_feed(&head, text, sizeof text - 1, &used), ZD_HTTP_REFUSED);
    zd_alloc_fail_at(0);
    assert_int_equal(head.refusal.status, 503);
    zd_http_head_done(&head);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_gives_every_request_its_verdict_however_it_is_cut),
        cmocka_unit_test(test_reads_what_the_server_needs),
        cmocka_unit_test(test_takes_the_path_of_an_absolute_target),
        cmocka_unit_test(test_joins_the_content_of_chunks),
        cmocka_unit_test(test_refuses_a_body_one_byte_over_its_limit),
        cmocka_unit_test(test_answers_503_when_memory_ends),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
