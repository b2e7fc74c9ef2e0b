/* cfb.c: see cfb.h.
 *
 * Rejected: libgsf, which would bring GLib into the worker, and GLib ends the process where there is
 * no memory; as with ZIP, what has to be refused is seen only by who reads the tables himself.
 */
#include "parse/cfb.h"

#include <string.h>

#include "base/caps.h"

#define HEAD_BYTES ((size_t)512)
#define ENTRY_BYTES ((size_t)128)
#define IN_HEAD 109      /* sectors of the table that the head names itself */
#define LAST 0xFFFFFFFAu /* from here on no sector: end, free, the table's own */
#define NONE 0xFFFFFFFFu

static uint32_t u32_at(struct zd_bytes b, size_t at)
{
    if (b.n < 4 || at > b.n - 4)
        return NONE;
    return b.p[at] | (uint32_t)b.p[at + 1] << 8 | (uint32_t)b.p[at + 2] << 16 |
           (uint32_t)b.p[at + 3] << 24;
}

static uint32_t u16_at(struct zd_bytes b, size_t at)
{
    return b.n < 2 || at > b.n - 2 ? 0 : b.p[at] | (uint32_t)b.p[at + 1] << 8;
}

static enum zd_status damaged(struct zd_error *err, const char *what)
{
    return ZD_FAIL(err, ZD_INVALID, 0, "the Office file is damaged: %s", what);
}

static enum zd_status no_memory(struct zd_error *err)
{
    return ZD_FAIL(err, ZD_NOMEM, 0, "no memory for an Office file");
}

/* A sector's bytes; the last one of a file may be short. */
static struct zd_bytes sector_at(const struct zd_parse__cfb *cfb, uint32_t number)
{
    uint64_t at = ((uint64_t)number + 1) * cfb->sector;
    struct zd_bytes none = {cfb->raw.p, 0};

    if (at >= cfb->raw.n)
        return none;
    return (struct zd_bytes){cfb->raw.p + at, cfb->raw.n - (size_t)at < cfb->sector
                                                  ? cfb->raw.n - (size_t)at
                                                  : cfb->sector};
}

/* ---- chains ---- */

struct chain {
    const uint32_t *next;
    size_t n_next;
    struct zd_bytes in; /* where its sectors lie, the first at 0 */
    uint32_t sector;
};

/* n bytes of a chain, or all of it for SIZE_MAX. */
static enum zd_status read_chain(const struct zd_parse__cfb *cfb, const struct chain *chain,
                                 uint32_t first, size_t n, struct zd_bytes *ret,
                                 struct zd_error *err)
{
    size_t count = 0, left, filled = 0;
    bool in_a_row = true;
    uint8_t *copy;

    for (uint32_t at = first; at < LAST; at = chain->next[at]) {
        if (at >= chain->n_next || (uint64_t)at * chain->sector >= chain->in.n)
            return damaged(err, "a stream leaves the file");
        if (++count > chain->n_next)
            return damaged(err, "a stream never ends");
        in_a_row = in_a_row && (chain->next[at] == at + 1 || chain->next[at] >= LAST);
        if (n != SIZE_MAX && count * chain->sector >= n)
            break;
    }
    left = n < count * chain->sector ? n : count * chain->sector;
    *ret = (struct zd_bytes){(const uint8_t *)"", 0};
    if (left == 0)
        return ZD_OK;
    if (in_a_row) {
        size_t from = (size_t)first * chain->sector;

        *ret = (struct zd_bytes){chain->in.p + from,
                                 left < chain->in.n - from ? left : chain->in.n - from};
        return ZD_OK;
    }
    copy = zd_arena_alloc(cfb->arena, left);
    if (!copy)
        return no_memory(err);
    for (uint32_t at = first; left > filled; at = chain->next[at]) {
        size_t from = (size_t)at * chain->sector, part = left - filled;

        part = part < chain->sector ? part : chain->sector;
        part = part < chain->in.n - from ? part : chain->in.n - from;
        memcpy(copy + filled, chain->in.p + from, part);
        filled += part;
        if (part < chain->sector)
            break; /* the file ends here, or the stream does */
    }
    *ret = (struct zd_bytes){copy, filled};
    return ZD_OK;
}

static struct chain big_sectors(const struct zd_parse__cfb *cfb)
{
    struct zd_bytes in = {cfb->raw.p + cfb->sector, cfb->raw.n - cfb->sector};

    return (struct chain){cfb->fat, cfb->n_fat, in, cfb->sector};
}

/* ---- the tables ---- */

static size_t add_table_sector(struct zd_parse__cfb *cfb, uint32_t number, size_t n)
{
    struct zd_bytes b = sector_at(cfb, number);

    for (size_t i = 0; i + 4 <= b.n && n < cfb->n_fat; i += 4)
        cfb->fat[n++] = u32_at(b, i);
    return n;
}

static enum zd_status read_fat(struct zd_parse__cfb *cfb, struct zd_error *err)
{
    size_t n = 0, steps = 0;
    uint32_t more = u32_at(cfb->raw, 68);

    cfb->n_fat = cfb->raw.n / cfb->sector + 1;
    cfb->fat = zd_arena_array(cfb->arena, cfb->n_fat, sizeof *cfb->fat);
    if (!cfb->fat)
        return no_memory(err);
    for (size_t i = 0; i < IN_HEAD; i++)
        n = add_table_sector(cfb, u32_at(cfb->raw, 76 + i * 4), n);
    for (; more < LAST && steps < cfb->n_fat; steps++) {
        struct zd_bytes b = sector_at(cfb, more);

        if (b.n < cfb->sector)
            return damaged(err, "its table leaves the file");
        for (size_t i = 0; i + 8 <= b.n; i += 4)
            n = add_table_sector(cfb, u32_at(b, i), n);
        more = u32_at(b, cfb->sector - 4);
    }
    cfb->n_fat = n;
    return ZD_OK;
}

static enum zd_status read_mini(struct zd_parse__cfb *cfb, struct zd_error *err)
{
    struct chain chain = big_sectors(cfb);
    struct zd_bytes table = {0};
    enum zd_status st = read_chain(cfb, &chain, u32_at(cfb->raw, 60), SIZE_MAX, &table, err);

    if (st != ZD_OK)
        return st;
    cfb->n_mini_fat = table.n / 4;
    cfb->mini_fat = zd_arena_array(cfb->arena, cfb->n_mini_fat + 1, sizeof *cfb->mini_fat);
    if (!cfb->mini_fat)
        return no_memory(err);
    for (size_t i = 0; i < cfb->n_mini_fat; i++)
        cfb->mini_fat[i] = u32_at(table, i * 4);
    return read_chain(cfb, &chain, u32_at(cfb->directory, 116), u32_at(cfb->directory, 120),
                      &cfb->mini, err);
}

enum zd_status zd_parse__cfb_open(struct zd_bytes raw, struct zd_arena *arena,
                                  struct zd_parse__cfb *ret_cfb, struct zd_error *err)
{
    struct zd_parse__cfb cfb = {.raw = raw, .arena = arena};
    struct chain chain;
    uint32_t shift = u16_at(raw, 30), mini_shift = u16_at(raw, 32);
    enum zd_status st;

    if (raw.n < HEAD_BYTES || (shift != 9 && shift != 12) || mini_shift > 12 || mini_shift < 4)
        return damaged(err, "its head is cut off");
    cfb.sector = 1u << shift;
    cfb.mini_sector = 1u << mini_shift;
    cfb.cutoff = u32_at(raw, 56);
    if (raw.n <= cfb.sector)
        return damaged(err, "there is nothing behind its head");
    st = read_fat(&cfb, err);
    if (st != ZD_OK)
        return st;
    chain = big_sectors(&cfb);
    st = read_chain(&cfb, &chain, u32_at(raw, 48), SIZE_MAX, &cfb.directory, err);
    if (st != ZD_OK)
        return st;
    if (cfb.directory.n < ENTRY_BYTES)
        return damaged(err, "it has no directory");
    st = read_mini(&cfb, err);
    if (st == ZD_OK)
        *ret_cfb = cfb;
    return st;
}

/* ---- the directory ---- */

static bool is_named(struct zd_bytes entry, const char *name)
{
    size_t n = strlen(name);

    if (u16_at(entry, 64) != (n + 1) * 2 || n > 31)
        return false;
    for (size_t i = 0; i < n; i++)
        if (u16_at(entry, i * 2) != (uint8_t)name[i])
            return false;
    return true;
}

/* The entry of a stream right below the root: a walk through the tree of its children, which meets
 * no entry twice since each is marked. */
static bool find(const struct zd_parse__cfb *cfb, const char *name, struct zd_bytes *ret_entry)
{
    size_t n = cfb->directory.n / ENTRY_BYTES, n_waiting = 0;
    uint32_t *waiting = zd_alloc(n * sizeof *waiting);
    uint8_t *seen = zd_alloc(n);
    uint32_t child = u32_at(cfb->directory, 76);
    bool found = false;

    if (waiting && seen && child < n)
        waiting[n_waiting++] = child;
    while (n_waiting > 0 && !found) {
        uint32_t number = waiting[--n_waiting];
        struct zd_bytes entry = {cfb->directory.p + number * ENTRY_BYTES, ENTRY_BYTES};
        uint32_t beside[2] = {u32_at(entry, 68), u32_at(entry, 72)};

        if (entry.p[66] == 2 && is_named(entry, name)) {
            *ret_entry = entry;
            found = true;
        }
        for (size_t i = 0; i < 2; i++)
            if (beside[i] < n && !seen[beside[i]] && n_waiting < n) {
                seen[beside[i]] = 1;
                waiting[n_waiting++] = beside[i];
            }
    }
    zd_free(waiting);
    zd_free(seen);
    return found;
}

bool zd_parse__cfb_has(const struct zd_parse__cfb *cfb, const char *name)
{
    struct zd_bytes entry;

    return find(cfb, name, &entry);
}

enum zd_status zd_parse__cfb_stream(const struct zd_parse__cfb *cfb, const char *name,
                                    struct zd_bytes *ret_stream, struct zd_error *err)
{
    struct chain chain = big_sectors(cfb);
    struct zd_bytes entry;
    uint32_t n;

    *ret_stream = (struct zd_bytes){(const uint8_t *)"", 0};
    if (!find(cfb, name, &entry))
        return ZD_OK;
    n = u32_at(entry, 120);
    if (n < cfb->cutoff)
        chain = (struct chain){cfb->mini_fat, cfb->n_mini_fat, cfb->mini, cfb->mini_sector};
    return read_chain(cfb, &chain, u32_at(entry, 116), n, ret_stream, err);
}
