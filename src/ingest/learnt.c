/* learnt.c: see learnt.h. */
#include "ingest/learnt.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "store/subject.h"

#define PATH_MAX_BYTES 4096
#define ARENA_BYTES 65536

static const char model_setting[] = "model", vectors_setting[] = "vectors";

/* A short setting into out[max]; "" where it is not set. */
static enum zd_status read_setting(struct zd_store *store, const char *name, char *out, size_t max,
                                   struct zd_error *err)
{
    struct zd_arena *arena = zd_arena_new(ARENA_BYTES);
    struct zd_str value = {0};
    enum zd_status st;

    if (!arena)
        return ZD_FAIL(err, ZD_NOMEM, 0, "no memory left for a setting");
    st = zd_setting_get(store, zd_subject_owner(), zd_str_c(name), arena, &value, err);
    if (st == ZD_OK)
        (void)snprintf(out, max, "%.*s", (int)(value.n < max ? value.n : max - 1),
                       value.p ? value.p : "");
    zd_arena_free(arena);
    return st;
}

enum zd_status zd_learnt_name(struct zd_store *store, char *ret_name, struct zd_error *err)
{
    return read_setting(store, model_setting, ret_name, ZD_LEARNT_NAME_MAX_BYTES, err);
}

static bool is_plain_name(const char *name)
{
    const size_t n = strlen(name);

    return n < ZD_LEARNT_NAME_MAX_BYTES && name[0] != '.' && !strchr(name, '/');
}

enum zd_status zd_learnt_set_name(struct zd_store *store, const char *name, struct zd_error *err)
{
    if (!is_plain_name(name))
        return ZD_FAIL(err, ZD_INVALID, 0, "%s is no name of a model", name);
    return zd_setting_set(store, zd_subject_owner(), zd_str_c(model_setting), zd_str_c(name), err);
}

enum zd_status zd_learnt_vectors(struct zd_store *store, uint64_t *ret_fingerprint,
                                 struct zd_error *err)
{
    char text[ZD_LEARNT_NAME_MAX_BYTES] = "";
    enum zd_status st = read_setting(store, vectors_setting, text, sizeof text, err);

    if (st == ZD_OK)
        *ret_fingerprint = strtoull(text, NULL, 16);
    return st;
}

enum zd_status zd_learnt_set_vectors(struct zd_store *store, uint64_t fingerprint,
                                     struct zd_error *err)
{
    char text[17];

    (void)snprintf(text, sizeof text, "%016" PRIx64, fingerprint);
    return zd_setting_set(store, zd_subject_owner(), zd_str_c(vectors_setting), zd_str_c(text),
                          err);
}

enum zd_status zd_learnt_open(struct zd_store *store, const char *dir, struct zd_model **ret_model,
                              bool *ret_fallback, struct zd_error *err)
{
    struct zd_buf path = {.max = PATH_MAX_BYTES};
    char name[ZD_LEARNT_NAME_MAX_BYTES] = "";
    enum zd_status st = zd_learnt_name(store, name, err);

    if (ret_fallback)
        *ret_fallback = false;
    if (st != ZD_OK)
        return st;
    if (name[0] == '\0')
        return zd_model_base(ret_model, err);
    zd_buf_printf(&path, "%s/models/%s", dir, name);
    st = zd_buf_check(&path, "the path of the model", err);
    if (st == ZD_OK)
        st = is_plain_name(name) ? zd_model_open(zd_buf_cstr(&path), ret_model, err) : ZD_CORRUPT;
    zd_buf_done(&path);
    if (st != ZD_NOT_FOUND && st != ZD_CORRUPT)
        return st;
    if (ret_fallback)
        *ret_fallback = true;
    return zd_model_base(ret_model, err);
}
