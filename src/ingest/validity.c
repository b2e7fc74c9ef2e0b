/* validity: the steps of validity.h, one version at a time. */
#include "ingest/validity.h"

#include "base/date.h"
#include "base/kinds.h"
#include "ingest/family.h"
#include "store/replacement.h"

/* A title that more documents share than this names none of them. */
#define MAX_NAMESAKES 256
#define MAX_TOUCHED 100000

static enum zd_status touch_one(struct zd_touched *touched, int64_t key, struct zd_arena *arena,
                                struct zd_error *err)
{
    for (size_t i = 0; i < touched->n; i++)
        if (touched->p[i] == key)
            return ZD_OK;
    if (touched->n == touched->cap) {
        size_t cap = touched->cap ? 2 * touched->cap : 16;
        int64_t *p = cap <= MAX_TOUCHED ? zd_arena_array(arena, cap, sizeof *p) : NULL;

        if (!p)
            return ZD_FAIL(err, ZD_NOMEM, 0, "too many texts hang on one");
        for (size_t i = 0; i < touched->n; i++)
            p[i] = touched->p[i];
        touched->p = p;
        touched->cap = cap;
    }
    touched->p[touched->n++] = key;
    return ZD_OK;
}

static enum zd_status touch_list(struct zd_touched *touched, const struct zd_version_list *list,
                                 struct zd_arena *arena, struct zd_error *err)
{
    enum zd_status st = ZD_OK;

    for (size_t i = 0; st == ZD_OK && i < list->n; i++)
        st = touch_one(touched, list->p[i].key, arena, err);
    return st;
}

/* The versions of every document with this title key. */
static enum zd_status touch_title(struct zd_store *store, const struct zd_subject *subject,
                                  struct zd_str title_key, struct zd_arena *arena,
                                  struct zd_touched *touched, struct zd_error *err)
{
    struct zd_document_list documents = {0};
    enum zd_status st =
        zd_document_with_title(store, subject, title_key, MAX_NAMESAKES, arena, &documents, err);

    for (size_t i = 0; st == ZD_OK && i < documents.n; i++) {
        struct zd_version_list versions = {0};

        st = zd_version_of_document(store, subject, documents.p[i].key, arena, &versions, err);
        if (st == ZD_OK)
            st = touch_list(touched, &versions, arena, err);
    }
    return st;
}

static enum zd_status touch_targets(struct zd_store *store, const struct zd_subject *subject,
                                    int64_t version, struct zd_arena *arena,
                                    struct zd_touched *touched, struct zd_error *err)
{
    struct zd_replacement_list says = {0};
    enum zd_status st = zd_replacement_by(store, subject, version, arena, &says, err);

    for (size_t i = 0; st == ZD_OK && i < says.n; i++) {
        struct zd_str title = says.p[i].title_key, given;
        struct zd_version_list versions = {0};

        st = zd_version_with_number(store, subject, says.p[i].number_key, arena, &versions, err);
        if (st == ZD_OK)
            st = touch_list(touched, &versions, arena, err);
        if (st != ZD_OK || title.n == 0)
            continue;
        given = zd_arena_printf(arena, "=%.*s", (int)title.n, title.p);
        if (!given.p)
            return ZD_FAIL(err, ZD_NOMEM, 0, "no memory left for a title");
        st = touch_title(store, subject, title, arena, touched, err);
        if (st == ZD_OK)
            st = touch_title(store, subject, given, arena, touched, err);
    }
    return st;
}

enum zd_status zd_validity_touch(struct zd_store *store, const struct zd_subject *subject,
                                 int64_t version, struct zd_arena *arena,
                                 struct zd_touched *touched, struct zd_error *err)
{
    struct zd_version v = {0};
    struct zd_version_list list = {0};
    struct zd_document document = {0};
    enum zd_status st = zd_version_get(store, subject, version, arena, &v, err);

    if (st == ZD_OK)
        st = touch_one(touched, version, arena, err);
    if (st == ZD_OK)
        st = zd_document_get(store, subject, v.document, arena, &document, err);
    if (st == ZD_OK)
        st = zd_version_of_document(store, subject, v.document, arena, &list, err);
    if (st == ZD_OK)
        st = touch_list(touched, &list, arena, err);
    if (st == ZD_OK && !document.id_given)
        st = touch_title(store, subject, document.title_key, arena, touched, err);
    if (st == ZD_OK)
        st = touch_targets(store, subject, version, arena, touched, err);
    if (st == ZD_OK)
        st = zd_version_ended_by(store, subject, version, arena, &list, err);
    if (st == ZD_OK)
        st = touch_list(touched, &list, arena, err);
    return st;
}

/* The end found so far. */
struct ending {
    int32_t last_day; /* 0: none */
    enum zd_version_end why;
    int64_t by;
};

/* Ends the day before `day`, where that is earlier than what was found. */
static void end_before(struct ending *ending, int32_t day, enum zd_version_end why, int64_t by)
{
    int32_t last = zd_date_add_days(day, -1);

    if (ending->last_day != 0 && ending->last_day <= last)
        return;
    *ending = (struct ending){last, why, by};
}

/* True where w follows v as a state of one text: by the day of effect, then of issue (published
 * anew before it took effect), then, within a document, by the order of adding. */
static bool follows(const struct zd_version *w, const struct zd_version *v)
{
    if (w->effective == 0 || v->effective == 0)
        return false;
    if (w->effective != v->effective)
        return w->effective > v->effective;
    if (w->issued != 0 && v->issued != 0 && w->issued != v->issued)
        return w->issued > v->issued;
    return w->document == v->document && w->ordinal > v->ordinal;
}

/* Step 2. */
static void end_by_versions(const struct zd_version *v, const struct zd_version_list *versions,
                            struct ending *ending)
{
    for (size_t i = 0; i < versions->n; i++)
        if (follows(&versions->p[i], v))
            end_before(ending, versions->p[i].effective, ZD_END_SUPERSEDED, versions->p[i].key);
}

static enum zd_status end_by_family(struct zd_store *store, const struct zd_subject *subject,
                                    const struct zd_document *document, const struct zd_version *v,
                                    struct zd_arena *arena, struct ending *ending,
                                    struct zd_error *err)
{
    struct zd_document_list documents = {0};
    struct zd_version_list versions = {0};
    enum zd_status st =
        zd_version_of_document(store, subject, document->key, arena, &versions, err);

    if (st != ZD_OK)
        return st;
    end_by_versions(v, &versions, ending);
    if (document->id_given)
        return ZD_OK;
    st = zd_document_with_title(store, subject, document->title_key, MAX_NAMESAKES, arena,
                                &documents, err);
    for (size_t i = 0; st == ZD_OK && i < documents.n; i++) {
        if (documents.p[i].key == document->key || !zd_family_agree(&documents.p[i], document))
            continue;
        st = zd_version_of_document(store, subject, documents.p[i].key, arena, &versions, err);
        if (st == ZD_OK)
            end_by_versions(v, &versions, ending);
    }
    return st;
}

/* Whether a statement that matches by title may be about this document. */
static enum zd_status title_names(struct zd_store *store, const struct zd_subject *subject,
                                  const struct zd_document *document, struct zd_str title,
                                  const struct zd_document *by, struct zd_arena *arena,
                                  bool *ret_names, struct zd_error *err)
{
    struct zd_document_list namesakes = {0};
    enum zd_status st = ZD_OK;
    bool names = (document->region == 0 || by->region == 0 || document->region == by->region) &&
                 zd_family_offices_agree(title, document->issuer_key, by->issuer_key);

    if (names && document->id_given) { /* many lines may share a title: then it names none */
        st = zd_document_with_title(store, subject, document->title_key, 2, arena, &namesakes, err);
        names = namesakes.n == 1;
    }
    if (st == ZD_OK)
        *ret_names = names;
    return st;
}

/* Step 3. */
static enum zd_status end_by_statements(struct zd_store *store, const struct zd_subject *subject,
                                        const struct zd_document *document,
                                        const struct zd_version *v, struct zd_arena *arena,
                                        struct ending *ending, struct zd_error *err)
{
    struct zd_replacement_list list = {0};
    struct zd_str title = document->title_key;
    enum zd_status st;

    if (document->id_given && title.n > 0)
        title = zd_str_cut(title, 1, title.n); /* without the "=" of given ids */
    st = zd_replacement_of(store, subject, title, v->number_key, arena, &list, err);
    for (size_t i = 0; st == ZD_OK && i < list.n; i++) {
        const struct zd_replacement *says = &list.p[i];
        bool by_number = v->number_key.n > 0 && zd_str_eq(says->number_key, v->number_key);
        bool names = by_number;
        struct zd_version w = {0};
        struct zd_document by = {0};

        if (says->version == v->key)
            continue;
        st = zd_version_get(store, subject, says->version, arena, &w, err);
        if (st == ZD_OK)
            st = zd_document_get(store, subject, w.document, arena, &by, err);
        if (st == ZD_OK && !by_number)
            st = title_names(store, subject, document, title, &by, arena, &names, err);
        if (st == ZD_OK && names && w.effective != 0 &&
            (w.effective > v->effective || (by_number && w.effective == v->effective)))
            end_before(ending, w.effective,
                       says->repeals_only ? ZD_END_REPEALED : ZD_END_SUPERSEDED, w.key);
    }
    return st;
}

static enum zd_status settle_one(struct zd_store *store, const struct zd_subject *subject,
                                 const struct zd_version *v, struct zd_arena *arena,
                                 zd_validity_fn fn, void *context, struct zd_error *err)
{
    struct zd_document document = {0};
    struct ending ending = {v->expires, v->expires ? ZD_END_EXPIRED : ZD_END_NONE, 0};
    enum zd_status st = zd_document_get(store, subject, v->document, arena, &document, err);

    if (st == ZD_OK)
        st = end_by_family(store, subject, &document, v, arena, &ending, err);
    if (st == ZD_OK)
        st = end_by_statements(store, subject, &document, v, arena, &ending, err);
    if (st != ZD_OK || (v->valid_from == v->effective && v->valid_to == ending.last_day &&
                        v->end == ending.why && v->superseded_by == ending.by))
        return st;
    st = zd_version_set_validity(store, subject, v->key, v->effective, ending.last_day, ending.why,
                                 ending.by, err);
    if (st == ZD_OK && (v->valid_from != v->effective || v->valid_to != ending.last_day))
        st = fn(context, v->key, v->effective, ending.last_day, err);
    return st;
}

enum zd_status zd_validity_settle(struct zd_store *store, const struct zd_subject *subject,
                                  const struct zd_touched *touched, struct zd_arena *arena,
                                  zd_validity_fn fn, void *context, struct zd_error *err)
{
    for (size_t i = 0; i < touched->n; i++) {
        struct zd_version v = {0};
        enum zd_status st = zd_version_get(store, subject, touched->p[i], arena, &v, err);

        if (st == ZD_NOT_FOUND)
            continue;
        if (st == ZD_OK)
            st = settle_one(store, subject, &v, arena, fn, context, err);
        if (st != ZD_OK)
            return st;
    }
    return ZD_OK;
}
