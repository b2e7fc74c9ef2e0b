/* main.c: reads the global options, owns the context, dispatches (see cli.h).
 *
 * The flag that Ctrl-C sets is global because a signal handler has no other way to reach it.
 */
#include <locale.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/json.h"
#include "cli/cli.h"
#include "model/upstream.h"
#include "store/store.h"

static atomic_bool cancelled;

struct command {
    const char *name;
    zd_command_fn run;
    const char *zh, *en;
};

static const struct command commands[] = {
#define COMMAND_ROW(name, function, zh, en) {name, zd_command_##function, zh, en},
    ZD_COMMAND_TABLE(COMMAND_ROW)
#undef COMMAND_ROW
};

static void on_interrupt(int signal_number)
{
    (void)signal_number;
    atomic_store(&cancelled, true);
}

static void set_signals(void)
{
    struct sigaction action = {.sa_handler = on_interrupt, .sa_flags = (int)SA_RESETHAND};

    sigaction(SIGINT, &action, NULL); /* the second Ctrl-C ends the process as usual */
    sigaction(SIGTERM, &action, NULL);
    (void)signal(SIGPIPE, SIG_IGN); /* a closed pipe is a failed write, reported like any other */
}

static void print_help(FILE *to)
{
    fputs("支点 zhidian " ZD_VERSION "\n"
          "本机构自己的问答台：读入本单位文件，用原文和出处回答。\n"
          "The office's own answer desk: its documents in, cited answers out.\n\n"
          "用法 / usage: zhidian [--data DIR] COMMAND …\n\n",
          to);
    for (size_t i = 0; i < ZD_COUNT(commands); i++)
        fprintf(to, "  %-8s  %s\n            %s\n", commands[i].name, commands[i].zh,
                commands[i].en);
    fputs("\n  --data DIR  数据目录，默认 $ZHIDIAN_DATA 或 ./office / the data folder\n"
          "  --version   版本 / version\n"
          "  COMMAND --help  该命令的说明 / help on a command\n",
          to);
}

/* Handles what stands before the command; gives the command's place in argv, or 0 and an exit
 * status. */
static int read_global_options(struct zd_cli *cli, int argc, char **argv, int *ret_exit)
{
    int at = 1;

    *ret_exit = ZD_EXIT_DONE;
    for (; at < argc && argv[at][0] == '-'; at++) {
        if (strcmp(argv[at], "--help") == 0 || strcmp(argv[at], "-h") == 0) {
            print_help(stdout);
            return 0;
        }
        if (strcmp(argv[at], "--version") == 0) {
            puts("zhidian " ZD_VERSION);
            return 0;
        }
        if (strncmp(argv[at], "--data=", 7) == 0 && argv[at][7] != '\0') {
            cli->data = argv[at] + 7;
        } else if (strcmp(argv[at], "--data") == 0 && at + 1 < argc && argv[at + 1][0] != '\0') {
            cli->data = argv[++at];
        } else {
            *ret_exit = zd_print_misuse(NULL, "%s", argv[at]);
            return 0;
        }
    }
    if (at < argc)
        return at;
    print_help(stderr);
    *ret_exit = ZD_EXIT_MISUSED;
    return 0;
}

static int run_command(struct zd_cli *cli, int argc, char **argv)
{
    for (size_t i = 0; i < ZD_COUNT(commands); i++)
        if (strcmp(argv[0], commands[i].name) == 0)
            return commands[i].run(cli, argc, argv);
    return zd_print_misuse(NULL, "没有命令 %s / no command %s", argv[0], argv[0]);
}

int main(int argc, char **argv)
{
    const char *data = getenv("ZHIDIAN_DATA");
    const char *term = getenv("TERM");
    struct zd_cli cli = {.data = data && data[0] ? data : "office", .cancel = &cancelled};
    const struct rlimit no_core = {0, 0};
    struct zd_error err = {0};
    int at, exit_status;

    (void)setlocale(LC_CTYPE, "C.UTF-8");
    setrlimit(RLIMIT_CORE, &no_core); /* a core file would hold people's questions */
    zd_json_init();
    if (zd_store_init(&err) != ZD_OK || zd_upstream_init(&err) != ZD_OK)
        return zd_print_error(&err);
    set_signals();
    cli.color = isatty(STDOUT_FILENO) && !getenv("NO_COLOR") && term && strcmp(term, "dumb") != 0;
    cli.progress = isatty(STDERR_FILENO);
    at = read_global_options(&cli, argc, argv, &exit_status);
    if (at > 0)
        exit_status = run_command(&cli, argc - at, argv + at);
    if (fflush(stdout) != 0 || ferror(stdout)) {
        fputs("错误 / error: 无法写标准输出 / cannot write to standard output\n", stderr);
        return ZD_EXIT_FAILED;
    }
    return exit_status;
}
