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
        ret_parsed->blocks.format = ret_parsed->blocks.encoding = "";
        return zd_parse_clean(input, name, arena, &ret_parsed->blocks.text, err);
    }
    return ZD_FAIL(err, ZD_INVALID, 0, "no such task");
}

static void read_input(uint32_t task, struct zd_bytes input, struct zd_str name, struct zd_buf *out)
{
    struct zd_arena *arena = zd_arena_new(ZD_DOCUMENT_MAX_ARENA_BYTES);
    struct zd_parsed parsed = {0};
    struct zd_str id = {0};
    struct zd_error why = {0};
    enum zd_status st;

    if (arena)
        st = read_one(task, input, name, arena, &id, &parsed, &why);
    else
        st = ZD_FAIL(&why, ZD_NOMEM, 0, "no memory");
    if (st == ZD_NOMEM)
        st = ZD_FAIL(&why, ZD_LIMIT, 0,
                     "reading needs more than the %zu MB of memory allowed; split the document",
                     ZD_WORKER_MAX_MEMORY_BYTES / ZD_MiB);
    else if (st != ZD_OK && st != ZD_LIMIT && st != ZD_DENIED)
        st = ZD_INVALID; /* whatever it was, it is this document that fails */
    zd_frame_write(out, st, id, &parsed, &why);
    zd_arena_free(arena);
}

const struct zd_worker_work zd_worker_readers = {.prepare = zd_parse_prepare, .read = read_input};
