/* worker_private: the wire between the server (spawn.c) and the mother of workers (worker.c).
 *
 * A SOCK_SEQPACKET pair, one packet a message, both ends of one build on one machine. Each request
 * brings two memory files as descriptors: the document (sealed) and the empty answer. The mother
 * forks, the child reads and dies, the mother says how it ended. One document at a time.
 */
#ifndef ZD_PARSE_WORKER_PRIVATE_H
#define ZD_PARSE_WORKER_PRIVATE_H

#include "base/base.h"
#include "base/caps.h"

#define ZD_PARSE__WIRE_MAGIC 0x3457445Au /* ZDW4: goes up with any change here or in frame.h */
#define ZD_PARSE__WIRE_FD 3              /* where the mother finds her end */
#define ZD_PARSE__NAME_MAX_BYTES 1024

enum zd_parse__task {
    ZD_PARSE__TASK_FILE,  /* one file → one frame */
    ZD_PARSE__TASK_CLEAN, /* one file → one frame with its cleaned text only */
    ZD_PARSE__TASK_LINES, /* u32 n, bytes; again and again: JSON lines of one file → a frame each */
    ZD_PARSE__TASK_ARCHIVE, /* an archive → a frame of how many, a frame each with name and refusal */
    ZD_PARSE__TASK_MEMBER, /* member `number` of an archive → a frame without text, its bytes */
    ZD_PARSE__TASK_IMAGE,  /* page `number` of a PDF, from 1 → a frame without text, a PNG */
};

struct zd_parse__request {
    uint32_t magic;
    uint32_t task;
    uint32_t number;    /* of what the task asks for */
    uint32_t recognise; /* 1: words are to be read from pictures */
    uint32_t cpu_seconds, wall_ms;
    uint64_t memory_bytes, answer_bytes;
    uint64_t n_bytes; /* of the input */
    uint32_t n_name;
    char name[ZD_PARSE__NAME_MAX_BYTES]; /* data only */
};

enum zd_parse__end {
    ZD_PARSE__END_EXIT,      /* code: exit status */
    ZD_PARSE__END_SIGNAL,    /* code: signal */
    ZD_PARSE__END_TIME,      /* killed at wall_ms */
    ZD_PARSE__END_NOT_BEGUN, /* code: errno */
};

/* What a worker exits with when it could not lock itself down. */
#define ZD_PARSE__EXIT_NOT_LOCKED 70
#define ZD_PARSE__EXIT_NO_ANSWER 71 /* it could not write its frame */

struct zd_parse__reply {
    uint32_t magic;
    uint32_t end; /* enum zd_parse__end */
    int32_t code;
    uint32_t peak_kib; /* of the worker */
};

#endif
