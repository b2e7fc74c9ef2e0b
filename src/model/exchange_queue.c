/* exchange_queue: places at backends, and who waits for one. */
#include "model/exchange_private.h"

#include "base/date.h"

void zd_model__wait_leave(struct zd_exchange *exchange)
{
    struct zd_gateway *gateway = exchange->gateway;

    if (!exchange->is_waiting_list)
        return;
    if (exchange->wait_prev)
        exchange->wait_prev->wait_next = exchange->wait_next;
    else
        gateway->waiting_first = exchange->wait_next;
    if (exchange->wait_next)
        exchange->wait_next->wait_prev = exchange->wait_prev;
    else
        gateway->waiting_last = exchange->wait_prev;
    exchange->wait_prev = exchange->wait_next = NULL;
    exchange->is_waiting_list = false;
    gateway->n_waiting--;
}

void zd_model__wait_enter(struct zd_exchange *exchange)
{
    struct zd_gateway *gateway = exchange->gateway;

    exchange->phase = PHASE_WAITING;
    if (exchange->is_waiting_list)
        return;
    exchange->wait_prev = gateway->waiting_last;
    exchange->wait_next = NULL;
    if (gateway->waiting_last)
        gateway->waiting_last->wait_next = exchange;
    else
        gateway->waiting_first = exchange;
    gateway->waiting_last = exchange;
    exchange->is_waiting_list = true;
    gateway->n_waiting++;
}

struct zd_model__health *zd_model__health_at(const struct zd_exchange *exchange, size_t i)
{
    return zd_model__health_of(exchange->gateway, exchange->offers[i]->backend->key);
}

static bool has_place(const struct zd_exchange *exchange, size_t i, uint64_t now_us)
{
    const struct zd_model__health *health = zd_model__health_at(exchange, i);

    return health && !zd_model__is_open(health, now_us) &&
           health->n_running < exchange->offers[i]->backend->max_parallel;
}

/* The next candidate from `at` on that has a place and is well; SIZE_MAX: none now. */
size_t zd_model__place_for(const struct zd_exchange *exchange, uint64_t now_us)
{
    for (size_t i = exchange->at; i < exchange->n_offers; i++)
        if (has_place(exchange, i, now_us))
            return i;
    return SIZE_MAX;
}

/* True when every candidate is left alone for longer than anybody should wait. */
bool zd_model__is_hopeless(const struct zd_exchange *exchange, uint64_t now_us)
{
    for (size_t i = exchange->at; i < exchange->n_offers; i++) {
        const struct zd_model__health *health = zd_model__health_at(exchange, i);

        if (health && !health->is_away && health->open_until_us <= now_us &&
            health->rest_until_us <= now_us + ZD_MODEL__LONGEST_REST_MS * 1000ull)
            return false;
    }
    return true;
}

/* The exchange's department was served now. */
void zd_model__take_turn(struct zd_exchange *exchange)
{
    struct zd_model__account *department = exchange->reservation.accounts[ZD_QUOTA_DEPARTMENT];

    if (department)
        department->turn = ++exchange->gateway->turn;
}

/* A place became free: of those who could use one, the first of the department that was served
 * longest ago. */
void zd_model__serve_waiting(struct zd_gateway *gateway)
{
    uint64_t now = zd_clock_mono_us();
    struct zd_exchange *best;

    do {
        uint64_t turn = UINT64_MAX;

        best = NULL;
        for (struct zd_exchange *e = gateway->waiting_first; e; e = e->wait_next) {
            const struct zd_model__account *department =
                e->reservation.accounts[ZD_QUOTA_DEPARTMENT];

            if (e->not_before_us <= now && !e->fails_soon && department &&
                department->turn < turn && zd_model__place_for(e, now) != SIZE_MAX) {
                best = e;
                turn = department->turn;
            }
        }
        if (best)
            zd_model__exchange_try(best);
    } while (best);
}

void zd_model__release_place(struct zd_exchange *exchange)
{
    if (!exchange->health)
        return;
    exchange->health->is_trying = false;
    exchange->health->n_running--;
    exchange->health = NULL;
}
