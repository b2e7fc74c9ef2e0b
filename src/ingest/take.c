/* take: one input, read already, becomes a version: which document it belongs to, what it takes
 * the place of, its rows, its postings, and the validity of all it touches.
 *
 *  1. A given id names its document. Else the file's path does, if it came from there before
 *     (another text is expected there over time). Else the very same text in another file (near.c),
 *     which is then only noted. Else the family does (family.h), or likeness (near.c). Else the
 *     document is new. What is there word for word under the same title is unchanged.
 *  2. Within the document it replaces the version of the same bytes (the person corrects facts)
 *     or, by id and by path, the one that begins on the same day or on an unknown one. A version
 *     that begins on another known day stands beside.
 *  3. Rows are written under a savepoint; the index is touched only when all rows are in, since
 *     it cannot undo one document: what fails before harms nobody, what fails there ends the
 *     batch.
 */
#include <string.h>

#include "base/caps.h"
#include "base/date.h"
#include "base/utf8.h"
#include "ingest/family.h"
#include "ingest/ingest_private.h"
#include "ingest/near.h"
#include "ingest/validity.h"
#include "store/region.h"
#include "store/replacement.h"
#include "store/sketch.h"

#define MAX_NAMESAKES 256

/* What will be done. All memory is the document's arena. */
struct plan {
    const struct zd_ingest__input *input;
    struct zd_document document; /* key 0: new */
    struct zd_version version;
    struct zd_stored_passage_list passages;
    int64_t replaced;          /* key of the version it takes the place of, 0 none */
    uint32_t same;             /* ordinal of the version that has this very text, 0 none */
    struct zd_sketch sketch;   /* of a text without a given id */
    int64_t same_version;      /* key of the version whose text this file holds as well, 0 none */
    struct zd_str near_titles; /* what the owner is told of a text that is nearly this one */
    struct changes {
        struct change {
            int64_t version;
            int32_t valid_from, valid_to;
        } * p;
        size_t n, cap;
        struct zd_arena *arena;
    } changes;
};

static struct zd_str first_of(struct zd_str a, struct zd_str b)
{
    return a.n > 0 ? a : b;
}

/* Cut at a whole character to what is kept. */
static struct zd_str capped(struct zd_str s, size_t max)
{
    s = zd_str_trim(s);
    return zd_str_cut(s, 0, zd_utf8_floor(s, max));
}

static struct zd_str base_name(struct zd_str path)
{
    size_t at = 0, from = 0;

    while ((at = zd_str_find(path, ZD_STR("/"), at)) != SIZE_MAX)
        from = ++at;
    return zd_str_cut(path, from, path.n);
}

static struct zd_str day_warnings_of(const struct plan *plan, struct zd_arena *arena)
{
    if (plan->version.effective == 0 && !plan->document.id_given)
        return zd_arena_str(arena,
                            ZD_STR("没有读到生效日期，效力状态显示为“不明” / no date of effect "
                                   "found, validity is shown as unknown"));
    if (plan->version.expires != 0 && plan->version.effective > plan->version.expires)
        return zd_arena_str(arena,
                            ZD_STR("失效日期早于生效日期 / it expires before it takes effect"));
    return ZD_STR("");
}

/* What the owner should look at, as lines. */
static struct zd_str warnings_of(const struct plan *plan, struct zd_arena *arena)
{
    struct zd_str days = day_warnings_of(plan, arena);

    if (plan->near_titles.n == 0)
        return days;
    return zd_arena_printf(arena, "%.*s%s%.*s", (int)plan->near_titles.n, plan->near_titles.p,
                           days.n > 0 ? "\n" : "", (int)days.n, days.p ? days.p : "");
}

/* How well it could be read, {"pages","pages_without_text","pages_recognised","tables",
 * "left_out":{…}}; the words are
 * of our own table. p NULL when memory ends. */
static struct zd_str reading_of(const struct zd_reading *reading, struct zd_arena *arena)
{
    struct zd_buf out = {.max = ZD_TITLE_MAX_BYTES};
    struct zd_str copy = {0};
    const char *comma = "";

    zd_buf_printf(&out,
                  "{\"pages\":%u,\"pages_without_text\":%u,\"pages_recognised\":%u,\"tables\":%u,"
                  "\"left_out\":{",
                  reading->n_pages, reading->n_pages_no_text, reading->n_pages_recognised,
                  reading->n_tables);
    for (size_t i = 0; i < ZD_LEFT_OUT_COUNT; i++)
        if (reading->n_left_out[i] > 0) {
            zd_buf_printf(&out, "%s\"%s\":%u", comma, zd_left_out_word((enum zd_left_out)i),
                          reading->n_left_out[i]);
            comma = ",";
        }
    zd_buf_c(&out, "}}");
    if (!out.bad)
        copy = zd_arena_str(arena, zd_buf_view(&out));
    zd_buf_done(&out);
    return copy;
}

/* The version as text and person have it; nothing of the database yet. */
static enum zd_status plan_version(struct zd_ingest *ingest, struct plan *plan,
                                   struct zd_error *err)
{
    const struct zd_ingest__input *input = plan->input;
    const struct zd_facts *read = &input->parsed.facts;
    const struct zd_ingest_facts *said = &input->facts;
    struct zd_str text = input->parsed.blocks.text;
    struct zd_version *v = &plan->version;
    enum zd_status st;

    v->source = input->source;
    v->title = capped(first_of(first_of(said->title, read->title),
                               first_of(input->parsed.blocks.title, base_name(input->name))),
                      ZD_TITLE_MAX_BYTES);
    v->issuer = capped(first_of(said->issuer, read->issuer), ZD_TITLE_MAX_BYTES);
    v->number = capped(first_of(said->number, read->number), ZD_TITLE_MAX_BYTES);
    v->issued = said->issued ? said->issued : read->issued;
    v->effective = said->effective ? said->effective : read->effective;
    v->expires = said->expires ? said->expires : read->expires;
    v->given = zd_ingest__facts_text(said, ingest->arena);
    v->format = zd_str_c(input->parsed.blocks.format);
    v->encoding = zd_str_c(input->parsed.blocks.encoding);
    v->reading = reading_of(&input->parsed.blocks.reading, ingest->arena);
    v->n_passages = (uint32_t)input->parsed.passages.n;
    for (size_t i = 0; i < sizeof v->raw_hash; i++)
        v->raw_hash[i] = input->raw_hash[i];
    st = zd_sha256(zd_str_bytes(text), v->text_hash, err);
    if (st == ZD_OK)
        st = zd_family_number_key(v->number, ingest->arena, &v->number_key, err);
    return st;
}

/* The document as this version has it: id, keys, region. */
static enum zd_status plan_document(struct zd_ingest *ingest, struct plan *plan,
                                    struct zd_error *err)
{
    const struct zd_ingest__input *input = plan->input;
    struct zd_document *d = &plan->document;
    struct zd_str key = {0}, issuer = {0};
    enum zd_status st;

    *d = (struct zd_document){.access = ingest->options.access};
    d->id = input->id;
    d->id_given = input->id.n > 0;
    d->title = plan->version.title;
    st = zd_family_title_key(d->title, ingest->arena, &key, &issuer, err);
    if (st == ZD_OK && d->id_given && key.n > 0) {
        key = zd_arena_printf(ingest->arena, "=%.*s", (int)key.n, key.p);
        if (!key.p)
            st = ZD_FAIL(err, ZD_NOMEM, 0, "no memory left for a title");
    }
    d->title_key = key;
    if (st == ZD_OK)
        st = zd_family_issuer_key(first_of(plan->version.issuer, issuer), ingest->arena,
                                  &d->issuer_key, err);
    if (st == ZD_OK)
        st = zd_region_make(ingest->store, ingest->options.subject,
                            first_of(input->facts.region, input->parsed.facts.region), &d->region,
                            err);
    return st;
}

/* Takes an existing document's identity; its words become those of its newest version. */
static void plan_join(struct plan *plan, const struct zd_document *document)
{
    plan->document.key = document->key;
    plan->document.id = document->id;
    plan->document.id_given = document->id_given;
    plan->document.access = document->access;
    plan->document.created_us = document->created_us;
}

/* True where v may be what the plan takes the place of: one of the days is not known, or equal. */
static bool same_days(const struct zd_version *v, const struct zd_version *w)
{
    if (v->effective == 0 || w->effective == 0)
        return v->issued == 0 || w->issued == 0 || v->issued == w->issued ||
               v->effective != w->effective;
    return v->effective == w->effective;
}

/* Finds among the versions of one origin (newest first or last) the one to be replaced. */
static void plan_replace(struct plan *plan, const struct zd_version_list *versions)
{
    int64_t best = 0;

    for (size_t i = 0; i < versions->n; i++)
        if (same_days(&versions->p[i], &plan->version) && versions->p[i].key > best)
            best = versions->p[i].key;
    plan->replaced = best;
}

static enum zd_status plan_by_id(struct zd_ingest *ingest, struct plan *plan, struct zd_error *err)
{
    struct zd_version_list versions = {0};
    struct zd_document document = {0};
    enum zd_status st = zd_document_find(ingest->store, ingest->options.subject, plan->input->id,
                                         ingest->arena, &document, err);

    if (st == ZD_NOT_FOUND)
        return ZD_OK;
    if (st == ZD_OK)
        st = zd_version_of_document(ingest->store, ingest->options.subject, document.key,
                                    ingest->arena, &versions, err);
    if (st != ZD_OK)
        return st;
    plan_join(plan, &document);
    plan_replace(plan, &versions);
    return ZD_OK;
}

/* By the same bytes (a correction of facts), or by the path. */
static enum zd_status plan_by_origin(struct zd_ingest *ingest, struct plan *plan,
                                     struct zd_error *err)
{
    struct zd_version_list versions = {0};
    struct zd_document document = {0};
    enum zd_status st = zd_version_with_hash(ingest->store, ingest->options.subject,
                                             plan->version.raw_hash, ingest->arena, &versions, err);

    if (st == ZD_OK && versions.n > 0)
        plan->replaced = versions.p[0].key;
    if (st == ZD_OK && versions.n == 0 && zd_str_starts(plan->version.source, ZD_STR("/"))) {
        st = zd_version_from_source(ingest->store, ingest->options.subject, plan->version.source,
                                    ingest->arena, &versions, err);
        if (st == ZD_OK)
            plan_replace(plan, &versions);
    }
    if (st != ZD_OK || versions.n == 0)
        return st;
    st = zd_document_get(ingest->store, ingest->options.subject, versions.p[0].document,
                         ingest->arena, &document, err);
    if (st == ZD_OK)
        plan_join(plan, &document);
    return st;
}

/* True where the two could be two states of one text: days that are known and differ. */
static bool days_differ(const struct zd_version *v, const struct zd_version *w)
{
    if (v->effective == 0 || w->effective == 0)
        return false;
    return v->effective != w->effective ||
           (v->issued != 0 && w->issued != 0 && v->issued != w->issued);
}

/* Joins a document of the family where its days differ from those of all versions; a second text
 * of the same days is another text, unless it is the same text word for word. */
static enum zd_status plan_try_family(struct zd_ingest *ingest, struct plan *plan,
                                      const struct zd_document *document, struct zd_error *err)
{
    struct zd_version_list versions = {0};
    bool differ = true;
    enum zd_status st = zd_version_of_document(ingest->store, ingest->options.subject,
                                               document->key, ingest->arena, &versions, err);

    if (st != ZD_OK)
        return st;
    for (size_t i = 0; i < versions.n; i++) {
        differ &= days_differ(&versions.p[i], &plan->version);
        if (memcmp(versions.p[i].text_hash, plan->version.text_hash, ZD_SHA256_BYTES) == 0)
            plan->same = versions.p[i].ordinal;
    }
    if (differ || plan->same != 0)
        plan_join(plan, document);
    return ZD_OK;
}

static enum zd_status plan_by_family(struct zd_ingest *ingest, struct plan *plan,
                                     struct zd_error *err)
{
    struct zd_document_list documents = {0};
    enum zd_status st;

    if (plan->version.effective == 0 || plan->document.title_key.n == 0)
        return ZD_OK;
    st = zd_document_with_title(ingest->store, ingest->options.subject, plan->document.title_key,
                                MAX_NAMESAKES, ingest->arena, &documents, err);
    for (size_t i = 0; st == ZD_OK && i < documents.n && plan->document.key == 0; i++) {
        if (zd_family_agree(&documents.p[i], &plan->document))
            st = plan_try_family(ingest, plan, &documents.p[i], err);
    }
    return st;
}

/* The text of another file, letter for letter: this file is one more of it. */
static enum zd_status plan_by_text(struct zd_ingest *ingest, struct plan *plan,
                                   struct zd_error *err)
{
    struct zd_document document = {0};
    struct zd_version version = {0};
    enum zd_status st = ZD_OK;

    if (!zd_ingest__facts_empty(&plan->input->facts))
        return ZD_OK;
    st = zd_near_same(ingest, &plan->sketch, &plan->same_version, err);
    if (st != ZD_OK || plan->same_version == 0)
        return st;
    st = zd_version_get(ingest->store, ingest->options.subject, plan->same_version, ingest->arena,
                        &version, err);
    if (st == ZD_OK)
        st = zd_document_get(ingest->store, ingest->options.subject, version.document,
                             ingest->arena, &document, err);
    if (st != ZD_OK)
        return st;
    plan_join(plan, &document);
    plan->same = version.ordinal;
    plan->near_titles = zd_arena_printf(
        ingest->arena, "与《%.*s》正文相同，不重复入库 / the same text is here already",
        (int)version.title.n, version.title.p);
    return ZD_OK;
}

/* A text that is nearly this one: a version of it where title, offices and days say so, else told. */
static enum zd_status plan_by_likeness(struct zd_ingest *ingest, struct plan *plan,
                                       struct zd_error *err)
{
    struct zd_document document = {0};
    struct zd_version version = {0};
    int64_t near = 0;
    double alike = 0;
    enum zd_status st =
        zd_near_find(ingest, &plan->sketch, plan->input->parsed.blocks.text, &near, &alike, err);

    if (st != ZD_OK || near == 0)
        return st;
    st = zd_version_get(ingest->store, ingest->options.subject, near, ingest->arena, &version, err);
    if (st == ZD_OK)
        st = zd_document_get(ingest->store, ingest->options.subject, version.document,
                             ingest->arena, &document, err);
    if (st != ZD_OK)
        return st;
    if (plan->document.title_key.n > 0 && !document.id_given &&
        zd_str_eq(document.title_key, plan->document.title_key) &&
        zd_family_agree(&document, &plan->document) && plan->version.issued != 0 &&
        version.issued != 0 && plan->version.issued != version.issued) {
        plan_join(plan, &document);
        return ZD_OK;
    }
    plan->near_titles = zd_arena_printf(
        ingest->arena,
        "与《%.*s》（%.*s）内容相近（%d%%），未合并 / much like that document; both stay",
        (int)version.title.n, version.title.p, (int)document.id.n, document.id.p,
        (int)(100 * alike));
    return ZD_OK;
}

/* A document shows the words of the version that begins last: an older text that is added later
 * does not rename it. */
static enum zd_status write_document(struct zd_ingest *ingest, struct plan *plan,
                                     struct zd_error *err)
{
    struct zd_version_list versions = {0};
    char id[ZD_ID_TEXT_BYTES];
    enum zd_status st = ZD_OK;

    if (plan->document.key == 0) {
        if (plan->document.id.n == 0) {
            st = zd_id_new(id, err);
            if (st == ZD_OK)
                plan->document.id = zd_arena_str(ingest->arena, zd_str_c(id));
        }
        if (st == ZD_OK)
            st = zd_document_add(ingest->store, ingest->options.subject, &plan->document,
                                 &plan->document.key, err);
        return st;
    }
    st = zd_version_of_document(ingest->store, ingest->options.subject, plan->document.key,
                                ingest->arena, &versions, err);
    for (size_t i = 0; st == ZD_OK && i < versions.n; i++)
        if (versions.p[i].key != plan->replaced &&
            versions.p[i].effective > plan->version.effective)
            return ZD_OK;
    if (st == ZD_OK)
        st = zd_document_update(ingest->store, ingest->options.subject, &plan->document, err);
    return st;
}

static enum zd_status write_passages(struct zd_ingest *ingest, struct plan *plan,
                                     struct zd_error *err)
{
    const struct zd_passages *read = &plan->input->parsed.passages;
    struct zd_str text = plan->input->parsed.blocks.text;
    struct zd_stored_passage *p = zd_arena_array(ingest->arena, read->n ? read->n : 1, sizeof *p);

    if (!p)
        return ZD_FAIL(err, ZD_NOMEM, 0, "no memory left for passages");
    if (read->n > ZD_DOCUMENT_MAX_PASSAGES)
        return ZD_FAIL(err, ZD_LIMIT, 0, "more than %d passages in one document",
                       ZD_DOCUMENT_MAX_PASSAGES);
    for (size_t i = 0; i < read->n; i++) {
        const struct zd_passage *from = &read->p[i];
        enum zd_status st;

        if (from->start > from->end || from->end > text.n)
            return ZD_FAIL(err, ZD_INVALID, from->start, "passage %zu lies outside the text", i);
        p[i] = (struct zd_stored_passage){
            .key = zd_passage_key(plan->version.key, (uint32_t)i),
            .version = plan->version.key,
            .ordinal = (uint32_t)i,
            .kind = from->kind,
            .field = from->field,
            .path = from->path,
            .number = from->number,
            .context = from->context,
            .start = from->start,
            .end = from->end,
            .page = from->page,
            .text = zd_str_cut(text, from->start, from->end),
        };
        st = zd_passage_add(ingest->store, ingest->options.subject, &p[i], err);
        if (st != ZD_OK)
            return st;
    }
    plan->passages = (struct zd_stored_passage_list){p, read->n};
    return ZD_OK;
}

/* True for a 文号, which ends in 号; everything else that a text names is a title. */
static bool is_number(struct zd_str name)
{
    return zd_str_ends(zd_str_trim(name), ZD_STR("号"));
}

static enum zd_status write_replacements(struct zd_ingest *ingest, struct plan *plan,
                                         struct zd_error *err)
{
    const struct zd_facts *read = &plan->input->parsed.facts;
    enum zd_status st = ZD_OK;

    for (uint32_t i = 0; st == ZD_OK && i < read->n_supersedes; i++) {
        struct zd_replacement says = {.version = plan->version.key,
                                      .repeals_only = read->repeals_only};

        if (is_number(read->supersedes[i]))
            st = zd_family_number_key(read->supersedes[i], ingest->arena, &says.number_key, err);
        else
            st =
                zd_family_title_key(read->supersedes[i], ingest->arena, &says.title_key, NULL, err);
        if (st == ZD_OK && (says.number_key.n > 0 || says.title_key.n > 0))
            st = zd_replacement_add(ingest->store, ingest->options.subject, &says, err);
    }
    return st;
}

static enum zd_status note_change(void *context, int64_t version, int32_t valid_from,
                                  int32_t valid_to, struct zd_error *err)
{
    struct changes *changes = context;

    if (changes->n == changes->cap) {
        size_t cap = changes->cap ? 2 * changes->cap : 8;
        struct change *p = zd_arena_array(changes->arena, cap, sizeof *p);

        if (!p)
            return ZD_FAIL(err, ZD_NOMEM, 0, "no memory left for changes of validity");
        for (size_t i = 0; i < changes->n; i++)
            p[i] = changes->p[i];
        changes->p = p;
        changes->cap = cap;
    }
    changes->p[changes->n++] = (struct change){version, valid_from, valid_to};
    return ZD_OK;
}

/* A fresh document with a given id that says nothing of others and of which nobody says anything
 * has no relatives: the common case of a large file. */
static enum zd_status has_relatives(struct zd_ingest *ingest, const struct plan *plan,
                                    bool *ret_has, struct zd_error *err)
{
    struct zd_replacement_list list = {0};
    struct zd_str title = plan->document.title_key;
    enum zd_status st;

    *ret_has = true;
    if (!plan->document.id_given || plan->version.ordinal > 1 ||
        plan->input->parsed.facts.n_supersedes > 0)
        return ZD_OK;
    st = zd_replacement_of(ingest->store, ingest->options.subject, zd_str_cut(title, 1, title.n),
                           plan->version.number_key, ingest->arena, &list, err);
    *ret_has = list.n > 0;
    return st;
}

static enum zd_status write_validity(struct zd_ingest *ingest, struct plan *plan,
                                     struct zd_touched *touched, struct zd_error *err)
{
    const struct zd_subject *subject = ingest->options.subject;
    bool related = true;
    enum zd_status st = has_relatives(ingest, plan, &related, err);

    if (st != ZD_OK || !related)
        return st;
    plan->changes.arena = ingest->arena;
    st = zd_validity_touch(ingest->store, subject, plan->version.key, ingest->arena, touched, err);
    if (st == ZD_OK)
        st = zd_validity_settle(ingest->store, subject, touched, ingest->arena, note_change,
                                &plan->changes, err);
    for (size_t i = 0; st == ZD_OK && i < plan->changes.n; i++)
        if (plan->changes.p[i].version == plan->version.key) {
            plan->version.valid_from = plan->changes.p[i].valid_from;
            plan->version.valid_to = plan->changes.p[i].valid_to;
        }
    return st;
}

/* All rows of the plan, under the caller's savepoint. */
static enum zd_status write_rows(struct zd_ingest *ingest, struct plan *plan, struct zd_error *err)
{
    const struct zd_subject *subject = ingest->options.subject;
    struct zd_touched touched = {0};
    enum zd_status st = write_document(ingest, plan, err);

    if (st == ZD_OK && plan->replaced != 0) {
        st =
            zd_validity_touch(ingest->store, subject, plan->replaced, ingest->arena, &touched, err);
        if (st == ZD_OK)
            st = zd_version_remove(ingest->store, subject, plan->replaced, err);
    }
    if (st != ZD_OK)
        return st;
    plan->version.document = plan->document.key;
    plan->version.valid_from = plan->version.effective;
    plan->version.valid_to = plan->version.expires;
    plan->version.end = plan->version.expires ? ZD_END_EXPIRED : ZD_END_NONE;
    plan->version.warnings = warnings_of(plan, ingest->arena);
    st = zd_version_add(ingest->store, subject, &plan->version, plan->input->parsed.blocks.text,
                        err);
    if (st == ZD_OK)
        st = write_passages(ingest, plan, err);
    if (st == ZD_OK)
        st = zd_ingest__add_sheets(ingest, plan->version.key, &plan->input->parsed.passages, err);
    if (st == ZD_OK && !plan->document.id_given)
        st = zd_sketch_add(
            ingest->store, subject, plan->version.key,
            &(struct zd_stored_sketch){plan->sketch.content, plan->sketch.bands, ZD_SKETCH_BANDS},
            err);
    if (st == ZD_OK)
        st = write_replacements(ingest, plan, err);
    if (st == ZD_OK)
        st = write_validity(ingest, plan, &touched, err);
    if (st == ZD_OK && zd_arena_overflowed(ingest->arena))
        st = ZD_FAIL(err, ZD_LIMIT, 0, "the document needs more than %zu bytes of memory",
                     (size_t)ZD_DOCUMENT_MAX_ARENA_BYTES);
    return st;
}

static enum zd_status make_plan(struct zd_ingest *ingest, struct plan *plan, struct zd_error *err)
{
    enum zd_status st;

    if (plan->input->parsed.passages.n == 0)
        return ZD_FAIL(err, ZD_INVALID, 0, "no passage that could be cited was found in it");
    st = plan_version(ingest, plan, err);
    if (st == ZD_OK)
        st = plan_document(ingest, plan, err);
    if (st != ZD_OK)
        return st;
    if (plan->input->id.n > 0)
        return plan_by_id(ingest, plan, err);
    st = zd_sketch_of(plan->input->parsed.blocks.text, &plan->sketch, err);
    if (st == ZD_OK)
        st = plan_by_origin(ingest, plan, err);
    if (st == ZD_OK && plan->document.key == 0)
        st = plan_by_text(ingest, plan, err);
    if (st == ZD_OK && plan->document.key == 0)
        st = plan_by_family(ingest, plan, err);
    if (st == ZD_OK && plan->document.key == 0)
        st = plan_by_likeness(ingest, plan, err);
    return st;
}

static enum zd_status index_plan(struct zd_ingest *ingest, struct plan *plan, struct zd_error *err)
{
    enum zd_status st = ZD_OK;

    if (plan->replaced != 0)
        st = zd_index_writer_delete_group(ingest->writer, (uint32_t)plan->replaced, err);
    if (st == ZD_OK)
        st =
            zd_ingest__index_version(ingest, &plan->document, &plan->version, &plan->passages, err);
    for (size_t i = 0; st == ZD_OK && i < plan->changes.n; i++) {
        const struct change *change = &plan->changes.p[i];

        if (change->version != plan->version.key)
            st = zd_index_writer_set_validity(ingest->writer, (uint32_t)change->version,
                                              change->valid_from, change->valid_to, err);
    }
    return st;
}

enum zd_status zd_ingest__take(struct zd_ingest *ingest, const struct zd_ingest__input *input,
                               struct zd_error *err)
{
    struct plan plan = {.input = input};
    struct zd_error why = {0};
    bool done = false;
    enum zd_status st = zd_ingest__begin(ingest, err);

    if (st == ZD_OK)
        st = zd_ingest__look_for_secrecy(ingest, input, &done, err);
    if (st != ZD_OK || done)
        return st;
    st = zd_store_mark(ingest->store, err);
    if (st != ZD_OK)
        return st;
    st = make_plan(ingest, &plan, &why);
    if (st == ZD_OK && plan.same != 0) {
        zd_ingest__report(ingest, &(struct zd_ingest_report){.name = input->name,
                                                             .outcome = ZD_INGEST_UNCHANGED,
                                                             .document = plan.document.id,
                                                             .version = plan.same,
                                                             .warnings = plan.near_titles});
        st = zd_store_mark_undo(ingest->store, err);
        if (st == ZD_OK && plan.same_version != 0)
            st = zd_same_file_add(ingest->store, ingest->options.subject, input->raw_hash,
                                  plan.same_version, input->source, err);
        return st;
    }
    if (st == ZD_OK)
        st = write_rows(ingest, &plan, &why);
    if (st != ZD_OK) {
        enum zd_status undone = zd_store_mark_undo(ingest->store, err);

        if (undone != ZD_OK)
            return undone;
        if (!zd_ingest__is_of_input(st))
            return ZD_FAIL(err, st, why.at, "%s", why.what);
        zd_ingest__report_failed(ingest, input->name, &why);
        return ZD_OK;
    }
    st = zd_store_mark_keep(ingest->store, err);
    if (st == ZD_OK)
        st = index_plan(ingest, &plan, err);
    if (st != ZD_OK)
        return st;
    ingest->batch_documents++;
    ingest->batch_bytes += input->parsed.blocks.text.n;
    ingest->counts.n_bytes += input->parsed.blocks.text.n;
    zd_ingest__report(ingest, &(struct zd_ingest_report){
                                  .name = input->name,
                                  .outcome = plan.replaced ? ZD_INGEST_REPLACED : ZD_INGEST_ADDED,
                                  .document = plan.document.id,
                                  .version = plan.version.ordinal,
                                  .n_passages = plan.version.n_passages,
                                  .warnings = plan.version.warnings,
                              });
    return ZD_OK;
}
