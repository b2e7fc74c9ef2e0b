/* buf: a growing run of bytes with a maximum and a sticky error.
 *
 * No buffer exists without a maximum. An append that would pass it, or that finds no memory,
 * changes nothing and sets `bad`; every later append does nothing. Build straight through and
 * ask once at the end. One thread at a time.
 */
#ifndef ZD_BASE_BUF_H
#define ZD_BASE_BUF_H

#include "base/base.h"

/* Zero with a max set is an empty buffer: struct zd_buf b = {.max = 4096}; */
struct zd_buf {
    uint8_t *p;
    size_t n, cap, max;
    bool bad;
    bool full; /* bad because the maximum was reached, not because memory was */
};

void zd_buf_add(struct zd_buf *b, const void *p, size_t n);
void zd_buf_str(struct zd_buf *b, struct zd_str s);
void zd_buf_c(struct zd_buf *b, const char *s); /* NUL-terminated */
void zd_buf_byte(struct zd_buf *b, uint8_t byte);
void zd_buf_u16(struct zd_buf *b, uint16_t v); /* little-endian, as are the next two */
void zd_buf_u32(struct zd_buf *b, uint32_t v);
void zd_buf_u64(struct zd_buf *b, uint64_t v);
void zd_buf_code_point(struct zd_buf *b, uint32_t code_point); /* as UTF-8 */
ZD_PRINTF(2, 3)
void zd_buf_printf(struct zd_buf *b, const char *fmt, ...);

/* A view of what is there; valid until the next append. */
struct zd_str zd_buf_view(const struct zd_buf *b);

/* The content with a NUL byte behind it, or NULL when the buffer is bad. Borrowed. */
const char *zd_buf_cstr(struct zd_buf *b);

/* ZD_OK, or the one error of a bad buffer: ZD_LIMIT naming `what`, or ZD_NOMEM. */
enum zd_status zd_buf_check(const struct zd_buf *b, const char *what,
                            struct zd_error *err) ZD_MUST_USE;

void zd_buf_clear(struct zd_buf *b); /* empty again, memory kept, no longer bad */
void zd_buf_done(struct zd_buf *b);  /* frees; the struct is as it was at birth */

#endif
