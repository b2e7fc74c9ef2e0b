/* add: the inputs: a file, bytes, a folder; add_jsonl.c has the file of JSON lines, add_archive.c the
 * archive of files. Each ends in zd_ingest__take.
 *
 * What is already here is told by the hash of its bytes before anything is parsed, so adding a
 * folder again costs reading it. A correction (facts said by a person) makes the same bytes an
 * input again; a plain second look never undoes one.
 */
#include <errno.h>
#include <fts.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/caps.h"
#include "base/mapping.h"
#include "base/utf8.h"
#include "ingest/ingest_private.h"
#include "store/sketch.h"

bool zd_ingest__is_cancelled(const struct zd_ingest *ingest)
{
    return ingest->options.cancel && atomic_load(ingest->options.cancel);
}

/* A path may hold any bytes; what is stored and shown is UTF-8. */
struct zd_str zd_ingest__clean_name(struct zd_str name, struct zd_arena *arena)
{
    struct zd_buf out = {.max = (size_t)4 * PATH_MAX};
    struct zd_str clean = {0};

    while (name.n > 0) {
        size_t n = zd_utf8_valid_prefix(zd_str_bytes(name));

        zd_buf_str(&out, zd_str_cut(name, 0, n));
        if (n < name.n) {
            zd_buf_code_point(&out, ZD_REPLACEMENT);
            n++;
        }
        name = zd_str_cut(name, n, name.n);
    }
    if (!out.bad)
        clean = zd_arena_str(arena, zd_buf_view(&out));
    zd_buf_done(&out);
    return clean.p ? clean : ZD_STR("?");
}

/* A further file of a text that is here (near.c): unchanged, unless a person says something of it. */
static enum zd_status look_for_same_text(struct zd_ingest *ingest, struct zd_ingest__input *input,
                                         bool *ret_done, struct zd_error *err)
{
    struct zd_document document = {0};
    struct zd_version version = {0};
    int64_t key = 0;
    enum zd_status st =
        zd_same_file_find(ingest->store, ingest->options.subject, input->raw_hash, &key, err);

    if (st != ZD_OK || key == 0 || input->id.n > 0 || !zd_ingest__facts_empty(&input->facts))
        return st;
    st = zd_version_get(ingest->store, ingest->options.subject, key, ingest->arena, &version, err);
    if (st == ZD_OK)
        st = zd_document_get(ingest->store, ingest->options.subject, version.document,
                             ingest->arena, &document, err);
    if (st != ZD_OK)
        return st;
    zd_ingest__report(ingest, &(struct zd_ingest_report){.name = input->name,
                                                         .outcome = ZD_INGEST_UNCHANGED,
                                                         .document = document.id,
                                                         .version = version.ordinal});
    *ret_done = true;
    return ZD_OK;
}

/* Looks for these bytes. Where they are here and nothing new is said of them, reports that and
 * sets *ret_done; where something is said, it is laid over what was said before. */
enum zd_status zd_ingest__look_for_same(struct zd_ingest *ingest, struct zd_ingest__input *input,
                                        bool *ret_done, struct zd_error *err)
{
    struct zd_version_list versions = {0};
    struct zd_document document = {0};
    struct zd_ingest_facts before;
    enum zd_status st = zd_version_with_hash(ingest->store, ingest->options.subject,
                                             input->raw_hash, ingest->arena, &versions, err);

    if (st == ZD_OK && versions.n == 0)
        return look_for_same_text(ingest, input, ret_done, err);
    if (st != ZD_OK)
        return st;
    before = zd_ingest__facts_read(versions.p[0].given);
    input->facts = zd_ingest__facts_merge(&before, &input->facts);
    if (!zd_str_eq(zd_ingest__facts_text(&input->facts, ingest->arena), versions.p[0].given))
        return ZD_OK;
    st = zd_document_get(ingest->store, ingest->options.subject, versions.p[0].document,
                         ingest->arena, &document, err);
    if (st != ZD_OK)
        return st;
    if (input->id.n > 0 && !zd_str_eq(document.id, input->id))
        return ZD_OK;
    zd_ingest__report(ingest, &(struct zd_ingest_report){.name = input->name,
                                                         .outcome = ZD_INGEST_UNCHANGED,
                                                         .document = document.id,
                                                         .version = versions.p[0].ordinal});
    *ret_done = true;
    return ZD_OK;
}

enum zd_status zd_ingest__add_bytes(struct zd_ingest *ingest, struct zd_ingest__input *input,
                                    struct zd_bytes raw, struct zd_error *why, struct zd_error *err)
{
    bool done = false;
    enum zd_status st = zd_sha256(raw, input->raw_hash, err);

    if (st == ZD_OK)
        st = zd_ingest__look_for_same(ingest, input, &done, err);
    if (st != ZD_OK || done)
        return st;
    st = zd_parser_file(ingest->parser, raw, input->name, ingest->arena, &input->parsed, why);
    if (st != ZD_OK && zd_ingest__is_of_input(st))
        return ZD_OK;
    if (st != ZD_OK)
        return ZD_FAIL(err, st, why->at, "%s", why->what);
    st = zd_ingest__take(ingest, input, err);
    if (st == ZD_OK)
        st = zd_ingest__flush_if_due(ingest, err);
    return st;
}

/* What ends the run also ends the batch; passes the status on. */
enum zd_status zd_ingest__ended(struct zd_ingest *ingest, enum zd_status st)
{
    if (st != ZD_OK) {
        zd_ingest__abort(ingest);
        ingest->failed = true;
    }
    return st;
}

enum zd_status zd_ingest_bytes(struct zd_ingest *ingest, struct zd_str name, struct zd_bytes raw,
                               const struct zd_ingest_facts *facts, struct zd_error *err)
{
    struct zd_ingest__input input = {0};
    struct zd_error why = {0};
    enum zd_status st;

    zd_arena_reset(ingest->arena);
    input.name = zd_ingest__clean_name(name, ingest->arena);
    if (facts)
        input.facts = *facts;
    input.id = input.facts.id;
    while (zd_str_starts(input.name, ZD_STR("/"))) /* a name from outside is never a path */
        input.name = zd_str_cut(input.name, 1, input.name.n);
    input.source = input.name;
    st = zd_ingest__add_bytes(ingest, &input, raw, &why, err);
    if (st == ZD_OK && why.status != ZD_OK)
        zd_ingest__report_failed(ingest, input.name, &why);
    return zd_ingest__ended(ingest, st);
}

enum zd_status zd_ingest_file(struct zd_ingest *ingest, const char *path,
                              const struct zd_ingest_facts *facts, struct zd_error *err)
{
    struct zd_ingest__input input = {0};
    struct zd_owned_bytes raw = {0};
    struct zd_error why = {0};
    char absolute[PATH_MAX];
    enum zd_status st;

    zd_arena_reset(ingest->arena);
    input.name = zd_ingest__clean_name(zd_str_c(path), ingest->arena);
    if (facts)
        input.facts = *facts;
    input.id = input.facts.id;
    if (!realpath(path, absolute)) {
        zd_error_set(&why, ZD_NOT_FOUND, 0, "cannot read it: %s", strerror(errno));
        zd_ingest__report_failed(ingest, input.name, &why);
        return ZD_OK;
    }
    input.source = zd_ingest__clean_name(zd_str_c(absolute), ingest->arena);
    st = zd_file_read(absolute, ZD_UPLOAD_MAX_BYTES, &raw, &why);
    if (st == ZD_NOMEM)
        return zd_ingest__ended(ingest, ZD_FAIL(err, st, 0, "%s", why.what));
    if (st != ZD_OK) {
        zd_ingest__report_failed(ingest, input.name, &why);
        return ZD_OK;
    }
    why = (struct zd_error){0};
    st = zd_ingest__add_bytes(ingest, &input, (struct zd_bytes){raw.p, raw.n}, &why, err);
    if (st == ZD_OK && why.status != ZD_OK)
        st = zd_ingest__add_archive(ingest, &input, (struct zd_bytes){raw.p, raw.n}, facts, &why,
                                    err);
    zd_free(raw.p);
    return zd_ingest__ended(ingest, st);
}

static int by_name(const FTSENT **a, const FTSENT **b)
{
    return strcmp((*a)->fts_name, (*b)->fts_name);
}

/* The next regular file of a walk, or NULL at its end. What cannot be read is given too (the add
 * reports it). */
static FTSENT *next_file(FTS *walk)
{
    FTSENT *entry;

    while ((entry = fts_read(walk)) != NULL) {
        if (entry->fts_level > 0 && entry->fts_name[0] == '.') {
            (void)fts_set(walk, entry, FTS_SKIP);
            continue;
        }
        switch (entry->fts_info) {
        case FTS_F:
        case FTS_DNR:
        case FTS_ERR:
        case FTS_NS:
            return entry;
        default:
            break;
        }
    }
    return NULL;
}

static enum zd_status walk_open(const char *path, FTS **ret_walk, struct zd_error *err)
{
    struct zd_buf copy = {.max = PATH_MAX};
    struct stat info;
    char *roots[2] = {NULL, NULL};
    FTS *walk;

    if (stat(path, &info) != 0)
        return ZD_FAIL(err, ZD_NOT_FOUND, 0, "no such file or folder: %s", path);
    zd_buf_c(&copy, path);
    if (!zd_buf_cstr(&copy))
        return ZD_FAIL(err, ZD_LIMIT, 0, "the path is longer than %d bytes", PATH_MAX);
    roots[0] = (char *)copy.p;
    walk = fts_open(roots, FTS_PHYSICAL | FTS_COMFOLLOW | FTS_NOCHDIR, by_name);
    zd_buf_done(&copy);
    if (!walk)
        return ZD_FAIL(err, errno == ENOMEM ? ZD_NOMEM : ZD_IO, 0, "cannot walk %s: %s", path,
                       strerror(errno));
    *ret_walk = walk;
    return ZD_OK;
}

enum zd_status zd_ingest_count(const char *path, uint64_t *ret_n, struct zd_error *err)
{
    FTS *walk = NULL;
    uint64_t n = 0;
    enum zd_status st = walk_open(path, &walk, err);

    if (st != ZD_OK)
        return st;
    while (next_file(walk) != NULL)
        n++;
    (void)fts_close(walk);
    *ret_n = n;
    return ZD_OK;
}

enum zd_status zd_ingest_path(struct zd_ingest *ingest, const char *path,
                              const struct zd_ingest_facts *facts, struct zd_error *err)
{
    FTS *walk = NULL;
    FTSENT *entry;
    enum zd_status st = walk_open(path, &walk, err);

    if (st != ZD_OK)
        return st;
    while (st == ZD_OK && !zd_ingest__is_cancelled(ingest) && (entry = next_file(walk)) != NULL) {
        if (zd_str_ends(zd_str_c(entry->fts_name), ZD_STR(".jsonl")))
            st = zd_ingest_jsonl(ingest, entry->fts_path, err);
        else
            st = zd_ingest_file(ingest, entry->fts_path, facts, err);
    }
    (void)fts_close(walk);
    return st;
}
