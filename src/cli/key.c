/* key.c: zhidian key new | list | revoke: the keys of programs that call the gateway. */
#include <string.h>

#include "base/caps.h"
#include "base/date.h"
#include "base/json.h"
#include "base/seal.h"
#include "cli/cli.h"
#include "model/model.h"

#define DAY_US INT64_C(86400000000)

static const struct {
    const char *name;
    uint32_t bit;
} scopes[] = {{"chat", ZD_SCOPE_CHAT}, {"embedding", ZD_SCOPE_EMBEDDING}, {"desk", ZD_SCOPE_DESK}};

static enum zd_status read_scope(const char *text, uint32_t *ret_scope, struct zd_error *err)
{
    struct zd_str rest = zd_str_c(text);
    uint32_t scope = 0;

    while (rest.n > 0) {
        size_t comma = zd_str_find(rest, ZD_STR(","), 0), i = 0;
        struct zd_str word = zd_str_cut(rest, 0, comma);

        while (i < ZD_COUNT(scopes) && !zd_str_eq(word, zd_str_c(scopes[i].name)))
            i++;
        if (i == ZD_COUNT(scopes))
            return ZD_FAIL(err, ZD_INVALID, 0, "--scope: chat, embedding, desk, joined by commas");
        scope |= scopes[i].bit;
        rest = zd_str_cut(rest, comma == SIZE_MAX ? rest.n : comma + 1, rest.n);
    }
    *ret_scope = scope;
    return ZD_OK;
}

static enum zd_status make(const struct zd_cli *cli, const struct zd_api_key *key,
                           struct zd_error *err)
{
    char secret[ZD_API_KEY_TEXT_BYTES], id[ZD_ID_TEXT_BYTES];
    struct zd_store *store = NULL;
    enum zd_status st = zd_gateway_store(cli->data, ZD_STORE_WRITE, &store, err);

    if (st == ZD_OK)
        st = zd_api_key_new(store, zd_subject_owner(), key, secret, id, err);
    if (st == ZD_OK) {
        fprintf(stderr, "密钥编号 / id: %s\n密钥只显示这一次 / the key, shown this once:\n", id);
        puts(secret);
    }
    zd_wipe(secret, sizeof secret);
    zd_store_close(store);
    return st;
}

static int command_new(struct zd_cli *cli, int argc, char **argv)
{
    const char *department = NULL, *desk = "public", *scope = "chat,embedding,desk",
               *data_class = "public", *days = NULL;
    const struct zd_option options[] = {
        {"department", "NAME", "所属部门，用量记在其下（必填）/ who pays (needed)", &department,
         NULL},
        {"desk", "NAME", "所属窗口，默认 public / its desk", &desk, NULL},
        {"scope", "LIST", "可用：chat,embedding,desk，默认全部 / what it opens", &scope, NULL},
        {"class", "CLASS", "所送数据的类别，默认 public / class of what it sends", &data_class,
         NULL},
        {"days", "N", "有效天数，默认不限 / days until it ends", &days, NULL},
    };
    const struct zd_usage usage = {
        .command = "key new",
        .arguments = "NAME",
        .summary = "发放一个密钥；只显示一次，只存其散列。\n"
                   "Makes a key; it is shown once, and only its hash is kept.",
        .options = options,
        .n_options = ZD_COUNT(options),
        .min_arguments = 1,
        .max_arguments = 1,
    };
    struct zd_api_key key = {0};
    struct zd_error err = {0};
    int first, exit_status;
    long n_days = 0;

    if (!zd_options_read(&usage, argc, argv, &first, &exit_status))
        return exit_status;
    if (days && !zd_read_number("key new", "days", days, 1, 36500, &n_days))
        return ZD_EXIT_MISUSED;
    if (!department || !department[0] || strlen(department) > 128 || strlen(argv[first]) > 256)
        return zd_print_misuse("key new",
                               "缺少 --department，或名称过长 / needs --department, or a "
                               "name is too long");
    key = (struct zd_api_key){.name = zd_str_c(argv[first]),
                              .department = zd_str_c(department),
                              .desk = zd_str_c(desk),
                              .data_class = zd_data_class_of(zd_str_c(data_class)),
                              .expires = n_days ? zd_clock_wall_us() + n_days * DAY_US : 0};
    if (key.data_class == ZD_N_DATA_CLASSES)
        return zd_print_misuse("key new", "--class: public, internal, personal, sensitive");
    if (read_scope(scope, &key.scope, &err) != ZD_OK || make(cli, &key, &err) != ZD_OK)
        return zd_print_error(&err);
    return ZD_EXIT_DONE;
}

static void print_key(const struct zd_api_key *k)
{
    json_t *o = json_object(), *list = json_array();
    struct zd_buf line = {.max = ZD_MiB};
    bool ok = list != NULL;

    for (size_t i = 0; ok && i < ZD_COUNT(scopes); i++)
        if (k->scope & scopes[i].bit)
            ok = json_array_append_new(list, json_string(scopes[i].name)) == 0;
    ok = ok && zd_json_set_str(o, "id", k->id) && zd_json_set_str(o, "name", k->name) &&
         zd_json_set_str(o, "department", k->department) && zd_json_set_str(o, "desk", k->desk) &&
         json_object_set(o, "scope", list) == 0 &&
         zd_json_set_str(o, "class", zd_str_c(zd_data_class_word(k->data_class))) &&
         zd_json_set_new(o, "expires", json_integer(k->expires / 1000000)) &&
         zd_json_set_new(o, "revoked", json_integer(k->revoked / 1000000)) &&
         zd_json_set_new(o, "created", json_integer(k->created / 1000000)) &&
         zd_json_write(o, &line, NULL) == ZD_OK;
    if (ok)
        printf("%.*s\n", (int)line.n, (const char *)line.p);
    zd_buf_done(&line);
    json_decref(list);
    json_decref(o);
}

static enum zd_status list_keys(struct zd_listing *listing, struct zd_error *err)
{
    struct zd_api_key_list list = {0};
    enum zd_status st =
        zd_api_key_list(listing->store, zd_subject_owner(), listing->arena, &list, err);

    for (size_t i = 0; st == ZD_OK && i < list.n; i++)
        print_key(&list.p[i]);
    return st;
}

static int command_list(struct zd_cli *cli, int argc, char **argv)
{
    static const struct zd_usage usage = {
        .command = "key list",
        .arguments = "",
        .summary =
            "列出密钥（不含密钥本身），每行一个 JSON。\nLists the keys without their secrets.",
    };

    return zd_run_listing(cli, &usage, ZD_LISTING_GATEWAY, list_keys, NULL, argc, argv);
}

static int command_revoke(struct zd_cli *cli, int argc, char **argv)
{
    static const struct zd_usage usage = {
        .command = "key revoke",
        .arguments = "ID",
        .summary = "吊销一个密钥，一秒内生效，进行中的请求随之中止。\n"
                   "Ends a key for good, within a second, with the requests that it runs.",
        .min_arguments = 1,
        .max_arguments = 1,
    };
    struct zd_store *store = NULL;
    struct zd_error err = {0};
    int first, exit_status;
    enum zd_status st;

    if (!zd_options_read(&usage, argc, argv, &first, &exit_status))
        return exit_status;
    st = zd_gateway_store(cli->data, ZD_STORE_WRITE, &store, &err);
    if (st == ZD_OK)
        st = zd_api_key_revoke(store, zd_subject_owner(), zd_str_c(argv[first]), &err);
    zd_store_close(store);
    return st == ZD_OK ? ZD_EXIT_DONE : zd_print_error(&err);
}

int zd_command_key(struct zd_cli *cli, int argc, char **argv)
{
    static const struct zd_action actions[] = {
        {"new", command_new, "发放 / make"},
        {"list", command_list, "列出 / list"},
        {"revoke", command_revoke, "吊销 / revoke"},
    };

    return zd_run_action(cli, "key", actions, ZD_COUNT(actions), argc, argv);
}
