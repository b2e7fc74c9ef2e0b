/* remove.c: zhidian remove ID… and zhidian reindex: the changes besides add. */
#include "cli/cli.h"
#include "ingest/ingest.h"

/* All or nothing: an id that is not there removes none. */
static enum zd_status remove_all(struct zd_ingest *ingest, int n_ids, char **ids,
                                 struct zd_error *err)
{
    for (int i = 0; i < n_ids; i++) {
        enum zd_status st = zd_ingest_remove(ingest, zd_str_c(ids[i]), err);

        if (st != ZD_OK)
            return st;
    }
    return zd_ingest_flush(ingest, err);
}

int zd_command_remove(struct zd_cli *cli, int argc, char **argv)
{
    static const struct zd_usage usage = {
        .command = "remove",
        .arguments = "ID…",
        .summary = "删除文档及其全部版本；命令返回后即不再被引用。\n"
                   "Removes documents with all their versions; once it returns they answer "
                   "nothing.",
        .min_arguments = 1,
        .max_arguments = -1,
    };
    const struct zd_ingest_options options = {.cancel = cli->cancel};
    struct zd_ingest *ingest = NULL;
    struct zd_error err = {0};
    int first, exit_status;
    enum zd_status st;

    if (!zd_options_read(&usage, argc, argv, &first, &exit_status))
        return exit_status;
    st = zd_ingest_open(cli->data, &options, &ingest, &err);
    if (st == ZD_OK)
        st = remove_all(ingest, argc - first, argv + first, &err);
    zd_ingest_close(ingest);
    if (st != ZD_OK)
        return zd_print_error(&err);
    fprintf(stderr, "已删除 %d 份 / %d removed\n", argc - first, argc - first);
    return ZD_EXIT_DONE;
}

int zd_command_reindex(struct zd_cli *cli, int argc, char **argv)
{
    static const struct zd_usage usage = {
        .command = "reindex",
        .arguments = "",
        .summary = "由数据库重建索引。\nRebuilds the index from the database.",
    };
    const struct zd_ingest_options options = {.cancel = cli->cancel};
    struct zd_ingest *ingest = NULL;
    struct zd_error err = {0};
    int first, exit_status;
    enum zd_status st;

    if (!zd_options_read(&usage, argc, argv, &first, &exit_status))
        return exit_status;
    st = zd_ingest_open(cli->data, &options, &ingest, &err);
    if (st == ZD_OK)
        st = zd_ingest_rebuild_index(ingest, &err);
    zd_ingest_close(ingest);
    if (st != ZD_OK)
        return zd_print_error(&err);
    fputs("索引已重建 / index rebuilt\n", stderr);
    return ZD_EXIT_DONE;
}
