/* quarantine.c: zhidian quarantine list | release: files set aside for a secrecy mark. */
#include <inttypes.h>

#include "cli/question_run.h"
#include "desk/quarantine_json.h"
#include "ingest/ingest.h"

#define MAX_LISTED 1000

static enum zd_status print_one(const struct zd_quarantined *file, bool json, struct zd_error *err)
{
    if (json)
        return zd_print_json(zd_quarantined_json(file), err);
    printf("%.*s  %.*s  ", ZD_ARG(file->id), ZD_ARG(file->level));
    zd_print_text(stdout, file->name);
    printf("\n  “%.*s”，%.*s", ZD_ARG(file->mark), ZD_ARG(file->place));
    if (file->page)
        printf("，第%" PRIu32 "页", file->page);
    printf("；%.*s，%" PRIu32 " 次 times", ZD_ARG(file->who), file->n_times);
    if (file->released_us)
        printf("；已由 %.*s 放行 released", ZD_ARG(file->released_by));
    putchar('\n');
    return ZD_OK;
}

static enum zd_status list_files(struct zd_listing *listing, struct zd_error *err)
{
    const bool *json = listing->context;
    struct zd_quarantine_list list = {0};
    enum zd_status st = zd_quarantine_page(listing->store, zd_subject_owner(), MAX_LISTED,
                                           listing->arena, &list, err);

    for (size_t i = 0; st == ZD_OK && i < list.n; i++)
        st = print_one(&list.p[i], *json, err);
    return st;
}

static int command_list(struct zd_cli *cli, int argc, char **argv)
{
    bool json = false;
    const struct zd_option options[] = {
        {"json", NULL, "每行一个 JSON 对象 / one JSON object a line", NULL, &json}};
    const struct zd_usage usage = {
        .command = "quarantine list",
        .arguments = "",
        .summary = "列出因密级标志未入库的文件：编号、密级、名称、标志与位置、何人几次送来。\n"
                   "Lists the files that a secrecy mark kept out: id, level, name, the mark and "
                   "its place, who brought it how often.",
        .options = options,
        .n_options = ZD_COUNT(options),
    };

    return zd_run_listing(cli, &usage, ZD_LISTING_OFFICE, list_files, &json, argc, argv);
}

static int command_release(struct zd_cli *cli, int argc, char **argv)
{
    static const struct zd_usage usage = {
        .command = "quarantine release",
        .arguments = "ID",
        .summary = "经人工认定并非密级标志后放行：同一文件可再次加入；放行人与时间留有记录。\n"
                   "Where a person finds that the mark is none: the same file may then be added. "
                   "Who and when is recorded.",
        .min_arguments = 1,
        .max_arguments = 1,
    };
    char who[ZD_USER_NAME_BYTES];
    const struct zd_ingest_options options = {.who = zd_user_name(who)};
    struct zd_ingest *ingest = NULL;
    struct zd_error err = {0};
    int first, exit_status;
    enum zd_status st;

    if (!zd_options_read(&usage, argc, argv, &first, &exit_status))
        return exit_status;
    st = zd_ingest_open(cli->data, &options, &ingest, &err);
    if (st == ZD_OK)
        st = zd_ingest_release(ingest, zd_str_c(argv[first]), &err);
    zd_ingest_close(ingest);
    if (st != ZD_OK)
        return zd_print_error(&err);
    fputs("已放行，可再次加入 / released: it may be added again\n", stderr);
    return ZD_EXIT_DONE;
}

int zd_command_quarantine(struct zd_cli *cli, int argc, char **argv)
{
    static const struct zd_action actions[] = {
        {"list", command_list, "列出 / list"},
        {"release", command_release, "认定并非密级标志 / the mark is none"},
    };

    return zd_run_action(cli, "quarantine", actions, ZD_COUNT(actions), argc, argv);
}
