/* document_json.c: see document_json.h. */
#include "desk/document_json.h"

#include "store/sketch.h"

#include "base/json.h"

/* "ID#3" of the version that ended this one; "" for none or one the subject may not see. */
static enum zd_status successor_name(struct zd_store *store, const struct zd_subject *subject,
                                     int64_t key, struct zd_arena *arena, struct zd_str *ret_name,
                                     struct zd_error *err)
{
    struct zd_version version = {0};
    struct zd_document document = {0};
    enum zd_status st = ZD_NOT_FOUND;

    *ret_name = ZD_STR("");
    if (key)
        st = zd_version_get(store, subject, key, arena, &version, err);
    if (st == ZD_OK)
        st = zd_document_get(store, subject, version.document, arena, &document, err);
    if (st == ZD_NOT_FOUND)
        return ZD_OK;
    if (st != ZD_OK)
        return st;
    *ret_name =
        zd_arena_printf(arena, "%.*s#%u", (int)document.id.n, document.id.p, version.ordinal);
    return ret_name->p ? ZD_OK : ZD_FAIL(err, ZD_NOMEM, 0, "out of memory for a document");
}

json_t *zd_reading_json(const struct zd_version *version)
{
    json_t *o = NULL;

    if (version->reading.n == 0 || zd_json_parse(version->reading, &o, NULL) != ZD_OK)
        return json_null();
    return o;
}

/* An array of the lines; NULL when memory ends. */
static json_t *lines_json(struct zd_str lines)
{
    json_t *array = json_array();

    while (array && lines.n > 0) {
        size_t end = zd_str_find(lines, ZD_STR("\n"), 0);

        end = end == SIZE_MAX ? lines.n : end;
        if (json_array_append_new(array, json_stringn(lines.p, end)) != 0) {
            json_decref(array);
            return NULL;
        }
        lines = zd_str_cut(lines, end + 1, lines.n);
    }
    return array;
}

/* NULL when memory ends. */
static json_t *version_json(const struct zd_version *v, struct zd_str successor,
                            struct zd_str copies, int32_t on)
{
    char hash[2 * ZD_SHA256_BYTES + 1];
    json_t *o = json_object();
    bool ok =
        zd_json_set_count(o, "version", v->ordinal) && zd_json_set_str(o, "title", v->title) &&
        zd_json_set_str(o, "issuer", v->issuer) && zd_json_set_str(o, "number", v->number) &&
        zd_json_set_date(o, "issued", v->issued) &&
        zd_json_set_date(o, "effective", v->effective) &&
        zd_json_set_date(o, "expires", v->expires) &&
        zd_json_set_date(o, "valid_from", v->valid_from) &&
        zd_json_set_date(o, "valid_to", v->valid_to) &&
        zd_json_set_str(o, "status", zd_str_c(zd_validity_word(zd_version_validity(v, on)))) &&
        zd_json_set_str(o, "superseded_by", successor) && zd_json_set_str(o, "source", v->source) &&
        zd_json_set_str(o, "format", v->format) && zd_json_set_str(o, "encoding", v->encoding) &&
        zd_json_set_count(o, "chars", v->n_chars) &&
        zd_json_set_str(o, "sha256", zd_str_c(zd_hex(v->raw_hash, sizeof v->raw_hash, hash))) &&
        zd_json_set_str(o, "warnings", v->warnings) &&
        zd_json_set_new(o, "copies", lines_json(copies)) &&
        zd_json_set_new(o, "reading", zd_reading_json(v));

    if (ok)
        return o;
    json_decref(o);
    return NULL;
}

const struct zd_version *zd_document_standing(const struct zd_version_list *versions, int32_t on)
{
    for (size_t i = versions->n; i-- > 0;)
        if (zd_version_validity(&versions->p[i], on) == ZD_IN_FORCE)
            return &versions->p[i];
    return versions->n ? &versions->p[versions->n - 1] : NULL;
}

static enum zd_status append_version(struct zd_store *store, const struct zd_subject *subject,
                                     const struct zd_version *version, int32_t on,
                                     struct zd_arena *arena, json_t *array, struct zd_error *err)
{
    struct zd_str successor, copies = {"", 0};
    enum zd_status st =
        successor_name(store, subject, version->superseded_by, arena, &successor, err);

    if (st == ZD_OK)
        st = zd_same_file_sources(store, subject, version->key, arena, &copies, err);
    if (st != ZD_OK)
        return st;
    if (json_array_append_new(array, version_json(version, successor, copies, on)) != 0)
        return ZD_FAIL(err, ZD_NOMEM, 0, "out of memory for a document");
    return ZD_OK;
}

enum zd_status zd_document_json(struct zd_store *store, const struct zd_subject *subject,
                                const struct zd_document *document, bool all_versions, int32_t on,
                                struct zd_arena *arena, json_t **ret_json, struct zd_error *err)
{
    struct zd_version_list versions = {0};
    json_t *o = json_object(), *array = json_array();
    enum zd_status st =
        zd_version_of_document(store, subject, document->key, arena, &versions, err);

    if (st == ZD_OK && !(zd_json_set_str(o, "id", document->id) &&
                         zd_json_set_str(o, "title", document->title) && array))
        st = ZD_FAIL(err, ZD_NOMEM, 0, "out of memory for a document");
    for (size_t i = versions.n; i-- > 0 && st == ZD_OK;)
        if (all_versions || &versions.p[i] == zd_document_standing(&versions, on))
            st = append_version(store, subject, &versions.p[i], on, arena, array, err);
    if (st == ZD_OK && json_object_set(o, "versions", array) != 0)
        st = ZD_FAIL(err, ZD_NOMEM, 0, "out of memory for a document");
    json_decref(array);
    if (st == ZD_OK)
        *ret_json = o;
    else
        json_decref(o);
    return st;
}
