/* frame: what a worker hands back to the server, as bytes.
 *
 * The worker has read a document made by anybody and may be in anybody's hands, so the server
 * believes nothing: every length is checked against what is there and against caps.h, every text is
 * checked to be UTF-8, every span to lie in the text behind the one before it,
 * at whole characters, every number to be in its
 * table. A frame that fails any of it is refused whole. Integers are little-endian.
 *
 *     answer   = frame*                      one a document; a worker that dies leaves whole ones
 *     frame    = u32 magic "ZDF1" u32 n_bytes payload[n_bytes]
 *     payload  = u32 status                  enum zd_status
 *                ok:     id text title aside format encoding reading facts
 *                        u32 n_passages passage* u32 n_cells_sent cell*
 *                not ok: u64 at str what
 *     str      = u32 n bytes[n]              n 0xFFFFFFFF: the same as the one before it of its kind
 *     reading  = u32 n_pages u32 n_pages_no_text u32 n_pages_scanned u32 n_pages_recognised
 *                u32 n_tables u32 n_left_out[ZD_LEFT_OUT_COUNT]
 *     facts    = str title issuer number region, u32 issued effective expires,
 *                u8 repeals_only, u32 n_supersedes str*
 *     passage  = u8 kind u8 field u32 start end page table row n_cells, str path number context
 *     cell     = u8 flags (1 header, 2 repeated) str text header_path       in the order of the passages
 *
 * Blocks do not travel: they are the readers' own.
 */
#ifndef ZD_PARSE_FRAME_H
#define ZD_PARSE_FRAME_H

#include "base/buf.h"
#include "parse/parse.h"

#define ZD_FRAME_HEAD_BYTES 8

/* Appends one frame. `id` is a JSON line's, else empty; `parsed` is read where status is ZD_OK,
 * `why` where not. out->bad afterwards where it did not fit. */
void zd_frame_write(struct zd_buf *out, enum zd_status status, struct zd_str id,
                    const struct zd_parsed *parsed, const struct zd_error *why);

/* Reads the frame at *at and moves *at behind it. What the worker reported as a failure comes back
 * as that failure (ZD_INVALID, ZD_LIMIT), its sentence in err. Everything is copied to the arena.
 * Errors of the frame itself: ZD_CORRUPT; ZD_NOT_FOUND the bytes end before a whole frame; ZD_NOMEM,
 * ZD_LIMIT the arena's. *at is untouched on ZD_CORRUPT and ZD_NOT_FOUND. */
enum zd_status zd_frame_read(struct zd_bytes answer, size_t *at, struct zd_arena *arena,
                             struct zd_str *ret_id, struct zd_parsed *ret_parsed,
                             struct zd_error *err) ZD_MUST_USE;

#endif
