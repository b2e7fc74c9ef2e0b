/* version: one state of a document: its text, what it says of itself, and when it is valid.
 *
 * `issued`, `effective` and `expires` are what the text (or the person who added it) says.
 * `valid_from` and `valid_to` are what follows from all versions and replacements together; they
 * also stand in the index, so that a filter on a day gives what was in force that day. Days are
 * yyyymmdd; 0 is unknown: a version whose beginning is unknown stays answerable and is shown as
 * unknown.
 *
 * Texts are stored in parts of ZD_TEXT_PART_BYTES, so that reading one passage of a large text
 * costs one part.
 */
#ifndef ZD_STORE_VERSION_H
#define ZD_STORE_VERSION_H

#include "base/hash.h"
#include "base/kinds.h"
#include "store/store.h"

#define ZD_TEXT_PART_BYTES 32768u

/* Why a version ends. */
enum zd_version_end {
    ZD_END_NONE,
    ZD_END_EXPIRED,    /* its own last day */
    ZD_END_SUPERSEDED, /* a later version or text takes its place */
    ZD_END_REPEALED,   /* a text repeals it and puts nothing in its place */
};

struct zd_version {
    int64_t key;                       /* the group in the index; fits 32 bits */
    int64_t document;                  /* key */
    uint32_t ordinal;                  /* public: 1, 2, … within the document, never used twice */
    struct zd_str source;              /* absolute path of the file; else a name, data only */
    uint8_t raw_hash[ZD_SHA256_BYTES]; /* SHA-256 of the bytes handed in */
    uint8_t text_hash[ZD_SHA256_BYTES]; /* SHA-256 of the text */
    uint64_t n_bytes, n_chars;          /* of the text */
    uint32_t n_passages;
    struct zd_str format, encoding; /* "html", "GB18030" */
    struct zd_str reading; /* how well it could be read, as a JSON object (ingest/take.c); or "" */
    struct zd_str title, issuer, number;
    struct zd_str number_key; /* equal for two spellings of one number (replacement.h) */
    struct zd_str given;      /* the facts that a person gave, as canonical text; "" for none */
    int32_t issued, effective, expires;
    int32_t valid_from, valid_to;
    enum zd_version_end end;
    int64_t superseded_by;  /* key of the version that ends it, 0 none */
    struct zd_str warnings; /* lines for the owner, "" for none */
    int64_t created_us;
};

/* How the version stands on a day (yyyymmdd). */
enum zd_validity zd_version_validity(const struct zd_version *version, int32_t on);

/* Inserts with its text, and fills key, ordinal (the document's next), n_bytes, n_chars and
 * created_us. Errors: ZD_NOT_FOUND no such document; ZD_LIMIT text too long; ZD_DENIED. */
enum zd_status zd_version_add(struct zd_store *store, const struct zd_subject *subject,
                              struct zd_version *version, struct zd_str text,
                              struct zd_error *err) ZD_MUST_USE;

/* Removes it with its text, passages and statements. Errors: ZD_NOT_FOUND, ZD_DENIED. */
enum zd_status zd_version_remove(struct zd_store *store, const struct zd_subject *subject,
                                 int64_t key, struct zd_error *err) ZD_MUST_USE;

/* Stores what zd_version_add could not know yet. Errors: ZD_NOT_FOUND, ZD_DENIED. */
enum zd_status zd_version_set_validity(struct zd_store *store, const struct zd_subject *subject,
                                       int64_t key, int32_t valid_from, int32_t valid_to,
                                       enum zd_version_end end, int64_t superseded_by,
                                       struct zd_error *err) ZD_MUST_USE;

/* Lines for the owner. Errors: ZD_NOT_FOUND, ZD_DENIED. */
enum zd_status zd_version_set_warnings(struct zd_store *store, const struct zd_subject *subject,
                                       int64_t key, struct zd_str warnings,
                                       struct zd_error *err) ZD_MUST_USE;

/* Strings are copied to the arena. Errors: ZD_NOT_FOUND (also where it may not be seen). */
enum zd_status zd_version_get(struct zd_store *store, const struct zd_subject *subject, int64_t key,
                              struct zd_arena *arena, struct zd_version *ret_version,
                              struct zd_error *err) ZD_MUST_USE;
/* The few facts of a version and its document that a ranking asks for, of hundreds a question. */
struct zd_version_brief {
    int64_t document; /* key */
    uint32_t n_passages;
    uint8_t text_hash[ZD_SHA256_BYTES]; /* SHA-256 of the text */
    uint32_t region;                    /* of the document */
    struct zd_str title_key;            /* of the document */
};

/* Strings are copied to the arena. Errors: ZD_NOT_FOUND (also where it may not be seen). Cost: two
 * rows, a third of zd_version_get and zd_document_get. */
enum zd_status zd_version_get_brief(struct zd_store *store, const struct zd_subject *subject,
                                    int64_t key, struct zd_arena *arena,
                                    struct zd_version_brief *ret_brief,
                                    struct zd_error *err) ZD_MUST_USE;
/* By its public name: the document's key and the ordinal. */
enum zd_status zd_version_find(struct zd_store *store, const struct zd_subject *subject,
                               int64_t document, uint32_t ordinal, struct zd_arena *arena,
                               struct zd_version *ret_version, struct zd_error *err) ZD_MUST_USE;

struct zd_version_list {
    struct zd_version *p; /* [n] */
    size_t n;
};

/* All versions of a document, by ordinal. */
enum zd_status zd_version_of_document(struct zd_store *store, const struct zd_subject *subject,
                                      int64_t document, struct zd_arena *arena,
                                      struct zd_version_list *ret_list,
                                      struct zd_error *err) ZD_MUST_USE;
/* The versions that came from this absolute path, newest first; none for a mere name. */
enum zd_status zd_version_from_source(struct zd_store *store, const struct zd_subject *subject,
                                      struct zd_str source, struct zd_arena *arena,
                                      struct zd_version_list *ret_list,
                                      struct zd_error *err) ZD_MUST_USE;
/* The versions made of exactly these bytes. */
enum zd_status zd_version_with_hash(struct zd_store *store, const struct zd_subject *subject,
                                    const uint8_t raw_hash[ZD_SHA256_BYTES], struct zd_arena *arena,
                                    struct zd_version_list *ret_list,
                                    struct zd_error *err) ZD_MUST_USE;
/* The versions with this number_key; none for an empty one. */
enum zd_status zd_version_with_number(struct zd_store *store, const struct zd_subject *subject,
                                      struct zd_str number_key, struct zd_arena *arena,
                                      struct zd_version_list *ret_list,
                                      struct zd_error *err) ZD_MUST_USE;
/* The versions that the given one ends. */
enum zd_status zd_version_ended_by(struct zd_store *store, const struct zd_subject *subject,
                                   int64_t key, struct zd_arena *arena,
                                   struct zd_version_list *ret_list,
                                   struct zd_error *err) ZD_MUST_USE;

/* The bytes [start, end) of a version's text, cut to its length, in the arena.
 * Errors: ZD_NOT_FOUND, ZD_NOMEM. Cost: the parts they lie in. */
enum zd_status zd_version_text(struct zd_store *store, const struct zd_subject *subject,
                               int64_t key, uint64_t start, uint64_t end, struct zd_arena *arena,
                               struct zd_str *ret_text, struct zd_error *err) ZD_MUST_USE;

/* Characters before byte `at` of the text: turns stored offsets into the contract's.
 * Errors: as zd_version_text. Cost: the text before it. */
enum zd_status zd_version_chars_before(struct zd_store *store, const struct zd_subject *subject,
                                       int64_t key, uint64_t at, uint64_t *ret_chars,
                                       struct zd_error *err) ZD_MUST_USE;

#endif
