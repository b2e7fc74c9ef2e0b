/* zip.c: see zip.h.
 *
 *  1. The end record is the last one whose comment ends with the file.
 *  2. The directory is walked; sizes beyond 32 bits come from the zip64 field of an entry.
 *  3. Sums and ratios are held against caps.h before anything is unpacked.
 *  4. Each local record is looked at for where its data begins; sorted by place, no entry may reach
 *     into the next or into the directory.
 */
#include "parse/zip.h"

#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "base/caps.h"

#define END_BYTES 22
#define END64_BYTES 56
#define LOCATOR_BYTES 20
#define CENTRAL_BYTES 46
#define LOCAL_BYTES 30
#define FLAGS_LOCKED 0x2041 /* encrypted: the data, strongly, the directory */
#define FLAG_UTF8 0x0800
#define MODE_TYPE 0xF000u /* of a file's mode in Unix, the upper half of its attributes */
#define MODE_LINK 0xA000u
#define COMMENT_MAX 65535

struct directory {
    uint64_t at, n_bytes, n_entries;
};

static enum zd_status broken(struct zd_error *err, uint64_t at, const char *what)
{
    return ZD_FAIL(err, ZD_INVALID, at, "the ZIP archive is damaged: %s at byte %llu", what,
                   (unsigned long long)at);
}

static struct zd_cursor record_at(struct zd_bytes raw, uint64_t at)
{
    if (at > raw.n)
        at = raw.n;
    return zd_cursor_of((struct zd_bytes){raw.p + at, raw.n - (size_t)at});
}

static bool find_end(struct zd_bytes raw, uint64_t *ret_at)
{
    size_t first = raw.n > END_BYTES + COMMENT_MAX ? raw.n - END_BYTES - COMMENT_MAX : 0;

    if (raw.n < END_BYTES)
        return false;
    for (size_t at = raw.n - END_BYTES + 1; at-- > first;)
        if (memcmp(raw.p + at, "PK\5\6", 4) == 0 &&
            at + END_BYTES + (raw.p[at + 20] | (size_t)raw.p[at + 21] << 8) == raw.n) {
            *ret_at = at;
            return true;
        }
    return false;
}

/* The zip64 end record, where the locator stands in front of the end record. */
static enum zd_status read_end64(struct zd_bytes raw, uint64_t end_at, struct directory *d,
                                 struct zd_error *err)
{
    struct zd_cursor c = record_at(raw, end_at - LOCATOR_BYTES);
    uint64_t at;

    (void)zd_cursor_u32(&c); /* its signature was seen */
    if (zd_cursor_u32(&c) != 0)
        return broken(err, end_at, "several disks");
    at = zd_cursor_u64(&c);
    if (at > end_at - LOCATOR_BYTES || end_at - LOCATOR_BYTES - at < END64_BYTES)
        return broken(err, end_at, "a record that points outside");
    c = record_at(raw, at);
    if (zd_cursor_u32(&c) != 0x06064b50)
        return broken(err, at, "no end record");
    (void)zd_cursor_bytes(&c, 8 + 2 + 2 + 4 + 4 + 8);
    d->n_entries = zd_cursor_u64(&c);
    d->n_bytes = zd_cursor_u64(&c);
    d->at = zd_cursor_u64(&c);
    return ZD_OK;
}

static enum zd_status read_end(struct zd_bytes raw, struct directory *d, struct zd_error *err)
{
    uint64_t at = 0;
    struct zd_cursor c;
    uint32_t disks;

    if (!find_end(raw, &at))
        return ZD_FAIL(err, ZD_INVALID, raw.n,
                       "the ZIP archive is cut off or damaged: it has no end record");
    c = record_at(raw, at + 4);
    disks = zd_cursor_u32(&c);
    (void)zd_cursor_u16(&c);
    d->n_entries = zd_cursor_u16(&c);
    d->n_bytes = zd_cursor_u32(&c);
    d->at = zd_cursor_u32(&c);
    if (at >= LOCATOR_BYTES && memcmp(raw.p + at - LOCATOR_BYTES, "PK\6\7", 4) == 0) {
        enum zd_status st = read_end64(raw, at, d, err);

        if (st != ZD_OK)
            return st;
    } else if (disks != 0) {
        return broken(err, at, "several disks");
    }
    if (d->at > at || d->n_bytes > at - d->at)
        return broken(err, at, "a directory that lies outside");
    if (d->n_entries > ZD_ZIP_MAX_ENTRIES)
        return ZD_FAIL(err, ZD_LIMIT, 0,
                       "the ZIP archive has %llu entries, more than the %d allowed",
                       (unsigned long long)d->n_entries, ZD_ZIP_MAX_ENTRIES);
    if (d->n_entries > d->n_bytes / CENTRAL_BYTES)
        return broken(err, at, "a count of entries");
    return ZD_OK;
}

/* Sizes and place that did not fit 32 bits stand in the extra field 1, in this order. */
static bool take_zip64(struct zd_bytes extra, struct zd_parse__zip_entry *e)
{
    struct zd_cursor c = zd_cursor_of(extra);
    uint64_t *const wide[] = {&e->n_bytes, &e->n_packed, &e->at};

    while (c.p < c.end) {
        uint16_t id = zd_cursor_u16(&c), n = zd_cursor_u16(&c);
        struct zd_cursor field = zd_cursor_of(zd_cursor_bytes(&c, n));

        if (c.bad)
            return false;
        if (id != 1)
            continue;
        for (size_t i = 0; i < 3; i++)
            if (*wide[i] == 0xFFFFFFFFu)
                *wide[i] = zd_cursor_u64(&field);
        return !field.bad;
    }
    return e->n_bytes != 0xFFFFFFFFu && e->n_packed != 0xFFFFFFFFu && e->at != 0xFFFFFFFFu;
}

static enum zd_status read_entry(struct zd_cursor *c, struct zd_parse__zip_entry *e,
                                 struct zd_error *err)
{
    uint16_t flags, n_name, n_extra, n_comment;
    struct zd_bytes name, extra;
    uint32_t mode;

    if (zd_cursor_u32(c) != 0x02014b50)
        return broken(err, 0, "a directory record");
    (void)zd_cursor_u32(c); /* versions */
    flags = zd_cursor_u16(c);
    e->method = zd_cursor_u16(c);
    (void)zd_cursor_u32(c); /* time */
    e->crc = zd_cursor_u32(c);
    e->n_packed = zd_cursor_u32(c);
    e->n_bytes = zd_cursor_u32(c);
    n_name = zd_cursor_u16(c);
    n_extra = zd_cursor_u16(c);
    n_comment = zd_cursor_u16(c);
    (void)zd_cursor_u32(c); /* disk, attributes inside */
    mode = zd_cursor_u32(c) >> 16;
    e->at = zd_cursor_u32(c);
    name = zd_cursor_bytes(c, n_name);
    extra = zd_cursor_bytes(c, n_extra);
    (void)zd_cursor_bytes(c, n_comment);
    if (c->bad || !take_zip64(extra, e))
        return broken(err, 0, "a directory record");
    e->is_locked = (flags & FLAGS_LOCKED) != 0;
    e->is_utf8 = (flags & FLAG_UTF8) != 0;
    e->is_link = (mode & MODE_TYPE) == MODE_LINK;
    e->name = (struct zd_str){(const char *)name.p, name.n};
    return ZD_OK;
}

static enum zd_status check_entry(const struct zd_parse__zip_entry *e, struct zd_error *err)
{
    if (e->is_locked)
        return ZD_FAIL(err, ZD_INVALID, 0,
                       "the file is protected by a password: save it without one and add that");
    if (e->method != 0 && e->method != 8)
        return ZD_FAIL(err, ZD_INVALID, 0,
                       "the ZIP archive is compressed in a way that is not read (method %u)",
                       (unsigned)e->method);
    return ZD_OK;
}

/* Where its data ends, from the local record, which must name the same entry. */
static enum zd_status place_entry(struct zd_bytes raw, uint64_t directory_at,
                                  struct zd_parse__zip_entry *e, struct zd_error *err)
{
    struct zd_cursor c = record_at(raw, e->at);
    uint16_t n_name, n_extra;
    struct zd_bytes name;

    if (zd_cursor_u32(&c) != 0x04034b50)
        return broken(err, e->at, "a local record");
    (void)zd_cursor_bytes(&c, LOCAL_BYTES - 8);
    n_name = zd_cursor_u16(&c);
    n_extra = zd_cursor_u16(&c);
    name = zd_cursor_bytes(&c, n_name);
    if (c.bad || name.n != e->name.n || memcmp(name.p, e->name.p, name.n) != 0)
        return broken(err, e->at, "a local record of another name");
    e->ends = e->at + LOCAL_BYTES + n_name + n_extra;
    if (e->ends > directory_at || e->n_packed > directory_at - e->ends)
        return broken(err, e->at, "an entry that lies outside");
    e->ends += e->n_packed;
    return ZD_OK;
}

static int by_place(const void *a, const void *b)
{
    const struct zd_parse__zip_entry *const *x = a, *const *y = b;

    return ((*x)->at > (*y)->at) - ((*x)->at < (*y)->at);
}

static enum zd_status check_overlap(const struct zd_parse__zip *zip, struct zd_error *err)
{
    const struct zd_parse__zip_entry **order = zd_alloc((zip->n + 1) * sizeof(void *));
    enum zd_status st = ZD_OK;

    if (!order)
        return ZD_FAIL(err, ZD_NOMEM, 0, "no memory for a table of entries");
    for (size_t i = 0; i < zip->n; i++)
        order[i] = &zip->p[i];
    qsort(order, zip->n, sizeof(void *), by_place);
    for (size_t i = 0; st == ZD_OK && i + 1 < zip->n; i++)
        if (order[i]->ends > order[i + 1]->at)
            st = ZD_FAIL(err, ZD_INVALID, order[i + 1]->at,
                         "the ZIP archive is refused: entries overlap at byte %llu",
                         (unsigned long long)order[i + 1]->at);
    zd_free(order);
    return st;
}

static enum zd_status check_sizes(const struct zd_parse__zip *zip, struct zd_error *err)
{
    uint64_t all = 0;

    for (size_t i = 0; i < zip->n; i++) {
        if (zip->p[i].n_bytes > ZD_ZIP_MAX_BYTES - all)
            return ZD_FAIL(err, ZD_LIMIT, 0,
                           "the ZIP archive unpacks to more than the %zu MB allowed",
                           ZD_ZIP_MAX_BYTES / ZD_MiB);
        all += zip->p[i].n_bytes;
    }
    if (all > ZD_ZIP_RATIO_FROM_BYTES && all / ZD_ZIP_MAX_RATIO > zip->raw.n)
        return ZD_FAIL(err, ZD_LIMIT, 0,
                       "the ZIP archive unpacks to more than %d times its size, as bombs do",
                       ZD_ZIP_MAX_RATIO);
    return ZD_OK;
}

static enum zd_status open_zip(struct zd_bytes raw, bool each, struct zd_arena *arena,
                               struct zd_parse__zip *ret_zip, struct zd_error *err)
{
    struct zd_parse__zip zip = {.raw = raw};
    struct directory d = {0};
    struct zd_cursor c;
    enum zd_status st = read_end(raw, &d, err);

    if (st != ZD_OK)
        return st;
    zip.n = (size_t)d.n_entries;
    zip.p = zd_arena_array(arena, zip.n ? zip.n : 1, sizeof *zip.p);
    if (!zip.p)
        return ZD_FAIL(err, ZD_NOMEM, 0, "no memory for a table of entries");
    c = zd_cursor_of((struct zd_bytes){raw.p + d.at, (size_t)d.n_bytes});
    for (size_t i = 0; st == ZD_OK && i < zip.n; i++) {
        st = read_entry(&c, &zip.p[i], err);
        if (st == ZD_OK && !each)
            st = check_entry(&zip.p[i], err);
    }
    if (st == ZD_OK && !each)
        st = check_sizes(&zip, err);
    for (size_t i = 0; st == ZD_OK && i < zip.n; i++) {
        st = place_entry(raw, d.at, &zip.p[i], err);
        if (st != ZD_OK && each) {
            zip.p[i].is_damaged = true;
            zip.p[i].ends = zip.p[i].at; /* nothing of it is read */
            st = ZD_OK;
        }
    }
    if (st == ZD_OK)
        st = check_overlap(&zip, err);
    if (st == ZD_OK)
        *ret_zip = zip;
    return st;
}

enum zd_status zd_parse__zip_open(struct zd_bytes raw, struct zd_arena *arena,
                                  struct zd_parse__zip *ret_zip, struct zd_error *err)
{
    return open_zip(raw, false, arena, ret_zip, err);
}

enum zd_status zd_parse__zip_open_each(struct zd_bytes raw, struct zd_arena *arena,
                                       struct zd_parse__zip *ret_zip, struct zd_error *err)
{
    return open_zip(raw, true, arena, ret_zip, err);
}

const struct zd_parse__zip_entry *zd_parse__zip_find(const struct zd_parse__zip *zip,
                                                     struct zd_str name)
{
    for (size_t i = 0; i < zip->n; i++)
        if (zd_str_eq(zip->p[i].name, name))
            return &zip->p[i];
    return NULL;
}

static void *zlib_alloc(void *opaque, unsigned n, unsigned size)
{
    (void)opaque;
    return zd_alloc((size_t)n * size);
}

static void zlib_free(void *opaque, void *p)
{
    (void)opaque;
    zd_free(p);
}

/* Exactly n bytes or nothing. */
static enum zd_status inflate_all(struct zd_bytes packed, uint8_t *out, size_t n,
                                  struct zd_error *err)
{
    z_stream z = {.zalloc = zlib_alloc, .zfree = zlib_free};
    int got;

    if (inflateInit2(&z, -MAX_WBITS) != Z_OK)
        return ZD_FAIL(err, ZD_NOMEM, 0, "no memory for unpacking");
    memcpy(&z.next_in, &packed.p, sizeof z.next_in); /* zlib's field lacks a const */
    z.avail_in = (unsigned)packed.n;
    z.next_out = out;
    z.avail_out = (unsigned)n;
    got = inflate(&z, Z_FINISH);
    (void)inflateEnd(&z);
    if (got == Z_MEM_ERROR)
        return ZD_FAIL(err, ZD_NOMEM, 0, "no memory for unpacking");
    if (got != Z_STREAM_END || z.total_out != n || z.avail_in != 0)
        return ZD_FAIL(err, ZD_INVALID, 0, "the ZIP archive is damaged: an entry does not unpack");
    return ZD_OK;
}

enum zd_status zd_parse__zip_read(const struct zd_parse__zip *zip,
                                  const struct zd_parse__zip_entry *entry,
                                  struct zd_parse__unpacked *ret_bytes, struct zd_error *err)
{
    struct zd_bytes packed = {zip->raw.p + entry->ends - entry->n_packed, (size_t)entry->n_packed};
    size_t n = (size_t)entry->n_bytes;
    uint8_t *out = zd_alloc(n + 1);
    enum zd_status st = ZD_OK;

    if (!out)
        return ZD_FAIL(err, ZD_NOMEM, 0, "no memory for unpacking %zu bytes", n);
    if (entry->method == 8)
        st = inflate_all(packed, out, n, err);
    else if (packed.n == n)
        memcpy(out, packed.p, n);
    else
        st = ZD_FAIL(err, ZD_INVALID, 0, "the ZIP archive is damaged: sizes contradict each other");
    if (st == ZD_OK && crc32(0, out, (unsigned)n) != entry->crc)
        st = ZD_FAIL(err, ZD_INVALID, 0, "the ZIP archive is damaged: a checksum is wrong");
    if (st != ZD_OK) {
        zd_free(out);
        return st;
    }
    *ret_bytes = (struct zd_parse__unpacked){out, n};
    return ZD_OK;
}
