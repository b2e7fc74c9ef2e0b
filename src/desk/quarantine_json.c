/* quarantine_json.c: see quarantine_json.h. */
#include "desk/quarantine_json.h"

#include "base/json.h"

json_t *zd_quarantined_json(const struct zd_quarantined *file)
{
    char hash[2 * ZD_SHA256_BYTES + 1];
    json_t *o = json_object();

    if (zd_json_set_str(o, "id", file->id) && zd_json_set_str(o, "name", file->name) &&
        zd_json_set_str(o, "level", file->level) && zd_json_set_str(o, "mark", file->mark) &&
        zd_json_set_str(o, "place", file->place) &&
        zd_json_set_new(o, "page", file->page ? json_integer(file->page) : json_null()) &&
        zd_json_set_str(o, "sha256",
                        zd_str_c(zd_hex(file->raw_hash, sizeof file->raw_hash, hash))) &&
        zd_json_set_str(o, "who", file->who) && zd_json_set_count(o, "times", file->n_times) &&
        zd_json_set_count(o, "first", (uint64_t)file->first_us) &&
        zd_json_set_count(o, "last", (uint64_t)file->last_us) &&
        zd_json_set_str(o, "released_by", file->released_by) &&
        zd_json_set_count(o, "released", (uint64_t)file->released_us))
        return o;
    json_decref(o);
    return NULL;
}
