/* fold.c: the folded form of text, see text.h.
 *
 * Almost every character of an office's texts folds to one character and never joins its
 * neighbours: those cost one look-up in a table of the first plane (text/fold_table.h, made by
 * tools/make_fold_table.c). The others form clusters: a character and all that may join it. A
 * cluster is decomposed by utf8proc, put into canonical order, composed and simplified. When a
 * joining character follows one that was already looked up, the look-up is taken back.
 *
 * Invariant, tested over all code points and by fuzzing: fold(fold(x)) == fold(x).
 * A cluster keeps at most CLUSTER_MAX decomposed characters and drops further marks, so that a
 * page of combining marks costs linear time (compare UAX 15, Stream-Safe Text). */
#include "text/text.h"

#include <string.h>
#include <utf8proc.h>

#include "base/utf8.h"
#include "text/fold_table.h"
#include "text/sign_private.h"

#define SLOW 0u
#define JOINS 1u
#define CLUSTER_MAX 64
#define CHUNK_BYTES 4096
#define CHUNK_ROOM 8 /* always left for one more character */

/* The same options as in tools/make_fold_table.c. */
#define OPTIONS                                                                                    \
    (UTF8PROC_STABLE | UTF8PROC_COMPAT | UTF8PROC_DECOMPOSE | UTF8PROC_CASEFOLD | UTF8PROC_IGNORE)

struct chunk {
    struct zd_buf *out;
    size_t n;
    char bytes[CHUNK_BYTES];
};

static void chunk_flush(struct chunk *chunk)
{
    zd_buf_add(chunk->out, chunk->bytes, chunk->n);
    chunk->n = 0;
}

static inline void chunk_put(struct chunk *chunk, uint32_t c)
{
    if (chunk->n > CHUNK_BYTES - CHUNK_ROOM)
        chunk_flush(chunk);
    chunk->n += zd_utf8_put(c, chunk->bytes + chunk->n);
}

/* Traditional → Simplified of a character that is already normalised. */
static uint32_t simplify(uint32_t c)
{
    size_t low = 0, high = ZD_COUNT(fold_above);

    if (c < 0x10000 && fold_plane0[c] > JOINS)
        return fold_plane0[c];
    if (c < 0x3400)
        return c;
    while (low < high) {
        size_t mid = low + (high - low) / 2;

        if (fold_above[mid].from == c)
            return fold_above[mid].to;
        if (fold_above[mid].from < c)
            low = mid + 1;
        else
            high = mid;
    }
    return c;
}

uint32_t zd_sign_fold(uint32_t c)
{
    return simplify(c);
}

/* Whether c, being slow, may join the character before it. */
static bool joins(uint32_t c)
{
    utf8proc_int32_t parts[CLUSTER_MAX];
    const utf8proc_property_t *p;
    int boundary = 0;
    utf8proc_ssize_t n;

    if (c < 0x10000)
        return fold_plane0[c] == JOINS;
    n = utf8proc_decompose_char((utf8proc_int32_t)c, parts, CLUSTER_MAX, OPTIONS, &boundary);
    if (n <= 0 || n > CLUSTER_MAX)
        return true;
    p = utf8proc_get_property(parts[0]);
    return p->combining_class != 0 || p->category == UTF8PROC_CATEGORY_MN ||
           p->category == UTF8PROC_CATEGORY_MC || p->category == UTF8PROC_CATEGORY_ME;
}

/* Canonical ordering (UAX 15): marks stand by rising class, equal classes as they came. */
static void order_marks(utf8proc_int32_t *c, size_t n)
{
    for (size_t i = 1; i < n; i++) {
        utf8proc_int32_t mark = c[i];
        utf8proc_propval_t class = utf8proc_get_property(mark)->combining_class;
        size_t k = i;

        while (class != 0 && k > 0 && utf8proc_get_property(c[k - 1])->combining_class > class) {
            c[k] = c[k - 1];
            k--;
        }
        c[k] = mark;
    }
}

/* Folds the cluster that starts at *at and moves *at behind it. */
static void fold_cluster(struct zd_str s, size_t *at, struct chunk *chunk)
{
    utf8proc_int32_t parts[CLUSTER_MAX];
    utf8proc_ssize_t n_parts = 0;
    bool first = true;

    while (*at < s.n) {
        size_t next = *at;
        uint32_t c = zd_utf8_next(s, &next);
        utf8proc_ssize_t room = CLUSTER_MAX - n_parts, n;
        int boundary = 0;

        if (!first && (c < 0x10000 && fold_plane0[c] > JOINS))
            break;
        if (!first && !joins(c))
            break;
        first = false;
        *at = next;
        n = utf8proc_decompose_char((utf8proc_int32_t)c, parts + n_parts, room, OPTIONS, &boundary);
        if (n > 0 && n <= room)
            n_parts += n;
    }
    order_marks(parts, (size_t)n_parts);
    if (n_parts > 0)
        n_parts = utf8proc_normalize_utf32(parts, n_parts, UTF8PROC_COMPOSE | UTF8PROC_STABLE);
    for (utf8proc_ssize_t i = 0; i < n_parts; i++)
        chunk_put(chunk, simplify((uint32_t)parts[i]));
}

uint32_t zd_fold_quick(uint32_t c)
{
    return c < 0x10000 && fold_plane0[c] > JOINS ? fold_plane0[c] : 0;
}

size_t zd_fold_char(uint32_t c, uint32_t out[ZD_FOLD_CHAR_MAX])
{
    utf8proc_int32_t parts[CLUSTER_MAX];
    utf8proc_ssize_t n;
    int boundary = 0;

    out[0] = zd_fold_quick(c);
    if (out[0])
        return 1;
    n = utf8proc_decompose_char((utf8proc_int32_t)c, parts, CLUSTER_MAX, OPTIONS, &boundary);
    if (n <= 0 || n > ZD_FOLD_CHAR_MAX)
        return 0;
    order_marks(parts, (size_t)n);
    n = utf8proc_normalize_utf32(parts, n, UTF8PROC_COMPOSE | UTF8PROC_STABLE);
    for (utf8proc_ssize_t i = 0; i < n; i++)
        out[i] = simplify((uint32_t)parts[i]);
    return n > 0 ? (size_t)n : 0;
}

void zd_text_fold(struct zd_str s, struct zd_buf *out)
{
    struct chunk chunk;
    size_t at = 0;
    size_t last_at = SIZE_MAX, last_n = 0; /* the looked-up character that could be taken back */

    chunk.out = out;
    chunk.n = 0;
    while (at < s.n) {
        size_t from = at;
        uint32_t c = zd_utf8_next(s, &at);
        uint32_t folded = c < 0x10000 ? fold_plane0[c] : SLOW;

        if (folded > JOINS) {
            if (chunk.n > CHUNK_BYTES - CHUNK_ROOM)
                chunk_flush(&chunk);
            last_at = from;
            last_n = chunk.n;
            chunk.n += zd_utf8_put(folded, chunk.bytes + chunk.n);
            continue;
        }
        at = from;
        if (last_at != SIZE_MAX && joins(c)) {
            at = last_at;
            chunk.n = last_n;
        }
        fold_cluster(s, &at, &chunk);
        last_at = SIZE_MAX;
    }
    chunk_flush(&chunk);
}
