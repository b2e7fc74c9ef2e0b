/* parse.c: zhidian parse FILE: its passages as JSON lines, what `add` would store; with --page-image a
 * page of it as people see it, to hold beside them.
 *
 * The first line describes the document ("document": …), each following one is a passage. Offsets
 * count characters, as everywhere outside the program.
 */
#include <errno.h>
#include <string.h>

#include "base/caps.h"
#include "base/json.h"
#include "base/mapping.h"
#include "cli/cli.h"
#include "desk/parsed_json.h"
#include "parse/spawn.h"

#define LINE_MAX_BYTES (64 * ZD_MiB)

/* Prints one object as a line and ends it. */
static enum zd_status print_line(json_t *object, struct zd_buf *line, struct zd_error *err)
{
    enum zd_status st;

    zd_buf_clear(line);
    if (object)
        st = zd_json_write(object, line, err);
    else
        st = ZD_FAIL(err, ZD_NOMEM, 0, "out of memory for a line");
    json_decref(object);
    if (st == ZD_OK)
        printf("%.*s\n", ZD_ARG(zd_buf_view(line)));
    return st;
}

static enum zd_status print_parsed(const struct zd_parsed *parsed, struct zd_error *err)
{
    struct zd_buf line = {.max = LINE_MAX_BYTES};
    struct zd_char_counter counter = {.text = parsed->blocks.text};
    json_t *head = json_object(), *document = zd_parsed_document_json(parsed);
    enum zd_status st = ZD_OK;

    if (!document || json_object_set_new(head, "document", document) != 0)
        st = ZD_FAIL(err, ZD_NOMEM, 0, "out of memory for a line");
    if (st == ZD_OK)
        st = print_line(head, &line, err);
    else
        json_decref(head);
    for (size_t i = 0; i < parsed->passages.n && st == ZD_OK; i++)
        st = print_line(zd_parsed_passage_json(&parsed->passages.p[i], &counter), &line, err);
    zd_buf_done(&line);
    return st;
}

static enum zd_status write_png(const char *path, struct zd_owned_bytes png, struct zd_error *err)
{
    FILE *file = fopen(path, "wb");
    bool ok = file && fwrite(png.p, 1, png.n, file) == png.n;

    if (file && fclose(file) != 0)
        ok = false;
    return ok ? ZD_OK : ZD_FAIL(err, ZD_IO, 0, "cannot write %s: %s", path, strerror(errno));
}

static enum zd_status draw_page(const char *path, uint32_t number, const char *out,
                                struct zd_error *err)
{
    struct zd_owned_bytes raw = {0}, png = {0};
    struct zd_parser *parser = NULL;
    enum zd_status st = zd_file_read(path, ZD_UPLOAD_MAX_BYTES, &raw, err);

    if (st == ZD_OK)
        st = zd_parser_open(NULL, &parser, err);
    if (st == ZD_OK)
        st = zd_parser_page_image(parser, (struct zd_bytes){raw.p, raw.n}, number, &png, err);
    if (st == ZD_OK)
        st = write_png(out, png, err);
    zd_parser_close(parser);
    zd_free(png.p);
    zd_free(raw.p);
    return st;
}

static enum zd_status parse_file(const char *path, struct zd_error *err)
{
    struct zd_owned_bytes raw = {0};
    struct zd_parsed parsed = {0};
    struct zd_arena *arena = NULL;
    struct zd_parser *parser = NULL;
    enum zd_status st = zd_file_read(path, ZD_UPLOAD_MAX_BYTES, &raw, err);

    if (st != ZD_OK)
        return st;
    arena = zd_arena_new(ZD_DOCUMENT_MAX_ARENA_BYTES);
    if (!arena)
        st = ZD_FAIL(err, ZD_NOMEM, 0, "out of memory for reading %s", path);
    if (st == ZD_OK)
        st = zd_parser_open(NULL, &parser, err);
    if (st == ZD_OK)
        st = zd_parser_file(parser, (struct zd_bytes){raw.p, raw.n}, zd_str_c(path), arena, &parsed,
                            err);
    if (st == ZD_OK)
        st = print_parsed(&parsed, err);
    zd_parser_close(parser);
    zd_arena_free(arena);
    zd_free(raw.p);
    return st;
}

int zd_command_parse(struct zd_cli *cli, int argc, char **argv)
{
    const char *page = NULL, *out = NULL;
    const struct zd_option options[] = {
        {"page-image", "N", "改为输出 PDF 第 N 页的图像 / a picture of page N of a PDF instead",
         &page, NULL},
        {"out", "FILE", "图像写入的文件（PNG） / where the picture goes (PNG)", &out, NULL},
    };
    const struct zd_usage usage = {
        .command = "parse",
        .arguments = "FILE",
        .summary = "输出一份文件的段落（JSON 行），即 add 将存入的内容；首行是文件本身的信息。\n"
                   "Prints the passages of one file as JSON lines: what `add` would store. The\n"
                   "first line tells what the text says about itself.",
        .options = options,
        .n_options = ZD_COUNT(options),
        .min_arguments = 1,
        .max_arguments = 1,
    };
    struct zd_error err = {0};
    long number = 1;
    int first, exit_status;

    (void)cli;
    if (!zd_options_read(&usage, argc, argv, &first, &exit_status))
        return exit_status;
    if (!page != !out)
        return zd_print_misuse("parse",
                               "--page-image 与 --out 一起使用 / --page-image goes with --out");
    if (page && !zd_read_number("parse", "page-image", page, 1, ZD_PAGES_MAX, &number))
        return ZD_EXIT_MISUSED;
    if (page)
        return draw_page(argv[first], (uint32_t)number, out, &err) == ZD_OK ? ZD_EXIT_DONE
                                                                            : zd_print_error(&err);
    return parse_file(argv[first], &err) == ZD_OK ? ZD_EXIT_DONE : zd_print_error(&err);
}
