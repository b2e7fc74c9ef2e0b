/* wire_reply: the reply of an HTTP/1.1 server (RFC 9112), read as from a stranger, however it is cut.
 *
 *     begin  →  feed, feed …  →  DONE; or closed where the connection ends first
 *
 * What it lasts is decided by the head alone: chunked; a length; else until the connection closes.
 * Interim heads (1xx) are passed over. Refused as broken: what does not begin as HTTP/1, a transfer
 * coding that is not chunked, a length together with a coding, lengths that differ, a chunk size that
 * is not plain hexadecimal, lines and heads beyond the limits below. A bare LF ends a line as CRLF
 * does (RFC 9112, 2.2): services write both.
 *
 * Pure: no socket, no clock. */
#ifndef ZD_MODEL_WIRE_REPLY_H
#define ZD_MODEL_WIRE_REPLY_H

#include "base/buf.h"

#define ZD_WIRE_HEAD_MAX_BYTES 65536 /* all heads and trailers of one reply */
#define ZD_WIRE_CHUNK_LINE_MAX_BYTES 1024

enum zd_wire_verdict { ZD_WIRE_MORE, ZD_WIRE_DONE, ZD_WIRE_BROKEN };

struct zd_wire_reply {
    struct zd_buf line; /* one that has not ended yet */
    uint64_t n_head, left;
    int state, status;
    bool has_length, is_chunked, keeps; /* keeps: the connection may serve again behind it */
};

struct zd_wire_sink {
    void *context;
    /* A line of a head, the one with the status first, without its end. False stops: BROKEN. */
    bool (*on_line)(void *context, struct zd_str line);
    /* A piece of the content, borrowed, not empty. False stops: BROKEN. */
    bool (*on_content)(void *context, struct zd_bytes piece);
};

void zd_wire_reply_begin(struct zd_wire_reply *reply);
void zd_wire_reply_end(struct zd_wire_reply *reply); /* frees; may be called again */

/* *ret_used bytes belonged to the reply; all of them unless it is DONE. */
enum zd_wire_verdict zd_wire_reply_feed(struct zd_wire_reply *reply, struct zd_bytes bytes,
                                        const struct zd_wire_sink *sink, size_t *ret_used);
/* The connection has ended here: DONE for a reply that lasts until then, else BROKEN. */
enum zd_wire_verdict zd_wire_reply_closed(const struct zd_wire_reply *reply);

#endif
