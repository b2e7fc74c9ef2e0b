/* print.c: errors, colours, document text and progress on a terminal (see cli.h). */
#include <pwd.h>
#include <unistd.h>

#include "base/date.h"
#include "base/utf8.h"
#include "cli/cli.h"

#define REDRAW_US 100000
#define BAR_WIDTH 24

/* The status in Chinese, for the start of a message. */
static const char *status_zh(enum zd_status status)
{
    switch (status) {
    case ZD_NOT_FOUND:
        return "没有找到";
    case ZD_INVALID:
        return "内容不合要求";
    case ZD_LIMIT:
        return "超出上限";
    case ZD_DENIED:
        return "没有权限";
    case ZD_BUSY:
        return "正被占用";
    case ZD_CORRUPT:
        return "数据损坏";
    case ZD_IO:
        return "读写失败";
    case ZD_NOMEM:
        return "内存不足";
    default:
        return "错误";
    }
}

int zd_print_error(const struct zd_error *err)
{
    fprintf(stderr, "%s / error: %s\n", status_zh(err->status), err->what);
    return ZD_EXIT_FAILED;
}

const char *zd_user_name(char out[ZD_USER_NAME_BYTES])
{
    struct passwd entry, *found = NULL;
    char room[2048];
    const uid_t uid = getuid();

    if (getpwuid_r(uid, &entry, room, sizeof room, &found) != 0)
        found = NULL;
    (void)snprintf(out, ZD_USER_NAME_BYTES, "%.40s (uid %lu)", found ? found->pw_name : "?",
                   (unsigned long)uid);
    return out;
}

const char *zd_bold(const struct zd_cli *cli)
{
    return cli->color ? "\x1b[1m" : "";
}

const char *zd_dim(const struct zd_cli *cli)
{
    return cli->color ? "\x1b[2m" : "";
}

const char *zd_green(const struct zd_cli *cli)
{
    return cli->color ? "\x1b[32m" : "";
}

const char *zd_yellow(const struct zd_cli *cli)
{
    return cli->color ? "\x1b[33m" : "";
}

const char *zd_red(const struct zd_cli *cli)
{
    return cli->color ? "\x1b[31m" : "";
}

const char *zd_plain(const struct zd_cli *cli)
{
    return cli->color ? "\x1b[0m" : "";
}

void zd_print_text(FILE *to, struct zd_str text)
{
    size_t at = 0;

    while (at < text.n) {
        size_t from = at;
        uint32_t c = zd_utf8_next(text, &at);

        /* C0, DEL and C1 controls, and the marks that reorder a line */
        if ((c < 0x20 && c != '\n' && c != '\t') || (c >= 0x7F && c < 0xA0) ||
            (c >= 0x202A && c <= 0x202E) || (c >= 0x2066 && c <= 0x2069))
            fputc(' ', to);
        else
            fwrite(text.p + from, 1, at - from, to);
    }
}

struct zd_progress zd_progress_begin(const struct zd_cli *cli, const char *label, uint64_t total)
{
    return (struct zd_progress){
        .on = cli->progress, .label = label, .total = total, .begun_us = zd_clock_mono_us()};
}

void zd_progress_step(struct zd_progress *progress, uint64_t done)
{
    const uint64_t now = zd_clock_mono_us();
    const uint64_t total = progress->total > done ? progress->total : done;
    const double elapsed = (double)(now - progress->begun_us) / 1e6;
    size_t filled = total ? (size_t)(done * BAR_WIDTH / total) : 0;

    if (!progress->on || now - progress->drawn_us < REDRAW_US)
        return;
    progress->drawn_us = now;
    fprintf(stderr, "\r%s [", progress->label);
    for (size_t i = 0; i < BAR_WIDTH; i++)
        fputs(i < filled ? "#" : ".", stderr);
    fprintf(stderr, "] %llu/%llu  %.0f s", (unsigned long long)done, (unsigned long long)total,
            elapsed);
    if (done > 0 && total > done)
        fprintf(stderr, ", %.0f s left", elapsed * (double)(total - done) / (double)done);
    fputs("\x1b[K", stderr);
    fflush(stderr);
}

void zd_progress_end(struct zd_progress *progress)
{
    if (progress->on && progress->drawn_us)
        fputs("\r\x1b[K", stderr);
}
