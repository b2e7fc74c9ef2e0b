/* hash.c: see hash.h.
 *
 * CRC-32C in plain C takes two steps a byte through a 16-entry table: small enough to stand here
 * and needing no set-up. Where an x86-64 processor has SSE4.2, its own instruction does eight
 * bytes at once. Both give the same sums, and a test holds them against each other.
 */
#include "base/hash.h"

#include <errno.h>
#include <string.h>
#include <sys/random.h>

#include <openssl/evp.h>

enum zd_status zd_sha256(struct zd_bytes b, uint8_t ret_hash[ZD_SHA256_BYTES], struct zd_error *err)
{
    uint8_t out[ZD_SHA256_BYTES];

    if (!EVP_Digest(b.p ? (const void *)b.p : "", b.n, out, NULL, EVP_sha256(), NULL))
        return ZD_FAIL(err, ZD_NOMEM, 0, "SHA-256 is not available");
    memcpy(ret_hash, out, sizeof out);
    return ZD_OK;
}

const char *zd_hex(const uint8_t *p, size_t n, char *out)
{
    static const char digits[] = "0123456789abcdef";

    for (size_t i = 0; i < n; i++) {
        out[2 * i] = digits[p[i] >> 4];
        out[2 * i + 1] = digits[p[i] & 15];
    }
    out[2 * n] = '\0';
    return out;
}

static uint32_t crc32c_plain(uint32_t crc, const uint8_t *p, size_t n)
{
    static const uint32_t nibble[16] = {0x00000000, 0x105EC76F, 0x20BD8EDE, 0x30E349B1,
                                        0x417B1DBC, 0x5125DAD3, 0x61C69362, 0x7198540D,
                                        0x82F63B78, 0x92A8FC17, 0xA24BB5A6, 0xB21572C9,
                                        0xC38D26C4, 0xD3D3E1AB, 0xE330A81A, 0xF36E6F75};

    for (size_t i = 0; i < n; i++) {
        crc ^= p[i];
        crc = crc >> 4 ^ nibble[crc & 15];
        crc = crc >> 4 ^ nibble[crc & 15];
    }
    return crc;
}

#if defined(__x86_64__)
__attribute__((target("sse4.2"))) static uint32_t crc32c_sse42(uint32_t crc, const uint8_t *p,
                                                               size_t n)
{
    uint64_t wide = crc;

    for (; n >= 8; p += 8, n -= 8) {
        uint64_t eight;
        memcpy(&eight, p, 8);
        wide = __builtin_ia32_crc32di(wide, eight);
    }
    crc = (uint32_t)wide;
    for (; n > 0; p++, n--)
        crc = __builtin_ia32_crc32qi(crc, *p);
    return crc;
}
#endif

uint32_t zd_crc32c(uint32_t crc, struct zd_bytes b)
{
    crc = ~crc;
#if defined(__x86_64__)
    if (__builtin_cpu_supports("sse4.2"))
        return ~crc32c_sse42(crc, b.p, b.n);
#endif
    return ~crc32c_plain(crc, b.p, b.n);
}

/* The high and the low half of a 128-bit product, exclusive or: the same with and without a
 * compiler that has 128-bit integers (32-bit builds have none). */
#if defined(__SIZEOF_INT128__)
__extension__ typedef unsigned __int128 wide128;

static uint64_t fold_multiply(uint64_t a, uint64_t b)
{
    wide128 r = (wide128)a * b;

    return (uint64_t)r ^ (uint64_t)(r >> 64);
}
#else
static uint64_t fold_multiply(uint64_t a, uint64_t b)
{
    const uint64_t a0 = (uint32_t)a, a1 = a >> 32, b0 = (uint32_t)b, b1 = b >> 32;
    const uint64_t low = a0 * b0, mid = a1 * b0 + (low >> 32), other = a0 * b1 + (uint32_t)mid;
    const uint64_t high = a1 * b1 + (mid >> 32) + (other >> 32);

    return high ^ (other << 32 | (uint32_t)low);
}
#endif

uint64_t zd_hash64(struct zd_bytes b, uint64_t seed)
{
    const uint64_t k0 = UINT64_C(0xa0761d6478bd642f), k1 = UINT64_C(0xe7037ed1a0b428db);
    uint64_t h = seed ^ k0 ^ b.n, w;
    size_t i = 0;

    for (; b.n - i >= 8; i += 8) {
        memcpy(&w, b.p + i, 8);
        h = fold_multiply(h ^ w, k1);
    }
    w = 0;
    if (i < b.n)
        memcpy(&w, b.p + i, b.n - i);
    return fold_multiply(fold_multiply(h ^ w, k1) ^ k0, k1);
}

enum zd_status zd_random(void *p, size_t n, struct zd_error *err)
{
    uint8_t *to = p;

    while (n > 0) {
        ssize_t got = getrandom(to, n, 0);

        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return ZD_FAIL(err, ZD_IO, 0, "no random numbers: %s", strerror(errno));
        to += got;
        n -= (size_t)got;
    }
    return ZD_OK;
}

enum zd_status zd_id_new(char ret_id[ZD_ID_TEXT_BYTES], struct zd_error *err)
{
    uint8_t raw[16];
    enum zd_status st = zd_random(raw, sizeof raw, err);

    if (st == ZD_OK)
        zd_hex(raw, sizeof raw, ret_id);
    return st;
}
