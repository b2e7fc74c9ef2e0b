/* queue_archive.c: an archive of files in the queue becomes a job for each of its members, named
 * ARCHIVE/MEMBER: each has its own end, can be taken back or tried again, and lets others have their turn.
 *
 * A member's id follows from the archive's and its number: begun again after a death, the archive puts
 * none in twice. When the last one is in, the archive's own job is done, "unpacked".
 */
#include <stdio.h>

#include "base/caps.h"
#include "ingest/queue_private.h"

static enum zd_status member_id(const struct zd_job *archive, uint32_t number,
                                char ret_id[ZD_ID_TEXT_BYTES])
{
    uint8_t hash[ZD_SHA256_BYTES];
    char text[64];
    int n = snprintf(text, sizeof text, "%.*s/%u", (int)archive->id.n, archive->id.p, number);
    enum zd_status st = zd_sha256((struct zd_bytes){(const uint8_t *)text, (size_t)n}, hash, NULL);

    if (st == ZD_OK)
        (void)zd_hex(hash, ZD_ID_TEXT_BYTES / 2, ret_id);
    return st;
}

/* Puts a member in the queue, as long as its archive's lease holds. */
static enum zd_status put_member(struct zd_queue *q, const struct zd_job *member)
{
    struct zd_ingest *ingest = NULL;
    bool held = false;
    enum zd_status st = zd_queue__enter(q, NULL, NULL, &ingest, NULL);

    if (st == ZD_OK)
        st = zd_store_begin(ingest->store, NULL);
    if (st == ZD_OK)
        st = zd_job_is_held(ingest->store, zd_subject_owner(), &q->job, &held, NULL);
    if (st == ZD_OK && !held)
        st = ZD_NOT_FOUND;
    if (st == ZD_OK)
        st = zd_job_add(ingest->store, zd_subject_owner(), member, NULL);
    if (st == ZD_OK)
        st = zd_store_commit(ingest->store, NULL);
    zd_ingest_close(ingest);
    return st;
}

static enum zd_status unpack_member(struct zd_queue *q, const struct zd_archive *archive,
                                    uint32_t number, struct zd_arena *arena)
{
    const struct zd_archive_member *of = &archive->p[number];
    struct zd_job member = {.given = q->job.given, .priority = q->job.priority};
    struct zd_owned_bytes raw = {0};
    struct zd_error why = {0};
    char id[ZD_ID_TEXT_BYTES];
    enum zd_status st = member_id(&q->job, number, id);

    if (st != ZD_OK)
        return st;
    zd_arena_reset(arena);
    member.id = zd_str_c(id);
    member.name = zd_arena_printf(arena, "%.*s/%.*s", (int)q->job.name.n, q->job.name.p,
                                  (int)of->name.n, of->name.p);
    if (!member.name.p)
        return ZD_NOMEM;
    if (of->refused.n > 0)
        zd_error_set(&why, ZD_INVALID, 0, "%.*s", (int)of->refused.n, of->refused.p);
    else
        st = zd_parser_archive_member(q->parser, archive, number, &raw, &why);
    if (st != ZD_OK && !zd_ingest__is_of_input(st))
        return st;
    member.body = (struct zd_bytes){raw.p, raw.n};
    if (why.status != ZD_OK) {
        member.state = ZD_JOB_FAILED;
        member.outcome = zd_str_c(zd_ingest_outcome_word(ZD_INGEST_FAILED));
        member.reason = zd_str_c(why.what);
    }
    st = put_member(q, &member);
    zd_free(raw.p);
    return st;
}

static enum zd_status unpack(struct zd_queue *q, const struct zd_archive *archive)
{
    const char *refusal = zd_ingest__archive_refusal(archive, q->job.document_id.n > 0);
    struct zd_arena *arena = zd_arena_new(ZD_MiB);
    enum zd_status st = arena ? ZD_OK : ZD_NOMEM;

    if (st == ZD_OK && refusal)
        st = zd_queue__finish_alone(q, ZD_JOB_FAILED, "failed", refusal);
    else
        for (size_t i = 0; st == ZD_OK && i < archive->n; i++)
            st = unpack_member(q, archive, (uint32_t)i, arena);
    if (st == ZD_OK && !refusal)
        st = zd_queue__finish_alone(q, ZD_JOB_DONE, "unpacked", "");
    zd_arena_free(arena);
    return st;
}

enum zd_status zd_queue__try_archive(struct zd_queue *q, struct zd_error *why, bool *ret_done)
{
    struct zd_archive archive = {.input = -1};
    struct zd_error reason = {0};
    enum zd_status st;

    if (!zd_ingest__looks_like_archive(q->job.body))
        return ZD_OK;
    st = zd_parser_archive_open(q->parser, q->job.body, q->arena, &archive, &reason);
    if (st == ZD_OK) {
        *ret_done = true;
        st = unpack(q, &archive);
        zd_parser_archive_close(&archive);
        return st;
    }
    if (st != ZD_NOT_FOUND && zd_ingest__is_of_input(st))
        *why = reason;
    return st == ZD_NOT_FOUND || zd_ingest__is_of_input(st) ? ZD_OK : st;
}
