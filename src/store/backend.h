/* backend: a service that answers requests to models, and where it stands.
 *
 * The secret with which a backend is called is kept sealed (base/seal.h) and is write-only: no
 * function but the gateway's reads it, and no command prints it. */
#ifndef ZD_STORE_BACKEND_H
#define ZD_STORE_BACKEND_H

#include "base/buf.h"
#include "store/store.h"

#define ZD_BACKEND_MAX 64

/* Where what is sent ends up. */
enum zd_place {
    ZD_PLACE_ROOM,    /* on the office's own machines: a private address */
    ZD_PLACE_COUNTRY, /* outside the office, within the country */
    ZD_PLACE_ABROAD,  /* across the border: only where the owner has said so */
};

struct zd_backend {
    int64_t key;
    struct zd_str name;
    struct zd_str profile; /* word of model/profile.h */
    struct zd_str url;     /* "https://api.deepseek.com/v1": what stands before /chat/completions */
    enum zd_place place;
    struct zd_str secret;  /* sealed bytes, empty for none */
    struct zd_str command; /* of a local engine: run by the gateway; empty for none */
    uint32_t max_parallel; /* requests that it answers at one time; more wait */
};

struct zd_backend_list {
    struct zd_backend *p; /* [n] in the order of their making */
    size_t n;
};

/* "own room", "in the country", "abroad". */
const char *zd_place_word(enum zd_place place);

/* Adds it, or changes the one of this name; an empty secret then leaves the old one. Errors:
 * ZD_DENIED; ZD_LIMIT more than ZD_BACKEND_MAX. */
enum zd_status zd_backend_put(struct zd_store *store, const struct zd_subject *subject,
                              const struct zd_backend *backend, struct zd_error *err) ZD_MUST_USE;

/* With its models. Errors: ZD_NOT_FOUND; ZD_DENIED. */
enum zd_status zd_backend_remove(struct zd_store *store, const struct zd_subject *subject,
                                 struct zd_str name, struct zd_error *err) ZD_MUST_USE;

enum zd_status zd_backend_list(struct zd_store *store, const struct zd_subject *subject,
                               struct zd_arena *arena, struct zd_backend_list *ret_list,
                               struct zd_error *err) ZD_MUST_USE;

#endif
