/* log: one line a request, written by its own thread, so that a slow reader of the log never holds
 * the loop. Lines that come faster than they are read are dropped and counted in the next one.
 */
#ifndef ZD_HTTP_LOG_H
#define ZD_HTTP_LOG_H

#include "base/base.h"

struct zd_http_log;

/* Lines go to fd, which stays the caller's. Errors: ZD_NOMEM, ZD_IO. */
enum zd_status zd_http_log_open(int fd, struct zd_http_log **ret_log,
                                struct zd_error *err) ZD_MUST_USE;

/* Appends a line; its end is added here. From any thread; NULL log drops it. */
void zd_http_log_line(struct zd_http_log *log, struct zd_str line);

/* Writes what the reader still takes and ends the thread. NULL is fine. */
void zd_http_log_close(struct zd_http_log *log);

#endif
