/* output: files that commands write beside standard output (a run, answers). They are results,
 * not the office's data: a plain stream, checked when it is closed. */
#ifndef ZD_CLI_OUTPUT_H
#define ZD_CLI_OUTPUT_H

#include <stdio.h>

#include "base/base.h"

/* Opens path for writing, "-" for standard output. Errors: ZD_IO. */
enum zd_status zd_output_open(const char *path, FILE **ret_file, struct zd_error *err) ZD_MUST_USE;

/* A zd_line_fn: writes one line; context is the FILE. */
bool zd_output_line(void *context, struct zd_str line);

/* Closes and reports what could not be written; NULL is fine. */
enum zd_status zd_output_close(FILE *file, const char *path, struct zd_error *err) ZD_MUST_USE;

#endif
