/* spawn_private: the state of a parser, and one run of a worker, as its two files share them: spawn.c,
 * which keeps the mother and runs workers, and spawn_files.c, which asks them for something. */
#ifndef ZD_PARSE_SPAWN_PRIVATE_H
#define ZD_PARSE_SPAWN_PRIVATE_H

#include <limits.h>
#include <sys/types.h>

#include "base/buf.h"
#include "parse/spawn.h"
#include "parse/worker_private.h"

struct zd_parser {
    struct zd_parser_options options; /* defaults filled in; program unused */
    char program[PATH_MAX];
    int wire; /* -1: no mother now */
    pid_t mother;
    uint32_t peak_kib;
    struct zd_bytes answer; /* mapped, of the worker that ended last */
    size_t at;              /* how far its frames were read */
    struct zd_error end;    /* why it ended without (further) frames */
    bool given_up;          /* the beat said so */
    bool ended_badly;       /* it did not end by itself: what it wrote last is no lie, only cut */
    struct {
        struct zd_buf bytes; /* u32 n, line … */
        size_t next;         /* the line asked for next: offset of its length */
        bool sent;           /* from `next` on; else a worker must be asked first */
    } lines;
};

/* The document as a memory file that nobody can change any more; the caller closes *ret_fd, which is -1 or
 * open also where it failed. Errors: ZD_NOMEM; ZD_IO. */
enum zd_status zd_parse__input_file(struct zd_bytes raw, int *ret_fd,
                                    struct zd_error *err) ZD_MUST_USE;

/* Runs one worker on the input, a memory file of n_bytes, with the time of one document, or of one for
 * each page of n_scanned whose words are to be recognised; its frames then stand in parser->answer,
 * and parser->end says how it ended. Errors: those of the machine; ZD_BUSY it was stopped. */
enum zd_status zd_parse__run_on(struct zd_parser *parser, enum zd_parse__task task, uint32_t number,
                                uint32_t n_scanned, int input, size_t n_bytes, struct zd_str name,
                                struct zd_error *err) ZD_MUST_USE;
/* The same on bytes. */
enum zd_status zd_parse__run(struct zd_parser *parser, enum zd_parse__task task, uint32_t number,
                             uint32_t n_scanned, struct zd_bytes raw, struct zd_str name,
                             struct zd_error *err) ZD_MUST_USE;

/* Forgets what the last worker answered. */
void zd_parse__drop_answer(struct zd_parser *parser);

#endif
