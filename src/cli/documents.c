/* documents.c: zhidian list, show, stats and check: what the office holds, and whether it is
 * sound. */
#include <inttypes.h>

#include "base/date.h"
#include "cli/question_run.h"
#include "desk/document_json.h"
#include "ingest/office.h"
#include "store/document.h"
#include "store/quarantine.h"
#include "store/sketch.h"
#include "store/version.h"

#define PAGE_DOCUMENTS 256
#define ARENA_BYTES ((size_t)64 << 20)

/* An office opened for one command. */
struct reading {
    struct zd_office *office;
    struct zd_view *view;
    struct zd_arena *arena;
};

static void reading_done(struct reading *r)
{
    if (r->view)
        zd_view_end(r->view);
    zd_view_close(r->view);
    zd_office_close(r->office);
    zd_arena_free(r->arena);
}

static enum zd_status reading_begin(const struct zd_cli *cli, struct reading *r,
                                    struct zd_error *err)
{
    enum zd_status st = zd_office_open(cli->data, &r->office, err);

    if (st == ZD_OK)
        st = zd_view_open(r->office, &r->view, err);
    if (st == ZD_OK)
        st = zd_view_begin(r->view, err);
    if (st != ZD_OK)
        return st;
    r->arena = zd_arena_new(ARENA_BYTES);
    return r->arena ? ZD_OK : ZD_FAIL(err, ZD_NOMEM, 0, "out of memory");
}

/* The version that stands for the document in a list: the one in force today, else the newest. */
static enum zd_status current_version(const struct reading *r, int64_t document,
                                      struct zd_version *ret_version, struct zd_error *err)
{
    const struct zd_version *standing;
    struct zd_version_list versions = {0};
    enum zd_status st = zd_version_of_document(zd_view_store(r->view), zd_subject_owner(), document,
                                               r->arena, &versions, err);

    if (st != ZD_OK)
        return st;
    standing = zd_document_standing(&versions, zd_date_today());
    if (standing)
        *ret_version = *standing;
    return ZD_OK;
}

static enum zd_status list_one(const struct reading *r, const struct zd_document *document,
                               bool json, struct zd_error *err)
{
    struct zd_version version = {0};
    char from[ZD_DATE_TEXT_BYTES];
    json_t *object = NULL;
    enum zd_status st;

    if (json) {
        st = zd_document_json(zd_view_store(r->view), zd_subject_owner(), document, false,
                              zd_date_today(), r->arena, &object, err);
        return st == ZD_OK ? zd_print_json(object, err) : st;
    }
    st = current_version(r, document->key, &version, err);
    if (st != ZD_OK)
        return st;
    printf("%.*s  %-10s  %-10s  ", ZD_ARG(document->id),
           zd_validity_word(zd_version_validity(&version, zd_date_today())),
           zd_date_text(version.valid_from, from));
    zd_print_text(stdout, document->title.n ? document->title : version.source);
    if (document->n_versions > 1)
        printf("  (%" PRIu32 " versions)", document->n_versions);
    putchar('\n');
    return ZD_OK;
}

static enum zd_status list_all(struct reading *r, bool json, struct zd_error *err)
{
    int64_t after = 0;

    for (;;) {
        struct zd_document_list page = {0};
        enum zd_status st = zd_document_page(zd_view_store(r->view), zd_subject_owner(), after,
                                             PAGE_DOCUMENTS, r->arena, &page, err);

        for (size_t i = 0; st == ZD_OK && i < page.n; i++)
            st = list_one(r, &page.p[i], json, err);
        if (st != ZD_OK || page.n < PAGE_DOCUMENTS)
            return st;
        after = page.p[page.n - 1].key;
        zd_arena_reset(r->arena);
    }
}

/* What a person who looks for a file here must know, beside the list. */
static enum zd_status tell_quarantined(const struct reading *r, struct zd_error *err)
{
    uint64_t n = 0;
    enum zd_status st = zd_quarantine_count(zd_view_store(r->view), zd_subject_owner(), &n, err);

    if (n > 0)
        fprintf(stderr,
                "另有 %" PRIu64 " 份因密级标志隔离 / %" PRIu64
                " more are quarantined: zhidian quarantine list\n",
                n, n);
    return st;
}

int zd_command_list(struct zd_cli *cli, int argc, char **argv)
{
    bool json = false;
    const struct zd_option options[] = {
        {"json", NULL, "每行一个 JSON 对象 / one JSON object a line", NULL, &json}};
    const struct zd_usage usage = {
        .command = "list",
        .arguments = "",
        .summary = "列出文档：编号、今日效力、施行日期、标题。\n"
                   "Lists the documents: id, validity today, first day in force, title.",
        .options = options,
        .n_options = ZD_COUNT(options),
    };
    struct reading r = {0};
    struct zd_error err = {0};
    int first, exit_status;
    enum zd_status st;

    if (!zd_options_read(&usage, argc, argv, &first, &exit_status))
        return exit_status;
    st = reading_begin(cli, &r, &err);
    if (st == ZD_OK)
        st = list_all(&r, json, &err);
    if (st == ZD_OK)
        st = tell_quarantined(&r, &err);
    reading_done(&r);
    return st == ZD_OK ? ZD_EXIT_DONE : zd_print_error(&err);
}

static void print_row(const char *label, struct zd_str value)
{
    if (value.n == 0)
        return;
    printf("  %s  ", label);
    zd_print_text(stdout, value);
    putchar('\n');
}

/* `copies`: further files with the same text, one a line. */
static void print_version(const struct zd_cli *cli, const struct zd_version *v,
                          struct zd_str copies)
{
    const enum zd_validity validity = zd_version_validity(v, zd_date_today());
    const char *color = validity == ZD_IN_FORCE ? zd_green(cli) : zd_yellow(cli);
    char date[ZD_DATE_TEXT_BYTES];

    printf("\n%s版本 version %" PRIu32 "%s  %s%s%s\n", zd_bold(cli), v->ordinal, zd_plain(cli),
           color, zd_validity_word(validity), zd_plain(cli));
    print_row("标题 title     ", v->title);
    print_row("发文机关 issuer", v->issuer);
    print_row("文号 number    ", v->number);
    print_row("发布 issued    ", zd_str_c(zd_date_text(v->issued, date)));
    print_row("施行 effective ", zd_str_c(zd_date_text(v->effective, date)));
    print_row("届满 expires   ", zd_str_c(zd_date_text(v->expires, date)));
    print_row("有效自 from    ", zd_str_c(zd_date_text(v->valid_from, date)));
    print_row("有效至 to      ", zd_str_c(zd_date_text(v->valid_to, date)));
    print_row("来源 source    ", v->source);
    printf("  格式 format      %.*s, %.*s, %" PRIu64 " 字 characters\n", ZD_ARG(v->format),
           ZD_ARG(v->encoding), v->n_chars);
    print_row("读取 reading   ", v->reading);
    print_row("同文 copies    ", copies);
    print_row("注意 warnings  ", v->warnings);
}

static enum zd_status show_document(const struct zd_cli *cli, struct reading *r, const char *id,
                                    bool json, struct zd_error *err)
{
    struct zd_store *store = zd_view_store(r->view);
    struct zd_document document = {0};
    struct zd_version_list versions = {0};
    json_t *object = NULL;
    enum zd_status st =
        zd_document_find(store, zd_subject_owner(), zd_str_c(id), r->arena, &document, err);

    if (st != ZD_OK)
        return st;
    if (json) {
        st = zd_document_json(store, zd_subject_owner(), &document, true, zd_date_today(), r->arena,
                              &object, err);
        return st == ZD_OK ? zd_print_json(object, err) : st;
    }
    st = zd_version_of_document(store, zd_subject_owner(), document.key, r->arena, &versions, err);
    if (st != ZD_OK)
        return st;
    printf("%s", zd_bold(cli));
    zd_print_text(stdout, document.title);
    printf("%s\n  编号 id          %.*s\n", zd_plain(cli), ZD_ARG(document.id));
    for (size_t i = versions.n; st == ZD_OK && i-- > 0;) {
        struct zd_str copies = {"", 0};

        st = zd_same_file_sources(store, zd_subject_owner(), versions.p[i].key, r->arena, &copies,
                                  err);
        if (st == ZD_OK)
            print_version(cli, &versions.p[i], copies);
    }
    return st;
}

int zd_command_show(struct zd_cli *cli, int argc, char **argv)
{
    bool json = false;
    const struct zd_option options[] = {{"json", NULL, "JSON", NULL, &json}};
    const struct zd_usage usage = {
        .command = "show",
        .arguments = "ID",
        .summary = "查看一份文档：各版本的发文机关、文号、日期与效力。\n"
                   "Shows a document: issuer, number, dates and validity of each version.",
        .options = options,
        .n_options = ZD_COUNT(options),
        .min_arguments = 1,
        .max_arguments = 1,
    };
    struct reading r = {0};
    struct zd_error err = {0};
    int first, exit_status;
    enum zd_status st;

    if (!zd_options_read(&usage, argc, argv, &first, &exit_status))
        return exit_status;
    st = reading_begin(cli, &r, &err);
    if (st == ZD_OK)
        st = show_document(cli, &r, argv[first], json, &err);
    reading_done(&r);
    return st == ZD_OK ? ZD_EXIT_DONE : zd_print_error(&err);
}

static enum zd_status print_stats(const struct reading *r, struct zd_error *err)
{
    struct zd_store_figures store = {0};
    struct zd_index_figures index = {0};
    uint64_t n_quarantined = 0;
    enum zd_status st = zd_store_figures(zd_view_store(r->view), zd_subject_owner(), &store, err);

    if (st == ZD_OK)
        st = zd_quarantine_count(zd_view_store(r->view), zd_subject_owner(), &n_quarantined, err);
    if (st != ZD_OK)
        return st;
    if (zd_view_index(r->view))
        zd_index_figures(zd_view_index(r->view), &index);
    printf("文档 documents       %" PRIu64 "\n版本 versions        %" PRIu64
           "\n段落 passages        %" PRIu64 "\n隔离 quarantined     %" PRIu64
           "\n正文 text            %.1f MB\n"
           "数据库 database      %.1f MB\n索引 index           %.1f MB, %" PRIu64
           " segments, %" PRIu64 " terms, %" PRIu64 " postings\n",
           store.n_documents, store.n_versions, store.n_passages, n_quarantined,
           (double)store.n_text_bytes / 1e6, (double)store.n_file_bytes / 1e6,
           (double)index.n_bytes / 1e6, index.n_segments, index.n_terms, index.n_postings);
    if (zd_view_is_partial(r->view))
        puts("索引不完整，请运行 zhidian reindex / the index is damaged: run zhidian reindex");
    return ZD_OK;
}

int zd_command_stats(struct zd_cli *cli, int argc, char **argv)
{
    static const struct zd_usage usage = {
        .command = "stats",
        .arguments = "",
        .summary = "库存数字。\nWhat the office holds, counted.",
    };
    struct reading r = {0};
    struct zd_error err = {0};
    int first, exit_status;
    enum zd_status st;

    if (!zd_options_read(&usage, argc, argv, &first, &exit_status))
        return exit_status;
    st = reading_begin(cli, &r, &err);
    if (st == ZD_OK)
        st = print_stats(&r, &err);
    reading_done(&r);
    return st == ZD_OK ? ZD_EXIT_DONE : zd_print_error(&err);
}

static enum zd_status check_all(const struct reading *r, const char *data, struct zd_error *err)
{
    struct zd_store *store = zd_view_store(r->view);
    uint64_t generation = 0;
    struct zd_str dir = zd_arena_printf(r->arena, "%s/index", data);
    enum zd_status st = zd_store_check(store, err);

    if (st == ZD_OK)
        st = zd_store_generation(store, &generation, err);
    if (st != ZD_OK || generation == 0)
        return st;
    if (!dir.p)
        return ZD_FAIL(err, ZD_NOMEM, 0, "out of memory");
    return zd_index_check(dir.p, generation, err);
}

int zd_command_check(struct zd_cli *cli, int argc, char **argv)
{
    static const struct zd_usage usage = {
        .command = "check",
        .arguments = "",
        .summary = "通读并检查数据库与索引；有损坏则以 1 结束。\n"
                   "Reads and checks all of database and index; ends with 1 where anything is "
                   "damaged.",
    };
    struct reading r = {0};
    struct zd_error err = {0};
    int first, exit_status;
    enum zd_status st;

    if (!zd_options_read(&usage, argc, argv, &first, &exit_status))
        return exit_status;
    st = reading_begin(cli, &r, &err);
    if (st == ZD_OK)
        st = check_all(&r, cli->data, &err);
    reading_done(&r);
    if (st != ZD_OK)
        return zd_print_error(&err);
    puts("完好 / sound");
    return ZD_EXIT_DONE;
}
