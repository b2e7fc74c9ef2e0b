/* gateway_schema: the tables of gateway.db, as the migrations that make them (rules in schema.c;
 * docs/formats.md describes each column).
 *
 * Money is in millionths of a yuan, prices in millionths of a yuan a million tokens, moments in
 * microseconds since 1970 UTC, days yyyymmdd in the office's time zone. */
#include "store/store_private.h"

static const char gateway_1[] =
    "CREATE TABLE backend("
    " key INTEGER PRIMARY KEY AUTOINCREMENT,"
    " name TEXT NOT NULL UNIQUE CHECK(length(name) > 0),"
    " profile TEXT NOT NULL,"
    " url TEXT NOT NULL,"
    " place INTEGER NOT NULL," /* zd_place */
    " secret BLOB NOT NULL,"   /* sealed with gateway.key; '' none */
    " command TEXT NOT NULL,"  /* of a local engine; '' none */
    " max_parallel INTEGER NOT NULL CHECK(max_parallel > 0),"
    " created INTEGER NOT NULL);"
    "CREATE TABLE model("
    " key INTEGER PRIMARY KEY AUTOINCREMENT,"
    " name TEXT NOT NULL CHECK(length(name) > 0),"
    " backend INTEGER NOT NULL REFERENCES backend(key) ON DELETE CASCADE,"
    " upstream TEXT NOT NULL,"
    " task INTEGER NOT NULL,"
    " filing TEXT NOT NULL,"
    " contract TEXT NOT NULL,"
    " classes INTEGER NOT NULL,"
    " price_in INTEGER NOT NULL CHECK(price_in >= 0),"
    " price_out INTEGER NOT NULL CHECK(price_out >= 0),"
    " context_tokens INTEGER NOT NULL CHECK(context_tokens > 0),"
    " output_tokens INTEGER NOT NULL CHECK(output_tokens > 0),"
    " rank INTEGER NOT NULL,"
    " weight INTEGER NOT NULL CHECK(weight > 0),"
    " created INTEGER NOT NULL,"
    " UNIQUE(name, backend));"
    "CREATE TABLE desk("
    " name TEXT PRIMARY KEY CHECK(length(name) > 0),"
    " is_public INTEGER NOT NULL,"
    " cheapest INTEGER NOT NULL," /* within a rank the cheapest model first, not by weight */
    " model TEXT NOT NULL"        /* that words its answers; '' extracts only */
    ") WITHOUT ROWID;"
    "INSERT INTO desk(name, is_public, cheapest, model) VALUES('public', 1, 0, '');"
    "CREATE TABLE api_key("
    " key INTEGER PRIMARY KEY AUTOINCREMENT,"
    " id TEXT NOT NULL UNIQUE,"
    " hash BLOB NOT NULL UNIQUE CHECK(length(hash) = 32),"
    " name TEXT NOT NULL,"
    " department TEXT NOT NULL CHECK(length(department) > 0),"
    " desk TEXT NOT NULL REFERENCES desk(name),"
    " scope INTEGER NOT NULL,"
    " data_class INTEGER NOT NULL,"
    " expires INTEGER NOT NULL," /* moment; 0 never */
    " revoked INTEGER NOT NULL," /* moment; 0 in use */
    " created INTEGER NOT NULL);"
    "CREATE TABLE quota("
    " kind INTEGER NOT NULL,"
    " name TEXT NOT NULL,"
    " measure INTEGER NOT NULL,"
    " span INTEGER NOT NULL,"
    " amount INTEGER NOT NULL CHECK(amount >= 0),"
    " PRIMARY KEY(kind, name, measure, span)) WITHOUT ROWID;"
    "CREATE TABLE usage("
    " key INTEGER PRIMARY KEY AUTOINCREMENT,"
    " id TEXT NOT NULL UNIQUE," /* of the request */
    " begun INTEGER NOT NULL,"
    " ended INTEGER NOT NULL," /* 0 while it runs */
    " api_key TEXT NOT NULL,"
    " department TEXT NOT NULL,"
    " desk TEXT NOT NULL,"
    " model TEXT NOT NULL,"
    " backend TEXT NOT NULL,"
    " host TEXT NOT NULL,"
    " place INTEGER NOT NULL,"
    " data_class INTEGER NOT NULL,"
    " n_bytes INTEGER NOT NULL," /* that were sent out */
    " estimate_in INTEGER NOT NULL,"
    " estimate_out INTEGER NOT NULL,"
    " provider_in INTEGER NOT NULL," /* -1 not told */
    " provider_out INTEGER NOT NULL,"
    " charged_in INTEGER NOT NULL,"
    " charged_out INTEGER NOT NULL,"
    " money INTEGER NOT NULL,"
    " outcome INTEGER NOT NULL);"
    "CREATE INDEX usage_begun ON usage(begun);"
    "CREATE INDEX usage_open ON usage(key) WHERE ended = 0;"
    "CREATE TABLE usage_total("
    " kind INTEGER NOT NULL,"
    " name TEXT NOT NULL,"
    " day INTEGER NOT NULL,"
    " n_requests INTEGER NOT NULL,"
    " tokens_in INTEGER NOT NULL,"
    " tokens_out INTEGER NOT NULL,"
    " money INTEGER NOT NULL,"
    " PRIMARY KEY(kind, name, day)) WITHOUT ROWID;"
    "PRAGMA application_id = 0x5a444757;"
    "PRAGMA user_version = 1;";

static const char *const gateway_migrations[] = {gateway_1};

const struct zd_schema zd_store__gateway_schema = {
    .name = "gateway.db",
    .application_id = 0x5a444757, /* "ZDGW" */
    .migrations = gateway_migrations,
    .n_migrations = (int32_t)ZD_COUNT(gateway_migrations),
};
