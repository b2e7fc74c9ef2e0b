/* seal: see seal.h. */
#include "base/seal.h"

#include <limits.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <string.h>

#include "base/durable.h"
#include "base/hash.h"
#include "base/mapping.h"

#define NONCE_BYTES 12
#define TAG_BYTES 16

void zd_wipe(void *p, size_t n)
{
    OPENSSL_cleanse(p, n);
}

bool zd_equal_secret(const void *a, const void *b, size_t n)
{
    return CRYPTO_memcmp(a, b, n) == 0;
}

enum zd_status zd_seal_key_ready(const char *path, uint8_t ret_key[ZD_SEAL_KEY_BYTES],
                                 struct zd_error *err)
{
    struct zd_owned_bytes file = {0};
    uint8_t key[ZD_SEAL_KEY_BYTES];
    enum zd_status st = zd_file_read(path, 4096, &file, NULL);

    if (st == ZD_OK && file.n != sizeof key) {
        st = ZD_FAIL(err, ZD_CORRUPT, file.n, "%s is damaged: it should hold 32 bytes", path);
    } else if (st == ZD_OK) {
        memcpy(ret_key, file.p, sizeof key);
    } else if (st == ZD_NOT_FOUND) {
        st = zd_random(key, sizeof key, err);
        if (st == ZD_OK)
            st = zd_durable_write(path, (struct zd_bytes){key, sizeof key}, err);
        if (st == ZD_OK)
            memcpy(ret_key, key, sizeof key);
        zd_wipe(key, sizeof key);
    } else {
        st = ZD_FAIL(err, st, 0, "%s cannot be read", path);
    }
    if (file.p)
        zd_wipe(file.p, file.n);
    zd_free(file.p);
    return st;
}

enum zd_status zd_seal(const uint8_t key[ZD_SEAL_KEY_BYTES], struct zd_str label,
                       struct zd_bytes secret, struct zd_buf *out, struct zd_error *err)
{
    EVP_CIPHER_CTX *cipher = EVP_CIPHER_CTX_new();
    uint8_t nonce[NONCE_BYTES], tag[TAG_BYTES];
    uint8_t *text = zd_alloc(secret.n + 1);
    int n = 0, end = 0;
    bool ok = cipher && text && secret.n < INT_MAX && label.n < INT_MAX;
    enum zd_status st;

    if (ok)
        st = zd_random(nonce, sizeof nonce, err);
    else
        st = ZD_FAIL(err, ZD_NOMEM, 0, "no memory left to seal a secret");
    if (st == ZD_OK) {
        ok = EVP_EncryptInit_ex(cipher, EVP_aes_256_gcm(), NULL, key, nonce) == 1 &&
             EVP_EncryptUpdate(cipher, NULL, &n, (const uint8_t *)label.p, (int)label.n) == 1 &&
             EVP_EncryptUpdate(cipher, text, &n, secret.p, (int)secret.n) == 1 &&
             EVP_EncryptFinal_ex(cipher, text + n, &end) == 1 &&
             EVP_CIPHER_CTX_ctrl(cipher, EVP_CTRL_GCM_GET_TAG, sizeof tag, tag) == 1;
        if (!ok)
            st = ZD_FAIL(err, ZD_IO, 0, "the cryptographic library failed to seal a secret");
    }
    if (st == ZD_OK) {
        zd_buf_add(out, nonce, sizeof nonce);
        zd_buf_add(out, tag, sizeof tag);
        zd_buf_add(out, text, secret.n);
        st = zd_buf_check(out, "a sealed secret", err);
    }
    EVP_CIPHER_CTX_free(cipher);
    zd_free(text);
    return st;
}

enum zd_status zd_unseal(const uint8_t key[ZD_SEAL_KEY_BYTES], struct zd_str label,
                         struct zd_bytes sealed, struct zd_buf *out, struct zd_error *err)
{
    const size_t extra = ZD_SEAL_EXTRA_BYTES;
    EVP_CIPHER_CTX *cipher;
    uint8_t tag[TAG_BYTES], *text;
    int n = 0, end = 0;
    size_t size;
    enum zd_status st = ZD_OK;

    if (sealed.n < extra || sealed.n > INT_MAX || label.n > INT_MAX)
        return ZD_FAIL(err, ZD_CORRUPT, 0, "a sealed secret is cut short");
    size = sealed.n - extra;
    cipher = EVP_CIPHER_CTX_new();
    text = zd_alloc(size + 1);
    memcpy(tag, sealed.p + NONCE_BYTES, sizeof tag);
    if (!cipher || !text)
        st = ZD_FAIL(err, ZD_NOMEM, 0, "no memory left to open a secret");
    else if (EVP_DecryptInit_ex(cipher, EVP_aes_256_gcm(), NULL, key, sealed.p) != 1 ||
             EVP_DecryptUpdate(cipher, NULL, &n, (const uint8_t *)label.p, (int)label.n) != 1 ||
             EVP_DecryptUpdate(cipher, text, &n, sealed.p + extra, (int)size) != 1 ||
             EVP_CIPHER_CTX_ctrl(cipher, EVP_CTRL_GCM_SET_TAG, sizeof tag, tag) != 1 ||
             EVP_DecryptFinal_ex(cipher, text + n, &end) != 1)
        st = ZD_FAIL(err, ZD_CORRUPT, 0, "a secret does not open with this office's key");
    if (st == ZD_OK) {
        zd_buf_add(out, text, size);
        st = zd_buf_check(out, "a secret", err);
    }
    if (text)
        zd_wipe(text, size);
    zd_free(text);
    EVP_CIPHER_CTX_free(cipher);
    return st;
}
