/* model_file.c: see model_file.h. */
#include "semantic/model_file.h"

#include "base/hash.h"

#define MAGIC ZD_MODEL_TAG("ZDMF")
#define VERSION 1u
#define HEAD_BYTES 16u
#define ENTRY_BYTES 24u
#define ALIGN 64u

static size_t head_size(size_t n_sections)
{
    return HEAD_BYTES + n_sections * ENTRY_BYTES + 4;
}

static size_t aligned(size_t n)
{
    return (n + ALIGN - 1) / ALIGN * ALIGN;
}

/* One row of the table. Sections stand behind the table and do not reach into each other. */
static enum zd_status read_entry(struct zd_bytes bytes, struct zd_cursor *c, bool sealed,
                                 size_t *end, struct zd_model_file *file, struct zd_error *err)
{
    const uint64_t at = bytes.n - (uint64_t)(c->end - c->p);
    const uint32_t tag = zd_cursor_u32(c), sum = zd_cursor_u32(c);
    const uint64_t offset = zd_cursor_u64(c), length = zd_cursor_u64(c);
    struct zd_bytes section;

    if (offset % ALIGN != 0 || offset < *end || offset > bytes.n || length > bytes.n - offset)
        return ZD_FAIL(err, ZD_CORRUPT, at, "a section of the model does not fit");
    section = (struct zd_bytes){bytes.p + offset, (size_t)length};
    if (!sealed && zd_crc32c(0, section) != sum)
        return ZD_FAIL(err, ZD_CORRUPT, offset, "a section of the model is damaged");
    *end = (size_t)(offset + length);
    file->sections[file->n_sections].tag = tag;
    file->sections[file->n_sections++].bytes = section;
    return ZD_OK;
}

enum zd_status zd_model_file_open(struct zd_bytes bytes, bool sealed,
                                  struct zd_model_file *ret_file, struct zd_error *err)
{
    struct zd_cursor c = zd_cursor_of(bytes), tail;
    struct zd_model_file file = {0};
    const uint32_t magic = zd_cursor_u32(&c), version = zd_cursor_u32(&c), n = zd_cursor_u32(&c),
                   zero = zd_cursor_u32(&c);
    size_t end;
    enum zd_status st = ZD_OK;

    if (c.bad || magic != MAGIC)
        return ZD_FAIL(err, ZD_CORRUPT, 0, "not a model file");
    if (version != VERSION)
        return ZD_FAIL(err, ZD_CORRUPT, 4, "a model of version %u; this program reads %u", version,
                       VERSION);
    if (n > ZD_MODEL_MAX_SECTIONS || zero != 0 || bytes.n < head_size(n) ||
        bytes.n > ZD_MODEL_MAX_BYTES)
        return ZD_FAIL(err, ZD_CORRUPT, 8, "the model's table of sections does not fit");
    end = head_size(n);
    tail = zd_cursor_of((struct zd_bytes){bytes.p + end - 4, 4});
    if (zd_crc32c(0, (struct zd_bytes){bytes.p, end - 4}) != zd_cursor_u32(&tail))
        return ZD_FAIL(err, ZD_CORRUPT, end - 4, "the model's table of sections is damaged");
    for (uint32_t i = 0; st == ZD_OK && i < n; i++)
        st = read_entry(bytes, &c, sealed, &end, &file, err);
    if (st == ZD_OK)
        *ret_file = file;
    return st;
}

struct zd_bytes zd_model_file_section(const struct zd_model_file *file, uint32_t tag)
{
    for (size_t i = 0; i < file->n_sections; i++)
        if (file->sections[i].tag == tag)
            return file->sections[i].bytes;
    return (struct zd_bytes){NULL, 0};
}

static void pad(struct zd_buf *out, size_t from)
{
    while (!out->bad && (out->n - from) % ALIGN != 0)
        zd_buf_byte(out, 0);
}

void zd_model_file_write(const struct zd_model_file *file, struct zd_buf *out)
{
    const size_t from = out->n;
    size_t offset = aligned(head_size(file->n_sections));

    zd_buf_u32(out, MAGIC);
    zd_buf_u32(out, VERSION);
    zd_buf_u32(out, (uint32_t)file->n_sections);
    zd_buf_u32(out, 0);
    for (size_t i = 0; i < file->n_sections; i++) {
        zd_buf_u32(out, file->sections[i].tag);
        zd_buf_u32(out, zd_crc32c(0, file->sections[i].bytes));
        zd_buf_u64(out, offset);
        zd_buf_u64(out, file->sections[i].bytes.n);
        offset = aligned(offset + file->sections[i].bytes.n);
    }
    if (!out->bad)
        zd_buf_u32(out, zd_crc32c(0, (struct zd_bytes){out->p + from, out->n - from}));
    for (size_t i = 0; i < file->n_sections; i++) {
        pad(out, from);
        zd_buf_add(out, file->sections[i].bytes.p, file->sections[i].bytes.n);
    }
}
