/* add_jsonl: a file of JSON lines, one document a line.
 *
 * The lines go to the parser in batches (one file is one input of one author, so its lines may share
 * a worker) and come back one by one, in order, each reported under "FILE:LINE".
 */
#include <string.h>

#include "base/caps.h"
#include "ingest/ingest_private.h"
#include "ingest/lines.h"

#define BATCH_LINES 256

/* One line of the file that is on its way. */
struct pending {
    uint64_t number;
    uint8_t raw_hash[ZD_SHA256_BYTES];
    struct zd_error error; /* status not ZD_OK: it could not even be read */
};

struct batch {
    struct pending lines[BATCH_LINES];
    size_t n;
    bool has_carried; /* a line was read that did not fit any more: it opens the next batch */
    bool is_last;
};

/* Adds the line read last; *ret_full where it stays for the next batch. */
static enum zd_status batch_add(struct zd_ingest *ingest, struct batch *b, struct zd_str line,
                                uint64_t number, bool *ret_full, struct zd_error *err)
{
    struct pending *pending = &b->lines[b->n];
    struct zd_error why = {0};
    enum zd_status st;

    if (zd_str_trim(line).n == 0)
        return ZD_OK;
    st = zd_parser_line_add(ingest->parser, line, &why);
    if (st == ZD_LIMIT && b->n > 0) {
        *ret_full = true;
        return ZD_OK;
    }
    if (st != ZD_OK)
        return ZD_FAIL(err, st, why.at, "%s", why.what);
    *pending = (struct pending){.number = number};
    b->n++;
    return zd_sha256(zd_str_bytes(line), pending->raw_hash, err);
}

/* Reads lines until the batch is full or the file ends. `line` is the one carried over. */
static enum zd_status batch_fill(struct zd_ingest *ingest, struct zd_lines *lines, struct batch *b,
                                 struct zd_str *line, struct zd_error *err)
{
    enum zd_status st = ZD_OK;
    bool full = false;

    b->n = 0;
    zd_parser_lines_begin(ingest->parser);
    if (b->has_carried)
        st = batch_add(ingest, b, *line, zd_lines_number(lines), &full, err);
    b->has_carried = false;
    while (st == ZD_OK && b->n < BATCH_LINES && !full) {
        struct zd_error why = {0};
        bool more = false;
        enum zd_status got = zd_lines_next(lines, line, &more, &why);

        if (got == ZD_LIMIT) {
            b->lines[b->n++] = (struct pending){.number = zd_lines_number(lines), .error = why};
        } else if (got != ZD_OK) {
            st = ZD_FAIL(err, got, why.at, "%s", why.what);
        } else if (!more) {
            b->is_last = true;
            break;
        } else {
            st = batch_add(ingest, b, *line, zd_lines_number(lines), &full, err);
        }
    }
    b->has_carried = full;
    return st;
}

static enum zd_status take_line(struct zd_ingest *ingest, const struct pending *pending,
                                const char *path, struct zd_error *err)
{
    const char *slash = strrchr(path, '/');
    struct zd_ingest__input input = {0};
    struct zd_error why = pending->error;
    bool done = false;
    enum zd_status st = pending->error.status;

    zd_arena_reset(ingest->arena);
    input.name = zd_ingest__clean_name(zd_str_c(path), ingest->arena);
    input.name = zd_arena_printf(ingest->arena, "%.*s:%llu", (int)input.name.n, input.name.p,
                                 (unsigned long long)pending->number);
    input.source = zd_ingest__clean_name(zd_str_c(slash ? slash + 1 : path), ingest->arena);
    if (!input.name.p || !input.source.p)
        return ZD_FAIL(err, ZD_NOMEM, 0, "no memory left for a name");
    memcpy(input.raw_hash, pending->raw_hash, sizeof input.raw_hash);
    if (st == ZD_OK)
        st = zd_parser_line_next(ingest->parser, ingest->arena, &input.id, &input.parsed, &why);
    if (st != ZD_OK && zd_ingest__is_of_input(st)) {
        zd_ingest__report_failed(ingest, input.name, &why);
        return ZD_OK;
    }
    if (st != ZD_OK)
        return ZD_FAIL(err, st, why.at, "%s", why.what);
    st = zd_ingest__look_for_same(ingest, &input, &done, err);
    if (st != ZD_OK || done)
        return st;
    st = zd_ingest__take(ingest, &input, err);
    if (st == ZD_OK)
        st = zd_ingest__flush_if_due(ingest, err);
    return st;
}

static enum zd_status add_lines(struct zd_ingest *ingest, struct zd_lines *lines, const char *path,
                                struct batch *b, struct zd_error *err)
{
    struct zd_str line = {0};
    enum zd_status st = ZD_OK;

    while (st == ZD_OK && !b->is_last && !zd_ingest__is_cancelled(ingest)) {
        st = batch_fill(ingest, lines, b, &line, err);
        for (size_t i = 0; st == ZD_OK && i < b->n && !zd_ingest__is_cancelled(ingest); i++)
            st = take_line(ingest, &b->lines[i], path, err);
    }
    return st;
}

enum zd_status zd_ingest_jsonl(struct zd_ingest *ingest, const char *path, struct zd_error *err)
{
    struct batch *batch = zd_alloc(sizeof *batch);
    struct zd_lines *lines = NULL;
    struct zd_error why = {0};
    enum zd_status st = ZD_FAIL(&why, ZD_NOMEM, 0, "no memory left for a batch of lines");

    if (batch)
        st = zd_lines_open(path, &lines, &why);
    if (st == ZD_NOMEM) {
        zd_free(batch);
        return ZD_FAIL(err, st, 0, "%s", why.what);
    }
    if (st != ZD_OK) {
        zd_arena_reset(ingest->arena);
        zd_ingest__report_failed(ingest, zd_ingest__clean_name(zd_str_c(path), ingest->arena),
                                 &why);
        zd_free(batch);
        return ZD_OK;
    }
    st = add_lines(ingest, lines, path, batch, err);
    zd_lines_close(lines);
    zd_free(batch);
    return zd_ingest__ended(ingest, st);
}
