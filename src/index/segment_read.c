/* segment_read.c: opens a segment, and trusts nothing in it before it was checked.
 *
 *   open    footer: magic, version, its checksum, the arithmetic of all sections against the file's
 *           length; checksum of the checksums; then the pages and the contents of the tables that
 *           are used without further checks (codebook, lengths, runs, classes, dictionary samples)
 *   touch   any other page: its CRC-32C when it is first needed, remembered in page_seen
 *   decode  every block and every dictionary entry is checked again for shape (block.h), so that
 *           even bytes with right checksums cannot lead outside an array
 *
 * Threads: any number. page_seen and bad are atomic flags that only ever go from 0 to 1; two
 * threads may check one page at once, with one result. Relaxed order is enough: the bytes they
 * speak of never change.
 *
 * Considered and rejected: checking the whole file at opening. A command that asks one question of
 * ten million passages would read 2 GB first.
 */
#include <string.h>

#include "base/hash.h"
#include "index/index_private.h"
#include "index/segment_format.h"

/* ---- footer ---- */

static enum zd_status read_footer(struct zd_bytes bytes, struct zd_index__segment *s,
                                  uint32_t *ret_checksums_crc, struct zd_error *err)
{
    struct zd_index__shape *h = &s->shape;
    struct zd_bytes footer;
    struct zd_cursor c;

    if (bytes.n < ZD_INDEX__HEADER_BYTES + ZD_INDEX__FOOTER_BYTES)
        return ZD_FAIL(err, ZD_CORRUPT, 0, "%zu bytes are too few for an index segment", bytes.n);
    footer = (struct zd_bytes){bytes.p + bytes.n - ZD_INDEX__FOOTER_BYTES, ZD_INDEX__FOOTER_BYTES};
    if (memcmp(bytes.p, ZD_INDEX__SEGMENT_MAGIC, 8) != 0 ||
        memcmp(footer.p, ZD_INDEX__SEGMENT_MAGIC, 8) != 0)
        return ZD_FAIL(err, ZD_CORRUPT, 0, "not an index segment");
    c = zd_cursor_of((struct zd_bytes){footer.p + 8, footer.n - 8});
    if (zd_cursor_u32(&c) != ZD_INDEX__SEGMENT_VERSION)
        return ZD_FAIL(err, ZD_CORRUPT, 8, "an index segment of another version than %u",
                       ZD_INDEX__SEGMENT_VERSION);
    h->n_docs = zd_cursor_u32(&c);
    h->n_terms = zd_cursor_u32(&c);
    h->n_runs = zd_cursor_u32(&c);
    h->n_classes = zd_cursor_u32(&c);
    h->n_codes = zd_cursor_u32(&c);
    h->n_dict_blocks = zd_cursor_u32(&c);
    h->ids_ascend = zd_cursor_u32(&c);
    h->n_dims = zd_cursor_u32(&c);
    h->n_vectors = zd_cursor_u32(&c);
    h->model = zd_cursor_u64(&c);
    h->n_postings = zd_cursor_u64(&c);
    for (int f = 0; f < ZD_FIELD_COUNT; f++)
        h->total_length[f] = zd_cursor_u64(&c);
    for (int i = 0; i < ZD_INDEX__SECTIONS; i++) {
        h->at[i] = zd_cursor_u64(&c);
        h->n_bytes[i] = zd_cursor_u64(&c);
    }
    *ret_checksums_crc = zd_cursor_u32(&c);
    s->footer_crc = zd_cursor_u32(&c);
    if (c.bad || c.p != c.end ||
        s->footer_crc != zd_crc32c(0, (struct zd_bytes){footer.p, footer.n - 4}))
        return ZD_FAIL(err, ZD_CORRUPT, bytes.n - 4, "the footer of an index segment is damaged");
    return ZD_OK;
}

static enum zd_status check_counts(const struct zd_index__shape *h, struct zd_error *err)
{
    const uint32_t blocks =
        h->n_terms / ZD_INDEX__TERMS_A_DICT_BLOCK + (h->n_terms % ZD_INDEX__TERMS_A_DICT_BLOCK > 0);
    const uint64_t d = h->n_docs, r = h->n_runs, v = h->n_dims;
    const struct {
        enum zd_index__section section;
        uint64_t n_bytes;
    } rows[] = {
        {ZD_INDEX__DICT_TERMS, (uint64_t)8 * h->n_dict_blocks},
        {ZD_INDEX__DICT_PLACES, (uint64_t)12 * h->n_dict_blocks},
        {ZD_INDEX__CODEBOOK, (uint64_t)8 * h->n_codes},
        {ZD_INDEX__LENGTHS_OF, ZD_FIELD_COUNT * d},
        {ZD_INDEX__IDS, 8 * d},
        {ZD_INDEX__IDS_ORDER, h->ids_ascend ? 0 : 4 * d},
        {ZD_INDEX__RUN_FIRST, 4 * r},
        {ZD_INDEX__RUN_GROUP, 4 * r},
        {ZD_INDEX__RUN_CLASS, 4 * r},
        {ZD_INDEX__RUN_ORDER, 4 * r},
        {ZD_INDEX__CLASSES, (uint64_t)16 * h->n_classes},
        {ZD_INDEX__VECTORS, v * d},
        {ZD_INDEX__SIGNS, v / 8 * ((d + 63) / 64 * 64)},
        {ZD_INDEX__HAS_VECTOR, v ? (d + 63) / 64 * 8 : 0},
    };

    if (h->n_docs == 0 || h->n_docs > ZD_INDEX__SEGMENT_MAX_DOCS || h->n_runs == 0 ||
        h->n_runs > h->n_docs || h->n_classes == 0 || h->n_classes > h->n_runs ||
        h->n_codes > ZD_INDEX__CODES_MAX || h->n_dict_blocks != blocks || h->ids_ascend > 1 ||
        v % ZD_INDEX_DIMS_STEP != 0 || v > ZD_INDEX_DIMS_MAX || h->n_vectors > d ||
        (v == 0) != (h->n_vectors == 0))
        return ZD_FAIL(err, ZD_CORRUPT, 8, "the counts of an index segment are impossible");
    for (size_t i = 0; i < ZD_COUNT(rows); i++)
        if (h->n_bytes[rows[i].section] != rows[i].n_bytes)
            return ZD_FAIL(err, ZD_CORRUPT, 8, "a section of an index segment has a wrong length");
    return ZD_OK;
}

uint64_t zd_index__alignment(enum zd_index__section section)
{
    return section == ZD_INDEX__VECTORS || section == ZD_INDEX__SIGNS ? 64 : 8;
}

/* Sections follow one another, aligned, from the header to the footer. */
static enum zd_status check_layout(struct zd_index__segment *s, struct zd_error *err)
{
    const struct zd_index__shape *h = &s->shape;
    uint64_t at = ZD_INDEX__HEADER_BYTES, end = s->bytes.n - ZD_INDEX__FOOTER_BYTES;

    for (int i = 0; i < ZD_INDEX__SECTIONS; i++) {
        const uint64_t mask = zd_index__alignment((enum zd_index__section)i) - 1;

        at = (at + mask) & ~mask;
        if (h->at[i] != at || at > end || h->n_bytes[i] > end - at)
            return ZD_FAIL(err, ZD_CORRUPT, at, "section %d of an index segment is out of place",
                           i);
        s->section[i] = s->bytes.p + at;
        at += h->n_bytes[i];
    }
    if (at != end)
        return ZD_FAIL(err, ZD_CORRUPT, at, "an index segment has bytes that belong to nothing");
    return ZD_OK;
}

/* ---- pages ---- */

static uint64_t page_count(const struct zd_index__segment *s)
{
    return (s->shape.at[ZD_INDEX__CHECKSUMS] + ZD_INDEX__PAGE - 1) / ZD_INDEX__PAGE;
}

static bool page_is_right(struct zd_index__segment *s, uint64_t page)
{
    uint64_t from = page * ZD_INDEX__PAGE, n = s->shape.at[ZD_INDEX__CHECKSUMS] - from;
    uint32_t want = zd_index__load_u32(s->section[ZD_INDEX__CHECKSUMS] + 4 * page);

    if (n > ZD_INDEX__PAGE)
        n = ZD_INDEX__PAGE;
    return zd_crc32c(0, (struct zd_bytes){s->bytes.p + from, (size_t)n}) == want;
}

/* The same for bytes of the file. */
static bool touch_bytes(struct zd_index__segment *s, uint64_t from, uint64_t n)
{
    if (n == 0)
        return true;
    for (uint64_t page = from / ZD_INDEX__PAGE; page <= (from + n - 1) / ZD_INDEX__PAGE; page++) {
        if (atomic_load_explicit(&s->page_seen[page], memory_order_relaxed))
            continue;
        if (!page_is_right(s, page)) {
            atomic_store(&s->bad, true);
            return false;
        }
        atomic_store_explicit(&s->page_seen[page], 1, memory_order_relaxed);
    }
    return true;
}

bool zd_index__segment_touch(struct zd_index__segment *s, enum zd_index__section section,
                             uint64_t from, uint64_t n)
{
    return touch_bytes(s, s->shape.at[section] + from, n);
}

/* The large sections of which a search needs little. */
static bool is_checked_late(enum zd_index__section section)
{
    return section == ZD_INDEX__POSTINGS || section == ZD_INDEX__DICT || section == ZD_INDEX__IDS ||
           section == ZD_INDEX__IDS_ORDER || section == ZD_INDEX__VECTORS ||
           section == ZD_INDEX__SIGNS;
}

static enum zd_status check_pages(struct zd_index__segment *s, uint32_t checksums_crc,
                                  struct zd_error *err)
{
    struct zd_bytes sums = {s->section[ZD_INDEX__CHECKSUMS],
                            (size_t)s->shape.n_bytes[ZD_INDEX__CHECKSUMS]};

    if (sums.n != 4 * page_count(s) || zd_crc32c(0, sums) != checksums_crc)
        return ZD_FAIL(err, ZD_CORRUPT, s->shape.at[ZD_INDEX__CHECKSUMS],
                       "the checksums of an index segment are damaged");
    s->page_seen = zd_alloc((size_t)page_count(s));
    if (!s->page_seen)
        return ZD_FAIL(err, ZD_NOMEM, 0, "out of memory for an index segment");
    if (!touch_bytes(s, 0, ZD_INDEX__HEADER_BYTES))
        return ZD_FAIL(err, ZD_CORRUPT, 0, "the header of an index segment is damaged");
    for (int i = ZD_INDEX__DICT_TERMS; i < ZD_INDEX__CHECKSUMS; i++)
        if (!is_checked_late((enum zd_index__section)i) &&
            !touch_bytes(s, s->shape.at[i], s->shape.n_bytes[i]))
            return ZD_FAIL(err, ZD_CORRUPT, s->shape.at[i],
                           "section %d of an index segment is damaged", i);
    return ZD_OK;
}

/* ---- tables ---- */

static enum zd_status check_runs(const struct zd_index__segment *s, struct zd_error *err)
{
    uint32_t before = 0;

    for (uint32_t r = 0; r < s->shape.n_runs; r++) {
        uint32_t first = zd_index__run_first(s, r);
        uint32_t class = zd_index__load_u32(s->section[ZD_INDEX__RUN_CLASS] + (size_t)4 * r);

        if (first >= s->shape.n_docs || (r == 0 ? first != 0 : first <= before) ||
            class >= s->shape.n_classes || zd_index__run_in_order(s, r) >= s->shape.n_runs)
            return ZD_FAIL(err, ZD_CORRUPT, s->shape.at[ZD_INDEX__RUN_FIRST] + (uint64_t)4 * r,
                           "document %u of an index segment is impossible", r);
        before = first;
    }
    return ZD_OK;
}

static enum zd_status read_codebook(struct zd_index__segment *s, struct zd_error *err)
{
    const uint8_t *p = s->section[ZD_INDEX__CODEBOOK];

    s->codebook = zd_alloc(s->shape.n_codes * sizeof *s->codebook);
    if (!s->codebook)
        return ZD_FAIL(err, ZD_NOMEM, 0, "out of memory for an index segment");
    for (uint32_t i = 0; i < s->shape.n_codes; i++, p += 8) {
        memcpy(s->codebook[i].level, p, ZD_FIELD_COUNT);
        for (int f = 0; f < ZD_FIELD_COUNT; f++)
            if (p[f] >= ZD_INDEX__TFS)
                return ZD_FAIL(err, ZD_CORRUPT, s->shape.at[ZD_INDEX__CODEBOOK] + (uint64_t)8 * i,
                               "the codebook of an index segment is impossible");
    }
    return ZD_OK;
}

/* The bitmap of who has a vector says as many as the footer, and nothing past the last passage. */
static enum zd_status check_has_vector(const struct zd_index__segment *s, struct zd_error *err)
{
    const uint8_t *p = s->section[ZD_INDEX__HAS_VECTOR];
    uint64_t n = 0, last = 0;

    for (uint64_t at = 0; at < s->shape.n_bytes[ZD_INDEX__HAS_VECTOR]; at += 8) {
        last = zd_index__load_u64(p + at);
        n += (uint64_t)__builtin_popcountll(last);
    }
    if (n != s->shape.n_vectors || (s->shape.n_docs % 64 && last >> (s->shape.n_docs % 64)))
        return ZD_FAIL(err, ZD_CORRUPT, s->shape.at[ZD_INDEX__HAS_VECTOR],
                       "the vectors of an index segment are not those it counts");
    return ZD_OK;
}

/* ---- life ---- */

enum zd_status zd_index__segment_from_bytes(struct zd_bytes bytes,
                                            struct zd_index__segment **ret_segment,
                                            struct zd_error *err)
{
    struct zd_index__segment *s = NULL;
    uint32_t checksums_crc = 0;
    enum zd_status st;

#if __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
    return ZD_FAIL(err, ZD_INVALID, 0, "the index needs a little-endian machine");
#endif
    s = zd_alloc(sizeof *s);
    if (!s)
        return ZD_FAIL(err, ZD_NOMEM, 0, "out of memory for an index segment");
    atomic_init(&s->refs, 1);
    s->bytes = bytes;
    st = read_footer(bytes, s, &checksums_crc, err);
    if (st == ZD_OK)
        st = check_counts(&s->shape, err);
    if (st == ZD_OK)
        st = check_layout(s, err);
    if (st == ZD_OK)
        st = check_pages(s, checksums_crc, err);
    if (st == ZD_OK)
        st = check_runs(s, err);
    if (st == ZD_OK)
        st = check_has_vector(s, err);
    if (st == ZD_OK)
        st = read_codebook(s, err);
    if (st == ZD_OK) {
        const uint8_t *body = zd_index__lengths(s, ZD_FIELD_BODY);

        for (uint32_t d = 0; d < s->shape.n_docs; d++)
            s->longest_body = body[d] > s->longest_body ? body[d] : s->longest_body;
        *ret_segment = s;
        s = NULL;
    }
    zd_index__segment_close(s);
    return st;
}

enum zd_status zd_index__segment_open(const char *path, struct zd_index__segment **ret_segment,
                                      struct zd_error *err)
{
    struct zd_mapping file = {0};
    struct zd_index__segment *s = NULL;
    enum zd_status st = zd_mapping_open(path, ZD_INDEX__SEGMENT_MAX_BYTES, &file, err);

    if (st == ZD_OK)
        st = zd_index__segment_from_bytes(zd_mapping_bytes(&file), &s, err);
    if (st == ZD_OK) {
        s->file = file;
        file = (struct zd_mapping){0};
        *ret_segment = s;
    }
    zd_mapping_close(&file);
    return st;
}

struct zd_index__segment *zd_index__segment_share(struct zd_index__segment *s)
{
    (void)atomic_fetch_add(&s->refs, 1);
    return s;
}

void zd_index__segment_close(struct zd_index__segment *s)
{
    if (!s || atomic_fetch_sub(&s->refs, 1) != 1)
        return;
    zd_free(s->codebook);
    zd_free(s->page_seen);
    zd_mapping_close(&s->file);
    zd_free(s);
}

/* ---- documents ---- */

struct zd_index__class zd_index__run_class(const struct zd_index__segment *s, uint32_t run)
{
    struct zd_index__class class;
    uint32_t number = zd_index__load_u32(s->section[ZD_INDEX__RUN_CLASS] + (size_t)4 * run);

    memcpy(&class, s->section[ZD_INDEX__CLASSES] + (size_t)16 * number, sizeof class);
    return class;
}

uint32_t zd_index__run_of(const struct zd_index__segment *s, uint32_t doc)
{
    uint32_t low = 0, high = s->shape.n_runs;

    if (s->shape.n_runs == s->shape.n_docs) /* every document is one passage */
        return doc;
    while (high - low > 1) {
        uint32_t middle = low + (high - low) / 2;

        if (zd_index__run_first(s, middle) <= doc)
            low = middle;
        else
            high = middle;
    }
    return low;
}

/* First place of the run order whose group is at least `group` (or above it). */
static uint32_t order_place(const struct zd_index__segment *s, uint32_t group, bool above)
{
    uint32_t low = 0, high = s->shape.n_runs;

    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        uint32_t got = zd_index__run_group(s, zd_index__run_in_order(s, middle));

        if (got < group || (above && got == group))
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

void zd_index__runs_of_group(const struct zd_index__segment *s, uint32_t group, uint32_t *ret_from,
                             uint32_t *ret_to)
{
    *ret_from = order_place(s, group, false);
    *ret_to = order_place(s, group, true);
}

bool zd_index__segment_id(struct zd_index__segment *s, uint32_t doc, int64_t *ret_id)
{
    if (!zd_index__segment_touch(s, ZD_INDEX__IDS, (uint64_t)8 * doc, 8))
        return false;
    *ret_id = (int64_t)zd_index__load_u64(s->section[ZD_INDEX__IDS] + (size_t)8 * doc);
    return true;
}

const int8_t *zd_index__segment_vector(struct zd_index__segment *s, uint32_t doc)
{
    const uint64_t at = (uint64_t)doc * s->shape.n_dims;

    if (!zd_index__segment_touch(s, ZD_INDEX__VECTORS, at, s->shape.n_dims))
        return NULL;
    return (const int8_t *)s->section[ZD_INDEX__VECTORS] + at;
}

/* ---- dictionary ---- */

static inline uint64_t cursor_varint(struct zd_cursor *c)
{
    uint64_t v = 0;

    for (unsigned shift = 0; shift < 64 && c->p < c->end; shift += 7) {
        uint8_t byte = *c->p++;

        v |= (uint64_t)(byte & 127) << shift;
        if (byte < 128)
            return v;
    }
    c->bad = true;
    return 0;
}

static uint64_t block_term(const struct zd_index__segment *s, uint32_t block)
{
    return zd_index__load_u64(s->section[ZD_INDEX__DICT_TERMS] + (size_t)8 * block);
}

/* Sets a walk over terms to the start of a dictionary block. */
static bool terms_at(struct zd_index__terms *t, uint32_t block)
{
    struct zd_index__segment *s = t->segment;
    const uint32_t n_blocks = s->shape.n_dict_blocks;
    const uint8_t *places = s->section[ZD_INDEX__DICT_PLACES];
    const uint8_t *offsets = places + (size_t)8 * n_blocks;
    uint64_t from = zd_index__load_u32(offsets + (size_t)4 * block);
    uint64_t to = block + 1 < n_blocks ? zd_index__load_u32(offsets + (size_t)4 * (block + 1))
                                       : s->shape.n_bytes[ZD_INDEX__DICT];

    if (from > to || to > s->shape.n_bytes[ZD_INDEX__DICT] ||
        !zd_index__segment_touch(s, ZD_INDEX__DICT, from, to - from)) {
        atomic_store(&s->bad, true);
        return false;
    }
    t->c = zd_cursor_of((struct zd_bytes){s->section[ZD_INDEX__DICT] + from, (size_t)(to - from)});
    t->list_at = zd_index__load_u64(places + (size_t)8 * block);
    t->next = block * ZD_INDEX__TERMS_A_DICT_BLOCK;
    return true;
}

/* Reads the entry of the next term of the block; its list is located but not touched. */
static bool terms_entry(struct zd_index__terms *t)
{
    struct zd_index__segment *s = t->segment;
    const uint64_t all = s->shape.n_bytes[ZD_INDEX__POSTINGS];
    uint64_t df, n;

    if (t->next % ZD_INDEX__TERMS_A_DICT_BLOCK == 0) {
        t->term = block_term(s, t->next / ZD_INDEX__TERMS_A_DICT_BLOCK);
    } else {
        uint64_t delta = cursor_varint(&t->c);

        if (delta == 0 || delta > UINT64_MAX - t->term)
            t->c.bad = true;
        t->term += delta;
    }
    df = cursor_varint(&t->c);
    n = cursor_varint(&t->c);
    if (t->c.bad || df == 0 || df > s->shape.n_docs || n > all || t->list_at > all - n) {
        atomic_store(&s->bad, true);
        return false;
    }
    t->list.df = (uint32_t)df;
    t->list.bytes = (struct zd_bytes){s->section[ZD_INDEX__POSTINGS] + t->list_at, (size_t)n};
    t->list_at += n;
    t->next++;
    return true;
}

static bool list_touch(struct zd_index__segment *s, const struct zd_index__list *list)
{
    return zd_index__segment_touch(s, ZD_INDEX__POSTINGS,
                                   (uint64_t)(list->bytes.p - s->section[ZD_INDEX__POSTINGS]),
                                   list->bytes.n);
}

bool zd_index__segment_find(struct zd_index__segment *s, uint64_t term,
                            struct zd_index__list *ret_list)
{
    struct zd_index__terms t = {.segment = s};
    uint32_t low = 0, high = s->shape.n_dict_blocks, end;

    if (high == 0 || term < block_term(s, 0))
        return false;
    while (high - low > 1) {
        uint32_t middle = low + (high - low) / 2;

        if (block_term(s, middle) <= term)
            low = middle;
        else
            high = middle;
    }
    if (!terms_at(&t, low))
        return false;
    end = t.next + ZD_INDEX__TERMS_A_DICT_BLOCK;
    if (end > s->shape.n_terms)
        end = s->shape.n_terms;
    while (t.next < end) {
        if (!terms_entry(&t) || t.term > term)
            return false;
        if (t.term == term) {
            if (!list_touch(s, &t.list))
                return false;
            *ret_list = t.list;
            return true;
        }
    }
    return false;
}

void zd_index__terms_begin(struct zd_index__segment *segment, struct zd_index__terms *ret_terms)
{
    *ret_terms = (struct zd_index__terms){.segment = segment};
}

bool zd_index__terms_next(struct zd_index__terms *t)
{
    uint64_t before = t->term;
    bool first = t->next == 0;

    if (t->next >= t->segment->shape.n_terms)
        return false;
    if (t->next % ZD_INDEX__TERMS_A_DICT_BLOCK == 0 &&
        !terms_at(t, t->next / ZD_INDEX__TERMS_A_DICT_BLOCK))
        return false;
    if (!terms_entry(t) || !list_touch(t->segment, &t->list))
        return false;
    if (!first && t->term <= before) {
        atomic_store(&t->segment->bad, true);
        return false;
    }
    return true;
}

/* ---- lists ---- */

bool zd_index__walk_begin(const struct zd_index__list *list, uint32_t n_docs,
                          struct zd_index__walk *ret_walk)
{
    struct zd_index__walk w = {.df = list->df, .n_docs = n_docs, .n_blocks = 1};
    size_t head;

    if (list->df < ZD_INDEX__BLOCK) {
        w.blocks = list->bytes;
        *ret_walk = w;
        return true;
    }
    w.n_blocks = (list->df + ZD_INDEX__BLOCK - 1) / ZD_INDEX__BLOCK;
    head = ZD_INDEX__LIST_HEAD_BYTES + (size_t)ZD_INDEX__SKIP_BYTES * w.n_blocks;
    if (list->bytes.n < head)
        return false;
    w.points = list->bytes.p;
    w.skips = list->bytes.p + ZD_INDEX__LIST_HEAD_BYTES;
    w.blocks = (struct zd_bytes){list->bytes.p + head, list->bytes.n - head};
    *ret_walk = w;
    return true;
}

bool zd_index__walk_open(const struct zd_index__walk *w, uint32_t block,
                         struct zd_index__block_view *ret_view)
{
    uint32_t from = 0, to = (uint32_t)w->blocks.n, before = ZD_INDEX__NONE, last = ZD_INDEX__NONE;
    size_t n = w->df - (size_t)block * ZD_INDEX__BLOCK;

    if (n > ZD_INDEX__BLOCK)
        n = ZD_INDEX__BLOCK;
    if (w->skips) {
        const uint8_t *skip = w->skips + (size_t)ZD_INDEX__SKIP_BYTES * block;

        last = zd_index__load_u32(skip);
        to = zd_index__load_u32(skip + 4);
        if (block > 0) {
            before = zd_index__load_u32(skip - ZD_INDEX__SKIP_BYTES);
            from = zd_index__load_u32(skip - ZD_INDEX__SKIP_BYTES + 4);
            if (before >= last)
                return false;
        }
        if (last >= w->n_docs)
            return false;
    }
    if (from > to || to > w->blocks.n)
        return false;
    return zd_index__block_open((struct zd_bytes){w->blocks.p + from, to - from}, n, before, last,
                                w->n_docs, ret_view);
}

bool zd_index__walk_block(const struct zd_index__walk *w, uint32_t block,
                          struct zd_index__block *ret_block)
{
    struct zd_index__block_view view;

    return zd_index__walk_open(w, block, &view) && zd_index__block_docs(&view, ret_block) &&
           zd_index__block_codes(&view, ret_block);
}
