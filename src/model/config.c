/* config: what gateway.db says, read whole (see model_private.h). */
#include <string.h>

#include "base/seal.h"
#include "model/model_private.h"

#define ARENA_MAX_BYTES ((size_t)64 << 20)

/* The first bytes of a SHA-256 are as good as any other hash. */
static size_t slot_of(const struct zd_model__config *config, const uint8_t *hash)
{
    size_t h;

    memcpy(&h, hash, sizeof h);
    return h & (config->n_slots - 1);
}

static enum zd_status index_keys(struct zd_model__config *config, struct zd_error *err)
{
    config->n_slots = 16;
    while (config->n_slots < config->keys.n * 2)
        config->n_slots *= 2;
    config->key_slots = zd_arena_array(config->arena, config->n_slots, sizeof *config->key_slots);
    if (!config->key_slots)
        return ZD_FAIL(err, ZD_NOMEM, 0, "no memory left for the keys of the gateway");
    for (size_t i = 0; i < config->keys.n; i++) {
        size_t slot = slot_of(config, config->keys.p[i].hash);

        while (config->key_slots[slot] != 0)
            slot = (slot + 1) & (config->n_slots - 1);
        config->key_slots[slot] = (uint32_t)i + 1;
    }
    return ZD_OK;
}

const struct zd_api_key *zd_model__config_key(const struct zd_model__config *config,
                                              const uint8_t hash[ZD_SHA256_BYTES])
{
    size_t slot = slot_of(config, hash);

    for (; config->key_slots[slot] != 0; slot = (slot + 1) & (config->n_slots - 1)) {
        const struct zd_api_key *key = &config->keys.p[config->key_slots[slot] - 1];

        if (zd_equal_secret(key->hash, hash, sizeof key->hash))
            return key;
    }
    return NULL;
}

const struct zd_desk_row *zd_model__config_desk(const struct zd_model__config *config,
                                                struct zd_str name)
{
    for (size_t i = 0; i < config->desks.n; i++)
        if (zd_str_eq(config->desks.p[i].name, name))
            return &config->desks.p[i];
    return NULL;
}

/* "Bearer …" of a sealed secret. */
static enum zd_status open_secret(struct zd_model__config *config, const uint8_t *seal_key,
                                  const struct zd_backend *backend,
                                  struct zd_str *ret_authorization, struct zd_error *err)
{
    struct zd_buf line = {.max = 4096};
    enum zd_status st;

    if (backend->secret.n == 0)
        return ZD_OK;
    zd_buf_c(&line, "Bearer ");
    st = zd_unseal(seal_key, backend->name, zd_str_bytes(backend->secret), &line, err);
    if (st == ZD_OK) {
        *ret_authorization = zd_arena_str(config->arena, zd_buf_view(&line));
        if (!ret_authorization->p)
            st = ZD_FAIL(err, ZD_NOMEM, 0, "no memory left for the secret of a backend");
    }
    if (line.p)
        zd_wipe(line.p, line.cap);
    zd_buf_done(&line);
    return st;
}

static enum zd_status make_offer(struct zd_model__config *config, const uint8_t *seal_key, size_t i,
                                 struct zd_error *err)
{
    struct zd_model__offer *offer = &config->offers[i];
    struct zd_str base;
    enum zd_status st;

    offer->model = &config->models.p[i];
    for (size_t b = 0; b < config->backends.n; b++)
        if (config->backends.p[b].key == offer->model->backend_key)
            offer->backend = &config->backends.p[b];
    if (!offer->backend)
        return ZD_FAIL(err, ZD_CORRUPT, 0, "a model without its backend");
    offer->profile = zd_profile_find(offer->backend->profile);
    if (!offer->profile)
        return ZD_FAIL(err, ZD_CORRUPT, 0, "a backend of an unknown profile");
    st = zd_egress_url_read(offer->backend->url, config->arena, &offer->url, err);
    if (st != ZD_OK)
        return st;
    base = offer->backend->url;
    while (base.n > 0 && base.p[base.n - 1] == '/')
        base.n--;
    offer->base = zd_arena_str(config->arena, base);
    if (!offer->base.p)
        return ZD_FAIL(err, ZD_NOMEM, 0, "no memory left for the backends");
    return open_secret(config, seal_key, offer->backend, &offer->authorization, err);
}

enum zd_status zd_model__config_read(struct zd_store *store, const uint8_t *seal_key,
                                     struct zd_model__config **ret_config, struct zd_error *err)
{
    const struct zd_subject *owner = zd_subject_owner();
    struct zd_model__config *config = zd_alloc(sizeof *config);
    enum zd_status st;

    if (!config)
        return ZD_FAIL(err, ZD_NOMEM, 0, "no memory left to read the gateway's settings");
    config->arena = zd_arena_new(ARENA_MAX_BYTES);
    if (config->arena)
        st = zd_store_begin(store, err);
    else
        st = ZD_FAIL(err, ZD_NOMEM, 0, "no memory left to read the gateway's settings");
    if (st == ZD_OK)
        st = zd_backend_list(store, owner, config->arena, &config->backends, err);
    if (st == ZD_OK)
        st = zd_model_list(store, owner, config->arena, &config->models, err);
    if (st == ZD_OK)
        st = zd_desk_rows(store, owner, config->arena, &config->desks, err);
    if (st == ZD_OK)
        st = zd_api_key_list(store, owner, config->arena, &config->keys, err);
    if (st == ZD_OK)
        st = zd_quota_list(store, owner, config->arena, &config->quotas, err);
    zd_store_abort(store);
    if (st == ZD_OK)
        st = index_keys(config, err);
    if (st == ZD_OK) {
        config->offers =
            zd_arena_array(config->arena, config->models.n + 1, sizeof *config->offers);
        if (!config->offers)
            st = ZD_FAIL(err, ZD_NOMEM, 0, "no memory left for the models");
    }
    for (size_t i = 0; st == ZD_OK && i < config->models.n; i++)
        st = make_offer(config, seal_key, i, err);
    if (st != ZD_OK) {
        zd_model__config_free(config);
        return st;
    }
    *ret_config = config;
    return ZD_OK;
}

void zd_model__config_free(struct zd_model__config *config)
{
    if (!config)
        return;
    for (size_t i = 0; config->offers && i < config->models.n; i++) {
        struct zd_str secret = config->offers[i].authorization;
        char *p;

        memcpy(&p, &secret.p, sizeof p); /* the arena is ours, the view says const */
        if (p)
            zd_wipe(p, secret.n);
    }
    zd_arena_free(config->arena);
    zd_free(config);
}
