/* worker_readers.c: what the product's workers run: the readers of read.h, answers as frames. */
#include "base/caps.h"
#include "parse/frame.h"
#include "parse/read.h"
#include "parse/worker.h"
#include "parse/worker_private.h"

static enum zd_status read_one(uint32_t task, struct zd_bytes input, struct zd_str name,
                               struct zd_arena *arena, struct zd_str *ret_id,
                               struct zd_parsed *ret_parsed, struct zd_error *err)
{
    switch ((enum zd_parse__task)task) {
    case ZD_PARSE__TASK_FILE:
        return zd_parse_file(input, name, arena, ret_parsed, err);
    case ZD_PARSE__TASK_LINES:
        return zd_parse_json_line((struct zd_str){(const char *)input.p, input.n}, arena, ret_id,
                                  ret_parsed, err);
    case ZD_PARSE__TASK_CLEAN:
        return zd_parse_clean(input, name, arena, &ret_parsed->blocks, err);
    case ZD_PARSE__TASK_ARCHIVE:
    case ZD_PARSE__TASK_MEMBER:
    case ZD_PARSE__TASK_IMAGE:
        break;
    }
    return ZD_FAIL(err, ZD_INVALID, 0, "no such task");
}

/* What every failure is to the server. */
static enum zd_status settle(enum zd_status st, struct zd_error *why)
{
    if (st == ZD_NOMEM)
        return ZD_FAIL(why, ZD_LIMIT, 0,
                       "reading needs more than the %zu MB of memory allowed; split the document",
                       ZD_WORKER_MAX_MEMORY_BYTES / ZD_MiB);
    if (st != ZD_OK && st != ZD_LIMIT && st != ZD_DENIED)
        return ZD_INVALID; /* whatever it was, it is this document that fails */
    return st;
}

static void put_word(struct zd_buf *out, struct zd_str id, struct zd_str title, uint32_t n)
{
    struct zd_parsed parsed = {.blocks = {.title = title, .format = "", .encoding = ""}};

    parsed.blocks.reading.n_pages = n;
    zd_frame_write(out, ZD_OK, id, &parsed, NULL);
}

static enum zd_status put_members(struct zd_bytes input, struct zd_arena *arena, struct zd_buf *out,
                                  struct zd_error *err)
{
    struct zd_parse_members members = {0};
    enum zd_status st = zd_parse_archive(input, arena, &members, err);

    if (st != ZD_OK)
        return st;
    put_word(out, members.is_archive ? ZD_STR("zip") : ZD_STR(""), ZD_STR(""), (uint32_t)members.n);
    for (size_t i = 0; i < members.n; i++)
        put_word(out, members.p[i].name, members.p[i].refused, 0);
    return ZD_OK;
}

/* A frame that says how it went, and behind it the bytes asked for. */
static enum zd_status put_bytes(uint32_t task, uint32_t number, struct zd_bytes input,
                                struct zd_arena *arena, struct zd_buf *out, struct zd_error *err)
{
    enum zd_status st;

    put_word(out, ZD_STR(""), ZD_STR(""), 0);
    if (task == ZD_PARSE__TASK_IMAGE)
        st = zd_parse_page_image(input, number, out, err);
    else
        st = zd_parse_archive_member(input, number, arena, out, err);
    if (st != ZD_OK)
        zd_buf_clear(out);
    return st;
}

static void read_input(uint32_t task, uint32_t number, struct zd_bytes input, struct zd_str name,
                       struct zd_buf *out)
{
    struct zd_arena *arena = zd_arena_new(ZD_DOCUMENT_MAX_ARENA_BYTES);
    struct zd_parsed parsed = {0};
    struct zd_str id = {0};
    struct zd_error why = {0};
    enum zd_status st;

    if (!arena)
        st = ZD_FAIL(&why, ZD_NOMEM, 0, "no memory");
    else if (task == ZD_PARSE__TASK_ARCHIVE)
        st = put_members(input, arena, out, &why);
    else if (task == ZD_PARSE__TASK_MEMBER || task == ZD_PARSE__TASK_IMAGE)
        st = put_bytes(task, number, input, arena, out, &why);
    else
        st = read_one(task, input, name, arena, &id, &parsed, &why);
    st = settle(st, &why);
    if (st != ZD_OK || out->n == 0)
        zd_frame_write(out, st, id, &parsed, &why);
    zd_arena_free(arena);
}

const struct zd_worker_work zd_worker_readers = {.prepare = zd_parse_prepare, .read = read_input};
