/* model.c: zhidian model add | list | remove: the register of models. */
#include <string.h>

#include "base/caps.h"
#include "base/json.h"
#include "cli/cli.h"
#include "model/model.h"

struct wanted {
    const char *backend, *upstream, *task, *filing, *contract, *classes, *price_in, *price_out,
        *context, *output, *rank, *weight;
};

/* "public,internal" into bits. */
static enum zd_status read_classes(const char *text, uint32_t *ret_bits, struct zd_error *err)
{
    struct zd_str rest = zd_str_c(text);
    uint32_t bits = 0;

    while (rest.n > 0) {
        size_t comma = zd_str_find(rest, ZD_STR(","), 0);
        enum zd_data_class data_class = zd_data_class_of(zd_str_cut(rest, 0, comma));

        if (data_class == ZD_N_DATA_CLASSES)
            return ZD_FAIL(err, ZD_INVALID, 0,
                           "--classes: public, internal, personal, sensitive, joined by commas");
        bits |= 1u << data_class;
        rest = zd_str_cut(rest, comma == SIZE_MAX ? rest.n : comma + 1, rest.n);
    }
    *ret_bits = bits;
    return ZD_OK;
}

static bool read_numbers(const struct wanted *wanted, struct zd_model *model)
{
    const struct {
        const char *name, *text;
        uint32_t *value;
        long most;
    } rows[] = {
        {"context", wanted->context, &model->context_tokens, 100000000},
        {"output", wanted->output, &model->output_tokens, 10000000},
        {"rank", wanted->rank, &model->rank, 1000},
        {"weight", wanted->weight, &model->weight, 1000},
    };

    for (size_t i = 0; i < ZD_COUNT(rows); i++) {
        long value;

        if (!rows[i].text)
            continue;
        if (!zd_read_number("model add", rows[i].name, rows[i].text, 1, rows[i].most, &value))
            return false;
        *rows[i].value = (uint32_t)value;
    }
    return (!wanted->price_in ||
            zd_read_yuan("model add", "price-in", wanted->price_in, &model->price_in)) &&
           (!wanted->price_out ||
            zd_read_yuan("model add", "price-out", wanted->price_out, &model->price_out));
}

static enum zd_status add(const struct zd_cli *cli, const struct wanted *wanted,
                          struct zd_model *model, struct zd_error *err)
{
    struct zd_store *store = NULL;
    enum zd_status st = read_classes(wanted->classes, &model->classes, err);

    if (st == ZD_OK && model->task == ZD_N_TASKS)
        st = ZD_FAIL(err, ZD_INVALID, 0, "--task: chat or embedding");
    if (st == ZD_OK && (zd_str_starts(model->name, ZD_STR("desk:")) || model->name.n > 128))
        st = ZD_FAIL(err, ZD_INVALID, 0,
                     "a model's name has at most 128 bytes, and 'desk:' is taken");
    if (st == ZD_OK)
        st = zd_gateway_store(cli->data, ZD_STORE_WRITE, &store, err);
    if (st == ZD_OK)
        st = zd_model_put(store, zd_subject_owner(), model, err);
    zd_store_close(store);
    return st;
}

static int command_add(struct zd_cli *cli, int argc, char **argv)
{
    struct wanted wanted = {.task = "chat", .classes = "public"};
    const struct zd_option options[] = {
        {"backend", "NAME", "由哪个服务提供（必填）/ the service that offers it (needed)",
         &wanted.backend, NULL},
        {"as", "NAME", "该服务对它的称呼，默认同名 / its name there", &wanted.upstream, NULL},
        {"task", "TASK", "chat 或 embedding，默认 chat", &wanted.task, NULL},
        {"filing", "NUMBER", "备案号；没有的不能用于对外窗口 / filing number; none: no public desk",
         &wanted.filing, NULL},
        {"contract", "TEXT", "与提供者的合同 / the contract with the provider", &wanted.contract,
         NULL},
        {"classes", "LIST",
         "可接触的数据：public,internal,personal,sensitive，默认 public / data it "
         "may see",
         &wanted.classes, NULL},
        {"price-in", "YUAN", "每百万输入 token 的价格（元）/ yuan a million tokens read",
         &wanted.price_in, NULL},
        {"price-out", "YUAN", "每百万输出 token 的价格（元）/ yuan a million tokens written",
         &wanted.price_out, NULL},
        {"context", "N", "上下文长度，默认 65536 / tokens it reads", &wanted.context, NULL},
        {"output", "N", "最长输出，默认 4096 / tokens it writes", &wanted.output, NULL},
        {"rank", "N", "先后，小者先用，默认 1 / lower is asked first", &wanted.rank, NULL},
        {"weight", "N", "同一先后内的分量，默认 1 / share within a rank", &wanted.weight, NULL},
    };
    const struct zd_usage usage = {
        .command = "model add",
        .arguments = "NAME",
        .summary = "登记一个模型；同名可登记在多个服务上，依次或按分量选用。\n"
                   "Adds a model; one name may stand with several services.",
        .options = options,
        .n_options = ZD_COUNT(options),
        .min_arguments = 1,
        .max_arguments = 1,
    };
    struct zd_model model = {
        .context_tokens = 65536, .output_tokens = 4096, .rank = 1, .weight = 1};
    struct zd_error err = {0};
    int first, exit_status;

    if (!zd_options_read(&usage, argc, argv, &first, &exit_status))
        return exit_status;
    if (!wanted.backend || argv[first][0] == '\0')
        return zd_print_misuse("model add", "缺少 --backend / needs --backend");
    if (!read_numbers(&wanted, &model))
        return ZD_EXIT_MISUSED;
    model.name = zd_str_c(argv[first]);
    model.backend = zd_str_c(wanted.backend);
    model.upstream = zd_str_c(wanted.upstream ? wanted.upstream : argv[first]);
    model.task = zd_task_of(zd_str_c(wanted.task));
    model.filing = zd_str_c(wanted.filing);
    model.contract = zd_str_c(wanted.contract);
    return add(cli, &wanted, &model, &err) == ZD_OK ? ZD_EXIT_DONE : zd_print_error(&err);
}

static void print_model(const struct zd_model *m)
{
    json_t *o = json_object(), *classes = json_array();
    struct zd_buf line = {.max = ZD_MiB};
    bool ok = classes != NULL;

    for (int c = 0; ok && c < ZD_N_DATA_CLASSES; c++)
        if (m->classes >> c & 1)
            ok = json_array_append_new(classes,
                                       json_string(zd_data_class_word((enum zd_data_class)c))) == 0;
    ok = ok && zd_json_set_str(o, "name", m->name) && zd_json_set_str(o, "backend", m->backend) &&
         zd_json_set_str(o, "upstream", m->upstream) &&
         zd_json_set_str(o, "task", zd_str_c(zd_task_word(m->task))) &&
         zd_json_set_str(o, "filing", m->filing) && zd_json_set_str(o, "contract", m->contract) &&
         json_object_set(o, "classes", classes) == 0 &&
         zd_json_set_new(o, "price_in", json_real((double)m->price_in / 1e6)) &&
         zd_json_set_new(o, "price_out", json_real((double)m->price_out / 1e6)) &&
         zd_json_set_count(o, "context", m->context_tokens) &&
         zd_json_set_count(o, "output", m->output_tokens) &&
         zd_json_set_count(o, "rank", m->rank) && zd_json_set_count(o, "weight", m->weight) &&
         zd_json_write(o, &line, NULL) == ZD_OK;
    if (ok)
        printf("%.*s\n", (int)line.n, (const char *)line.p);
    zd_buf_done(&line);
    json_decref(classes);
    json_decref(o);
}

static int command_list(struct zd_cli *cli, int argc, char **argv)
{
    static const struct zd_usage usage = {
        .command = "model list",
        .arguments = "",
        .summary = "登记的模型，每行一个 JSON。\nThe register, one JSON a line.",
    };
    struct zd_arena *arena = zd_arena_new(8 * ZD_MiB);
    struct zd_model_list list = {0};
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
        st = zd_model_list(store, zd_subject_owner(), arena, &list, &err);
    for (size_t i = 0; st == ZD_OK && i < list.n; i++)
        print_model(&list.p[i]);
    zd_store_close(store);
    zd_arena_free(arena);
    return st == ZD_OK || st == ZD_NOT_FOUND ? ZD_EXIT_DONE : zd_print_error(&err);
}

static int command_remove(struct zd_cli *cli, int argc, char **argv)
{
    const char *backend = NULL;
    const struct zd_option options[] = {
        {"backend", "NAME", "只从这个服务上 / from this service only", &backend, NULL},
    };
    const struct zd_usage usage = {
        .command = "model remove",
        .arguments = "NAME",
        .summary = "注销一个模型。\nTakes a model out of the register.",
        .options = options,
        .n_options = ZD_COUNT(options),
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
        st = zd_model_remove(store, zd_subject_owner(), zd_str_c(argv[first]), zd_str_c(backend),
                             &err);
    zd_store_close(store);
    return st == ZD_OK ? ZD_EXIT_DONE : zd_print_error(&err);
}

int zd_command_model(struct zd_cli *cli, int argc, char **argv)
{
    static const struct zd_action actions[] = {
        {"add", command_add, "登记或更改 / add or change"},
        {"list", command_list, "列出 / list"},
        {"remove", command_remove, "注销 / remove"},
    };

    return zd_run_action(cli, "model", actions, ZD_COUNT(actions), argc, argv);
}
