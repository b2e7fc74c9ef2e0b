/* api_key: who may call the gateway: a program of a department, known by a secret.
 *
 * The secret is "zdkey_" and 64 hexadecimal digits of 256 random bits. Only its SHA-256 is kept (a
 * hash without salt is right for what nobody can guess); it is told once, when it is made. */
#ifndef ZD_STORE_API_KEY_H
#define ZD_STORE_API_KEY_H

#include "base/hash.h"
#include "store/register.h"

#define ZD_API_KEY_MAX 10000
#define ZD_API_KEY_PREFIX "zdkey_"
#define ZD_API_KEY_TEXT_BYTES 71 /* text and NUL */

/* What a key opens. */
#define ZD_SCOPE_CHAT 1u /* models that are passed through */
#define ZD_SCOPE_EMBEDDING 2u
#define ZD_SCOPE_DESK 4u /* answers on the office's evidence */
#define ZD_SCOPE_ALL 7u

struct zd_api_key {
    struct zd_str id; /* 32 hexadecimal digits; no secret */
    uint8_t hash[ZD_SHA256_BYTES];
    struct zd_str name;       /* for people: "12345 热线坐席" */
    struct zd_str department; /* who pays */
    struct zd_str desk;
    uint32_t scope;                    /* ZD_SCOPE_ bits */
    enum zd_data_class data_class;     /* of what it sends, unless a request says more */
    int64_t expires, revoked, created; /* moments; 0 never */
};

struct zd_api_key_list {
    struct zd_api_key *p; /* [n] oldest first */
    size_t n;
};

/* Makes the secret and the row. The caller shows ret_secret once and wipes it. Errors: ZD_DENIED;
 * ZD_INVALID no such desk; ZD_LIMIT; ZD_IO. */
enum zd_status zd_api_key_new(struct zd_store *store, const struct zd_subject *subject,
                              const struct zd_api_key *key, char ret_secret[ZD_API_KEY_TEXT_BYTES],
                              char ret_id[ZD_ID_TEXT_BYTES], struct zd_error *err) ZD_MUST_USE;

/* Ends a key for good; one that has ended already stays as it is. Errors: ZD_NOT_FOUND. */
enum zd_status zd_api_key_revoke(struct zd_store *store, const struct zd_subject *subject,
                                 struct zd_str id, struct zd_error *err) ZD_MUST_USE;

enum zd_status zd_api_key_list(struct zd_store *store, const struct zd_subject *subject,
                               struct zd_arena *arena, struct zd_api_key_list *ret_list,
                               struct zd_error *err) ZD_MUST_USE;

/* The hash of what somebody showed. False where it has not the form of a key: empty, cut or long
 * secrets never match. */
bool zd_api_key_hash(struct zd_str secret, uint8_t ret_hash[ZD_SHA256_BYTES]) ZD_MUST_USE;

#endif
