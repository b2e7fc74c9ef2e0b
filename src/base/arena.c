/* arena.c: a list of chunks, newest first (see arena.h).
 *
 * Chunk sizes double from 4 KiB to 1 MiB, so the number of chunks is logarithmic and the waste is
 * bounded; a request larger than that gets a chunk of its own. Rejected: marks to roll back to;
 * nobody needed them yet, and a reset per document does the same with less to get wrong.
 */
#include "base/arena.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#if defined(__SANITIZE_ADDRESS__)
#define ARENA_ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define ARENA_ASAN 1
#endif
#endif
#ifdef ARENA_ASAN
#include <sanitizer/asan_interface.h>
#else
#define ASAN_POISON_MEMORY_REGION(p, n) ((void)(p), (void)(n))
#define ASAN_UNPOISON_MEMORY_REGION(p, n) ((void)(p), (void)(n))
#endif

#define ARENA_ALIGN ((size_t)16)
#define CHUNK_MIN ((size_t)4096)
#define CHUNK_MAX ((size_t)1 << 20)

struct chunk {
    struct chunk *next;
    size_t size, used; /* bytes after this head */
};

struct zd_arena {
    struct chunk *chunks;
    size_t max, held, used;
    bool overflowed;
};

static uint8_t *chunk_data(struct chunk *c)
{
    return (uint8_t *)c + ((sizeof *c + ARENA_ALIGN - 1) & ~(ARENA_ALIGN - 1));
}

struct zd_arena *zd_arena_new(size_t max_bytes)
{
    struct zd_arena *arena = zd_alloc(sizeof *arena);

    if (arena)
        arena->max = max_bytes;
    return arena;
}

static void chunk_free(struct chunk *c)
{
    ASAN_UNPOISON_MEMORY_REGION(chunk_data(c), c->size);
    zd_free(c);
}

void zd_arena_free(struct zd_arena *arena)
{
    if (!arena)
        return;
    while (arena->chunks) {
        struct chunk *next = arena->chunks->next;
        chunk_free(arena->chunks);
        arena->chunks = next;
    }
    zd_free(arena);
}

static struct chunk *arena_add_chunk(struct zd_arena *arena, size_t need)
{
    size_t size = arena->chunks ? arena->chunks->size * 2 : CHUNK_MIN;
    struct chunk *c;

    if (size > CHUNK_MAX)
        size = CHUNK_MAX;
    if (size > arena->max - arena->held)
        size = arena->max - arena->held;
    if (size < need)
        size = need;
    if (size > arena->max - arena->held)
        return NULL;
    c = zd_alloc(sizeof *c + ARENA_ALIGN + size);
    if (!c)
        return NULL;
    c->size = size;
    c->next = arena->chunks;
    arena->chunks = c;
    arena->held += size;
    ASAN_POISON_MEMORY_REGION(chunk_data(c), c->size);
    return c;
}

void *zd_arena_alloc(struct zd_arena *arena, size_t n_bytes)
{
    struct chunk *c = arena->chunks;
    size_t need;
    uint8_t *p;

    if (n_bytes == 0)
        n_bytes = 1;
    if (!zd_size_add(n_bytes, ARENA_ALIGN - 1, &need))
        goto full;
    need &= ~(ARENA_ALIGN - 1);
    if (!c || c->size - c->used < need) {
        c = arena_add_chunk(arena, need);
        if (!c)
            goto full;
    }
    p = chunk_data(c) + c->used;
    c->used += need;
    arena->used += need;
    ASAN_UNPOISON_MEMORY_REGION(p, n_bytes);
    memset(p, 0, n_bytes);
    return p;
full:
    arena->overflowed = true;
    return NULL;
}

void *zd_arena_array(struct zd_arena *arena, size_t n, size_t size)
{
    size_t n_bytes;

    if (!zd_size_mul(n, size, &n_bytes)) {
        arena->overflowed = true;
        return NULL;
    }
    return zd_arena_alloc(arena, n_bytes);
}

struct zd_str zd_arena_str(struct zd_arena *arena, struct zd_str s)
{
    char *copy = NULL;

    if (s.n < SIZE_MAX)
        copy = zd_arena_alloc(arena, s.n + 1);
    if (!copy)
        return (struct zd_str){NULL, 0};
    if (s.n)
        memcpy(copy, s.p, s.n);
    return (struct zd_str){copy, s.n};
}

struct zd_str zd_arena_printf(struct zd_arena *arena, const char *fmt, ...)
{
    va_list ap;
    int len;
    char *p;

    va_start(ap, fmt);
    len = vsnprintf(NULL, 0, fmt, ap);
    va_end(ap);
    p = len < 0 ? NULL : zd_arena_alloc(arena, (size_t)len + 1);
    if (!p)
        return (struct zd_str){NULL, 0};
    va_start(ap, fmt);
    len = vsnprintf(p, (size_t)len + 1, fmt, ap);
    va_end(ap);
    return (struct zd_str){p, len < 0 ? 0 : (size_t)len};
}

bool zd_arena_overflowed(const struct zd_arena *arena)
{
    return arena->overflowed;
}

void zd_arena_reset(struct zd_arena *arena)
{
    while (arena->chunks && arena->chunks->next) {
        struct chunk *next = arena->chunks->next;
        arena->held -= arena->chunks->size;
        chunk_free(arena->chunks);
        arena->chunks = next;
    }
    if (arena->chunks && arena->chunks->size > CHUNK_MAX) {
        chunk_free(arena->chunks); /* one large request is not held on to */
        arena->chunks = NULL;
        arena->held = 0;
    }
    if (arena->chunks) {
        arena->chunks->used = 0;
        ASAN_POISON_MEMORY_REGION(chunk_data(arena->chunks), arena->chunks->size);
    }
    arena->used = 0;
    arena->overflowed = false;
}

size_t zd_arena_used(const struct zd_arena *arena)
{
    return arena->used;
}
