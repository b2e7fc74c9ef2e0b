/* arena: memory with one lifetime (a request, a document, a batch), freed at once.
 *
 * An arena grows in chunks up to a limit given at birth; past it, or when memory ends, an
 * allocation gives NULL and the arena remembers that it overflowed, so a long row of small steps
 * may ask once at the end. Chunks are poisoned for AddressSanitizer where nothing is handed out.
 * One thread at a time.
 */
#ifndef ZD_BASE_ARENA_H
#define ZD_BASE_ARENA_H

#include "base/base.h"

struct zd_arena;

/* An arena that will never hold more than max_bytes. NULL when memory ends. */
struct zd_arena *zd_arena_new(size_t max_bytes) ZD_MUST_USE;
void zd_arena_free(struct zd_arena *arena); /* NULL is fine */

/* Zeroed, aligned for any type; NULL when the limit or memory is reached. Owned by the arena. */
void *zd_arena_alloc(struct zd_arena *arena, size_t n_bytes) ZD_MUST_USE;
/* Room for n elements of size bytes; NULL also when the product overflows. */
void *zd_arena_array(struct zd_arena *arena, size_t n, size_t size) ZD_MUST_USE;

/* Copies into the arena. The copy of a str is followed by a NUL byte for C libraries; on failure
 * the result has p == NULL. */
struct zd_str zd_arena_str(struct zd_arena *arena, struct zd_str s);
ZD_PRINTF(2, 3)
struct zd_str zd_arena_printf(struct zd_arena *arena, const char *fmt, ...);

/* True once any allocation has failed. */
bool zd_arena_overflowed(const struct zd_arena *arena);

/* Gives back everything, keeping the first chunk (at most 1 MiB) for the next use; clears the overflow. */
void zd_arena_reset(struct zd_arena *arena);

/* Bytes handed out now, padding included: for gauges and tests. */
size_t zd_arena_used(const struct zd_arena *arena);

#endif
