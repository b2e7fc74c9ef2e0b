/* cfb: the container of old Office files, a file system of streams in one file ([MS-CFB]).
 *
 * Only streams directly below the root are found: those further in are other documents, embedded.
 * Chains of sectors that loop or leave the file are refused; nothing is larger than the file.
 */
#ifndef ZD_PARSE_CFB_H
#define ZD_PARSE_CFB_H

#include "base/arena.h"
#include "base/base.h"

#define ZD_PARSE__CFB_SIGNATURE "\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1"

struct zd_parse__cfb {
    struct zd_bytes raw;
    struct zd_arena *arena;
    uint32_t sector, mini_sector; /* bytes */
    uint32_t cutoff;              /* streams smaller than this lie in the mini stream */
    uint32_t *fat, *mini_fat;     /* [n_fat], [n_mini_fat]: the sector behind each */
    size_t n_fat, n_mini_fat;
    struct zd_bytes directory, mini;
};

/* Errors: ZD_INVALID the container is damaged; ZD_NOMEM, ZD_LIMIT. */
enum zd_status zd_parse__cfb_open(struct zd_bytes raw, struct zd_arena *arena,
                                  struct zd_parse__cfb *ret_cfb, struct zd_error *err) ZD_MUST_USE;

bool zd_parse__cfb_has(const struct zd_parse__cfb *cfb, const char *name); /* ASCII */

/* A stream whole, a view of the file or a copy in the arena; without bytes where it is not there.
 * Errors as opening. */
enum zd_status zd_parse__cfb_stream(const struct zd_parse__cfb *cfb, const char *name,
                                    struct zd_bytes *ret_stream, struct zd_error *err) ZD_MUST_USE;

#endif
