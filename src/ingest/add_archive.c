/* add_archive: an archive of files, one document a member, named ARCHIVE/MEMBER.
 *
 * A member goes the way of a file: unpacked in a worker, then hashed, read in another worker, looked
 * at for marks of secrecy. One that fails is reported under its name and harms no other. The archive
 * itself is not remembered: adding it again finds its members unchanged by their hashes.
 */
#include <string.h>

#include "base/caps.h"
#include "ingest/ingest_private.h"

struct adding {
    struct zd_arena *arena; /* outlives the arena of each member */
    struct zd_archive archive;
    struct zd_str name, source; /* of the archive */
    const struct zd_ingest_facts *facts;
};

bool zd_ingest__looks_like_archive(struct zd_bytes raw)
{
    return raw.n > 4 && memcmp(raw.p, "PK\3\4", 4) == 0;
}

static enum zd_status add_member(struct zd_ingest *ingest, const struct adding *a, uint32_t number,
                                 struct zd_error *err)
{
    const struct zd_archive_member *member = &a->archive.p[number];
    struct zd_ingest__input input = {0};
    struct zd_owned_bytes raw = {0};
    struct zd_error why = {0};
    enum zd_status st;

    zd_arena_reset(ingest->arena);
    input.name = zd_arena_printf(ingest->arena, "%.*s/%.*s", (int)a->name.n, a->name.p,
                                 (int)member->name.n, member->name.p);
    input.source = zd_arena_printf(ingest->arena, "%.*s/%.*s", (int)a->source.n, a->source.p,
                                   (int)member->name.n, member->name.p);
    if (!input.name.p || !input.source.p)
        return ZD_FAIL(err, ZD_NOMEM, 0, "no memory left for a name");
    if (a->facts)
        input.facts = *a->facts;
    if (member->refused.n > 0)
        st = ZD_FAIL(&why, ZD_INVALID, 0, "%.*s", (int)member->refused.n, member->refused.p);
    else
        st = zd_parser_archive_member(ingest->parser, &a->archive, number, &raw, &why);
    if (st != ZD_OK && !zd_ingest__is_of_input(st))
        return ZD_FAIL(err, st, why.at, "%s", why.what);
    if (st == ZD_OK)
        st = zd_ingest__add_bytes(ingest, &input, (struct zd_bytes){raw.p, raw.n}, &why, err);
    else
        st = ZD_OK;
    if (st == ZD_OK && why.status != ZD_OK)
        zd_ingest__report_failed(ingest, input.name, &why);
    zd_free(raw.p);
    return st;
}

static enum zd_status add_members(struct zd_ingest *ingest, const struct adding *a,
                                  struct zd_error *err)
{
    enum zd_status st = ZD_OK;

    for (size_t i = 0; st == ZD_OK && i < a->archive.n && !zd_ingest__is_cancelled(ingest); i++)
        st = add_member(ingest, a, (uint32_t)i, err);
    return st;
}

const char *zd_ingest__archive_refusal(const struct zd_archive *archive, bool has_id)
{
    if (archive->n == 0)
        return "the ZIP archive holds no files";
    return has_id ? "one id cannot be that of all files of an archive" : NULL;
}

enum zd_status zd_ingest__add_archive(struct zd_ingest *ingest,
                                      const struct zd_ingest__input *input, struct zd_bytes raw,
                                      const struct zd_ingest_facts *facts,
                                      const struct zd_error *why, struct zd_error *err)
{
    struct adding a = {.arena = zd_arena_new(16 * ZD_MiB), .facts = facts};
    struct zd_error reason = *why;
    const char *refusal = NULL;
    enum zd_status st = ZD_NOT_FOUND;

    if (!a.arena)
        return ZD_FAIL(err, ZD_NOMEM, 0, "no memory left for an archive");
    a.name = zd_arena_str(a.arena, input->name);
    a.source = zd_arena_str(a.arena, input->source);
    if (zd_ingest__looks_like_archive(raw))
        st = zd_parser_archive_open(ingest->parser, raw, a.arena, &a.archive, &reason);
    if (st == ZD_OK)
        refusal = zd_ingest__archive_refusal(&a.archive, input->id.n > 0);
    if (refusal) {
        zd_error_set(&reason, ZD_INVALID, 0, "%s", refusal);
        zd_ingest__report_failed(ingest, a.name, &reason);
        zd_parser_archive_close(&a.archive);
    } else if (st == ZD_OK) {
        st = add_members(ingest, &a, err);
        zd_parser_archive_close(&a.archive);
    } else if (zd_ingest__is_of_input(st) || st == ZD_NOT_FOUND) {
        zd_ingest__report_failed(ingest, a.name, st == ZD_NOT_FOUND ? why : &reason);
        st = ZD_OK;
    } else {
        st = ZD_FAIL(err, st, reason.at, "%s", reason.what);
    }
    zd_arena_free(a.arena);
    return st;
}
