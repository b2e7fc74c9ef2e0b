/* egress: see egress.h. */
#include "model/egress.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>

#include "model/profile.h"

enum range { RANGE_NEVER, RANGE_PRIVATE, RANGE_PUBLIC };

static const struct {
    uint32_t base;
    int bits;
    enum range range;
} v4_ranges[] = {
    {0x00000000, 8, RANGE_NEVER},   {0x0a000000, 8, RANGE_PRIVATE}, {0x64400000, 10, RANGE_PRIVATE},
    {0x7f000000, 8, RANGE_PRIVATE}, {0xa9fe0000, 16, RANGE_NEVER},  {0xac100000, 12, RANGE_PRIVATE},
    {0xc0000000, 24, RANGE_NEVER},  {0xc0000200, 24, RANGE_NEVER},  {0xc0a80000, 16, RANGE_PRIVATE},
    {0xc6120000, 15, RANGE_NEVER},  {0xc6336400, 24, RANGE_NEVER},  {0xcb007100, 24, RANGE_NEVER},
    {0xe0000000, 3, RANGE_NEVER},
};

static enum range range_v4(uint32_t address)
{
    for (size_t i = 0; i < ZD_COUNT(v4_ranges); i++)
        if ((address ^ v4_ranges[i].base) >> (32 - v4_ranges[i].bits) == 0)
            return v4_ranges[i].range;
    return RANGE_PUBLIC;
}

/* Global unicast is 2000::/3; of it documentation, 6to4, Teredo and NAT64 lead elsewhere. */
static enum range range_v6(const struct in6_addr *a)
{
    const uint8_t *p = a->s6_addr;
    uint32_t inner;

    memcpy(&inner, p + 12, 4);
    if (IN6_IS_ADDR_V4MAPPED(a))
        return range_v4(ntohl(inner));
    if (IN6_IS_ADDR_LOOPBACK(a) || (p[0] & 0xfe) == 0xfc)
        return RANGE_PRIVATE;
    if ((p[0] & 0xe0) != 0x20)
        return RANGE_NEVER;
    if (p[0] == 0x20 && (p[1] == 0x02 || (p[1] == 0x01 && p[2] == 0 && p[3] == 0) ||
                         (p[1] == 0x01 && p[2] == 0x0d && p[3] == 0xb8)))
        return RANGE_NEVER;
    return RANGE_PUBLIC;
}

bool zd_egress_allows(const struct sockaddr *address, enum zd_place place)
{
    enum range range = RANGE_NEVER;

    if (address->sa_family == AF_INET) {
        struct sockaddr_in v4;

        memcpy(&v4, address, sizeof v4);
        range = range_v4(ntohl(v4.sin_addr.s_addr));
    } else if (address->sa_family == AF_INET6) {
        struct sockaddr_in6 v6;

        memcpy(&v6, address, sizeof v6);
        range = range_v6(&v6.sin6_addr);
    }
    return range == (place == ZD_PLACE_ROOM ? RANGE_PRIVATE : RANGE_PUBLIC);
}

/* The address that a host spells, AF_UNSPEC for a name. */
static int address_of(struct zd_str host, struct sockaddr_storage *ret_address)
{
    struct sockaddr_in v4 = {.sin_family = AF_INET};
    struct sockaddr_in6 v6 = {.sin6_family = AF_INET6};
    char text[INET6_ADDRSTRLEN];

    if (host.n == 0 || host.n >= sizeof text)
        return AF_UNSPEC;
    memcpy(text, host.p, host.n);
    text[host.n] = '\0';
    if (inet_pton(AF_INET, text, &v4.sin_addr) == 1) {
        memcpy(ret_address, &v4, sizeof v4);
        return AF_INET;
    }
    if (inet_pton(AF_INET6, text, &v6.sin6_addr) == 1) {
        memcpy(ret_address, &v6, sizeof v6);
        return AF_INET6;
    }
    return AF_UNSPEC;
}

/* Letters, digits and hyphens between dots; the last label begins with a letter, so that no
 * number is taken for an address by a resolver. */
static bool is_name(struct zd_str host)
{
    size_t label = 0, begin = 0;

    if (host.n == 0 || host.n > 253)
        return false;
    for (size_t i = 0; i < host.n; i++) {
        char c = host.p[i];

        if (c == '.') {
            if (label == 0 || host.p[i - 1] == '-')
                return false;
            label = 0;
            begin = i + 1;
            continue;
        }
        if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || (c == '-' && label > 0)) ||
            ++label > 63)
            return false;
    }
    return label > 0 && host.p[begin] >= 'a' && host.p[begin] <= 'z' && host.p[host.n - 1] != '-';
}

static enum zd_status read_port(struct zd_str text, uint16_t *ret_port, struct zd_error *err)
{
    uint32_t port = 0;

    if (text.n == 0 || text.n > 5)
        return ZD_FAIL(err, ZD_INVALID, 0, "the port of the url is no number");
    for (size_t i = 0; i < text.n; i++) {
        if (text.p[i] < '0' || text.p[i] > '9')
            return ZD_FAIL(err, ZD_INVALID, 0, "the port of the url is no number");
        port = port * 10 + (uint32_t)(text.p[i] - '0');
    }
    if (port == 0 || port > 65535)
        return ZD_FAIL(err, ZD_INVALID, 0, "the port of the url is out of range");
    *ret_port = (uint16_t)port;
    return ZD_OK;
}

/* "host", "host:port", "[v6]:port" into host and port; the port keeps its default. */
static enum zd_status read_authority(struct zd_str text, struct zd_arena *arena,
                                     struct zd_egress_url *url, struct zd_error *err)
{
    struct sockaddr_storage address;
    struct zd_str host = text, port = {NULL, 0};
    size_t colon = zd_str_find(text, ZD_STR(":"), 0);
    char *lower;
    int family;

    if (text.n > 0 && text.p[0] == '[') {
        size_t end = zd_str_find(text, ZD_STR("]"), 0);

        if (end == SIZE_MAX || (end + 1 < text.n && text.p[end + 1] != ':'))
            return ZD_FAIL(err, ZD_INVALID, 0, "the host of the url is malformed");
        host = zd_str_cut(text, 1, end);
        if (end + 1 < text.n)
            port = zd_str_cut(text, end + 2, text.n);
        colon = end + 1 < text.n ? end + 1 : SIZE_MAX;
    } else if (colon != SIZE_MAX) {
        host = zd_str_cut(text, 0, colon);
        port = zd_str_cut(text, colon + 1, text.n);
    }
    lower = zd_arena_alloc(arena, host.n + 1);
    if (!lower)
        return ZD_FAIL(err, ZD_NOMEM, 0, "no memory left to read a url");
    for (size_t i = 0; i < host.n; i++)
        lower[i] = (char)(host.p[i] >= 'A' && host.p[i] <= 'Z' ? host.p[i] + 32 : host.p[i]);
    url->host = (struct zd_str){lower, host.n};
    family = address_of(url->host, &address);
    if (family == AF_UNSPEC ? !is_name(url->host) : (family == AF_INET6) != (text.p[0] == '['))
        return ZD_FAIL(err, ZD_INVALID, 0, "the host of the url is neither a name nor an address");
    return colon == SIZE_MAX ? ZD_OK : read_port(port, &url->port, err);
}

enum zd_status zd_egress_url_read(struct zd_str text, struct zd_arena *arena,
                                  struct zd_egress_url *ret_url, struct zd_error *err)
{
    struct zd_egress_url url = {.port = 80};
    size_t begin, end;
    enum zd_status st;

    if (text.n > 1024)
        return ZD_FAIL(err, ZD_INVALID, 0, "the url is longer than 1,024 bytes");
    for (size_t i = 0; i < text.n; i++)
        if ((uint8_t)text.p[i] <= ' ' || (uint8_t)text.p[i] >= 0x7f ||
            strchr("@?#\\\"<>", text.p[i]))
            return ZD_FAIL(err, ZD_INVALID, i,
                           "a url holds no user, query, fragment, white space or other scripts");
    if (zd_str_starts(text, ZD_STR("https://"))) {
        url.tls = true;
        url.port = 443;
        begin = 8;
    } else if (zd_str_starts(text, ZD_STR("http://"))) {
        begin = 7;
    } else {
        return ZD_FAIL(err, ZD_INVALID, 0, "a url begins with http:// or https://");
    }
    end = zd_str_find(text, ZD_STR("/"), begin);
    if (end == SIZE_MAX)
        end = text.n;
    st = read_authority(zd_str_cut(text, begin, end), arena, &url, err);
    if (st != ZD_OK)
        return st;
    while (text.n > end && text.p[text.n - 1] == '/')
        text.n--;
    url.path = zd_arena_str(arena, zd_str_cut(text, end, text.n));
    if (!url.path.p)
        return ZD_FAIL(err, ZD_NOMEM, 0, "no memory left to read a url");
    *ret_url = url;
    return ZD_OK;
}

/* The host is the domain, or a name below it. */
static bool is_below(struct zd_str host, struct zd_str domain)
{
    if (zd_str_eq(host, domain))
        return true;
    return host.n > domain.n && zd_str_ends(host, domain) && host.p[host.n - domain.n - 1] == '.';
}

static bool is_known(struct zd_str host)
{
    const struct zd_profile *profile;

    for (size_t i = 0; (profile = zd_profile_at(i)); i++)
        if (profile->hosts[0] && is_below(host, zd_str_c(profile->hosts)))
            return true;
    return is_below(host, ZD_STR("cn"));
}

enum zd_place zd_egress_place(const struct zd_egress_url *url)
{
    static const char *const own[] = {"localhost", "local", "lan", "internal", "localdomain"};
    struct sockaddr_storage address;

    if (address_of(url->host, &address) != AF_UNSPEC)
        return zd_egress_allows((const struct sockaddr *)&address, ZD_PLACE_ROOM) ? ZD_PLACE_ROOM
                                                                                  : ZD_PLACE_ABROAD;
    for (size_t i = 0; i < ZD_COUNT(own); i++)
        if (is_below(url->host, zd_str_c(own[i])))
            return ZD_PLACE_ROOM;
    return is_known(url->host) ? ZD_PLACE_COUNTRY : ZD_PLACE_ABROAD;
}
