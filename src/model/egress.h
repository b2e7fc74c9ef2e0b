/* egress: where the program may connect to, and nowhere else.
 *
 * Only the hosts of configured backends are ever called. A host is checked twice: its name when
 * the backend is made (which place it is in), and the address that the name led to when a socket
 * is opened, so that a name that changes its address (rebinding) leads nowhere new:
 *
 *     own room         loopback, 10/8, 172.16/12, 192.168/16, 100.64/10, fc00::/7
 *     in the country   a public address
 *     abroad           a public address
 *
 * Never: 0/8, link-local 169.254/16 and fe80::/10 (among them the clouds' metadata services),
 * multicast, broadcast, documentation and reserved ranges; IPv4 inside IPv6 counts as IPv4. */
#ifndef ZD_MODEL_EGRESS_H
#define ZD_MODEL_EGRESS_H

#include <sys/socket.h>

#include "base/arena.h"
#include "store/backend.h"

/* Parts of a backend's url. */
struct zd_egress_url {
    bool tls;
    struct zd_str host; /* a name in lower case, or an address without its brackets */
    uint16_t port;
    struct zd_str path; /* "" or "/…" without a slash at the end */
};

/* Reads "http://host[:port][/path]". Refused: other schemes, a user, a query, a fragment, white
 * space and controls, an address in any but its usual form (127.1, 0x7f000001, 2130706433).
 * Errors: ZD_INVALID saying why; ZD_NOMEM. */
enum zd_status zd_egress_url_read(struct zd_str text, struct zd_arena *arena,
                                  struct zd_egress_url *ret_url, struct zd_error *err) ZD_MUST_USE;

/* Where a host is, by its name alone: an address that is private, "localhost" or a name that ends
 * in .local, .lan or .internal is in the office; the known domains of services and .cn are in the
 * country; everything else counts as abroad. */
enum zd_place zd_egress_place(const struct zd_egress_url *url);

/* True where a socket to this address may be opened for a backend of this place. */
bool zd_egress_allows(const struct sockaddr *address, enum zd_place place);

#endif
