/* watch.c: zhidian watch add | list | pages | remove | run: sources that change. */
#include <inttypes.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "base/caps.h"
#include "base/durable.h"
#include "cli/cli.h"
#include "watch/fetch.h"
#include "watch/watch.h"

#define ARENA_BYTES ((size_t)64 << 20)

/* "22:00-06:30" into minutes of the day. */
static bool read_window(const char *text, struct zd_source *source)
{
    unsigned h[2], m[2];
    int n = 0;

    if (!text)
        return true;
    for (int i = 0; i < 2; i++) {
        char *end;

        h[i] = (unsigned)strtoul(text + n, &end, 10);
        if (end == text + n || *end != ':')
            return false;
        n = (int)(end - text) + 1;
        m[i] = (unsigned)strtoul(text + n, &end, 10);
        if (end == text + n || *end != (i == 0 ? '-' : '\0'))
            return false;
        n = (int)(end - text) + 1;
        if (h[i] > 24 || m[i] > 59)
            return false;
    }
    source->from_min = h[0] * 60 + m[0];
    source->to_min = h[1] * 60 + m[1];
    return true;
}

/* A path becomes absolute; an address is checked. False: the error is told. */
static bool read_address(const char *text, const char *kind, struct zd_arena *arena,
                         struct zd_source *source, struct zd_error *err)
{
    struct zd_str address = zd_str_c(text), host;
    char absolute[PATH_MAX];
    struct stat info;

    if (zd_str_starts(address, ZD_STR("http://")) || zd_str_starts(address, ZD_STR("https://"))) {
        source->kind = kind ? zd_str_c(kind) : ZD_STR("page");
        source->address = address;
        return zd_watch_url_check(address, arena, &host, err) == ZD_OK;
    }
    source->kind = ZD_STR("folder");
    if (!realpath(text, absolute) || stat(absolute, &info) != 0 || !S_ISDIR(info.st_mode)) {
        zd_error_set(err, ZD_NOT_FOUND, 0, "no such folder: %s", text);
        return false;
    }
    source->address = zd_arena_str(arena, zd_str_c(absolute));
    return source->address.p != NULL;
}

static int command_add(struct zd_cli *cli, int argc, char **argv)
{
    const char *kind = NULL, *every = "60", *window = NULL, *pause = "5000";
    const struct zd_option options[] = {
        {"kind", "page|feed|sitemap", "网址是网页、订阅源还是站点地图，默认网页 / what the URL is",
         &kind, NULL},
        {"every", "MINUTES", "两次查看间隔，默认 60 / minutes between looks", &every, NULL},
        {"window", "HH:MM-HH:MM", "只在此时段查看 / only at this time of day", &window, NULL},
        {"pause", "MS", "两次请求之间毫秒数，默认 5000 / between requests", &pause, NULL},
    };
    const struct zd_usage usage = {
        .command = "watch add",
        .arguments = "FOLDER|URL",
        .summary = "登记一个会变化的来源；此前不向外发出任何请求。\n"
                   "Registers a source that changes; before that nothing is asked of anybody.",
        .options = options,
        .n_options = ZD_COUNT(options),
        .min_arguments = 1,
        .max_arguments = 1,
    };
    struct zd_arena *arena = zd_arena_new(ZD_MiB);
    struct zd_source source = {0};
    struct zd_store *store = NULL;
    struct zd_error err = {0};
    int first, exit_status = ZD_EXIT_DONE;
    long minutes, ms;
    enum zd_status st;

    if (!zd_options_read(&usage, argc, argv, &first, &exit_status))
        goto out;
    if (!zd_read_number("watch add", "every", every, 1, 525600, &minutes) ||
        !zd_read_number("watch add", "pause", pause, 0, 600000, &ms)) {
        exit_status = ZD_EXIT_MISUSED;
        goto out;
    }
    if (!read_window(window, &source) ||
        (kind && strcmp(kind, "page") != 0 && strcmp(kind, "feed") != 0 &&
         strcmp(kind, "sitemap") != 0)) {
        exit_status =
            zd_print_misuse("watch add", "--window HH:MM-HH:MM，--kind page|feed|sitemap");
        goto out;
    }
    if (!read_address(argv[first], kind, arena, &source, &err)) {
        exit_status = zd_print_error(&err);
        goto out;
    }
    source.every_min = (uint32_t)minutes;
    source.pause_ms = (uint32_t)ms;
    st = zd_durable_mkdir(cli->data, &err);
    if (st == ZD_OK)
        st = zd_source_db_open(cli->data, ZD_STORE_WRITE, &store, &err);
    if (st == ZD_OK)
        st = zd_source_put(store, zd_subject_owner(), &source, &err);
    zd_store_close(store);
    exit_status = st == ZD_OK ? ZD_EXIT_DONE : zd_print_error(&err);
out:
    zd_arena_free(arena);
    return exit_status;
}

static void print_moment(int64_t us)
{
    char text[40] = "-";
    const time_t at = (time_t)(us / 1000000);
    struct tm local;

    if (us > 0 && localtime_r(&at, &local))
        (void)strftime(text, sizeof text, "%Y-%m-%d %H:%M", &local);
    fputs(text, stdout);
}

static enum zd_status list_sources(struct zd_listing *listing, struct zd_error *err)
{
    struct zd_source_list list = {0};
    enum zd_status st = zd_sources(listing->store, zd_subject_owner(), listing->arena, &list, err);

    for (size_t i = 0; st == ZD_OK && i < list.n; i++) {
        const struct zd_source *s = &list.p[i];

        printf("%" PRId64 "\t%.*s\t", s->key, ZD_ARG(s->kind));
        zd_print_text(stdout, s->address);
        printf("\t%" PRIu32 " min\t", s->every_min);
        print_moment(s->looked_us);
        printf("\t%.*s\t%" PRIu64 "\t%" PRIu64 "\n", ZD_ARG(s->said), s->n_pages, s->n_gone);
    }
    return st;
}

static int command_list(struct zd_cli *cli, int argc, char **argv)
{
    static const struct zd_usage usage = {
        .command = "watch list",
        .arguments = "",
        .summary = "列出来源：编号、种类、地址、间隔、上次查看、结果、页数、已不存在的页数。\n"
                   "Lists the sources: number, kind, address, interval, last look, how it ended, "
                   "pages, pages that are gone.",
    };

    return zd_run_listing(cli, &usage, ZD_LISTING_SOURCES, list_sources, NULL, argc, argv);
}

static int command_pages(struct zd_cli *cli, int argc, char **argv)
{
    static const struct zd_usage usage = {
        .command = "watch pages",
        .arguments = "NUMBER",
        .summary =
            "列出一个来源的网页或文件：文档、最近变化、何时起不存在、地址。\n"
            "Lists what a source has: document, last change, since when it is gone, address.",
        .min_arguments = 1,
        .max_arguments = 1,
    };
    struct zd_arena *arena = zd_arena_new(ARENA_BYTES);
    struct zd_source_page_list list = {0};
    struct zd_store *store = NULL;
    struct zd_error err = {0};
    int first, exit_status;
    long number;
    enum zd_status st;

    if (!zd_options_read(&usage, argc, argv, &first, &exit_status)) {
        zd_arena_free(arena);
        return exit_status;
    }
    if (!zd_read_number("watch pages", "NUMBER", argv[first], 1, LONG_MAX, &number)) {
        zd_arena_free(arena);
        return ZD_EXIT_MISUSED;
    }
    st = zd_source_db_open(cli->data, ZD_STORE_READ, &store, &err);
    if (st == ZD_OK)
        st = zd_source_pages(store, zd_subject_owner(), number, ZD_STR(""), arena, &list, &err);
    for (size_t i = 0; st == ZD_OK && i < list.n; i++) {
        printf("%.*s\t%.*s\t", ZD_ARG(list.p[i].document), ZD_ARG(list.p[i].said));
        print_moment(list.p[i].gone_us);
        putchar('\t');
        zd_print_text(stdout, list.p[i].url);
        putchar('\n');
    }
    zd_store_close(store);
    zd_arena_free(arena);
    return st == ZD_OK ? ZD_EXIT_DONE : zd_print_error(&err);
}

static int command_remove(struct zd_cli *cli, int argc, char **argv)
{
    static const struct zd_usage usage = {
        .command = "watch remove",
        .arguments = "NUMBER",
        .summary = "不再查看一个来源；它的文档保留。\nForgets a source; its documents stay.",
        .min_arguments = 1,
        .max_arguments = 1,
    };
    struct zd_store *store = NULL;
    struct zd_error err = {0};
    int first, exit_status;
    long number;
    enum zd_status st;

    if (!zd_options_read(&usage, argc, argv, &first, &exit_status))
        return exit_status;
    if (!zd_read_number("watch remove", "NUMBER", argv[first], 1, LONG_MAX, &number))
        return ZD_EXIT_MISUSED;
    st = zd_source_db_open(cli->data, ZD_STORE_WRITE, &store, &err);
    if (st == ZD_OK)
        st = zd_source_remove(store, zd_subject_owner(), number, &err);
    zd_store_close(store);
    return st == ZD_OK ? ZD_EXIT_DONE : zd_print_error(&err);
}

static void on_line(void *context, struct zd_str line)
{
    (void)context;
    zd_print_text(stdout, line);
    putchar('\n');
    (void)fflush(stdout);
}

static int command_run(struct zd_cli *cli, int argc, char **argv)
{
    bool once = false;
    const struct zd_option options[] = {
        {"once", NULL, "各看一次后退出 / look at each once and end", NULL, &once}};
    const struct zd_usage usage = {
        .command = "watch run",
        .arguments = "",
        .summary = "按各自的间隔与时段查看来源；文件夹一有变化即查看。Ctrl-C 停止。\n"
                   "Looks at the sources at their times, at folders as soon as they change, until "
                   "Ctrl-C.",
        .options = options,
        .n_options = ZD_COUNT(options),
    };
    const struct zd_watch_options watch = {
        .office = cli->data, .who = "watch", .cancel = cli->cancel, .tell = on_line};
    struct zd_error err = {0};
    int first, exit_status;

    if (!zd_options_read(&usage, argc, argv, &first, &exit_status))
        return exit_status;
    if (zd_durable_mkdir(cli->data, &err) != ZD_OK || zd_watch_run(&watch, once, &err) != ZD_OK)
        return zd_print_error(&err);
    return ZD_EXIT_DONE;
}

int zd_command_watch(struct zd_cli *cli, int argc, char **argv)
{
    static const struct zd_action actions[] = {
        {"add", command_add, "登记来源 / register a source"},
        {"list", command_list, "列出来源 / list the sources"},
        {"pages", command_pages, "一个来源的网页或文件 / what a source has"},
        {"remove", command_remove, "不再查看 / forget a source"},
        {"run", command_run, "查看 / look"},
    };

    return zd_run_action(cli, "watch", actions, ZD_COUNT(actions), argc, argv);
}
