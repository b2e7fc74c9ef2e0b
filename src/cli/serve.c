/* serve.c: zhidian serve: the page and the API until Ctrl-C or SIGTERM. */
#include <unistd.h>

#include "cli/cli.h"
#include "http/http.h"
#include "ingest/ingest.h"
#include "ingest/keeper.h"
#include "ingest/queue.h"
#include "watch/watch.h"

/* An office that is not there yet is made, so that the page can be served before the first
 * document is added. */
static enum zd_status make_office(const char *data, struct zd_error *err)
{
    struct zd_ingest *ingest = NULL;
    const struct zd_ingest_options options = {0};
    enum zd_status st = zd_ingest_open(data, &options, &ingest, err);

    zd_ingest_close(ingest);
    return st;
}

static enum zd_status open_office(const char *data, struct zd_office **ret_office,
                                  struct zd_error *err)
{
    enum zd_status st = zd_office_open(data, ret_office, err);

    if (st != ZD_NOT_FOUND)
        return st;
    st = make_office(data, err);
    return st == ZD_OK ? zd_office_open(data, ret_office, err) : st;
}

static void on_ready(void *context, const char *address, const char *new_token)
{
    (void)context;
    printf("支点在 http://%s/ 提供服务，Ctrl-C 停止\nserving at http://%s/, Ctrl-C stops\n",
           address, address);
    if (new_token)
        printf("管理令牌（只显示这一次）/ admin token, shown this once:\n  %s\n", new_token);
    fflush(stdout);
}

/* What the watched sources brought, for the log: one call a line, so that lines stay whole. */
static void on_watched(void *context, struct zd_str line)
{
    (void)context;
    fprintf(stderr, "watch %.*s\n", ZD_ARG(line));
}

static void print_route(void *context, const char *text)
{
    (void)context;
    puts(text);
}

/* "head_ms=200,idle_ms=500" into the config. */
static enum zd_status set_limits(struct zd_http_serve_options *options, const char *text,
                                 struct zd_error *err)
{
    struct zd_str rest = zd_str_c(text);

    while (rest.n > 0) {
        size_t comma = zd_str_find(rest, ZD_STR(","), 0);
        struct zd_str one = zd_str_cut(rest, 0, comma);
        char assignment[64];
        enum zd_status st;

        if (one.n >= sizeof assignment)
            return ZD_FAIL(err, ZD_INVALID, 0, "a limit is written NAME=NUMBER");
        (void)snprintf(assignment, sizeof assignment, "%.*s", ZD_ARG(one));
        st = zd_http_limit_set(options, assignment, err);
        if (st != ZD_OK)
            return st;
        rest = zd_str_cut(rest, comma == SIZE_MAX ? rest.n : comma + 1, rest.n);
    }
    return ZD_OK;
}

int zd_command_serve(struct zd_cli *cli, int argc, char **argv)
{
    const char *listen = "127.0.0.1:8080", *contact = NULL, *limits = NULL;
    bool print_routes = false, quiet = false;
    const struct zd_option options[] = {
        {"listen", "ADDR:PORT", "监听地址，默认 127.0.0.1:8080 / where to listen", &listen, NULL},
        {"contact", "TEXT", "不能作答时请群众联系谁 / the next step of a refusal", &contact, NULL},
        {"limits", "NAME=N,…", "连接限额，见 docs/serving.md / limits on connections", &limits,
         NULL},
        {"quiet", NULL, "不记请求日志 / no line a request", NULL, &quiet},
        {"print-routes", NULL, "列出接口后退出 / list the routes and end", NULL, &print_routes},
    };
    const struct zd_usage usage = {
        .command = "serve",
        .arguments = "",
        .summary = "启动网页与接口服务，并读取队列、查看登记的来源。\n"
                   "Serves the citizens' page and the API, reads the queue and looks at the "
                   "watched sources.",
        .options = options,
        .n_options = ZD_COUNT(options),
    };
    struct zd_http_serve_options serve = {.on_ready = on_ready};
    struct zd_office *office = NULL;
    struct zd_keeper *keeper = NULL;
    struct zd_watcher *watcher = NULL;
    struct zd_error err = {0};
    int first, exit_status;
    enum zd_status st;

    if (!zd_options_read(&usage, argc, argv, &first, &exit_status))
        return exit_status;
    if (print_routes) {
        zd_http_each_route(print_route, NULL);
        return ZD_EXIT_DONE;
    }
    serve.config.listen = listen;
    serve.contact = zd_str_c(contact);
    serve.log_fd = quiet ? 0 : STDERR_FILENO;
    st = limits ? set_limits(&serve, limits, &err) : ZD_OK;
    if (st == ZD_OK)
        st = open_office(cli->data, &office, &err);
    if (st == ZD_OK)
        st = zd_keeper_open(cli->data, &keeper, &err);
    if (st == ZD_OK)
        st = zd_queue_open(cli->data, &serve.queue, &err);
    if (st == ZD_OK)
        st = zd_watcher_open(cli->data, quiet ? NULL : on_watched, NULL, &watcher, &err);
    if (st == ZD_OK)
        st = zd_http_serve(office, &serve, &err);
    zd_watcher_close(watcher);
    zd_queue_close(serve.queue);
    zd_keeper_close(keeper);
    zd_office_close(office);
    return st == ZD_OK ? ZD_EXIT_DONE : zd_print_error(&err);
}
