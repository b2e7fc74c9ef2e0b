/* backend.c: zhidian backend add | list | remove: the services that answer for models.
 *
 * The secret of a service is read from a file or from standard input, never from an argument,
 * which other users of the machine could read; it is sealed at once and never printed. */
#include <string.h>
#include <unistd.h>

#include "base/caps.h"
#include "base/json.h"
#include "base/mapping.h"
#include "base/seal.h"
#include "cli/cli.h"
#include "model/model.h"

#define SECRET_MAX_BYTES 2048

struct wanted {
    const char *profile, *url, *key_file, *command, *parallel;
    bool abroad;
};

static void print_profiles(void)
{
    const struct zd_profile *profile;

    fputs("服务类型 / profiles:\n", stderr);
    for (size_t i = 0; (profile = zd_profile_at(i)); i++)
        fprintf(stderr, "  %-13s %s %s\n", profile->name, profile->title, profile->url);
}

/* The url and where it leads; abroad only where the owner says so. */
static enum zd_status place_of(const struct wanted *wanted, const struct zd_profile *profile,
                               struct zd_arena *arena, struct zd_backend *backend,
                               struct zd_error *err)
{
    struct zd_egress_url url;
    enum zd_status st;

    backend->url = zd_str_c(wanted->url ? wanted->url : profile->url);
    if (backend->url.n == 0)
        return ZD_FAIL(err, ZD_INVALID, 0, "a backend of this profile needs --url");
    st = zd_egress_url_read(backend->url, arena, &url, err);
    if (st != ZD_OK)
        return st;
    backend->place = zd_egress_place(&url);
    if (backend->place == ZD_PLACE_ABROAD && !wanted->abroad)
        return ZD_FAIL(
            err, ZD_DENIED, 0,
            "%.*s 不在已知的境内服务之列，须以 --abroad 明示 / is not known to be in the "
            "country; say --abroad if it may be used all the same",
            ZD_ARG(url.host));
    if (backend->place != ZD_PLACE_ROOM && !url.tls)
        return ZD_FAIL(err, ZD_INVALID, 0, "outside the office's own room only https will do");
    return ZD_OK;
}

/* The first line of the file, sealed. */
static enum zd_status read_secret(const struct zd_cli *cli, const char *path, struct zd_str name,
                                  struct zd_buf *out, struct zd_error *err)
{
    char line[SECRET_MAX_BYTES] = "";
    struct zd_owned_bytes file = {0};
    struct zd_str secret;
    enum zd_status st = ZD_OK;

    if (strcmp(path, "-") == 0) {
        if (!fgets(line, sizeof line, stdin))
            return ZD_FAIL(err, ZD_INVALID, 0, "nothing on standard input");
    } else {
        st = zd_file_read(path, SECRET_MAX_BYTES - 1, &file, err);
        if (st == ZD_OK)
            memcpy(line, file.p, file.n);
        if (file.p)
            zd_wipe(file.p, file.n);
        zd_free(file.p);
    }
    secret = (struct zd_str){line, strcspn(line, "\r\n")};
    if (st == ZD_OK && secret.n == 0)
        st = ZD_FAIL(err, ZD_INVALID, 0, "the file of the key is empty");
    for (size_t i = 0; st == ZD_OK && i < secret.n; i++)
        if ((uint8_t)line[i] <= ' ' || (uint8_t)line[i] >= 0x7f)
            st = ZD_FAIL(err, ZD_INVALID, i, "a key holds printable ASCII only");
    if (st == ZD_OK)
        st = zd_gateway_seal(cli->data, name, secret, out, err);
    zd_wipe(line, sizeof line);
    return st;
}

static enum zd_status add(const struct zd_cli *cli, const char *name, const struct wanted *wanted,
                          uint32_t n_parallel, struct zd_error *err)
{
    const struct zd_profile *profile = zd_profile_find(zd_str_c(wanted->profile));
    struct zd_arena *arena = zd_arena_new(ZD_MiB);
    struct zd_buf secret = {.max = 2 * SECRET_MAX_BYTES};
    struct zd_store *store = NULL;
    struct zd_backend backend = {
        .name = zd_str_c(name),
        .profile = zd_str_c(wanted->profile),
        .command = zd_str_c(wanted->command),
        .max_parallel = n_parallel,
    };
    enum zd_status st = ZD_OK;

    if (!arena)
        st = ZD_FAIL(err, ZD_NOMEM, 0, "out of memory");
    else if (!profile) {
        print_profiles();
        st = ZD_FAIL(err, ZD_INVALID, 0, "there is no profile '%s'", wanted->profile);
    } else
        st = place_of(wanted, profile, arena, &backend, err);
    if (st == ZD_OK && wanted->command && backend.place != ZD_PLACE_ROOM)
        st = ZD_FAIL(err, ZD_INVALID, 0, "an engine that is run here answers on this machine");
    if (st == ZD_OK && wanted->key_file)
        st = read_secret(cli, wanted->key_file, backend.name, &secret, err);
    backend.secret = zd_buf_view(&secret);
    if (st == ZD_OK)
        st = zd_gateway_store(cli->data, ZD_STORE_WRITE, &store, err);
    if (st == ZD_OK)
        st = zd_backend_put(store, zd_subject_owner(), &backend, err);
    if (st == ZD_OK)
        fprintf(stderr, "已登记 / added: %s, %s\n", name, zd_place_word(backend.place));
    zd_store_close(store);
    zd_buf_done(&secret);
    zd_arena_free(arena);
    return st;
}

static int command_add(struct zd_cli *cli, int argc, char **argv)
{
    struct wanted wanted = {.profile = "openai"};
    const struct zd_option options[] = {
        {"profile", "NAME", "服务类型，默认 openai / kind of service", &wanted.profile, NULL},
        {"url", "URL", "地址，如 http://10.0.0.5:8000/v1 / where it answers", &wanted.url, NULL},
        {"key-file", "FILE", "密钥所在文件，- 为标准输入 / file with its key, - for standard input",
         &wanted.key_file, NULL},
        {"parallel", "N", "同时处理的请求数，默认 64 / requests at one time", &wanted.parallel,
         NULL},
        {"command", "COMMAND", "由本程序启动和看护的本机引擎 / engine to run and watch here",
         &wanted.command, NULL},
        {"abroad", NULL, "确认可使用境外服务 / may be outside the country", NULL, &wanted.abroad},
    };
    const struct zd_usage usage = {
        .command = "backend add",
        .arguments = "NAME",
        .summary =
            "登记一个模型服务；同名则更改。\nAdds a model service, or changes the one of this "
            "name.",
        .options = options,
        .n_options = ZD_COUNT(options),
        .min_arguments = 1,
        .max_arguments = 1,
    };
    struct zd_error err = {0};
    long n_parallel = 64;
    int first, exit_status;

    if (!zd_options_read(&usage, argc, argv, &first, &exit_status))
        return exit_status;
    if (wanted.parallel &&
        !zd_read_number("backend add", "parallel", wanted.parallel, 1, 10000, &n_parallel))
        return ZD_EXIT_MISUSED;
    if (strlen(argv[first]) > 60 || argv[first][0] == '\0')
        return zd_print_misuse("backend add", "名称 1 到 60 字节 / a name has 1 to 60 bytes");
    return add(cli, argv[first], &wanted, (uint32_t)n_parallel, &err) == ZD_OK
               ? ZD_EXIT_DONE
               : zd_print_error(&err);
}

static void print_backend(const struct zd_backend *b, bool as_json)
{
    json_t *o;
    struct zd_buf line = {.max = ZD_MiB};

    if (!as_json) {
        printf("%.*s\t%.*s\t%.*s\t%s\t%s\t%u%s%.*s\n", ZD_ARG(b->name), ZD_ARG(b->profile),
               ZD_ARG(b->url), zd_place_word(b->place), b->secret.n > 0 ? "key" : "no key",
               b->max_parallel, b->command.n > 0 ? "\t" : "", ZD_ARG(b->command));
        return;
    }
    o = json_object();
    if (zd_json_set_str(o, "name", b->name) && zd_json_set_str(o, "profile", b->profile) &&
        zd_json_set_str(o, "url", b->url) &&
        zd_json_set_str(o, "place", zd_str_c(zd_place_word(b->place))) &&
        zd_json_set_new(o, "has_key", json_boolean(b->secret.n > 0)) &&
        zd_json_set_count(o, "parallel", b->max_parallel) &&
        zd_json_set_str(o, "command", b->command) && zd_json_write(o, &line, NULL) == ZD_OK)
        printf("%.*s\n", (int)line.n, (const char *)line.p);
    zd_buf_done(&line);
    json_decref(o);
}

static enum zd_status list_backends(struct zd_listing *listing, struct zd_error *err)
{
    const bool *as_json = listing->context;
    struct zd_backend_list list = {0};
    enum zd_status st =
        zd_backend_list(listing->store, zd_subject_owner(), listing->arena, &list, err);

    for (size_t i = 0; st == ZD_OK && i < list.n; i++)
        print_backend(&list.p[i], *as_json);
    return st;
}

static int command_list(struct zd_cli *cli, int argc, char **argv)
{
    bool as_json = false;
    const struct zd_option options[] = {
        {"json", NULL, "每行一个 JSON / one JSON a line", NULL, &as_json},
    };
    const struct zd_usage usage = {.command = "backend list",
                                   .arguments = "",
                                   .summary =
                                       "列出模型服务；密钥不显示。\nLists the services; keys "
                                       "are never shown.",
                                   .options = options,
                                   .n_options = ZD_COUNT(options)};

    return zd_run_listing(cli, &usage, ZD_LISTING_GATEWAY, list_backends, &as_json, argc, argv);
}

static int command_remove(struct zd_cli *cli, int argc, char **argv)
{
    static const struct zd_usage usage = {
        .command = "backend remove",
        .arguments = "NAME",
        .summary = "删除一个模型服务及其上的模型。\nRemoves a service with the models on it.",
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
        st = zd_backend_remove(store, zd_subject_owner(), zd_str_c(argv[first]), &err);
    zd_store_close(store);
    return st == ZD_OK ? ZD_EXIT_DONE : zd_print_error(&err);
}

int zd_command_backend(struct zd_cli *cli, int argc, char **argv)
{
    static const struct zd_action actions[] = {
        {"add", command_add, "登记或更改 / add or change"},
        {"list", command_list, "列出 / list"},
        {"remove", command_remove, "删除 / remove"},
    };

    return zd_run_action(cli, "backend", actions, ZD_COUNT(actions), argc, argv);
}
