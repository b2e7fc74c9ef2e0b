/* hash: fingerprints and randomness.
 *
 * SHA-256 (FIPS 180-4, through OpenSSL) names content: two texts with one hash are one text.
 * CRC-32C (Castagnoli, RFC 3720 B.4) notices damage in our own files. The 64-bit hash is for
 * tables in memory only and may change between versions; nothing on disk depends on it.
 */
#ifndef ZD_BASE_HASH_H
#define ZD_BASE_HASH_H

#include "base/base.h"

#define ZD_SHA256_BYTES 32
#define ZD_ID_TEXT_BYTES 33 /* 32 hexadecimal digits and NUL */

/* Errors: ZD_NOMEM where the library cannot make its context. */
enum zd_status zd_sha256(struct zd_bytes b, uint8_t ret_hash[ZD_SHA256_BYTES],
                         struct zd_error *err) ZD_MUST_USE;

/* Lower-case hexadecimal; out holds 2n + 1 bytes. Returns out. */
const char *zd_hex(const uint8_t *p, size_t n, char *out);

/* Continues from `crc` (0 at first): crc(a+b) == zd_crc32c(zd_crc32c(0, a), b). */
uint32_t zd_crc32c(uint32_t crc, struct zd_bytes b);

/* A well-mixed 64-bit hash (wyhash-like multiply and fold). */
uint64_t zd_hash64(struct zd_bytes b, uint64_t seed);

/* Fills p from the kernel's generator. Errors: ZD_IO. */
enum zd_status zd_random(void *p, size_t n, struct zd_error *err) ZD_MUST_USE;

/* A fresh public id: 128 random bits as 32 hexadecimal digits. Errors: ZD_IO. */
enum zd_status zd_id_new(char ret_id[ZD_ID_TEXT_BYTES], struct zd_error *err) ZD_MUST_USE;

#endif
