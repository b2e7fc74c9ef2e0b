/* probe: asks a backend that has failed whether it can be reached again.
 *
 * While the breaker of a backend is open, its list of models is asked for every probe_ms: that costs
 * no tokens. As long as nothing answers, nobody's request is used to find out, however long ago the
 * breaker opened; when the list comes, one exchange may try at once, and its success closes the
 * breaker (route.c). A backend that is well is not asked: its requests say more, and an office whose
 * models rest sends nothing out. Engines of ours are watched by engine.c. */
#include "base/date.h"
#include "model/model_private.h"

static void on_probe_head(void *context, const struct zd_upstream_head *head)
{
    ((struct zd_model__probe *)context)->status = head->status;
}

static bool on_probe_bytes(void *context, struct zd_bytes bytes)
{
    (void)context;
    (void)bytes;
    return true;
}

static void on_probe_end(void *context, enum zd_upstream_result result)
{
    struct zd_model__probe *probe = context;
    struct zd_model__health *health = zd_model__health_of(probe->gateway, probe->key);
    const uint64_t now = zd_clock_mono_us();

    probe->call = NULL;
    if (!health || health->open_until_us == 0)
        return;
    health->is_away = result != ZD_UPSTREAM_DONE || probe->status >= 500;
    if (!health->is_away && probe->status < 300 && health->open_until_us > now)
        health->open_until_us = now; /* half open */
}

static const struct zd_model__offer *offer_of(const struct zd_model__config *config, int64_t key)
{
    for (size_t i = 0; i < config->models.n; i++)
        if (config->offers[i].backend->key == key)
            return &config->offers[i];
    return NULL;
}

static void ask(struct zd_model__probe *probe, const struct zd_model__offer *offer)
{
    struct zd_buf url = {.max = 2048};
    struct zd_upstream_request request = {
        .place = offer->backend->place,
        .authorization = offer->authorization.p,
        .clocks = {.connect_ms = 2000, .first_byte_ms = 4000, .gap_ms = 4000, .total_ms = 8000},
        .context = probe,
        .on_head = on_probe_head,
        .on_bytes = on_probe_bytes,
        .on_end = on_probe_end,
    };

    probe->status = 0;
    zd_buf_str(&url, offer->base);
    zd_buf_c(&url, offer->profile->health);
    request.url = zd_buf_cstr(&url);
    if (request.url &&
        zd_upstream_start(probe->gateway->upstream, &request, &probe->call, NULL) != ZD_OK)
        probe->call = NULL; /* the next time */
    zd_buf_done(&url);
}

void zd_model__probes_tick(struct zd_gateway *gateway, uint64_t now_us)
{
    for (size_t i = 0; i < ZD_COUNT(gateway->health); i++) {
        struct zd_model__health *health = &gateway->health[i];
        struct zd_model__probe *probe = &gateway->probes[i];
        const struct zd_model__offer *offer;

        if (health->key == 0 || health->open_until_us == 0) {
            health->is_away = false;
            continue;
        }
        offer = offer_of(gateway->config, health->key);
        if (probe->call || now_us < probe->next_us || !offer || offer->backend->command.n > 0)
            continue;
        probe->gateway = gateway;
        probe->key = health->key;
        probe->next_us = now_us + gateway->limits.probe_ms * 1000ull;
        ask(probe, offer);
    }
}

void zd_model__probes_stop(struct zd_gateway *gateway)
{
    for (size_t i = 0; i < ZD_COUNT(gateway->probes); i++) {
        zd_upstream_cancel(gateway->probes[i].call);
        gateway->probes[i].call = NULL;
    }
}
