/* url: the path and the query of a request as text.
 *
 * Percent-decoding is strict: two hexadecimal digits behind every '%', and what comes out is valid
 * UTF-8 without control characters other than tab and line ends. A query names each parameter
 * once, because programs differ on which of two they believe.
 */
#ifndef ZD_HTTP_URL_H
#define ZD_HTTP_URL_H

#include "base/arena.h"

#define ZD_URL_MAX_PARAMS 32

/* Decodes s into the arena; in queries '+' is a space. Errors: ZD_INVALID with the byte offset;
 * ZD_NOMEM. */
enum zd_status zd_url_decode(struct zd_str s, bool is_query, struct zd_arena *arena,
                             struct zd_str *ret_text, struct zd_error *err) ZD_MUST_USE;

struct zd_url_param {
    struct zd_str name, value;
};

struct zd_url_query {
    struct zd_url_param p[ZD_URL_MAX_PARAMS];
    size_t n;
};

/* "a=1&b=2", decoded. Errors: ZD_INVALID malformed or a name twice; ZD_LIMIT more than
 * ZD_URL_MAX_PARAMS; ZD_NOMEM. */
enum zd_status zd_url_query_parse(struct zd_str s, struct zd_arena *arena,
                                  struct zd_url_query *ret_query, struct zd_error *err) ZD_MUST_USE;

/* The value of a parameter; p == NULL where it is not there. */
struct zd_str zd_url_param(const struct zd_url_query *query, const char *name);

/* Appends s so that it may stand anywhere in a path or query: unreserved bytes as they are. */
struct zd_buf;
void zd_url_encode(struct zd_buf *out, struct zd_str s);

/* True when `path` (raw) has the form of `pattern`, in which one whole segment may be "{id}"; the
 * raw bytes that stand there go to *ret_id, which is untouched otherwise. */
bool zd_url_matches(struct zd_str path, const char *pattern, struct zd_str *ret_id);

#endif
