/* schema: the tables, as the migrations that make them. docs/formats.md describes each column.
 *
 * Rules: a migration that has been released is never edited; the next change is a new one at the
 * end, and sets user_version in its own text. Texts are BLOBs, since they are cut at bytes. Days are yyyymmdd integers, 0 unknown.
 * AUTOINCREMENT stands where a key must never come back: a version's key is a group in the index,
 * and postings of a removed one may outlive its row in an older snapshot.
 */
#include "store/store_private.h"

static const char documents_1[] =
    "CREATE TABLE meta(name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;"
    "CREATE TABLE setting(name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;"
    "CREATE TABLE region("
    " key INTEGER PRIMARY KEY AUTOINCREMENT,"
    " name TEXT NOT NULL,"
    " parent INTEGER NOT NULL DEFAULT 0,"
    " UNIQUE(name, parent));"
    "CREATE TABLE document("
    " key INTEGER PRIMARY KEY AUTOINCREMENT,"
    " id TEXT NOT NULL UNIQUE CHECK(length(id) > 0),"
    " id_given INTEGER NOT NULL,"
    " title TEXT NOT NULL,"
    " title_key TEXT NOT NULL,"
    " issuer_key TEXT NOT NULL,"
    " region INTEGER NOT NULL,"
    " access INTEGER NOT NULL CHECK(access > 0),"
    " next_ordinal INTEGER NOT NULL DEFAULT 1,"
    " created INTEGER NOT NULL);"
    "CREATE INDEX document_title ON document(title_key) WHERE title_key <> '';"
    "CREATE TABLE version("
    " key INTEGER PRIMARY KEY AUTOINCREMENT,"
    " document INTEGER NOT NULL REFERENCES document(key),"
    " ordinal INTEGER NOT NULL,"
    " source TEXT NOT NULL,"
    " raw_hash BLOB NOT NULL CHECK(length(raw_hash) = 32),"
    " text_hash BLOB NOT NULL CHECK(length(text_hash) = 32),"
    " n_bytes INTEGER NOT NULL,"
    " n_chars INTEGER NOT NULL,"
    " n_passages INTEGER NOT NULL,"
    " format TEXT NOT NULL,"
    " encoding TEXT NOT NULL,"
    " title TEXT NOT NULL,"
    " issuer TEXT NOT NULL,"
    " number TEXT NOT NULL,"
    " number_key TEXT NOT NULL,"
    " given TEXT NOT NULL,"
    " issued INTEGER NOT NULL,"
    " effective INTEGER NOT NULL,"
    " expires INTEGER NOT NULL,"
    " valid_from INTEGER NOT NULL,"
    " valid_to INTEGER NOT NULL,"
    " end_kind INTEGER NOT NULL,"
    " superseded_by INTEGER NOT NULL,"
    " warnings TEXT NOT NULL,"
    " created INTEGER NOT NULL,"
    " UNIQUE(document, ordinal));"
    "CREATE INDEX version_source ON version(source) WHERE substr(source, 1, 1) = '/';"
    "CREATE INDEX version_hash ON version(raw_hash);"
    "CREATE INDEX version_number ON version(number_key) WHERE number_key <> '';"
    "CREATE INDEX version_ended ON version(superseded_by) WHERE superseded_by <> 0;"
    "CREATE TABLE text_part("
    " key INTEGER PRIMARY KEY," /* version * 65536 + part */
    " body BLOB NOT NULL);"
    "CREATE TABLE passage("
    " key INTEGER PRIMARY KEY," /* version * 1048576 + ordinal */
    " kind INTEGER NOT NULL,"
    " field INTEGER NOT NULL,"
    " path TEXT NOT NULL,"
    " number TEXT NOT NULL,"
    " start INTEGER NOT NULL,"
    " end INTEGER NOT NULL,"
    " page INTEGER NOT NULL,"
    " context TEXT NOT NULL,"
    " CHECK(start <= end));"
    "CREATE TABLE replacement("
    " key INTEGER PRIMARY KEY,"
    " version INTEGER NOT NULL REFERENCES version(key) ON DELETE CASCADE,"
    " title_key TEXT NOT NULL,"
    " number_key TEXT NOT NULL,"
    " repeals_only INTEGER NOT NULL);"
    "CREATE INDEX replacement_version ON replacement(version);"
    "CREATE INDEX replacement_title ON replacement(title_key) WHERE title_key <> '';"
    "CREATE INDEX replacement_number ON replacement(number_key) WHERE number_key <> '';"
    "PRAGMA application_id = 0x5a444442;"
    "PRAGMA user_version = 1;";

/* Files that wait to be read (job.h), and how well a version could be read. */
static const char documents_2[] =
    "ALTER TABLE version ADD COLUMN reading TEXT NOT NULL DEFAULT '';"
    "CREATE TABLE job("
    " key INTEGER PRIMARY KEY AUTOINCREMENT,"
    " id TEXT NOT NULL UNIQUE CHECK(length(id) > 0),"
    " name TEXT NOT NULL,"
    " given TEXT NOT NULL,"
    " document_id TEXT NOT NULL,"
    " body BLOB NOT NULL,"
    " state INTEGER NOT NULL DEFAULT 0," /* waiting, running, done, failed */
    " priority INTEGER NOT NULL,"
    " attempts INTEGER NOT NULL DEFAULT 0,"
    " leased_until INTEGER NOT NULL DEFAULT 0,"
    " outcome TEXT NOT NULL DEFAULT '',"
    " reason TEXT NOT NULL DEFAULT '',"
    " document TEXT NOT NULL DEFAULT '',"
    " version INTEGER NOT NULL DEFAULT 0,"
    " n_passages INTEGER NOT NULL DEFAULT 0,"
    " created INTEGER NOT NULL,"
    " finished INTEGER NOT NULL DEFAULT 0);"
    "CREATE INDEX job_next ON job(state, priority DESC, key);"
    "PRAGMA user_version = 2;";

/* Files with a secrecy mark (quarantine.h). */
static const char documents_3[] = "CREATE TABLE quarantine("
                                  " key INTEGER PRIMARY KEY AUTOINCREMENT,"
                                  " id TEXT NOT NULL UNIQUE,"
                                  " name TEXT NOT NULL,"
                                  " raw_hash BLOB NOT NULL UNIQUE CHECK(length(raw_hash) = 32),"
                                  " level TEXT NOT NULL,"
                                  " mark TEXT NOT NULL,"
                                  " place TEXT NOT NULL,"
                                  " page INTEGER NOT NULL,"
                                  " who TEXT NOT NULL,"
                                  " n_times INTEGER NOT NULL,"
                                  " first INTEGER NOT NULL,"
                                  " last INTEGER NOT NULL,"
                                  " released_by TEXT NOT NULL DEFAULT '',"
                                  " released INTEGER NOT NULL DEFAULT 0);"
                                  "PRAGMA user_version = 3;";

/* Tables, cell by cell (sheet.h). */
static const char documents_4[] = "CREATE TABLE sheet("
                                  " key INTEGER PRIMARY KEY," /* version * 1048576 + ordinal */
                                  " first INTEGER NOT NULL,"  /* keys of passages */
                                  " last INTEGER NOT NULL,"
                                  " n_rows INTEGER NOT NULL,"
                                  " n_columns INTEGER NOT NULL,"
                                  " headers TEXT NOT NULL);" /* joined by line ends */
                                  "CREATE TABLE cell("
                                  " key INTEGER PRIMARY KEY," /* passage * 256 + place */
                                  " column INTEGER NOT NULL,"
                                  " flags INTEGER NOT NULL," /* 1 has a value, 2 repeated */
                                  " value INTEGER NOT NULL," /* millionths */
                                  " unit TEXT NOT NULL,"
                                  " text TEXT NOT NULL);"
                                  "CREATE TRIGGER version_sheets AFTER DELETE ON version BEGIN"
                                  " DELETE FROM cell WHERE key >= OLD.key << 28"
                                  " AND key < (OLD.key + 1) << 28;"
                                  " DELETE FROM sheet WHERE key >= OLD.key << 20"
                                  " AND key < (OLD.key + 1) << 20; END;"
                                  "PRAGMA user_version = 4;";

/* Texts that are the same or nearly (sketch.h). */
static const char documents_5[] =
    "CREATE TABLE sketch("
    " version INTEGER PRIMARY KEY REFERENCES version(key) ON DELETE CASCADE,"
    " content BLOB NOT NULL CHECK(length(content) = 32));"
    "CREATE INDEX sketch_content ON sketch(content);"
    "CREATE TABLE sketch_band("
    " hash INTEGER NOT NULL,"
    " version INTEGER NOT NULL REFERENCES version(key) ON DELETE CASCADE,"
    " PRIMARY KEY(hash, version)) WITHOUT ROWID;"
    "CREATE INDEX sketch_band_version ON sketch_band(version);"
    "CREATE TABLE same_file("
    " raw_hash BLOB PRIMARY KEY CHECK(length(raw_hash) = 32),"
    " version INTEGER NOT NULL REFERENCES version(key) ON DELETE CASCADE,"
    " source TEXT NOT NULL,"
    " created INTEGER NOT NULL) WITHOUT ROWID;"
    "CREATE INDEX same_file_version ON same_file(version);"
    "PRAGMA user_version = 5;";

static const char *const documents_migrations[] = {documents_1, documents_2, documents_3,
                                                   documents_4, documents_5};

const struct zd_schema zd_store__documents_schema = {
    .name = "zhidian.db",
    .application_id = 0x5a444442, /* "ZDDB" */
    .migrations = documents_migrations,
    .n_migrations = (int32_t)ZD_COUNT(documents_migrations),
};
