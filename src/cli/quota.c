/* quota.c: zhidian quota set | list | remove. */
#include "base/caps.h"
#include "cli/cli.h"
#include "model/model.h"

/* KIND NAME MEASURE SPAN into a quota. */
static bool read_quota(const char *command, char **words, struct zd_quota *quota)
{
    quota->kind = zd_quota_kind_of(zd_str_c(words[0]));
    quota->name = zd_str_c(words[1]);
    quota->measure = zd_measure_of(zd_str_c(words[2]));
    quota->span = zd_span_of(zd_str_c(words[3]));
    if (quota->kind < ZD_N_QUOTA_KINDS && quota->measure < ZD_N_MEASURES &&
        quota->span < ZD_N_SPANS && quota->name.n > 0)
        return true;
    zd_print_misuse(command, "key|department|desk NAME requests|tokens|money minute|day|month");
    return false;
}

static enum zd_status change(const struct zd_cli *cli, const struct zd_quota *quota, bool set,
                             struct zd_error *err)
{
    struct zd_store *store = NULL;
    enum zd_status st = zd_gateway_store(cli->data, ZD_STORE_WRITE, &store, err);

    if (st == ZD_OK)
        st = set ? zd_quota_put(store, zd_subject_owner(), quota, err)
                 : zd_quota_remove(store, zd_subject_owner(), quota, err);
    zd_store_close(store);
    return st;
}

static int command_set(struct zd_cli *cli, int argc, char **argv)
{
    static const struct zd_usage usage = {
        .command = "quota set",
        .arguments = "KIND NAME MEASURE SPAN AMOUNT",
        .summary =
            "设一个限额：key|department|desk 名称 requests|tokens|money minute|day|month 数量\n"
            "（money 以元计；名称 * 指该类中没有自己限额的每一个）。\n"
            "Sets a quota; money in yuan; the name * is each one of its kind without its own.",
        .min_arguments = 5,
        .max_arguments = 5,
    };
    struct zd_quota quota = {0};
    struct zd_error err = {0};
    int first, exit_status;
    long amount;

    if (!zd_options_read(&usage, argc, argv, &first, &exit_status))
        return exit_status;
    if (!read_quota("quota set", argv + first, &quota))
        return ZD_EXIT_MISUSED;
    if (quota.measure == ZD_MEASURE_MONEY) {
        if (!zd_read_yuan("quota set", "AMOUNT", argv[first + 4], &quota.amount))
            return ZD_EXIT_MISUSED;
    } else {
        if (!zd_read_number("quota set", "AMOUNT", argv[first + 4], 0, 1000000000000000, &amount))
            return ZD_EXIT_MISUSED;
        quota.amount = (uint64_t)amount;
    }
    return change(cli, &quota, true, &err) == ZD_OK ? ZD_EXIT_DONE : zd_print_error(&err);
}

static int command_remove(struct zd_cli *cli, int argc, char **argv)
{
    static const struct zd_usage usage = {
        .command = "quota remove",
        .arguments = "KIND NAME MEASURE SPAN",
        .summary = "取消一个限额。\nTakes a quota away.",
        .min_arguments = 4,
        .max_arguments = 4,
    };
    struct zd_quota quota = {0};
    struct zd_error err = {0};
    int first, exit_status;

    if (!zd_options_read(&usage, argc, argv, &first, &exit_status))
        return exit_status;
    if (!read_quota("quota remove", argv + first, &quota))
        return ZD_EXIT_MISUSED;
    return change(cli, &quota, false, &err) == ZD_OK ? ZD_EXIT_DONE : zd_print_error(&err);
}

static int command_list(struct zd_cli *cli, int argc, char **argv)
{
    static const struct zd_usage usage = {
        .command = "quota list", .arguments = "", .summary = "列出限额。\nLists the quotas."};
    struct zd_arena *arena = zd_arena_new(8 * ZD_MiB);
    struct zd_quota_list list = {0};
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
        st = zd_quota_list(store, zd_subject_owner(), arena, &list, &err);
    for (size_t i = 0; st == ZD_OK && i < list.n; i++) {
        const struct zd_quota *q = &list.p[i];

        printf("%s\t%.*s\t%s\t%s\t", zd_quota_kind_word(q->kind), ZD_ARG(q->name),
               zd_measure_word(q->measure), zd_span_word(q->span));
        if (q->measure == ZD_MEASURE_MONEY)
            printf("%.6f\n", (double)q->amount / 1e6);
        else
            printf("%llu\n", (unsigned long long)q->amount);
    }
    zd_store_close(store);
    zd_arena_free(arena);
    return st == ZD_OK || st == ZD_NOT_FOUND ? ZD_EXIT_DONE : zd_print_error(&err);
}

int zd_command_quota(struct zd_cli *cli, int argc, char **argv)
{
    static const struct zd_action actions[] = {
        {"set", command_set, "设定 / set"},
        {"list", command_list, "列出 / list"},
        {"remove", command_remove, "取消 / remove"},
    };

    return zd_run_action(cli, "quota", actions, ZD_COUNT(actions), argc, argv);
}
