/* reading.c: what the sandbox costs a document: the same files read by a locked-down worker, as the
 * product does, and by the same readers in this process, as it never does.
 *
 *     reading [--rounds N] FILE…
 *
 * Prints one line: files, milliseconds a document with and without, the peak memory of the worker and
 * of this process while it only asked workers. Each file is read in both ways in turn, N times (5), and
 * its shortest times are added up, so that what else the machine does counts little.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/caps.h"
#include "base/date.h"
#include "base/mapping.h"
#include "parse/read.h"
#include "parse/spawn.h"

struct bench {
    struct zd_parser *parser;
    struct zd_arena *arena;
    int n_rounds;
    uint64_t with_us, without_us; /* of all files */
    uint32_t n_files, n_failed;
};

/* Microseconds of one reading; UINT64_MAX where it failed. */
static uint64_t read_once(struct bench *b, struct zd_bytes raw, struct zd_str name, bool sandbox)
{
    uint64_t begun = zd_clock_mono_us();
    struct zd_parsed parsed = {0};
    enum zd_status st;

    zd_arena_reset(b->arena);
    if (sandbox) {
        st = zd_parser_file(b->parser, raw, name, b->arena, &parsed, NULL);
    } else {
        st = zd_parse_prepare(raw, false, NULL);
        if (st == ZD_OK)
            st = zd_parse_file(raw, name, b->arena, &parsed, NULL);
    }
    return st == ZD_OK ? zd_clock_mono_us() - begun : UINT64_MAX;
}

static void measure(struct bench *b, const char *path, bool in_process)
{
    uint64_t best[2] = {UINT64_MAX, UINT64_MAX};
    struct zd_owned_bytes raw = {0};

    if (zd_file_read(path, ZD_UPLOAD_MAX_BYTES, &raw, NULL) != ZD_OK) {
        b->n_failed++;
        return;
    }
    for (int i = 0; i < b->n_rounds; i++)
        for (int k = 0; k < (in_process ? 2 : 1); k++) {
            uint64_t took = read_once(b, (struct zd_bytes){raw.p, raw.n}, zd_str_c(path), k == 0);

            best[k] = took < best[k] ? took : best[k];
        }
    if (best[0] == UINT64_MAX || (in_process && best[1] == UINT64_MAX)) {
        b->n_failed++;
    } else if (in_process) {
        b->with_us += best[0];
        b->without_us += best[1];
        b->n_files++;
    }
    zd_free(raw.p);
}

/* The most memory this program has held, in KiB. Not getrusage's: that one remembers what the process was
 * before it became this program. 0 where it cannot be read. */
static long own_peak_kib(void)
{
    FILE *file = fopen("/proc/self/status", "r");
    char line[256];
    long kib = 0;

    while (file && kib == 0 && fgets(line, sizeof line, file))
        if (strncmp(line, "VmHWM:", 6) == 0)
            kib = strtol(line + 6, NULL, 10);
    if (file)
        (void)fclose(file);
    return kib;
}

int main(int argc, char **argv)
{
    struct bench b = {.arena = zd_arena_new(ZD_DOCUMENT_MAX_ARENA_BYTES), .n_rounds = 5};
    long parent_kib;
    int first = 1;

    if (argc > 2 && strcmp(argv[1], "--rounds") == 0) {
        b.n_rounds = (int)strtol(argv[2], NULL, 10);
        first = 3;
    }
    if (!b.arena || first >= argc || b.n_rounds < 1 ||
        zd_parser_open(NULL, &b.parser, NULL) != ZD_OK) {
        (void)fprintf(stderr, "usage: reading [--rounds N] FILE… ($ZHIDIAN_PARSE: the reader)\n");
        zd_arena_free(b.arena);
        return 2;
    }
    for (int i = first; i < argc; i++)
        measure(&b, argv[i], false);
    parent_kib = own_peak_kib(); /* before anything is read here */
    b.n_failed = 0;
    for (int i = first; i < argc; i++)
        measure(&b, argv[i], true);
    printf("%" PRIu32 " files %" PRIu32 " failed %.3f ms with %.3f ms without worker %" PRIu32
           " KiB parent %ld KiB\n",
           b.n_files, b.n_failed, (double)b.with_us / 1000.0 / (b.n_files ? b.n_files : 1),
           (double)b.without_us / 1000.0 / (b.n_files ? b.n_files : 1),
           zd_parser_peak_kib(b.parser), parent_kib);
    zd_parser_close(b.parser);
    zd_arena_free(b.arena);
    return 0;
}
