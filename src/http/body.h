/* body: where a request's body ends, and which of its bytes are content.
 *
 * Either a plain length or the chunked coding of RFC 9112 section 7.1, read by the same rule as
 * the head: a push parser with one verdict however the bytes arrive. A chunk size is 1 to 8
 * hexadecimal digits and nothing else ("0x5", "+5", " 5" are refused); every line ends in CRLF;
 * extensions and trailer fields are checked, counted and dropped.
 *
 * Threads: a body belongs to one thread at a time.
 */
#ifndef ZD_HTTP_BODY_H
#define ZD_HTTP_BODY_H

#include "http/head.h"

#define ZD_HTTP_BODY_MAX_EXTENSIONS 1024u /* bytes of all chunk extensions of one body */
#define ZD_HTTP_BODY_MAX_TRAILER 4096u    /* bytes of the trailer section */

struct zd_http_body {
    struct zd_http_refusal refusal;
    uint64_t n_content; /* bytes of content seen */
    /* The parser's own. */
    uint64_t left, max;
    uint32_t n_extension, n_trailer;
    uint8_t state, n_digits;
    bool chunked, quoted;
};

/* Begins the body that a complete head announces; content beyond max_bytes is refused with 413. */
void zd_http_body_begin(struct zd_http_body *body, const struct zd_http_head *head,
                        uint64_t max_bytes);

/* True when there is nothing to read. */
bool zd_http_body_empty(const struct zd_http_body *body);

/* Takes bytes up to the end of one run of content. *ret_used of them are gone, among them at most
 * one run of content, which ret_content borrows from the input (n 0: none). Call again while
 * bytes remain and the verdict is ZD_HTTP_MORE. */
enum zd_http_parse zd_http_body_feed(struct zd_http_body *body, const void *bytes, size_t n,
                                     size_t *ret_used, struct zd_bytes *ret_content);

#endif
