/* clean.c: zhidian clean FILE */
#include "base/caps.h"
#include "base/mapping.h"
#include "cli/cli.h"
#include "parse/spawn.h"

static enum zd_status clean_file(const char *path, struct zd_arena *arena, struct zd_str *ret_text,
                                 struct zd_error *err)
{
    struct zd_owned_bytes raw = {0};
    struct zd_parser *parser = NULL;
    enum zd_status st = zd_file_read(path, ZD_UPLOAD_MAX_BYTES, &raw, err);

    if (st != ZD_OK)
        return st;
    st = zd_parser_open(NULL, &parser, err);
    if (st == ZD_OK)
        st = zd_parser_clean(parser, (struct zd_bytes){raw.p, raw.n}, zd_str_c(path), arena,
                             ret_text, err);
    zd_parser_close(parser);
    zd_free(raw.p);
    return st;
}

int zd_command_clean(struct zd_cli *cli, int argc, char **argv)
{
    static const struct zd_usage usage = {
        .command = "clean",
        .arguments = "FILE",
        .summary = "输出一份文件清洗后的正文：去掉网站杂项、重复正文、拼音注音和不可见字符。\n"
                   "Prints the cleaned text of one file: without site furniture, repeated bodies,\n"
                   "pinyin glosses and invisible characters.",
        .min_arguments = 1,
        .max_arguments = 1,
    };
    struct zd_arena *arena;
    struct zd_error err = {0};
    struct zd_str text = {0};
    int first, exit_status = ZD_EXIT_DONE;

    (void)cli;
    if (!zd_options_read(&usage, argc, argv, &first, &exit_status))
        return exit_status;
    arena = zd_arena_new(ZD_DOCUMENT_MAX_ARENA_BYTES);
    if (!arena)
        zd_error_set(&err, ZD_NOMEM, 0, "out of memory");
    if (!arena || clean_file(argv[first], arena, &text, &err) != ZD_OK) {
        exit_status = zd_print_error(&err);
    } else {
        fwrite(text.p, 1, text.n, stdout);
        if (text.n == 0 || text.p[text.n - 1] != '\n')
            fputc('\n', stdout);
    }
    zd_arena_free(arena);
    return exit_status;
}
