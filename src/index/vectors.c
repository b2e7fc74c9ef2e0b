/* vectors.c: the nearest vectors (vectors.h).
 *
 * Exact: every vector that passes the filter, some hundred at a time: dot products, then those that
 * reach the worst of the best so far. Sequential reading, so the limit is the memory.
 *
 * By signs: 1. of every passage the likeness, which is the dot product of the query, as it is, with
 * the signs of the passage, roughly: each four numbers of the query have a table of what the 16
 * possible signs are worth. Those above a limit are kept with a count of each likeness; when they
 * are many, the limit rises to where the wanted number of candidates lies, and those below leave.
 * The first limit is guessed from a sample, so that few are kept that would leave again; where the
 * guess was too high, all is done again from 0. What is left in the end is exactly who reaches the
 * highest limit that n_wanted reach: the same whatever the sample, the order of segments and the
 * processor. 2. their dot products. n_wanted is
 * CANDIDATES_PER_HIT × top, at least CANDIDATES_MIN and 1/CANDIDATES_SHARE of the vectors; where no
 * more than EXACT_FACTOR times as many vectors pass the filter, the exact way is as fast.
 * (Counting equal signs of both instead is no faster and finds less: docs/performance.md.)
 */
#include <math.h>
#include <string.h>

#include "index/kernel.h"
#include "index/segment_format.h"
#include "index/snapshot.h"
#include "index/topk.h"
#include "index/vector_kernel.h"

#define CHUNK 1024u            /* vectors at a time; a multiple of 64 */
#define CANDIDATES_PER_HIT 12u /* these three: docs/performance.md, recall by candidates */
#define CANDIDATES_MIN 1000u
#define CANDIDATES_SHARE 104u
#define WORTH_MAX 127 /* of four signs, so that two fit a byte */
#define BUCKET_SHIFT 2
#define BUCKETS ((ZD_INDEX_DIMS_MAX / 4 * WORTH_MAX >> BUCKET_SHIFT) + 1)
#define EXACT_FACTOR 8u
#define KEPT_MAX ((size_t)1 << 28)
#define TOUCH_BLOCKS 16u /* blocks whose pages are checked at once */
#define SAMPLE_HITS 64u  /* candidates that a sample ought to show */
#define SAMPLE_STEP_MAX 256u
#define SAMPLE_DEVIATIONS 4u /* as neighbours are alike, a sample deviates more than by chance */

struct candidate {
    uint32_t part, doc;
    uint16_t likeness;
};

struct vector_search {
    const struct zd_index *index;
    const struct zd_index_vector_query *query;
    const struct zd_index__mask *mask;
    const struct zd_index__vector_kernel *kernel;
    struct zd_index__topk topk;
    bool damaged;

    /* of the pass over signs */
    uint8_t worth[ZD_INDEX_DIMS_MAX / 4][16];
    uint32_t n_buckets; /* of likeness, for these dimensions */
    uint32_t limit;     /* bucket of likeness; those below it are of no interest */
    size_t n_wanted;
    struct candidate *kept; /* [n_kept] */
    size_t n_kept, kept_cap, rise_at;
    uint32_t counts[BUCKETS]; /* kept ones of each likeness */
};

void zd_index__signs_of(const int8_t *vector, uint32_t n_dims, uint8_t *signs)
{
    memset(signs, 0, n_dims / 8);
    for (uint32_t k = 0; k < n_dims; k++)
        signs[k / 8] |= (uint8_t)((unsigned)(vector[k] < 0) << (k % 8));
}

int32_t zd_index_dot(const int8_t *a, const int8_t *b, uint32_t n_dims)
{
    const uint32_t first = 0;
    int32_t dot;

    zd_index__vector_kernel()->dots(a, b, n_dims, &first, 1, &dot);
    return dot;
}

void zd_index_vectors_info(const struct zd_index *index, struct zd_index_vectors *ret_vectors)
{
    struct zd_index_vectors v = {.n_dims = index->manifest.n_dims, .model = index->manifest.model};

    for (size_t i = 0; i < index->manifest.n_parts; i++) {
        const struct zd_index__segment *s = index->manifest.parts[i].segment;

        if (zd_index__counts_vectors(&index->manifest, s))
            v.n_vectors += s->shape.n_vectors;
    }
    *ret_vectors = v;
}

/* ---- parts ---- */

/* The segment of a part whose vectors are searched, or NULL. */
static struct zd_index__segment *searched(const struct vector_search *v, size_t part)
{
    struct zd_index__segment *s = v->index->manifest.parts[part].segment;

    return !atomic_load(&s->bad) && zd_index__counts_vectors(&v->index->manifest, s) &&
                   v->mask->n_pass[part] > 0
               ? s
               : NULL;
}

/* The passages of word `word` (64 of them) that pass and have a vector. */
static uint64_t passing(const struct vector_search *v, size_t part,
                        const struct zd_index__segment *s, uint32_t word)
{
    const uint64_t *bits = v->mask->bits[part];
    const uint64_t has = zd_index__load_u64(s->section[ZD_INDEX__HAS_VECTOR] + (size_t)8 * word);

    return bits ? has & bits[word] : has;
}

static void lose(struct vector_search *v, struct zd_index__segment *s)
{
    atomic_store(&s->bad, true);
    v->damaged = true;
}

static void leave(struct vector_search *v, struct zd_index__segment *s)
{
    if (zd_mapping_is_lost(&s->file) && !atomic_load(&s->bad))
        lose(v, s);
}

/* ---- vectors ---- */

/* Checks the pages of some vectors that ascend: all between the first and the last where they
 * stand close together; else one by one, each asked of memory meanwhile, since what comes after
 * would wait for it. */
static bool touch_vectors(struct zd_index__segment *s, const uint32_t *docs, size_t n)
{
    const uint64_t row = s->shape.n_dims;
    const uint32_t span = docs[n - 1] - docs[0] + 1;

    if (span <= 2 * n)
        return zd_index__segment_touch(s, ZD_INDEX__VECTORS, docs[0] * row, span * row);
    for (size_t i = 0; i < n; i++) {
        for (uint64_t k = 0; k < row; k += 64)
            __builtin_prefetch(s->section[ZD_INDEX__VECTORS] + docs[i] * row + k, 0, 2);
        if (!zd_index__segment_touch(s, ZD_INDEX__VECTORS, docs[i] * row, row))
            return false;
    }
    return true;
}

/* Offers n vectors (at most CHUNK, ascending) of one segment to the best. */
static void offer(struct vector_search *v, size_t part, struct zd_index__segment *s,
                  const uint32_t *docs, size_t n)
{
    int32_t dots[CHUNK];
    uint16_t good[CHUNK];
    size_t n_good;

    if (n == 0)
        return;
    if (!touch_vectors(s, docs, n)) {
        v->damaged = true;
        return;
    }
    v->kernel->dots(v->query->vector, (const int8_t *)s->section[ZD_INDEX__VECTORS],
                    s->shape.n_dims, docs, n, dots);
    n_good = zd_index__kernel()->collect(
        dots, n, v->topk.n < v->topk.k ? INT32_MIN : v->topk.heap[0].score, good);
    for (size_t i = 0; i < n_good; i++) {
        struct zd_index__found found = {
            .score = dots[good[i]], .doc = docs[good[i]], .part = (uint32_t)part};

        if (v->topk.n == v->topk.k && found.score < v->topk.heap[0].score)
            continue;
        if (!zd_index__segment_id(s, found.doc, &found.id)) {
            v->damaged = true;
            return;
        }
        zd_index__topk_offer(&v->topk, found);
    }
}

/* The passages that the bits of a word stand for; returns their number. */
static size_t spread(uint64_t bits, uint32_t first, uint32_t *docs)
{
    size_t n = 0;

    if (bits == UINT64_MAX) { /* the usual case */
        for (uint32_t i = 0; i < 64; i++)
            docs[i] = first + i;
        return 64;
    }
    for (; bits; bits &= bits - 1)
        docs[n++] = first + (uint32_t)__builtin_ctzll(bits);
    return n;
}

static void scan_part(struct vector_search *v, size_t part, struct zd_index__segment *s)
{
    const uint32_t n_words = (s->shape.n_docs + 63) / 64;
    uint32_t docs[CHUNK];

    for (uint32_t from = 0; from < n_words && !v->damaged; from += CHUNK / 64) {
        size_t n = 0;

        for (uint32_t w = from; w < n_words && w < from + CHUNK / 64; w++)
            n += spread(passing(v, part, s, w), w * 64, docs + n);
        offer(v, part, s, docs, n);
    }
}

/* ---- signs ---- */

/* What each four signs are worth, from 0 to WORTH_MAX, all by one measure. */
static void set_worth(struct vector_search *v)
{
    const int8_t *q = v->query->vector;
    const uint32_t n = v->query->n_dims / 4;
    int most = 1;

    for (uint32_t j = 0; j < n; j++) {
        int sum = 0;

        for (uint32_t k = 0; k < 4; k++)
            sum += q[4 * j + k] < 0 ? -q[4 * j + k] : q[4 * j + k];
        most = sum > most ? sum : most;
    }
    for (uint32_t j = 0; j < n; j++)
        for (unsigned signs = 0; signs < 16; signs++) {
            int sum = 0;

            for (uint32_t k = 0; k < 4; k++)
                sum += signs >> k & 1 ? -q[4 * j + k] : q[4 * j + k];
            v->worth[j][signs] = (uint8_t)((sum + most) * WORTH_MAX / (2 * most));
        }
}

/* Lets the limit rise as far as the candidates kept allow, and those below it leave. */
static void rise(struct vector_search *v)
{
    uint32_t limit = v->n_buckets - 1;
    size_t within = v->counts[limit], kept = 0;

    while (limit > v->limit && within < v->n_wanted)
        within += v->counts[--limit];
    v->limit = limit;
    for (size_t i = 0; i < v->n_kept; i++) {
        v->kept[kept] = v->kept[i];
        kept += v->kept[i].likeness >> BUCKET_SHIFT >= limit;
    }
    v->n_kept = kept;
    v->rise_at = kept + v->n_wanted;
}

/* Keeps the passages `near` among the 64 from `first` on; false when memory ends. */
static bool keep(struct vector_search *v, size_t part, uint32_t first, uint64_t near,
                 const uint16_t *likeness)
{
    if (!zd_grow(&v->kept, &v->kept_cap, v->n_kept + 64, sizeof *v->kept, KEPT_MAX))
        return false;
    for (; near; near &= near - 1) {
        const unsigned i = (unsigned)__builtin_ctzll(near);

        v->counts[likeness[i] >> BUCKET_SHIFT]++;
        v->kept[v->n_kept++] = (struct candidate){(uint32_t)part, first + i, likeness[i]};
    }
    if (v->n_kept >= v->rise_at)
        rise(v);
    return true;
}

/* The passages of block `number` that reach the limit, pass and have a vector. */
static uint64_t near_of_block(const struct vector_search *v, size_t part,
                              const struct zd_index__segment *s, uint32_t number,
                              uint16_t likeness[64])
{
    const uint32_t n_bytes = s->shape.n_dims / 8;
    const uint64_t near =
        v->kernel->near((const uint8_t(*)[16])v->worth,
                        s->section[ZD_INDEX__SIGNS] + (uint64_t)64 * n_bytes * number, n_bytes,
                        (uint16_t)(v->limit << BUCKET_SHIFT), likeness);

    return near ? near & passing(v, part, s, number) : 0;
}

/* Checks the pages of blocks [from, to). */
static bool touch_blocks(struct vector_search *v, struct zd_index__segment *s, uint32_t from,
                         uint32_t to)
{
    const uint64_t block = (uint64_t)8 * s->shape.n_dims;

    if (zd_index__segment_touch(s, ZD_INDEX__SIGNS, from * block, (to - from) * block))
        return true;
    v->damaged = true;
    return false;
}

static uint32_t n_blocks_of(const struct zd_index__segment *s)
{
    return (s->shape.n_docs + 63) / 64;
}

/* Counts the likenesses of every step-th block of a part. */
static void sample_part(struct vector_search *v, size_t part, struct zd_index__segment *s,
                        uint32_t step)
{
    uint16_t likeness[64];

    for (uint32_t b = step / 2; b < n_blocks_of(s) && touch_blocks(v, s, b, b + 1); b += step)
        for (uint64_t near = near_of_block(v, part, s, b, likeness); near; near &= near - 1)
            v->counts[likeness[__builtin_ctzll(near)] >> BUCKET_SHIFT]++;
}

/* The first limit: what so many of a sample reach that n_wanted of all very probably do. */
static void guess_limit(struct vector_search *v)
{
    const size_t share = v->n_wanted / SAMPLE_HITS;
    const uint32_t step = share < 1                 ? 1
                          : share > SAMPLE_STEP_MAX ? SAMPLE_STEP_MAX
                                                    : (uint32_t)share;
    const double expected = (double)v->n_wanted / step;
    const size_t enough = (size_t)(expected + SAMPLE_DEVIATIONS * sqrt(expected));
    uint32_t limit = v->n_buckets - 1;
    size_t within;

    for (size_t i = 0; i < v->index->manifest.n_parts && !v->damaged; i++) {
        struct zd_index__segment *s = searched(v, i);

        if (s)
            sample_part(v, i, s, step);
    }
    for (within = v->counts[limit]; limit > 0 && within < enough;)
        within += v->counts[--limit];
    v->limit = limit;
    memset(v->counts, 0, v->n_buckets * sizeof *v->counts);
}

static bool sift_part(struct vector_search *v, size_t part, struct zd_index__segment *s)
{
    const uint32_t n = n_blocks_of(s);
    uint16_t likeness[64];

    for (uint32_t b = 0; b < n; b++) {
        uint64_t near;

        if (b % TOUCH_BLOCKS == 0 &&
            !touch_blocks(v, s, b, n - b < TOUCH_BLOCKS ? n : b + TOUCH_BLOCKS))
            return true;
        near = near_of_block(v, part, s, b, likeness);
        if (near && !keep(v, part, b * 64, near, likeness))
            return false;
    }
    return true;
}

/* Keeps the candidates of all segments, those that reach v->limit; false when memory ends. */
static bool sift(struct vector_search *v)
{
    bool room = true;

    v->n_kept = 0;
    v->rise_at = v->n_wanted * 2;
    for (size_t i = 0; i < v->index->manifest.n_parts && !v->damaged && room; i++) {
        struct zd_index__segment *s = searched(v, i);

        if (!s)
            continue;
        room = sift_part(v, i, s);
        leave(v, s);
    }
    return room;
}

/* The candidates stand by part and passage, as they were found. */
static void offer_kept(struct vector_search *v)
{
    uint32_t docs[CHUNK];

    for (size_t from = 0, to; from < v->n_kept && !v->damaged; from = to) {
        const uint32_t part = v->kept[from].part;
        struct zd_index__segment *s = v->index->manifest.parts[part].segment;

        for (to = from; to < v->n_kept && to - from < CHUNK && v->kept[to].part == part; to++)
            docs[to - from] = v->kept[to].doc;
        offer(v, part, s, docs, to - from);
        leave(v, s);
    }
}

/* ---- the search ---- */

/* Vectors that pass the filter, or a little more where some passages have none. */
static uint64_t count_passing(const struct vector_search *v)
{
    uint64_t n = 0;

    for (size_t i = 0; i < v->index->manifest.n_parts; i++) {
        const struct zd_index__segment *s = searched(v, i);

        if (s)
            n += v->mask->n_pass[i] < s->shape.n_vectors ? v->mask->n_pass[i] : s->shape.n_vectors;
    }
    return n;
}

/* Every vector that passes. */
static void scan(struct vector_search *v)
{
    for (size_t i = 0; i < v->index->manifest.n_parts && !v->damaged; i++) {
        struct zd_index__segment *s = searched(v, i);

        if (!s)
            continue;
        scan_part(v, i, s);
        leave(v, s);
    }
}

/* The pass over signs, then the dot products of its candidates; false when memory ends. */
static bool search_by_signs(struct vector_search *v)
{
    v->n_buckets = (v->query->n_dims / 4 * WORTH_MAX >> BUCKET_SHIFT) + 1;
    memset(v->counts, 0, v->n_buckets * sizeof *v->counts);
    v->limit = 0;
    set_worth(v);
    guess_limit(v);
    if (!sift(v))
        return false;
    if (v->n_kept < v->n_wanted && v->limit > 0 && !v->damaged) {
        memset(v->counts, 0, v->n_buckets * sizeof *v->counts);
        v->limit = 0;
        if (!sift(v))
            return false;
    }
    if (!v->damaged) {
        rise(v);
        offer_kept(v);
    }
    return true;
}

/* One try over the segments usable now; false when memory ends. */
static bool search_once(struct vector_search *v)
{
    const uint64_t n_passing = count_passing(v);
    const size_t share =
        (size_t)(n_passing / CANDIDATES_SHARE); /* all of them are mapped: it fits */

    v->n_wanted = CANDIDATES_PER_HIT * v->query->top;
    if (v->n_wanted < CANDIDATES_MIN)
        v->n_wanted = CANDIDATES_MIN;
    if (v->n_wanted < share)
        v->n_wanted = share;
    v->damaged = false;
    v->topk.n = 0;
    if (!v->query->exact && n_passing > EXACT_FACTOR * v->n_wanted)
        return search_by_signs(v);
    scan(v);
    return true;
}

static void write_hits(struct vector_search *v, struct zd_index_hit *hits, size_t *ret_n)
{
    zd_index__topk_sort(&v->topk);
    for (size_t i = 0; i < v->topk.n; i++) {
        const struct zd_index__found *f = &v->topk.heap[i];
        const struct zd_index__segment *s = v->index->manifest.parts[f->part].segment;

        hits[i].id = f->id;
        hits[i].group = zd_index__run_group(s, zd_index__run_of(s, f->doc));
        hits[i].score = (float)f->score;
    }
    *ret_n = v->topk.n;
}

static enum zd_status check_query(const struct zd_index_vector_query *q, struct zd_error *err)
{
    if (q->top == 0 || q->top > ZD_TOP_MAX)
        return ZD_FAIL(err, ZD_INVALID, 0, "between 1 and %d hits can be asked for", ZD_TOP_MAX);
    if (q->n_dims == 0 || q->n_dims % ZD_INDEX_DIMS_STEP != 0 || q->n_dims > ZD_INDEX_DIMS_MAX)
        return ZD_FAIL(err, ZD_INVALID, 0,
                       "vectors have a multiple of %u numbers, at most %u, not %u",
                       ZD_INDEX_DIMS_STEP, ZD_INDEX_DIMS_MAX, q->n_dims);
    return ZD_OK;
}

enum zd_status zd_index_search_vectors(const struct zd_index *index,
                                       const struct zd_index_vector_query *query,
                                       struct zd_index_hit *hits, size_t *ret_n,
                                       struct zd_error *err)
{
    struct vector_search v = {.index = index, .query = query, .damaged = true};
    struct zd_index__mask *mask = NULL;
    enum zd_status st = check_query(query, err);

    if (st != ZD_OK)
        return st;
    if (query->n_dims != index->manifest.n_dims || query->model != index->manifest.model) {
        *ret_n = 0;
        return ZD_OK;
    }
    st = zd_index__mask_of(zd_index__unconst(index), &query->filter, &mask, err); /* its cache */
    if (st != ZD_OK)
        return st;
    v.mask = mask;
    v.kernel = zd_index__vector_kernel();
    v.topk = (struct zd_index__topk){.heap = zd_alloc(query->top * sizeof *v.topk.heap),
                                     .k = query->top};
    if (!v.topk.heap)
        st = ZD_FAIL(err, ZD_NOMEM, 0, "out of memory for a search");
    while (st == ZD_OK && v.damaged) /* each repetition has lost a segment, so this ends */
        if (!search_once(&v))
            st = ZD_FAIL(err, ZD_NOMEM, 0, "out of memory for a search");
    if (st == ZD_OK)
        write_hits(&v, hits, ret_n);
    zd_free(v.topk.heap);
    zd_free(v.kept);
    zd_index__mask_unref(mask);
    return st;
}
