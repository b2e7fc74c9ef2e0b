/* document_json: a document and its versions as the contract's JSON, for `show --json` and
 * `list --json`, and which version stands for a document. */
#ifndef ZD_DESK_DOCUMENT_JSON_H
#define ZD_DESK_DOCUMENT_JSON_H

#include <jansson.h>

#include "store/document.h"
#include "store/version.h"

/* The version that stands on a day: the newest in force, else the newest; NULL for an empty list.
 * Borrowed. */
const struct zd_version *zd_document_standing(const struct zd_version_list *versions, int32_t on);

/* How well a version could be read, as it is stored; null where that is not known (added by an older
 * program). NULL when memory ends. */
json_t *zd_reading_json(const struct zd_version *version);

/* {"id","title","versions":[{"version","title","issuer","number","issued","effective","expires",
 * "valid_from","valid_to","status","superseded_by","source","format","encoding","chars",
 * "sha256","warnings","copies","reading"}]}, newest version first; only the one that stands today (in force, else
 * the newest) unless all_versions. `on` is the day that "status" is for. The caller ends
 * *ret_json with json_decref. Errors: the store's; ZD_NOMEM. */
enum zd_status zd_document_json(struct zd_store *store, const struct zd_subject *subject,
                                const struct zd_document *document, bool all_versions, int32_t on,
                                struct zd_arena *arena, json_t **ret_json,
                                struct zd_error *err) ZD_MUST_USE;

#endif
