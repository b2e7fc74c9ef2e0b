/* ingest: the one way in. Bytes become passages, passages become rows and postings, and rows and
 * postings become visible in one commit. The face of this room; office.h is for those who read.
 *
 *     bytes → parse → facts (text, then what the person says) → which document? (family.h)
 *           → rows + terms → validity of everything it touches (validity.h)
 *     flush → index prepared and synced → generation written with the rows → COMMIT
 *
 * A batch is many documents a commit: by default 16,384 documents, 24 MB of text or 4 seconds,
 * whichever comes first. Each document is a savepoint: a bad one leaves nothing and harms
 * nobody. After kill -9 everything committed is whole; adding the same files again finds them
 * unchanged and goes on.
 *
 * One ingest is open at a time in all processes (the lock file zhidian.lock). One thread at a time
 * uses it; reading files ahead may use a second one inside.
 */
#ifndef ZD_INGEST_H
#define ZD_INGEST_H

#include <stdatomic.h>

#include "base/base.h"
#include "store/subject.h"

struct zd_ingest;

enum zd_ingest_outcome {
    ZD_INGEST_ADDED,
    ZD_INGEST_UNCHANGED, /* the same bytes are here */
    ZD_INGEST_REPLACED,  /* takes the place of what was there */
    ZD_INGEST_FAILED,
    ZD_INGEST_QUARANTINED, /* it carries a secrecy mark: recorded, not stored (secrecy.h of guard) */
};

const char *zd_ingest_outcome_word(enum zd_ingest_outcome outcome); /* "added", … */

/* What happened to one input. Reported when it is decided; it is durable after the next flush. */
struct zd_ingest_report {
    struct zd_str name; /* path, or "FILE:LINE" of a JSON-lines file */
    enum zd_ingest_outcome outcome;
    struct zd_str document; /* public id, "" where failed */
    uint32_t version;       /* ordinal in the document */
    uint32_t n_passages;
    struct zd_str warnings;       /* what the owner should look at, lines; "" for none */
    const struct zd_error *error; /* why it failed or was quarantined, or NULL */
};
typedef void (*zd_ingest_report_fn)(void *context, const struct zd_ingest_report *report);

/* Who merges the index's segments. Small ones are always merged by the commit that finds them. */
enum zd_ingest_merges {
    ZD_INGEST_MERGE_IN_COMMIT, /* the commit: up to some seconds, rarely */
    ZD_INGEST_MERGE_BESIDE,    /* a thread of this ingest, while it goes on: for long runs */
    ZD_INGEST_MERGE_ELSEWHERE, /* a keeper (keeper.h) of this process */
};

struct zd_ingest_options {
    const struct zd_subject *subject; /* NULL: the owner */
    zd_ingest_report_fn report;       /* NULL: nobody listens */
    void *report_context;
    const atomic_bool *cancel; /* NULL: never; true ends the run after the current document */
    uint32_t batch_documents, batch_ms; /* 0: the defaults above */
    size_t batch_bytes;
    const char *who; /* stands in the record of a file with a secrecy mark; NULL: "owner" */
    uint32_t access; /* ZD_ACCESS_ bits of new documents; 0: public and staff */
    enum zd_ingest_merges merges;
};

/* What a person says about a document; wins over what the text says. Empty and 0: nothing said. */
struct zd_ingest_facts {
    struct zd_str id, title, issuer, number, region;
    int32_t issued, effective, expires;
};

/* Opens the office folder for changes, making it where missing, and takes the write lock. A
 * damaged or missing index is rebuilt from the database first.
 * Errors: ZD_BUSY another process is adding; those of zd_store_open; ZD_IO; ZD_NOMEM. */
enum zd_status zd_ingest_open(const char *office, const struct zd_ingest_options *options,
                              struct zd_ingest **ret_ingest, struct zd_error *err) ZD_MUST_USE;

/* Ends it; what was not flushed is dropped. NULL is fine. */
void zd_ingest_close(struct zd_ingest *ingest);

/* Adds one file. A file that cannot be read or parsed is reported as failed, counted, and is no
 * error of this function. Errors: those that end the run: ZD_IO, ZD_NOMEM, ZD_CORRUPT of the
 * office itself, ZD_BUSY. `facts` may be NULL. */
enum zd_status zd_ingest_file(struct zd_ingest *ingest, const char *path,
                              const struct zd_ingest_facts *facts,
                              struct zd_error *err) ZD_MUST_USE;

/* A file, or every file below a folder in the order of names; symbolic links and names that begin
 * with a dot are passed over. Errors: as zd_ingest_file; ZD_NOT_FOUND no such path. */
enum zd_status zd_ingest_path(struct zd_ingest *ingest, const char *path,
                              const struct zd_ingest_facts *facts,
                              struct zd_error *err) ZD_MUST_USE;

/* The files that zd_ingest_path would add, for a progress bar. */
enum zd_status zd_ingest_count(const char *path, uint64_t *ret_n, struct zd_error *err) ZD_MUST_USE;

/* Adds bytes that come from elsewhere (an upload); `name` is data only: a file name. */
enum zd_status zd_ingest_bytes(struct zd_ingest *ingest, struct zd_str name, struct zd_bytes raw,
                               const struct zd_ingest_facts *facts,
                               struct zd_error *err) ZD_MUST_USE;

/* Adds every line of a JSON-lines file. */
enum zd_status zd_ingest_jsonl(struct zd_ingest *ingest, const char *path,
                               struct zd_error *err) ZD_MUST_USE;

/* Removes a document with all its versions, by public id. Flush before saying so.
 * Errors: ZD_NOT_FOUND no such document; as zd_ingest_file. */
enum zd_status zd_ingest_remove(struct zd_ingest *ingest, struct zd_str id,
                                struct zd_error *err) ZD_MUST_USE;

/* Adds a line to what the owner should know of the newest version of a document, once, and commits.
 * Nothing may be unflushed. Errors: ZD_NOT_FOUND no such document; those of the store. */
enum zd_status zd_ingest_warn(struct zd_ingest *ingest, struct zd_str id, struct zd_str line,
                              struct zd_error *err) ZD_MUST_USE;

/* Lets a file in that a secrecy mark kept out, by its id in the record, and commits. Nothing may be
 * unflushed. Errors: ZD_NOT_FOUND; those of the store. */
enum zd_status zd_ingest_release(struct zd_ingest *ingest, struct zd_str id,
                                 struct zd_error *err) ZD_MUST_USE;

/* Commits what has been done so far; when it returns, readers that begin find all of it.
 * Errors: ZD_IO and others; the changes since the last flush are then undone. */
enum zd_status zd_ingest_flush(struct zd_ingest *ingest, struct zd_error *err) ZD_MUST_USE;

struct zd_ingest_counts {
    uint64_t n_added, n_unchanged, n_replaced, n_failed, n_quarantined, n_removed, n_passages,
        n_bytes;
};
void zd_ingest_counts(const struct zd_ingest *ingest, struct zd_ingest_counts *ret_counts);

/* Takes over what was merged in the background and commits. Errors: ZD_NOT_FOUND it is not wanted any
 * more, which changes nothing; those of zd_ingest_flush. */
struct zd_index_merging;
enum zd_status zd_ingest_adopt(struct zd_ingest *ingest, struct zd_index_merging *merging,
                               struct zd_error *err) ZD_MUST_USE;

/* Builds the index anew from the database. Nothing may be unflushed. */
enum zd_status zd_ingest_rebuild_index(struct zd_ingest *ingest, struct zd_error *err) ZD_MUST_USE;

/* Makes the model `name` of the folder models ("" for the one that the program brings along) the
 * office's, and builds the index anew with its vectors, in one commit. Nothing may be unflushed.
 * Errors: ZD_NOT_FOUND no usable model of that name; as zd_ingest_flush. */
enum zd_status zd_ingest_use_model(struct zd_ingest *ingest, const char *name,
                                   struct zd_error *err) ZD_MUST_USE;

/* The index of everything that `store` holds, with the vectors of `model`, into an empty folder:
 * to try a model before it is the office's. Open generation *ret_generation there. */
struct zd_model;
struct zd_store;
enum zd_status zd_ingest_index_into(struct zd_store *store, const struct zd_model *model,
                                    const char *dir, uint64_t *ret_generation,
                                    struct zd_error *err) ZD_MUST_USE;

#endif
