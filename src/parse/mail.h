/* mail: messages as files (EML) and pages saved with their pictures (MHTML), as MIME entities.
 *
 * RFC 5322 (heads), 2045 to 2047 (bodies, types, words in heads), 2231 (names of files), 2557
 * (MHTML). An entity is a view of the file: a head and a body; nothing is copied until a body is
 * decoded.
 */
#ifndef ZD_PARSE_MAIL_H
#define ZD_PARSE_MAIL_H

#include "parse/parse_private.h"

struct zd_parse__entity {
    struct zd_str head, body; /* any bytes */
};

/* Cuts the bytes of an entity at its first empty line. */
struct zd_parse__entity zd_parse__entity_of(struct zd_str bytes);

/* The value of a field of the head, its lines joined, as it stands; empty where there is none. */
struct zd_str zd_parse__entity_field(const struct zd_parse__entity *entity, const char *name,
                                     struct zd_arena *arena);

/* A value's parameter (boundary, charset, name), without quotes; empty where there is none. */
struct zd_str zd_parse__mail_parameter(struct zd_str value, const char *name,
                                       struct zd_arena *arena);

/* Words of a head as text: "=?gb18030?B?…?=" decoded, UTF-8. */
struct zd_str zd_parse__mail_words(struct zd_str value, struct zd_arena *arena);

/* The body's bytes, decoded as Content-Transfer-Encoding says. Damage is passed over. */
void zd_parse__mail_decode(const struct zd_parse__entity *entity, struct zd_arena *arena,
                           struct zd_buf *out);

/* The name of an attached file, or empty. */
struct zd_str zd_parse__mail_file_name(const struct zd_parse__entity *entity,
                                       struct zd_arena *arena);

bool zd_parse__mail_is(struct zd_str value,
                       const char *word); /* begins with it, letters' case apart */

#endif
