/* ingest_private: the state of an open ingest, and what the files of this room share. */
#ifndef ZD_INGEST_PRIVATE_H
#define ZD_INGEST_PRIVATE_H

#include "base/buf.h"
#include "base/hash.h"
#include "index/index.h"
#include "ingest/ingest.h"
#include "ingest/postings.h"
#include "parse/spawn.h"
#include "semantic/model.h"
#include "store/document.h"
#include "store/version.h"

struct zd_ingest {
    struct zd_ingest_options options; /* with the defaults filled in */
    int lock;
    struct zd_store *store;
    struct zd_buf index_dir;            /* path, NUL-terminated */
    struct zd_index_writer *writer;     /* NULL between batches */
    struct zd_index_writer *idle;       /* what the next batch goes on with, or NULL */
    struct zd_ingest__merging *merging; /* under way beside the batches, or NULL */
    struct zd_arena *arena;             /* of the document in hand */
    struct zd_parser *parser;
    struct zd_postings *postings;
    struct zd_buf dir;              /* the office, NUL-terminated */
    struct zd_model *own_model;     /* the office's */
    const struct zd_model *model;   /* makes the vectors: own_model, or one that is tried */
    struct zd_encoder_work encoder; /* work space of its encoder */
    struct zd_ingest_counts counts;
    struct zd_ingest_counts flushed; /* the counts at the last flush: what stays after an abort */
    uint64_t batch_since_us;         /* monotonic clock, of the first change */
    uint32_t batch_documents;
    size_t batch_bytes;
    bool failed; /* a batch was lost: nothing more is taken */
};

/* One input on its way in. */
struct zd_ingest__input {
    struct zd_str name;   /* for the report */
    struct zd_str source; /* absolute path, or data only */
    struct zd_str id;     /* given from outside, "" for none */
    uint8_t raw_hash[ZD_SHA256_BYTES];
    struct zd_ingest_facts facts; /* said by the person, merged with what was said before */
    struct zd_parsed parsed;
};

/* Begins a batch where none is open: the transaction and the index writer. Errors are those that
 * end the run. */
enum zd_status zd_ingest__begin(struct zd_ingest *ingest, struct zd_error *err) ZD_MUST_USE;
/* Gives up the batch: database and index are as after the last flush. */
void zd_ingest__abort(struct zd_ingest *ingest);
/* Flushes where the batch has become large or old. */
enum zd_status zd_ingest__flush_if_due(struct zd_ingest *ingest, struct zd_error *err) ZD_MUST_USE;

/* What every kind of input takes (add.c): whether the run was cancelled; a name as UTF-8, in the
 * arena; a look for the same bytes, which reports and sets *ret_done where they are here and
 * nothing new is said of them; and, for what ends the run, the end of the batch too. */
bool zd_ingest__is_cancelled(const struct zd_ingest *ingest);
struct zd_str zd_ingest__clean_name(struct zd_str name, struct zd_arena *arena);
enum zd_status zd_ingest__look_for_same(struct zd_ingest *ingest, struct zd_ingest__input *input,
                                        bool *ret_done, struct zd_error *err) ZD_MUST_USE;
/* One input that is in memory; the arena holds its names. A failure of its own is not reported but
 * stands in *why. */
enum zd_status zd_ingest__add_bytes(struct zd_ingest *ingest, struct zd_ingest__input *input,
                                    struct zd_bytes raw, struct zd_error *why,
                                    struct zd_error *err) ZD_MUST_USE;
/* Whether bytes begin as an archive does; why one cannot be taken apart into documents, or NULL: it holds
 * nothing, or one id is said for all of it (add_archive.c). */
bool zd_ingest__looks_like_archive(struct zd_bytes raw);
const char *zd_ingest__archive_refusal(const struct zd_archive *archive, bool has_id);
/* A file that looks like an archive and was refused as a document for `why`: adds its members, each a
 * document, and reports each; or reports `why` (add_archive.c). `input` has its names. */
enum zd_status zd_ingest__add_archive(struct zd_ingest *ingest,
                                      const struct zd_ingest__input *input, struct zd_bytes raw,
                                      const struct zd_ingest_facts *facts,
                                      const struct zd_error *why, struct zd_error *err) ZD_MUST_USE;
enum zd_status zd_ingest__ended(struct zd_ingest *ingest, enum zd_status st) ZD_MUST_USE;

/* ---- merging beside the batches (merging.c) ---- */

struct zd_ingest__merging;

/* Where nothing is under way and something pays: begins in a thread of low priority. What fails
 * is tried again after a later batch. */
void zd_ingest__merging_start(struct zd_ingest *ingest, uint64_t generation);
/* Within a batch: takes over what is finished. Errors: those that end the batch. */
enum zd_status zd_ingest__merging_take(struct zd_ingest *ingest, struct zd_error *err) ZD_MUST_USE;
/* False while one is under way that the next commit could take over if it waited. */
bool zd_ingest__merging_is_done(const struct zd_ingest *ingest);
/* Ends a merging that was taken over by a batch that is committed now. */
void zd_ingest__merging_settle(struct zd_ingest *ingest);
/* Stops and forgets what is under way. */
void zd_ingest__merging_stop(struct zd_ingest *ingest);

/* Decides what the input is, stores and indexes it, and reports. Failures of the one document
 * are reported and give ZD_OK; what comes back otherwise ends the run. */
enum zd_status zd_ingest__take(struct zd_ingest *ingest, const struct zd_ingest__input *input,
                               struct zd_error *err) ZD_MUST_USE;

/* secrecy.c: where the input carries a secrecy mark that nobody has released, records it, reports it
 * and sets *ret_done; nothing else of it is stored. Needs the open batch. */
enum zd_status zd_ingest__look_for_secrecy(struct zd_ingest *ingest,
                                           const struct zd_ingest__input *input, bool *ret_done,
                                           struct zd_error *err) ZD_MUST_USE;

/* sheets.c: the tables of a version whose passages have been written, cell by cell. */
enum zd_status zd_ingest__add_sheets(struct zd_ingest *ingest, int64_t version,
                                     const struct zd_passages *passages,
                                     struct zd_error *err) ZD_MUST_USE;

/* Reports and counts. */
void zd_ingest__report(struct zd_ingest *ingest, const struct zd_ingest_report *report);
void zd_ingest__report_failed(struct zd_ingest *ingest, struct zd_str name,
                              const struct zd_error *why);

/* True where the failure is the input's own: the run goes on. */
bool zd_ingest__is_of_input(enum zd_status st);

/* Facts as canonical lines ("issuer=…\n"), and back: what stands in version.given. */
struct zd_str zd_ingest__facts_text(const struct zd_ingest_facts *facts, struct zd_arena *arena);
struct zd_ingest_facts zd_ingest__facts_read(struct zd_str text);
/* `facts` over `before`. */
struct zd_ingest_facts zd_ingest__facts_merge(const struct zd_ingest_facts *before,
                                              const struct zd_ingest_facts *facts);
bool zd_ingest__facts_empty(const struct zd_ingest_facts *facts);

/* All passages of a version (texts filled) into the index. */
enum zd_status zd_ingest__index_version(struct zd_ingest *ingest,
                                        const struct zd_document *document,
                                        const struct zd_version *version,
                                        const struct zd_stored_passage_list *passages,
                                        struct zd_error *err) ZD_MUST_USE;

/* Opens the writer on a generation of the index, 0 for none, and says what vectors it will get. */
enum zd_status zd_ingest__open_writer(struct zd_ingest *ingest, uint64_t generation,
                                      struct zd_error *err) ZD_MUST_USE;

/* Every version of the database into the open writer. */
enum zd_status zd_ingest__index_all(struct zd_ingest *ingest, struct zd_error *err) ZD_MUST_USE;

#endif
