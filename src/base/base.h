/* base: the ground every other room stands on.
 *
 * Ideas every room shares: an error that a caller can act on, an allocator that tests can make
 * fail, views of bytes and text that know their length, and a reader that cannot leave its bytes.
 * The other public headers of this room each add one thing: arena.h, buf.h, utf8.h, date.h,
 * hash.h, json.h, durable.h, mapping.h, clock.h, caps.h.
 */
#ifndef ZD_BASE_H
#define ZD_BASE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ZD_MUST_USE __attribute__((warn_unused_result))
#define ZD_PRINTF(fmt, args) __attribute__((format(printf, fmt, args)))

#define ZD_COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* What a caller can do about a failure. Few on purpose: a status nobody branches on is a word. */
enum zd_status {
    ZD_OK = 0,
    ZD_NOT_FOUND, /* it is not there: a normal outcome of a look-up */
    ZD_INVALID,   /* the person's input is wrong: say where, answer 400 */
    ZD_LIMIT,     /* a documented cap was reached: say which, answer 413 or 429 */
    ZD_DENIED,    /* the subject may not do this: answer 401 or 403 */
    ZD_BUSY,      /* another writer holds it: try again later, answer 503 */
    ZD_CORRUPT,   /* our own stored bytes are wrong: drop and rebuild */
    ZD_IO,        /* the operating system said no */
    ZD_NOMEM,
};

/* The sentence for the person who must act. Holds no heap memory, so it can report ZD_NOMEM.
 * Written once, where the failure is seen; callers pass it on and do not rephrase it. */
struct zd_error {
    enum zd_status status;
    uint64_t at;    /* byte offset in the input, 0 where it has no meaning */
    char what[240]; /* one line, UTF-8, no trailing full stop */
};

/* Fills err (may be NULL) and yields status, which is evaluated twice. A macro, so that people,
 * compilers and analysers all see what comes back; failing is then one line:
 *     return ZD_FAIL(err, ZD_CORRUPT, 8, "%u passages", n); */
#define ZD_FAIL(err, status, at, ...) (zd_error_set((err), (status), (at), __VA_ARGS__), (status))

/* Cuts the sentence at a whole character when it is too long; control characters become '?'. */
ZD_PRINTF(4, 5)
void zd_error_set(struct zd_error *err, enum zd_status status, uint64_t at, const char *fmt, ...);

/* "invalid", "not found", …: the word that HTTP errors and logs use for a status. */
const char *zd_status_word(enum zd_status status);

/* Zeroed memory or NULL. zd_free(NULL) does nothing. */
void *zd_alloc(size_t n_bytes) ZD_MUST_USE;
void zd_free(void *p);

/* Like realloc: NULL on failure, with p untouched. Bytes past the old size are not zeroed. */
void *zd_realloc(void *p, size_t n_bytes) ZD_MUST_USE;

/* Makes room for `need` elements of `size` bytes in *array (grown by half, never above max
 * elements) and updates *cap. False on failure, with *array and *cap untouched. */
bool zd_grow(void *array_ptr, size_t *cap, size_t need, size_t size, size_t max) ZD_MUST_USE;

/* Tests only: the nth allocation from now fails, once; 0 switches it off. */
void zd_alloc_fail_at(uint64_t nth);

/* False where the result would not fit; *ret is then untouched. */
bool zd_size_mul(size_t a, size_t b, size_t *ret) ZD_MUST_USE;
bool zd_size_add(size_t a, size_t b, size_t *ret) ZD_MUST_USE;

/* Borrowed bytes: the owner outlives the view. Not NUL-terminated. */
struct zd_bytes {
    const uint8_t *p;
    size_t n;
};

/* Borrowed text: valid UTF-8 unless a comment says otherwise. Not NUL-terminated. */
struct zd_str {
    const char *p;
    size_t n; /* bytes */
};

/* A string literal as a view. */
#define ZD_STR(literal) ((struct zd_str){"" literal, sizeof(literal) - 1})

struct zd_str zd_str_c(const char *s); /* of a NUL-terminated string; NULL gives empty */
bool zd_str_eq(struct zd_str a, struct zd_str b);
bool zd_str_starts(struct zd_str s, struct zd_str prefix);
bool zd_str_ends(struct zd_str s, struct zd_str suffix);
/* Byte offset of the first `needle` at or after `from`, or SIZE_MAX. An empty needle is not found. */
size_t zd_str_find(struct zd_str s, struct zd_str needle, size_t from);
/* The bytes [from, to) of s, both cut to its length. */
struct zd_str zd_str_cut(struct zd_str s, size_t from, size_t to);
/* Without ASCII white space, U+3000 and U+00A0 at both ends. */
struct zd_str zd_str_trim(struct zd_str s);
/* Order of the bytes, shorter first: the order of code points. */
int zd_str_cmp(struct zd_str a, struct zd_str b);
struct zd_bytes zd_str_bytes(struct zd_str s);

/* Little-endian reader that never leaves its bytes. Once a read does not fit, this and every
 * later read gives 0 and `bad` stays true: decode straight through, ask once at the end. */
struct zd_cursor {
    const uint8_t *p, *end;
    bool bad;
};

struct zd_cursor zd_cursor_of(struct zd_bytes b);
uint8_t zd_cursor_u8(struct zd_cursor *c);
uint16_t zd_cursor_u16(struct zd_cursor *c);
uint32_t zd_cursor_u32(struct zd_cursor *c);
uint64_t zd_cursor_u64(struct zd_cursor *c);
struct zd_bytes zd_cursor_bytes(struct zd_cursor *c, size_t n);

#endif
