/* json: RFC 8259 through jansson, made strict and bounded.
 *
 * Reading refuses what readers differ on: duplicate keys, invalid UTF-8, anything after the
 * value, numbers that do not fit, nesting past ZD_JSON_MAX_DEPTH (checked before the library
 * sees the text, since its own limit is fixed at 2,048). Writing gives compact UTF-8 with keys
 * in the order they were set.
 */
#ifndef ZD_BASE_JSON_H
#define ZD_BASE_JSON_H

#include <jansson.h>

#include "base/base.h"
#include "base/buf.h"

/* Once, in main, before any other use: the library then allocates through base. */
void zd_json_init(void);

/* The value in text (one whole JSON text). The caller ends *ret_value with json_decref.
 * Errors: ZD_INVALID with the byte offset; ZD_LIMIT nesting; ZD_NOMEM. */
enum zd_status zd_json_parse(struct zd_str text, json_t **ret_value,
                             struct zd_error *err) ZD_MUST_USE;

/* Appends the value as compact JSON. Errors: ZD_NOMEM, ZD_LIMIT (the buffer's). */
enum zd_status zd_json_write(const json_t *value, struct zd_buf *out,
                             struct zd_error *err) ZD_MUST_USE;

/* A member that is a string, as a view borrowed from object; empty when missing or of another
 * kind. */
struct zd_str zd_json_str(const json_t *object, const char *key);

/* Each sets a member and says whether memory lasted, so that a row of them is joined with && and
 * the object dropped whole at the first false. object may be NULL (then false). */
bool zd_json_set_str(json_t *object, const char *key, struct zd_str s) ZD_MUST_USE; /* a copy */
bool zd_json_set_count(json_t *object, const char *key, uint64_t n) ZD_MUST_USE;
bool zd_json_set_date(json_t *object, const char *key, int32_t date) ZD_MUST_USE; /* "" for 0 */
/* Takes value over whatever comes back; NULL gives false. */
bool zd_json_set_new(json_t *object, const char *key, json_t *value) ZD_MUST_USE;

#endif
