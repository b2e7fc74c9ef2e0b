/* manifest.c: one small file a generation, which names the segments and what changed in them.
 *
 * The bytes (docs/formats.md has the table): magic, version, generation, the kind of vectors that
 * count, the number of segments; for each segment its name, length and footer checksum, the runs deleted in it, the runs whose
 * validity was changed; at the end the CRC-32C of all of it. A segment file that is not exactly
 * the one meant (other length, other footer) is as bad as a missing one.
 */
#include <stdio.h>
#include <string.h>

#include "base/hash.h"
#include "index/index_private.h"

#define MAGIC "ZDMANIF\n"
#define VERSION 2u
#define MIN_BYTES 40u      /* of a manifest without segments */
#define PART_MIN_BYTES 32u /* of a part without changes */

/* ---- names ---- */

/* Whether what snprintf wrote below dir, n bytes, fits a path. */
static enum zd_status check_path(const char *dir, int n, struct zd_error *err)
{
    if (n < 0 || (size_t)n >= ZD_INDEX__PATH_BYTES)
        return ZD_FAIL(err, ZD_IO, 0, "the folder name %.60s… is too long for an index", dir);
    return ZD_OK;
}

enum zd_status zd_index__manifest_path(const char *dir, uint64_t generation,
                                       char out[ZD_INDEX__PATH_BYTES], struct zd_error *err)
{
    return check_path(dir,
                      snprintf(out, ZD_INDEX__PATH_BYTES, "%s/%llu.manifest", dir,
                               (unsigned long long)generation),
                      err);
}

enum zd_status zd_index__segment_path(const char *dir, uint64_t made_in, uint32_t ordinal,
                                      char out[ZD_INDEX__PATH_BYTES], struct zd_error *err)
{
    return check_path(dir,
                      snprintf(out, ZD_INDEX__PATH_BYTES, "%s/%llu-%u.segment", dir,
                               (unsigned long long)made_in, ordinal),
                      err);
}

/* ---- reading ---- */

void zd_index__part_done(struct zd_index__part *part)
{
    zd_free(part->deleted);
    zd_free(part->overrides);
    zd_index__segment_close(part->segment);
    *part = (struct zd_index__part){0};
}

void zd_index__manifest_done(struct zd_index__manifest *m)
{
    for (size_t i = 0; i < m->n_parts; i++)
        zd_index__part_done(&m->parts[i]);
    zd_free(m->parts);
    *m = (struct zd_index__manifest){0};
}

/* Reads the changes of a part; false when memory ends or the bytes do. */
static bool read_changes(struct zd_cursor *c, struct zd_index__part *part, bool *ret_nomem)
{
    size_t left = (size_t)(c->end - c->p);

    if (part->n_deleted > left / 4 || part->n_overrides > left / 12)
        return false;
    part->deleted = zd_alloc(part->n_deleted * sizeof *part->deleted);
    part->overrides = zd_alloc(part->n_overrides * sizeof *part->overrides);
    if (!part->deleted || !part->overrides) {
        *ret_nomem = true;
        return false;
    }
    for (size_t i = 0; i < part->n_deleted; i++) {
        part->deleted[i] = zd_cursor_u32(c);
        if (i > 0 && part->deleted[i] <= part->deleted[i - 1])
            return false;
    }
    for (size_t i = 0; i < part->n_overrides; i++) {
        struct zd_index__override *o = &part->overrides[i];

        o->run = zd_cursor_u32(c);
        o->effective = (int32_t)zd_cursor_u32(c);
        o->expires = (int32_t)zd_cursor_u32(c);
        if (i > 0 && o->run <= o[-1].run)
            return false;
    }
    return !c->bad;
}

static bool read_part(struct zd_cursor *c, struct zd_index__part *part, bool *ret_nomem)
{
    part->made_in = zd_cursor_u64(c);
    part->n_bytes = zd_cursor_u64(c);
    part->ordinal = zd_cursor_u32(c);
    part->footer_crc = zd_cursor_u32(c);
    part->n_deleted = zd_cursor_u32(c);
    part->n_overrides = zd_cursor_u32(c);
    if (c->bad || !read_changes(c, part, ret_nomem)) {
        zd_index__part_done(part);
        return false;
    }
    return true;
}

enum zd_status zd_index__manifest_from_bytes(struct zd_bytes bytes,
                                             struct zd_index__manifest *ret_manifest,
                                             struct zd_error *err)
{
    struct zd_index__manifest m = {0};
    struct zd_cursor c = zd_cursor_of(bytes);
    struct zd_bytes magic = zd_cursor_bytes(&c, 8);
    uint32_t version = zd_cursor_u32(&c), n_parts;
    bool nomem = false;
    enum zd_status st = ZD_OK;

    if (c.bad || memcmp(magic.p, MAGIC, 8) != 0)
        return ZD_FAIL(err, ZD_CORRUPT, 0, "not an index manifest");
    if (version != VERSION)
        return ZD_FAIL(err, ZD_CORRUPT, 8, "an index manifest of version %u; this program reads %u",
                       version, VERSION);
    m.generation = zd_cursor_u64(&c);
    m.model = zd_cursor_u64(&c);
    m.n_dims = zd_cursor_u32(&c);
    n_parts = zd_cursor_u32(&c);
    if (c.bad || bytes.n < MIN_BYTES ||
        zd_index__load_u32(bytes.p + bytes.n - 4) !=
            zd_crc32c(0, (struct zd_bytes){bytes.p, bytes.n - 4}))
        return ZD_FAIL(err, ZD_CORRUPT, 0, "the index manifest is damaged");
    c.end -= 4;
    if (n_parts > ZD_INDEX__SEGMENTS_MAX || n_parts > (size_t)(c.end - c.p) / PART_MIN_BYTES)
        return ZD_FAIL(err, ZD_CORRUPT, 32, "the index manifest names %u segments", n_parts);
    if (m.n_dims % ZD_INDEX_DIMS_STEP != 0 || m.n_dims > ZD_INDEX_DIMS_MAX)
        return ZD_FAIL(err, ZD_CORRUPT, 28, "the index manifest speaks of vectors of %u numbers",
                       m.n_dims);
    m.parts = zd_alloc(n_parts * sizeof *m.parts);
    if (!m.parts)
        return ZD_FAIL(err, ZD_NOMEM, 0, "out of memory for the index manifest");
    for (; m.n_parts < n_parts; m.n_parts++)
        if (!read_part(&c, &m.parts[m.n_parts], &nomem)) {
            st = nomem ? ZD_FAIL(err, ZD_NOMEM, 0, "out of memory for the index manifest")
                       : ZD_FAIL(err, ZD_CORRUPT, (uint64_t)(c.p - bytes.p),
                                 "segment %zu of the index manifest is impossible", m.n_parts);
            goto out;
        }
    if (c.p != c.end) {
        st = ZD_FAIL(err, ZD_CORRUPT, (uint64_t)(c.p - bytes.p),
                     "the index manifest is longer than it should be");
        goto out;
    }
    *ret_manifest = m;
    m = (struct zd_index__manifest){0};
out:
    zd_index__manifest_done(&m);
    return st;
}

enum zd_status zd_index__manifest_read(const char *dir, uint64_t generation,
                                       struct zd_index__manifest *ret_manifest,
                                       struct zd_error *err)
{
    struct zd_index__manifest m = {0};
    struct zd_owned_bytes bytes = {0};
    char path[ZD_INDEX__PATH_BYTES];
    enum zd_status st = zd_index__manifest_path(dir, generation, path, err);

    if (st != ZD_OK)
        return st;
    st = zd_file_read(path, ZD_INDEX__MANIFEST_MAX_BYTES, &bytes, err);
    if (st == ZD_INVALID || st == ZD_LIMIT)
        st = ZD_FAIL(err, ZD_CORRUPT, 0, "%s is not an index manifest", path);
    if (st != ZD_OK)
        return st;
    st = zd_index__manifest_from_bytes((struct zd_bytes){bytes.p, bytes.n}, &m, err);
    if (st == ZD_OK && m.generation != generation) {
        st = ZD_FAIL(err, ZD_CORRUPT, 12, "%s says it is generation %llu", path,
                     (unsigned long long)m.generation);
        zd_index__manifest_done(&m);
    }
    if (st == ZD_OK)
        *ret_manifest = m;
    zd_free(bytes.p);
    return st;
}

/* ---- writing ---- */

static void put_part(struct zd_buf *b, const struct zd_index__part *part)
{
    zd_buf_u64(b, part->made_in);
    zd_buf_u64(b, part->n_bytes);
    zd_buf_u32(b, part->ordinal);
    zd_buf_u32(b, part->footer_crc);
    zd_buf_u32(b, (uint32_t)part->n_deleted);
    zd_buf_u32(b, (uint32_t)part->n_overrides);
    for (size_t i = 0; i < part->n_deleted; i++)
        zd_buf_u32(b, part->deleted[i]);
    for (size_t i = 0; i < part->n_overrides; i++) {
        zd_buf_u32(b, part->overrides[i].run);
        zd_buf_u32(b, (uint32_t)part->overrides[i].effective);
        zd_buf_u32(b, (uint32_t)part->overrides[i].expires);
    }
}

enum zd_status zd_index__manifest_write(const char *dir, const struct zd_index__manifest *m,
                                        struct zd_error *err)
{
    struct zd_buf b = {.max = ZD_INDEX__MANIFEST_MAX_BYTES};
    char path[ZD_INDEX__PATH_BYTES];
    enum zd_status st = zd_index__manifest_path(dir, m->generation, path, err);

    if (st != ZD_OK)
        return st;
    zd_buf_add(&b, MAGIC, 8);
    zd_buf_u32(&b, VERSION);
    zd_buf_u64(&b, m->generation);
    zd_buf_u64(&b, m->model);
    zd_buf_u32(&b, m->n_dims);
    zd_buf_u32(&b, (uint32_t)m->n_parts);
    for (size_t i = 0; i < m->n_parts; i++)
        put_part(&b, &m->parts[i]);
    zd_buf_u32(&b, zd_crc32c(0, (struct zd_bytes){b.p, b.n}));
    st = zd_buf_check(&b, "index manifest", err);
    if (st == ZD_OK)
        st = zd_durable_write(path, (struct zd_bytes){b.p, b.n}, err);
    zd_buf_done(&b);
    return st;
}

/* ---- segments of a part ---- */

/* Changes must name runs that the segment has. */
static bool changes_fit(const struct zd_index__part *part, const struct zd_index__segment *s)
{
    return (part->n_deleted == 0 || part->deleted[part->n_deleted - 1] < s->shape.n_runs) &&
           (part->n_overrides == 0 || part->overrides[part->n_overrides - 1].run < s->shape.n_runs);
}

enum zd_status zd_index__part_open(const char *dir, struct zd_index__part *part,
                                   struct zd_error *err)
{
    struct zd_index__segment *s = NULL;
    char path[ZD_INDEX__PATH_BYTES];
    enum zd_status st = zd_index__segment_path(dir, part->made_in, part->ordinal, path, err);

    if (st == ZD_OK)
        st = zd_index__segment_open(path, &s, err);
    if (st == ZD_OK && (s->bytes.n != part->n_bytes || s->footer_crc != part->footer_crc ||
                        !changes_fit(part, s))) {
        st = ZD_FAIL(err, ZD_CORRUPT, 0, "%s is not the segment that the manifest means", path);
        zd_index__segment_close(s);
    }
    if (st == ZD_OK)
        part->segment = s;
    return st;
}

bool zd_index__part_share(struct zd_index__part *part, const struct zd_index__manifest *have)
{
    for (size_t i = 0; i < have->n_parts; i++) {
        const struct zd_index__part *other = &have->parts[i];

        if (other->made_in != part->made_in || other->ordinal != part->ordinal ||
            other->n_bytes != part->n_bytes || other->footer_crc != part->footer_crc ||
            atomic_load(&other->segment->bad) || zd_mapping_is_lost(&other->segment->file) ||
            !changes_fit(part, other->segment))
            continue;
        part->segment = zd_index__segment_share(other->segment);
        return true;
    }
    return false;
}
