/* maker.c: the one place where a reader's findings become text and blocks, see parse_private.h. */
#include <string.h>

#include "base/caps.h"
#include "parse/parse_private.h"

void zd_parse__maker_init(struct zd_parse__maker *m, struct zd_arena *arena)
{
    *m = (struct zd_parse__maker){
        .arena = arena, .text = {.max = ZD_TEXT_MAX_BYTES}, .aside = {.max = ZD_ASIDE_MAX_BYTES}};
}

void zd_parse__maker_done(struct zd_parse__maker *m)
{
    zd_buf_done(&m->text);
    zd_buf_done(&m->aside);
    zd_free(m->blocks);
    m->blocks = NULL;
    m->n = m->cap = 0;
}

static struct zd_block *maker_block(struct zd_parse__maker *m)
{
    if (m->n >= ZD_DOCUMENT_MAX_BLOCKS) {
        m->too_many = true;
        return NULL;
    }
    if (!zd_grow(&m->blocks, &m->cap, m->n + 1, sizeof *m->blocks, ZD_DOCUMENT_MAX_BLOCKS)) {
        m->no_memory = true;
        return NULL;
    }
    m->blocks[m->n] = (struct zd_block){0};
    return &m->blocks[m->n++];
}

void zd_parse__maker_add(struct zd_parse__maker *m, enum zd_block_kind kind, int level,
                         struct zd_str text)
{
    struct zd_block *block;

    text = zd_parse__trim(text);
    if (text.n == 0 || m->text.bad)
        return;
    block = maker_block(m);
    if (!block)
        return;
    block->kind = kind;
    block->level = level;
    block->page = m->page;
    block->start = (uint32_t)m->text.n;
    zd_buf_str(&m->text, text);
    block->end = (uint32_t)m->text.n;
    zd_buf_byte(&m->text, '\n');
}

void zd_parse__maker_drop(struct zd_parse__maker *m)
{
    if (m->n == 0)
        return;
    m->n--;
    m->text.n = m->blocks[m->n].start;
}

void zd_parse__maker_aside(struct zd_parse__maker *m, struct zd_str line)
{
    struct zd_str aside = zd_buf_view(&m->aside);
    size_t from;

    line = zd_parse__trim(line);
    if (line.n == 0)
        return;
    from = aside.n > line.n ? aside.n - line.n - 1 : SIZE_MAX;
    if (from != SIZE_MAX && (from == 0 || aside.p[from - 1] == '\n') &&
        zd_str_starts(zd_str_cut(aside, from, aside.n), line))
        return;
    zd_buf_str(&m->aside, line);
    zd_buf_byte(&m->aside, '\n');
}

void zd_parse__maker_clear(struct zd_parse__maker *m, struct zd_buf *buf)
{
    if (buf->bad && buf->full)
        m->too_many = true;
    else if (buf->bad)
        m->no_memory = true;
    zd_buf_clear(buf);
}

enum zd_status zd_parse__maker_finish(struct zd_parse__maker *m, struct zd_blocks *ret_blocks,
                                      struct zd_error *err)
{
    struct zd_blocks blocks = {.n = m->n, .n_front = m->n_front, .reading = m->reading};
    enum zd_status st;

    st = zd_buf_check(&m->text, "the document's text", err);
    if (st != ZD_OK)
        return st;
    st = zd_buf_check(&m->aside, "what stands in the document's margins", err);
    if (st != ZD_OK)
        return st;
    if (m->too_many)
        return ZD_FAIL(err, ZD_LIMIT, 0, "the document has more than %u blocks; split it",
                       ZD_DOCUMENT_MAX_BLOCKS);
    blocks.text = zd_arena_str(m->arena, zd_buf_view(&m->text));
    blocks.title = zd_arena_str(m->arena, m->title);
    blocks.aside = zd_arena_str(m->arena, zd_buf_view(&m->aside));
    blocks.p = zd_arena_array(m->arena, m->n ? m->n : 1, sizeof *blocks.p);
    if (m->no_memory || !blocks.text.p || !blocks.title.p || !blocks.aside.p || !blocks.p)
        return zd_parse__no_memory(m->arena, "the blocks of the document", err);
    if (m->n)
        memcpy(blocks.p, m->blocks, m->n * sizeof *blocks.p);
    *ret_blocks = blocks;
    return ZD_OK;
}

enum zd_status zd_parse__no_memory(const struct zd_arena *arena, const char *what,
                                   struct zd_error *err)
{
    if (zd_arena_used(arena) > ZD_DOCUMENT_MAX_ARENA_BYTES / 4)
        return ZD_FAIL(err, ZD_LIMIT, 0,
                       "%s need more than the %zu MB a document may have; split it", what,
                       ZD_DOCUMENT_MAX_ARENA_BYTES / ZD_MiB);
    return ZD_FAIL(err, ZD_NOMEM, 0, "no memory for %s", what);
}
