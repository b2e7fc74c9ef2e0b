/* token.c: the owner's secret: "zdadm_" and 64 hexadecimal digits of 256 random bits.
 *
 * The office keeps its SHA-256 as 64 hexadecimal digits in the file admin-token. A hash without
 * salt is right here: nobody can guess 256 random bits. Comparing takes the same time whatever
 * differs; an empty or missing token never matches.
 */
#include <openssl/crypto.h>
#include <stdio.h>
#include <string.h>

#include "base/durable.h"
#include "base/mapping.h"
#include "http/app_private.h"

#define PREFIX "zdadm_"
#define HASH_DIGITS (2 * (size_t)ZD_SHA256_BYTES)

static bool read_digits(struct zd_bytes text, uint8_t ret_hash[ZD_SHA256_BYTES])
{
    for (size_t i = 0; i < HASH_DIGITS; i++) {
        const char *digits = "0123456789abcdef";
        const char *digit = i < text.n && text.p[i] ? strchr(digits, text.p[i]) : NULL;

        if (!digit)
            return false;
        ret_hash[i / 2] = (uint8_t)(ret_hash[i / 2] << 4 | (digit - digits));
    }
    return true;
}

static enum zd_status make_token(const char *path, uint8_t ret_hash[ZD_SHA256_BYTES],
                                 char ret_new_token[ZD_HTTP_TOKEN_BYTES], struct zd_error *err)
{
    char token[ZD_HTTP_TOKEN_BYTES], digits[HASH_DIGITS + 2];
    uint8_t secret[32], hash[ZD_SHA256_BYTES];
    enum zd_status st = zd_random(secret, sizeof secret, err);

    if (st != ZD_OK)
        return st;
    (void)snprintf(token, sizeof token, PREFIX);
    (void)zd_hex(secret, sizeof secret, token + strlen(PREFIX));
    OPENSSL_cleanse(secret, sizeof secret);
    st = zd_sha256((struct zd_bytes){(const uint8_t *)token, strlen(token)}, hash, err);
    if (st == ZD_OK) {
        (void)zd_hex(hash, sizeof hash, digits);
        digits[HASH_DIGITS] = '\n';
        st = zd_durable_write(path, (struct zd_bytes){(const uint8_t *)digits, HASH_DIGITS + 1},
                              err);
    }
    if (st == ZD_OK) {
        memcpy(ret_hash, hash, sizeof hash);
        memcpy(ret_new_token, token, sizeof token);
    }
    OPENSSL_cleanse(token, sizeof token);
    return st;
}

enum zd_status zd_http__token_ready(const char *office_dir, uint8_t ret_hash[ZD_SHA256_BYTES],
                                    char ret_new_token[ZD_HTTP_TOKEN_BYTES], struct zd_error *err)
{
    struct zd_mapping file = {0};
    char path[4096];
    enum zd_status st;

    ret_new_token[0] = '\0';
    if (snprintf(path, sizeof path, "%s/admin-token", office_dir) >= (int)sizeof path)
        return ZD_FAIL(err, ZD_LIMIT, 0, "the path of the office is too long");
    st = zd_mapping_open(path, 4096, &file, NULL);
    if (st == ZD_NOT_FOUND)
        return make_token(path, ret_hash, ret_new_token, err);
    if (st != ZD_OK)
        return ZD_FAIL(err, st, 0, "%s cannot be read", path);
    if (!read_digits(zd_mapping_bytes(&file), ret_hash))
        st = ZD_FAIL(err, ZD_CORRUPT, 0, "%s is damaged: remove it and a new token is made", path);
    zd_mapping_close(&file);
    return st;
}

bool zd_http__token_is_right(const uint8_t hash[ZD_SHA256_BYTES],
                             const struct zd_http_request *request)
{
    struct zd_str field = zd_http_head_find(&request->head, "authorization"), token;
    uint8_t shown[ZD_SHA256_BYTES];

    if (!field.p || !zd_str_starts(field, ZD_STR("Bearer ")))
        return false;
    token = zd_str_cut(field, 7, field.n);
    if (token.n != strlen(PREFIX) + 64)
        return false;
    if (zd_sha256(zd_str_bytes(token), shown, NULL) != ZD_OK)
        return false;
    return CRYPTO_memcmp(shown, hash, sizeof shown) == 0;
}
