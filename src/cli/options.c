/* options.c: reading options and printing help and misuse (see cli.h).
 *
 * Options may stand anywhere, also behind positional arguments; "--" ends them. Positional
 * arguments are moved to the end of argv in their order. getopt_long was left because its
 * messages cannot be made ours without copying half of it.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "base/date.h"
#include "cli/cli.h"

static void print_usage(const struct zd_usage *usage)
{
    printf("用法 / usage: zhidian [--data DIR] %s %s%s\n\n%s\n", usage->command,
           usage->n_options ? "[OPTION…] " : "", usage->arguments, usage->summary);
    for (size_t i = 0; i < usage->n_options; i++) {
        const struct zd_option *o = &usage->options[i];
        char left[64];

        (void)snprintf(left, sizeof left, "--%s%s%s", o->name, o->value_name ? " " : "",
                       o->value_name ? o->value_name : "");
        printf("%s  %-20s %s\n", i == 0 ? "\n" : "", left, o->help);
    }
}

int zd_print_misuse(const char *command, const char *fmt, ...)
{
    va_list ap;

    fputs("用法不对 / misuse: ", stderr);
    va_start(ap, fmt);
    vfprintf(stderr, fmt, ap);
    va_end(ap);
    fprintf(stderr, "\n说明 / help: zhidian %s%s--help\n", command ? command : "",
            command ? " " : "");
    return ZD_EXIT_MISUSED;
}

static const struct zd_option *find_option(const struct zd_usage *usage, const char *name, size_t n)
{
    for (size_t i = 0; i < usage->n_options; i++)
        if (strlen(usage->options[i].name) == n && memcmp(usage->options[i].name, name, n) == 0)
            return &usage->options[i];
    return NULL;
}

/* Takes the option at argv[at] and gives how many words it used, 0 on misuse. */
static int take_option(const struct zd_usage *usage, int at, int argc, char **argv)
{
    const char *name = argv[at] + 2, *equals = strchr(name, '=');
    const size_t n = equals ? (size_t)(equals - name) : strlen(name);
    const struct zd_option *o =
        strncmp(argv[at], "--", 2) == 0 ? find_option(usage, name, n) : NULL;

    if (!o) {
        zd_print_misuse(usage->command, "没有选项 %s / no option %s", argv[at], argv[at]);
        return 0;
    }
    if (!o->value_name) {
        if (equals) {
            zd_print_misuse(usage->command, "--%s 不带值 / takes no value", o->name);
            return 0;
        }
        *o->flag = true;
        return 1;
    }
    if (!equals && at + 1 >= argc) {
        zd_print_misuse(usage->command, "--%s 缺少 %s / needs %s", o->name, o->value_name,
                        o->value_name);
        return 0;
    }
    *o->value = equals ? equals + 1 : argv[at + 1];
    return equals ? 1 : 2;
}

/* Moves argv[at] so that it stands at `to` <= at, the words between one to the right. */
static void move_word(char **argv, int at, int to)
{
    char *word = argv[at];

    memmove(&argv[to + 1], &argv[to], (size_t)(at - to) * sizeof *argv);
    argv[to] = word;
}

bool zd_options_read(const struct zd_usage *usage, int argc, char **argv, int *ret_first,
                     int *ret_exit)
{
    int first = 1, at = 1, n_positional;
    bool options_over = false;

    /* argv[1 … first) holds what options took, argv[first … at) the positional words so far */
    while (at < argc) {
        int used;

        if (options_over || argv[at][0] != '-' || argv[at][1] == '\0') {
            at++;
            continue;
        }
        if (strcmp(argv[at], "--help") == 0 || strcmp(argv[at], "-h") == 0) {
            print_usage(usage);
            *ret_exit = ZD_EXIT_DONE;
            return false;
        }
        if (strcmp(argv[at], "--") == 0) {
            options_over = true;
            used = 1;
        } else {
            used = take_option(usage, at, argc, argv);
        }
        if (used == 0) {
            *ret_exit = ZD_EXIT_MISUSED;
            return false;
        }
        for (int i = 0; i < used; i++)
            move_word(argv, at++, first++);
    }
    n_positional = argc - first;
    if (n_positional < usage->min_arguments ||
        (usage->max_arguments >= 0 && n_positional > usage->max_arguments)) {
        *ret_exit = zd_print_misuse(usage->command, "参数个数不对，应为 / arguments should be: %s",
                                    usage->arguments[0] ? usage->arguments : "(none)");
        return false;
    }
    *ret_first = first;
    return true;
}

bool zd_read_number(const char *command, const char *option, const char *text, long min, long max,
                    long *ret_value)
{
    char *end;
    long value;

    errno = 0;
    value = strtol(text, &end, 10);
    if (errno || end == text || *end || value < min || value > max) {
        zd_print_misuse(command,
                        "--%s 应为 %ld 到 %ld 的整数 / must be a whole number from %ld to %ld",
                        option, min, max, min, max);
        return false;
    }
    *ret_value = value;
    return true;
}

bool zd_read_yuan(const char *command, const char *option, const char *text,
                  uint64_t *ret_millionths)
{
    uint64_t value = 0;
    int n_behind = -1, n_digits = 0;
    const char *p = text;

    for (; *p && n_digits < 16; p++) {
        if (*p == '.' && n_behind < 0) {
            n_behind = 0;
            continue;
        }
        if (*p < '0' || *p > '9' || n_behind == 6)
            break;
        value = value * 10 + (uint64_t)(*p - '0');
        n_digits++;
        n_behind += n_behind >= 0;
    }
    if (*p || n_digits == 0 || (n_behind < 0 && n_digits > 9)) {
        zd_print_misuse(command,
                        "--%s 应为金额（元），至多六位小数 / must be yuan, at most 6 decimals",
                        option);
        return false;
    }
    for (int i = n_behind < 0 ? 0 : n_behind; i < 6; i++)
        value *= 10;
    *ret_millionths = value;
    return true;
}

static void print_actions(FILE *to, const char *command, const struct zd_action *actions, size_t n)
{
    fprintf(to, "用法 / usage: zhidian [--data DIR] %s ACTION …\n\n", command);
    for (size_t i = 0; i < n; i++)
        fprintf(to, "  %-8s  %s\n", actions[i].name, actions[i].help);
    fprintf(to, "\n  zhidian %s ACTION --help  该操作的说明 / help on an action\n", command);
}

int zd_run_action(struct zd_cli *cli, const char *command, const struct zd_action *actions,
                  size_t n_actions, int argc, char **argv)
{
    for (size_t i = 0; argc > 1 && i < n_actions; i++)
        if (strcmp(argv[1], actions[i].name) == 0)
            return actions[i].run(cli, argc - 1, argv + 1);
    if (argc > 1 && (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0)) {
        print_actions(stdout, command, actions, n_actions);
        return ZD_EXIT_DONE;
    }
    if (argc <= 1) {
        print_actions(stderr, command, actions, n_actions);
        return ZD_EXIT_MISUSED;
    }
    return zd_print_misuse(command, "没有操作 %s / no action %s", argv[1], argv[1]);
}

bool zd_read_date(const char *command, const char *option, const char *text, int32_t *ret_date)
{
    *ret_date = 0;
    if (!text || zd_date_parse(zd_str_c(text), ret_date, NULL) == ZD_OK)
        return true;
    zd_print_misuse(command, "--%s 应为 YYYY-MM-DD 形式的日期 / must be a day YYYY-MM-DD", option);
    return false;
}
