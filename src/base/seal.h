/* seal: small secrets at rest: AES-256-GCM (NIST SP 800-38D), through OpenSSL.
 *
 *     sealed  =  nonce (12 random bytes) · tag (16) · ciphertext
 *
 * The label says what the secret is for and is authenticated with it, so that a sealed secret
 * moved to another row does not open there. A random nonce is safe for 2^32 sealings with one
 * key; an office makes a few dozen. The key lies in a file outside the database, so that a copy
 * of the database alone tells nothing.
 */
#ifndef ZD_BASE_SEAL_H
#define ZD_BASE_SEAL_H

#include "base/base.h"
#include "base/buf.h"

#define ZD_SEAL_KEY_BYTES 32
#define ZD_SEAL_EXTRA_BYTES 28 /* what a sealed secret is longer by */

/* The key of the file, made where it is missing (mode 0600). Errors: ZD_CORRUPT another length;
 * ZD_IO; ZD_NOMEM. The caller wipes ret_key. */
enum zd_status zd_seal_key_ready(const char *path, uint8_t ret_key[ZD_SEAL_KEY_BYTES],
                                 struct zd_error *err) ZD_MUST_USE;

/* Appends the sealed secret. Errors: ZD_NOMEM, ZD_IO, ZD_LIMIT (the buffer's). */
enum zd_status zd_seal(const uint8_t key[ZD_SEAL_KEY_BYTES], struct zd_str label,
                       struct zd_bytes secret, struct zd_buf *out,
                       struct zd_error *err) ZD_MUST_USE;

/* Appends the secret. Errors: ZD_CORRUPT not sealed with this key and label; ZD_NOMEM. */
enum zd_status zd_unseal(const uint8_t key[ZD_SEAL_KEY_BYTES], struct zd_str label,
                         struct zd_bytes sealed, struct zd_buf *out,
                         struct zd_error *err) ZD_MUST_USE;

/* Zeros that the compiler may not leave out. */
void zd_wipe(void *p, size_t n);

/* True where both are equal, in the same time whatever differs. */
bool zd_equal_secret(const void *a, const void *b, size_t n) ZD_MUST_USE;

#endif
