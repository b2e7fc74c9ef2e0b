/* zip: the container of Office, OpenDocument, EPUB and OFD files and of archives, read from memory.
 *
 * After PKWARE's APPNOTE 6.3.9, the part that documents use: entries stored or deflated, zip64
 * sizes. Refused whole: more entries, bytes or compression than caps.h allows, entries that overlap
 * (Fifield, "A better zip bomb", 2019), anything encrypted, several disks, records that contradict
 * each other or point outside. The central directory alone is believed, and each local record must
 * agree with it. Names are compared, never used as paths; nothing is written anywhere.
 *
 * Why no library: the refusals need the place of every record, which libzip and minizip do not
 * show, so a check would be a second parser in front of theirs that must agree with it. What is hard,
 * inflating, is zlib's.
 */
#ifndef ZD_PARSE_ZIP_H
#define ZD_PARSE_ZIP_H

#include "base/arena.h"

struct zd_parse__zip_entry {
    struct zd_str name; /* any bytes; borrowed from the archive */
    uint64_t n_bytes, n_packed;
    uint64_t at;   /* of the local record */
    uint64_t ends; /* where its data does */
    uint32_t crc;
    uint16_t method; /* 0 stored, 8 deflated */
    bool is_utf8;    /* its name says it is */
    bool is_locked, is_link, is_damaged;
};

struct zd_parse__zip {
    struct zd_bytes raw;
    struct zd_parse__zip_entry *p; /* [n], in the order of the directory */
    size_t n;
};

/* Reads and checks the directory; nothing is unpacked. `raw` outlives the result, whose table is
 * the arena's. Errors: ZD_INVALID, ZD_LIMIT, ZD_NOMEM. */
enum zd_status zd_parse__zip_open(struct zd_bytes raw, struct zd_arena *arena,
                                  struct zd_parse__zip *ret_zip, struct zd_error *err) ZD_MUST_USE;

/* The same for an archive whose entries are judged one by one: a locked one, a damaged record or a
 * large one refuses nothing but is noted with the entry, and the caller holds sizes against caps.h. */
enum zd_status zd_parse__zip_open_each(struct zd_bytes raw, struct zd_arena *arena,
                                       struct zd_parse__zip *ret_zip,
                                       struct zd_error *err) ZD_MUST_USE;

/* The entry of exactly this name, or NULL. */
const struct zd_parse__zip_entry *zd_parse__zip_find(const struct zd_parse__zip *zip,
                                                     struct zd_str name);

/* Unpacks an entry whole; the caller frees ret_bytes->p with zd_free. Its size and checksum must be
 * what the directory says. Errors: ZD_INVALID, ZD_NOMEM. */
struct zd_parse__unpacked {
    uint8_t *p;
    size_t n;
};
enum zd_status zd_parse__zip_read(const struct zd_parse__zip *zip,
                                  const struct zd_parse__zip_entry *entry,
                                  struct zd_parse__unpacked *ret_bytes,
                                  struct zd_error *err) ZD_MUST_USE;

#endif
