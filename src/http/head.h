/* head: the one parser of request heads, strict as RFC 9112 lets a server be.
 *
 * A push parser: bytes go in as they come, each is looked at once, and the first byte that cannot
 * belong to an acceptable head refuses it. The verdict is therefore a function of the bytes alone
 * and never of how the network cut them. What it refuses is what request smuggling lives on: a
 * length together with a transfer coding, a repeated or listed length or host, any coding but
 * `chunked`, white space before a colon, folded lines, bare CR or LF, NUL and other controls.
 *
 * Accepted on purpose, as the standard asks: one empty line before the request line; the
 * absolute form of a target, when its authority equals Host; white space around a value.
 *
 * Refusals carry the status to answer (400, 414, 417, 431, 501 or 505); the connection is to be
 * closed after any of them, because nobody knows where the next request would begin.
 *
 * Threads: a head belongs to one thread at a time.
 * Rejected: checking the bytes in front of a library's own parser. Two parsers that must agree on
 * where a request ends are the very fault this file is against.
 */
#ifndef ZD_HTTP_HEAD_H
#define ZD_HTTP_HEAD_H

#include "base/base.h"
#include "base/caps.h"

#define ZD_HTTP_HEAD_MAX_METHOD 24 /* bytes */

enum zd_http_method {
    ZD_HTTP_GET,
    ZD_HTTP_HEAD,
    ZD_HTTP_POST,
    ZD_HTTP_PUT,
    ZD_HTTP_PATCH,
    ZD_HTTP_DELETE,
    ZD_HTTP_OPTIONS,
};

enum zd_http_parse {
    ZD_HTTP_MORE,    /* all right so far, not at the end */
    ZD_HTTP_DONE,    /* complete */
    ZD_HTTP_REFUSED, /* refusal.status says what to answer */
};

/* Why a head or body is refused. `why` is a constant sentence that holds nothing of the input. */
struct zd_http_refusal {
    int status;
    uint32_t at; /* offset of the byte that decided */
    const char *why;
};

/* A piece of the head's bytes. */
struct zd_http_span {
    uint16_t at, n;
};

struct zd_http_field {
    struct zd_http_span name, value;
};

/* Zero is a head that has seen nothing. Read the results only after ZD_HTTP_DONE. */
struct zd_http_head {
    enum zd_http_method method;
    bool keep_alive;       /* the client allows another request on this connection */
    bool chunked;          /* the body is chunked … */
    bool has_length;       /* … or has a length, or is absent */
    bool expects_continue; /* wants `100 Continue` before it sends the body */
    uint64_t length;
    struct zd_http_span path;  /* begins with '/', or is "*"; still percent-encoded */
    struct zd_http_span query; /* behind the '?', still encoded; n 0 also when absent */
    struct zd_http_field fields[ZD_HTTP_MAX_FIELDS];
    uint16_t n_fields;
    struct zd_http_refusal refusal;

    /* The parser's own. */
    char *bytes;
    uint16_t n_bytes, n_cap;
    uint16_t mark, host; /* host: number of its field plus one, 0 none */
    uint8_t state, minor, n_lead;
    bool saw_close, saw_keep, saw_length, saw_coding;
    struct zd_http_span target;
};

/* Looks at bytes[0, n) and says in *ret_used how many belonged to the head: all of them, unless
 * the head ended among them or was refused. ZD_HTTP_REFUSED with status 503 when memory ends. */
enum zd_http_parse zd_http_head_feed(struct zd_http_head *head, const void *bytes, size_t n,
                                     size_t *ret_used);

struct zd_str zd_http_head_str(const struct zd_http_head *head, struct zd_http_span span);

/* The value of the first field of that name (lower case given), or p == NULL. */
struct zd_str zd_http_head_find(const struct zd_http_head *head, const char *name);

const char *zd_http_method_name(enum zd_http_method method);

void zd_http_head_reset(struct zd_http_head *head); /* as at birth, memory kept */
void zd_http_head_done(struct zd_http_head *head);  /* frees; as at birth */

#endif
