/* api_key: queries over the api_key table, and the making of secrets. */
#include "store/api_key.h"

#include <string.h>

#include "base/date.h"
#include "base/seal.h"
#include "store/store_private.h"

#define PREFIX_BYTES (sizeof ZD_API_KEY_PREFIX - 1)

bool zd_api_key_hash(struct zd_str secret, uint8_t ret_hash[ZD_SHA256_BYTES])
{
    if (secret.n != ZD_API_KEY_TEXT_BYTES - 1 || !zd_str_starts(secret, ZD_STR(ZD_API_KEY_PREFIX)))
        return false;
    return zd_sha256(zd_str_bytes(secret), ret_hash, NULL) == ZD_OK;
}

static enum zd_status make_secret(char secret[ZD_API_KEY_TEXT_BYTES], uint8_t hash[ZD_SHA256_BYTES],
                                  struct zd_error *err)
{
    uint8_t random[32];
    enum zd_status st = zd_random(random, sizeof random, err);

    if (st != ZD_OK)
        return st;
    memcpy(secret, ZD_API_KEY_PREFIX, PREFIX_BYTES);
    (void)zd_hex(random, sizeof random, secret + PREFIX_BYTES);
    zd_wipe(random, sizeof random);
    return zd_sha256(zd_str_bytes(zd_str_c(secret)), hash, err);
}

/* The number of keys, and whether the desk is there. */
static enum zd_status check_room(struct zd_store *store, struct zd_str desk, struct zd_error *err)
{
    static const char sql[] = "SELECT (SELECT count(*) FROM api_key),"
                              " (SELECT count(*) FROM desk WHERE name = ?)";
    struct zd_query q = {0};
    int64_t n = 0, n_desks = 0;
    bool row = false;
    enum zd_status st = zd_store__prepare(store, sql, &q, err);

    if (st != ZD_OK)
        return st;
    zd_query__str(&q, desk);
    st = zd_query__row(&q, &row, err);
    if (st == ZD_OK && row) {
        n = zd_query__get_int(&q);
        n_desks = zd_query__get_int(&q);
    }
    zd_query__done(&q);
    if (st == ZD_OK && n_desks == 0)
        st = ZD_FAIL(err, ZD_INVALID, 0, "there is no desk of this name");
    if (st == ZD_OK && n >= ZD_API_KEY_MAX)
        st = ZD_FAIL(err, ZD_LIMIT, 0, "an office has at most %d keys", ZD_API_KEY_MAX);
    return st;
}

enum zd_status zd_api_key_new(struct zd_store *store, const struct zd_subject *subject,
                              const struct zd_api_key *key, char ret_secret[ZD_API_KEY_TEXT_BYTES],
                              char ret_id[ZD_ID_TEXT_BYTES], struct zd_error *err)
{
    static const char sql[] = "INSERT INTO api_key(id, hash, name, department, desk, scope,"
                              " data_class, expires, revoked, created)"
                              " VALUES(?, ?, ?, ?, ?, ?, ?, ?, 0, ?)";
    char secret[ZD_API_KEY_TEXT_BYTES], id[ZD_ID_TEXT_BYTES];
    uint8_t hash[ZD_SHA256_BYTES];
    struct zd_query q = {0};
    enum zd_status st = zd_store__may_write(store, subject, err);

    if (st == ZD_OK)
        st = check_room(store, key->desk, err);
    if (st == ZD_OK)
        st = zd_id_new(id, err);
    if (st == ZD_OK)
        st = make_secret(secret, hash, err);
    if (st == ZD_OK)
        st = zd_store__prepare(store, sql, &q, err);
    if (st != ZD_OK)
        return st;
    zd_query__str(&q, zd_str_c(id));
    zd_query__bytes(&q, (struct zd_bytes){hash, sizeof hash});
    zd_query__str(&q, key->name);
    zd_query__str(&q, key->department);
    zd_query__str(&q, key->desk);
    zd_query__int(&q, key->scope);
    zd_query__int(&q, key->data_class);
    zd_query__int(&q, key->expires);
    zd_query__int(&q, zd_clock_wall_us());
    st = zd_query__run(&q, err);
    if (st == ZD_OK) {
        memcpy(ret_secret, secret, sizeof secret);
        memcpy(ret_id, id, sizeof id);
    }
    zd_wipe(secret, sizeof secret);
    return st;
}

enum zd_status zd_api_key_revoke(struct zd_store *store, const struct zd_subject *subject,
                                 struct zd_str id, struct zd_error *err)
{
    static const char sql[] = "UPDATE api_key SET revoked = iif(revoked = 0, ?, revoked)"
                              " WHERE id = ? RETURNING key";
    struct zd_query q = {0};
    bool row = false;
    enum zd_status st = zd_store__may_write(store, subject, err);

    if (st == ZD_OK)
        st = zd_store__prepare(store, sql, &q, err);
    if (st != ZD_OK)
        return st;
    zd_query__int(&q, zd_clock_wall_us());
    zd_query__str(&q, id);
    st = zd_query__row(&q, &row, err);
    if (st == ZD_OK && row)
        st = zd_query__row(&q, &(bool){false}, err);
    zd_query__done(&q);
    if (st == ZD_OK && !row)
        return ZD_FAIL(err, ZD_NOT_FOUND, 0, "there is no key of this id");
    return st;
}

static void key_read(struct zd_query *q, struct zd_arena *arena, struct zd_api_key *k)
{
    k->id = zd_query__get_str(q, arena);
    zd_query__get_bytes(q, k->hash, sizeof k->hash);
    k->name = zd_query__get_str(q, arena);
    k->department = zd_query__get_str(q, arena);
    k->desk = zd_query__get_str(q, arena);
    k->scope = (uint32_t)zd_query__get_int(q);
    k->data_class = (enum zd_data_class)zd_query__get_int(q);
    k->expires = zd_query__get_int(q);
    k->revoked = zd_query__get_int(q);
    k->created = zd_query__get_int(q);
}

enum zd_status zd_api_key_list(struct zd_store *store, const struct zd_subject *subject,
                               struct zd_arena *arena, struct zd_api_key_list *ret_list,
                               struct zd_error *err)
{
    static const char sql[] = "SELECT id, hash, name, department, desk, scope, data_class, expires,"
                              " revoked, created FROM api_key ORDER BY key";
    struct zd_api_key_list list = {.p = zd_arena_array(arena, ZD_API_KEY_MAX, sizeof *list.p)};
    struct zd_query q = {0};
    bool row = false;
    enum zd_status st = zd_store__is_owner(subject, err);

    if (st == ZD_OK && !list.p)
        st = ZD_FAIL(err, ZD_NOMEM, 0, "no memory left to list the keys");
    if (st == ZD_OK)
        st = zd_store__prepare(store, sql, &q, err);
    if (st != ZD_OK)
        return st;
    while ((st = zd_query__row(&q, &row, err)) == ZD_OK && row && list.n < ZD_API_KEY_MAX)
        key_read(&q, arena, &list.p[list.n++]);
    zd_query__done(&q);
    if (st == ZD_OK && zd_arena_overflowed(arena))
        st = ZD_FAIL(err, ZD_NOMEM, 0, "no memory left to list the keys");
    if (st == ZD_OK)
        *ret_list = list;
    return st;
}
