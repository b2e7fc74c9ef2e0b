/* lines: a file of any size, line by line, in bounded memory. */
#ifndef ZD_INGEST_LINES_H
#define ZD_INGEST_LINES_H

#include "base/base.h"

struct zd_lines;

/* Errors: ZD_NOT_FOUND, ZD_INVALID no regular file, ZD_LIMIT larger than
 * ZD_JSONL_FILE_MAX_BYTES, ZD_IO, ZD_NOMEM. */
enum zd_status zd_lines_open(const char *path, struct zd_lines **ret_lines,
                             struct zd_error *err) ZD_MUST_USE;
void zd_lines_close(struct zd_lines *lines); /* NULL is fine */

/* The next line without its end (\n or \r\n), valid until the next call; *ret_more is false at
 * the end of the file. A byte order mark before the first line is left out. Errors: ZD_LIMIT a
 * line longer than ZD_JSONL_LINE_MAX_BYTES, which is passed over: the next call goes on behind it;
 * ZD_IO; ZD_NOMEM. */
enum zd_status zd_lines_next(struct zd_lines *lines, struct zd_str *ret_line, bool *ret_more,
                             struct zd_error *err) ZD_MUST_USE;

/* Number of the line given last, from 1. */
uint64_t zd_lines_number(const struct zd_lines *lines);

#endif
