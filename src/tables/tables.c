/* tables.c: the tables that the ranking found, each tried; exactly one may answer. See tables.h. */
#include "tables/tables.h"

#include "store/passage.h"
#include "store/region.h"
#include "tables/tables_private.h"

#define MAX_TABLES 6
#define MAX_LOOKED 24 /* ranked passages */
#define MAX_CELLS 60000

/* The count under "tables" of a version's reading. */
static uint32_t tables_of(const struct zd_version *version)
{
    const struct zd_str key = ZD_STR("\"tables\":");
    size_t at = zd_str_find(version->reading, key, 0);
    uint32_t n = 0;

    if (at == SIZE_MAX)
        return 0;
    for (at += key.n; at < version->reading.n && n < 100000 && version->reading.p[at] >= '0' &&
                      version->reading.p[at] <= '9';
         at++)
        n = n * 10 + (uint32_t)(version->reading.p[at] - '0');
    return n;
}

static bool same_headers(const struct zd_sheet *a, const struct zd_sheet *b)
{
    if (a->n_columns != b->n_columns)
        return false;
    for (uint32_t i = 0; i < a->n_columns; i++)
        if (!zd_str_eq(a->headers[i], b->headers[i]))
            return false;
    return true;
}

/* False where the table may go on in another: one with the same columns, one behind it that could
 * not be read as a table with headers, or any in a format of fixed pages, which cut tables. */
static bool stands_alone(const struct zd_sheet_list *sheets, const struct zd_sheet *sheet,
                         const struct zd_version *version)
{
    const uint32_t n_tables = tables_of(version);
    bool next = sheet->ordinal >= n_tables;

    if ((zd_str_eq(version->format, ZD_STR("pdf")) || zd_str_eq(version->format, ZD_STR("ofd"))) &&
        n_tables != 1)
        return false;
    for (size_t i = 0; i < sheets->n; i++) {
        if (sheets->p[i].key != sheet->key && same_headers(&sheets->p[i], sheet))
            return false;
        next |= sheets->p[i].ordinal == sheet->ordinal + 1;
    }
    return next;
}

/* Loads what surrounds the sheet and tries the question on it. */
static enum zd_status try_sheet(const struct zd_question *question, const struct zd_reader *reader,
                                struct zd_sheet *sheet, const struct zd_version *version,
                                struct zd_arena *arena, struct zd_count *ret_count,
                                struct zd_error *err)
{
    struct zd_tables__asked asked;
    struct zd_tables__table t = {.sheet = sheet, .title = version->title};
    struct zd_document document = {0};
    struct zd_stored_passage first = {0};
    struct zd_str region = {"", 0};
    enum zd_tables__wish wish;
    uint32_t measure = 0;
    enum zd_status st;

    if (!zd_tables__read(question->text, &asked, arena))
        return ZD_OK;
    st = zd_sheet_cells(reader->store, reader->subject, MAX_CELLS, arena, sheet, err);
    if (st == ZD_OK)
        st = zd_passage_get(reader->store, reader->subject, sheet->first, arena, &first, err);
    if (st == ZD_OK)
        st = zd_document_get(reader->store, reader->subject, version->document, arena, &document,
                             err);
    if (st == ZD_OK)
        st = zd_region_name(reader->store, document.region, arena, &region, err);
    if (st != ZD_OK || sheet->n_cells != (size_t)sheet->n_rows * sheet->n_columns)
        return st == ZD_LIMIT ? ZD_OK : st;
    t.caption = zd_tables__folded(first.path, arena);
    region = zd_tables__folded(region, arena);
    st = zd_tables__prepare(&t, arena, err);
    if (st != ZD_OK || !zd_tables__match(&t, &asked, region))
        return st;
    wish = zd_tables__wish_of(&asked, &measure);
    if (wish == WISH_NONE || !zd_tables__rest_is_empty(&asked))
        return ZD_OK;
    return zd_tables__reckon(&t, wish, measure, arena, ret_count, err);
}

/* The sheet that a passage is a row of, NULL for none. */
static struct zd_sheet *sheet_of(struct zd_sheet_list *sheets, int64_t passage)
{
    for (size_t i = 0; i < sheets->n; i++)
        if (passage >= sheets->p[i].first && passage <= sheets->p[i].last)
            return &sheets->p[i];
    return NULL;
}

/* Words without which nothing is counted: most questions end here. */
static bool may_count(struct zd_str question)
{
    static const char *const words[] = {"多少", "几",   "哪",   "最",   "平均",  "合计",
                                        "总",   "一共", "共计", "列出", "加起来"};

    for (size_t i = 0; i < ZD_COUNT(words); i++)
        if (zd_str_find(question, zd_str_c(words[i]), 0) != SIZE_MAX)
            return true;
    return false;
}

enum zd_status zd_tables_count(const struct zd_question *question, const struct zd_ranking *ranking,
                               const struct zd_reader *reader, struct zd_arena *arena,
                               struct zd_count *ret_count, struct zd_error *err)
{
    int64_t seen[MAX_TABLES];
    size_t n_seen = 0, n_certain = 0;
    struct zd_count found = {0};

    *ret_count = found;
    if (!may_count(question->folded))
        return ZD_OK;
    for (size_t i = 0; i < ranking->n && i < MAX_LOOKED && n_seen < MAX_TABLES; i++) {
        const int64_t passage = ranking->p[i].passage;
        struct zd_sheet_list sheets = {0};
        struct zd_version version = {0};
        struct zd_count count = {0};
        struct zd_sheet *sheet;
        bool again = false;
        enum zd_status st = zd_sheet_of_version(reader->store, reader->subject,
                                                zd_passage_version(passage), arena, &sheets, err);

        if (st != ZD_OK)
            return st;
        sheet = sheet_of(&sheets, passage);
        for (size_t k = 0; sheet && k < n_seen; k++)
            again |= seen[k] == sheet->key;
        if (!sheet || again || ranking->p[i].elsewhere)
            continue;
        seen[n_seen++] = sheet->key;
        st = zd_version_get(reader->store, reader->subject, sheet->version, arena, &version, err);
        if (st == ZD_OK && stands_alone(&sheets, sheet, &version))
            st = try_sheet(question, reader, sheet, &version, arena, &count, err);
        if (st != ZD_OK)
            return st;
        if (count.certain) {
            found = count;
            n_certain++;
        }
    }
    if (n_certain == 1)
        *ret_count = found;
    return ZD_OK;
}
