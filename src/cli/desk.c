/* desk.c: zhidian desk set | list: the faces of the office, and the model that words their answers. */
#include "base/caps.h"
#include "cli/cli.h"
#include "model/model.h"

static int command_set(struct zd_cli *cli, int argc, char **argv)
{
    const char *model = NULL;
    bool internal = false, cheapest = false;
    const struct zd_option options[] = {
        {"model", "NAME",
         "由哪个模型组织答复；省略则只摘录原文 / the model that words answers; "
         "none: extracts only",
         &model, NULL},
        {"internal", NULL, "对内窗口，可用未备案模型 / not for the public", NULL, &internal},
        {"cheapest", NULL, "同一先后内先用价低者 / the cheapest first", NULL, &cheapest},
    };
    const struct zd_usage usage = {
        .command = "desk set",
        .arguments = "NAME",
        .summary = "设立或更改一个窗口。对外窗口的模型须有备案号。\n"
                   "Makes or changes a desk. The model of a public one needs a filing number.",
        .options = options,
        .n_options = ZD_COUNT(options),
        .min_arguments = 1,
        .max_arguments = 1,
    };
    struct zd_desk_row desk = {0};
    struct zd_store *store = NULL;
    struct zd_error err = {0};
    int first, exit_status;
    enum zd_status st;

    if (!zd_options_read(&usage, argc, argv, &first, &exit_status))
        return exit_status;
    desk = (struct zd_desk_row){.name = zd_str_c(argv[first]),
                                .model = zd_str_c(model),
                                .is_public = !internal,
                                .cheapest = cheapest};
    if (desk.name.n == 0 || desk.name.n > 64)
        return zd_print_misuse("desk set", "名称 1 到 64 字节 / a name has 1 to 64 bytes");
    st = zd_gateway_store(cli->data, ZD_STORE_WRITE, &store, &err);
    if (st == ZD_OK)
        st = zd_desk_put(store, zd_subject_owner(), &desk, &err);
    zd_store_close(store);
    return st == ZD_OK ? ZD_EXIT_DONE : zd_print_error(&err);
}

static int command_list(struct zd_cli *cli, int argc, char **argv)
{
    static const struct zd_usage usage = {
        .command = "desk list", .arguments = "", .summary = "列出窗口。\nLists the desks."};
    struct zd_arena *arena = zd_arena_new(ZD_MiB);
    struct zd_desk_rows rows = {0};
    struct zd_store *store = NULL;
    struct zd_error err = {0};
    int first, exit_status;
    enum zd_status st;

    if (!zd_options_read(&usage, argc, argv, &first, &exit_status)) {
        zd_arena_free(arena);
        return exit_status;
    }
    st = zd_gateway_store(cli->data, ZD_STORE_READ, &store, &err);
    if (st == ZD_OK)
        st = zd_desk_rows(store, zd_subject_owner(), arena, &rows, &err);
    for (size_t i = 0; st == ZD_OK && i < rows.n; i++)
        printf("%.*s\t%s\t%.*s%s\n", ZD_ARG(rows.p[i].name),
               rows.p[i].is_public ? "public" : "internal",
               ZD_ARG(rows.p[i].model.n > 0 ? rows.p[i].model : ZD_STR("extracts only")),
               rows.p[i].cheapest ? "\tcheapest" : "");
    zd_store_close(store);
    zd_arena_free(arena);
    return st == ZD_OK || st == ZD_NOT_FOUND ? ZD_EXIT_DONE : zd_print_error(&err);
}

int zd_command_desk(struct zd_cli *cli, int argc, char **argv)
{
    static const struct zd_action actions[] = {
        {"set", command_set, "设立或更改 / make or change"},
        {"list", command_list, "列出 / list"},
    };

    return zd_run_action(cli, "desk", actions, ZD_COUNT(actions), argc, argv);
}
