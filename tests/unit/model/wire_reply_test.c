/* Replies of HTTP servers, each whole, byte by byte and in pieces, with one verdict. */
#include "model/wire_reply.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#define OK "HTTP/1.1 200 OK\r\n"
#define CHUNKED OK "Transfer-Encoding: chunked\r\n\r\n"

struct heard {
    struct zd_buf lines, content;
};

static bool keep_line(void *context, struct zd_str line)
{
    struct heard *heard = context;

    zd_buf_str(&heard->lines, line);
    zd_buf_byte(&heard->lines, '|');
    return true;
}

static bool keep_content(void *context, struct zd_bytes piece)
{
    struct heard *heard = context;

    assert_true(piece.n > 0);
    zd_buf_add(&heard->content, piece.p, piece.n);
    return true;
}

/* What the reply comes to in pieces of `step` bytes; then, where it has not ended, the close. */
static enum zd_wire_verdict read_in(struct zd_str text, size_t step, struct zd_wire_reply *reply,
                                    struct heard *heard, size_t *ret_behind)
{
    const struct zd_wire_sink sink = {heard, keep_line, keep_content};
    enum zd_wire_verdict verdict = ZD_WIRE_MORE;

    *heard = (struct heard){.lines = {.max = 1 << 20}, .content = {.max = 1 << 20}};
    zd_wire_reply_begin(reply);
    *ret_behind = 0;
    for (size_t at = 0; at < text.n && verdict == ZD_WIRE_MORE;) {
        const size_t n = step < text.n - at ? step : text.n - at;
        size_t used;

        verdict = zd_wire_reply_feed(reply, (struct zd_bytes){(const uint8_t *)text.p + at, n},
                                     &sink, &used);
        at += used;
        *ret_behind = text.n - at;
    }
    return verdict == ZD_WIRE_MORE ? zd_wire_reply_closed(reply) : verdict;
}

static void test_reads_what_a_reply_holds(void **state)
{
    static const struct {
        const char *text, *content;
        size_t behind; /* bytes that are not the reply's */
        bool keeps;
    } rows[] = {
        {OK "Content-Length: 5\r\n\r\nhello", "hello", 0, true},
        {OK "content-length:5\n\nhello", "hello", 0, true},
        {OK "Content-Length: 5\r\n\r\nhelloHTTP/1.1", "hello", 8, true},
        {OK "Content-Length: 0\r\n\r\n", "", 0, true},
        {OK "Content-Length: 2\r\nContent-Length: 2\r\n\r\nab", "ab", 0, true},
        {"HTTP/1.1 204 No Content\r\n\r\n", "", 0, true},
        {"HTTP/1.1 200\r\nContent-Length: 1\r\n\r\nx", "x", 0, true},
        {"HTTP/1.0 200 OK\r\nContent-Length: 1\r\n\r\nx", "x", 0, false},
        {OK "Connection: close\r\nContent-Length: 1\r\n\r\nx", "x", 0, false},
        {OK "Connection: keep-alive\r\nContent-Length: 1\r\n\r\nx", "x", 0, true},
        {OK "\r\nuntil the end", "until the end", 0, true},
        {"HTTP/1.1 100 Continue\r\n\r\n" OK "Content-Length: 1\r\n\r\nx", "x", 0, true},
        {CHUNKED "5\r\nhello\r\n0\r\n\r\n", "hello", 0, true},
        {CHUNKED "5;a=b\r\nhello\r\n00001 \r\n!\r\n0\r\nT: x\r\n\r\n", "hello!", 0, true},
        {CHUNKED "A\r\n0123456789\r\n0\r\n\r\nmore", "0123456789", 4, true},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const struct zd_str text = zd_str_c(rows[i].text);

        for (size_t step = 1; step <= text.n; step++) {
            struct zd_wire_reply reply;
            struct heard heard;
            size_t behind;

            assert_int_equal(read_in(text, step, &reply, &heard, &behind), ZD_WIRE_DONE);
            assert_true(zd_str_eq(zd_buf_view(&heard.content), zd_str_c(rows[i].content)));
            assert_int_equal(behind, rows[i].behind);
            assert_int_equal(reply.keeps, rows[i].keeps);
            zd_wire_reply_end(&reply);
            zd_buf_done(&heard.lines);
            zd_buf_done(&heard.content);
        }
    }
}

static void test_refuses_what_could_be_read_in_two_ways(void **state)
{
    static const char *const rows[] = {
        "220 mail.example ESMTP\r\n",
        "HTTP/0.9 200 OK\r\n\r\n",
        "HTTP/2 200\r\n\r\n",
        "HTTP/1.1 20 OK\r\n\r\n",
        "HTTP/1.1 2000 OK\r\n\r\n",
        "HTTP/1.1 099 X\r\n\r\n",
        "HTTP/1.1 101 Switching\r\n\r\n",
        OK "Content-Length: +5\r\n\r\nhello",
        OK "Content-Length: 5, 5\r\n\r\nhello",
        OK "Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello!",
        OK "Content-Length: 9999999999999999999\r\n\r\n",
        OK "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        OK "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
        CHUNKED "0x5\r\nhello\r\n0\r\n\r\n",
        CHUNKED "-1\r\nhello\r\n0\r\n\r\n",
        CHUNKED "\r\n",
        CHUNKED "fffffffffffffffff\r\n",
        CHUNKED "5\r\nhelloX\r\n0\r\n\r\n",
        /* cut off: the close comes where more was promised */
        "",
        "HTTP/1.1 200 OK\r\nContent-Le",
        OK "Content-Length: 5\r\n\r\nhell",
        CHUNKED "5\r\nhello\r\n",
        CHUNKED "5\r\nhello\r\n0\r\n",
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const struct zd_str text = zd_str_c(rows[i]);

        for (size_t step = 1; step <= text.n + 1; step++) {
            struct zd_wire_reply reply;
            struct heard heard;
            size_t behind;

            if (read_in(text, step, &reply, &heard, &behind) != ZD_WIRE_BROKEN)
                fail_msg("row %zu in pieces of %zu", i, step);
            zd_wire_reply_end(&reply);
            zd_buf_done(&heard.lines);
            zd_buf_done(&heard.content);
        }
    }
}

/* Heads and trailers together, and the line of a chunk: a little below their limits, and above. */
static void test_holds_its_limits(void **state)
{
    static const struct {
        const char *before, *behind;
        size_t most;
    } rows[] = {
        {OK "A:", "\r\nContent-Length: 0\r\n\r\n", ZD_WIRE_HEAD_MAX_BYTES - 16 - 1 - 17 - 3 - 1},
        {CHUNKED "0\r\nA:", "\r\n\r\n", ZD_WIRE_HEAD_MAX_BYTES - 16 - 27 - 1 - 2 - 1 - 1},
        {CHUNKED "1;", "\r\nx\r\n0\r\n\r\n", ZD_WIRE_CHUNK_LINE_MAX_BYTES - 2 - 1},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        for (size_t over = 0; over < 64; over += 63) {
            struct zd_buf text = {.max = 1 << 20};
            struct zd_wire_reply reply;
            struct heard heard;
            size_t behind;

            zd_buf_c(&text, rows[i].before);
            for (size_t n = 0; n < rows[i].most - 60 + over * 2; n++)
                zd_buf_byte(&text, 'a');
            zd_buf_c(&text, rows[i].behind);
            assert_int_equal(read_in(zd_buf_view(&text), 4096, &reply, &heard, &behind),
                             over ? ZD_WIRE_BROKEN : ZD_WIRE_DONE);
            zd_wire_reply_end(&reply);
            zd_buf_done(&heard.lines);
            zd_buf_done(&heard.content);
            zd_buf_done(&text);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_reads_what_a_reply_holds),
        cmocka_unit_test(test_refuses_what_could_be_read_in_two_ways),
        cmocka_unit_test(test_holds_its_limits),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
