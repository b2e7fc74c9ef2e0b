/* guest.c: how many connections each address has.
 *
 * A chained table by address, seeded so that nobody can choose addresses that collide. An IPv6
 * client owns a /64, so its last 64 bits do not count. Only the loop is here.
 */
#include <string.h>

#include "http/server_private.h"

struct zd_http_guest {
    struct zd_http_guest *next;
    uint8_t key[16];
    uint32_t n;
};

static void key_of(const struct sockaddr_storage *address, uint8_t ret_key[16])
{
    memset(ret_key, 0, 16);
    if (address->ss_family == AF_INET) {
        const struct sockaddr_in *v4 = (const void *)address;

        ret_key[10] = ret_key[11] = 0xff;
        memcpy(ret_key + 12, &v4->sin_addr, 4);
    } else if (address->ss_family == AF_INET6) {
        const struct sockaddr_in6 *v6 = (const void *)address;

        if (IN6_IS_ADDR_V4MAPPED(&v6->sin6_addr))
            memcpy(ret_key, &v6->sin6_addr, 16);
        else
            memcpy(ret_key, &v6->sin6_addr, 8);
    }
}

static struct zd_http_guest **slot_of(struct zd_http_server *server, const uint8_t key[16])
{
    uint64_t h = zd_hash64((struct zd_bytes){key, 16}, server->guest_seed);
    struct zd_http_guest **slot = &server->guests[h % ZD_HTTP_GUEST_BUCKETS];

    while (*slot && memcmp((*slot)->key, key, 16) != 0)
        slot = &(*slot)->next;
    return slot;
}

struct zd_http_guest *zd_http__guest_enter(struct zd_http_server *server,
                                           const struct sockaddr_storage *address, bool *ret_full)
{
    struct zd_http_guest **slot, *guest;
    uint8_t key[16];

    key_of(address, key);
    slot = slot_of(server, key);
    guest = *slot;
    if (!guest) {
        guest = zd_alloc(sizeof *guest);
        if (!guest)
            return NULL;
        memcpy(guest->key, key, 16);
        *slot = guest;
    }
    if (guest->n >= server->config.max_per_address) {
        *ret_full = true;
        return NULL;
    }
    guest->n++;
    return guest;
}

void zd_http__guest_leave(struct zd_http_server *server, struct zd_http_guest *guest)
{
    struct zd_http_guest **slot;

    if (--guest->n > 0)
        return;
    slot = slot_of(server, guest->key);
    *slot = guest->next;
    zd_free(guest);
}
