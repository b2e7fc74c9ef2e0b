/* clean: the steps of zd_clean, each in its own file. Private to text. */
#ifndef ZD_TEXT_CLEAN_PRIVATE_H
#define ZD_TEXT_CLEAN_PRIVATE_H

#include "base/base.h"
#include "base/buf.h"

/* gloss.c: appends s without its glosses where the whole of s shows that they were inserted,
 * else s as it is. Returns how many went. */
uint32_t zd_gloss_remove(struct zd_str s, struct zd_buf *out);

/* A line of the text and whether it stays. */
struct zd_clean_line {
    struct zd_str text; /* with its line feed; shortened where its beginning went */
    struct zd_str bare; /* text trimmed; empty for a blank line */
    bool gone;
    size_t skip; /* where the next line that counts was last found; 0 not yet */
};

struct zd_clean_lines {
    struct zd_clean_line *p; /* [n] */
    size_t n;
};

/* repeat.c: marks what stands a second time: the title at the head, whole bodies. *ret_n counts
 * the lines that went or were shortened. Errors: ZD_NOMEM. */
enum zd_status zd_repeat_mark(struct zd_clean_lines *lines, uint32_t *ret_n,
                              struct zd_error *err) ZD_MUST_USE;

/* repeat_block.c: appends s without a body that stands a second time, however the lines fall; *ret_n
 * is 1 where one went. Errors: ZD_NOMEM, ZD_LIMIT. */
enum zd_status zd_repeat_remove_block(struct zd_str s, struct zd_buf *out, uint32_t *ret_n,
                                      struct zd_error *err) ZD_MUST_USE;

/* furniture.c: marks what a site adds behind an article. Returns how many lines went. */
uint32_t zd_furniture_mark(struct zd_clean_lines *lines);

#endif
